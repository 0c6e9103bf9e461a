"""Reviews: payments that a rule wants a person to see before they leave."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access.model import Proposal, Scope
from qantara.api import shapes
from qantara.api.answers import documented, json
from qantara.api.proposals import proposed
from qantara.api.review_shapes import Finding, ReviewPage
from qantara.api.review_shapes import Review as Shape
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge.calls import CurrentCall, keyed, needs
from qantara.edge.proposing import REVIEWS, Why, of_review
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.remittance import flow
from qantara.remittance.model import ReviewState
from qantara.remittance.review_model import Review

_STAFF = Depends(needs(Scope.ACCOUNTS_FREEZE))
acts = APIRouter(
    prefix="/v1/reviews",
    tags=["reviews"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), _STAFF],
)
reads = APIRouter(
    prefix="/v1/reviews", tags=["reviews"], route_class=ReadRoute, dependencies=[_STAFF]
)
PAGE = 100
_PENDING = 1_000


@reads.get("", responses=documented(ReviewPage))
async def reviews(
    call: CurrentCall,
    state: Annotated[Literal["waiting", "released", "refused", "lapsed"], Query()] = "waiting",
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> Response:
    """Reviews in one state, the longest first."""
    async with call.door.database.read() as tx:
        found = await flow.review_page(tx, ReviewState(state), limit + 1)
        pending = await _pending(tx, call.now)
    shown = [_shape(each, pending.get(each.remittance_id)) for each in found[:limit]]
    return json(ReviewPage(shown, has_more=len(found) > limit))


async def _pending(tx: Tx, now: datetime) -> Mapping[str, Proposal]:
    """What is proposed about each payment and waits for a second person; the oldest of several."""
    found = await access.pending(tx, now, _PENDING, REVIEWS.values())
    return {each.payload["remittance_id"]: each for each in reversed(found)}


@acts.post(
    "/{remittance_id}/{verdict}",
    status_code=201,
    responses=documented(shapes.Proposal, status=201),
)
async def decide(
    call: CurrentCall,
    remittance_id: str,
    verdict: str,
    why: Annotated[shapes.NewFreeze, Body()],
) -> Response:
    """Propose to `release` or `refuse` a payment in review; a second person approves it."""
    async with call.door.database.read() as tx:
        said = Why(why.legal_reason, why.citation)
        wish = await of_review(tx, call, remittance_id, verdict, said)
    return await proposed(call, wish.action, wish.payload)


def _shape(review: Review, pending: Proposal | None) -> Shape:
    about = review.about
    return Shape(
        remittance_id=review.remittance_id,
        decision_id=review.decision_id,
        state=review.state.value,
        since=to_text(review.recorded_at),
        ended_at=to_text(review.ended_at) if review.ended_at else None,
        customer_id=about.customer_id,
        account_id=about.account_id,
        destination_country=about.destination_country,
        purpose=about.purpose,
        total_debit=shapes.money(about.total_debit),
        findings=[
            Finding(each.rule, each.provision, each.observed, each.threshold, each.unit, each.label)
            for each in review.grounds
        ],
        proposal_id=pending.id if pending else None,
        proposal_action=pending.action.value if pending else None,
        proposed_by=pending.proposed_by if pending else review.proposed_by,
        decided_by=review.decided_by,
        used_by=review.used_by,
    )
