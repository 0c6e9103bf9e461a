"""Payments that a rule wants a person to see before they leave."""

from collections.abc import Collection, Iterable

from fastapi.responses import Response

from qantara.access.model import Proposal, Scope
from qantara.db import Tx
from qantara.edge.proposing import REVIEWS, of_review
from qantara.remittance import flow
from qantara.remittance.model import ReviewState
from qantara.remittance.review_model import Review
from qantara.web.console.deciding import keep, names_of, pending, why_of
from qantara.web.sites import Page
from qantara.web.visits import Visit

PAGE = 50


async def show(visit: Visit) -> Response:
    """Reviews in one state, the longest first."""
    asked = visit.asked("state")
    state = ReviewState(asked) if asked in set(ReviewState) else ReviewState.WAITING
    async with visit.door.database.read() as tx:
        found = await flow.review_page(tx, state, PAGE + 1)
        proposals = await pending(tx, visit, REVIEWS.values(), "remittance_id")
        names = await _names(tx, found, proposals.values())
    return visit.shown(
        "reviews.html",
        names=names,
        reviews=found[:PAGE],
        more=len(found) > PAGE,
        state=state.value,
        states=[each.value for each in ReviewState],
        proposals=proposals,
    )


async def propose(visit: Visit) -> Response:
    wanted, verdict = visit.request.path_params["id"], visit.form.get("verdict", "")
    async with visit.door.database.read() as tx:
        wish = await of_review(tx, visit.caller, wanted, verdict, why_of(visit.form))
    return await keep(visit, wish)


async def ask(visit: Visit) -> Response:
    """One review, with the form that proposes what becomes of it."""
    wanted = visit.request.path_params["id"]
    async with visit.door.database.read() as tx:
        found = await flow.reviews_of(tx, [wanted])
        proposals = await pending(tx, visit, REVIEWS.values(), "remittance_id")
        remittance = (await flow.remittances(tx, [wanted]))[0]
        names = await _names(tx, found.values(), proposals.values())
    if isinstance(remittance, Exception):
        raise remittance
    review = found.get(remittance.id)
    proposal = proposals.get(remittance.id)
    return visit.shown(
        "review.html", review=review, proposal=proposal, subject=remittance.id, names=names
    )


async def _names(
    tx: Tx, reviews: Collection[Review], proposals: Iterable[Proposal]
) -> dict[str, str]:
    people = [each.proposed_by for each in proposals]
    decided = [who for each in reviews for who in (each.proposed_by, each.decided_by)]
    return await names_of(tx, [*people, *decided])


_STAFF = frozenset({Scope.ACCOUNTS_FREEZE})
PAGES = (
    Page("reviews", "/reviews", show, _STAFF, section="work"),
    Page("reviews", "/reviews/{id}", ask, _STAFF, act=propose),
)
