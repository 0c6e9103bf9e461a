"""A staged demo world that runs beside the tests, and a real browser."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from browser_person import NO_WORKER, Person
from playwright.async_api import Browser, async_playwright

from qantara.db.database import Server
from qantara.world import setup, staged, worlds
from qantara.world.staged import Staged

PROGRAMS = ("chromium", "chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--force-prefers-reduced-motion",
)


def chromium() -> str | None:
    """The browser of this machine; `QANTARA_CHROMIUM` names another one."""
    named = os.environ.get("QANTARA_CHROMIUM")
    found = [named] if named else [shutil.which(program) for program in PROGRAMS]
    return next((path for path in found if path and Path(path).exists()), None)


@dataclass
class Beside:
    """A world in a loop and a thread of its own: it goes on while tests look away."""

    server: Server
    place: worlds.Folder
    ready: "Future[Staged]" = field(default_factory=Future)
    _loop: asyncio.AbstractEventLoop | None = None
    _over: asyncio.Event | None = None

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        await self.server.prepare()
        try:
            staged.write(self.place)
            async with worlds.started(self.server, self.place, lambda _: None) as runtime:
                self.ready.set_result(await staged.stage(runtime, self.place.read_keys()))
                await self._over.wait()
        finally:
            await worlds.erase(self.server, self.place)

    def stop(self) -> None:
        if self._loop is not None and self._over is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._over.set)

    async def do(self, act: Awaitable[Any]) -> Any:
        """Have the world do something, and wait for it here."""
        assert self._loop is not None
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_run(act), self._loop))


async def _run(act: Awaitable[Any]) -> Any:
    return await act


@pytest.fixture(scope="session")
def beside(servers: Callable[[int], Server], home: Path) -> Iterator[Beside]:
    if chromium() is None:
        pytest.skip(f"no browser here: neither QANTARA_CHROMIUM nor {' nor '.join(PROGRAMS)}")
    place = worlds.Folder(home / "worlds" / f"browser{os.getpid()}")
    made = Beside(servers(18), place)
    with ThreadPoolExecutor(1, "world") as thread:
        running = thread.submit(made.run)
        try:
            wait([running, made.ready], return_when=FIRST_COMPLETED)
            if made.ready.done():
                yield made
        finally:
            made.stop()
            running.result()


@pytest.fixture(scope="session")
def world(beside: Beside) -> Staged:
    return beside.ready.result()


@pytest.fixture(scope="session")
def program(world: Staged) -> tuple[str | None, tuple[str, ...]]:
    """What to start a browser of one's own with, and how."""
    return chromium(), FLAGS


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def machine(world: Staged) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def people(machine: Browser, world: Staged) -> AsyncIterator[dict[tuple[str, str], Person]]:
    """Who is signed in already, by site and name: kept as long as the tests run."""
    known: dict[tuple[str, str], Person] = {}
    yield known
    for person in known.values():
        await person.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def person(
    machine: Browser, world: Staged, people: dict[tuple[str, str], Person]
) -> Callable[..., Awaitable[Person]]:
    """`await person("compliance")`: somebody signed in, with light English pages, on a desktop."""

    async def of(name: str, site: str = "console") -> Person:
        if (site, name) not in people:
            people[site, name] = await Person.at(machine, world, site, **NO_WORKER)
        found = people[site, name]
        await found.likes()  # whoever has to sign in anew reads labels to do so
        if not await found.is_in():
            by_key = name != staged.APPLICANT and not name.startswith(setup.APP_PERSON)
            await (found.signs_in(world.key(name)) if by_key else found.enters(name))
        found.faults.clear()
        return found

    return of


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(machine: Browser, world: Staged) -> AsyncIterator[Person]:
    made = await Person.at(machine, world, "console", **NO_WORKER)
    yield made
    await made.leaves()
