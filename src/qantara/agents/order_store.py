"""Cash that is to be paid out, and wrong words about it, in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from qantara.agents.model import Kind, Miss, Order, OrderState, Recipient
from qantara.db import Row, Tx
from qantara.errors import Reason
from qantara.ids import AccountId, CustomerId
from qantara.money import Money, asset
from qantara.parties.model import IdentityType

Key = Literal["id", "reference"]
_ALL = "SELECT * FROM agents.cash_order"
_WHOSE: Mapping[Key, str] = {
    "id": " WHERE id = ANY($1::text[])",
    "reference": " WHERE reference = ANY($1::text[])",
}
_TEXTS = ("id", "reference", "customer_id", "account_id", "account_code", "identity_last")


def _recipient(row: Row) -> Recipient | None:
    if row["recipient_name"] is None:
        return None
    return Recipient(
        name=row["recipient_name"],
        phone=row["recipient_phone"],
        identity_type=IdentityType(row["recipient_identity_type"]),
        identity_last=row["identity_last"],
        identity_digest=row["recipient_identity_digest"],
    )


def _order(row: Row) -> Order:
    ours = asset(row["currency"])
    return Order(
        id=row["id"],
        kind=Kind(row["kind"]),
        reference=row["reference"],
        customer_id=CustomerId(row["customer_id"]),
        account_id=AccountId(row["account_id"]),
        account_code=row["account_code"],
        state=OrderState(row["state"]),
        amount=Money(int(row["amount"]), ours),
        fee=Money(int(row["fee"]), ours),
        code_digest=row["code_digest"],
        identity_last=row["identity_last"],
        ordered_at=row["ordered_at"],
        expires_at=row["expires_at"],
        recipient=_recipient(row),
        misses=row["misses"],
        renewal=row["renewal"],
        finished_at=row["finished_at"],
        receipt_id=row["receipt_id"],
        sequence=row["sequence"],
    )


async def add(tx: Tx, orders: Sequence[Order]) -> None:
    whom = [each.recipient for each in orders]
    await tx.execute(
        "INSERT INTO agents.cash_order (id, reference, customer_id, account_id, account_code,"
        " identity_last, kind, state, currency, amount, fee, code_digest, recipient_name,"
        " recipient_phone, recipient_identity_type, recipient_identity_digest, ordered_at,"
        " expires_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]::numeric[],"
        " $11::text[]::numeric[], $12::bytea[], $13::text[], $14::text[], $15::text[],"
        " $16::bytea[], $17::timestamptz[], $18::timestamptz[])",
        *([getattr(each, name) for each in orders] for name in _TEXTS),
        [each.kind.value for each in orders],
        [each.state.value for each in orders],
        [each.amount.asset.code for each in orders],
        [str(each.amount.minor) for each in orders],
        [str(each.fee.minor) for each in orders],
        [each.code_digest for each in orders],
        [each.name if each else None for each in whom],
        [each.phone if each else None for each in whom],
        [each.identity_type.value if each else None for each in whom],
        [each.identity_digest if each else None for each in whom],
        [each.ordered_at for each in orders],
        [each.expires_at for each in orders],
    )


async def lock(tx: Tx, key: Key, wanted: Sequence[str]) -> dict[str, Order]:
    """Orders to be moved in this transaction, each under its key; locked in the order of ids."""
    rows = await tx.fetch(_ALL + _WHOSE[key] + " ORDER BY id FOR UPDATE", list(wanted))
    return {row[key]: _order(row) for row in rows}


async def by(tx: Tx, key: Key, wanted: Sequence[str]) -> dict[str, Order]:
    rows = await tx.fetch(_ALL + _WHOSE[key], list(wanted))
    return {row[key]: _order(row) for row in rows}


async def of_customer(
    tx: Tx, customer_id: str, kind: Kind | None, before: int | None, limit: int
) -> list[Order]:
    """A customer's orders, newest first."""
    rows = await tx.fetch(
        _ALL + " WHERE customer_id = $1 AND ($2::text IS NULL OR kind = $2)"
        " AND sequence < coalesce($3::bigint, 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT $4",
        customer_id,
        None if kind is None else kind.value,
        before,
        limit,
    )
    return [_order(row) for row in rows]


async def write(tx: Tx, orders: Sequence[Order]) -> None:
    """Keep orders, locked in this transaction, as they stand now."""
    await tx.execute(
        "UPDATE agents.cash_order o SET state = m.state, misses = m.misses, renewal = m.renewal,"
        " code_digest = m.code_digest, finished_at = m.finished_at, receipt_id = m.receipt_id"
        " FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::bytea[],"
        " $6::timestamptz[], $7::text[])"
        " AS m(id, state, misses, renewal, code_digest, finished_at, receipt_id)"
        " WHERE o.id = m.id",
        [each.id for each in orders],
        [each.state.value for each in orders],
        [each.misses for each in orders],
        [each.renewal for each in orders],
        [each.code_digest for each in orders],
        [each.finished_at for each in orders],
        [each.receipt_id for each in orders],
    )


async def misses(tx: Tx, ids: Sequence[str]) -> dict[str, Miss]:
    rows = await tx.fetch("SELECT * FROM agents.miss WHERE id = ANY($1::text[])", list(ids))
    return {
        row["id"]: Miss(row["id"], row["order_id"], row["agent_id"], Reason(row["reason"]))
        for row in rows
    }


async def add_misses(tx: Tx, missed: Sequence[Miss], now: datetime) -> None:
    await tx.execute(
        "INSERT INTO agents.miss (id, order_id, agent_id, reason, recorded_at)"
        " SELECT *, $5 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])",
        [each.id for each in missed],
        [each.order_id for each in missed],
        [each.agent_id for each in missed],
        [each.reason.value for each in missed],
        now,
    )
