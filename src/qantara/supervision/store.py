"""Days added up: SQL beside one function each."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from qantara.db import Tx
from qantara.db.database import Row
from qantara.db.figures import CaseMoved, Outcome
from qantara.supervision.model import Complaints, Corridor, Ending, Way

_KEYS = "way, source, destination, source_currency, destination_currency, rail"


class Sum(Struct, frozen=True):
    """What is kept of one corridor's one kind of end; `day` is None where days were added up."""

    day: date | None
    corridor: Corridor
    ending: Ending
    count: int
    sent: int
    received: int
    fees: Decimal
    margin: Decimal


class Elapsed(Struct, frozen=True):
    day: date | None
    corridor: Corridor
    bucket: int
    count: int


async def position(tx: Tx) -> int:
    """How far events are added up; 0 at the beginning."""
    found = await tx.fetchval("SELECT position FROM supervision.progress WHERE source = 'event'")
    return int(found or 0)


async def advance(tx: Tx, until: int) -> None:
    await tx.execute(
        "INSERT INTO supervision.progress (source, position) VALUES ('event', $1)"
        " ON CONFLICT (source) DO UPDATE SET position = excluded.position",
        until,
    )


_NEW = (
    "FROM unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::text[], $8::text[], $9::int[], $10::bigint[], $11::numeric[], $12::numeric[],"
    " $13::numeric[], $14::numeric[]) AS n(day, way, source, destination, source_currency,"
    " destination_currency, rail, outcome, bucket, count, sent, received, fees, margin)"
)
_ADD_OUTCOMES = (
    "INSERT INTO supervision.outcome AS o (day, way, source, destination, source_currency,"
    " destination_currency, rail, outcome, count, sent, received, fees, margin)"
    " SELECT day, way, source, destination, source_currency, destination_currency, rail, outcome,"
    " sum(count), sum(sent), sum(received), sum(fees), sum(margin) " + _NEW + " GROUP BY 1, 2, 3,"
    " 4, 5, 6, 7, 8 ON CONFLICT (day, way, source, destination, source_currency,"
    " destination_currency, rail, outcome) DO UPDATE SET count = o.count + excluded.count,"
    " sent = o.sent + excluded.sent, received = o.received + excluded.received,"
    " fees = o.fees + excluded.fees, margin = o.margin + excluded.margin"
)
_ADD_ELAPSED = (
    "INSERT INTO supervision.elapsed AS e (day, way, source, destination, source_currency,"
    " destination_currency, rail, bucket, count)"
    " SELECT day, way, source, destination, source_currency, destination_currency, rail, bucket,"
    " sum(count) FROM unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::text[],"
    " $6::text[], $7::text[], $8::int[], $9::bigint[]) AS n(day, way, source, destination,"
    " source_currency, destination_currency, rail, bucket, count)"
    " WHERE bucket IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ON CONFLICT (day, way, source,"
    " destination, source_currency, destination_currency, rail, bucket)"
    " DO UPDATE SET count = e.count + excluded.count"
)


async def add(tx: Tx, found: Sequence[Outcome]) -> None:
    """Add what came to an end to its days."""
    if not found:
        return
    keys = [
        [each.day for each in found],
        [each.way for each in found],
        [each.source for each in found],
        [each.destination for each in found],
        [each.source_currency for each in found],
        [each.destination_currency for each in found],
        [each.rail for each in found],
    ]
    buckets, counts = [each.bucket for each in found], [each.count for each in found]
    await tx.execute(
        _ADD_OUTCOMES,
        *keys,
        [each.outcome for each in found],
        buckets,
        counts,
        [each.sent for each in found],
        [each.received for each in found],
        [each.fees for each in found],
        [each.margin for each in found],
    )
    await tx.execute(_ADD_ELAPSED, *keys, buckets, counts)


async def add_complaints(tx: Tx, moved: Sequence[CaseMoved]) -> None:
    if moved:
        await tx.execute(
            "INSERT INTO supervision.complaint AS c (day, kind, origin, opened, closed)"
            " SELECT day, kind, origin, sum(opened), sum(closed) FROM unnest($1::date[],"
            " $2::text[], $3::text[], $4::bigint[], $5::bigint[])"
            " AS n(day, kind, origin, opened, closed) GROUP BY 1, 2, 3"
            " ON CONFLICT (day, kind, origin) DO UPDATE SET opened = c.opened + excluded.opened,"
            " closed = c.closed + excluded.closed",
            [each.day for each in moved],
            [each.kind for each in moved],
            [each.origin for each in moved],
            [each.opened for each in moved],
            [each.closed for each in moved],
        )


_DAYS = (
    "SELECT day, " + _KEYS + ", outcome, count, sent, received, fees, margin"
    " FROM supervision.outcome WHERE day BETWEEN $1 AND $2"
)
_SPAN = (
    "SELECT NULL::date AS day, " + _KEYS + ", outcome, sum(count)::bigint AS count,"
    " sum(sent) AS sent, sum(received) AS received, sum(fees) AS fees, sum(margin) AS margin"
    " FROM supervision.outcome WHERE day BETWEEN $1 AND $2 GROUP BY " + _KEYS + ", outcome"
)
_DAYS_ELAPSED = (
    "SELECT day, " + _KEYS + ", bucket, count FROM supervision.elapsed WHERE day BETWEEN $1 AND $2"
)
_SPAN_ELAPSED = (
    "SELECT NULL::date AS day, " + _KEYS + ", bucket, sum(count)::bigint AS count"
    " FROM supervision.elapsed WHERE day BETWEEN $1 AND $2 GROUP BY " + _KEYS + ", bucket"
)


async def sums(tx: Tx, first: date, last: date, *, by_day: bool) -> list[Sum]:
    """What payments came to from one day to another, each day apart or all together."""
    rows = await tx.fetch(_DAYS if by_day else _SPAN, first, last)
    return [
        Sum(
            row["day"],
            _corridor(row),
            Ending(row["outcome"]),
            row["count"],
            int(row["sent"]),
            int(row["received"]),
            row["fees"],
            row["margin"],
        )
        for row in rows
    ]


async def elapsed(tx: Tx, first: date, last: date, *, by_day: bool) -> list[Elapsed]:
    rows = await tx.fetch(_DAYS_ELAPSED if by_day else _SPAN_ELAPSED, first, last)
    return [Elapsed(row["day"], _corridor(row), row["bucket"], row["count"]) for row in rows]


def _corridor(row: Row) -> Corridor:
    return Corridor(
        Way(row["way"]),
        row["source"],
        row["destination"],
        row["source_currency"],
        row["destination_currency"],
        row["rail"],
    )


async def complaints(tx: Tx, first: date, last: date) -> list[tuple[date, Complaints]]:
    """Complaints opened and ended, day by day and kind by kind."""
    rows = await tx.fetch(
        "SELECT day, kind, origin, opened, closed FROM supervision.complaint"
        " WHERE day BETWEEN $1 AND $2 ORDER BY day, kind, origin",
        first,
        last,
    )
    return [
        (row["day"], Complaints(row["kind"], row["origin"], row["opened"], row["closed"]))
        for row in rows
    ]


async def days(tx: Tx, first: date, last: date) -> list[date]:
    """The days of which there is something to tell."""
    rows = await tx.fetch(
        "SELECT day FROM supervision.outcome WHERE day BETWEEN $1 AND $2"
        " UNION SELECT day FROM supervision.complaint WHERE day BETWEEN $1 AND $2 ORDER BY day",
        first,
        last,
    )
    return [row["day"] for row in rows]
