"""`qantara bench ledger`: the ledger as payments use it, beside pgbench on the same server."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Any

from qantara.clock import utc_now
from qantara.db import Batcher, Database, Server, Tx
from qantara.errors import Reason, Unavailable
from qantara.ids import uuid7
from qantara.ledger import flow
from qantara.ledger.model import AccountClass, BookReport, NewAccount, Transfer
from qantara.money import MYR
from qantara.settings import Settings
from qantara.worker import Clerk
from qantara.world.bench import pgbench, report
from qantara.world.bench.ledger_load import FUNDS, HOT, Load, Meter, closed_loop
from qantara.world.bench.report import Report, Result, Yardstick
from qantara.world.worlds import database_server

DATABASE = "qantara_bench_ledger"
CAP = 256
RESULTS = ("uniform", "hot", "batches", "holds_and_chains")
_ONE = "one_client"
_PARTS = ("uniform", "holds_and_chains", "hot", "batches", _ONE)
_EQUITY = "equity/bench"
_OPENING = 8190
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; `seconds` is the length of each part of each round."""

    accounts: int = 100_000
    clients: int = 512
    ready: int = 8190
    rounds: int = 3
    seconds: float = 10.0
    pgbench_scale: int = pgbench.SCALE


@dataclass(frozen=True, slots=True)
class _Bench:
    """A fresh book on the measured server, and its owner's eyes."""

    size: Size
    database: Database
    codes: list[str]
    owner: Tx
    source: Random

    async def part(self, name: str) -> Result:
        """One part of one round by a writer of its own; the server's counters stand around it."""
        meter = Meter()
        clerk = Clerk(self.database)
        batcher = Batcher(self.database, meter, utc_now, lambda *_: clerk.wake(), CAP)
        await batcher.start()
        clerk.start()
        before = await _counters(self.owner)
        try:
            spent = await self._load(name, Load(self.codes, self.source, batcher, meter))
        finally:
            await batcher.stop()
            await clerk.stop()
        wal, scans = [b - a for a, b in zip(before, await _counters(self.owner), strict=True)]
        more = {
            "transfers": meter.transfers,
            "refused": meter.refused,
            "holds_and_chains": meter.special,
            "batch_mean": round(meter.transfers / len(meter.sizes), 1),
            "batch_p50": report.percentile(meter.sizes, 0.5),
            "wal_bytes_per_transfer": round(wal / meter.transfers),
            "sequential_scans_per_transfer": round(scans / meter.transfers, 6),
        }
        p50, p99 = (1000 * report.percentile(meter.waits, share) for share in (0.5, 0.99))
        return Result(name, meter.transfers / spent, p50, p99, more)

    async def _load(self, name: str, load: Load) -> float:
        size = self.size
        if name == "batches":
            return await load.ready(size.ready, size.seconds)
        if name == _ONE:
            return await closed_loop(load.uniform, 1, size.seconds / 5)
        act = {"uniform": load.uniform, "hot": load.hot, "holds_and_chains": load.mixed}[name]
        return await closed_loop(act, size.clients, size.seconds)


async def measure(settings: Settings, progress: Progress, size: Size | None = None) -> Report:
    """Rounds of the yardstick and of every part in turn; then the whole book is re-added."""
    size = size or Size()
    async with (
        database_server(settings, progress) as server,
        _opened(server, size, progress) as own,
    ):
        where = report.environment(**await _server(own.owner))
        progress("making the tables of pgbench")
        await pgbench.prepare(settings, server, size.pgbench_scale)
        rates: list[float] = []
        found: dict[str, list[Result]] = {name: [] for name in _PARTS}
        for number in range(1, size.rounds + 1):
            progress(f"round {number} of {size.rounds}: pgbench")
            rates.append(await pgbench.rate(settings, server, size.seconds))
            for name in _PARTS:
                progress(f"round {number} of {size.rounds}: {name}")
                found[name].append(await own.part(name))
        await pgbench.drop(server)
        progress("re-adding the whole book")
        book = await _verified(own.owner, own.database, size, found)
    told = {name: report.middle(found[name]) for name in _PARTS}
    yardstick = Yardstick(pgbench.name(size.pgbench_scale), median(rates))
    one = told[_ONE]
    more = {
        "yardstick_rounds": [round(each, 1) for each in rates],
        "cost_of_holds_and_chains": round(_cost(found), 4),
        "one_client": {
            "per_second": round(one.per_second, 1),
            "ratio": round(one.per_second / yardstick.per_second, 4),
            "p50_ms": round(one.p50_ms or 0, 3),
        },
        "book": {"transfers": book.transfers, "batches": book.batches, "clean": book.clean},
    }
    return Report("ledger", yardstick, tuple(told[name] for name in RESULTS), where, more)


def _cost(found: dict[str, list[Result]]) -> float:
    """The share of throughput that holds and chains take, each round against its own uniform."""
    pairs = zip(found["uniform"], found["holds_and_chains"], strict=True)
    return median(1 - mixed.per_second / plain.per_second for plain, mixed in pairs)


@asynccontextmanager
async def _opened(server: Server, size: Size, progress: Progress) -> AsyncIterator[_Bench]:
    """A book of that many customers, each with the same money; dropped in the end."""
    progress(f"opening {size.accounts:,} accounts")
    await server.drop(DATABASE)
    database = await server.create(DATABASE, ("ledger",))
    codes = [f"customer/{number}" for number in range(size.accounts)]
    writer = await database.writer()
    try:
        await _open_accounts(writer, codes)
    finally:
        await writer.close()
    owner = await server.connect(DATABASE)
    await database.open(readers=1)
    try:
        yield _Bench(size, database, codes, owner, Random(1))  # noqa: S311 - load, no secrets
    finally:
        await database.close()
        await owner.close()
        await server.drop(DATABASE)


async def _open_accounts(writer: Tx, codes: list[str]) -> None:
    now = utc_now()
    await flow.open_accounts(writer, [NewAccount(_EQUITY, MYR, AccountClass.EQUITY)], now)
    wanted = [*codes, HOT]
    for begin in range(0, len(wanted), _OPENING):
        part = wanted[begin : begin + _OPENING]
        terms = [NewAccount(code, MYR, AccountClass.E_MONEY, floor=0) for code in part]
        money = [
            Transfer(
                id=str(uuid7()),
                amount=FUNDS * (10**6 if code == HOT else 1),
                debit=_EQUITY,
                credit=code,
                asset=MYR.code,
                code="bench.fund",
                occurred_at=now,
            )
            for code in part
        ]
        async with writer.transaction():
            await flow.open_accounts(writer, terms, now)
            await flow.must_post(writer, money, now)


async def _counters(owner: Tx) -> tuple[int, int]:
    """Bytes of WAL written so far, and sequential scans of tables that grow."""
    await owner.execute("SELECT pg_stat_clear_snapshot()")
    row = await owner.fetchrow(
        "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal, (SELECT sum(seq_scan)"
        " FROM pg_stat_user_tables WHERE schemaname = 'ledger'"
        " AND relname NOT IN ('asset', 'book', 'entered')) AS scans"
    )
    return (int(row["wal"]), int(row["scans"])) if row else (0, 0)


async def _server(owner: Tx) -> dict[str, Any]:
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    return {name: await owner.fetchval("SELECT current_setting($1)", name) for name in names}


async def _verified(
    owner: Tx, database: Database, size: Size, found: dict[str, list[Result]]
) -> BookReport:
    """The book, clean, entered and with just what was acknowledged; else nothing was measured."""
    while await flow.enter(owner):
        pass
    async with database.read() as tx:
        book = await flow.verify_book(tx)
    parts = [part.more for parts in found.values() for part in parts]
    promised = size.accounts + 1 + sum(part["transfers"] - part["refused"] for part in parts)
    if not book.clean or book.transfers != promised:
        told = f"{book.first}; {promised} acknowledged, {book.transfers} in the book"
        raise Unavailable(Reason.INTERNAL, detail=told)
    return book
