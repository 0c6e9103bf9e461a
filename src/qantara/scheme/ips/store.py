"""SQL of an instant payment system: its payments."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.db.arrays import plain, texts
from qantara.db.leaving import Left, leave
from qantara.money import Money, asset
from qantara.rails.model import Priority
from qantara.scheme.ips.model import Event, Payment, Route, State

_WHOLE = "coalesce((SELECT o.raw FROM ips.onward o WHERE o.uetr = p.uetr), '') AS onward"
_NEXT = """coalesce(CASE WHEN p.state IN ('at_source_sap', 'at_destination_sap')
    THEN (SELECT o.raw FROM ips.onward o WHERE o.uetr = p.uetr) END, '') AS onward"""
_THESE = "FROM ips.payment p WHERE p.uetr = ANY ($1::text[]) ORDER BY p.uetr FOR UPDATE"
_LOCK_NEXT = f"SELECT p.*, {_NEXT} {_THESE}"
_LOCK_WHOLE = f"SELECT p.*, {_WHOLE} {_THESE}"
_LOCK_LATE = f"""
SELECT p.*, {_WHOLE} FROM ips.payment p WHERE p.due_at <= $1 ORDER BY p.due_at, p.uetr LIMIT $2
FOR UPDATE SKIP LOCKED
"""

_INSERT_PAYMENTS = Left("""
new AS (
    SELECT * FROM unnest(
        $1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[], $5::text::text[],
        $6::text::smallint[], $7::text::text[], $8::text::text[], $9::text::text[],
        $10::text::text[], $11::text::text[], $12::text::text[], $13::text::text[],
        $14::text::text[], $15::text::text[], $16::text::text[], $17::text::text[], $18::bytea[],
        $19::timestamptz[], $20::text::text[])
        AS n (uetr, message_id, sender, route, priority, steps, end_to_end_id, transaction_id,
              amount, asset, pays, pays_bic, paid, paid_bic, state, reason, text, onward, due_at,
              event)
), inserted AS (
    INSERT INTO ips.payment
        (uetr, message_id, sender, route, priority, steps, end_to_end_id, transaction_id, amount,
         asset, pays, pays_bic, paid, paid_bic, state, reason, text, due_at, recorded_at)
    SELECT uetr, message_id, sender, route, priority, steps, end_to_end_id, transaction_id,
           amount::numeric, asset, pays, pays_bic, paid, paid_bic, state, reason, text, due_at,
           $21
    FROM new
), onward_kept AS (
    INSERT INTO ips.onward (uetr, raw) SELECT uetr, onward FROM new WHERE onward <> ''
), new_told AS (
    INSERT INTO ips.payment_event (uetr, event, state, reason, occurred_at, recorded_at)
    SELECT uetr, event, state, reason, $21, $21 FROM new
)
""")

_WAIT_ON = Left("""
waiting AS (UPDATE ips.payment p SET due_at = w.due_at
FROM unnest($1::text[], $2::timestamptz[]) AS w (uetr, due_at) WHERE p.uetr = w.uetr)
""")

_SUSPENDED = "SELECT role FROM ips.suspension"


async def lock_payments(tx: Tx, uetrs: Sequence[str], *, whole: bool = False) -> dict[str, Payment]:
    """`onward` is read where a payment goes on by it, or of every payment where asked `whole`."""
    rows = await tx.fetch(_LOCK_WHOLE if whole else _LOCK_NEXT, uetrs)
    return {row["uetr"]: payment_in(row) for row in rows}


async def lock_late(tx: Tx, limit: int, now: datetime) -> list[Payment]:
    """Payments whose timer has run out, the longest overdue first."""
    return [payment_in(row) for row in await tx.fetch(_LOCK_LATE, now, limit)]


async def wait_on(tx: Tx, waits: Sequence[tuple[str, datetime | None]]) -> None:
    """Give payments (UETR) a new time at which to look at them again, or none."""
    if not waits:
        return
    await leave(tx, _WAIT_ON, [uetr for uetr, _ in waits], [due_at for _, due_at in waits])


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
    await leave(
        tx,
        _INSERT_PAYMENTS,
        texts([row.uetr for row in rows]),
        texts([row.message_id for row in rows]),
        texts([row.sender for row in rows]),
        texts([row.route for row in rows]),
        texts([row.priority for row in rows]),
        plain(row.steps for row in rows),
        texts([row.end_to_end_id for row in rows]),
        texts([row.transaction_id for row in rows]),
        texts([str(row.amount.minor) for row in rows]),
        texts([row.amount.asset.code for row in rows]),
        texts([row.pays for row in rows]),
        texts([row.pays_bic for row in rows]),
        texts([row.paid for row in rows]),
        texts([row.paid_bic for row in rows]),
        texts([row.state for row in rows]),
        texts([row.reason for row in rows]),
        texts([row.text for row in rows]),
        [row.onward for row in rows],
        [row.due_at for row in rows],
        texts([event for _, event in payments]),
        now,
    )
