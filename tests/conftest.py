"""What every test may ask for: a real PostgreSQL, and fresh databases in it."""

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from moments import Fresh
from qantara import settings
from qantara.db.database import Database, Server
from qantara.db.embedded import EmbeddedServer

MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of this run's own is made in it
LIMIT = Path("/sys/fs/cgroup/memory.max")
ROOM = 12 << 30
"""Bytes of memory that must be free for databases to be put there."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Where there is plenty of memory, what tests write stays there: they make a database each,
    of a thousand files.
    """
    if hasattr(config, "workerinput") or config.option.basetemp or _room() < ROOM:
        return
    config.option.basetemp = tempfile.mkdtemp(prefix="qantara-", dir=MEMORY)
    config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


def _room() -> int:
    """Bytes that may still be put into memory; none where there is no such directory, or one in
    which no program may stand.
    """
    told = Path("/proc/meminfo")
    if not MEMORY.is_dir() or not told.exists() or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return 0
    lines = dict(line.split(":", 1) for line in told.read_text().splitlines())
    available = int(lines["MemAvailable"].split()[0]) * 1024
    said = LIMIT.read_text().strip() if LIMIT.exists() else "max"
    limit = int(said) if said.isdigit() else available
    return min(available, limit, shutil.disk_usage(MEMORY).free)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all tests of a run, shared by the parallel workers."""
    root = tmp_path_factory.getbasetemp()
    return (root.parent if root.name.startswith("popen-") else root) / "qantara-home"


@pytest.fixture(scope="session")
def servers(home: Path) -> Iterator[Callable[[int], Server]]:
    """The embedded server of a version, started when first asked for."""
    started: dict[int, EmbeddedServer] = {}

    def of_version(version: int) -> Server:
        if version not in started:
            chosen = replace(settings.load(), home=home, postgres_version=version)
            started[version] = EmbeddedServer(chosen)
            # Tests kill processes, never the machine: what the kernel has been given is safe.
            home.mkdir(exist_ok=True)
            started[version].own_configuration.write_text("fsync = off\nfull_page_writes = off\n")
            started[version].start()
        return replace(started[version].server, by_file=True)

    yield of_version
    for embedded in started.values():
        embedded.stop()


async def _fresh(server: Server) -> AsyncIterator[Fresh]:
    await server.prepare()
    made: list[tuple[str, asyncpg.Connection]] = []

    async def make(*packages: str) -> asyncpg.Connection:
        name = f"qantara_test_{uuid.uuid4().hex[:12]}"
        database: Database = await server.create(name, packages)
        connection = await database.writer()
        made.append((name, connection))
        return connection

    yield make
    for name, connection in made:
        await connection.close()
        await server.drop(name)


@pytest.fixture
async def fresh(servers: Callable[[int], Server]) -> AsyncIterator[Fresh]:
    """`await fresh("ledger")`: a connection, as the app role, to a new migrated database."""
    async for make in _fresh(servers(18)):
        yield make


@pytest.fixture(params=[18, 16], ids=["postgresql-18", "postgresql-16"])
async def fresh_both(
    request: pytest.FixtureRequest, servers: Callable[[int], Server]
) -> AsyncIterator[Fresh]:
    """The same, on both versions in the wheel."""
    async for make in _fresh(servers(request.param)):
        yield make
