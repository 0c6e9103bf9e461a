"""Accounts of our customers at other banks, in the database."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.domestic.records import OwnAccount
from qantara.domestic.store import account_ref
from qantara.ids import CustomerId

MOST = 100
"""How many of one customer's are told at once."""


def _own_account(row: Row) -> OwnAccount:
    return OwnAccount(
        id=row["id"],
        customer_id=CustomerId(row["customer_id"]),
        label=row["label"],
        account=account_ref(row["number"], is_iban=row["is_iban"]),
        bic=row["bic"],
        saved_at=row["saved_at"],
    )


async def add(tx: Tx, accounts: Sequence[OwnAccount]) -> None:
    await tx.execute(
        "INSERT INTO domestic.own_account (id, customer_id, label, number, is_iban, bic, saved_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[],"
        " $6::text[], $7::timestamptz[])",
        [each.id for each in accounts],
        [each.customer_id for each in accounts],
        [each.label for each in accounts],
        [each.account.number for each in accounts],
        [each.account.iban is not None for each in accounts],
        [each.bic for each in accounts],
        [each.saved_at for each in accounts],
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, OwnAccount]:
    """Those that are not forgotten."""
    rows = await tx.fetch(
        "SELECT * FROM domestic.own_account WHERE id = ANY($1::text[]) AND forgotten_at IS NULL",
        list(ids),
    )
    return {row["id"]: _own_account(row) for row in rows}


async def of_customer(tx: Tx, customer_id: str) -> list[OwnAccount]:
    """A customer's own accounts elsewhere, oldest first."""
    rows = await tx.fetch(
        "SELECT * FROM domestic.own_account WHERE customer_id = $1 AND forgotten_at IS NULL"
        " ORDER BY sequence LIMIT $2",
        customer_id,
        MOST,
    )
    return [_own_account(row) for row in rows]


async def forget(tx: Tx, owned: Sequence[tuple[str, str]], now: datetime) -> set[str]:
    """Forget accounts (id, customer); the ids of those that were theirs."""
    rows = await tx.fetch(
        "UPDATE domestic.own_account o SET forgotten_at = coalesce(o.forgotten_at, $3)"
        " FROM unnest($1::text[], $2::text[]) AS f(id, customer_id)"
        " WHERE o.id = f.id AND o.customer_id = f.customer_id RETURNING o.id",
        [key for key, _ in owned],
        [customer_id for _, customer_id in owned],
        now,
    )
    return {row["id"] for row in rows}
