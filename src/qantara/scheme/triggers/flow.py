"""What may be done with triggers. Setting and removing them is history that stays."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx, jobs
from qantara.db.jobs import Job
from qantara.errors import Conflict, NotFound, Reason
from qantara.scheme.triggers import rules, store
from qantara.scheme.triggers.model import Held, Order, Removal, Standing, Strike, Trigger

__all__ = [
    "RELEASE",
    "halted",
    "hold",
    "meets",
    "page",
    "remove",
    "set_triggers",
    "standing",
    "strikes",
    "struck",
    "take_due",
    "unremoved",
]

RELEASE = "release"
"""The job that takes held messages when they are due."""
halted = rules.halted
meets = rules.meets
page = store.page
strikes = store.strikes
unremoved = store.unremoved
take_due = store.take_held


async def set_triggers(
    tx: Tx, _node: object, orders: Sequence[Order], now: datetime
) -> list[Standing | Conflict]:
    """Set triggers; they act from the commit on. An id set before must stand for the same."""
    await store.insert_triggers(tx, orders, now)
    there = await store.of_ids(tx, [order.trigger.id for order in orders])
    return [_same(there[order.trigger.id], order.trigger) for order in orders]


def _same(standing: Standing, wish: Trigger) -> Standing | Conflict:
    return standing if standing.trigger == wish else Conflict(Reason.ID_REUSED, id=wish.id)


async def remove(
    tx: Tx, _node: object, removals: Sequence[Removal], now: datetime
) -> list[Standing | NotFound]:
    """Take triggers back; what they did stays done, and twice is once."""
    known = await store.of_ids(tx, [removal.trigger_id for removal in removals])
    await store.insert_removals(tx, [r for r in removals if r.trigger_id in known], now)
    there = await store.of_ids(tx, list(known))
    return [
        there.get(each.trigger_id) or NotFound(Reason.TRIGGER_NOT_FOUND, id=each.trigger_id)
        for each in removals
    ]


async def standing(tx: Tx, trigger_id: str) -> Standing | NotFound:
    found = (await store.of_ids(tx, [trigger_id])).get(trigger_id)
    return found or NotFound(Reason.TRIGGER_NOT_FOUND, id=trigger_id)


async def struck(tx: Tx, _node: object, met: Sequence[Strike], now: datetime) -> list[None]:
    """Record what triggers met."""
    await store.insert_strikes(tx, met, now)
    return [None] * len(met)


async def hold(tx: Tx, _node: object, held: Sequence[Held], _now: datetime) -> list[None]:
    """Keep messages until they are due, and have the role's job runner take them then."""
    await store.insert_held(tx, held)
    await jobs.enqueue(tx, [Job(f"{RELEASE}-{each.id}", RELEASE, {}, each.due_at) for each in held])
    return [None] * len(held)
