"""Money asked for among customers of this institution."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import confirmations
from qantara.api import request_shapes as shapes
from qantara.api.answers import created, documented, json
from qantara.api.paging import last_seen
from qantara.api.shapes import money
from qantara.clock import from_text, to_text
from qantara.db.batcher import Verb
from qantara.edge import confirmed
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.own_payments import carriable
from qantara.edge.own_wallet import own_money_request
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Refused
from qantara.ids import AccountId
from qantara.money import Money, asset
from qantara.wallet import flow
from qantara.wallet.model import MoneyRequestState
from qantara.wallet.request_model import AskMoney, EndMoney, MoneyRequest, PayMoney

PATH = "/v1/money-requests"
PAGE = 100
acts = APIRouter(
    prefix=PATH,
    tags=["money requests"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.REMITTANCES_WRITE))],
)
reads = APIRouter(
    prefix=PATH,
    tags=["money requests"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)


@acts.post("", status_code=201, responses=documented(shapes.MoneyRequest, status=201))
async def ask_for_money(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewMoneyRequest, Body()]
) -> Response:
    """Ask another customer of this institution for money."""
    carriable({"note": said.note}, None)
    wish = AskMoney(
        call.new_id("mrq"),
        call.acting_for,
        AccountId(said.account_id),
        said.payer_check_id,
        Money.parse(said.amount, asset(said.currency)),
        from_text(said.expires_at),
        said.note,
    )
    outcome: MoneyRequest | Refused = await call.door.batcher.run(flow.ask_money, wish)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(shape(outcome, outcome.customer_id), f"{PATH}/{outcome.id}")


@reads.get("", responses=documented(shapes.MoneyRequestPage))
async def money_requests(
    call: CurrentCall,
    direction: Annotated[
        Literal["in", "out"], Query(description="`in`: to be paid; `out`: made by the caller.")
    ] = "in",
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Requests for money, the newest first."""
    owner = call.whose(customer_id)
    verb = flow.money_asked if direction == "out" else flow.money_wanted
    async with call.door.database.read() as tx:
        last = await last_seen(own_money_request, tx, call, starting_after)
        before = None if last is None else last.sequence
        found = await verb(tx, owner, before, limit + 1)
    page = [shape(each, owner) for each in found[:limit]]
    return json(shapes.MoneyRequestPage(page, has_more=len(found) > limit))


@reads.get("/{money_request_id}", responses=documented(shapes.MoneyRequest))
async def one_money_request(call: CurrentCall, money_request_id: str) -> Response:
    """A request as the caller's side sees it; staff see it as the one who asks."""
    async with call.door.database.read() as tx:
        found = await own_money_request(tx, call, money_request_id)
    return json(shape(found, call.customer_id or found.customer_id))


@acts.post("/{money_request_id}/pay", responses=documented(shapes.MoneyRequest))
async def pay_money_request(
    request: Request,
    call: CurrentCall,
    money_request_id: str,
    said: Annotated[shapes.MoneyRequestPaid, Body()],
) -> Response:
    """Pay what one is asked for, at once."""
    yes = PayMoney(
        call.new_id("trf"), money_request_id, call.acting_for, AccountId(said.account_id)
    )
    proof = await confirmations.proof(
        call, said.confirmation_id, lambda: confirmations.of_request(call, money_request_id)
    )
    outcome: MoneyRequest | Refused = await confirmed.placed(call.door, yes, proof)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return json(shape(outcome, call.acting_for))


@acts.post("/{money_request_id}/decline", responses=documented(shapes.MoneyRequest))
async def decline_money_request(call: CurrentCall, money_request_id: str) -> Response:
    """Say no to what one is asked for."""
    return await _ended(call, money_request_id, flow.decline_money)


@acts.post("/{money_request_id}/cancel", responses=documented(shapes.MoneyRequest))
async def cancel_money_request(call: CurrentCall, money_request_id: str) -> Response:
    """Take back what one has asked for."""
    return await _ended(call, money_request_id, flow.cancel_money)


async def _ended(call: Call, key: str, verb: Verb) -> Response:
    outcome: MoneyRequest = await call.door.batcher.run(verb, EndMoney(key, call.acting_for))
    return json(shape(outcome, call.acting_for))


def shape(found: MoneyRequest, viewer: str) -> shapes.MoneyRequest:
    """What one side may see: not the account that the other named, nor the other's transfer."""
    is_out = viewer == found.customer_id
    return shapes.MoneyRequest(
        id=found.id,
        direction="out" if is_out else "in",
        state=found.state.value,
        final=found.state is not MoneyRequestState.OPEN,
        amount=money(found.amount),
        counterpart=found.payer_shown if is_out else found.asker_shown,
        account_id=found.account_id if is_out else None,
        note=found.note,
        split_id=found.split_id if is_out else None,
        transfer_id=None if is_out else found.transfer_id,
        asked_at=to_text(found.asked_at),
        expires_at=to_text(found.expires_at),
        ended_at=to_text(found.ended_at) if found.ended_at else None,
    )
