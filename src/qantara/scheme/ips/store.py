"""SQL of an instant payment system: its payments."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.money import Money, asset
from qantara.rails.model import Priority
from qantara.scheme.ips.model import Event, Payment, Route, State
from qantara.scheme.steps import lock

_LOCK_LATE = """
SELECT * FROM ips.payment WHERE due_at <= $1 ORDER BY due_at, uetr LIMIT $2
FOR UPDATE SKIP LOCKED
"""

_INSERT_PAYMENTS = """
WITH new AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
        $15::text[], $16::text[], $17::text[], $18::bytea[], $19::timestamptz[], $20::text[])
        AS n (uetr, message_id, sender, route, priority, steps, end_to_end_id, transaction_id,
              amount, asset, pays, pays_bic, paid, paid_bic, state, reason, text, onward, due_at,
              event)
), inserted AS (
    INSERT INTO ips.payment
        (uetr, message_id, sender, route, priority, steps, end_to_end_id, transaction_id, amount,
         asset, pays, pays_bic, paid, paid_bic, state, reason, text, onward, due_at, recorded_at)
    SELECT uetr, message_id, sender, route, priority, steps, end_to_end_id, transaction_id,
           amount::numeric, asset, pays, pays_bic, paid, paid_bic, state, reason, text, onward,
           due_at, $21
    FROM new
)
INSERT INTO ips.payment_event (uetr, event, state, reason, occurred_at, recorded_at)
SELECT uetr, event, state, reason, $21, $21 FROM new
"""

_WAIT_ON = """
UPDATE ips.payment p SET due_at = w.due_at
FROM unnest($1::text[], $2::timestamptz[]) AS w (uetr, due_at) WHERE p.uetr = w.uetr
"""

_SUSPENDED = "SELECT role FROM ips.suspension"


async def lock_payments(tx: Tx, uetrs: Sequence[str]) -> dict[str, Payment]:
    rows = await lock(tx, "ips", uetrs)
    return {row["uetr"]: payment_in(row) for row in rows}


async def lock_late(tx: Tx, limit: int, now: datetime) -> list[Payment]:
    """Payments whose timer has run out, the longest overdue first."""
    return [payment_in(row) for row in await tx.fetch(_LOCK_LATE, now, limit)]


async def wait_on(tx: Tx, waits: Sequence[tuple[str, datetime]]) -> None:
    """Give payments (UETR) a new time at which to look at them again."""
    await tx.execute(_WAIT_ON, [uetr for uetr, _ in waits], [due_at for _, due_at in waits])


async def suspended(tx: Tx) -> frozenset[str]:
    """The roles that may not take part at the moment."""
    return frozenset(row["role"] for row in await tx.fetch(_SUSPENDED))


def payment_in(row: Row) -> Payment:
    values = dict(row)
    code = values.pop("asset")
    values["amount"] = Money(int(values["amount"]), asset(code))
    values["state"] = State(values["state"])
    values["route"] = Route(values["route"])
    values["priority"] = Priority(values["priority"])
    return Payment(**values)


async def insert_payments(tx: Tx, payments: Sequence[tuple[Payment, Event]], now: datetime) -> None:
    """Keep new payments in the state they are in, each with the event that brought it there."""
    if not payments:
        return
    rows = [payment for payment, _ in payments]
    await tx.execute(
        _INSERT_PAYMENTS,
        [row.uetr for row in rows],
        [row.message_id for row in rows],
        [row.sender for row in rows],
        [row.route for row in rows],
        [row.priority for row in rows],
        [row.steps for row in rows],
        [row.end_to_end_id for row in rows],
        [row.transaction_id for row in rows],
        [str(row.amount.minor) for row in rows],
        [row.amount.asset.code for row in rows],
        [row.pays for row in rows],
        [row.pays_bic for row in rows],
        [row.paid for row in rows],
        [row.paid_bic for row in rows],
        [row.state for row in rows],
        [row.reason for row in rows],
        [row.text for row in rows],
        [row.onward for row in rows],
        [row.due_at for row in rows],
        [event for _, event in payments],
        now,
    )
