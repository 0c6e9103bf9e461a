"""Cash out: an agent pays who knows the code and shows the document."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from qantara import ids
from qantara.agents import order_store, receipt_store, rules, store
from qantara.agents.commands import Redeem
from qantara.agents.deciding import CashAct, decide
from qantara.agents.model import (
    DEADLINES,
    Agent,
    Kind,
    Member,
    Miss,
    Order,
    OrderEvent,
    OrderState,
    Receipt,
)
from qantara.db import Tx, deadlines, events
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountStatus

Redeemed = Receipt | Refused | Conflict | NotFound


class _Due(Struct, frozen=True):
    """An order that was opened; only law and the book can still refuse to pay it."""

    said: Redeem
    order: Order
    agent: Agent
    receipt: Receipt


class _Counter:
    """One batch at the counters, word by word in its order."""

    def __init__(
        self,
        node: Member,
        orders: Mapping[str, Order],
        agents: Mapping[str, Agent],
        misses: Mapping[str, Miss],
        now: datetime,
    ) -> None:
        self._node, self._agents, self._now = node, agents, now
        self.orders = dict(orders)
        self.misses = dict(misses)
        self.missed: dict[str, Order] = {}
        self.due: dict[str, _Due] = {}

    def hear(self, said: Redeem) -> Redeemed | None:
        """What the word comes to; None for one that opens its order, or opened it before."""
        order, agent = self.orders.get(said.reference), self._agents.get(said.agent_id)
        if agent is None:
            return NotFound(Reason.AGENT_NOT_FOUND, id=said.agent_id)
        if order is None:
            return NotFound(Reason.CASH_ORDER_NOT_FOUND, id=said.reference)
        if receipt_id(said) == order.receipt_id:
            return None
        miss = self.misses.get(said.id)
        if miss is not None:
            return Refused(miss.reason)
        objection = self._objection(order, agent)
        if objection is not None:
            return objection
        if rules.is_opened_by(order, said):
            planned = self.due.setdefault(order.id, self._planned(said, order, agent))
            is_first = planned.said.id == said.id
            return None if is_first else Conflict(Reason.STATE_CONFLICT, id=order.id)
        return self._miss(said, order)

    def _objection(self, order: Order, agent: Agent) -> Refused | Conflict | None:
        suspended = rules.agent_objection(agent)
        if suspended is not None:
            return suspended
        if order.state is OrderState.LOCKED:
            return Refused(Reason.CASH_ORDER_LOCKED)
        is_late = self._now >= order.expires_at and order.state is OrderState.WAITING
        if is_late or order.state is OrderState.EXPIRED:
            return Refused(Reason.CASH_ORDER_EXPIRED)
        if order.state is not OrderState.WAITING:
            return Conflict(Reason.STATE_CONFLICT, id=order.id, state=order.state)
        return Refused(Reason.SAME_ACCOUNT) if order.customer_id == agent.customer_id else None

    def _miss(self, said: Redeem, order: Order) -> Refused:
        after = rules.missed(self._node, order)
        self.orders[said.reference] = self.missed[order.id] = after
        is_locked = after.state is OrderState.LOCKED
        reason = Reason.CASH_ORDER_LOCKED if is_locked else Reason.CASH_CODE_WRONG
        self.misses[said.id] = Miss(said.id, order.id, said.agent_id, reason)
        return Refused(reason)

    def _planned(self, said: Redeem, order: Order, agent: Agent) -> _Due:
        commissions = self._node.cash_commissions
        receipt = Receipt(
            id=receipt_id(said),
            kind=order.kind,
            agent_id=agent.id,
            customer_id=order.customer_id,
            account_id=order.account_id,
            person=rules.person(order),
            amount=order.amount,
            fee=order.fee,
            commission=rules.price(commissions, order.kind, order.amount),
            recorded_at=self._now,
            order_id=order.id,
            reference=order.reference,
        )
        return _Due(said, order, agent, receipt)


def receipt_id(said: Redeem) -> str:
    """The receipt that a word makes if it opens its order: the same for the same word."""
    return ids.derived("rcp", said.id, said.agent_id, said.reference)


async def redeem(tx: Tx, node: Member, words: Sequence[Redeem], now: datetime) -> list[Redeemed]:
    """Pay orders whose code and document fit; count and keep those that do not.

    The same word again gives the same receipt, or the same refusal, and counts once.
    """
    orders = await order_store.lock(tx, "reference", [each.reference for each in words])
    agents = await store.by_ids(tx, [each.agent_id for each in words])
    before = await order_store.misses(tx, [each.id for each in words])
    counter = _Counter(node, orders, agents, before, now)
    heard = [counter.hear(each) for each in words]
    await _keep_misses(tx, counter, before, now)
    done = await _pay(tx, node, list(counter.due.values()), now)
    earlier = await receipt_store.by_ids(tx, [receipt_id(each) for each in words])
    return [
        outcome or done.get(said.id) or earlier[receipt_id(said)]
        for said, outcome in zip(words, heard, strict=True)
    ]


async def _keep_misses(
    tx: Tx, counter: _Counter, before: Mapping[str, Miss], now: datetime
) -> None:
    new = [miss for key, miss in counter.misses.items() if key not in before]
    if new:
        await order_store.add_misses(tx, new, now)
        await order_store.write(tx, list(counter.missed.values()))
        locked = [each for each in counter.missed.values() if each.state is OrderState.LOCKED]
        await events.add(tx, [(each.id, each.state.value) for each in locked], now)


async def _pay(
    tx: Tx, node: Member, due: Sequence[_Due], now: datetime
) -> dict[str, Receipt | Refused]:
    if not due:
        return {}
    acts = [
        CashAct(each.receipt.id, each.receipt.person, each.receipt.amount, _payer(each.order))
        for each in due
    ]
    lawful = await decide(tx, node, acts, now)
    frozen = await _frozen(tx, due)
    refused = {
        each.said.id: refusal or frozen.get(each.order.account_code)
        for each, refusal in zip(due, lawful, strict=True)
    }
    allowed = [each for each in due if refused[each.said.id] is None]
    chains = [
        rules.pay_bookings(node, each.order, each.agent, each.receipt.commission, now)
        for each in allowed
    ]
    posted = iter(await ledger.post(tx, [link for chain in chains for link in chain], now))
    for each, chain in zip(allowed, chains, strict=True):
        causes = [said for said in [next(posted).refusal for _ in chain] if said is not None]
        refused[each.said.id] = rules.first_cause(causes) if causes else None
    paid = [each for each in allowed if refused[each.said.id] is None]
    kept = {each.id: each for each in await receipt_store.add(tx, [e.receipt for e in paid])}
    await _finish(tx, paid, now)
    receipts = {each.said.id: kept[each.receipt.id] for each in paid}
    return {key: refusal or receipts[key] for key, refusal in refused.items()}


async def _frozen(tx: Tx, due: Sequence[_Due]) -> dict[str, Refused]:
    """Accounts that pay out nothing now. The book would post what was held before the freeze, as
    a promise to others; here it would go to the very customer who is to get nothing.
    """
    own = {e.order.account_code for e in due if e.order.kind is Kind.WITHDRAWAL}
    refusal = Refused(Reason.ACCOUNT_FROZEN, rule="cash.frozen")
    return {
        each.code: refusal
        for each in await ledger.balances(tx, sorted(own))
        if each.status is AccountStatus.FROZEN
    }


def _payer(order: Order) -> str | None:
    """What is known of who takes the cash: whoever picks it up is a person."""
    return "person" if order.kind is Kind.PICKUP else None


async def _finish(tx: Tx, paid: Sequence[_Due], now: datetime) -> None:
    after = [
        replace(
            each.order,
            state=rules.moved(each.order, OrderEvent.PAY),
            receipt_id=each.receipt.id,
            finished_at=now,
        )
        for each in paid
    ]
    if after:
        await order_store.write(tx, after)
        await deadlines.clear(tx, DEADLINES, [each.id for each in after])
        await events.add(tx, [(each.id, each.state.value) for each in after], now)
