"""SQL of passkeys and of the challenges they answer."""

from collections.abc import Sequence
from datetime import datetime

from qantara.access.credentials.model import Challenge, Passkey, Purpose, Register, Used
from qantara.db import Row, Tx

_COLUMNS = """
id, principal_id, handle, public_key, counter, label, registered_at, last_used_at, revoked_at
"""

_INSERT = """
INSERT INTO credentials.passkey
    (id, principal_id, handle, public_key, counter, label, registered_at)
SELECT id, principal_id, handle, public_key, counter, label, $7
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::bigint[], $6::text[])
    AS new (id, principal_id, handle, public_key, counter, label)
ON CONFLICT DO NOTHING
"""

_BY_IDS = "SELECT " + _COLUMNS + " FROM credentials.passkey WHERE id = ANY($1::text[])"

_BY_HANDLE = (
    "SELECT " + _COLUMNS + " FROM credentials.passkey WHERE handle = $1 AND revoked_at IS NULL"
)

_OF_PRINCIPAL = (
    "SELECT "
    + _COLUMNS
    + """
FROM credentials.passkey WHERE principal_id = $1 AND revoked_at IS NULL
ORDER BY registered_at, id
"""
)

_REVOKE = """
UPDATE credentials.passkey SET revoked_at = $2
WHERE id = ANY($1::text[]) AND revoked_at IS NULL RETURNING id
"""

# An authenticator that counts never counts back: a copy of it would.
_USE = """
UPDATE credentials.passkey p SET counter = u.counter, last_used_at = $3
FROM unnest($1::text[], $2::bigint[]) AS u (id, counter)
WHERE p.id = u.id AND p.revoked_at IS NULL
    AND (u.counter > p.counter OR (u.counter = 0 AND p.counter = 0))
RETURNING p.id
"""

_INSERT_CHALLENGES = """
INSERT INTO credentials.challenge (id, purpose, principal_id, challenge, expires_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[])
ON CONFLICT DO NOTHING
"""

_TAKE = """
DELETE FROM credentials.challenge WHERE id = ANY($1::text[])
RETURNING id, purpose, principal_id, challenge, expires_at
"""

_FORGET = "DELETE FROM credentials.challenge WHERE expires_at <= $1"


async def insert(tx: Tx, new: Sequence[Register], now: datetime) -> None:
    """Those whose handle nobody has registered before."""
    await tx.execute(
        _INSERT,
        [each.id for each in new],
        [each.by.id for each in new],
        [each.handle for each in new],
        [each.public_key for each in new],
        [each.counter for each in new],
        [each.label for each in new],
        now,
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Passkey]:
    return {row["id"]: _passkey(row) for row in await tx.fetch(_BY_IDS, list(ids))}


async def by_handle(tx: Tx, handle: bytes) -> Passkey | None:
    row = await tx.fetchrow(_BY_HANDLE, handle)
    return None if row is None else _passkey(row)


async def of_principal(tx: Tx, principal_id: str) -> list[Passkey]:
    """Those in force, oldest first."""
    return [_passkey(row) for row in await tx.fetch(_OF_PRINCIPAL, principal_id)]


async def revoke(tx: Tx, ids: Sequence[str], now: datetime) -> set[str]:
    return {row["id"] for row in await tx.fetch(_REVOKE, list(ids), now)}


async def use(tx: Tx, used: Sequence[Used], now: datetime) -> set[str]:
    """Note what each counts now; those that may have been copied are left out."""
    rows = await tx.fetch(
        _USE, [each.credential_id for each in used], [each.counter for each in used], now
    )
    return {row["id"] for row in rows}


async def insert_challenges(tx: Tx, new: Sequence[Challenge]) -> None:
    await tx.execute(
        _INSERT_CHALLENGES,
        [each.id for each in new],
        [each.purpose.value for each in new],
        [each.principal_id for each in new],
        [each.challenge for each in new],
        [each.expires_at for each in new],
    )


async def take(tx: Tx, ids: Sequence[str]) -> dict[str, Challenge]:
    rows = await tx.fetch(_TAKE, list(ids))
    return {
        row["id"]: Challenge(**{**dict(row), "purpose": Purpose(row["purpose"])}) for row in rows
    }


async def forget(tx: Tx, now: datetime) -> None:
    await tx.execute(_FORGET, now)


def _passkey(row: Row) -> Passkey:
    return Passkey(**dict(row))
