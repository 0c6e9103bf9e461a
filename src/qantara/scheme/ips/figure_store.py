"""What became of payments in a payment system."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.db.figures import Moved, moved

_MOVED = (
    "WITH moved AS ("
    "SELECT p.route AS way, e.state, coalesce(e.reason, '') AS reason, p.asset AS source,"
    " p.asset AS destination, p.asset AS currency, p.amount AS minor,"
    " CASE e.state WHEN 'settled' THEN extract(epoch FROM e.recorded_at - p.recorded_at)::float8"
    " END AS seconds"
    " FROM ips.payment_event e JOIN ips.payment p USING (uetr)"
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
        "SELECT sequence FROM ips.payment_event WHERE recorded_at < $1"
        " ORDER BY sequence DESC LIMIT 1",
        at,
    )
    return found or 0


async def newest_event(tx: Tx) -> int:
    return int(await tx.fetchval("SELECT coalesce(max(sequence), 0) FROM ips.payment_event"))
