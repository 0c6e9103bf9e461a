"""Days in figures, the documents that tell them to others, and who may look."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from qantara.ids import PrincipalId
from qantara.policy.model import Confidence

AGGREGATE = "supervision.aggregate/1"
"""The message by which institutions tell each other a day in figures."""
REPORT = "aggregates"
"""The job that signs and sends them."""


class Way(StrEnum):
    """Whether we sent a payment or received it."""

    OUT = "out"
    IN = "in"


class Ending(StrEnum):
    """What a payment came to that day; `held` and `overdue` are no end yet.

    `rejected` by the scheme or the other side, `refused` by our own rules, `held` for a person,
    `returned` after it was completed.
    """

    COMPLETED = "completed"
    REJECTED = "rejected"
    REFUSED = "refused"
    HELD = "held"
    OVERDUE = "overdue"
    BLOCKED = "blocked"
    RETURNED = "returned"


class Corridor(Struct, frozen=True, order=True):
    """From where to where, in which currencies, by which gateway or system, seen from a side."""

    way: Way
    source: str
    destination: str
    source_currency: str
    destination_currency: str
    rail: str

    @property
    def is_inside(self) -> bool:
        return self.source == self.destination


class Cost(Struct, frozen=True):
    """What senders paid beyond what arrived, against the mid-market rate: minor units of the source
    currency. Its share is of all that left their accounts.
    """

    fees: int
    margin: int
    percent: Decimal

    @property
    def total(self) -> int:
        return self.fees + self.margin


class Figures(Struct, frozen=True):
    """One corridor over one day or several. `sent` and `received` are of what completed, in minor
    units of each currency; `cost` is known to the sending side alone, times to about a twentieth.
    """

    corridor: Corridor
    counts: dict[Ending, int]
    sent: int
    received: int
    cost: Cost | None
    p50_ms: int | None
    p95_ms: int | None

    @property
    def completed(self) -> int:
        return self.counts.get(Ending.COMPLETED, 0)


class Day(Struct, frozen=True):
    """What one corridor came to on one day."""

    day: date
    figures: Figures


class Complaints(Struct, frozen=True):
    """Complaints of one kind: opened and ended in a span of days, open and overdue now."""

    kind: str
    origin: str
    opened: int
    closed: int
    open: int = 0
    overdue: int = 0


class Total(Struct, frozen=True):
    """What was sent abroad in one currency, and what it cost."""

    currency: str
    completed: int
    sent: int
    cost: Cost


class Overview(Struct, frozen=True):
    """A span of days in a few figures: payments sent abroad by currency, what all payments sent
    abroad came to, their times, complaints open now and those overdue.
    """

    first: date
    last: date
    totals: tuple[Total, ...]
    counts: dict[Ending, int]
    p50_ms: int | None
    p95_ms: int | None
    complaints_open: int
    complaints_overdue: int


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """One corridor of one day as it is told to others. What is of fewer than `least` payments is
    left out (null): somebody could be known by it. Amounts are decimal text in major units.
    """

    way: Way
    source: str
    destination: str
    source_currency: str
    destination_currency: str
    rail: str
    completed: int | None = None
    sent: str | None = None
    received: str | None = None
    fees: str | None = None
    margin: str | None = None
    cost_percent: str | None = None
    p50_ms: int | None = None
    p95_ms: int | None = None
    rejected: int | None = None
    refused: int | None = None
    held: int | None = None
    overdue: int | None = None
    blocked: int | None = None
    returned: int | None = None

    @property
    def corridor(self) -> Corridor:
        return Corridor(
            self.way,
            self.source,
            self.destination,
            self.source_currency,
            self.destination_currency,
            self.rail,
        )


class CaseRow(Struct, frozen=True, forbid_unknown_fields=True):
    """Complaints of one kind, under the same rule."""

    kind: str
    origin: str
    opened: int | None = None
    closed: int | None = None


class Aggregate(Struct, frozen=True, forbid_unknown_fields=True):
    """A day of one institution as it is told to those of other jurisdictions: never a row about a
    payment. A higher `revision` takes the place of a lower one; `complete` once the day is over.
    """

    message_id: str
    issuer: str
    jurisdiction: str
    day: date
    revision: int
    complete: bool
    issued_at: datetime
    least: int
    least_label: str
    rows: tuple[Row, ...]
    complaints: tuple[CaseRow, ...] = ()
    schema: str = AGGREGATE


class Signed(Struct, frozen=True, forbid_unknown_fields=True):
    """The message: `body` is the aggregate in canonical JSON, exactly as it was signed (ed25519);
    the signature is hexadecimal.
    """

    message_id: str
    issuer: str
    key_id: str
    signature: str
    body: str


class Document(Struct, frozen=True):
    """A signed aggregate as it is kept; what cannot be verified never is."""

    aggregate: Aggregate
    key_id: str
    signature: bytes
    body: bytes
    recorded_at: datetime


class Offered(Struct, frozen=True):
    """A message read and not verified yet."""

    message_id: str
    aggregate: Aggregate
    key_id: str
    signature: bytes
    body: bytes


class IssuerKey(Struct, frozen=True):
    issuer: str
    key_id: str
    public_key: bytes


class Authority(Struct, frozen=True):
    """Who supervises in a jurisdiction, by the instrument that says so."""

    code: str
    name: str
    jurisdiction: str
    remit: str
    instrument: str
    provision: str
    confidence: Confidence
    url: str | None = None


class Look(Struct, frozen=True):
    """One look-up of an authority, as it is written to the audit trail before it is answered."""

    principal_id: PrincipalId
    authority: str
    asked: str
    is_allowed: bool = True


class Target(Struct, frozen=True):
    """What payments abroad shall cost at most, and who says so."""

    id: str
    ratio: Decimal
    instrument: str
    provision: str
    confidence: Confidence
    status: str

    @property
    def percent(self) -> Decimal:
        return self.ratio * 100
