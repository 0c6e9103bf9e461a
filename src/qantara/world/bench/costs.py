"""What work costs: CPU of this process by kind, of the database's by role, and what it counts.

CPU of this process is exact; its kinds are shares of samples. The kernel signals every few
milliseconds of CPU that were used, and the signal is heard when the C function that ran has
returned, so time in C is counted to the Python line that called it.
"""

import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import msgspec

from qantara.db import Server, Tx, mail
from qantara.host.role import Role

SAMPLE_SECONDS = 0.004
GROWING_ROWS = 1000
"""A table that gained at least so many rows is one that grows."""
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PACKAGE = "/qantara/"
_XML = "rails"
_HTTP_PLACES = ("/httpx/", "/httpcore/", "/uvicorn/", "/h11/", "/starlette/", "/fastapi/")
_DRIVER = "/asyncpg/"


class Spent(msgspec.Struct, frozen=True):
    """What one process used: seconds of CPU, samples by kind and by package of ours, and what
    its roles committed.
    """

    cpu: float = 0.0
    kinds: dict[str, int] = {}
    packages: dict[str, int] = {}
    transactions: dict[str, int] = {}
    commands: dict[str, int] = {}
    rss_mb: float = 0.0

    def since(self, before: "Spent") -> "Spent":
        return Spent(
            self.cpu - before.cpu,
            _less(self.kinds, before.kinds),
            _less(self.packages, before.packages),
            _less(self.transactions, before.transactions),
            _less(self.commands, before.commands),
            self.rss_mb,
        )


def _less(now: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    return {key: value - before.get(key, 0) for key, value in now.items()}


class Sampler:
    """Hears the kernel's signal of used CPU and notes what this process was at."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.packages: Counter[str] = Counter()

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._hear)
        signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)

    def _hear(self, _number: int, frame: FrameType | None) -> None:
        kind, package = _place(frame)
        self.kinds[kind] += 1
        self.packages[package] += 1


def _place(frame: FrameType | None) -> tuple[str, str]:
    """What a stack is at: XML wherever it passes our rails; else what its innermost frame that
    is not the standard library's belongs to; and the innermost package of ours.
    """
    kind = package = ""
    while frame is not None:
        file = frame.f_code.co_filename
        if _PACKAGE in file:
            ours = file.rpartition(_PACKAGE)[2].partition("/")[0].removesuffix(".py")
            package = package or ours
            if ours == _XML:
                return "xml", package
            kind = kind or "python"
        elif not kind and _DRIVER in file:
            kind = "driver"
        elif not kind and any(place in file for place in _HTTP_PLACES):
            kind = "http"
        frame = frame.f_back
    return kind or "loop", package or "loop"


def spent(sampler: Sampler, roles: Mapping[str, Role]) -> Spent:
    """Up to now, since the process began."""
    return Spent(
        time.process_time(),
        dict(sampler.kinds),
        dict(sampler.packages),
        {name: role.batcher.transactions for name, role in roles.items()},
        {name: role.batcher.commands for name, role in roles.items()},
        resident_mb(),
    )


def resident_mb() -> float:
    """Memory of this process that is in use now."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * _PAGE / 2**20


@dataclass(frozen=True, slots=True)
class Counted:
    """What the database server counts: bytes of WAL, CPU of its processes, scans of tables."""

    wal: int
    cpu: float | None
    by_database: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)


class Counters:
    """The measured server, looked at through connections of its owner's."""

    def __init__(self, main: Tx, databases: Mapping[str, Tx]) -> None:
        self._main, self._databases = main, databases

    async def read(self) -> Counted:
        """Scans are told by the server up to a second late: read after a pause."""
        wal = await self._main.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        rows = await self._main.fetch(
            "SELECT pid, datname FROM pg_stat_activity WHERE datname IS NOT NULL"
        )
        used = {row["pid"]: _cpu(f"/proc/{row['pid']}/stat") for row in rows}
        of_role = {database: role for role, database in await self._names()}
        by_database: defaultdict[str, float] = defaultdict(float)
        for row in rows:
            by_database[of_role.get(row["datname"], "others")] += used[row["pid"]] or 0
        postmaster = await self._main.fetchval("SELECT pg_backend_pid()")
        return Counted(int(wal), _tree(postmaster), by_database, await self._tables())

    async def waiting(self) -> int:
        """Messages of any role that are still on their way, in whatever process it runs."""
        return sum([await mail.waiting(connection) for connection in self._databases.values()])

    async def _names(self) -> list[tuple[str, str]]:
        names = []
        for role, connection in self._databases.items():
            names.append((role, str(await connection.fetchval("SELECT current_database()"))))
        return names

    async def _tables(self) -> dict[str, tuple[int, int, int]]:
        """Rows gained, sequential scans and rows read by them, by role and table."""
        found = {}
        for role, connection in self._databases.items():
            await connection.execute("SELECT pg_stat_clear_snapshot()")
            for row in await connection.fetch(
                "SELECT schemaname || '.' || relname AS name, n_tup_ins, seq_scan, seq_tup_read"
                " FROM pg_stat_user_tables"
            ):
                numbers = (row["n_tup_ins"], row["seq_scan"], row["seq_tup_read"])
                found[f"{role} {row['name']}"] = numbers
        return found


def _cpu(stat: str) -> float | None:
    """Seconds of CPU of a process, and of its children that ended; None if it is not here."""
    try:
        text = Path(stat).read_text(encoding="utf-8")
    except OSError:
        return None
    words = text.rpartition(")")[2].split()
    return sum(map(int, words[11:15])) / _TICK


def _parent(pid: int | str) -> int:
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return int(text.rpartition(")")[2].split()[1])


def _tree(backend: int) -> float | None:
    """All processes of the server, if it runs on this machine."""
    try:
        if b"postgres" not in Path(f"/proc/{backend}/cmdline").read_bytes():
            return None
        postmaster = _parent(backend)
        total = _cpu(f"/proc/{postmaster}/stat") or 0.0
    except OSError:
        return None
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if _parent(place.name) == postmaster:
                total += _cpu(f"{place}/stat") or 0.0
        except OSError:
            continue
    return total


@asynccontextmanager
async def counters(server: Server, databases: Mapping[str, str]) -> AsyncIterator[Counters]:
    """`databases`: which is whose, by role."""
    opened: dict[str, Tx] = {}
    main = await server.connect()
    try:
        for role, database in databases.items():
            opened[role] = await server.connect(database)
        yield Counters(main, opened)
    finally:
        for connection in (main, *opened.values()):
            await connection.close()


def scans(before: Counted, after: Counted, payments: int) -> dict[str, int]:
    """Rows read by sequential scans of each table that grew with the payments."""
    grown = {}
    for name, (inserted, scanned, read) in after.tables.items():
        begun = before.tables.get(name, (0, 0, 0))
        if inserted - begun[0] >= min(GROWING_ROWS, payments) and scanned > begun[1]:
            grown[name] = read - begun[2]
    return grown
