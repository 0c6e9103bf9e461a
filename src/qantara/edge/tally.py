"""Payments counted from the events that say what became of them, and all figures in one look.

Counting costs the hot path nothing: each look reads what is new since the one before. A look is
shared by all who ask in the same moment, and one that took long is kept long.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from qantara.clock import Clock, ticks
from qantara.db import Database, Tx
from qantara.db import figures as engine
from qantara.db.faults import LOST
from qantara.db.figures import Moved
from qantara.domestic import figures as domestic
from qantara.edge.figures import standing
from qantara.errors import Unavailable
from qantara.remittance import figures as remittance
from qantara.scheme.gateway import figures as gateway
from qantara.scheme.ips import figures as ips
from qantara.telemetry.measures import Counts, Point, Spread, Spreads, counts

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
PAGE = 100_000
"""How many events one look takes at most; the next goes on where it ended."""
FRESH_SECONDS, REST = 1.0, 20
"""A look is good for a second, and for twenty times as long as it took."""

_Read = Callable[[Tx, int, int, Sequence[float]], Awaitable[list[Moved]]]


class _Source(NamedTuple):
    """Where a package's events are, and how they are counted."""

    before: Callable[[Tx, datetime], Awaitable[int]]
    newest: Callable[[Tx], Awaitable[int]]
    counted: _Read


_SOURCES: Mapping[str, _Source] = {
    "remittance": _Source(engine.event_before, engine.newest_event, remittance.counted),
    "domestic": _Source(engine.event_before, engine.newest_event, domestic.counted),
    "scheme.gateway": _Source(gateway.event_before, gateway.newest_event, gateway.counted),
    "scheme.ips": _Source(ips.event_before, ips.newest_event, ips.counted),
}


class Tally:
    """Payments of one role since `began`."""

    def __init__(self, packages: Sequence[str], began: datetime) -> None:
        self._began = began
        self._sources = {name: _SOURCES[name] for name in packages if name in _SOURCES}
        self._positions: dict[str, int] = {}
        self.payments: Counts = counts()
        self.minor: Counts = counts()
        self.seconds = Spreads(BOUNDS)

    async def count(self, tx: Tx) -> None:
        """Count what is new."""
        for name, source in self._sources.items():
            after = self._positions.get(name)
            if after is None:
                after = await source.before(tx, self._began)
            until = min(await source.newest(tx), after + PAGE)
            for moved in await source.counted(tx, after, until, BOUNDS):
                self._add(moved)
            self._positions[name] = until

    def _add(self, moved: Moved) -> None:
        labels = (moved.way, moved.state, moved.reason, moved.corridor)
        self.payments[labels] += moved.count
        self.minor[moved.way, moved.state, moved.currency] += moved.minor
        if moved.bucket is not None:
            where = (moved.way, moved.corridor)
            spread = self.seconds.of.setdefault(where, Spread(BOUNDS))
            spread.counts[moved.bucket] += moved.count
            spread.total += moved.seconds

    def points(self) -> list[Point]:
        return [
            *(Point("qantara_payments", *each) for each in self.payments.items()),
            *(Point("qantara_payment_minor", *each) for each in self.minor.items()),
        ]


class Figures:
    """Everything a role's database says, looked up at most once a second."""

    def __init__(self, database: Database, packages: Sequence[str], clock: Clock) -> None:
        self._database, self._packages, self._clock = database, packages, clock
        self._tally = Tally(packages, clock())
        self._points: list[Point] = []
        self._until = 0.0
        self._turn = asyncio.Lock()

    async def points(self) -> list[Point]:
        """What stands, what happened; only that the database is down while it is."""
        async with self._turn:
            if ticks() >= self._until:
                await self._look()
            return [*self._points, *self._tally.points()]

    def spreads(self) -> Mapping[str, Spreads]:
        return {"qantara_payment_seconds": self._tally.seconds}

    async def _look(self) -> None:
        began = ticks()
        try:
            async with self._database.read() as tx:
                found = await standing(tx, self._packages, self._clock())
                await self._tally.count(tx)
        except (Unavailable, *LOST):
            found, up = [], 0
        else:
            up = 1
        self._points = [Point("qantara_database_up", (), up), *found]
        ended = ticks()
        self._until = ended + max(FRESH_SECONDS, REST * (ended - began))
