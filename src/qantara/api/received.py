"""Payments received: what arrived for an account, and what waits for staff."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import shapes
from qantara.api.answers import documented, json
from qantara.api.payments import told
from qantara.api.proposals import proposed
from qantara.api.received_shapes import NewVerdict, Received, ReceivedPage
from qantara.db import events
from qantara.edge.calls import CurrentCall, keyed, needs
from qantara.edge.proposing import Why, of_held, received
from qantara.edge.routes import ActRoute, ReadRoute
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
        found = await received(tx, call, uetr)
        known = await events.of(tx, found.uetr)
    return json(_shape(found, told(known)))


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
    async with call.door.database.read() as tx:
        said = Why(why.legal_reason, why.citation, why.reason)
        wish = await of_held(tx, call, uetr, verdict, said)
    return await proposed(call, wish.action, wish.payload)


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
