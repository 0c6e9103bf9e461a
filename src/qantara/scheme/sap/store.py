"""SQL of a settlement access provider."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.db.arrays import texts
from qantara.db.leaving import Left, leave
from qantara.money import Money, asset
from qantara.scheme.sap.model import Event, Payment, Side, State
from qantara.scheme.steps import lock

_INSERT_PAYMENTS = Left("""
new AS (
    SELECT * FROM unnest(
        $1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[],
        $5::text::text[], $6::text::text[], $7::text::text[], $8::text::text[],
        $9::text::text[], $10::text::text[], $11::text::text[])
        AS n (uetr, message_id, sender, side, customer, amount, asset, state, reason, text, event)
), inserted AS (
    INSERT INTO sap.payment
        (uetr, message_id, sender, side, customer, amount, asset, state, reason, text,
         recorded_at)
    SELECT uetr, message_id, sender, side, customer, amount::numeric, asset, state, reason, text,
           $12
    FROM new
), new_told AS (
    INSERT INTO sap.payment_event (uetr, event, state, reason, occurred_at, recorded_at)
    SELECT uetr, event, state, reason, $12, $12 FROM new
)
""")


_REMIND_AT = """
UPDATE sap.payment p SET remind_at = r.remind_at
FROM unnest($1::text[], $2::timestamptz[]) AS r (uetr, remind_at) WHERE p.uetr = r.uetr
"""


async def lock_payments(tx: Tx, uetrs: Sequence[str]) -> dict[str, Payment]:
    rows = await lock(tx, "sap", uetrs)
    return {row["uetr"]: _payment(row) for row in rows}


def _payment(row: Row) -> Payment:
    values = dict(row)
    code = values.pop("asset")
    values["amount"] = Money(int(values["amount"]), asset(code))
    values["side"] = Side(values["side"])
    values["state"] = State(values["state"])
    return Payment(**values)


async def remind_at(tx: Tx, reminders: Sequence[tuple[str, datetime]]) -> None:
    """When to ask again how payments (UETR) ended."""
    if reminders:
        await tx.execute(
            _REMIND_AT, [uetr for uetr, _ in reminders], [moment for _, moment in reminders]
        )


async def insert_payments(tx: Tx, payments: Sequence[tuple[Payment, Event]], now: datetime) -> None:
    """Keep new payments in the state they are in, each with the event that brought it there."""
    if not payments:
        return
    rows = [payment for payment, _ in payments]
    await leave(
        tx,
        _INSERT_PAYMENTS,
        texts([row.uetr for row in rows]),
        texts([row.message_id for row in rows]),
        texts([row.sender for row in rows]),
        texts([row.side for row in rows]),
        texts([row.customer for row in rows]),
        texts([str(row.amount.minor) for row in rows]),
        texts([row.amount.asset.code for row in rows]),
        texts([row.state for row in rows]),
        texts([row.reason for row in rows]),
        texts([row.text for row in rows]),
        texts([event for _, event in payments]),
        now,
    )
