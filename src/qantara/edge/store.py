"""SQL of the doors."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.edge.model import Answer, Carried

_ANSWER = "SELECT principal_id, key, digest, status, media_type, location, body FROM edge.answer"


def _answer(row: Row) -> Answer:
    return Answer(**dict(row))


# One look: the answer if there is one, else the turn if nobody holds it. A turn whose answer is
# kept stays until it is forgotten, so that a look which began before cannot take it again.
_BEGIN = """
WITH kept AS (
    SELECT principal_id, key, digest, status, media_type, location, body FROM edge.answer
    WHERE principal_id = $1 AND key = $2
), taken AS (
    INSERT INTO edge.turn AS t (principal_id, key, holder, lease_until)
    SELECT $1, $2, $3, $5 WHERE NOT EXISTS (SELECT FROM kept)
    ON CONFLICT (principal_id, key) DO UPDATE
        SET holder = excluded.holder, lease_until = excluded.lease_until
        WHERE t.holder = excluded.holder OR t.lease_until <= $4
    RETURNING t.holder
)
SELECT EXISTS (SELECT FROM taken) AS taken, kept.*
FROM (VALUES (true)) AS always LEFT JOIN kept ON true
"""


async def begin(
    tx: Tx, principal_id: str, key: str, holder: str, now: datetime, lease_until: datetime
) -> Answer | bool:
    """The answer kept, or whether the turn is the holder's until `lease_until`."""
    row = await tx.fetchrow(_BEGIN, principal_id, key, holder, now, lease_until)
    said = dict(row) if row is not None else {"taken": False, "digest": None}
    taken = bool(said.pop("taken"))
    return taken if said["digest"] is None else Answer(**said)


async def prolong(tx: Tx, principal_id: str, key: str, holder: str, lease_until: datetime) -> None:
    await tx.execute(
        "UPDATE edge.turn SET lease_until = $4"
        " WHERE principal_id = $1 AND key = $2 AND holder = $3",
        principal_id,
        key,
        holder,
        lease_until,
    )


async def release(tx: Tx, principal_id: str, key: str, holder: str) -> None:
    await tx.execute(
        "DELETE FROM edge.turn WHERE principal_id = $1 AND key = $2 AND holder = $3",
        principal_id,
        key,
        holder,
    )


async def delete_turns(tx: Tx, before: datetime) -> None:
    await tx.execute("DELETE FROM edge.turn WHERE lease_until < $1", before)


async def insert_answers(tx: Tx, answers: Sequence[Answer], now: datetime) -> None:
    """Keep answers; one already kept for the same principal and key stays."""
    await tx.execute(
        "INSERT INTO edge.answer (principal_id, key, digest, status, media_type, location, body,"
        " recorded_at)"
        " SELECT *, $8 FROM unnest($1::text[], $2::text[], $3::bytea[], $4::int[], $5::text[],"
        " $6::text[], $7::bytea[]) ON CONFLICT DO NOTHING",
        [answer.principal_id for answer in answers],
        [answer.key for answer in answers],
        [answer.digest for answer in answers],
        [answer.status for answer in answers],
        [answer.media_type for answer in answers],
        [answer.location for answer in answers],
        [answer.body for answer in answers],
        now,
    )


async def answers(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Answer]:
    rows = await tx.fetch(
        _ANSWER + " WHERE (principal_id, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
        [principal_id for principal_id, _ in keys],
        [key for _, key in keys],
    )
    return {(row["principal_id"], row["key"]): _answer(row) for row in rows}


async def delete_answers(tx: Tx, before: datetime) -> None:
    await tx.execute("DELETE FROM edge.answer WHERE recorded_at < $1", before)


async def carried(tx: Tx, uetr: str) -> list[Carried]:
    """Every message about one payment that came in or went out, oldest first."""
    rows = await tx.fetch(
        "SELECT name, sender AS peer, true AS inward, raw, recorded_at, key AS place"
        " FROM db.inbox WHERE uetr = $1 UNION ALL"
        " SELECT name, recipient, false, raw, recorded_at, sequence::text FROM db.sent"
        " WHERE uetr = $1"
        " ORDER BY recorded_at, inward",
        uetr,
    )
    return [Carried(**dict(row)) for row in rows]


async def exchanged(tx: Tx, peer: str, asked: str, answered: str | None) -> list[Carried]:
    """A message of ours about no payment, and the one by which the peer answered it."""
    rows = await tx.fetch(
        "SELECT name, recipient AS peer, false AS inward, raw, recorded_at, sequence::text AS place"
        " FROM db.sent"
        " WHERE key = $2 AND uetr IS NULL AND recipient = $1 UNION ALL"
        " SELECT name, sender, true, raw, recorded_at, key FROM db.inbox"
        " WHERE sender = $1 AND key = $3 ORDER BY inward",
        peer,
        asked,
        answered,
    )
    return [Carried(**dict(row)) for row in rows]
