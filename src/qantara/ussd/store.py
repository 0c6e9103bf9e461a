"""Talks in the database."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from qantara.db import Tx
from qantara.texts import Language
from qantara.ussd.model import Session, Speaks, State


async def session(tx: Tx, gateway: str, session_id: str) -> Session | None:
    found = await sessions(tx, [(gateway, session_id)])
    return found.get((gateway, session_id))


async def sessions(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Session]:
    rows = await tx.fetch(
        "SELECT gateway, id, phone, state, opened_at, expires_at FROM ussd.session"
        " WHERE (gateway, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
        [gateway for gateway, _ in keys],
        [session_id for _, session_id in keys],
    )
    return {
        (row["gateway"], row["id"]): Session(
            row["gateway"],
            row["id"],
            row["phone"],
            msgspec.json.decode(row["state"], type=State),
            row["opened_at"],
            row["expires_at"],
        )
        for row in rows
    }


async def keep(tx: Tx, found: Sequence[Session]) -> None:
    """Keep talks that went one step on; one that has gone on meanwhile stays as it is."""
    await tx.execute(
        "INSERT INTO ussd.session AS s (gateway, id, phone, turns, state, opened_at, expires_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[],"
        " $6::timestamptz[], $7::timestamptz[])"
        " ON CONFLICT (gateway, id) DO UPDATE SET turns = excluded.turns, state = excluded.state"
        " WHERE s.turns = excluded.turns - 1",
        [each.gateway for each in found],
        [each.id for each in found],
        [each.phone for each in found],
        [each.turns for each in found],
        [msgspec.json.encode(each.state).decode() for each in found],
        [each.opened_at for each in found],
        [each.expires_at for each in found],
    )


async def language(tx: Tx, phone: str) -> Language | None:
    found = await tx.fetchval("SELECT language FROM ussd.speaker WHERE phone = $1", phone)
    return None if found is None else Language(found)


async def speak(tx: Tx, found: Sequence[Speaks]) -> None:
    await tx.execute(
        "INSERT INTO ussd.speaker (phone, language) SELECT * FROM unnest($1::text[], $2::text[])"
        " ON CONFLICT (phone) DO UPDATE SET language = excluded.language",
        [each.phone for each in found],
        [each.language.value for each in found],
    )


async def delete_expired(tx: Tx, now: datetime) -> None:
    await tx.execute("DELETE FROM ussd.session WHERE expires_at <= $1", now)
