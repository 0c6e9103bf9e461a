"""SQL of an instant payment system: what its operators read, and whom they stop."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.scheme.ips.model import Payment, PaymentFilter, Suspension
from qantara.scheme.ips.store import payment_in

_SUSPENSIONS = "SELECT role, suspended_at, why FROM ips.suspension"

_SUSPEND = """
WITH act AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS a (role, why, by)),
stopped AS (
    INSERT INTO ips.suspension (role, why, suspended_at) SELECT role, why, $4 FROM act
)
INSERT INTO ips.suspension_event (role, act, why, by, occurred_at, recorded_at)
SELECT role, 'suspend', why, by, $4, $4 FROM act
"""

_RESUME = """
WITH act AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS a (role, why, by)),
gone AS (DELETE FROM ips.suspension s USING act a WHERE s.role = a.role)
INSERT INTO ips.suspension_event (role, act, why, by, occurred_at, recorded_at)
SELECT role, 'resume', why, by, $4, $4 FROM act
"""

_PAYMENTS = """
SELECT * FROM ips.payment
WHERE ($1::text IS NULL OR state = $1)
  AND ($2::text IS NULL OR route = $2)
  AND ($3::text IS NULL OR $3 IN (pays, paid))
  AND ($4::timestamptz IS NULL OR recorded_at >= $4)
  AND ($5::timestamptz IS NULL OR (recorded_at, uetr) < ($5, $6::text))
ORDER BY recorded_at DESC, uetr DESC LIMIT $7
"""


async def suspensions(tx: Tx) -> dict[str, tuple[datetime, str]]:
    rows = await tx.fetch(_SUSPENSIONS)
    return {row["role"]: (row["suspended_at"], row["why"]) for row in rows}


async def suspend(tx: Tx, acts: Sequence[Suspension], now: datetime) -> None:
    await tx.execute(
        _SUSPEND, [a.role for a in acts], [a.why for a in acts], [a.by for a in acts], now
    )


async def resume(tx: Tx, acts: Sequence[Suspension], now: datetime) -> None:
    await tx.execute(
        _RESUME, [a.role for a in acts], [a.why for a in acts], [a.by for a in acts], now
    )


async def payments(tx: Tx, wanted: PaymentFilter) -> list[Payment]:
    at, uetr = wanted.before or (None, None)
    rows = await tx.fetch(
        _PAYMENTS, wanted.state, wanted.route, wanted.role, wanted.since, at, uetr, wanted.limit
    )
    return [payment_in(row) for row in rows]
