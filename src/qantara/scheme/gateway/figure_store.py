"""What became of payments at the gateway, and how old its providers' rates are."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.db.figures import Moved, moved

_MOVED = (
    "WITH moved AS ("
    "SELECT 'through' AS way, e.state, coalesce(e.reason, '') AS reason, p.source,"
    " coalesce(p.destination, '') AS destination, p.source AS currency, p.source_amount AS minor,"
    " CASE e.state WHEN 'completed' THEN extract(epoch FROM e.recorded_at - p.recorded_at)::float8"
    " END AS seconds"
    " FROM gateway.payment_event e JOIN gateway.payment p USING (uetr)"
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


async def event_before(tx: Tx, at: datetime) -> int:
    """The last event written before a moment, found from the newest backwards."""
    found: int | None = await tx.fetchval(
        "SELECT sequence FROM gateway.payment_event WHERE recorded_at < $1"
        " ORDER BY sequence DESC LIMIT 1",
        at,
    )
    return found or 0


async def newest_event(tx: Tx) -> int:
    return int(await tx.fetchval("SELECT coalesce(max(sequence), 0) FROM gateway.payment_event"))


# From pair to pair by the index: the newest of each, however many there were.
_NEWEST = (
    "WITH RECURSIVE pair AS ("
    " (SELECT fxp, source, destination FROM gateway.rate ORDER BY 1, 2, 3 LIMIT 1)"
    " UNION ALL SELECT next.fxp, next.source, next.destination FROM pair, LATERAL ("
    " SELECT fxp, source, destination FROM gateway.rate r"
    " WHERE (r.fxp, r.source, r.destination) > (pair.fxp, pair.source, pair.destination)"
    " ORDER BY 1, 2, 3 LIMIT 1) AS next)"
    " SELECT pair.source, pair.destination, max(newest.created_at) AS as_of FROM pair, LATERAL ("
    " SELECT created_at FROM gateway.rate r WHERE (r.fxp, r.source, r.destination)"
    " = (pair.fxp, pair.source, pair.destination) ORDER BY sequence DESC LIMIT 1) AS newest"
    " GROUP BY 1, 2"
)


async def newest_rates(tx: Tx) -> list[tuple[str, str, datetime]]:
    """The newest rate of every pair, whoever offers it: source, destination, as of when."""
    return [tuple(row.values()) for row in await tx.fetch(_NEWEST)]
