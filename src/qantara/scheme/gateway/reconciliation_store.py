"""SQL of reconciliation: final payments of a period, added up and one by one."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.money import ASSETS
from qantara.scheme.gateway.reconciliation_model import Period

_FINAL = """
WITH ended AS (
    SELECT e.sequence, e.state, e.occurred_at, e.uetr FROM gateway.payment_event e
    WHERE e.state IN ('completed', 'rejected', 'blocked')
      AND e.occurred_at >= $1 AND e.occurred_at < $2
)
"""

_SIDES = (
    _FINAL
    + """, side AS (
    SELECT 'DBIT' AS booking, ended.sequence, ended.state, ended.occurred_at,
           p.source_amount AS amount, p.message_id, p.uetr
    FROM ended JOIN gateway.payment p USING (uetr)
    WHERE p.source_ips = $3 AND p.source = $4
    UNION ALL
    SELECT 'CRDT', ended.sequence, ended.state, ended.occurred_at,
           p.destination_amount, NULL, p.uetr
    FROM ended JOIN gateway.payment p USING (uetr)
    WHERE p.destination_ips = $3 AND p.destination = $4
)
"""
)

_TOTALS = (
    _SIDES
    + """
SELECT booking, state, count(*) AS count, sum(amount) AS total
FROM side GROUP BY booking, state ORDER BY booking, state
"""
)

_ENTRIES = (
    _SIDES
    + """
SELECT side.booking, side.state, side.occurred_at, side.amount, side.message_id,
       side.uetr, p.end_to_end_id, p.transaction_id, p.instruction_id,
       p.clearing_reference, p.source_psp, p.destination_psp, p.quote_id, p.reason
FROM side JOIN gateway.payment p USING (uetr)
ORDER BY side.sequence LIMIT $5 OFFSET $6
"""
)

_BALANCE = """
WITH done AS (
    SELECT p.* FROM gateway.payment_event e JOIN gateway.payment p USING (uetr)
    WHERE e.state = 'completed' AND e.occurred_at >= $1 AND e.occurred_at < $2
), told AS (
    SELECT convert_from(s.raw, 'UTF8')::jsonb AS notice
    FROM done JOIN db.sent s USING (uetr) WHERE s.name = $3
), scale AS (
    SELECT * FROM unnest($4::text[], $5::int[]) AS s (currency, digits)
), side AS (
    SELECT 'paid' AS side, source AS currency, count(*), sum(source_amount) AS total
    FROM done GROUP BY source
    UNION ALL
    SELECT 'quoted_source', q.source, count(*), sum(q.source_amount)
    FROM done JOIN gateway.quote q ON q.id = done.quote_id GROUP BY q.source
    UNION ALL
    SELECT 'own_source', source, count(*), sum(source_amount)
    FROM done WHERE quote_id IS NULL GROUP BY source
    UNION ALL
    SELECT 'told_source', notice ->> 'source', count(*),
           sum((notice ->> 'source_amount')::numeric * power(10::numeric, digits))
    FROM told JOIN scale ON currency = notice ->> 'source' GROUP BY notice ->> 'source'
    UNION ALL
    SELECT 'received', destination, count(*), sum(destination_amount)
    FROM done GROUP BY destination
    UNION ALL
    SELECT 'quoted_destination', q.destination, count(*), sum(q.destination_amount)
    FROM done JOIN gateway.quote q ON q.id = done.quote_id GROUP BY q.destination
    UNION ALL
    SELECT 'own_destination', destination, count(*),
           sum(round(source_amount * rate * power(10::numeric, d.digits - s.digits)))
    FROM done JOIN scale d ON d.currency = destination JOIN scale s ON s.currency = source
    WHERE quote_id IS NULL GROUP BY destination
    UNION ALL
    SELECT 'told_destination', notice ->> 'destination', count(*),
           sum((notice ->> 'destination_amount')::numeric * power(10::numeric, digits))
    FROM told JOIN scale ON currency = notice ->> 'destination'
    GROUP BY notice ->> 'destination'
)
SELECT side, currency, count, total::numeric(38, 0) AS total FROM side
"""

_FIRST = """
SELECT min(occurred_at) FROM gateway.payment_event
WHERE state IN ('completed', 'rejected', 'blocked')
"""
_REPORTED = "SELECT ips, max(ends_at) AS until FROM gateway.report GROUP BY ips"
_INSERT_REPORTS = """
INSERT INTO gateway.report (ips, begins_at, ends_at, pages, recorded_at)
SELECT *, $5 FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::int[])
"""
_NEXT_PAGE = """
UPDATE gateway.report r SET sent = r.sent + 1
FROM (
    SELECT ips, begins_at FROM gateway.report WHERE sent < pages
    ORDER BY begins_at, ips LIMIT 1 FOR UPDATE
) AS first
WHERE r.ips = first.ips AND r.begins_at = first.begins_at
RETURNING r.ips, r.begins_at, r.ends_at, r.sent AS page, r.pages
"""


async def totals(tx: Tx, period: Period, currency: str) -> list[Row]:
    """booking, state, count, total of one system's final payments."""
    return list(await tx.fetch(_TOTALS, period.begins_at, period.ends_at, period.ips, currency))


async def entries(tx: Tx, period: Period, currency: str, limit: int, offset: int) -> list[Row]:
    """One system's final payments in the order of their end."""
    span = (period.begins_at, period.ends_at, period.ips, currency)
    return list(await tx.fetch(_ENTRIES, *span, limit, offset))


async def sides(tx: Tx, begins_at: datetime, ends_at: datetime, notice: str) -> list[Row]:
    """side, currency, count, total: completed payments as each party to them was told."""
    codes, digits = list(ASSETS), [each.scale for each in ASSETS.values()]
    return list(await tx.fetch(_BALANCE, begins_at, ends_at, notice, codes, digits))


async def next_page(tx: Tx) -> tuple[Period, int, int] | None:
    """Take the next page that is due, oldest period first: period, page, pages."""
    row = await tx.fetchrow(_NEXT_PAGE)
    if row is None:
        return None
    return Period(row["ips"], row["begins_at"], row["ends_at"]), row["page"], row["pages"]


async def first_end(tx: Tx) -> datetime | None:
    first: datetime | None = await tx.fetchval(_FIRST)
    return first


async def reported(tx: Tx) -> dict[str, datetime]:
    """Until when each system has been told."""
    return {row["ips"]: row["until"] for row in await tx.fetch(_REPORTED)}


async def insert_reports(tx: Tx, reports: Sequence[tuple[Period, int]], now: datetime) -> None:
    """Periods to be told, with how many pages each has."""
    await tx.execute(
        _INSERT_REPORTS,
        [period.ips for period, _ in reports],
        [period.begins_at for period, _ in reports],
        [period.ends_at for period, _ in reports],
        [pages for _, pages in reports],
        now,
    )
