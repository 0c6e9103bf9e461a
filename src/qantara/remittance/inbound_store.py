"""Payments received, in the database."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.db.arrays import texts
from qantara.db.leaving import Left, as_many, leave
from qantara.errors import Reason
from qantara.money import Money, asset
from qantara.rails.model import Priority
from qantara.remittance.model import Inbound, InboundState

_TEXTS = (
    *("uetr", "account_id", "account_code", "sender_name", "sender_account", "sender_bic"),
    *("end_to_end_id", "transaction_id", "message_id", "note", "hold_id", "paid_from"),
    "instructing_bic",
)
_SELECT = (
    "SELECT " + ", ".join(_TEXTS) + ", state, reason, currency, interbank, fee, credited,"
    " sent_amount, sent_currency, priority, confirmed, taken_back, sequence, recorded_at"
    " FROM remittance.inbound"
)


def _inbound(row: Row) -> Inbound:
    ours = asset(row["currency"])
    return Inbound(
        **{name: row[name] for name in _TEXTS},
        state=InboundState(row["state"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        interbank=Money(int(row["interbank"]), ours),
        fee=Money(int(row["fee"]), ours),
        credited=Money(int(row["credited"]), ours),
        sent=Money(int(row["sent_amount"]), asset(row["sent_currency"])),
        priority=Priority(row["priority"]),
        confirmed=row["confirmed"],
        taken_back=None if row["taken_back"] is None else Money(int(row["taken_back"]), ours),
    )


_ADD = Left(
    "arrived AS (INSERT INTO remittance.inbound (uetr, account_id, account_code, sender_name,"
    " sender_account, sender_bic, end_to_end_id, transaction_id, message_id, note, hold_id,"
    " paid_from, instructing_bic, state, reason, currency, interbank, fee, credited,"
    " sent_amount, sent_currency, priority, recorded_at, finished_at)"
    " SELECT uetr, account_id, account_code, sender_name, sender_account, sender_bic,"
    " end_to_end_id, transaction_id, message_id, note, hold_id, paid_from, instructing_bic,"
    " state, reason, currency, interbank::numeric, fee::numeric, credited::numeric,"
    " sent_amount::numeric, sent_currency, priority, $23::timestamptz,"
    " CASE WHEN state IN ('received', 'held') THEN NULL ELSE $23::timestamptz END"
    " FROM unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[],"
    " $5::text::text[], $6::text::text[], $7::text::text[], $8::text::text[],"
    " $9::text::text[], $10::text::text[], $11::text::text[], $12::text::text[],"
    " $13::text::text[], $14::text::text[], $15::text::text[], $16::text::text[],"
    " $17::text::text[], $18::text::text[], $19::text::text[], $20::text::text[],"
    " $21::text::text[], $22::text::text[])"
    " AS n(uetr, account_id, account_code, sender_name, sender_account, sender_bic,"
    " end_to_end_id, transaction_id, message_id, note, hold_id, paid_from, instructing_bic,"
    " state, reason, currency, interbank, fee, credited, sent_amount, sent_currency,"
    " priority))"
)


async def add(tx: Tx, payments: Sequence[Inbound], now: datetime) -> None:
    await leave(
        tx,
        _ADD,
        *(texts([getattr(payment, name) for payment in payments]) for name in _TEXTS),
        texts([payment.state.value for payment in payments]),
        texts([payment.reason.value if payment.reason else None for payment in payments]),
        texts([payment.interbank.asset.code for payment in payments]),
        texts([str(payment.interbank.minor) for payment in payments]),
        texts([str(payment.fee.minor) for payment in payments]),
        texts([str(payment.credited.minor) for payment in payments]),
        texts([str(payment.sent.minor) for payment in payments]),
        texts([payment.sent.asset.code for payment in payments]),
        texts([payment.priority.value for payment in payments]),
        now,
    )


async def lock(tx: Tx, uetrs: Sequence[str]) -> dict[str, Inbound]:
    rows = await tx.fetch(
        _SELECT + " WHERE uetr = ANY($1::text[]) ORDER BY uetr FOR UPDATE", list(uetrs)
    )
    return {row["uetr"]: _inbound(row) for row in rows}


async def by_uetrs(tx: Tx, uetrs: Sequence[str]) -> dict[str, Inbound]:
    rows = await tx.fetch(_SELECT + " WHERE uetr = ANY($1::text[])", list(uetrs))
    return {row["uetr"]: _inbound(row) for row in rows}


async def held(tx: Tx, before: int | None, limit: int) -> list[tuple[int, Inbound]]:
    """What waits for staff, oldest first, after a sequence number."""
    rows = await tx.fetch(
        _SELECT + " WHERE state = 'held' AND sequence > coalesce($1::bigint, 0)"
        " ORDER BY sequence LIMIT $2",
        before,
        limit,
    )
    return [(row["sequence"], _inbound(row)) for row in rows]


async def count_held(tx: Tx) -> int:
    """How many payments wait for staff."""
    found = await tx.fetchval("SELECT count(*) FROM remittance.inbound WHERE state = 'held'")
    return int(found)


async def newest(tx: Tx, before: int | None, limit: int) -> list[tuple[int, Inbound]]:
    """What arrived, the newest first, before a sequence number."""
    rows = await tx.fetch(
        _SELECT + " WHERE sequence < coalesce($1::bigint, 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT $2",
        before,
        limit,
    )
    return [(row["sequence"], _inbound(row)) for row in rows]


_MOVE = Left(
    "moved AS (UPDATE remittance.inbound p SET state = n.state, reason = n.reason,"
    " confirmed = n.confirmed, taken_back = n.taken_back::numeric,"
    " finished_at = CASE WHEN n.state IN ('received', 'held') THEN NULL"
    " ELSE $7::timestamptz END"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::text[])"
    " AS n(uetr, before, state, reason, confirmed, taken_back)"
    " WHERE p.uetr = n.uetr AND p.state = n.before RETURNING p.uetr)",
    said="SELECT count(*) FROM moved",
)


async def move(tx: Tx, moves: Sequence[tuple[Inbound, Inbound]], now: datetime) -> None:
    """Bring payments from what was read to what they are now; a `Conflict`, told by a later
    statement, where one no longer stood so.
    """
    await leave(
        tx,
        _MOVE,
        [before.uetr for before, _ in moves],
        [before.state.value for before, _ in moves],
        [after.state.value for _, after in moves],
        [after.reason.value if after.reason else None for _, after in moves],
        [after.confirmed for _, after in moves],
        [None if after.taken_back is None else str(after.taken_back.minor) for _, after in moves],
        now,
        told=as_many(len(moves), "a payment moved meanwhile"),
    )
