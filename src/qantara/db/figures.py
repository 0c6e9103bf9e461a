"""How much waits in a role's engine, and for how long: one look, whatever its history is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from qantara.db.database import Row, Tx

LATE_SECONDS = 5
"""How long a job may be due before it counts as late: runners look twice a second."""


@dataclass(frozen=True, slots=True)
class Queue:
    """One recipient's messages: how many wait, since when the oldest does, how many it refused."""

    recipient: str
    waiting: int
    oldest_at: datetime | None
    refused: int


@dataclass(frozen=True, slots=True)
class Late:
    """Jobs or deadlines of one name that nobody looked after in time, the longest due first."""

    name: str
    count: int
    due_at: datetime
    failed: bool = False


async def queues(tx: Tx) -> list[Queue]:
    rows = await tx.fetch(
        "SELECT o.recipient, count(*) FILTER (WHERE o.refused IS NULL) AS waiting,"
        " min(s.recorded_at) FILTER (WHERE o.refused IS NULL) AS oldest_at,"
        " count(*) FILTER (WHERE o.refused IS NOT NULL) AS refused"
        " FROM db.outbox o JOIN db.sent s USING (sequence) GROUP BY o.recipient"
    )
    return [Queue(**dict(row)) for row in rows]


async def late_jobs(tx: Tx, now: datetime) -> list[Late]:
    """Jobs that are due for longer than they should be, or whose last run failed."""
    rows = await tx.fetch(
        "SELECT name, count(*) AS count, min(due_at) AS due_at, bool_or(error IS NOT NULL)"
        " AS failed FROM db.job"
        " WHERE due_at < $1::timestamptz - make_interval(secs => $2) OR error IS NOT NULL"
        " GROUP BY name",
        now,
        LATE_SECONDS,
    )
    return [Late(**dict(row)) for row in rows]


async def late_deadlines(tx: Tx, now: datetime) -> list[Late]:
    """Deadlines that passed and were not looked after, by the package whose they are."""
    rows = await tx.fetch(
        "SELECT kind AS name, count(*) AS count, min(due_at) AS due_at FROM db.deadline"
        " WHERE due_at < $1::timestamptz - make_interval(secs => $2) GROUP BY kind",
        now,
        LATE_SECONDS,
    )
    return [Late(**dict(row)) for row in rows]


async def event_before(tx: Tx, at: datetime) -> int:
    """The last event written before a moment, found from the newest backwards."""
    found: int | None = await tx.fetchval(
        "SELECT sequence FROM db.event WHERE recorded_at < $1 ORDER BY sequence DESC LIMIT 1", at
    )
    return found or 0


@dataclass(frozen=True, slots=True)
class Moved:
    """So many payments reached a state for one reason, worth `minor` of `currency` together.

    `bucket` is the place of their times among the bounds that were asked for, None where they
    are not over; `seconds` is the sum of the times.
    """

    way: str
    state: str
    reason: str
    source: str
    destination: str
    currency: str
    bucket: int | None
    count: int
    minor: int
    seconds: float

    @property
    def corridor(self) -> str:
        return f"{self.source}-{self.destination}"


def moved(rows: Iterable[Row]) -> list[Moved]:
    return [Moved(**{**dict(row), "minor": int(row["minor"])}) for row in rows]


async def newest_event(tx: Tx) -> int:
    return int(await tx.fetchval("SELECT coalesce(max(sequence), 0) FROM db.event"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """So many payments of one corridor that came to the same end on one day (UTC).

    `way` is `out` or `in`; `rail` is the system or gateway that carried them. Of what completed,
    `sent` is what left the senders' accounts and `received` what was credited, `fees` and `margin`
    the cost against the mid-market rate of the disclosure, in minor units of the source currency
    and not yet rounded; only the sending side knows them. `bucket` is the place of their times
    among steps of a twentieth.
    """

    day: date
    way: str
    source: str
    destination: str
    source_currency: str
    destination_currency: str
    rail: str
    outcome: str
    bucket: int | None
    count: int
    sent: int
    received: int
    fees: Decimal
    margin: Decimal


def outcomes(rows: Iterable[Row]) -> list[Outcome]:
    return [
        Outcome(**{**dict(row), "sent": int(row["sent"]), "received": int(row["received"])})
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class CaseMoved:
    """So many complaints of one kind that were opened, or ended, on one day; `origin` says by
    whom: `customer` or `institution`.
    """

    day: date
    kind: str
    origin: str
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """Complaints of one kind that are open now, and those of them that wait for too long."""

    kind: str
    origin: str
    open: int
    overdue: int
