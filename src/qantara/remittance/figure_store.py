"""What became of payments abroad, counted from the events that say so; how old our rates are."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.db.figures import Moved, moved

_MOVED = (
    "WITH moved AS ("
    "SELECT 'out' AS way, e.state, CASE WHEN r.state = e.state THEN coalesce(r.reason, '')"
    " ELSE '' END AS reason, q.source_currency AS source, q.destination_currency AS destination,"
    " q.source_currency AS currency, q.total_debit AS minor,"
    " CASE e.state WHEN 'completed' THEN extract(epoch FROM r.finished_at - r.accepted_at)::float8"
    " END AS seconds"
    " FROM db.event e JOIN remittance.remittance r ON r.id = e.subject"
    " JOIN remittance.quote q ON q.id = r.quote_id"
    " WHERE e.sequence > $1 AND e.sequence <= $2"
    " UNION ALL "
    "SELECT 'in', e.state, CASE WHEN i.state = e.state THEN coalesce(i.reason, '') ELSE '' END,"
    " i.sent_currency, i.currency, i.currency, i.interbank, NULL::float8"
    " FROM db.event e JOIN remittance.inbound i ON i.uetr = e.subject"
    " WHERE e.sequence > $1 AND e.sequence <= $2) "
)
_SUMS = (
    "SELECT way, state, reason, source, destination, currency, width_bucket(seconds, $3::float8[])"
    " AS bucket, count(*) AS count, sum(minor) AS minor, coalesce(sum(seconds), 0) AS seconds"
    " FROM moved GROUP BY 1, 2, 3, 4, 5, 6, 7"
)


async def counted(tx: Tx, after: int, until: int, bounds: Sequence[float]) -> list[Moved]:
    """Payments by what became of them in the events after one and up to another."""
    return moved(await tx.fetch(_MOVED + _SUMS, after, until, list(bounds)))


# From pair to pair by the primary key: the newest of each, however many there were.
_NEWEST = (
    "WITH RECURSIVE pair AS ("
    " (SELECT base, quote FROM remittance.reference_rate ORDER BY base, quote LIMIT 1)"
    " UNION ALL SELECT next.base, next.quote FROM pair, LATERAL ("
    " SELECT base, quote FROM remittance.reference_rate r"
    " WHERE (r.base, r.quote) > (pair.base, pair.quote) ORDER BY base, quote LIMIT 1) AS next)"
    " SELECT base, quote, (SELECT max(as_of) FROM remittance.reference_rate r"
    " WHERE r.base = pair.base AND r.quote = pair.quote) AS as_of FROM pair"
)


async def newest_rates(tx: Tx) -> list[tuple[str, str, datetime]]:
    """The newest reference rate of every pair: base, quote, as of when."""
    return [(row["base"], row["quote"], row["as_of"]) for row in await tx.fetch(_NEWEST)]


async def reviews_waiting(tx: Tx) -> tuple[int, datetime | None]:
    """How many payments a person still has to see, and since when the first."""
    row = await tx.fetchrow(
        "SELECT count(*) AS count, min(recorded_at) AS oldest_at FROM remittance.review"
        " WHERE state = 'waiting'"
    )
    return (row["count"], row["oldest_at"]) if row else (0, None)
