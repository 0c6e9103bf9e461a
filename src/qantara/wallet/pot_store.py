"""Pots, in the database; their money stands in the ledger."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.ids import AccountId, CustomerId
from qantara.money import Money, asset
from qantara.wallet.model import ChangePot, Pot, PotState

_TEXTS = ("id", "customer_id", "account_id", "ledger_code", "account_code", "currency", "name")
_SELECT = "SELECT * FROM wallet.pot"


def _pot(row: Row) -> Pot:
    values = {name: row[name] for name in _TEXTS}
    values["customer_id"] = CustomerId(row["customer_id"])
    values["account_id"] = AccountId(row["account_id"])
    goal = row["goal"]
    return Pot(
        **values,
        state=PotState(row["state"]),
        goal=None if goal is None else Money(int(goal), asset(row["currency"])),
        goal_on=row["goal_on"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        sequence=row["sequence"],
    )


async def add(tx: Tx, new: Sequence[Pot]) -> None:
    """Keep pots; one whose id is known stays as it is."""
    await tx.execute(
        "INSERT INTO wallet.pot (id, customer_id, account_id, ledger_code, account_code, currency,"
        " name, state, goal, goal_on, opened_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::text[]::numeric[], $10::date[],"
        " $11::timestamptz[]) ON CONFLICT DO NOTHING",
        *([getattr(each, name) for each in new] for name in _TEXTS),
        [each.state.value for each in new],
        [None if each.goal is None else str(each.goal.minor) for each in new],
        [each.goal_on for each in new],
        [each.opened_at for each in new],
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Pot]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _pot(row) for row in rows}


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Pot]:
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _pot(row) for row in rows}


async def open_of_accounts(tx: Tx, account_ids: Sequence[str]) -> list[Pot]:
    if not account_ids:
        return []
    rows = await tx.fetch(
        _SELECT + " WHERE account_id = ANY($1::text[]) AND state = 'open' ORDER BY sequence",
        list(account_ids),
    )
    return [_pot(row) for row in rows]


async def page(
    tx: Tx, customer_id: str, state: PotState, before: int | None, limit: int
) -> list[Pot]:
    """A customer's, newest first, those before a sequence number."""
    rows = await tx.fetch(
        _SELECT + " WHERE customer_id = $1 AND state = $2"
        " AND sequence < coalesce($3::bigint, 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT $4",
        customer_id,
        state.value,
        before,
        limit,
    )
    return [_pot(row) for row in rows]


async def change(tx: Tx, changed: Sequence[ChangePot]) -> None:
    await tx.execute(
        "UPDATE wallet.pot p SET name = n.name, goal = n.goal, goal_on = n.goal_on"
        " FROM unnest($1::text[], $2::text[], $3::text[]::numeric[], $4::date[])"
        " AS n(id, name, goal, goal_on) WHERE p.id = n.id AND p.state = 'open'",
        [each.id for each in changed],
        [each.name for each in changed],
        [None if each.goal is None else str(each.goal.minor) for each in changed],
        [each.goal_on for each in changed],
    )


async def close(tx: Tx, ids: Sequence[str], now: datetime) -> None:
    await tx.execute(
        "UPDATE wallet.pot SET state = 'closed', closed_at = $2"
        " WHERE id = ANY($1::text[]) AND state = 'open'",
        list(ids),
        now,
    )
