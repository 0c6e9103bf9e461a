"""When something must be looked at if nothing else has happened until then.

`kind` is the name of the package whose thing it is, so that each takes only its own.
"""

from collections.abc import Sequence
from datetime import datetime

from qantara.db.database import Tx
from qantara.db.leaving import Left, leave

_SET = Left(
    "deadlines_set AS (INSERT INTO db.deadline (kind, subject, due_at)"
    " SELECT $1, * FROM unnest($2::text[], $3::timestamptz[])"
    " ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at)"
)
_CLEAR = Left(
    "deadlines_cleared AS (DELETE FROM db.deadline WHERE kind = $1 AND subject = ANY($2::text[]))"
)


async def set(  # noqa: A001 - it is read as `deadlines.set`
    tx: Tx, kind: str, deadlines: Sequence[tuple[str, datetime]]
) -> None:
    """Set or move the one deadline of each subject: (subject, due at)."""
    if deadlines:
        await leave(
            tx,
            _SET,
            kind,
            [subject for subject, _ in deadlines],
            [due_at for _, due_at in deadlines],
        )


async def clear(tx: Tx, kind: str, subjects: Sequence[str]) -> None:
    """Nothing needs looking after any more; a subject without a deadline is no fault."""
    if subjects:
        await leave(
            tx,
            _CLEAR,
            kind,
            list(subjects),
        )


async def take(tx: Tx, kind: str, limit: int, now: datetime) -> list[str]:
    """Take what is due away, the longest due first; who must look again sets it anew."""
    rows = await tx.fetch(
        "DELETE FROM db.deadline d USING ("
        " SELECT subject FROM db.deadline WHERE kind = $1 AND due_at <= $2"
        " ORDER BY due_at, subject LIMIT $3) AS due"
        " WHERE d.kind = $1 AND d.subject = due.subject RETURNING d.subject, d.due_at",
        kind,
        now,
        limit,
    )
    return [row["subject"] for row in sorted(rows, key=lambda row: (row["due_at"], row["subject"]))]
