"""Requests to pay: made by a payee, shown to a payer, accepted or rejected."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import domestic_shapes as shapes
from qantara.api.answers import created, documented, json
from qantara.api.paging import last_seen
from qantara.api.shapes import money as shown
from qantara.clock import from_text, to_text
from qantara.db import Tx
from qantara.db.batcher import Verb
from qantara.domestic import flow
from qantara.domestic.model import DEMAND_ENDS, REQUEST_ENDS
from qantara.domestic.records import Answer, Ask, Demand
from qantara.domestic.records import Request as Asked
from qantara.edge.asking import masked
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.own_payments import carriable
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.ids import AccountId
from qantara.money import Money, asset

acts = APIRouter(
    prefix="/v1/payment-requests",
    tags=["payment requests"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.REMITTANCES_WRITE))],
)
reads = APIRouter(
    prefix="/v1/payment-requests",
    tags=["payment requests"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)

PAGE = 100


@acts.post("", status_code=201, responses=documented(shapes.PaymentRequest, status=201))
async def ask_to_be_paid(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewPaymentRequest, Body()]
) -> Response:
    """Ask somebody in the same payment system to pay, now or on a day."""
    outcome: Asked | Refused = await call.door.batcher.run(flow.ask, _ask(call, said))
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(made(outcome), f"/v1/payment-requests/{outcome.id}")


def _ask(call: Call, said: shapes.NewPaymentRequest) -> Ask:
    carriable({"note": said.note}, said.reference)
    return Ask(
        id=call.new_id("prq"),
        customer_id=call.acting_for,
        account_id=AccountId(said.account_id),
        payer_check_id=said.payer_check_id,
        amount=Money.parse(said.amount, asset(said.currency)),
        expires_at=from_text(said.expires_at),
        pay_on=_day(said.pay_on),
        note=said.note,
        reference=said.reference,
    )


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Malformed(Reason.TIME_MALFORMED, param="pay_on", value=text or "") from None


@reads.get("", responses=documented(shapes.PaymentRequestPage))
async def payment_requests(
    call: CurrentCall,
    direction: Annotated[
        Literal["in", "out"], Query(description="`in`: to be paid; `out`: made by the caller.")
    ] = "in",
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Requests to pay, the newest first."""
    owner = call.whose(customer_id)
    async with call.door.database.read() as tx:
        last = await last_seen(_own, tx, call, starting_after)
        before = None if last is None else last.sequence
        found: Sequence[Asked | Demand]
        if direction == "out":
            found = await flow.requests_of(tx, owner, before, limit + 1)
        else:
            found = await flow.demands_of(tx, owner, before, limit + 1)
    page = [_shape(each) for each in found[:limit]]
    return json(shapes.PaymentRequestPage(page, has_more=len(found) > limit))


@reads.get("/{payment_request_id}", responses=documented(shapes.PaymentRequest))
async def one_payment_request(call: CurrentCall, payment_request_id: str) -> Response:
    """A request as it stands, on the side of the caller."""
    async with call.door.database.read() as tx:
        return json(_shape(await _own(tx, call, payment_request_id)))


async def _own(tx: Tx, call: Call, key: str) -> Asked | Demand:
    verb = flow.demands if key.startswith("dmd_") else flow.requests
    found: Asked | Demand | NotFound = (await verb(tx, [key]))[0]
    if isinstance(found, NotFound) or not call.sees(found.customer_id or ""):
        raise NotFound(Reason.PAYMENT_REQUEST_NOT_FOUND, id=key)
    return found


@acts.post("/{payment_request_id}/accept", responses=documented(shapes.PaymentRequest))
async def accept_payment_request(
    request: Request, call: CurrentCall, payment_request_id: str
) -> Response:
    """Pay what was asked: at once, or on its day where one was named."""
    return await _answered(request, call, payment_request_id, flow.accept)


@acts.post("/{payment_request_id}/reject", responses=documented(shapes.PaymentRequest))
async def reject_payment_request(
    request: Request, call: CurrentCall, payment_request_id: str
) -> Response:
    """Say no; also to what was accepted for a later day and is not paid yet."""
    return await _answered(request, call, payment_request_id, flow.reject)


async def _answered(request: Request, call: Call, key: str, verb: Verb) -> Response:
    command = Answer(call.new_id("trf"), key, call.acting_for)
    outcome: Demand | Refused = await call.door.batcher.run(verb, command)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return json(_to_pay(outcome))


def _shape(found: Asked | Demand) -> shapes.PaymentRequest:
    return _to_pay(found) if isinstance(found, Demand) else made(found)


def made(asked: Asked) -> shapes.PaymentRequest:
    """A request as its maker sees it."""
    return shapes.PaymentRequest(
        id=asked.id,
        direction="out",
        state=asked.state.value,
        final=asked.state in REQUEST_ENDS,
        account_id=asked.account_id,
        amount=shown(asked.amount),
        counterpart=asked.payer.shown,
        account=masked(asked.payer.account.number or ""),
        expires_at=to_text(asked.expires_at),
        pay_on=asked.pay_on.isoformat() if asked.pay_on else None,
        note=asked.note,
        reference=asked.reference,
        asked_at=to_text(asked.asked_at),
        transfer_id=None,
        uetr=asked.uetr,
        reason=asked.reason_code,
    )


def _to_pay(demand: Demand) -> shapes.PaymentRequest:
    return shapes.PaymentRequest(
        id=demand.id,
        direction="in",
        state=demand.state.value,
        final=demand.state in DEMAND_ENDS,
        account_id=demand.account_id or "",
        amount=shown(demand.amount),
        counterpart=demand.payee.shown,
        account=masked(demand.payee.account.number or ""),
        expires_at=to_text(demand.expires_at),
        pay_on=demand.pay_on.isoformat() if demand.pay_on else None,
        note=demand.note,
        reference=demand.reference,
        asked_at=to_text(demand.received_at),
        transfer_id=demand.transfer_id,
        uetr=None,
        reason=demand.reason,
    )
