"""Payments that give others back, in the database."""

from collections.abc import Sequence

from qantara.db import Row, Tx
from qantara.errors import Reason
from qantara.money import Money, asset
from qantara.rails.cases import Side
from qantara.remittance.case_model import Return, ReturnState
from qantara.remittance.store import plain

_PLAIN = (
    *("uetr", "case_id", "original", "account_id", "account_code", "country", "quote_id"),
    *("paid_to", "message_id", "by", "recorded_at", "abroad", "hold_id", "reason_code", "resends"),
)
_MONEY = ("taken", "borne", "difference", "fee", "sent")
_SELECT = (
    "SELECT uetr, case_id, original, account_id, account_code, country, quote_id, paid_to,"
    " message_id, by, recorded_at, abroad, hold_id, reason_code, resends, state, fault, currency,"
    " taken, borne, difference, fee, sent, arrives_currency, arrives, recipient_fee, rate,"
    " paid_abroad, reason FROM remittance.return"
)


def _return(row: Row) -> Return:
    ours, theirs = asset(row["currency"]), asset(row["arrives_currency"])
    abroad = row["paid_abroad"]
    return Return(
        **{name: row[name] for name in _PLAIN},
        taken=Money(int(row["taken"]), ours),
        borne=Money(int(row["borne"]), ours),
        difference=Money(int(row["difference"]), ours),
        fee=Money(int(row["fee"]), ours),
        sent=Money(int(row["sent"]), ours),
        state=ReturnState(row["state"]),
        fault=Side(row["fault"]),
        arrives=Money(int(row["arrives"]), theirs),
        recipient_fee=Money(int(row["recipient_fee"]), theirs),
        rate=plain(row["rate"]),
        paid_abroad=None if abroad is None else Money(int(abroad), theirs),
        reason=Reason(row["reason"]) if row["reason"] else None,
    )


async def insert(tx: Tx, back: Return) -> None:
    """One at a time: each is approved by hand."""
    await tx.execute(
        "INSERT INTO remittance.return (uetr, case_id, original, state, fault, account_id,"
        " account_code, country, currency, taken, borne, difference, fee, sent, arrives_currency,"
        " arrives, recipient_fee, rate, quote_id, paid_to, abroad, paid_abroad, message_id, by,"
        " hold_id, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
        " $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)",
        back.uetr,
        back.case_id,
        back.original,
        back.state,
        back.fault,
        back.account_id,
        back.account_code,
        back.country,
        back.sent.asset.code,
        *(getattr(back, name).minor for name in _MONEY),
        back.arrives.asset.code,
        back.arrives.minor,
        back.recipient_fee.minor,
        back.rate,
        back.quote_id,
        back.paid_to,
        back.abroad,
        back.paid_abroad and back.paid_abroad.minor,
        back.message_id,
        back.by,
        back.hold_id,
        back.recorded_at,
    )


async def lock(tx: Tx, uetrs: Sequence[str]) -> dict[str, Return]:
    rows = await tx.fetch(
        _SELECT + " WHERE uetr = ANY($1::text[]) ORDER BY uetr FOR UPDATE", list(uetrs)
    )
    return {row["uetr"]: _return(row) for row in rows}


async def lock_by_message(tx: Tx, message_ids: Sequence[str]) -> dict[str, Return]:
    rows = await tx.fetch(
        _SELECT + " WHERE message_id = ANY($1::text[]) ORDER BY uetr FOR UPDATE",
        list(message_ids),
    )
    return {row["message_id"]: _return(row) for row in rows}


async def of_originals(tx: Tx, originals: Sequence[str]) -> dict[str, Return]:
    """The return of each payment that is on its way or has gone, by the payment given back."""
    rows = await tx.fetch(
        _SELECT + " WHERE original = ANY($1::text[]) AND state <> 'rejected'", list(originals)
    )
    return {row["original"]: _return(row) for row in rows}


async def of_cases(tx: Tx, case_ids: Sequence[str]) -> list[Return]:
    """Every attempt, oldest first."""
    rows = await tx.fetch(
        _SELECT + " WHERE case_id = ANY($1::text[]) ORDER BY sequence", list(case_ids)
    )
    return [_return(row) for row in rows]


async def move(tx: Tx, moves: Sequence[tuple[Return, Return]]) -> list[bool]:
    """Bring returns from what was read to what they are now; True where it still stood so."""
    rows = await tx.fetch(
        "UPDATE remittance.return r SET state = n.state, reason = n.reason,"
        " reason_code = n.code, resends = n.resends"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[])"
        " AS n (uetr, before, state, reason, code, resends)"
        " WHERE r.uetr = n.uetr AND r.state = n.before RETURNING r.uetr",
        [before.uetr for before, _ in moves],
        [before.state for before, _ in moves],
        [after.state for _, after in moves],
        [after.reason for _, after in moves],
        [after.reason_code for _, after in moves],
        [after.resends for _, after in moves],
    )
    moved = {row["uetr"] for row in rows}
    return [before.uetr in moved for before, _ in moves]
