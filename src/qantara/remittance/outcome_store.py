"""How payments abroad ended, by day and corridor, and what they cost: counted from the events."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.db.figures import CaseMoved, CaseStanding, Outcome, outcomes

_TOLD = (
    "WITH told AS (SELECT sequence, subject, state, (recorded_at AT TIME ZONE 'UTC')::date AS day"
    " FROM db.event WHERE sequence > $1 AND sequence <= $2), "
)
# One minor unit of the destination's currency at the mid-market rate, in minor units of the
# source's: what a fee taken on arrival, or a worse rate, costs whoever paid.
_SENT = (
    "SELECT t.day, 'out' AS way, q.source_country AS source,"
    " q.destination_country AS destination, q.source_currency, q.destination_currency,"
    " CASE t.state WHEN 'in_review' THEN 'held' ELSE t.state END AS outcome,"
    " q.total_debit AS sent, q.received, q.sender_fee + q.recipient_fee * u.unit AS fees,"
    " q.interbank_source - q.interbank_destination * u.unit AS margin,"
    " r.finished_at - r.accepted_at AS took"
    " FROM told t JOIN remittance.remittance r ON r.id = t.subject"
    " JOIN remittance.quote q ON q.id = r.quote_id"
    " JOIN digits s ON s.currency = q.source_currency"
    " JOIN digits d ON d.currency = q.destination_currency"
    " CROSS JOIN LATERAL (SELECT 10::numeric ^ (s.digits - d.digits) / q.mid_rate AS unit) AS u"
    " WHERE t.state IN ('completed', 'rejected', 'refused', 'in_review', 'overdue', 'blocked',"
    " 'returned')"
)
_RECEIVED = (
    "SELECT t.day, 'in', substr(i.sender_bic, 5, 2), $5, i.sent_currency, i.currency,"
    " CASE t.state WHEN 'credited' THEN 'completed' WHEN 'released' THEN 'rejected'"
    " WHEN 'reversed' THEN 'returned' ELSE t.state END,"
    " i.sent_amount, i.credited, 0, 0, i.finished_at - i.recorded_at"
    " FROM told t JOIN remittance.inbound i ON i.uetr = t.subject"
    " WHERE t.state IN ('credited', 'refused', 'held', 'blocked', 'released', 'reversed')"
    " AND (i.note IS NULL OR i.note NOT LIKE 'NexusOrgnlUETR:%')"
)
_GIVEN_BACK = (
    "SELECT t.day, 'in', substr(i.sender_bic, 5, 2), $5, i.sent_currency, i.currency, 'returned',"
    " 0, 0, 0, 0, NULL::interval"
    " FROM told t JOIN remittance.case_file c ON c.id = t.subject"
    " JOIN remittance.inbound i ON i.uetr = c.uetr"
    " WHERE t.state = 'returned' AND c.side = 'destination'"
)
# Times fall into steps of a twentieth: fine enough for a median, and they add up. What arrives is
# credited in the transaction that takes it, so only the sending side has a time to tell.
_SUMS = (
    "SELECT day, way, source, destination, source_currency, destination_currency, $6 AS rail,"
    " outcome, CASE WHEN outcome = 'completed' AND way = 'out' THEN"
    " ceil(ln(greatest(extract(epoch FROM took)::float8 * 1000, 1)) / ln(1.05::float8))::int"
    " END AS bucket, count(*) AS count,"
    " coalesce(sum(sent) FILTER (WHERE outcome = 'completed'), 0) AS sent,"
    " coalesce(sum(received) FILTER (WHERE outcome = 'completed'), 0) AS received,"
    " coalesce(sum(fees) FILTER (WHERE outcome = 'completed'), 0) AS fees,"
    " coalesce(sum(margin) FILTER (WHERE outcome = 'completed'), 0) AS margin"
    " FROM ended GROUP BY 1, 2, 3, 4, 5, 6, 8, 9"
)
_ENDED = (
    _TOLD
    + "digits AS (SELECT * FROM unnest($3::text[], $4::int[]) AS d(currency, digits)), ended AS ("
    + _SENT
    + " UNION ALL "
    + _RECEIVED
    + " UNION ALL "
    + _GIVEN_BACK
    + ") "
    + _SUMS
)


async def ended(
    tx: Tx, span: tuple[int, int], digits: Sequence[tuple[str, int]], country: str, rail: str
) -> list[Outcome]:
    """How payments ended in the events after one and up to another. `digits` are the decimals of
    each currency, `country` is where we are, `rail` the gateway that carries payments abroad.
    """
    after, until = span
    codes, scales = [code for code, _ in digits], [scale for _, scale in digits]
    return outcomes(await tx.fetch(_ENDED, after, until, codes, scales, country, rail))


_CASES = (
    _TOLD + "moved AS (SELECT t.day, c.kind,"
    " CASE WHEN c.customer_id IS NULL THEN 'institution' ELSE 'customer' END AS origin,"
    " t.state = CASE WHEN c.customer_id IS NULL THEN 'opened' ELSE 'requested' END AS opens,"
    " t.state IN ('returned', 'refused', 'withdrawn', 'expired', 'closed') AND NOT EXISTS ("
    "  SELECT FROM db.event b WHERE b.subject = t.subject AND b.sequence < t.sequence"
    "  AND b.state IN ('returned', 'refused', 'withdrawn', 'expired', 'closed')) AS closes"
    " FROM told t JOIN remittance.case_file c ON c.id = t.subject)"
    " SELECT day, kind, origin, count(*) FILTER (WHERE opens) AS opened,"
    " count(*) FILTER (WHERE closes) AS closed FROM moved WHERE opens OR closes GROUP BY 1, 2, 3"
)


async def cases_moved(tx: Tx, after: int, until: int) -> list[CaseMoved]:
    """Cases opened, and ended for the first time, in the events after one and up to another."""
    return [CaseMoved(**dict(row)) for row in await tx.fetch(_CASES, after, until)]


async def cases_standing(tx: Tx, now: datetime) -> list[CaseStanding]:
    """Cases that wait for somebody's word, and those past the time for it."""
    rows = await tx.fetch(
        "SELECT kind, CASE WHEN customer_id IS NULL THEN 'institution' ELSE 'customer' END"
        " AS origin, count(*) AS open, count(*) FILTER (WHERE due_at < $1) AS overdue"
        " FROM remittance.case_file WHERE state IN ('requested', 'opened', 'accepted')"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        now,
    )
    return [CaseStanding(**dict(row)) for row in rows]
