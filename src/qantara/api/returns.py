"""Recalls that others make to us: what staff give back, and what they do not."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import domestic_shapes as shapes
from qantara.api.answers import documented, json
from qantara.api.shapes import money as shown
from qantara.clock import to_text
from qantara.domestic import flow
from qantara.domestic.records import Decide, Refusal, Return
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Refused

acts = APIRouter(
    prefix="/v1/returns",
    tags=["returns"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.LEDGER_CORRECT))],
)
reads = APIRouter(
    prefix="/v1/returns",
    tags=["returns"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.LEDGER_CORRECT))],
)

PAGE = 100


@reads.get("", responses=documented(shapes.ReturnPage))
async def returns(
    call: CurrentCall, limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE
) -> Response:
    """For staff: recalls that wait for a decision, the oldest first."""
    async with call.door.database.read() as tx:
        found = await flow.open_returns(tx, limit + 1)
    page = [_shape(each) for each in found[:limit]]
    return json(shapes.ReturnPage(page, has_more=len(found) > limit))


@acts.post("/{return_id}/grant", responses=documented(shapes.Return))
async def grant_return(request: Request, call: CurrentCall, return_id: str) -> Response:
    """For staff: give the money back by a payment of its own."""
    return await _decided(request, call, return_id, None)


@acts.post("/{return_id}/refuse", responses=documented(shapes.Return))
async def refuse_return(
    request: Request,
    call: CurrentCall,
    return_id: str,
    said: Annotated[shapes.NewRefusal, Body()],
) -> Response:
    """For staff: keep the money where it is, and say why."""
    return await _decided(request, call, return_id, Refusal(said.reason))


async def _decided(
    request: Request, call: Call, return_id: str, refusal: Refusal | None
) -> Response:
    command = Decide(return_id, call.principal.id, refusal)
    outcome: Return | Refused = await call.door.batcher.run(flow.decide, command)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return json(_shape(outcome))


def _shape(back: Return) -> shapes.Return:
    return shapes.Return(
        id=back.id,
        state=back.state.value,
        uetr=back.uetr,
        amount=shown(back.amount),
        reason=back.reason,
        asked_by=back.case_creator_bic,
        asked_at=to_text(back.asked_at),
        refusal=back.refusal.value if back.refusal else None,
        attempts=back.attempts,
        decided_by=back.decided_by,
    )
