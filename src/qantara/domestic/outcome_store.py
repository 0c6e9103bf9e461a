"""How payments inside ended, by day: counted from the events."""

from qantara.db import Tx
from qantara.db.figures import Outcome, outcomes

_ENDED = (
    "WITH told AS (SELECT subject, state, (recorded_at AT TIME ZONE 'UTC')::date AS day"
    " FROM db.event WHERE sequence > $1 AND sequence <= $2), ended AS ("
    "SELECT t.day, 'out' AS way, t.state AS outcome, p.currency, p.amount + p.fee AS sent,"
    " p.amount AS received, p.fee AS fees, p.finished_at - p.ordered_at AS took"
    " FROM told t JOIN domestic.transfer p ON p.id = t.subject"
    " WHERE t.state IN ('completed', 'rejected', 'refused', 'overdue', 'blocked')"
    " UNION ALL "
    "SELECT t.day, CASE a.kind WHEN 'return' THEN 'out' ELSE 'in' END,"
    " CASE WHEN a.kind = 'return' OR t.state = 'reversed' THEN 'returned'"
    " WHEN t.state = 'credited' THEN 'completed' ELSE t.state END,"
    " a.currency, a.amount, a.amount, 0, interval '0'"
    " FROM told t JOIN domestic.arrival a ON a.id = t.subject"
    " WHERE t.state IN ('credited', 'refused', 'reversed')"
    " AND (a.kind = 'payment' OR t.state = 'credited')) "
    "SELECT day, way, $3 AS source, $3 AS destination, currency AS source_currency,"
    " currency AS destination_currency, $4 AS rail, outcome,"
    " CASE WHEN outcome = 'completed' AND way = 'out' THEN"
    " ceil(ln(greatest(extract(epoch FROM took)::float8 * 1000, 1)) / ln(1.05::float8))::int"
    " END AS bucket, count(*) AS count,"
    " coalesce(sum(sent) FILTER (WHERE outcome = 'completed'), 0) AS sent,"
    " coalesce(sum(received) FILTER (WHERE outcome = 'completed'), 0) AS received,"
    " coalesce(sum(fees) FILTER (WHERE outcome = 'completed'), 0) AS fees, 0::numeric AS margin"
    " FROM ended GROUP BY day, way, outcome, currency, bucket"
)


async def ended(tx: Tx, span: tuple[int, int], country: str, rail: str) -> list[Outcome]:
    """How payments ended in the events after one and up to another; `rail` is the system."""
    return outcomes(await tx.fetch(_ENDED, *span, country, rail))
