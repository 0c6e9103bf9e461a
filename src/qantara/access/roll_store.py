"""SQL of the roll: who there is, and which keys there are, in pages."""

from collections.abc import Sequence

from qantara.access.model import Key, Principal, PrincipalKind, Role, Scope
from qantara.access.rules import scopes_of
from qantara.db import Row, Tx

_PRINCIPALS = """
SELECT id, kind, name, roles, subject FROM access.principal WHERE id > $1 ORDER BY id LIMIT $2
"""
_FOR = """
SELECT id, kind, name, roles, subject FROM access.principal
WHERE subject = ANY($1::text[]) ORDER BY subject, id
"""
_KEYS = """
SELECT id, principal_id, digest, scopes, issued_at, expires_at, revoked_at, label, replaces,
    last_used_at
FROM access.api_key
"""
_NEWEST = (
    _KEYS
    + """
WHERE $1::text IS NULL OR (issued_at, id) < (
    SELECT issued_at, id FROM access.api_key WHERE id = $1)
ORDER BY issued_at DESC, id DESC LIMIT $2
"""
)
_OF = _KEYS + " WHERE principal_id = ANY($1::text[]) ORDER BY issued_at DESC, id DESC LIMIT $2"


async def principals(tx: Tx, after: str, limit: int) -> list[Principal]:
    return [_principal(row) for row in await tx.fetch(_PRINCIPALS, after, limit)]


async def acting_for(tx: Tx, subjects: Sequence[str]) -> list[Principal]:
    return [_principal(row) for row in await tx.fetch(_FOR, list(subjects))]


async def keys(tx: Tx, before: str | None, limit: int) -> list[Key]:
    return [_key(row) for row in await tx.fetch(_NEWEST, before, limit)]


async def keys_of(tx: Tx, principal_ids: Sequence[str], limit: int) -> list[Key]:
    return [_key(row) for row in await tx.fetch(_OF, list(principal_ids), limit)]


def _key(row: Row) -> Key:
    said = dict(row)
    return Key(scopes=frozenset(Scope(scope) for scope in said.pop("scopes")), **said)


def _principal(row: Row) -> Principal:
    roles = tuple(Role(role) for role in row["roles"])
    kind = PrincipalKind(row["kind"])
    return Principal(row["id"], kind, row["name"], roles, scopes_of(roles), row["subject"])
