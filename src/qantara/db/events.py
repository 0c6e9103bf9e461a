"""What became of what: one line per new state, in the order in which the role wrote them.

A flow adds its events in the transaction that makes them true; whoever waits at a door reads
them after the commit. A subject is an id (`rem_…`, `chk_…`) or a UETR, never a person's data.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from qantara.db.arrays import texts
from qantara.db.database import Tx


class Happening(NamedTuple):
    """`subject` (a remittance, a payee check) reached `state`; `sequence` orders all events."""

    sequence: int
    subject: str
    state: str
    recorded_at: datetime


async def add(tx: Tx, events: Sequence[tuple[str, str]], now: datetime) -> None:
    """Say what became of what: (subject, new state)."""
    if events:
        await tx.execute(
            "INSERT INTO db.event (subject, state, recorded_at)"
            " SELECT *, $3 FROM unnest($1::text::text[], $2::text::text[])",
            texts([subject for subject, _ in events]),
            texts([state for _, state in events]),
            now,
        )


async def after(tx: Tx, sequence: int, limit: int) -> list[Happening]:
    """What happened after a sequence number, oldest first."""
    rows = await tx.fetch(
        "SELECT sequence, subject, state, recorded_at FROM db.event"
        " WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        sequence,
        limit,
    )
    return [Happening(*row.values()) for row in rows]


async def last(tx: Tx) -> int:
    """The highest sequence number there is, 0 before the first event."""
    return int(await tx.fetchval("SELECT coalesce(max(sequence), 0) FROM db.event"))


async def of(tx: Tx, subject: str) -> list[Happening]:
    """Everything that happened to one subject, oldest first."""
    rows = await tx.fetch(
        "SELECT sequence, subject, state, recorded_at FROM db.event WHERE subject = $1"
        " ORDER BY sequence",
        subject,
    )
    return [Happening(*row.values()) for row in rows]


async def since(tx: Tx, subjects: Collection[str], sequence: int) -> list[Happening]:
    """What happened to these subjects after a sequence number, oldest first."""
    rows = await tx.fetch(
        "SELECT sequence, subject, state, recorded_at FROM db.event"
        " WHERE subject = ANY($1::text[]) AND sequence > $2 ORDER BY sequence",
        list(subjects),
        sequence,
    )
    return [Happening(*row.values()) for row in rows]


async def published(tx: Tx, stream: str) -> int:
    """The last event that was published to a stream, 0 before the first."""
    found = await tx.fetchval("SELECT position FROM db.fanout WHERE stream = $1", stream)
    return int(found or 0)


async def keep_published(
    tx: Tx, _node: object, kept: Sequence[tuple[str, int]], _now: datetime
) -> list[None]:
    """Note how far a stream has come. A verb: it rides with the role's batches."""
    furthest = dict(sorted(kept))
    await tx.execute(
        "INSERT INTO db.fanout (stream, position)"
        " SELECT * FROM unnest($1::text[], $2::bigint[])"
        " ON CONFLICT (stream) DO UPDATE SET position = excluded.position",
        list(furthest),
        list(furthest.values()),
    )
    return [None] * len(kept)
