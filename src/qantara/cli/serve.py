"""`qantara serve`: roles of a world in this process."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from rich.markup import escape

from qantara import settings
from qantara.cli.show import out, until_stopped
from qantara.db import Server
from qantara.errors import Malformed, NotFound, Reason
from qantara.host.runtime import Runtime
from qantara.settings import Settings
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
    with hangups() as asked:
        return await _serve(chosen, place, wish, asked)


async def _serve(chosen: Settings, place: Folder, wish: Wish, asked: asyncio.Event) -> int:
    async with (
        worlds.database_server(chosen, _progress) as server,
        _running(server, place, wish) as runtime,
    ):
        for role, address in sorted(runtime.addresses.items()):
            out.print(f"{role} {address}/openapi.json")
        out.print(f"[dim]keys[/dim] {place.keys}")
        out.print("Serving. [dim]Ctrl-C stops; SIGHUP reads the rulebooks again.[/dim]")
        async with renewing(runtime, asked):
            await until_stopped()
    return 0


@contextmanager
def hangups() -> Iterator[asyncio.Event]:
    """Hear SIGHUP from the beginning to the end: a process that starts, stands by or stops would
    otherwise be ended by it.
    """
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    try:
        yield asked
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


@asynccontextmanager
async def renewing(runtime: Runtime, asked: asyncio.Event) -> AsyncIterator[None]:
    """Bring the rulebooks up to date whenever it is asked for, once more where it was asked for
    meanwhile.
    """
    task = asyncio.create_task(_renew(runtime, asked))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _renew(runtime: Runtime, asked: asyncio.Event) -> None:
    while await asked.wait():
        asked.clear()
        (told,) = await asyncio.gather(runtime.renew_rulebook(), return_exceptions=True)
        if isinstance(told, BaseException):
            out.print(f"[red]The rulebooks stay as they were:[/red] {escape(str(told))}")
        else:
            out.print(f"Rulebook {told} is in force.")


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
