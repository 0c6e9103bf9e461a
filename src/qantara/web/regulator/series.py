"""Days in figures as series: how many payments, how much, at what cost. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from qantara.money import Money, asset
from qantara.supervision.model import Corridor, Day, Ending, Figures, Way
from qantara.web import charts
from qantara.web.charts import Cell, Chart, Column, Row
from qantara.web.words import Words

_UNDONE = (Ending.REJECTED, Ending.REFUSED, Ending.BLOCKED)


class Flows(NamedTuple):
    """Sent abroad from here, a day at a time: how many payments, and what they were worth."""

    payments: Chart
    worth: Chart


def flows(words: Words, days: Sequence[Day], first: date, last: date) -> Flows:
    sent = [each for each in days if _is_sent(each.figures)]
    currencies = sorted({each.figures.corridor.source_currency for each in sent})
    counts = [
        (Column(words("watch.series_completed"), "teal"), _completed),
        (Column(words("watch.series_undone"), "clay"), _undone),
    ]

    def counted(on: date) -> list[Cell | None]:
        own = [each.figures for each in sent if each.day == on]
        return [charts.counted(words, sum(map(of, own))) for _, of in counts]

    def valued(on: date) -> list[Cell | None]:
        own = [each.figures for each in sent if each.day == on]
        return [charts.worth(words, _sent(own, currency)) for currency in currencies]

    return Flows(
        Chart([column for column, _ in counts], _rows(words, first, last, counted)),
        Chart([Column(each) for each in currencies], _rows(words, first, last, valued)),
    )


def costs(words: Words, days: Sequence[Day], first: date, last: date) -> Chart:
    """What sending cost on each way, in percent; a day without payments is a gap."""
    told = {
        (each.day, each.figures.corridor): each.figures.cost.percent
        for each in days
        if each.figures.cost is not None and each.figures.completed and _is_sent(each.figures)
    }
    ways = sorted({corridor for _, corridor in told})

    def cells(on: date) -> list[Cell | None]:
        found = [told.get((on, way)) for way in ways]
        return [None if each is None else charts.shared(words, each) for each in found]

    return Chart([Column(_name(each)) for each in ways], _rows(words, first, last, cells))


def _rows(
    words: Words, first: date, last: date, cells: Callable[[date], list[Cell | None]]
) -> list[Row]:
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    return [Row(charts.at(words, on), cells(on)) for on in days]


def _is_sent(figures: Figures) -> bool:
    return figures.corridor.way is Way.OUT and not figures.corridor.is_inside


def _completed(figures: Figures) -> int:
    return figures.completed


def _undone(figures: Figures) -> int:
    return sum(figures.counts.get(each, 0) for each in _UNDONE)


def _sent(found: Iterable[Figures], currency: str) -> Money:
    own = [each.sent for each in found if each.corridor.source_currency == currency]
    return Money(sum(own), asset(currency))


def _name(way: Corridor) -> str:
    return f"{way.source}–{way.destination}"
