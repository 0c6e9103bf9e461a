"""How every scheme role moves its payments: compare and set, with an event each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic

from qantara.db import Tx
from qantara.errors import Conflict, Reason
from qantara.scheme.model import EventT, StateT


@dataclass(frozen=True)
class Step(Generic[StateT, EventT]):
    """One move of one payment, by the role's own states and events."""

    uetr: str
    was: StateT
    event: EventT
    state: StateT
    reason: str | None = None
    text: str | None = None


async def move(tx: Tx, statement: str, steps: Sequence[Step[Any, Any]], now: datetime) -> None:
    """Make the moves by the role's `MOVE` statement; `Conflict` if one payment was no longer
    where it was read.
    """
    if not steps:
        return
    moved = await tx.fetch(
        statement,
        [step.uetr for step in steps],
        [step.was for step in steps],
        [step.event for step in steps],
        [step.state for step in steps],
        [step.reason for step in steps],
        [step.text for step in steps],
        now,
    )
    if len(moved) != len(steps):
        raise Conflict(Reason.STATE_CONFLICT, detail="a payment moved meanwhile")
