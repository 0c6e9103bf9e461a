"""SQL of the doors."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.edge.model import Answer, Carried

_ANSWER = "SELECT principal_id, key, digest, status, media_type, location, body FROM edge.answer"


def _answer(row: Row) -> Answer:
    return Answer(**dict(row))


async def answer(tx: Tx, principal_id: str, key: str) -> Answer | None:
    row = await tx.fetchrow(_ANSWER + " WHERE principal_id = $1 AND key = $2", principal_id, key)
    return None if row is None else _answer(row)


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
        "SELECT name, sender AS peer, true AS inward, raw, recorded_at FROM db.inbox"
        " WHERE uetr = $1 UNION ALL"
        " SELECT name, recipient, false, raw, recorded_at FROM db.sent WHERE uetr = $1"
        " ORDER BY recorded_at, inward",
        uetr,
    )
    return [Carried(**dict(row)) for row in rows]
