"""The verbs of cash: agents and their tills, deposits, orders to pay cash, and receipts."""

from collections.abc import Sequence
from datetime import datetime

from qantara.agents import order_store, receipt_store, rules, store
from qantara.agents.depositing import COMPLETED, deposit, found_at
from qantara.agents.ending import cancel, expire, renew
from qantara.agents.model import (
    COMMISSIONS,
    FEES,
    PASSING,
    PICKUPS,
    UNCLAIMED,
    Agent,
    Member,
    Order,
    Receipt,
)
from qantara.agents.ordering import order
from qantara.agents.redeeming import redeem
from qantara.agents.registering import move_agents, move_float, register, tills_of
from qantara.db import Tx
from qantara.errors import Conflict, NotFound, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount

__all__ = [
    "COMPLETED",
    "agents",
    "cancel",
    "code_digest",
    "deposit",
    "everyone",
    "expire",
    "found_at",
    "identity_digest",
    "last",
    "move_agents",
    "move_float",
    "open_books",
    "order",
    "order_at",
    "orders",
    "orders_of",
    "price",
    "receipts",
    "receipts_of_agent",
    "receipts_of_customer",
    "redeem",
    "register",
    "renew",
    "tills_of",
]
code_digest, identity_digest, last = rules.code_digest, rules.identity_digest, rules.last
price = rules.price
everyone = store.everyone
orders_of = order_store.of_customer


async def open_books(tx: Tx, node: Member, commands: Sequence[None], now: datetime) -> list[None]:
    """Open what cash passes through; that another product opened some of it is no fault."""
    asset, ips = node.asset, node.ips
    opened = await ledger.open_accounts(
        tx,
        [
            NewAccount(node.claim, asset, AccountClass.SAFEGUARDED, keeper=ips),
            NewAccount(node.own, asset, AccountClass.OWN_FUNDS, keeper=ips),
            NewAccount(FEES, asset, AccountClass.INCOME),
            NewAccount(COMMISSIONS, asset, AccountClass.EXPENSE),
            NewAccount(UNCLAIMED, asset, AccountClass.E_MONEY),
            NewAccount(PICKUPS, asset, AccountClass.E_MONEY, floor=0),
            NewAccount(PASSING, asset, AccountClass.CLEARING),
        ],
        now,
    )
    for outcome in opened:
        if isinstance(outcome, Conflict):
            raise outcome
    return [None] * len(commands)


async def agents(tx: Tx, ids: Sequence[str]) -> list[Agent | NotFound]:
    found = await store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.AGENT_NOT_FOUND, id=each) for each in ids]


async def orders(tx: Tx, ids: Sequence[str]) -> list[Order | NotFound]:
    found = await order_store.by(tx, "id", ids)
    return [found.get(each) or NotFound(Reason.CASH_ORDER_NOT_FOUND, id=each) for each in ids]


async def order_at(tx: Tx, reference: str) -> Order | NotFound:
    """The order that a reference finds at a counter."""
    found = await order_store.by(tx, "reference", [reference])
    return found.get(reference) or NotFound(Reason.CASH_ORDER_NOT_FOUND, id=reference)


async def receipts(tx: Tx, ids: Sequence[str]) -> list[Receipt | NotFound]:
    found = await receipt_store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.RECEIPT_NOT_FOUND, id=each) for each in ids]


async def receipts_of_agent(tx: Tx, agent_id: str, before: int | None, limit: int) -> list[Receipt]:
    return await receipt_store.of(tx, "agent", agent_id, before, limit)


async def receipts_of_customer(
    tx: Tx, customer_id: str, before: int | None, limit: int
) -> list[Receipt]:
    return await receipt_store.of(tx, "customer", customer_id, before, limit)
