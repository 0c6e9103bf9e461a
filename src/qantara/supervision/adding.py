"""Kept sums become figures of corridors: pure, but for reading them."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from qantara.db import Tx
from qantara.supervision import rules, store
from qantara.supervision.model import Corridor, Cost, Day, Ending, Figures, Way
from qantara.supervision.store import Elapsed, Sum

_Place = tuple[date | None, Corridor]


async def days(tx: Tx, first: date, last: date) -> list[Day]:
    """Each corridor's each day."""
    found = await store.sums(tx, first, last, by_day=True)
    times = await store.elapsed(tx, first, last, by_day=True)
    told = _figures(found, times)
    return [Day(day, figures) for day, figures in told if day is not None]


async def corridors(tx: Tx, first: date, last: date) -> list[Figures]:
    """Each corridor over all these days."""
    found = await store.sums(tx, first, last, by_day=False)
    times = await store.elapsed(tx, first, last, by_day=False)
    return [figures for _, figures in _figures(found, times)]


async def sending_times(tx: Tx, first: date, last: date) -> dict[int, int]:
    """How long payments sent abroad took, over all corridors."""
    buckets: dict[int, int] = {}
    for each in await store.elapsed(tx, first, last, by_day=False):
        if each.corridor.way is Way.OUT and not each.corridor.is_inside:
            buckets[each.bucket] = buckets.get(each.bucket, 0) + each.count
    return buckets


def _figures(sums: Iterable[Sum], elapsed: Iterable[Elapsed]) -> list[tuple[date | None, Figures]]:
    ends: dict[_Place, dict[Ending, Sum]] = {}
    for each in sums:
        ends.setdefault((each.day, each.corridor), {})[each.ending] = each
    buckets: dict[_Place, dict[int, int]] = {}
    for took in elapsed:
        buckets.setdefault((took.day, took.corridor), {})[took.bucket] = took.count
    return [
        (place[0], _one(place[1], ends[place], buckets.get(place, {})))
        for place in sorted(ends, key=_order)
    ]


def _order(place: _Place) -> tuple[date, bool, Corridor]:
    day, corridor = place
    return day or date.min, corridor.way is Way.IN, corridor


def _one(corridor: Corridor, ends: dict[Ending, Sum], buckets: dict[int, int]) -> Figures:
    done = ends.get(Ending.COMPLETED)
    half, most = rules.times(buckets)
    return Figures(
        corridor,
        {ending: each.count for ending, each in ends.items()},
        done.sent if done else 0,
        done.received if done else 0,
        _cost(corridor, done),
        half,
        most,
    )


def _cost(corridor: Corridor, done: Sum | None) -> Cost | None:
    if corridor.way is Way.IN or done is None:
        return None
    return rules.cost(done.sent, Decimal(done.fees), Decimal(done.margin))
