"""`qantara serve`: roles of a world in this process."""

from qantara import settings
from qantara.cli.show import out, until_stopped
from qantara.errors import NotFound, Reason
from qantara.world import worlds


async def run(roles: list[str], world: str) -> int:
    chosen = settings.load()
    place = worlds.folder(chosen, world)
    if world != worlds.DEMO and not place.config.exists():  # a slip of the finger makes no world
        raise NotFound(Reason.WORLD_MISSING, home=str(place.path))

    def progress(text: str) -> None:
        out.print(f"[dim]· {text}[/dim]")

    async with (
        worlds.database_server(chosen, progress) as server,
        worlds.started(server, place, progress, roles) as runtime,
    ):
        for role, address in sorted(runtime.addresses.items()):
            out.print(f"{role} {address}/openapi.json")
        out.print(f"[dim]keys[/dim] {place.keys}")
        out.print("Serving. [dim]Ctrl-C stops.[/dim]")
        await until_stopped()
    return 0
