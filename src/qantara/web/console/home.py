"""What waits for somebody, and what became of payments today."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access.model import ACTIONS, Scope
from qantara.clock import midnight
from qantara.db import Tx, events
from qantara.db import figures as engine
from qantara.edge.tally import Tally
from qantara.ledger import flow as ledger
from qantara.money import Money, asset
from qantara.remittance import figures, flow
from qantara.web import charts
from qantara.web.console import following, traffic
from qantara.web.console.liquidity import Cover, covers_of
from qantara.web.console.payments import Line, lines_of
from qantara.web.live import Live
from qantara.web.sites import Page, Site
from qantara.web.visits import Visit

_NEWEST = 8
_LOOKED_AT = 100
_TODAY = "today"
_COVERS = "covers"
COVERS_SECONDS = 15


class Waiting(NamedTuple):
    """A queue: how many stand in it, where, and what there is to say beside the number."""

    name: str
    number: int
    path: str
    more: bool = False
    oldest: datetime | None = None


class Figure(NamedTuple):
    """Payments of today in one direction and currency."""

    way: str
    number: int
    amount: Money


class Today:
    """The payments of one day, counted as they come."""

    def __init__(self, day: date) -> None:
        self.day, self.turn = day, asyncio.Lock()
        self.tally = Tally(("remittance",), midnight(day))


async def show(visit: Visit) -> Response:
    async with visit.door.database.read() as tx:
        since = await events.last(tx)
        queues = await _queues(tx, visit)
        payments = await _newest(tx, visit)
        today = await _today(tx, visit.site, visit.caller.now.date())
        covers = await _covers(tx, visit) if visit.holds(Scope.ACCOUNTS_READ) else ()
        window = charts.window(visit.asked("window"), traffic.WINDOWS)
        drawn = await traffic.traffic(tx, visit, window) if _sees_payments(visit) else None
    waiting = sum(each.number for each in queues)
    return visit.shown(
        "home.html",
        queues=queues,
        waiting=waiting,
        payments=payments,
        figures=today,
        covers=covers,
        traffic=drawn,
        window=window,
        windows=traffic.WINDOWS,
        live=Live((following.QUEUES,), since) if queues else None,
    )


def _sees_payments(visit: Visit) -> bool:
    return visit.holds(Scope.REMITTANCES_READ)


async def _queues(tx: Tx, visit: Visit) -> list[Waiting]:
    found: list[Waiting] = []
    if visit.holds(Scope.ACCOUNTS_FREEZE):
        count, oldest = await figures.reviews_waiting(tx)
        found.append(Waiting("reviews", count, "/console/reviews", oldest=oldest))
        held = await flow.count_held(tx)
        found.append(Waiting("held", held, "/console/held"))
    if _sees_payments(visit):
        overdue = len(await flow.overdue_payments(tx, _LOOKED_AT))
        path = "/console/payments?only=overdue"
        found.append(Waiting("overdue", overdue, path, more=overdue == _LOOKED_AT))
        found.append(await _undelivered(tx, visit))
    decided = [a for a, facts in ACTIONS.items() if facts.scope in visit.caller.principal.scopes]
    if decided:
        pending = await access.pending(tx, visit.caller.now, _LOOKED_AT, decided)
        count = len(pending)
        found.append(Waiting("proposals", count, "/console/proposals", more=count == _LOOKED_AT))
    return found


async def _undelivered(tx: Tx, visit: Visit) -> Waiting:
    """Messages that their recipients have not taken for longer than a delivery takes."""
    soon = visit.caller.now - timedelta(seconds=engine.LATE_SECONDS)
    queues = await engine.queues(tx)
    late = [each for each in queues if each.oldest_at is not None and each.oldest_at < soon]
    number = sum(each.waiting for each in late) + sum(each.refused for each in queues)
    oldest = min((each.oldest_at for each in late if each.oldest_at), default=None)
    return Waiting("messages", number, "/console/messages?way=waiting", oldest=oldest)


async def _covers(tx: Tx, visit: Visit) -> Sequence[Cover]:
    """What is owed and what covers it, added up anew once in a while: it reads every account."""
    kept: tuple[datetime, Sequence[Cover]] | None = visit.site.kept.get(_COVERS)
    now = visit.caller.now
    if kept is None or now - kept[0] > timedelta(seconds=COVERS_SECONDS):
        kept = visit.site.kept[_COVERS] = (now, covers_of(await ledger.chart(tx)))
    return kept[1]


async def _newest(tx: Tx, visit: Visit) -> Sequence[Line]:
    if not _sees_payments(visit):
        return ()
    return await lines_of(tx, await flow.newest(tx, None, _NEWEST))


async def _today(tx: Tx, site: Site, today: date) -> list[Figure]:
    """Completed, credited and refused since midnight, by the events that say so. They are counted
    once: each look goes on where the one before ended.
    """
    kept = site.kept.get(_TODAY)
    if kept is None or kept.day != today:
        kept = site.kept[_TODAY] = Today(today)
    async with kept.turn:
        await kept.tally.count(tx)
    counts: Counter[tuple[str, str, str]] = Counter()
    for (way, state, _, corridor), count in kept.tally.payments.items():
        source, _, destination = corridor.partition("-")
        counts[way, state, source if way == "out" else destination] += int(count)
    return [
        Figure(f"{way}_{state}", counts[way, state, currency], Money(int(minor), asset(currency)))
        for (way, state, currency), minor in sorted(kept.tally.minor.items())
        if (way, state) in _SHOWN
    ]


_SHOWN = frozenset({("out", "completed"), ("in", "credited"), ("out", "rejected")})

PAGES = (Page("home", "", show, section="work"),)
