"""SQL of keys in their holders' hands: lists, use, the end of their life."""

from collections.abc import Sequence
from datetime import datetime

from qantara.access.model import Key, Scope
from qantara.db import Row, Tx

_COLUMNS = """
id, principal_id, digest, scopes, issued_at, expires_at, revoked_at, label, replaces, last_used_at
"""

_BY_ID = "SELECT " + _COLUMNS + " FROM access.api_key WHERE id = ANY($1::text[])"

_OF_PRINCIPAL = (
    "SELECT "
    + _COLUMNS
    + """
FROM access.api_key WHERE principal_id = $1 AND ($2::text IS NULL OR (issued_at, id) < (
    SELECT issued_at, id FROM access.api_key WHERE id = $2 AND principal_id = $1))
ORDER BY issued_at DESC, id DESC LIMIT $3
"""
)

_SHORTEN = """
UPDATE access.api_key SET expires_at = least(expires_at, $2)
WHERE id = $1 AND revoked_at IS NULL
"""

_USED = """
UPDATE access.api_key SET last_used_at = $2
WHERE id = ANY($1::text[]) AND revoked_at IS NULL
    AND (last_used_at IS NULL OR last_used_at < $3)
"""


async def keys(tx: Tx, ids: Sequence[str]) -> dict[str, Key]:
    return {row["id"]: _key(row) for row in await tx.fetch(_BY_ID, list(ids))}


async def of_principal(tx: Tx, principal_id: str, before: str | None, limit: int) -> list[Key]:
    """A principal's keys, the newest first."""
    return [_key(row) for row in await tx.fetch(_OF_PRINCIPAL, principal_id, before, limit)]


async def shorten(tx: Tx, key_id: str, expires_at: datetime) -> None:
    """Let a key end then, unless it ends sooner."""
    await tx.execute(_SHORTEN, key_id, expires_at)


async def used(tx: Tx, ids: Sequence[str], now: datetime, before: datetime) -> None:
    """Note the use of keys not noted since `before`."""
    await tx.execute(_USED, list(ids), now, before)


def _key(row: Row) -> Key:
    said = dict(row)
    return Key(scopes=frozenset(Scope(scope) for scope in said.pop("scopes")), **said)
