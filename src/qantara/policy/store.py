"""SQL of policy."""

import json
from asyncio import to_thread
from collections.abc import Sequence
from datetime import date, datetime

from qantara.db import Row, Tx
from qantara.db.arrays import plain, texts
from qantara.db.leaving import Left, leave
from qantara.policy.books.entries import canonical, fingerprint
from qantara.policy.deciding.asking import facts_json, facts_of_json
from qantara.policy.deciding.decision import DecisionRecord, NewDecision
from qantara.policy.language.vocabulary import Facts

_INSERT_RULEBOOK = """
INSERT INTO policy.rulebook (version, content, recorded_at) VALUES ($1, $2, $3)
ON CONFLICT (version) DO NOTHING
"""

_RULEBOOK = "SELECT content FROM policy.rulebook WHERE version = $1"

_INSERT_DECISIONS = Left("""
decided AS (INSERT INTO policy.decision
    (id, subject, decided_on, rulebook_version, allowed, facts, outcome, digest, recorded_at)
SELECT id, subject, decided_on, rulebook_version, allowed, facts::jsonb, outcome::jsonb, digest, $9
FROM unnest($1::text::text[], $2::text::text[], $3::date[], $4::text::text[],
            $5::text::boolean[], $6::text[], $7::text[], $8::text::text[])
    AS new (id, subject, decided_on, rulebook_version, allowed, facts, outcome, digest))
""")

_DECISIONS = """
SELECT id, subject, decided_on, rulebook_version, facts::text AS facts, outcome::text AS outcome,
       digest, recorded_at
FROM policy.decision WHERE id = ANY($1::text[])
"""

_DECISIONS_ABOUT = """
SELECT id, subject, decided_on, rulebook_version, facts::text AS facts, outcome::text AS outcome,
       digest, recorded_at
FROM policy.decision WHERE subject = ANY($1::text[]) ORDER BY recorded_at, id
"""


_ASKED = """
SELECT DISTINCT ON (subject) subject, decided_on, facts::text AS facts FROM policy.decision
WHERE facts ->> 'act' = 'payment' AND facts -> 'sender' ->> 'country' = $1
ORDER BY subject, recorded_at DESC, id DESC LIMIT $2
"""


async def insert_rulebook(tx: Tx, version: str, content: str, now: datetime) -> None:
    await tx.execute(_INSERT_RULEBOOK, version, content, now)


async def rulebook_content(tx: Tx, version: str) -> str | None:
    content: str | None = await tx.fetchval(_RULEBOOK, version)
    return content


async def rulebook_kept_at(tx: Tx, version: str) -> datetime | None:
    kept: datetime | None = await tx.fetchval(
        "SELECT recorded_at FROM policy.rulebook WHERE version = $1", version
    )
    return kept


async def insert_decisions(tx: Tx, new: Sequence[NewDecision], now: datetime) -> None:
    outcomes = [canonical(each.decision.record) for each in new]
    await leave(
        tx,
        _INSERT_DECISIONS,
        texts([each.id for each in new]),
        texts([each.subject for each in new]),
        [each.decision.decided_on for each in new],
        texts([each.decision.rulebook_version for each in new]),
        plain(each.decision.allowed for each in new),
        [json.dumps(facts_json(each.facts)) for each in new],
        outcomes,
        texts([fingerprint(outcome) for outcome in outcomes]),
        now,
    )


async def decisions(tx: Tx, ids: Sequence[str]) -> dict[str, DecisionRecord]:
    return {row["id"]: _record(row) for row in await tx.fetch(_DECISIONS, list(ids))}


async def decisions_about(tx: Tx, subjects: Sequence[str]) -> list[DecisionRecord]:
    return [_record(row) for row in await tx.fetch(_DECISIONS_ABOUT, list(subjects))]


async def asked(tx: Tx, country: str, limit: int) -> list[tuple[str, date, Facts]]:
    """The payments that a country's own customers asked for, as they were last decided."""
    rows = await tx.fetch(_ASKED, country, limit)
    return await to_thread(_asked, rows)


def _asked(rows: Sequence[Row]) -> list[tuple[str, date, Facts]]:
    """Seconds for hundreds of thousands: nothing for the loop that payments wait in."""
    return [
        (row["subject"], row["decided_on"], facts_of_json(json.loads(row["facts"]))) for row in rows
    ]


def _record(row: Row) -> DecisionRecord:
    return DecisionRecord(
        row["id"],
        row["subject"],
        facts_of_json(json.loads(row["facts"])),
        row["decided_on"],
        row["rulebook_version"],
        json.loads(row["outcome"]),
        row["digest"],
        row["recorded_at"],
    )
