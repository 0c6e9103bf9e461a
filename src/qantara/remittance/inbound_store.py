"""Payments received, in the database."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.errors import Reason
from qantara.money import Money, asset
from qantara.remittance.model import Inbound, InboundState

_TEXTS = (
    *("uetr", "account_id", "account_code", "sender_name", "sender_account", "sender_bic"),
    *("end_to_end_id", "transaction_id", "message_id", "note", "hold_id"),
)
_SELECT = (
    "SELECT " + ", ".join(_TEXTS) + ", state, reason, currency, interbank, fee, credited,"
    " sent_amount, sent_currency, sequence, recorded_at FROM remittance.inbound"
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
    )


async def add(tx: Tx, payments: Sequence[Inbound], now: datetime) -> None:
    await tx.execute(
        "INSERT INTO remittance.inbound (uetr, account_id, account_code, sender_name,"
        " sender_account, sender_bic, end_to_end_id, transaction_id, message_id, note, hold_id,"
        " state, reason, currency, interbank, fee, credited, sent_amount, sent_currency,"
        " recorded_at, finished_at)"
        " SELECT uetr, account_id, account_code, sender_name, sender_account, sender_bic,"
        " end_to_end_id, transaction_id, message_id, note, hold_id, state, reason, currency,"
        " interbank::numeric, fee::numeric, credited::numeric, sent_amount::numeric,"
        " sent_currency, $20::timestamptz,"
        " CASE WHEN state = 'received' THEN NULL ELSE $20::timestamptz END"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],"
        " $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[])"
        " AS n(uetr, account_id, account_code, sender_name, sender_account, sender_bic,"
        " end_to_end_id, transaction_id, message_id, note, hold_id, state, reason, currency,"
        " interbank, fee, credited, sent_amount, sent_currency)",
        *([getattr(payment, name) for payment in payments] for name in _TEXTS),
        [payment.state.value for payment in payments],
        [payment.reason.value if payment.reason else None for payment in payments],
        [payment.interbank.asset.code for payment in payments],
        [str(payment.interbank.minor) for payment in payments],
        [str(payment.fee.minor) for payment in payments],
        [str(payment.credited.minor) for payment in payments],
        [str(payment.sent.minor) for payment in payments],
        [payment.sent.asset.code for payment in payments],
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


async def finish(tx: Tx, finished: Sequence[tuple[str, InboundState]], now: datetime) -> None:
    """Close payments that waited for the scheme's confirmation."""
    await tx.execute(
        "UPDATE remittance.inbound p SET state = n.state, finished_at = $3"
        " FROM unnest($1::text[], $2::text[]) AS n(uetr, state)"
        " WHERE p.uetr = n.uetr AND p.state = 'received'",
        [uetr for uetr, _ in finished],
        [state.value for _, state in finished],
        now,
    )
