"""SQL of an instant payment system: what followed settled payments."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.money import Money, asset
from qantara.rails.model import CancellationRequest, PaymentReturn

_RETURNS = """
SELECT uetr, return_id, amount, asset FROM ips.payment_return WHERE uetr = ANY($1::text[])
"""

_INSERT_RETURNS = """
INSERT INTO ips.payment_return (uetr, message_id, return_id, amount, asset, reason, recorded_at)
SELECT uetr, message_id, return_id, amount::numeric, asset, reason, $7
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS r (uetr, message_id, return_id, amount, asset, reason)
"""

_RECALLS = """
SELECT r.uetr, r.cancellation_id, r.message_id
FROM unnest($1::text[], $2::text[]) AS k (uetr, cancellation_id)
JOIN ips.recall r USING (uetr, cancellation_id)
"""

_INSERT_RECALLS = """
INSERT INTO ips.recall (uetr, cancellation_id, message_id, case_id, reason, recorded_at)
SELECT *, $6 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT DO NOTHING
"""


async def returns(tx: Tx, uetrs: Sequence[str]) -> dict[str, tuple[str, Money]]:
    """The return of each of these payments that was given back: its id and amount."""
    rows = await tx.fetch(_RETURNS, list(uetrs))
    return {
        row["uetr"]: (row["return_id"], Money(int(row["amount"]), asset(row["asset"])))
        for row in rows
    }


async def insert_returns(tx: Tx, records: Sequence[PaymentReturn], now: datetime) -> None:
    await tx.execute(
        _INSERT_RETURNS,
        [record.uetr for record in records],
        [record.message_id for record in records],
        [record.return_id for record in records],
        [str(record.returned_amount.minor) for record in records],
        [record.returned_amount.asset.code for record in records],
        [record.reason for record in records],
        now,
    )


async def recalls(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The message with which each recall came, by payment and the recall's own id."""
    rows = await tx.fetch(_RECALLS, [uetr for uetr, _ in keys], [id_ for _, id_ in keys])
    return {(row["uetr"], row["cancellation_id"]): row["message_id"] for row in rows}


async def insert_recalls(tx: Tx, records: Sequence[CancellationRequest], now: datetime) -> None:
    await tx.execute(
        _INSERT_RECALLS,
        [record.uetr for record in records],
        [record.cancellation_id for record in records],
        [record.message_id for record in records],
        [record.case_id for record in records],
        [record.reason for record in records],
        now,
    )
