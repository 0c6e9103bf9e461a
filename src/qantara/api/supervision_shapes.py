"""What authorities are answered: figures of corridors, never of people."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from qantara.api.shapes import Amount, Country, Moment, Request
from qantara.api.shapes import Money as MoneyShape
from qantara.clock import to_text
from qantara.money import Money, asset
from qantara.supervision.model import (
    Authority,
    Complaints,
    Day,
    Document,
    Ending,
    Figures,
    Overview,
    Target,
    Total,
)

Percent = Annotated[
    str, Field(description="Of all that left the senders' accounts.", examples=["1.12"])
]
On = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2026-11-22"])]


class AskedDay(Request):
    """A day to be told to other institutions now; today is told as far as it has come."""

    day: date = Field(strict=False, examples=["2026-11-22"])


@dataclass(frozen=True, slots=True)
class AuthorityShape:
    """Who supervises, and by which instrument."""

    code: str
    name: str
    jurisdiction: Country
    remit: str
    citation: str
    confidence: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Authorities:
    data: list[AuthorityShape]


@dataclass(frozen=True, slots=True)
class CostShape:
    """Fees of both sides and the margin in the rate, against the mid-market rate that was
    disclosed.
    """

    fees: Amount
    margin: Amount
    total: Amount
    currency: str
    percent: Percent


@dataclass(frozen=True, slots=True)
class Counts:
    """`held` and `overdue` are no end yet."""

    completed: int
    rejected: int
    refused: int
    held: int
    overdue: int
    blocked: int
    returned: int


@dataclass(frozen=True, slots=True)
class CorridorShape:
    """Seen from this institution: `out` was sent, `in` was received. The cost of what was received
    is told by the sending side. Times are to about a twentieth.
    """

    way: Literal["out", "in"]
    source: Country
    destination: Country
    rail: str
    sent: MoneyShape
    received: MoneyShape
    counts: Counts
    cost: CostShape | None
    p50_ms: int | None
    p95_ms: int | None


@dataclass(frozen=True, slots=True)
class Corridors:
    first: On
    last: On
    jurisdiction: Country
    institution: str
    data: list[CorridorShape]


@dataclass(frozen=True, slots=True)
class TargetShape:
    """What payments abroad shall cost at most, and who says so."""

    id: str
    percent: Percent
    citation: str
    confidence: str
    status: str


@dataclass(frozen=True, slots=True)
class CostPoint:
    day: On
    completed: int
    cost: CostShape


@dataclass(frozen=True, slots=True)
class CostLine:
    source: Country
    destination: Country
    rail: str
    points: list[CostPoint]


@dataclass(frozen=True, slots=True)
class Costs:
    """A line for each corridor; `target` is the goal for all, `ceiling` what none shall exceed."""

    first: On
    last: On
    target: TargetShape | None
    ceiling: TargetShape | None
    data: list[CostLine]


@dataclass(frozen=True, slots=True)
class TotalShape:
    completed: int
    sent: MoneyShape
    cost: CostShape


@dataclass(frozen=True, slots=True)
class OverviewShape:
    """Payments sent abroad by currency, what they came to, and complaints as they stand now."""

    first: On
    last: On
    jurisdiction: Country
    institution: str
    sent: list[TotalShape]
    counts: Counts
    p50_ms: int | None
    p95_ms: int | None
    target: TargetShape | None
    complaints_open: int
    complaints_overdue: int


@dataclass(frozen=True, slots=True)
class AggregateShape:
    """A day as an institution told it. `aggregate` is what was signed, read; what is of few
    payments is null in it.
    """

    issuer: str
    jurisdiction: Country
    day: On
    revision: int
    complete: bool
    issued_at: Moment
    received_at: Moment
    key_id: str
    own: bool
    aggregate: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Aggregates:
    first: On
    last: On
    data: list[AggregateShape]


@dataclass(frozen=True, slots=True)
class SignedShape:
    """One revision as it was signed: `body` byte for byte, the signature (ed25519) over the mark
    `qantara supervision.aggregate/1`, a NUL and the body, in hexadecimal.
    """

    revision: int
    key_id: str
    signature: str
    body: str


@dataclass(frozen=True, slots=True)
class Revisions:
    issuer: str
    day: On
    data: list[SignedShape]


@dataclass(frozen=True, slots=True)
class Asked:
    """The day will be told with the next run of the job, if there is something new to tell."""

    day: On


@dataclass(frozen=True, slots=True)
class ComplaintShape:
    """`opened` and `closed` in these days, `open` and `overdue` now."""

    kind: str
    origin: Literal["customer", "institution"]
    opened: int
    closed: int
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class ComplaintsShape:
    first: On
    last: On
    data: list[ComplaintShape]


@dataclass(frozen=True, slots=True)
class LookShape:
    sequence: int
    authority: str
    principal_id: str
    asked: str
    allowed: bool
    at: Moment


@dataclass(frozen=True, slots=True)
class Looks:
    data: list[LookShape]
    has_more: bool


def authority(each: Authority) -> AuthorityShape:
    return AuthorityShape(
        each.code,
        each.name,
        each.jurisdiction,
        each.remit,
        f"{each.instrument}, {each.provision}",
        each.confidence.value,
        each.url,
    )


def _money(minor: int, currency: str) -> MoneyShape:
    return MoneyShape(str(Money(minor, asset(currency))), currency)


def _cost(figures: Figures | Total, currency: str) -> CostShape | None:
    paid = figures.cost
    if paid is None:
        return None
    fees, margin, total = (
        str(Money(minor, asset(currency))) for minor in (paid.fees, paid.margin, paid.total)
    )
    return CostShape(fees, margin, total, currency, str(paid.percent))


def _counts(counts: dict[Ending, int]) -> Counts:
    return Counts(**{ending.value: counts.get(ending, 0) for ending in Ending})


def corridor(each: Figures) -> CorridorShape:
    said = each.corridor
    return CorridorShape(
        said.way.value,
        said.source,
        said.destination,
        said.rail,
        _money(each.sent, said.source_currency),
        _money(each.received, said.destination_currency),
        _counts(each.counts),
        _cost(each, said.source_currency),
        each.p50_ms,
        each.p95_ms,
    )


def target(found: Target | None) -> TargetShape | None:
    if found is None:
        return None
    return TargetShape(
        found.id,
        f"{found.percent:.2f}",
        f"{found.instrument}, {found.provision}",
        found.confidence.value,
        found.status,
    )


def cost_lines(days: list[Day]) -> list[CostLine]:
    """What was sent abroad, corridor by corridor."""
    lines: dict[tuple[str, str, str], list[CostPoint]] = {}
    for each in days:
        said = each.figures.corridor
        paid = _cost(each.figures, said.source_currency)
        if paid is not None and not said.is_inside:
            key = (said.source, said.destination, said.rail)
            point = CostPoint(each.day.isoformat(), each.figures.completed, paid)
            lines.setdefault(key, []).append(point)
    return [CostLine(*key, points) for key, points in sorted(lines.items())]


def overview(found: Overview, country: str, institution: str, goal: Target | None) -> OverviewShape:
    return OverviewShape(
        found.first.isoformat(),
        found.last.isoformat(),
        country,
        institution,
        [
            TotalShape(each.completed, _money(each.sent, each.currency), paid)
            for each in found.totals
            if (paid := _cost(each, each.currency)) is not None
        ],
        _counts(found.counts),
        found.p50_ms,
        found.p95_ms,
        target(goal),
        found.complaints_open,
        found.complaints_overdue,
    )


def aggregate(each: Document, told: dict[str, Any], role: str) -> AggregateShape:
    said = each.aggregate
    return AggregateShape(
        said.issuer,
        said.jurisdiction,
        said.day.isoformat(),
        said.revision,
        said.complete,
        to_text(said.issued_at),
        to_text(each.recorded_at),
        each.key_id,
        said.issuer == role,
        told,
    )


def signed(each: Document) -> SignedShape:
    return SignedShape(
        each.aggregate.revision, each.key_id, each.signature.hex(), each.body.decode()
    )


def complaint(each: Complaints) -> ComplaintShape:
    origin: Literal["customer", "institution"] = (
        "customer" if each.origin == "customer" else "institution"
    )
    return ComplaintShape(each.kind, origin, each.opened, each.closed, each.open, each.overdue)
