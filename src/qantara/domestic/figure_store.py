"""What became of payments inside, counted from the events that say so."""

from collections.abc import Sequence

from qantara.db import Tx
from qantara.db.figures import Moved, moved

_MOVED = (
    "WITH moved AS ("
    "SELECT 'inside' AS way, e.state, CASE WHEN t.state = e.state THEN coalesce(t.reason, '')"
    " ELSE '' END AS reason, t.currency AS source, t.currency AS destination, t.currency,"
    " t.amount AS minor,"
    " CASE e.state WHEN 'completed' THEN extract(epoch FROM t.finished_at - t.ordered_at)::float8"
    " END AS seconds"
    " FROM db.event e JOIN domestic.transfer t ON t.id = e.subject"
    " WHERE e.sequence > $1 AND e.sequence <= $2"
    " UNION ALL "
    "SELECT 'inside_in', e.state, CASE WHEN a.state = e.state THEN coalesce(a.reason, '')"
    " ELSE '' END, a.currency, a.currency, a.currency, a.amount, NULL::float8"
    " FROM db.event e JOIN domestic.arrival a ON a.id = e.subject"
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
