"""Operators' acts: stopping a participant, and letting it in again."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.scheme.ips import office_store, store
from qantara.scheme.ips.model import IpsNode, Suspension


async def suspend(
    tx: Tx, node: IpsNode, commands: Sequence[Suspension], now: datetime
) -> list[QantaraError | None]:
    """Stop participants: nothing new from or to them is carried (AG11). What is on its way ends
    as it would. One that is stopped already is a Conflict, one unknown NotFound.
    """
    stopped = set(await store.suspended(tx))
    outcomes = _judged(node, commands, stopped, stopping=True)
    acts = [c for c, fault in zip(commands, outcomes, strict=True) if fault is None]
    await office_store.suspend(tx, acts, now)
    return outcomes


async def resume(
    tx: Tx, node: IpsNode, commands: Sequence[Suspension], now: datetime
) -> list[QantaraError | None]:
    """Let participants in again; one that is not stopped is a Conflict."""
    stopped = set(await store.suspended(tx))
    outcomes = _judged(node, commands, stopped, stopping=False)
    acts = [c for c, fault in zip(commands, outcomes, strict=True) if fault is None]
    await office_store.resume(tx, acts, now)
    return outcomes


def _judged(
    node: IpsNode, commands: Sequence[Suspension], stopped: set[str], *, stopping: bool
) -> list[QantaraError | None]:
    outcomes: list[QantaraError | None] = []
    for command in commands:
        if command.role not in node.roles:
            outcomes.append(NotFound(Reason.INSTITUTION_UNKNOWN, role=command.role))
        elif (command.role in stopped) is stopping:
            state = "suspended" if stopping else "active"
            outcomes.append(Conflict(Reason.STATE_CONFLICT, role=command.role, state=state))
        else:
            outcomes.append(None)
            stopped ^= {command.role}
    return outcomes
