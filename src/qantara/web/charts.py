"""Series as tables that a script draws: the page has the table, and the picture where it can."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup

from qantara.money import Money
from qantara.web.words import Words


class Window(NamedTuple):
    """The time up to now, in equal steps."""

    name: str
    step_seconds: int
    points: int

    @property
    def step(self) -> timedelta:
        return timedelta(seconds=self.step_seconds)

    def starts(self, now: datetime) -> list[datetime]:
        """When each step begins, the oldest first; the last one is under way."""
        newest = now - timedelta(seconds=now.timestamp() % self.step_seconds)
        return [newest - place * self.step for place in reversed(range(self.points))]


HOUR, DAY, MONTH = (
    Window("hour", 120, 30),
    Window("day", 3_600, 24),
    Window("month", 86_400, 30),
)
"""As many points as a picture of this size can tell apart."""


def window(asked: str, offered: Sequence[Window]) -> Window:
    """The one asked for by name; the first for anything else."""
    return next((each for each in offered if each.name == asked), offered[0])


class Cell(NamedTuple):
    """A point: what is drawn, and how it is written."""

    value: Decimal | int
    told: Markup


class Column(NamedTuple):
    """A line of the picture; without a `tone` it takes the next colour."""

    label: str
    tone: str = ""


class Row(NamedTuple):
    """A place on the axis of time, and each column's point there; None draws a gap."""

    told: Markup
    cells: Sequence[Cell | None]


class Chart(NamedTuple):
    columns: Sequence[Column]
    rows: Sequence[Row]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see: no point at all, or nothing but zero."""
        return not any(each is not None and each.value for row in self.rows for each in row.cells)


def counted(words: Words, value: int) -> Cell:
    return Cell(value, words.number(value))


def shared(words: Words, percent: Decimal) -> Cell:
    return Cell(percent, words.percent(percent))


def worth(words: Words, money: Money) -> Cell:
    return Cell(money.major, words.money(money))


def at(words: Words, moment: datetime | date) -> Markup:
    """A place on the axis of time, as it is written."""
    return words.moment(moment) if isinstance(moment, datetime) else words.day(moment)
