"""What a role sent and received, looked through by people: pages, and one message whole."""

from datetime import datetime

from msgspec import Struct

from qantara.db.database import Row, Tx


class Letter(Struct, frozen=True):
    """A message as a list tells of it: `peer` sent it to us (`inward`) or was sent it; `place` is
    its number in what was sent, or its key in what came. `waits` until the peer has taken it;
    `refused` is what the peer said that will never take it.
    """

    peer: str
    place: str
    inward: bool
    key: str
    name: str
    uetr: str | None
    size: int
    recorded_at: datetime
    waits: bool = False
    refused: str | None = None


class Whole(Struct, frozen=True):
    """A message with its bytes, as they were sent or as they came."""

    letter: Letter
    raw: bytes


_OUT = """
SELECT s.recipient AS peer, s.sequence::text AS place, false AS inward, s.key, s.name, s.uetr,
    octet_length(s.raw) AS size, s.recorded_at,
    o.sequence IS NOT NULL AND o.refused IS NULL AS waits, o.refused
FROM db.sent s LEFT JOIN db.outbox o USING (sequence)
"""
_IN = """
SELECT sender AS peer, key AS place, true AS inward, key, name, uetr, octet_length(raw) AS size,
    recorded_at, false AS waits, NULL::text AS refused
FROM db.inbox
"""
_NEWEST_OUT = (
    _OUT
    + " WHERE s.sequence < coalesce($1::bigint, 9223372036854775807)"
    + " ORDER BY s.sequence DESC LIMIT $2"
)
_NEWEST_IN = (
    _IN
    + """
WHERE $1::text IS NULL OR (recorded_at, sender, key) < (
    SELECT recorded_at, sender, key FROM db.inbox WHERE sender = $1 AND key = $2)
ORDER BY recorded_at DESC, sender DESC, key DESC LIMIT $3
"""
)
_ABOUT = (
    _OUT + " WHERE s.uetr = $1 UNION ALL" + _IN + " WHERE uetr = $1 ORDER BY recorded_at, inward"
)
_STUCK = _OUT + " WHERE s.sequence IN (SELECT sequence FROM db.outbox) ORDER BY s.sequence LIMIT $1"
_ONE_OUT = _OUT + " WHERE s.sequence = $1"
_ONE_IN = _IN + " WHERE sender = $1 AND key = $2"


async def sent(tx: Tx, before: int | None, limit: int) -> list[Letter]:
    """What was sent, the newest first, before a number."""
    return [_letter(row) for row in await tx.fetch(_NEWEST_OUT, before, limit)]


async def received(tx: Tx, before: tuple[str, str] | None, limit: int) -> list[Letter]:
    """What came in, the newest first, before one message (sender, key)."""
    sender, key = before or (None, None)
    return [_letter(row) for row in await tx.fetch(_NEWEST_IN, sender, key, limit)]


async def about(tx: Tx, uetr: str) -> list[Letter]:
    """Everything about one payment, oldest first."""
    return [_letter(row) for row in await tx.fetch(_ABOUT, uetr)]


async def undelivered(tx: Tx, limit: int) -> list[Letter]:
    """What its recipient has not taken, or never will, oldest first."""
    return [_letter(row) for row in await tx.fetch(_STUCK, limit)]


async def whole_sent(tx: Tx, sequence: int) -> Whole | None:
    row = await tx.fetchrow(_ONE_OUT, sequence)
    if row is None:
        return None
    raw: bytes = await tx.fetchval("SELECT raw FROM db.sent WHERE sequence = $1", sequence)
    return Whole(_letter(row), raw)


async def whole_received(tx: Tx, sender: str, key: str) -> Whole | None:
    row = await tx.fetchrow(_ONE_IN, sender, key)
    if row is None:
        return None
    raw: bytes = await tx.fetchval(
        "SELECT raw FROM db.inbox WHERE sender = $1 AND key = $2", sender, key
    )
    return Whole(_letter(row), raw)


def _letter(row: Row) -> Letter:
    return Letter(**dict(row))
