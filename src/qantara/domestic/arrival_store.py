"""Money that arrived, in the database."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.domestic.model import ArrivalState
from qantara.domestic.records import Arrival, ArrivalKind
from qantara.errors import Reason
from qantara.money import Money, asset

_TEXTS = (
    *("id", "uetr", "account_id", "account_code", "sender_name", "sender_account", "sender_bic"),
    *("end_to_end_id", "transaction_id", "message_id", "note"),
)
_SELECT = (
    "SELECT " + ", ".join(_TEXTS) + ", kind, state, reason, currency, amount FROM domestic.arrival"
)


def _arrival(row: Row) -> Arrival:
    return Arrival(
        **{name: row[name] for name in _TEXTS},
        kind=ArrivalKind(row["kind"]),
        state=ArrivalState(row["state"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        amount=Money(int(row["amount"]), asset(row["currency"])),
    )


async def add(tx: Tx, arrivals: Sequence[Arrival], now: datetime) -> None:
    await tx.execute(
        "INSERT INTO domestic.arrival (id, uetr, account_id, account_code, sender_name,"
        " sender_account, sender_bic, end_to_end_id, transaction_id, message_id, note, kind,"
        " state, reason, currency, amount, recorded_at)"
        " SELECT *, $17 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],"
        " $13::text[], $14::text[], $15::text[], $16::text[]::numeric[])",
        *([getattr(each, name) for each in arrivals] for name in _TEXTS),
        [each.kind.value for each in arrivals],
        [each.state.value for each in arrivals],
        [each.reason.value if each.reason else None for each in arrivals],
        [each.amount.asset.code for each in arrivals],
        [str(each.amount.minor) for each in arrivals],
        now,
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> list[Arrival]:
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[]) ORDER BY id", list(ids))
    return [_arrival(row) for row in rows]


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Arrival]:
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _arrival(row) for row in rows}


async def lock_by_uetr(tx: Tx, uetrs: Sequence[str]) -> dict[tuple[str, str], Arrival]:
    """What arrived under these references, by reference and by the message that brought it."""
    rows = await tx.fetch(
        _SELECT + " WHERE uetr = ANY($1::text[]) ORDER BY id FOR UPDATE", list(uetrs)
    )
    return {(row["uetr"], row["message_id"]): _arrival(row) for row in rows}


async def by_uetrs(tx: Tx, kind: ArrivalKind, uetrs: Sequence[str]) -> dict[str, Arrival]:
    rows = await tx.fetch(
        _SELECT + " WHERE kind = $1 AND uetr = ANY($2::text[])", kind.value, list(uetrs)
    )
    return {row["uetr"]: _arrival(row) for row in rows}


async def reverse(tx: Tx, ids: Sequence[str], reasons: Sequence[Reason], now: datetime) -> None:
    """Mark as taken back what had been credited."""
    await tx.execute(
        "UPDATE domestic.arrival a SET state = 'reversed', reason = n.reason, reversed_at = $3"
        " FROM unnest($1::text[], $2::text[]) AS n(id, reason)"
        " WHERE a.id = n.id AND a.state = 'credited'",
        list(ids),
        [reason.value for reason in reasons],
        now,
    )
