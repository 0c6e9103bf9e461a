"""SQL that finds customers."""

from collections.abc import Sequence

from qantara.db import Tx
from qantara.ids import AccountId, CustomerId
from qantara.parties.model import Alias, AliasType

_BEFORE = """
($1::text IS NULL OR (recorded_at, id) < (
    SELECT recorded_at, id FROM parties.customer WHERE id = $1))
ORDER BY recorded_at DESC, id DESC LIMIT $2
"""
_NEWEST = "SELECT id FROM parties.customer WHERE " + _BEFORE
_NAMED = (
    """
SELECT id FROM parties.customer
WHERE to_tsvector('simple', legal_name || ' ' || display_name || ' ' || rails_name)
    @@ to_tsquery('simple', $3) AND
"""
    + _BEFORE
)
_ALIASES = """
SELECT id, type, value, account_id FROM parties.alias
WHERE account_id = ANY($1::text[]) AND released_at IS NULL ORDER BY claimed_at, id
"""


async def newest(tx: Tx, before: str | None, limit: int) -> list[CustomerId]:
    return [row["id"] for row in await tx.fetch(_NEWEST, before, limit)]


async def named(tx: Tx, query: str, before: str | None, limit: int) -> list[CustomerId]:
    return [row["id"] for row in await tx.fetch(_NAMED, before, limit, query)]


async def aliases(tx: Tx, account_ids: Sequence[AccountId]) -> list[Alias]:
    return [
        Alias(row["id"], AliasType(row["type"]), row["value"], row["account_id"])
        for row in await tx.fetch(_ALIASES, list(account_ids))
    ]
