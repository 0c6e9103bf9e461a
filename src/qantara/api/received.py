"""Payments received: what arrived for an account, and what waits for staff."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response

from qantara.access.model import Action, Scope
from qantara.api import shapes
from qantara.api.answers import documented, json
from qantara.api.payments import told
from qantara.api.proposals import proposed
from qantara.api.received_shapes import NewVerdict, Received, ReceivedPage
from qantara.db import Tx, events
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import REASONS, Conflict, Malformed, NotFound, Reason
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.remittance import flow
from qantara.remittance.model import Inbound, InboundState

acts = APIRouter(
    prefix="/v1/received",
    tags=["received"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.ACCOUNTS_FREEZE))],
)
reads = APIRouter(
    prefix="/v1/received",
    tags=["received"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
PAGE = 100
_OPEN = frozenset({InboundState.RECEIVED, InboundState.HELD})
_ACTIONS = {
    "release": Action.PAYMENT_RELEASE,
    "refuse": Action.PAYMENT_REFUSE,
    "block": Action.PAYMENT_BLOCK,
}


@reads.get(
    "/held",
    responses=documented(ReceivedPage),
    dependencies=[Depends(needs(Scope.ACCOUNTS_FREEZE))],
)
async def held(call: CurrentCall, limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE) -> Response:
    """What waits for staff, the longest first."""
    async with call.door.database.read() as tx:
        found = await flow.held(tx, None, limit + 1)
    shown = [_shape(payment) for _, payment in found[:limit]]
    return json(ReceivedPage(shown, has_more=len(found) > limit))


@reads.get("/{uetr}", responses=documented(Received))
async def one_received(call: CurrentCall, uetr: str) -> Response:
    """A payment that arrived, with what happened to it."""
    async with call.door.database.read() as tx:
        found = await _own(tx, call, uetr)
        known = await events.of(tx, found.uetr)
    return json(_shape(found, told(known)))


async def _own(tx: Tx, call: Call, uetr: str) -> Inbound:
    """The payment, if it is one and the caller's to see; what was never for an account here is
    staff's alone.
    """
    found = (await flow.received_payments(tx, [uetr]))[0]
    if not isinstance(found, NotFound) and found.account_id is not None:
        holding = (await parties.accounts(tx, [AccountId(found.account_id)]))[0]
        if not isinstance(holding, NotFound) and call.sees(holding.customer.id):
            return found
    elif not isinstance(found, NotFound) and call.customer_id is None:
        return found
    raise NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=uetr)


@acts.post(
    "/{uetr}/{verdict}",
    status_code=201,
    responses=documented(shapes.Proposal, status=201),
)
async def decide(
    call: CurrentCall,
    uetr: str,
    verdict: str,
    why: Annotated[NewVerdict, Body()],
) -> Response:
    """Propose to `release`, `refuse` or `block` a held payment."""
    if verdict not in _ACTIONS:
        raise NotFound(Reason.ROUTE_NOT_FOUND, path=verdict)
    if why.reason is not None and why.reason not in {reason.value for reason in REASONS}:
        raise Malformed(Reason.FIELD_INVALID, param="reason", value=why.reason)
    async with call.door.database.read() as tx:
        found = await _own(tx, call, uetr)
    if found.state is not InboundState.HELD:
        raise Conflict(Reason.STATE_CONFLICT, uetr=uetr, state=found.state.value)
    payload = {
        "uetr": found.uetr,
        "legal_reason": why.legal_reason,
        "citation": why.citation,
        "reason": why.reason,
    }
    return await proposed(call, _ACTIONS[verdict], payload)


def _shape(payment: Inbound, told: list[shapes.Event] | None = None) -> Received:
    return Received(
        uetr=payment.uetr,
        state=payment.state.value,
        final=payment.state not in _OPEN,
        account_id=payment.account_id,
        priority=payment.priority.value,
        sender_name=payment.sender_name,
        sent=shapes.money(payment.sent),
        arrived=shapes.money(payment.interbank),
        fee=shapes.money(payment.fee),
        credited=shapes.money(payment.credited),
        taken_back=None if payment.taken_back is None else shapes.money(payment.taken_back),
        note=payment.note,
        reason=payment.reason,
        events=told,
    )
