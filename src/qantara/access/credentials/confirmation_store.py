"""SQL of confirmations."""

from collections.abc import Sequence
from datetime import datetime

from qantara.access.credentials.model import Confirmation, ConfirmationState, Method
from qantara.db import Row, Tx

_COLUMNS = """
id, principal_id, digest, payee, challenge, code_digest, state, method, factors, asked_at,
expires_at, ended_at
"""

_INSERT = """
INSERT INTO credentials.confirmation
    (id, principal_id, digest, payee, challenge, code_digest, state, asked_at, expires_at)
SELECT id, principal_id, digest, payee, challenge, code_digest, 'asked', $8, expires_at
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[],
            $7::timestamptz[])
    AS new (id, principal_id, digest, payee, challenge, code_digest, expires_at)
ON CONFLICT DO NOTHING
"""

_BY_IDS = "SELECT " + _COLUMNS + " FROM credentials.confirmation WHERE id = ANY($1::text[])"

_LOCK = _BY_IDS + " ORDER BY id FOR UPDATE"

_MOVE = """
UPDATE credentials.confirmation c
SET state = m.state, method = m.method, factors = m.factors, ended_at = m.ended_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
    AS m (id, state, method, factors, ended_at)
WHERE c.id = m.id AND c.ended_at IS NULL
"""

_EXPIRE = """
UPDATE credentials.confirmation SET state = 'expired', ended_at = $1
WHERE ended_at IS NULL AND expires_at <= $1
"""

_KNOW = """
INSERT INTO credentials.known_payee (principal_id, payee, confirmed_at)
SELECT DISTINCT principal_id, payee, $3::timestamptz
FROM unnest($1::text[], $2::bytea[]) AS new (principal_id, payee)
ON CONFLICT DO NOTHING
"""

_KNOWN = """
SELECT EXISTS (SELECT FROM credentials.known_payee WHERE principal_id = $1 AND payee = $2)
"""


async def insert(tx: Tx, new: Sequence[Confirmation], now: datetime) -> None:
    await tx.execute(
        _INSERT,
        [each.id for each in new],
        [each.principal_id for each in new],
        [each.digest for each in new],
        [each.payee for each in new],
        [each.challenge for each in new],
        [each.code_digest for each in new],
        [each.expires_at for each in new],
        now,
    )


async def by_ids(tx: Tx, ids: Sequence[str], *, lock: bool = False) -> dict[str, Confirmation]:
    rows = await tx.fetch(_LOCK if lock else _BY_IDS, list(ids))
    return {row["id"]: _confirmation(row) for row in rows}


async def move(tx: Tx, moved: Sequence[Confirmation]) -> None:
    """Write what has become of confirmations that the caller has locked."""
    await tx.execute(
        _MOVE,
        [each.id for each in moved],
        [each.state.value for each in moved],
        [each.method and each.method.value for each in moved],
        [each.factors for each in moved],
        [each.ended_at for each in moved],
    )


async def expire(tx: Tx, now: datetime) -> None:
    await tx.execute(_EXPIRE, now)


async def know(tx: Tx, used: Sequence[Confirmation], now: datetime) -> None:
    """Remember whom these were confirmed for."""
    await tx.execute(
        _KNOW, [each.principal_id for each in used], [each.payee for each in used], now
    )


async def known(tx: Tx, principal_id: str, payee: bytes) -> bool:
    return bool(await tx.fetchval(_KNOWN, principal_id, payee))


def _confirmation(row: Row) -> Confirmation:
    said = dict(row)
    method = said.pop("method")
    state = ConfirmationState(said.pop("state"))
    return Confirmation(state=state, method=method and Method(method), **said)
