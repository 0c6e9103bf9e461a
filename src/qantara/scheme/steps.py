"""How every scheme role moves its payments: compare and set, with an event each."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, Literal

from msgspec import Struct

from qantara.db import Row, Tx
from qantara.db.arrays import texts
from qantara.db.leaving import Left, as_many, leave
from qantara.scheme.model import EventT, StateT

Schema = Literal["gateway", "ips", "psp", "sap"]
_SCHEMAS: tuple[Schema, ...] = ("gateway", "ips", "psp", "sap")
_TIMED = frozenset[Schema]({"ips"})
"""Whose payments have timers: a step sets the time anew, None stops it."""

_LOCK = "SELECT * FROM {schema}.payment WHERE uetr = ANY($1::text[]) ORDER BY uetr FOR UPDATE"
_MOVE = """
step AS (
    SELECT * FROM unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[],
                         $5::text::text[], $6::text::text[], $7::timestamptz[])
        AS s (uetr, was, event, state, reason, text, due_at)
), moved AS (
    UPDATE {schema}.payment p SET state = s.state, reason = s.reason, text = s.text{timer}
    FROM step s WHERE p.uetr = s.uetr AND p.state = s.was
    RETURNING p.uetr
), move_told AS (
    INSERT INTO {schema}.payment_event (uetr, event, state, reason, occurred_at, recorded_at)
    SELECT s.uetr, s.event, s.state, s.reason, $8, $8 FROM step s JOIN moved m USING (uetr)
)
"""
_LOCKS = {schema: _LOCK.format(schema=schema) for schema in _SCHEMAS}
_MOVES = {
    schema: Left(
        _MOVE.format(schema=schema, timer=", due_at = s.due_at" if schema in _TIMED else ""),
        said="SELECT count(*) FROM moved",
    )
    for schema in _SCHEMAS
}


class Step(Struct, Generic[StateT, EventT], frozen=True):
    """One move of one payment, by the role's own states and events; `due_at`, where the role
    has timers, is when whoever is asked next is late.
    """

    uetr: str
    was: StateT
    event: EventT
    state: StateT
    reason: str | None = None
    text: str | None = None
    due_at: datetime | None = None


async def lock(tx: Tx, schema: Schema, uetrs: Sequence[str]) -> Sequence[Row]:
    """The role's payments under these UETRs, to be moved in this transaction."""
    return await tx.fetch(_LOCKS[schema], list(uetrs))


async def move(tx: Tx, schema: Schema, steps: Sequence[Step[Any, Any]], now: datetime) -> None:
    """Make the moves in the role's schema; `Conflict` if one payment was no longer where it was
    read.
    """
    for turn in _turns(steps):
        await leave(
            tx,
            _MOVES[schema],
            texts([step.uetr for step in turn]),
            texts([step.was for step in turn]),
            texts([step.event for step in turn]),
            texts([step.state for step in turn]),
            texts([step.reason for step in turn]),
            texts([step.text for step in turn]),
            [step.due_at for step in turn],
            now,
            told=as_many(len(turn), "a payment moved meanwhile"),
        )


def _turns(steps: Sequence[Step[Any, Any]]) -> list[list[Step[Any, Any]]]:
    """The moves in order, one of each payment in a turn: a statement changes a row only once.

    Hardly ever is there a second turn.
    """
    count: Counter[str] = Counter()
    turns: list[list[Step[Any, Any]]] = []
    for step in steps:
        if count[step.uetr] == len(turns):
            turns.append([])
        turns[count[step.uetr]].append(step)
        count[step.uetr] += 1
    return turns
