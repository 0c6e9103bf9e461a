"""`qantara serve`: roles of a world in this process."""

from qantara import settings
from qantara.cli.show import out, until_stopped
from qantara.world import worlds


async def run(roles: list[str], world: str) -> int:
    chosen = settings.load()
    place = worlds.folder(chosen, world)

    def progress(text: str) -> None:
        out.print(f"[dim]· {text}[/dim]")

    async with (
        worlds.database_server(chosen, progress) as server,
        worlds.started(server, place, progress, roles) as runtime,
    ):
        for role, address in sorted(runtime.addresses.items()):
            out.print(f"{role} {address}/openapi.json")
        await until_stopped()
    return 0
