"""How the stores of this package find rows and learn which of them they moved."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeVar

from qantara.db import Row, Tx

Table = Literal["transfer", "request", "demand", "recall", "return"]
Key = Literal["id", "uetr", "message_id", "end_to_end_id", "transfer_id", "return_message_id"]
Made = TypeVar("Made")

_ALL: Mapping[Table, str] = {
    "transfer": "SELECT * FROM domestic.transfer",
    "request": "SELECT * FROM domestic.request",
    "demand": "SELECT * FROM domestic.demand",
    "recall": "SELECT * FROM domestic.recall",
    "return": "SELECT * FROM domestic.return",
}
_WHOSE: Mapping[Key, str] = {
    "id": " WHERE id = ANY($1::text[])",
    "uetr": " WHERE uetr = ANY($1::text[])",
    "message_id": " WHERE message_id = ANY($1::text[])",
    "end_to_end_id": " WHERE end_to_end_id = ANY($1::text[])",
    "transfer_id": " WHERE transfer_id = ANY($1::text[])",
    "return_message_id": " WHERE return_message_id = ANY($1::text[])",
}
_LOCKED = " ORDER BY id FOR UPDATE"
_PAGE = (
    " WHERE customer_id = $1 AND sequence < coalesce($2::bigint, 9223372036854775807)"
    " ORDER BY sequence DESC LIMIT $3"
)


async def by(
    tx: Tx, table: Table, key: Key, wanted: Sequence[str], made: Callable[[Row], Made]
) -> dict[str, Made]:
    """Rows as they stand, to be looked at only, each under its key."""
    if not wanted:
        return {}
    rows = await tx.fetch(_ALL[table] + _WHOSE[key], list(wanted))
    return {row[key]: made(row) for row in rows}


async def lock(
    tx: Tx, table: Table, key: Key, wanted: Sequence[str], made: Callable[[Row], Made]
) -> dict[str, Made]:
    """Rows to be moved in this transaction, each under its key; locked in the order of ids."""
    if not wanted:
        return {}
    rows = await tx.fetch(_ALL[table] + _WHOSE[key] + _LOCKED, list(wanted))
    return {row[key]: made(row) for row in rows}


async def page(
    tx: Tx,
    table: Literal["transfer", "request", "demand"],
    customer_id: str,
    before: int | None,
    limit: int,
    made: Callable[[Row], Made],
) -> list[Made]:
    """A customer's rows, newest first, those before a sequence number."""
    rows = await tx.fetch(_ALL[table] + _PAGE, customer_id, before, limit)
    return [made(row) for row in rows]


def moved(rows: Sequence[Row], ids: Sequence[str]) -> list[bool]:
    """For each id whether a compare-and-set, which returned these rows, has moved it."""
    there = {row["id"] for row in rows}
    return [id_ in there for id_ in ids]
