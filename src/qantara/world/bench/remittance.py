"""`qantara bench remittance`: complete payments through all roles, every message validated twice.

A payment counts from the gateway's quote until its sender's institution has the recipient's
credit confirmed and its own side durable. Throughput is a closed loop, latency an open one at
half of that rate. In the end every payment must be completed and all books must balance.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from statistics import median
from typing import Any

from qantara.db import Server
from qantara.errors import Reason, Unavailable
from qantara.rails import flow as rails
from qantara.rails.model import Profile
from qantara.settings import Settings
from qantara.world import worlds
from qantara.world.bench import costs, layouts, messages, pgbench, report, samples
from qantara.world.bench.costs import Counted, Counters, Spent
from qantara.world.bench.layouts import BATCHED, LAYOUTS, Layout, Process, Site
from qantara.world.bench.payments import Load, for_seconds
from qantara.world.bench.report import Report, Result, Yardstick
from qantara.world.worlds import Folder

YARDSTICK = "one thread that parses, validates and reads one pacs.008 (Nexus)"
WORLD = "bench"
TELLING_SECONDS = 1.1
"""So late may the server tell what its tables went through."""
QUIET_SECONDS = 60.0
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long what is measured; `clients` in each of the six directions."""

    rounds: int = 3
    clients: int = 96
    warm_seconds: float = 5.0
    closed_seconds: float = 10.0
    open_seconds: float = 8.0
    idle_payments: int = 30
    yardstick_seconds: float = 1.0
    pgbench_scale: int = pgbench.SCALE
    layouts: tuple[Layout, ...] = LAYOUTS


async def measure(settings: Settings, progress: Progress, plan: Plan | None = None) -> Report:
    """Every layout in turn on one world, which is erased in the end."""
    plan = plan or Plan()
    rates: list[float] = []
    results = []
    async with made(settings, progress) as (server, place):
        where = report.environment()
        quoted = await _pgbench(settings, server, plan, progress)
        paid = 0
        for layout in plan.layouts:
            progress(f"{layout.name}: starting")
            async with layouts.running(settings, server, place, layout, progress) as site:
                rounds, completed = await _rounds(
                    server, place, site, layout, plan, rates, progress
                )
            paid += completed
            results.append(rounds)
        books = await judge(server, place, paid, progress)
    yardstick = Yardstick(YARDSTICK, median(rates))
    more = {"yardstick_rounds": [round(each, 1) for each in rates], **quoted, **books}
    return Report("remittance", yardstick, tuple(results), where, more)


@asynccontextmanager
async def made(settings: Settings, progress: Progress) -> AsyncIterator[tuple[Server, Folder]]:
    """A new world of all roles, at rest; erased in the end. What making it takes shall not be
    found in the memory of what is measured.
    """
    place = worlds.folder(settings, WORLD)
    async with worlds.database_server(settings, progress) as server:
        await worlds.erase(server, place)
        worlds.lay(place, worlds.template())
        progress("making the world, in a process of its own")
        maker = await Process.start(settings, place, BATCHED, list(place.spec().roles))
        await maker.stop()
        try:
            yield server, place
        finally:
            await worlds.erase(server, place)


async def _pgbench(
    settings: Settings, server: Server, plan: Plan, progress: Progress
) -> dict[str, Any]:
    """Quoted beside the yardstick: it moves with the disk, payments hardly do."""
    progress("pgbench, to be quoted")
    await pgbench.prepare(settings, server, plan.pgbench_scale)
    try:
        rate = await pgbench.rate(settings, server, plan.open_seconds)
    finally:
        await pgbench.drop(server)
    return {"pgbench": {"name": pgbench.name(plan.pgbench_scale), "per_second": round(rate, 1)}}


async def _rounds(
    server: Server,
    place: Folder,
    site: Site,
    layout: Layout,
    plan: Plan,
    rates: list[float],
    progress: Progress,
) -> tuple[Result, int]:
    load = Load(site.runtime)
    world = site.runtime.world
    names = {role: world.database(role) for role in world.roles}
    found, idle = [], []
    async with costs.counters(server, names) as counters, loaded(load):
        progress(f"{layout.name}: warming up")
        await load.closed(plan.clients, for_seconds(plan.warm_seconds))
        for number in range(1, plan.rounds + 1):
            progress(f"{layout.name}: round {number} of {plan.rounds}")
            rates.append(yardstick_rate(plan.yardstick_seconds))
            one = await _closed(site, load, counters, layout, plan)
            waits = await load.open(one.per_second / 2, plan.open_seconds, Random(number))  # noqa: S311 - load
            found.append(_with_waits(one, waits))
            idle.append(await load.one_by_one(plan.idle_payments))
    await rest(server, place)
    return _middle(found, idle), load.completed


@asynccontextmanager
async def loaded(load: Load) -> AsyncIterator[None]:
    try:
        await load.begin()
        yield
    finally:
        await load.end()


async def _closed(site: Site, load: Load, counters: Counters, layout: Layout, plan: Plan) -> Result:
    gc.collect()
    counted, before, done = await counters.read(), await site.spent(), load.completed
    began = time.perf_counter()
    await load.closed(plan.clients, for_seconds(plan.closed_seconds))
    seconds = time.perf_counter() - began
    payments = load.completed - done
    used = [now.since(then) for now, then in zip(await site.spent(), before, strict=True)]
    await asyncio.sleep(TELLING_SECONDS)
    more = _costs(used, counted, await counters.read(), payments)
    return Result(layout.name, payments / seconds, more={"payments": payments, **more})


def _costs(used: Sequence[Spent], before: Counted, after: Counted, payments: int) -> dict[str, Any]:
    """What one payment cost. Kinds and packages are the processes' CPU by shares of samples."""
    kinds: dict[str, float] = {}
    packages: dict[str, float] = {}
    for each in used:
        samples_taken = max(1, sum(each.kinds.values()))
        for shares, found in ((kinds, each.kinds), (packages, each.packages)):
            for name, count in found.items():
                cost = 1000 * each.cpu * count / samples_taken / payments
                shares[name] = shares.get(name, 0.0) + cost
    sql = None if after.cpu is None or before.cpu is None else after.cpu - before.cpu
    transactions = {k: v for each in used for k, v in each.transactions.items()}
    commands = {k: v for each in used for k, v in each.commands.items()}
    by_role = {
        role: {
            "transactions": round(count / payments, 4),
            "batch_mean": round(commands[role] / max(1, count), 1),
            "sql_cpu_ms": _milliseconds(
                after.by_database.get(role, 0.0) - before.by_database.get(role, 0.0), payments
            ),
        }
        for role, count in transactions.items()
    }
    return {
        "cpu_ms": {
            "processes": _milliseconds(sum(each.cpu for each in used), payments),
            **{name: round(cost, 3) for name, cost in sorted(kinds.items())},
            "sql": None if sql is None else _milliseconds(sql, payments),
        },
        "cpu_ms_by_package": {name: round(cost, 3) for name, cost in sorted(packages.items())},
        "transactions": round(sum(transactions.values()) / payments, 3),
        "batch_mean": round(sum(commands.values()) / max(1, sum(transactions.values())), 1),
        "wal_bytes": round((after.wal - before.wal) / payments),
        "rows_read_by_sequential_scans": costs.scans(before, after, payments),
        "by_role": by_role,
        "rss_mb": [round(each.rss_mb, 1) for each in used],
    }


def _milliseconds(seconds: float, payments: int) -> float:
    return round(1000 * seconds / payments, 3)


def _with_waits(result: Result, waits: Sequence[float]) -> Result:
    p50, p99 = (1000 * report.percentile(waits, share) for share in (0.5, 0.99))
    more = {**result.more, "open_loop": {"per_second": round(result.per_second / 2, 1)}}
    return Result(result.name, result.per_second, p50, p99, more)


def _middle(rounds: Sequence[Result], idle: Sequence[Sequence[float]]) -> Result:
    """The median round; latencies are medians of the rounds' own, the best beside them."""
    told = report.middle(rounds)
    p50s = [each.p50_ms for each in rounds if each.p50_ms is not None]
    p99s = [each.p99_ms for each in rounds if each.p99_ms is not None]
    alone = [1000 * report.percentile(each, 0.5) for each in idle]
    more = {
        **told.more,
        "rounds_per_second": [round(each.per_second, 1) for each in rounds],
        "rounds_p50_ms": [round(each, 1) for each in p50s],
        "rounds_p99_ms": [round(each, 1) for each in p99s],
        "idle_p50_ms": round(median(alone), 2),
        "best_idle_p50_ms": round(min(alone), 2),
    }
    return Result(told.name, told.per_second, median(p50s), median(p99s), more)


def yardstick_rate(seconds: float) -> float:
    """Messages a second of one thread that parses, validates and reads the same one."""
    raw = rails.build(samples.TRANSFER, Profile.NEXUS)
    return messages.rate(partial(rails.read, raw, Profile.NEXUS), seconds)


async def rest(server: Server, place: Folder) -> None:
    """Wait until nothing is on its way between the roles, in whatever process they run."""
    world = place.spec()
    names = {role: world.database(role) for role in world.roles}
    async with costs.counters(server, names) as counters, asyncio.timeout(QUIET_SECONDS):
        while await counters.waiting():  # noqa: ASYNC110 - other processes tell no event
            await asyncio.sleep(0.05)


async def judge(server: Server, place: Folder, paid: int, progress: Progress) -> Mapping[str, Any]:
    """Every payment completed and credited, every book balanced; else the run is worth nothing."""
    states: dict[str, int] = {}
    credited: dict[str, int] = {}
    for role in place.spec().of_kind("institution"):
        owner = await server.connect(place.spec().database(role.name))
        try:
            for row in await owner.fetch(
                "SELECT state, count(*) FROM remittance.remittance GROUP BY state"
            ):
                states[row["state"]] = states.get(row["state"], 0) + row["count"]
            for row in await owner.fetch(
                "SELECT state, count(*) FROM remittance.inbound GROUP BY state"
            ):
                credited[row["state"]] = credited.get(row["state"], 0) + row["count"]
        finally:
            await owner.close()
    books = await worlds.read_stored_books(server, place, None, progress)
    ended, arrived = ({"completed": paid}, {"credited": paid}) if paid else ({}, {})
    if states != ended or credited != arrived or not books.balanced:
        told = f"{paid} paid; {states}; {credited}; balanced: {books.balanced}"
        raise Unavailable(Reason.INTERNAL, detail=told)
    return {"payments": paid, "books_balanced": books.balanced}
