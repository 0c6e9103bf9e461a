"""What became of what: one line per new state, in the order in which the role wrote them.

A flow adds its events in the transaction that makes them true; whoever waits at a door reads
them after the commit. A subject is an id (`rem_…`, `chk_…`) or a UETR, never a person's data.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from qantara.db.arrays import texts
from qantara.db.database import Tx
from qantara.db.leaving import Left, leave


class Happening(NamedTuple):
    """`subject` (a remittance, a payee check) reached `state`; `sequence` orders all events."""

    sequence: int
    subject: str
    state: str
    recorded_at: datetime


_ADD = Left(
    "told AS (INSERT INTO db.event (subject, state, recorded_at)"
    " SELECT *, $3 FROM unnest($1::text::text[], $2::text::text[]))"
)


async def add(tx: Tx, events: Sequence[tuple[str, str]], now: datetime) -> None:
    """Say what became of what: (subject, new state)."""
    if events:
        await leave(
            tx,
            _ADD,
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


async def about(
    tx: Tx, wanted: Sequence[tuple[str, str]], before: int | None, limit: int
) -> list[Happening]:
    """When these subjects reached these states, the newest first, before a sequence number."""
    rows = await tx.fetch(
        "SELECT e.sequence, e.subject, e.state, e.recorded_at"
        " FROM unnest($1::text[], $2::text[]) AS w(subject, state)"
        " JOIN db.event e ON e.subject = w.subject AND e.state = w.state"
        " WHERE e.sequence < coalesce($3::bigint, 9223372036854775807)"
        " ORDER BY e.sequence DESC LIMIT $4",
        [subject for subject, _ in wanted],
        [state for _, state in wanted],
        before,
        limit,
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


async def count_about(tx: Tx, wanted: Sequence[tuple[str, str]], after: int) -> int:
    """How often these subjects reached these states after a sequence number."""
    return int(
        await tx.fetchval(
            "SELECT count(*) FROM unnest($1::text[], $2::text[]) AS w(subject, state)"
            " JOIN db.event e ON e.subject = w.subject AND e.state = w.state"
            " WHERE e.sequence > $3",
            [subject for subject, _ in wanted],
            [state for _, state in wanted],
            after,
        )
    )


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


async def before(tx: Tx, sequence: int | None, limit: int) -> list[Happening]:
    """What happened before a sequence number, the newest first."""
    rows = await tx.fetch(
        "SELECT sequence, subject, state, recorded_at FROM db.event"
        " WHERE sequence < coalesce($1::bigint, 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT $2",
        sequence,
        limit,
    )
    return [Happening(*row.values()) for row in rows]
