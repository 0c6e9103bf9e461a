"""SQL of applications."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from qantara.db import Row, Tx
from qantara.onboarding.model import Application, AskCode, Event, Outcome, Said, SimulatedSms, State

_COLUMNS = """
id, phone, language, state, secret_digest, said::text AS said, outcome::text AS outcome, held,
asked, customer_id, account_id, started_at, changed_at, expires_at
"""

_INSERT_CODES = """
INSERT INTO onboarding.code (id, phone, language, digest, expires_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[])
ON CONFLICT DO NOTHING
"""

_TRY_CODES = """
UPDATE onboarding.code SET tries = tries + 1 WHERE id = ANY($1::text[])
RETURNING id, phone, language, digest, tries, expires_at
"""

_DELETE_CODES = "DELETE FROM onboarding.code WHERE id = ANY($1::text[])"

_DELETE_OLD_CODES = "DELETE FROM onboarding.code WHERE expires_at <= $1"

_SEND = """
INSERT INTO onboarding.simulated_sms (phone, text, sent_at)
SELECT phone, text, $3 FROM unnest($1::text[], $2::text[]) WITH ORDINALITY
    AS new (phone, text, place) ORDER BY place
"""

_SENT = """
SELECT phone, text, sent_at FROM onboarding.simulated_sms WHERE phone = $1
ORDER BY sequence DESC LIMIT $2
"""

_DELETE_SENT = "DELETE FROM onboarding.simulated_sms WHERE sent_at < $1"

_BY_IDS = "SELECT " + _COLUMNS + " FROM onboarding.application WHERE id = ANY($1::text[])"

_LOCK = _BY_IDS + " ORDER BY id FOR UPDATE"

_RUNNING = (
    "SELECT "
    + _COLUMNS
    + """
FROM onboarding.application
WHERE phone = ANY($1::text[]) AND state IN ('filling', 'in_review', 'refused')
ORDER BY id FOR UPDATE
"""
)

_LATEST = (
    "SELECT DISTINCT ON (customer_id) "
    + _COLUMNS
    + """
FROM onboarding.application WHERE customer_id = ANY($1::text[]) AND state = 'opened'
ORDER BY customer_id, changed_at DESC, id DESC
"""
)

_WAITING = (
    "SELECT "
    + _COLUMNS
    + """
FROM onboarding.application WHERE state = 'in_review' ORDER BY changed_at, id LIMIT $1
"""
)

_DUE = (
    "SELECT "
    + _COLUMNS
    + """
FROM onboarding.application
WHERE state IN ('filling', 'in_review', 'refused') AND expires_at <= $1
ORDER BY id LIMIT $2 FOR UPDATE
"""
)

_WRITE = """
INSERT INTO onboarding.application
    (id, phone, language, state, secret_digest, said, outcome, held, asked, customer_id,
     account_id, started_at, changed_at, expires_at)
SELECT id, phone, language, state, secret_digest, said::jsonb, outcome::jsonb, held, asked,
       customer_id, account_id, started_at, changed_at, expires_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[],
            $13::timestamptz[], $14::timestamptz[])
    AS new (id, phone, language, state, secret_digest, said, outcome, held, asked, customer_id,
            account_id, started_at, changed_at, expires_at)
ON CONFLICT (id) DO UPDATE SET phone = excluded.phone, language = excluded.language,
    state = excluded.state, secret_digest = excluded.secret_digest, said = excluded.said,
    outcome = excluded.outcome, held = excluded.held, asked = excluded.asked,
    customer_id = excluded.customer_id, account_id = excluded.account_id,
    changed_at = excluded.changed_at, expires_at = excluded.expires_at
"""

_NOTE = """
INSERT INTO onboarding.application_event (application_id, event, state, recorded_at)
SELECT id, event, state, $4 FROM unnest($1::text[], $2::text[], $3::text[])
    AS new (id, event, state)
"""

_NUMBERS = "SELECT nextval('onboarding.account_number') AS number FROM generate_series(1, $1)"


class Code(msgspec.Struct, frozen=True):
    id: str
    phone: str
    language: str
    digest: bytes
    tries: int
    expires_at: datetime


async def insert_codes(tx: Tx, asked: Sequence[AskCode], now: datetime) -> None:
    await tx.execute(
        _INSERT_CODES,
        [each.id for each in asked],
        [each.phone for each in asked],
        [each.language for each in asked],
        [each.digest for each in asked],
        [now + timedelta(seconds=each.terms.code_seconds) for each in asked],
    )


async def try_codes(tx: Tx, ids: Sequence[str]) -> dict[str, Code]:
    """The codes, each with this try counted."""
    return {row["id"]: Code(**dict(row)) for row in await tx.fetch(_TRY_CODES, list(ids))}


async def delete_codes(tx: Tx, ids: Sequence[str]) -> None:
    await tx.execute(_DELETE_CODES, list(ids))


async def delete_old(tx: Tx, now: datetime, sent_before: datetime) -> None:
    await tx.execute(_DELETE_OLD_CODES, now)
    await tx.execute(_DELETE_SENT, sent_before)


async def send(tx: Tx, texts: Sequence[tuple[str, str]], now: datetime) -> None:
    await tx.execute(_SEND, [phone for phone, _ in texts], [text for _, text in texts], now)


async def sent(tx: Tx, phone: str, limit: int) -> list[SimulatedSms]:
    """What a phone was told, the newest first."""
    return [SimulatedSms(**dict(row)) for row in await tx.fetch(_SENT, phone, limit)]


async def by_ids(tx: Tx, ids: Sequence[str], *, lock: bool = False) -> dict[str, Application]:
    rows = await tx.fetch(_LOCK if lock else _BY_IDS, list(ids))
    return {row["id"]: _application(row) for row in rows}


async def running(tx: Tx, phones: Sequence[str]) -> dict[str, Application]:
    """The application of each phone that has one under way, locked."""
    return {row["phone"]: _application(row) for row in await tx.fetch(_RUNNING, list(phones))}


async def latest(tx: Tx, customer_ids: Sequence[str]) -> dict[str, Application]:
    """By which application each customer came to the tier that stands."""
    rows = await tx.fetch(_LATEST, list(customer_ids))
    return {row["customer_id"]: _application(row) for row in rows}


async def waiting(tx: Tx, limit: int) -> list[Application]:
    return [_application(row) for row in await tx.fetch(_WAITING, limit)]


async def due(tx: Tx, now: datetime, limit: int) -> list[Application]:
    return [_application(row) for row in await tx.fetch(_DUE, now, limit)]


async def write(tx: Tx, changed: Sequence[Application]) -> None:
    """Applications as they stand now, new ones among them."""
    await tx.execute(
        _WRITE,
        [each.id for each in changed],
        [each.phone for each in changed],
        [each.language for each in changed],
        [each.state.value for each in changed],
        [each.secret_digest for each in changed],
        [msgspec.json.encode(each.said).decode() for each in changed],
        [msgspec.json.encode(each.outcome).decode() for each in changed],
        [each.held for each in changed],
        [each.asked for each in changed],
        [each.customer_id for each in changed],
        [each.account_id for each in changed],
        [each.started_at for each in changed],
        [each.changed_at for each in changed],
        [each.expires_at for each in changed],
    )


async def note(tx: Tx, moved: Sequence[tuple[Application, Event]], now: datetime) -> None:
    """The events by which applications came to the states in which they are."""
    await tx.execute(
        _NOTE,
        [each.id for each, _ in moved],
        [event.value for _, event in moved],
        [each.state.value for each, _ in moved],
        now,
    )


async def numbers(tx: Tx, count: int) -> list[int]:
    """So many numbers that no account has had."""
    return [row["number"] for row in await tx.fetch(_NUMBERS, count)]


def _application(row: Row) -> Application:
    said = dict(row)
    return Application(
        **{
            **said,
            "state": State(said["state"]),
            "said": msgspec.json.decode(said["said"], type=Said),
            "outcome": msgspec.json.decode(said["outcome"], type=Outcome),
        }
    )
