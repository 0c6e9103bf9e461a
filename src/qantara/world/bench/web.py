"""`qantara bench web`: pages as a server draws them, and a thousand streams that wait for news.

Every page is asked for over HTTP by somebody who is signed in to a staged demo world, one after
another on one connection. The yardstick is a stored file over the same connection: what is above
it is drawing and the database. The streams are read by a process of their own.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from gzip import compress
from statistics import median
from typing import Any

from qantara.clock import ticks
from qantara.db import Tx, events
from qantara.settings import Settings
from qantara.web import statics
from qantara.world import pages, staged, worlds
from qantara.world.bench import report, web_listeners
from qantara.world.bench.report import Report, Result, Yardstick
from qantara.world.bench.web_line import Line
from qantara.world.pages import Shown
from qantara.world.staged import Staged
from qantara.world.worlds import Progress

YARDSTICK = "one stored style sheet over the same connection"
WORLD = "benchweb"
_LINKED = re.compile(rb'(?:href|src)="(/static/[^"]+)"')


@dataclass(frozen=True, slots=True)
class Plan:
    """`asks` of each page after `warm` that are not counted; `streams` hear of `events`."""

    asks: int = 100
    warm: int = 5
    streams: int = 1_000
    per_session: int = 20
    events: int = 30


async def measure(settings: Settings, progress: Progress, plan: Plan | None = None) -> Report:
    plan = plan or Plan()
    async with _made(settings, progress) as world:
        where = report.environment()
        yardstick = await _stored(world, plan)
        results = [await _drawn(world, each, plan, progress) for each in pages.EVERY]
        progress(f"{plan.streams} streams")
        results.append(await _heard(world, plan))
    return Report("web", Yardstick(YARDSTICK, yardstick), tuple(results), where)


@asynccontextmanager
async def _made(settings: Settings, progress: Progress) -> AsyncIterator[Staged]:
    """A new staged world; erased in the end."""
    place = worlds.folder(settings, WORLD)
    async with worlds.database_server(settings, progress) as server:
        await worlds.erase(server, place)
        try:
            staged.write(place)
            async with worlds.started(server, place, progress) as runtime:
                progress("payments to look at")
                yield await staged.stage(runtime, place.read_keys())
        finally:
            await worlds.erase(server, place)


async def _stored(world: Staged, plan: Plan) -> float:
    async with Line.to(world.address) as line:
        took = await _took(line, statics.address("qantara.css"), plan)
    return 1 / median(took)


async def _drawn(world: Staged, shown: Shown, plan: Plan, progress: Progress) -> Result:
    """One page, as somebody who may see it gets it."""
    progress(shown.path)
    path = shown.path.format(**world.ids)
    cookies = await world.enters(shown.site, shown.who) if shown.who else {}
    async with Line.to(world.address, cookies) as line:
        took = await _took(line, path, plan)
        document = await line.get(path)
        linked = sorted({each.decode() for each in _LINKED.findall(document)})
        sizes = {each: len(await line.get(each)) for each in linked}
    packed = len(compress(document))
    more = {
        "document_bytes": len(document),
        "document_gzip_bytes": packed,
        "first_load_gzip_bytes": packed + sum(sizes.values()),
    }
    return replace(_result(shown.path, took), more=more)


async def _took(line: Line, path: str, plan: Plan) -> list[float]:
    took: list[float] = []
    for _ in range(plan.warm + plan.asks):
        began = ticks()
        await line.get(path)
        took.append(ticks() - began)
    return took[plan.warm :]


def _result(name: str, took: Sequence[float]) -> Result:
    p50, p99 = (report.percentile(took, share) for share in (0.5, 0.99))
    return Result(name, 1 / median(took), p50 * 1_000, p99 * 1_000)


async def _heard(world: Staged, plan: Plan) -> Result:
    """From handing an event to the writer until the last stream has it."""
    subject = world.ids["review"]
    sessions = -(-plan.streams // plan.per_session)
    names = ("compliance", "compliance-second", "operations", "operations-second")
    cookies: list[Mapping[str, str]] = [
        await world.enters("console", names[number % len(names)]) for number in range(sessions)
    ]
    role = world.runtime.roles[staged.AT]
    async with role.database.look() as tx:
        since = await events.last(tx)
    path = f"/console/live?topic=payment:{subject}&since={since}"
    began = ticks()
    async with web_listeners.started(world.address, path, cookies, plan.streams) as listeners:
        opened = ticks() - began
        took: list[float] = []
        for _ in range(plan.events):
            began = ticks()
            await role.batcher.run(_say, subject)
            took.append(await listeners.told() - began)
    found = _result(f"{plan.streams} streams", took)
    more: dict[str, Any] = {
        "streams": plan.streams,
        "sessions": sessions,
        "deliveries_per_second": round(plan.streams / median(took)),
        "opening_seconds": round(opened, 2),
    }
    return replace(found, more=more)


async def _say(tx: Tx, _node: object, subjects: Sequence[str], now: datetime) -> list[None]:
    """An event that changes nothing, for those who wait to hear of one."""
    await events.add(tx, [(subject, "in_review") for subject in subjects], now)
    return [None] * len(subjects)
