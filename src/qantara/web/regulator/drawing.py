"""The geometry of pictures drawn on the server: arches of corridors, lines of costs. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import sqrt
from typing import NamedTuple

from qantara.money import Money, asset
from qantara.supervision.model import Corridor, Day, Figures, Way
from qantara.web.regulator.looks import Told

PILLAR = 26
THINNEST, THICKEST = 2.0, 18.0
LINES_HIGH, LINES_TOP, LINES_RIGHT, GAP = 190, 24, 118, 16


class Sheet(NamedTuple):
    """What is drawn on, in units of its view: its width, the place of the first country, and how
    far an arch stands over the deck, and one hangs under it, for half of its span. `inset` is how
    far below its arch a label stands: narrow arches have room for words only further down.
    """

    width: int
    side: int
    rise: float
    dip: float
    inset: int


WIDE, NARROW = Sheet(640, 64, 0.66, 0.46, 18), Sheet(360, 30, 1.1, 0.95, 30)
SHEETS = (WIDE, NARROW)
"""Every picture is drawn for a desktop and for a phone, on which words shall be no smaller."""


class Place(NamedTuple):
    """A country on the deck."""

    code: str
    x: int


class Arch(NamedTuple):
    """A corridor: above the deck from left to right, below it from right to left. `kind` is `out`
    of here, `into` here, or `between` others.
    """

    source: str
    destination: str
    path: str
    thickness: float
    kind: str
    x: int
    y: int
    amount: Money
    payments: int
    percent: Decimal | None


class FlowMap(NamedTuple):
    places: list[Place]
    arches: list[Arch]
    width: int
    height: int
    base: int


class Point(NamedTuple):
    x: float
    y: Decimal


class Line(NamedTuple):
    """What a corridor cost day by day; `label_y` is where its name stands, clear of the others."""

    source: str
    destination: str
    points: list[Point]
    percent: Decimal
    label_y: Decimal
    place: int

    @property
    def path(self) -> str:
        return "M" + " L".join(f"{point.x:.1f} {point.y:.1f}" for point in self.points)


class CostLines(NamedTuple):
    lines: list[Line]
    target_y: Decimal | None
    width: int
    height: int
    right: int
    base: float


def flow_map(
    here: str, found: Sequence[Figures], told: Sequence[Told], sheet: Sheet = WIDE
) -> FlowMap:
    """What was sent from here and arrived here, and what institutions elsewhere told of corridors
    that do not touch here. Thickness is value in the money of here, as it left or arrived; what
    others told has no such value and is drawn thin.
    """
    own = [each for each in found if not each.corridor.is_inside and each.completed]
    touched = [each.corridor for each in own] + [each.corridor for each in told]
    codes = {code for corridor in touched for code in _ends(corridor)} - {here}
    places = _places([here, *sorted(codes, reverse=True)], sheet)
    above, below = _room(places, sheet.rise), _room(places, sheet.dip)
    most = max((_worth(each) for each in own), default=0)
    arches = [_own(each, _Deck(places, above, sheet), most) for each in own]
    arches += [_other(each, _Deck(places, above, sheet)) for each in told]
    arches.sort(key=lambda arch: -arch.thickness)
    shown = [Place(code, x) for code, x in places.items()]
    return FlowMap(shown, arches, sheet.width, above + below, above)


class _Deck(NamedTuple):
    """Where countries stand, and how far below the top."""

    places: Mapping[str, int]
    base: int
    sheet: Sheet


def _ends(corridor: Corridor) -> tuple[str, str]:
    return corridor.source, corridor.destination


def _places(codes: Sequence[str], sheet: Sheet) -> dict[str, int]:
    step = (sheet.width - 2 * sheet.side) / max(1, len(codes) - 1)
    return {code: round(sheet.side + number * step) for number, code in enumerate(codes)}


def _room(places: Mapping[str, int], rise: float) -> int:
    """How much room the widest arch takes on one side of the deck, its stroke with it."""
    span = max(places.values()) - min(places.values())
    return round(max(span / 2 * rise, PILLAR) + THICKEST / 2 + 4)


def _worth(each: Figures) -> int:
    return each.sent if each.corridor.way is Way.OUT else each.received


def _own(each: Figures, deck: _Deck, most: int) -> Arch:
    said, is_out = each.corridor, each.corridor.way is Way.OUT
    share = _worth(each) / most if most else 0
    thickness = THINNEST + (THICKEST - THINNEST) * sqrt(share)
    path, x, y = _arc(deck, *_ends(said), thickness)
    return Arch(
        *_ends(said),
        path,
        round(thickness, 1),
        "out" if is_out else "into",
        x,
        y,
        Money(_worth(each), asset(said.source_currency if is_out else said.destination_currency)),
        each.completed,
        each.cost.percent if each.cost else None,
    )


def _other(each: Told, deck: _Deck) -> Arch:
    path, x, y = _arc(deck, *_ends(each.corridor), THINNEST)
    percent = each.cost.percent
    return Arch(
        *_ends(each.corridor), path, THINNEST, "between", x, y, each.sent, each.payments, percent
    )


def _arc(deck: _Deck, source: str, destination: str, thickness: float) -> tuple[str, int, int]:
    """Half an ellipse over the deck or under it, and the place of its label inside its crown."""
    start, end, base = deck.places[source], deck.places[destination], deck.base
    is_above = end > start
    across = abs(end - start) / 2
    rise = across * (deck.sheet.rise if is_above else deck.sheet.dip)
    path = f"M{start} {base} A{across:.1f} {rise:.1f} 0 0 1 {end} {base}"
    half = thickness / 2
    y = base - rise + half + deck.sheet.inset if is_above else base + rise - half - 28
    return path, round((start + end) / 2), round(y)


def cost_lines(
    days: Sequence[Day], span: tuple[date, date], target: Decimal | None, sheet: Sheet = WIDE
) -> CostLines:
    """What sending abroad cost from the first to the last day of `span`, day by day and corridor
    by corridor, under the target's line.
    """
    by_corridor: dict[Corridor, list[Day]] = {}
    for each in days:
        figures = each.figures
        if figures.cost is not None and figures.completed and not figures.corridor.is_inside:
            by_corridor.setdefault(figures.corridor, []).append(each)
    shown = [each.figures.cost.percent for each in days if each.figures.cost is not None]
    top = max([Decimal(1), *(shown), *([target] if target is not None else [])]) * 11 / 10
    axes = _Axes(*span, top, sheet.width - LINES_RIGHT)
    lines = [
        _line(number, corridor, found, axes)
        for number, (corridor, found) in enumerate(sorted(by_corridor.items()))
    ]
    return CostLines(
        _apart(lines),
        None if target is None else _height(target, top),
        sheet.width,
        LINES_HIGH + GAP,
        axes.right,
        LINES_HIGH,
    )


class _Axes(NamedTuple):
    first: date
    last: date
    top: Decimal
    right: int


def _line(number: int, corridor: Corridor, found: Sequence[Day], axes: _Axes) -> Line:
    first, last, top, right = axes
    days = max(1, (last - first).days)
    points = [
        Point(
            right if first == last else (each.day - first).days * right / days,
            _height(each.figures.cost.percent, top),
        )
        for each in found
        if each.figures.cost is not None
    ]
    newest = found[-1].figures.cost
    percent = newest.percent if newest is not None else Decimal(0)
    return Line(*_ends(corridor), points, percent, points[-1].y, number)


def _height(percent: Decimal, top: Decimal) -> Decimal:
    above = LINES_HIGH - LINES_TOP
    return round(LINES_HIGH - above * max(percent, Decimal(0)) / top, 1)


def _apart(lines: list[Line]) -> list[Line]:
    """Labels that would lie over each other are moved up, the highest last."""
    placed: list[Line] = []
    limit = Decimal(LINES_HIGH)
    for each in sorted(lines, key=lambda line: -line.label_y):
        y = min(each.label_y, limit)
        placed.append(each._replace(label_y=y))
        limit = y - GAP
    return placed
