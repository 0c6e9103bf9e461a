"""Cash that a customer orders: for the customer, or for somebody who needs no account."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.agents import flow
from qantara.agents.commands import Cancel
from qantara.agents.model import ORDER_ENDS, Kind, Order, Recipient
from qantara.api import cash_shapes as shapes
from qantara.api import confirmations
from qantara.api.answers import documented, encoded, json
from qantara.api.cash_counter import fee
from qantara.api.paging import last_seen
from qantara.api.payments import told
from qantara.api.shapes import Event
from qantara.api.shapes import money as shown
from qantara.clock import to_text
from qantara.db import events as history
from qantara.edge import cash
from qantara.edge.calls import Call, CurrentCall, ShownOnce, keyed, needs
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Refused
from qantara.money import Money, asset

acts = APIRouter(
    prefix="/v1/cash",
    tags=["cash"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.REMITTANCES_WRITE))],
)
reads = APIRouter(
    prefix="/v1/cash",
    tags=["cash"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
PAGE = 100
PATH = "/v1/cash/orders"
_KINDS = Literal["withdrawal", "pickup"]


@reads.get("/price", responses=documented(shapes.CashPrice))
async def cash_price(
    call: CurrentCall,
    kind: Literal["deposit", "withdrawal", "pickup"],
    amount: Annotated[str, Query(max_length=40)],
    currency: Annotated[str, Query(max_length=12)],
) -> Response:
    """What it costs to pay in, to withdraw, or to have somebody paid in cash."""
    what = Kind(kind)
    asked = Money.parse(amount, asset(currency))
    costs = cash.price(call, what, asked)
    total = asked - costs if what is Kind.DEPOSIT else asked + costs
    return json(shapes.CashPrice(kind, shown(asked), fee(call, what, costs), shown(total)))


@acts.post("/withdrawals", status_code=201, responses=documented(shapes.CashOrder, status=201))
async def order_withdrawal(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewWithdrawal, Body()]
) -> Response:
    """Hold money to be withdrawn in cash at any agent, with the code told now and never again."""
    return await _ordered(request, call, said, None)


@acts.post("/pickups", status_code=201, responses=documented(shapes.CashOrder, status=201))
async def order_pickup(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewPickup, Body()]
) -> Response:
    """Put money apart for somebody to pick up in cash; the code is told to the sender, once."""
    whom = await confirmations.recipient(call, said.recipient)
    return await _ordered(request, call, said, whom)


async def _ordered(
    request: Request, call: Call, said: shapes.NewWithdrawal, recipient: Recipient | None
) -> Response:
    amount = Money.parse(said.amount, asset(said.currency))
    proof = await confirmations.proof(
        call,
        said.confirmation_id,
        lambda: confirmations.of_cash(call, said.account_id, amount, recipient),
    )
    made = await cash.ordered(call, said.account_id, amount, recipient, proof)
    return _once(request, call, made, 201)


def _once(request: Request, call: Call, made: cash.Coded | Refused, status: int) -> Response:
    """The order with its code; one that was made before keeps its first, which nobody knows."""
    if isinstance(made, Refused):
        return problem(request, made)
    told_again = _shape(call, made.order)
    body = replace(told_again, code=made.code)
    headers = {"Location": f"{PATH}/{made.order.id}"}
    return ShownOnce(encoded(body), encoded(told_again), status, headers)


@reads.get("/orders", responses=documented(shapes.CashOrderPage))
async def cash_orders(
    call: CurrentCall,
    kind: Annotated[_KINDS | None, Query(description="Only these.")] = None,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Orders to pay cash, the newest first."""
    owner = call.whose(customer_id)
    only = None if kind is None else Kind(kind)
    async with call.door.database.read() as tx:
        last = await last_seen(cash.own_order, tx, call, starting_after)
        before = None if last is None else last.sequence
        found = await flow.orders_of(tx, owner, only, before, limit + 1)
    page = [_shape(call, each) for each in found[:limit]]
    return json(shapes.CashOrderPage(page, has_more=len(found) > limit))


@reads.get("/orders/{order_id}", responses=documented(shapes.CashOrder))
async def one_cash_order(call: CurrentCall, order_id: str) -> Response:
    """An order as it stands, with what happened to it."""
    async with call.door.database.read() as tx:
        found = await cash.own_order(tx, call, order_id)
        happened = await history.of(tx, found.id)
    return json(_shape(call, found, told(happened)))


@acts.post("/orders/{order_id}/cancel", responses=documented(shapes.CashOrder))
async def cancel_cash_order(request: Request, call: CurrentCall, order_id: str) -> Response:
    """Have the money back, the fee with it, as long as nobody was paid."""
    command = Cancel(order_id, call.acting_for)
    outcome: Order | Refused = await call.door.batcher.run(flow.cancel, command)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return json(_shape(call, outcome))


@acts.post("/orders/{order_id}/renew", responses=documented(shapes.CashOrder))
async def renew_cash_code(request: Request, call: CurrentCall, order_id: str) -> Response:
    """Have a new code in the place of one that is lost, or locked by wrong attempts."""
    return _once(request, call, await cash.renewed(call, order_id), 200)


def _shape(call: Call, order: Order, events: list[Event] | None = None) -> shapes.CashOrder:
    whom = order.recipient
    return shapes.CashOrder(
        id=order.id,
        kind="withdrawal" if order.kind is Kind.WITHDRAWAL else "pickup",
        state=order.state.value,
        final=order.state in ORDER_ENDS,
        reference=order.reference,
        account_id=order.account_id,
        amount=shown(order.amount),
        fee=fee(call, order.kind, order.fee),
        recipient=None
        if whom is None
        else shapes.Recipient(whom.name, whom.phone, whom.identity_type.value, whom.identity_last),
        attempts=order.misses,
        attempts_most=call.door.node.cash_attempts,
        ordered_at=to_text(order.ordered_at),
        expires_at=to_text(order.expires_at),
        finished_at=to_text(order.finished_at) if order.finished_at else None,
        receipt_id=order.receipt_id,
        events=events,
    )
