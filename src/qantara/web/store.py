"""Sessions in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.web.model import Session


async def sessions(tx: Tx, digests: Collection[bytes], site: str) -> list[Session]:
    rows = await tx.fetch(
        "SELECT digest, site, principal_id, credential, opened_at, seen_at, expires_at"
        " FROM web.session WHERE digest = ANY($1::bytea[]) AND site = $2",
        list(digests),
        site,
    )
    return [Session(**dict(row)) for row in rows]


async def insert(tx: Tx, sessions: Sequence[Session]) -> None:
    await tx.execute(
        "INSERT INTO web.session"
        " (digest, site, principal_id, credential, opened_at, seen_at, expires_at)"
        " SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[],"
        " $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])",
        [each.digest for each in sessions],
        [each.site for each in sessions],
        [each.principal_id for each in sessions],
        [each.credential for each in sessions],
        [each.opened_at for each in sessions],
        [each.seen_at for each in sessions],
        [each.expires_at for each in sessions],
    )


async def seen(tx: Tx, digests: Sequence[bytes], now: datetime) -> None:
    await tx.execute(
        "UPDATE web.session SET seen_at = greatest(seen_at, $2) WHERE digest = ANY($1::bytea[])",
        list(digests),
        now,
    )


async def delete(tx: Tx, digests: Sequence[bytes]) -> set[bytes]:
    """End sessions; those that were there."""
    rows = await tx.fetch(
        "DELETE FROM web.session WHERE digest = ANY($1::bytea[]) RETURNING digest", list(digests)
    )
    return {row["digest"] for row in rows}


async def delete_of(tx: Tx, principal_ids: Sequence[str]) -> None:
    """End all sessions of these people."""
    await tx.execute(
        "DELETE FROM web.session WHERE principal_id = ANY($1::text[])", list(principal_ids)
    )


async def delete_expired(tx: Tx, now: datetime) -> None:
    await tx.execute("DELETE FROM web.session WHERE expires_at <= $1", now)
