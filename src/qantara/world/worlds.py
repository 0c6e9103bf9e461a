"""Worlds on this machine: made once, kept under the home, started, joined and left."""

import asyncio
import json
import os
import re
import shutil
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from qantara.clock import utc_now
from qantara.db import Database, Server, mail
from qantara.db.embedded import EmbeddedServer
from qantara.edge import attempts
from qantara.errors import Malformed, NotFound, Reason, Unavailable
from qantara.host import config, notes, signing, tls
from qantara.host.config import WorldSpec
from qantara.host.kinds import KINDS
from qantara.host.runtime import Runtime, settle_memory
from qantara.host.tls import Identity
from qantara.policy.flow import BOOKS
from qantara.policy.model import Payment
from qantara.settings import Settings
from qantara.world import setup, verify
from qantara.world.verify import Books

Progress = Callable[[str], None]
QUIET_SECONDS = 30.0
DEMO, ONCE = "demo", "once"
_NAME = re.compile(r"[a-z][a-z0-9]{0,23}")


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a world keeps its file, its keys and word of where it runs."""

    path: Path
    books: Path = BOOKS

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
    def notes(self) -> Path:
        return self.path / "running"

    @property
    def hatches(self) -> Path:
        """Where the writers answer doors in other processes."""
        return self.path / "hatches"

    @property
    def tls(self) -> Path:
        """Certificates and keys by which the roles of an example world know each other."""
        return self.path / "tls"

    def running(self) -> dict[str, str]:
        """Where the roles of this world answer now; empty when it does not run."""
        return notes.read(self.notes)

    def peers(self) -> dict[str, str]:
        """Where the roles of this world answer each other now."""
        return notes.read(self.notes, notes.PEERS)

    def identity(self, role: str) -> Identity:
        return Identity.within(self.tls, role)

    def spec(self) -> WorldSpec:
        return config.read(self.config, self.name, self.books)

    def read_keys(self) -> dict[str, dict[str, str]]:
        return dict(json.loads(self.keys.read_text()))

    def write_keys(self, keys: Mapping[str, Mapping[str, str]]) -> None:
        """Secrets of an example world: readable by its owner alone."""
        with os.fdopen(os.open(self.keys, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            json.dump(keys, f, indent=1)


def folder(settings: Settings, name: str) -> Folder:
    """The place of a world; its name is part of folder and database names, so it is plain."""
    if not _NAME.fullmatch(name):
        raise Malformed(Reason.FIELD_INVALID, param="world", value=name)
    return Folder(settings.home / "worlds" / name, settings.rulebooks or BOOKS)


def chosen(settings: Settings) -> Folder:
    """The running world, else the one last used; `NotFound` if there is none yet."""
    found = [
        folder(settings, path.parent.name)
        for path in (settings.home / "worlds").glob("*/keys.json")
    ]
    if not found:
        raise NotFound(Reason.WORLD_MISSING, home=str(settings.home))
    for candidate in found:
        if candidate.running():
            return candidate
    return max(found, key=_used_at)


def _used_at(candidate: Folder) -> float:
    """When a world was last started (or made, if it never ran)."""
    trace = candidate.notes if candidate.notes.exists() else candidate.keys
    return trace.stat().st_mtime


def chosen_or_new(settings: Settings) -> Folder:
    """The chosen world; where there is none yet, the demo's, to be made by starting it."""
    try:
        return chosen(settings)
    except NotFound:
        return folder(settings, DEMO)


def template(file: str = "demo.toml") -> Path:
    """The file that a new world starts with."""
    return Path(str(files("qantara.world") / file))


def lay(place: Folder, source: Path) -> None:
    """Give a new world its file, and the one that this adds to; a world that is there keeps its
    own.
    """
    if place.config.exists():
        return
    place.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    base = config.extended(source)
    if base is not None:
        shutil.copyfile(base, place.path / base.name)
    shutil.copyfile(source, place.config)


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
    """Remove a world: its databases and its folder, whatever its file says today."""
    if place.running():
        raise Unavailable(Reason.WORLD_RUNNING, detail=f"the world {place.name} is running")
    world = config.read(template(), place.name)
    for role in sorted({*world.roles, *_roles_named(place.config)}):
        await server.drop(world.database(role))
    shutil.rmtree(place.path, ignore_errors=True)


def _roles_named(file: Path) -> set[str]:
    """The roles in a world's file, even one whose other words are of another time."""
    if not file.exists():
        return set()
    return set(tomllib.loads(file.read_text(encoding="utf-8")).get("roles", {}))


@asynccontextmanager
async def started(
    server: Server,
    place: Folder,
    progress: Progress,
    names: Sequence[str] | None = None,
    kind: type[Runtime] = Runtime,
    *,
    standby: bool = False,
) -> AsyncIterator[Runtime]:
    """The world's roles (or some of them), running and listening; made first if it is new.

    A `standby` waits for each role until no other process writes for it.
    """
    lay(place, template())
    world = place.spec()
    wanted = list(names or world.roles)
    taken = sorted(set(wanted) & set(place.running()))
    if taken and not standby:
        told = f"{', '.join(taken)} of the world {place.name} run in another process"
        raise Unavailable(Reason.WORLD_RUNNING, detail=told)
    if not place.keys.exists() and set(wanted) != set(world.roles):
        raise NotFound(Reason.WORLD_MISSING, home=str(place.path))
    runtime, note, feeding = kind(world, place.identity), None, None
    try:
        progress("preparing the roles' databases")
        await runtime.prepare(server, wanted, utc_now, standby=standby)
        if not place.keys.exists():
            progress("inventing people and giving them money")
            tls.issue(place.tls, world.roles, utc_now())
            signing.issue(place.identity, [each.name for each in world.of_kind("institution")])
            place.write_keys(await setup.populate(runtime))
        await runtime.sign()
        await runtime.connect(place.read_keys(), place.peers)
        await setup.begin(runtime)
        await runtime.open_hatches(place.hatches)
        await runtime.listen()
        feeding = asyncio.create_task(setup.keep_feeding(runtime))
        note = notes.leave(place.notes, runtime.addresses, runtime.peer_addresses)
        settle_memory()
        yield runtime
    finally:
        if feeding is not None:
            feeding.cancel()
        if note is not None:
            note.unlink(missing_ok=True)
        await runtime.stop()


@asynccontextmanager
async def beside(
    server: Server, place: Folder, progress: Progress, names: Sequence[str], port: int | None
) -> AsyncIterator[Runtime]:
    """Doors of institutions whose writers are other processes of this machine."""
    if not place.keys.exists():
        raise NotFound(Reason.WORLD_MISSING, home=str(place.path))
    if not names or (port is not None and len(names) > 1):
        raise Malformed(Reason.FIELD_INVALID, param="roles", value="name one role for a door")
    runtime = Runtime(place.spec(), place.identity)
    try:
        for name in names:
            progress(f"joining the writer of {name}")
            await runtime.stand_beside(server, name, utc_now, place.hatches)
            await runtime.listen_beside(name, port)
        settle_memory()
        yield runtime
    finally:
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


@asynccontextmanager
async def joined(
    settings: Settings, place: Folder, progress: Progress
) -> AsyncIterator[dict[str, str]]:
    """Where the world's doors are: as it runs, or started here for as long as needed."""
    addresses = place.running()
    if addresses:
        yield addresses
        return
    async with (
        database_server(settings, progress) as server,
        started(server, place, progress) as runtime,
    ):
        yield runtime.addresses
        await quiet(runtime)


async def read_books(runtime: Runtime) -> Books:
    """Every book of the world's roles in this process, held against each other."""
    books = {}
    for name, role in runtime.roles.items():
        if "ledger" in KINDS[role.spec.kind].packages:
            async with role.database.read() as tx:
                books[name] = await verify.read_book(tx)
    return verify.compare(books)


async def read_stored_books(
    server: Server, place: Folder, only: str | None, progress: Progress
) -> Books:
    """The same from the databases alone, running or not.

    While payments are on their way the books of two roles may stand at different moments; the
    books are then read again, until they agree or have had `QUIET_SECONDS`.
    """
    world = place.spec()
    names = [only] if only else list(world.roles)
    keeping = [name for name in names if "ledger" in KINDS[world.role(name).kind].packages]
    if not keeping:
        raise Malformed(Reason.FIELD_INVALID, param="role", value=f"{only} keeps no book")
    deadline = asyncio.get_running_loop().time() + QUIET_SECONDS
    while True:
        found, moving = {}, 0
        for name in keeping:
            progress(f"re-adding the book of {name}")
            found[name], waiting = await _read_stored(server.database(world.database(name)))
            moving += waiting
        books = verify.compare(found)
        late = asyncio.get_running_loop().time() > deadline
        if books.balanced or not moving or late or books.first_wrong is not None:
            return books
        await asyncio.sleep(0.2)


async def _read_stored(database: Database) -> tuple[verify.Book, int]:
    await database.open(readers=1)
    try:
        async with database.read() as tx:
            return await verify.read_book(tx), await mail.waiting(tx)
    finally:
        await database.close()


async def payments_asked(server: Server, place: Folder, progress: Progress) -> list[Payment]:
    """What the customers of every institution of the world asked to pay, read from its books."""
    world = place.spec()
    found: list[Payment] = []
    for name, role in world.roles.items():
        if "remittance" not in KINDS[role.kind].packages:
            continue
        progress(f"reading the payments of {name}")
        database = server.database(world.database(name))
        await database.open(readers=1)
        try:
            async with database.read() as tx:
                found += await attempts.asked(tx, role.country)
        finally:
            await database.close()
    return found
