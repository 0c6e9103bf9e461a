"""What figures become: shares, times, and what of them may be told to others. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from qantara.money import Money, Rounding, asset, round_fraction
from qantara.supervision.model import (
    Aggregate,
    CaseRow,
    Complaints,
    Cost,
    Ending,
    Figures,
    Row,
    Total,
    Way,
)

STEP = 1.05
"""Times are kept in steps of a twentieth; the stores of the products count in the same ones."""
_HALF, _NEARLY_ALL = (1, 2), (19, 20)
_VALUED = ("completed", "sent", "received", "fees", "margin", "cost_percent", "p50_ms", "p95_ms")
_COUNTED = tuple(each.value for each in Ending if each is not Ending.COMPLETED)


def cost(sent: int, fees: Decimal | int, margin: Decimal | int) -> Cost:
    """Rounded once, for all payments together."""
    total = Fraction(fees) + Fraction(margin)
    of_all = total / sent if sent else total * 0
    hundredths = round_fraction(of_all * 100 * 100, Rounding.HALF_UP)
    return Cost(
        round_fraction(Fraction(fees), Rounding.HALF_UP),
        round_fraction(Fraction(margin), Rounding.HALF_UP),
        Decimal(f"{hundredths}E-2"),
    )


def times(buckets: Mapping[int, int]) -> tuple[int | None, int | None]:
    """The time that half of the payments kept, and that nineteen of twenty did, in milliseconds."""
    return _quantile(buckets, _HALF), _quantile(buckets, _NEARLY_ALL)


def _quantile(buckets: Mapping[int, int], part: tuple[int, int]) -> int | None:
    counted, of = part
    wanted, seen = sum(buckets.values()) * counted, 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen * of >= wanted:
            return round(STEP**bucket)
    return None


def totals(found: Iterable[Figures]) -> tuple[Total, ...]:
    """What was sent abroad, by the currency it was sent in."""
    by_currency: dict[str, list[Figures]] = {}
    for each in _sent_abroad(found):
        if each.cost is not None:
            by_currency.setdefault(each.corridor.source_currency, []).append(each)
    return tuple(_total(code, by_currency[code]) for code in sorted(by_currency))


def _total(currency: str, found: Sequence[Figures]) -> Total:
    sent = sum(each.sent for each in found)
    paid = [each.cost for each in found if each.cost is not None]
    fees, margin = sum(each.fees for each in paid), sum(each.margin for each in paid)
    completed = sum(each.completed for each in found)
    return Total(currency, completed, sent, cost(sent, Decimal(fees), Decimal(margin)))


def endings(found: Iterable[Figures]) -> dict[Ending, int]:
    """What payments sent abroad came to."""
    counts = dict.fromkeys(Ending, 0)
    for each in _sent_abroad(found):
        for ending, count in each.counts.items():
            counts[ending] += count
    return counts


def _sent_abroad(found: Iterable[Figures]) -> list[Figures]:
    return [each for each in found if each.corridor.way is Way.OUT and not each.corridor.is_inside]


def told(figures: Figures, least: int, before: Row | None = None) -> Row:
    """A corridor's day as others may know it.

    What fewer than `least` payments stand behind is left out. Where an earlier revision told a
    figure, a new one takes its place only once so many more payments stand behind it: two
    revisions side by side must not tell what one payment was.
    """
    corridor = figures.corridor
    row = Row(
        corridor.way,
        corridor.source,
        corridor.destination,
        corridor.source_currency,
        corridor.destination_currency,
        corridor.rail,
    )
    row = replace(row, **_valued(figures, least, before))
    counts = {
        name: _count(figures.counts.get(Ending(name), 0), least, _said(before, name))
        for name in _COUNTED
    }
    return replace(row, **counts)


def _valued(figures: Figures, least: int, before: Row | None) -> dict[str, object]:
    known = None if before is None else before.completed
    completed = _count(figures.completed, least, known)
    if before is not None and completed == known:
        return {name: getattr(before, name) for name in _VALUED}
    if not completed:
        return {"completed": completed}
    corridor, paid = figures.corridor, figures.cost
    source, destination = asset(corridor.source_currency), asset(corridor.destination_currency)
    said: dict[str, object] = {
        "completed": completed,
        "sent": str(Money(figures.sent, source)),
        "received": str(Money(figures.received, destination)),
        "p50_ms": figures.p50_ms,
        "p95_ms": figures.p95_ms,
    }
    if paid is not None and corridor.way is Way.OUT:
        said["fees"] = str(Money(paid.fees, source))
        said["margin"] = str(Money(paid.margin, source))
        said["cost_percent"] = str(paid.percent)
    return said


def _count(count: int, least: int, before: int | None) -> int | None:
    """A count as it may be told; None for one that could point at somebody."""
    if 0 < count < least:
        return None
    return before if before is not None and abs(count - before) < least else count


def told_cases(found: Complaints, least: int, before: CaseRow | None = None) -> CaseRow:
    return CaseRow(
        found.kind,
        found.origin,
        _count(found.opened, least, _said(before, "opened")),
        _count(found.closed, least, _said(before, "closed")),
    )


def _said(before: Row | CaseRow | None, name: str) -> int | None:
    """A count as the last revision told it."""
    said: int | None = None if before is None else getattr(before, name)
    return said


def composed(
    days: Iterable[Figures], cases: Iterable[Complaints], least: int, before: Aggregate | None
) -> tuple[tuple[Row, ...], tuple[CaseRow, ...]]:
    """The rows of a document, in order. Payments inside a country concern no other one."""
    rows = {} if before is None else {each.corridor: each for each in before.rows}
    kinds = {} if before is None else {(c.kind, c.origin): c for c in before.complaints}
    abroad = [each for each in days if not each.corridor.is_inside]
    found = [told(each, least, rows.get(each.corridor)) for each in abroad]
    said = [told_cases(each, least, kinds.get((each.kind, each.origin))) for each in cases]
    return (
        tuple(sorted(found, key=lambda each: each.corridor)),
        tuple(sorted(said, key=lambda each: (each.kind, each.origin))),
    )


def newest(aggregates: Sequence[Aggregate]) -> Aggregate | None:
    """The revision that counts."""
    return max(aggregates, key=lambda each: each.revision, default=None)
