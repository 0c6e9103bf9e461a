"""What went over counters, in the database: written once, never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from qantara.agents.model import Kind, Receipt
from qantara.db import Row, Tx
from qantara.ids import AccountId, CustomerId
from qantara.money import Money, asset

Whose = Literal["agent", "customer"]
_ALL = "SELECT * FROM agents.receipt"
_OF: Mapping[Whose, str] = {
    "agent": " WHERE agent_id = $1",
    "customer": " WHERE customer_id = $1",
}
_PAGE = " AND sequence < coalesce($2::bigint, 9223372036854775807) ORDER BY sequence DESC LIMIT $3"
_TEXTS = ("id", "agent_id", "customer_id", "account_id", "person", "order_id", "reference")


def _receipt(row: Row) -> Receipt:
    ours = asset(row["currency"])
    return Receipt(
        id=row["id"],
        kind=Kind(row["kind"]),
        agent_id=row["agent_id"],
        customer_id=CustomerId(row["customer_id"]),
        account_id=AccountId(row["account_id"]),
        person=row["person"],
        amount=Money(int(row["amount"]), ours),
        fee=Money(int(row["fee"]), ours),
        commission=Money(int(row["commission"]), ours),
        recorded_at=row["recorded_at"],
        order_id=row["order_id"],
        reference=row["reference"],
        sequence=row["sequence"],
    )


async def add(tx: Tx, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Keep receipts; the same with the numbers they were given, in their order."""
    rows = await tx.fetch(
        "INSERT INTO agents.receipt (id, agent_id, customer_id, account_id, person, order_id,"
        " reference, kind, currency, amount, fee, commission, recorded_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]::numeric[],"
        " $11::text[]::numeric[], $12::text[]::numeric[], $13::timestamptz[])"
        " RETURNING id, sequence",
        *([getattr(each, name) for each in receipts] for name in _TEXTS),
        [each.kind.value for each in receipts],
        [each.amount.asset.code for each in receipts],
        [str(each.amount.minor) for each in receipts],
        [str(each.fee.minor) for each in receipts],
        [str(each.commission.minor) for each in receipts],
        [each.recorded_at for each in receipts],
    )
    numbers = {row["id"]: row["sequence"] for row in rows}
    return [replace(each, sequence=numbers[each.id]) for each in receipts]


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Receipt]:
    rows = await tx.fetch(_ALL + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _receipt(row) for row in rows}


async def of(tx: Tx, whose: Whose, owner: str, before: int | None, limit: int) -> list[Receipt]:
    """The receipts of an agent or a customer, newest first."""
    rows = await tx.fetch(_ALL + _OF[whose] + _PAGE, owner, before, limit)
    return [_receipt(row) for row in rows]


async def cash_since(
    tx: Tx, persons: Sequence[str], currency: str, day: datetime, month: datetime
) -> dict[str, tuple[int, int]]:
    """What each of these persons paid in and took since both moments, in minor units."""
    rows = await tx.fetch(
        "SELECT person, coalesce(sum(amount) FILTER (WHERE recorded_at >= $3), 0) AS day,"
        " sum(amount) AS month FROM agents.receipt"
        " WHERE person = ANY($1::text[]) AND currency = $2 AND recorded_at >= $4"
        " GROUP BY person",
        list(persons),
        currency,
        day,
        month,
    )
    return {row["person"]: (int(row["day"]), int(row["month"])) for row in rows}
