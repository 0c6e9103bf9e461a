"""Worlds on this machine: made once, kept under the home, started, joined and left."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from qantara.clock import utc_now
from qantara.db import Server, mail
from qantara.db.embedded import EmbeddedServer
from qantara.errors import NotFound, Reason, Unavailable
from qantara.host import config
from qantara.host.config import WorldSpec
from qantara.host.runtime import Runtime, note_running, running
from qantara.settings import Settings
from qantara.world import setup

Progress = Callable[[str], None]
QUIET_SECONDS = 30.0
DEMO, ONCE = "demo", "once"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a world keeps its file, its keys and word of where it runs."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def config(self) -> Path:
        return self.path / "world.toml"

    @property
    def keys(self) -> Path:
        return self.path / "keys.json"

    @property
    def noted(self) -> Path:
        return self.path / "running.json"

    def spec(self) -> WorldSpec:
        return config.read(self.config, self.name)

    def read_keys(self) -> dict[str, dict[str, str]]:
        return dict(json.loads(self.keys.read_text()))

    def write_keys(self, keys: Mapping[str, Mapping[str, str]]) -> None:
        """Secrets of an example world: readable by its owner alone."""
        with os.fdopen(os.open(self.keys, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            json.dump(keys, f, indent=1)


def folder(settings: Settings, name: str) -> Folder:
    return Folder(settings.home / "worlds" / name)


def chosen(settings: Settings) -> Folder:
    """The running world, else the one last used; `NotFound` if there is none yet."""
    found = [Folder(path.parent) for path in (settings.home / "worlds").glob("*/keys.json")]
    if not found:
        raise NotFound(Reason.WORLD_MISSING, home=str(settings.home))
    for candidate in found:
        if running(candidate.noted) is not None:
            return candidate
    return max(found, key=lambda candidate: candidate.keys.stat().st_mtime)


@asynccontextmanager
async def database_server(settings: Settings, progress: Progress) -> AsyncIterator[Server]:
    """The server that the settings name, or the embedded one, started if need be."""
    if settings.database_url is not None:
        server = Server(settings.database_url)
        await server.prepare()
        yield server
        return
    embedded = EmbeddedServer(settings)
    await asyncio.to_thread(embedded.start, progress)
    try:
        await embedded.server.prepare()
        yield embedded.server
    finally:
        await asyncio.to_thread(embedded.stop)


async def erase(server: Server, place: Folder) -> None:
    """Remove a world: its databases and its folder."""
    if running(place.noted) is not None:
        raise Unavailable(Reason.STATE_CONFLICT, detail=f"the world {place.name} is running")
    for database in await server.databases(f"qantara_{place.name}_"):
        await server.drop(database)
    shutil.rmtree(place.path, ignore_errors=True)


@asynccontextmanager
async def started(
    server: Server, place: Folder, progress: Progress, names: Sequence[str] | None = None
) -> AsyncIterator[Runtime]:
    """The world's roles (or some of them), running and listening; made first if it is new."""
    if running(place.noted) is not None:
        raise Unavailable(Reason.STATE_CONFLICT, detail=f"the world {place.name} is running")
    if not place.config.exists():
        place.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(str(files("qantara.world") / "demo.toml"), place.config)
    world = place.spec()
    runtime = Runtime(world)
    try:
        progress("preparing the roles' databases")
        await runtime.prepare(server, names or list(world.roles), utc_now)
        if not place.keys.exists():
            progress("inventing people and giving them money")
            place.write_keys(await setup.populate(runtime))
        await runtime.connect(place.read_keys())
        await setup.begin(runtime)
        await runtime.listen()
        note_running(place.noted, runtime.addresses)
        yield runtime
    finally:
        place.noted.unlink(missing_ok=True)
        await runtime.stop()


async def quiet(runtime: Runtime, timeout_seconds: float = QUIET_SECONDS) -> None:
    """Wait until nothing is on its way between the roles; `Unavailable` if something stays."""
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    while True:
        waiting = await _waiting(runtime)
        if not waiting:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise Unavailable(Reason.TIMED_OUT, detail=f"messages still on their way: {waiting}")
        await asyncio.sleep(0.02)


async def _waiting(runtime: Runtime) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, role in runtime.roles.items():
        async with role.database.read() as tx:
            count = await mail.waiting(tx)
        if count:
            counts[name] = count
    return counts


def describe(world: WorldSpec) -> dict[str, Any]:
    return {"name": world.name, "notice": world.notice, "roles": list(world.roles)}
