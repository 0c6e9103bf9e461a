"""SQL of holders, PINs and attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qantara.access.credentials.model import Guess, Holder, NewHolder, SetPin
from qantara.db import Tx

_INSERT_HOLDERS = """
INSERT INTO credentials.holder (principal_id, alias, recorded_at)
SELECT principal_id, alias, $3 FROM unnest($1::text[], $2::text[]) AS new (principal_id, alias)
ON CONFLICT DO NOTHING RETURNING principal_id
"""

_INSERT_PINS = """
INSERT INTO credentials.pin (id, principal_id, hash, set_at)
SELECT id, principal_id, hash, $4
FROM unnest($1::text[], $2::text[], $3::text[]) AS new (id, principal_id, hash)
ON CONFLICT DO NOTHING
"""

_REPLACE_PINS = """
UPDATE credentials.pin SET replaced_at = $2
WHERE principal_id = ANY($1::text[]) AND replaced_at IS NULL
"""

_HOLDERS = """
SELECT principal_id, alias, frozen_at FROM credentials.holder
WHERE principal_id = ANY($1::text[]) OR alias = ANY($2::text[])
"""

_GUESSES = """
SELECT h.alias, p.id AS pin_id, h.principal_id, p.hash
FROM credentials.holder h JOIN credentials.pin p USING (principal_id)
WHERE h.alias = ANY($1::text[]) AND p.replaced_at IS NULL
"""

_LOCK_ATTEMPTS = """
SELECT whose, failures, opens_at FROM credentials.attempt WHERE whose = ANY($1::bytea[])
ORDER BY whose FOR UPDATE
"""

_COUNT_ATTEMPTS = """
INSERT INTO credentials.attempt (whose, failures, opens_at, last_at)
SELECT whose, failures, opens_at, $4
FROM unnest($1::bytea[], $2::int[], $3::timestamptz[]) AS new (whose, failures, opens_at)
ON CONFLICT (whose) DO UPDATE SET failures = excluded.failures, opens_at = excluded.opens_at,
    last_at = excluded.last_at
"""

_FORGET_ATTEMPTS = "DELETE FROM credentials.attempt WHERE whose = ANY($1::bytea[])"

_FORGET_OLD_ATTEMPTS = "DELETE FROM credentials.attempt WHERE last_at < $1 AND opens_at < $2"

_FREEZE = """
UPDATE credentials.holder SET frozen_at = $2
WHERE principal_id = ANY($1::text[]) AND frozen_at IS NULL RETURNING principal_id
"""

_RELEASE = """
UPDATE credentials.holder SET frozen_at = NULL
WHERE principal_id = ANY($1::text[]) AND frozen_at IS NOT NULL RETURNING principal_id
"""

_STANDING = """
SELECT c.id, c.principal_id FROM (
    SELECT id, principal_id FROM credentials.pin
    WHERE id = ANY($1::text[]) AND replaced_at IS NULL
    UNION ALL
    SELECT id, principal_id FROM credentials.passkey
    WHERE id = ANY($1::text[]) AND revoked_at IS NULL
) c JOIN credentials.holder h USING (principal_id) WHERE h.frozen_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Count:
    """Wrong answers in a row, and until when nothing opens."""

    failures: int
    opens_at: datetime


async def insert_holders(tx: Tx, new: Sequence[NewHolder], now: datetime) -> set[str]:
    """Those that are new; a principal or an alias that has a holder keeps it."""
    rows = await tx.fetch(
        _INSERT_HOLDERS, [each.principal_id for each in new], [each.alias for each in new], now
    )
    return {row["principal_id"] for row in rows}


async def insert_pins(tx: Tx, new: Sequence[NewHolder], now: datetime) -> None:
    await tx.execute(
        _INSERT_PINS,
        [each.pin_id for each in new],
        [each.principal_id for each in new],
        [each.pin_hash for each in new],
        now,
    )


async def replace_pins(tx: Tx, new: Sequence[SetPin], now: datetime) -> None:
    await tx.execute(_REPLACE_PINS, [each.by.id for each in new], now)
    await tx.execute(
        _INSERT_PINS,
        [each.pin_id for each in new],
        [each.by.id for each in new],
        [each.hash for each in new],
        now,
    )


async def holders(tx: Tx, principal_ids: Sequence[str], aliases: Sequence[str]) -> list[Holder]:
    """Those of any of the principals or any of the aliases, in no order."""
    return [
        Holder(**dict(row)) for row in await tx.fetch(_HOLDERS, list(principal_ids), list(aliases))
    ]


async def guesses(tx: Tx, aliases: Sequence[str]) -> dict[str, Guess]:
    rows = await tx.fetch(_GUESSES, list(aliases))
    return {row["alias"]: Guess(**dict(row)) for row in rows}


async def lock_attempts(tx: Tx, whose: Sequence[bytes]) -> dict[bytes, Count]:
    rows = await tx.fetch(_LOCK_ATTEMPTS, list(whose))
    return {row["whose"]: Count(row["failures"], row["opens_at"]) for row in rows}


async def count_attempts(tx: Tx, counts: dict[bytes, Count], now: datetime) -> None:
    await tx.execute(
        _COUNT_ATTEMPTS,
        list(counts),
        [each.failures for each in counts.values()],
        [each.opens_at for each in counts.values()],
        now,
    )


async def forget_attempts(tx: Tx, whose: Sequence[bytes]) -> None:
    await tx.execute(_FORGET_ATTEMPTS, list(whose))


async def forget_old_attempts(tx: Tx, before: datetime, now: datetime) -> None:
    await tx.execute(_FORGET_OLD_ATTEMPTS, before, now)


async def freeze(tx: Tx, principal_ids: Sequence[str], now: datetime) -> set[str]:
    rows = await tx.fetch(_FREEZE, list(principal_ids), now)
    return {row["principal_id"] for row in rows}


async def release(tx: Tx, principal_ids: Sequence[str]) -> set[str]:
    return {row["principal_id"] for row in await tx.fetch(_RELEASE, list(principal_ids))}


async def standing(tx: Tx, credential_ids: Sequence[str]) -> dict[str, str]:
    """Whose these credentials are, those in force of people who are let in."""
    rows = await tx.fetch(_STANDING, list(credential_ids))
    return {row["id"]: row["principal_id"] for row in rows}
