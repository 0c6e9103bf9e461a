"""What else becomes of an order: called back, given a new code, or run out."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.agents import order_store, rules
from qantara.agents.commands import Cancel, Renew
from qantara.agents.model import (
    DEADLINES,
    ORDER_ENDS,
    ORDER_TRANSITIONS,
    Member,
    Order,
    OrderEvent,
    OrderState,
)
from qantara.db import Tx, deadlines, events
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ledger import flow as ledger

Ended = Order | Refused | Conflict | NotFound
BATCH = 500


async def cancel(tx: Tx, _node: Member, commands: Sequence[Cancel], now: datetime) -> list[Ended]:
    """Give back what waits to be paid, its fee with it; what is cancelled stays so."""
    found = await order_store.lock(tx, "id", [each.order_id for each in commands])
    own = {
        each.order_id
        for each in commands
        if each.order_id in found and found[each.order_id].customer_id == each.customer_id
    }
    open_ = [each for key, each in found.items() if key in own and each.state not in ORDER_ENDS]
    found |= {each.id: each for each in await _give_back(tx, open_, OrderEvent.CANCEL, now)}
    outcomes: list[Ended] = []
    for each in commands:
        order = found.get(each.order_id)
        if order is None or order.customer_id != each.customer_id:
            outcomes.append(NotFound(Reason.CASH_ORDER_NOT_FOUND, id=each.order_id))
        elif order.state is not OrderState.CANCELLED:
            outcomes.append(Conflict(Reason.STATE_CONFLICT, id=order.id, state=order.state))
        else:
            outcomes.append(order)
    return outcomes


async def renew(tx: Tx, _node: Member, commands: Sequence[Renew], now: datetime) -> list[Ended]:
    """Put a new code in the place of the old, and count wrong words from nothing.

    The same wish again changes nothing: the order keeps the code that was drawn first.
    """
    found = await order_store.lock(tx, "id", [each.order_id for each in commands])
    changed: dict[str, Order] = {}
    outcomes: list[Ended] = []
    for each in commands:
        order = changed.get(each.order_id) or found.get(each.order_id)
        if order is None or order.customer_id != each.customer_id:
            outcomes.append(NotFound(Reason.CASH_ORDER_NOT_FOUND, id=each.order_id))
        elif order.renewal == each.id:
            outcomes.append(order)
        elif (order.state, OrderEvent.RENEW) not in ORDER_TRANSITIONS:
            outcomes.append(Conflict(Reason.STATE_CONFLICT, id=order.id, state=order.state))
        elif now >= order.expires_at:
            outcomes.append(Refused(Reason.CASH_ORDER_EXPIRED))
        else:
            changed[order.id] = replace(
                order,
                state=rules.moved(order, OrderEvent.RENEW),
                code_digest=each.code_digest,
                renewal=each.id,
                misses=0,
            )
            outcomes.append(changed[order.id])
    if changed:
        await order_store.write(tx, list(changed.values()))
        opened = [key for key in changed if found[key].state is OrderState.LOCKED]
        await events.add(tx, [(key, OrderState.WAITING.value) for key in opened], now)
    return outcomes


async def expire(tx: Tx, _node: Member, commands: Sequence[None], now: datetime) -> list[int]:
    """Give back what nobody has fetched in time; the number of orders that ran out."""
    subjects = await deadlines.take(tx, DEADLINES, BATCH, now)
    found = await order_store.lock(tx, "id", subjects)
    late = [each for each in found.values() if each.state not in ORDER_ENDS]
    await _give_back(tx, late, OrderEvent.TIME_OUT, now)
    return [len(late)] * len(commands)


async def _give_back(
    tx: Tx, orders: Sequence[Order], event: OrderEvent, now: datetime
) -> list[Order]:
    """Undo what the orders took. An account that can take nothing more leaves it unclaimed."""
    if not orders:
        return []
    chains = [rules.give_back(each, now) for each in orders]
    posted = iter(await ledger.post(tx, [link for chain in chains for link in chain], now))
    stuck: list[Order] = []
    for each, chain in zip(orders, chains, strict=True):
        outcomes = [next(posted).refusal for _ in chain]
        if any(outcomes):
            stuck.append(each)
    # A hold can always be released; what was put apart is e-money of an account of its own.
    unclaimed = [rules.give_back(each, now, unclaimed=True) for each in stuck]
    await ledger.must_post(tx, [link for chain in unclaimed for link in chain], now)
    after = [replace(each, state=rules.moved(each, event), finished_at=now) for each in orders]
    await order_store.write(tx, after)
    await deadlines.clear(tx, DEADLINES, [each.id for each in after])
    await events.add(tx, [(each.id, each.state.value) for each in after], now)
    return after
