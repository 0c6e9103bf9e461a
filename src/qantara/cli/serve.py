"""`qantara serve`: roles of a world in this process."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from qantara import settings
from qantara.cli.show import out, until_stopped
from qantara.db import Server
from qantara.errors import Malformed, NotFound, QantaraError, Reason
from qantara.host.runtime import Runtime
from qantara.world import worlds
from qantara.world.worlds import Folder


@dataclass(frozen=True, slots=True)
class Wish:
    """Which roles, and whether as their writer, as a standby for it, or as another door."""

    roles: list[str]
    world: str
    standby: bool = False
    door: bool = False
    port: int | None = None


async def run(wish: Wish) -> int:
    chosen = settings.load()
    place = worlds.folder(chosen, wish.world)
    new = not place.config.exists()
    if new and wish.world != worlds.DEMO:  # a slip of the finger makes no world
        raise NotFound(Reason.WORLD_MISSING, home=str(place.path))
    if wish.port is not None and not wish.door:
        raise Malformed(Reason.FIELD_INVALID, param="port", value="only a door is given one")
    async with (
        worlds.database_server(chosen, _progress) as server,
        _running(server, place, wish) as runtime,
    ):
        for role, address in sorted(runtime.addresses.items()):
            out.print(f"{role} {address}/openapi.json")
        out.print(f"[dim]keys[/dim] {place.keys}")
        out.print("Serving. [dim]Ctrl-C stops; SIGHUP reads the rulebooks again.[/dim]")
        with _renewing(runtime):
            await until_stopped()
    return 0


@contextmanager
def _renewing(runtime: Runtime) -> Iterator[None]:
    """Let SIGHUP bring the rulebooks up to date, one renewal at a time."""
    loop = asyncio.get_running_loop()
    asked: set[asyncio.Task[None]] = set()

    def ask() -> None:
        if not asked:
            task = loop.create_task(_renew(runtime))
            asked.add(task)
            task.add_done_callback(asked.discard)

    loop.add_signal_handler(signal.SIGHUP, ask)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


async def _renew(runtime: Runtime) -> None:
    try:
        version = await runtime.renew_rulebook()
    except QantaraError as error:
        out.print(f"[red]The rulebooks stay as they were:[/red] {error}")
    else:
        out.print(f"Rulebook {version} is in force.")


def _progress(text: str) -> None:
    out.print(f"[dim]· {text}[/dim]")


@asynccontextmanager
async def _running(server: Server, place: Folder, wish: Wish) -> AsyncIterator[Runtime]:
    if wish.door:
        async with worlds.beside(server, place, _progress, wish.roles, wish.port) as runtime:
            yield runtime
        return
    if wish.standby:
        _progress("standing by: it waits until nobody else writes for a role")
    started = worlds.started(server, place, _progress, wish.roles, standby=wish.standby)
    async with started as runtime:
        yield runtime
