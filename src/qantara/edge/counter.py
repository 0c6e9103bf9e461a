"""What agents do at their counters: whom they find there, and what they are told there."""

import asyncio

from qantara.agents import flow
from qantara.agents.commands import Redeem
from qantara.agents.model import Agent, AgentState, Order, Receipt, Till
from qantara.db import Tx
from qantara.edge.calls import Call
from qantara.errors import NotFound, Reason, Refused
from qantara.parties.model import Holding


async def agent(tx: Tx, agent_id: str) -> Agent:
    """The agent of an id; `NotFound` where there is none."""
    found = (await flow.agents(tx, [agent_id]))[0]
    if isinstance(found, NotFound):
        raise found
    return found


async def till(tx: Tx, call: Call) -> Till:
    """The caller's float and commission."""
    mine = await agent(tx, call.serving)
    return (await flow.tills_of(tx, call.door.node, [mine]))[0]


async def holding_at(tx: Tx, call: Call, address_type: str, address: str) -> Holding | Refused:
    """Whose account an address leads to, before cash is taken for it."""
    asked = (address_type, address)
    mine = await agent(tx, call.serving)
    found = (await flow.found_at(tx, [asked]))[asked]
    if mine.state is not AgentState.ACTIVE:
        return Refused(Reason.AGENT_SUSPENDED)
    return Refused(Reason.PAYEE_UNKNOWN) if isinstance(found, NotFound) else found


async def order_at(tx: Tx, call: Call, reference: str) -> Order:
    """What is to be paid under a reference."""
    await agent(tx, call.serving)
    found = await flow.order_at(tx, reference)
    if isinstance(found, NotFound):
        raise found
    return found


async def pay_out(call: Call, reference: str, code: str, identity: str) -> Receipt | Refused:
    """Pay an order in cash to whoever knows its code and shows the document. A wrong code or
    document counts, and too many of them lock the order.
    """
    async with call.door.database.read() as tx:
        order = await order_at(tx, call, reference)
    told = await asyncio.to_thread(_told, call, order, code, identity)
    outcome: Receipt | Refused = await call.door.batcher.run(flow.redeem, told)
    return outcome


def _told(call: Call, order: Order, code: str, identity: str) -> Redeem:
    """The word of a counter: slow to make, so that it is made beside the event loop."""
    whom, digest = order.recipient, b""
    if whom is not None:
        role, kind = call.door.node.role, whom.identity_type.value
        digest = flow.identity_digest(role, kind, identity)
    return Redeem(
        id=call.new_id("att"),
        agent_id=call.serving,
        reference=order.reference,
        code_digest=flow.code_digest(order.id, code),
        identity_last=flow.last(identity),
        identity_digest=digest,
    )
