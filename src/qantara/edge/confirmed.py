"""Payments whose payer has confirmed them: the confirmation is used up in the transaction that
makes the payment, or nothing is paid.

A payment that was made before, under the same id, uses up nothing more: its own verb tells of it
again, so that a repeat after a lost answer is no refusal.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import Consume
from qantara.agents import flow as agents
from qantara.agents.commands import NewOrder
from qantara.agents.model import Order as CashOrder
from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.domestic.model import State as TransferState
from qantara.domestic.records import Send, Transfer, Withdraw
from qantara.edge.door import Door
from qantara.errors import Refused
from qantara.remittance import flow as remittance
from qantara.remittance.model import Accept, Remittance, State, remittance_id
from qantara.wallet import flow as wallet
from qantara.wallet.model import MoneyRequestState
from qantara.wallet.request_model import MoneyRequest, PayMoney
from qantara.wallet.schedule_model import Plan, Schedule

Order = Accept | Send | Withdraw | PayMoney | NewOrder | Plan
Placed = TypeVar("Placed", bound=Order)
_Made = Callable[[Tx, Any, Sequence[Any], datetime], Awaitable[Sequence[Any]]]
_UNSENT = frozenset({State.QUOTED, State.EXPIRED, State.REFUSED})


@dataclass(frozen=True, slots=True)
class Confirmed(Generic[Placed]):
    """An order, and the confirmation that it uses up."""

    proof: Consume
    order: Placed


async def accept(tx: Tx, node: Any, asked: Sequence[Confirmed[Accept]], now: datetime) -> list[Any]:
    """`remittance.accept` for what was confirmed; `Refused` for what was not, or not as it is."""
    wanted = [remittance_id(each.order.quote_id) for each in asked]
    found = await remittance.remittances(tx, wanted)
    made = [isinstance(each, Remittance) and each.state not in _UNSENT for each in found]
    return await _proved(tx, node, asked, now, remittance.accept, made)


async def send(tx: Tx, node: Any, asked: Sequence[Confirmed[Send]], now: datetime) -> list[Any]:
    """`domestic.send` for what was confirmed; `Refused` for what was not, or not as it is."""
    made = await _sent(tx, [each.order.id for each in asked])
    return await _proved(tx, node, asked, now, domestic.send, made)


async def withdraw(
    tx: Tx, node: Any, asked: Sequence[Confirmed[Withdraw]], now: datetime
) -> list[Any]:
    """`domestic.withdraw` for what was confirmed; `Refused` for what was not, or not as it is."""
    made = await _sent(tx, [each.order.send.id for each in asked])
    return await _proved(tx, node, asked, now, domestic.withdraw, made)


async def _sent(tx: Tx, ids: Sequence[str]) -> list[bool]:
    found = await domestic.transfers(tx, ids)
    return [
        isinstance(each, Transfer) and each.state is not TransferState.REFUSED for each in found
    ]


async def pay(tx: Tx, node: Any, asked: Sequence[Confirmed[PayMoney]], now: datetime) -> list[Any]:
    """`wallet.pay_money` for what was confirmed; `Refused` for what was not, or not as it is."""
    wanted = [each.order.request_id for each in asked]
    found = await wallet.money_requests(tx, wanted)
    made = [
        isinstance(each, MoneyRequest) and each.state is MoneyRequestState.PAID for each in found
    ]
    return await _proved(tx, node, asked, now, wallet.pay_money, made)


async def order_cash(
    tx: Tx, node: Any, asked: Sequence[Confirmed[NewOrder]], now: datetime
) -> list[Any]:
    """`agents.order` for what was confirmed; `Refused` for what was not, or not as it is."""
    found = await agents.orders(tx, [each.order.id for each in asked])
    made = [isinstance(each, CashOrder) for each in found]
    return await _proved(tx, node, asked, now, agents.order, made)


async def plan(tx: Tx, node: Any, asked: Sequence[Confirmed[Plan]], now: datetime) -> list[Any]:
    """`wallet.plan` for what was confirmed; `Refused` for what was not, or not as it is."""
    found = await wallet.schedules(tx, [each.order.id for each in asked])
    made = [isinstance(each, Schedule) for each in found]
    return await _proved(tx, node, asked, now, wallet.plan, made)


async def _proved(
    tx: Tx,
    node: Any,
    asked: Sequence[Confirmed[Any]],
    now: datetime,
    verb: _Made,
    made: Sequence[bool],
) -> list[Any]:
    """What the verb makes of orders that were confirmed, or `made` before."""
    fresh = [each for each, before in zip(asked, made, strict=True) if not before]
    proofs = [each.proof for each in fresh]
    used = iter(await credentials.consume(tx, node, proofs, now) if fresh else ())
    outcomes = [None if before else next(used) for before in made]
    granted = [
        each.order
        for each, proof in zip(asked, outcomes, strict=True)
        if not isinstance(proof, Refused)
    ]
    done = iter(await verb(tx, node, granted, now) if granted else ())
    return [proof if isinstance(proof, Refused) else next(done) for proof in outcomes]


_VERBS: Mapping[type, tuple[_Made, _Made]] = {
    Accept: (remittance.accept, accept),
    Send: (domestic.send, send),
    Withdraw: (domestic.withdraw, withdraw),
    PayMoney: (wallet.pay_money, pay),
    NewOrder: (agents.order, order_cash),
    Plan: (wallet.plan, plan),
}


async def placed(door: Door, order: Order, proof: Consume | None) -> Any:
    """What became of an order; what confirms it, where something has to, is used up with it."""
    plain, proved = _VERBS[type(order)]
    if proof is None:
        return await door.batcher.run(plain, order)
    return await door.batcher.run(proved, Confirmed(proof, order))
