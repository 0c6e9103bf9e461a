"""How every scheme role moves its payments: compare and set, with an event each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic

from qantara.db import Tx
from qantara.errors import Conflict, Reason
from qantara.scheme.model import EventT, StateT


@dataclass(frozen=True)
class Step(Generic[StateT, EventT]):
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


async def move(
    tx: Tx,
    statement: str,
    steps: Sequence[Step[Any, Any]],
    now: datetime,
    *,
    timed: bool = False,
) -> None:
    """Make the moves by the role's `MOVE` statement; `Conflict` if one payment was no longer
    where it was read. `timed`: the statement takes the steps' `due_at` after `now`.
    """
    for turn in _turns(steps):
        moved = await tx.fetch(
            statement,
            [step.uetr for step in turn],
            [step.was for step in turn],
            [step.event for step in turn],
            [step.state for step in turn],
            [step.reason for step in turn],
            [step.text for step in turn],
            now,
            *([[step.due_at for step in turn]] if timed else []),
        )
        if len(moved) != len(turn):
            raise Conflict(Reason.STATE_CONFLICT, detail="a payment moved meanwhile")


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
