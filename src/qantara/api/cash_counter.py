"""What agents do at their counters: take cash, pay it out, keep their tills; and the receipts."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.agents import flow
from qantara.agents.commands import Deposit, Move, MoveFloat
from qantara.agents.model import Agent, Kind, Receipt, Till
from qantara.api import cash_shapes as shapes
from qantara.api.agents import place
from qantara.api.answers import created, documented, json
from qantara.api.paging import last_seen
from qantara.api.shapes import Fee
from qantara.api.shapes import money as shown
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge import counter
from qantara.edge.calls import Call, CurrentCall, keyed, needs, needs_any
from qantara.edge.cash import own_receipt
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Refused
from qantara.money import Money, asset
from qantara.parties import flow as parties

_SERVES = Depends(needs(Scope.CASH_SERVE))
acts = APIRouter(
    prefix="/v1/cash", tags=["cash"], route_class=ActRoute, dependencies=[Depends(keyed), _SERVES]
)
asks = APIRouter(prefix="/v1/cash", tags=["cash"], route_class=ReadRoute, dependencies=[_SERVES])
receipts = APIRouter(
    prefix="/v1/cash/receipts",
    tags=["cash"],
    route_class=ReadRoute,
    dependencies=[Depends(needs_any({Scope.CASH_SERVE, Scope.REMITTANCES_READ}))],
)
PAGE = 100
EXAMPLE = "example"


@asks.get("/till", responses=documented(shapes.Till))
async def till(call: CurrentCall) -> Response:
    """The caller's float and commission."""
    async with call.door.database.read() as tx:
        found = await counter.till(tx, call)
    return json(_till(found))


def _till(found: Till) -> shapes.Till:
    return shapes.Till(
        place(found.agent),
        found.agent.state.value,
        shown(found.float),
        shown(found.commission),
    )


@acts.post("/till/moves", responses=documented(shapes.Till))
async def move_float(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewTillMove, Body()]
) -> Response:
    """Fill the float out of the agent's own account, or draw float or commission into it."""
    amount = Money.parse(said.amount, asset(said.currency))
    command = MoveFloat(call.new_id("flt"), call.serving, Move(said.move), amount)
    outcome: Till | Refused = await call.door.batcher.run(flow.move_float, command)
    return problem(request, outcome) if isinstance(outcome, Refused) else json(_till(outcome))


@asks.post("/lookups", responses=documented(shapes.Found))
async def find_customer(
    request: Request, call: CurrentCall, said: Annotated[shapes.Addressed, Body()]
) -> Response:
    """Whose account an address leads to, before cash is taken for it."""
    async with call.door.database.read() as tx:
        found = await counter.holding_at(tx, call, said.address_type, said.address)
    if isinstance(found, Refused):
        return problem(request, found)
    return json(shapes.Found(found.shown_name))


@acts.post("/deposits", status_code=201, responses=documented(shapes.Receipt, status=201))
async def take_deposit(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewDeposit, Body()]
) -> Response:
    """Credit a customer with the banknotes taken, out of the float."""
    command = Deposit(
        call.new_id("dep"),
        call.serving,
        said.address_type,
        said.address,
        Money.parse(said.amount, asset(said.currency)),
    )
    outcome: Receipt | Refused = await call.door.batcher.run(flow.deposit, command)
    return await _given(request, call, outcome)


async def _given(request: Request, call: Call, outcome: Receipt | Refused) -> Response:
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    async with call.door.database.read() as tx:
        agent = await counter.agent(tx, outcome.agent_id)
    return created(_receipt(call, outcome, agent), f"/v1/cash/receipts/{outcome.id}")


@asks.get("/payouts/{reference}", responses=documented(shapes.Payout))
async def payout(call: CurrentCall, reference: str) -> Response:
    """What is to be paid under a reference, and which document has to be shown."""
    async with call.door.database.read() as tx:
        found = await counter.order_at(tx, call, reference)
    whom = found.recipient
    return json(
        shapes.Payout(
            reference=found.reference,
            kind="withdrawal" if found.kind is Kind.WITHDRAWAL else "pickup",
            state=found.state.value,
            amount=shown(found.amount),
            recipient=None if whom is None else parties.mask(whom.name),
            identity_type=None if whom is None else whom.identity_type.value,
            identity="last4" if whom is None else "number",
            expires_at=to_text(found.expires_at),
        )
    )


@acts.post("/payouts", status_code=201, responses=documented(shapes.Receipt, status=201))
async def pay_out(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewPayout, Body()]
) -> Response:
    """Pay an order in cash to whoever knows its code and shows the document.

    A wrong code or document counts, and too many of them lock the order.
    """
    outcome = await counter.pay_out(call, said.reference, said.code, said.identity)
    return await _given(request, call, outcome)


@receipts.get("", responses=documented(shapes.ReceiptPage))
async def cash_receipts(
    call: CurrentCall,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Receipts of the calling agent or of a customer, the newest first."""
    async with call.door.database.read() as tx:
        last = await last_seen(own_receipt, tx, call, starting_after)
        before = None if last is None else last.sequence
        if call.agent_id is not None:
            found = await flow.receipts_of_agent(tx, call.agent_id, before, limit + 1)
        else:
            owner = call.whose(customer_id)
            found = await flow.receipts_of_customer(tx, owner, before, limit + 1)
        page = await _shapes(tx, call, found[:limit])
    return json(shapes.ReceiptPage(page, has_more=len(found) > limit))


@receipts.get("/{receipt_id}", responses=documented(shapes.Receipt))
async def one_receipt(call: CurrentCall, receipt_id: str) -> Response:
    """A receipt, to the agent and to the customer."""
    async with call.door.database.read() as tx:
        found = await own_receipt(tx, call, receipt_id)
        page = await _shapes(tx, call, [found])
    return json(page[0])


async def _shapes(tx: Tx, call: Call, found: list[Receipt]) -> list[shapes.Receipt]:
    agents = await flow.agents(tx, [each.agent_id for each in found])
    return [
        _receipt(call, receipt, agent)
        for receipt, agent in zip(found, agents, strict=True)
        if isinstance(agent, Agent)
    ]


def _receipt(call: Call, receipt: Receipt, agent: Agent) -> shapes.Receipt:
    is_told = call.agent_id is not None or call.customer_id is None
    return shapes.Receipt(
        id=receipt.id,
        number=receipt.number,
        kind=receipt.kind.value,
        agent=place(agent),
        order_id=receipt.order_id,
        reference=receipt.reference,
        amount=shown(receipt.amount),
        fee=fee(call, receipt.kind, receipt.fee),
        commission=shown(receipt.commission) if is_told else None,
        recorded_at=to_text(receipt.recorded_at),
    )


def fee(call: Call, kind: Kind, amount: Money) -> Fee:
    """What a customer pays; the tariff is configuration, and an example."""
    label = EXAMPLE if kind.value in call.door.node.cash_prices else None
    return Fee(str(amount), amount.asset.code, label)
