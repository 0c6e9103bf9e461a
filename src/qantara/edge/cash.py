"""Cash that a customer orders: its price, the codes that open it, and the caller's own orders."""

import asyncio
import secrets
from typing import NamedTuple

from qantara.access.credentials.model import Consume
from qantara.agents import flow
from qantara.agents.commands import NewOrder, Renew
from qantara.agents.model import Kind, Order, Receipt, Recipient
from qantara.db import Tx
from qantara.edge import confirmed
from qantara.edge.calls import Call
from qantara.edge.own_payments import carriable
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.ids import AccountId
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.parties.model import Identity, IdentityType

_REFERENCE_DIGITS, _CODE_DIGITS = 12, 6


class Drawn(NamedTuple):
    """`code` exists here and in the answer; only its digest goes further."""

    code: str
    digest: bytes


class Coded(NamedTuple):
    """An order, with its code the first time only: nobody knows that of one made before."""

    order: Order
    code: str | None


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}d}"


def _draw(order_id: str) -> Drawn:
    code = _digits(_CODE_DIGITS)
    return Drawn(code, flow.code_digest(order_id, code))


def price(call: Call, kind: Kind, asked: Money) -> Money:
    """What it costs to pay in, to withdraw, or to have somebody paid in cash."""
    ours = call.door.node.asset
    if asked.asset != ours:
        raise Malformed(Reason.CURRENCY_MISMATCH, param="currency", currency=ours.code)
    if asked.minor <= 0:
        raise Malformed(Reason.AMOUNT_NOT_POSITIVE, param="amount")
    return flow.price(call.door.node.cash_prices, kind, asked)


async def recipient(
    call: Call, name: str, phone: str | None, kind: IdentityType, number: str
) -> Recipient:
    """Who is to be paid, by a document whose number is kept as a slow digest only."""
    carriable({"name": name}, None)
    proof = parties.identity(Identity(kind, number), call.now.date(), None)
    digest = await asyncio.to_thread(
        flow.identity_digest, call.door.node.role, proof.type.value, proof.value
    )
    return Recipient(name, phone, proof.type, flow.last(proof.value), digest)


async def ordered(
    call: Call,
    account_id: str,
    amount: Money,
    whom: Recipient | None,
    proof: Consume | None = None,
) -> Coded | Refused:
    """Hold money to be paid in cash: to the caller, or to the recipient. What confirms it, where
    something has to, is used up with it.
    """
    order_id = call.new_id("cso")
    drawn = await asyncio.to_thread(_draw, order_id)
    command = NewOrder(
        id=order_id,
        customer_id=call.acting_for,
        account_id=AccountId(account_id),
        amount=amount,
        reference=_digits(_REFERENCE_DIGITS),
        code_digest=drawn.digest,
        recipient=whom,
    )
    return _coded(await confirmed.placed(call.door, command, proof), drawn)


async def renewed(call: Call, order_id: str) -> Coded | Refused:
    """A new code in the place of one that is lost, or locked by wrong attempts."""
    drawn = await asyncio.to_thread(_draw, order_id)
    command = Renew(call.new_id("rnw"), order_id, call.acting_for, drawn.digest)
    return _coded(await call.door.batcher.run(flow.renew, command), drawn)


def _coded(outcome: Order | Refused, drawn: Drawn) -> Coded | Refused:
    if isinstance(outcome, Refused):
        return outcome
    return Coded(outcome, drawn.code if outcome.code_digest == drawn.digest else None)


async def own_order(tx: Tx, call: Call, order_id: str) -> Order:
    """The order, if it is one and the caller's to see."""
    found = (await flow.orders(tx, [order_id]))[0]
    if isinstance(found, NotFound) or not call.sees(found.customer_id):
        raise NotFound(Reason.CASH_ORDER_NOT_FOUND, id=order_id)
    return found


async def own_receipt(tx: Tx, call: Call, receipt_id: str) -> Receipt:
    """The receipt, to its agent, its customer and staff."""
    found = (await flow.receipts(tx, [receipt_id]))[0]
    if isinstance(found, NotFound):
        raise found
    is_agents = call.agent_id is not None and call.agent_id == found.agent_id
    if not is_agents and (call.agent_id is not None or not call.sees(found.customer_id)):
        raise NotFound(Reason.RECEIPT_NOT_FOUND, id=receipt_id)
    return found
