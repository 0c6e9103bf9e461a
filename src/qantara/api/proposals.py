"""Acts of staff that need a second pair of eyes: proposed by one, done when another approves."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access.model import ACTIONS, Action, Proposal, Scope
from qantara.api import shapes
from qantara.api.answers import created, documented, json
from qantara.clock import to_text
from qantara.edge.calls import Call, CurrentCall, keyed, needs, needs_any
from qantara.edge.four_eyes import INNER, Decide, Propose, approve, propose, reject
from qantara.edge.giving_back import prepared
from qantara.edge.own_accounts import own_account
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import NotFound, Refused
from qantara.ids import CustomerId
from qantara.parties import flow as parties

acts = APIRouter(
    tags=["four eyes"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.ACCOUNTS_FREEZE))],
)
_DECIDES = Depends(needs_any({facts.scope for facts in ACTIONS.values()}))
decisions = APIRouter(
    tags=["four eyes"], route_class=ActRoute, dependencies=[Depends(keyed), _DECIDES]
)
reads = APIRouter(tags=["four eyes"], route_class=ReadRoute, dependencies=[_DECIDES])
PAGE = 100


@acts.post(
    "/v1/accounts/{account_id}/freeze",
    status_code=201,
    responses=documented(shapes.Proposal, status=201),
)
async def freeze(
    call: CurrentCall, account_id: str, why: Annotated[shapes.NewFreeze, Body()]
) -> Response:
    """Propose to stop every new movement of an account."""
    return await _proposed(call, account_id, Action.ACCOUNT_FREEZE, why)


@acts.post(
    "/v1/accounts/{account_id}/release",
    status_code=201,
    responses=documented(shapes.Proposal, status=201),
)
async def release(
    call: CurrentCall, account_id: str, why: Annotated[shapes.NewFreeze, Body()]
) -> Response:
    """Propose to lift a freeze."""
    return await _proposed(call, account_id, Action.ACCOUNT_RELEASE, why)


async def _proposed(call: Call, account_id: str, action: Action, why: shapes.NewFreeze) -> Response:
    async with call.door.database.read() as tx:
        account = await own_account(tx, call, account_id)
    payload = {
        "account_id": account.id,
        "ledger_code": account.ledger_code,
        "legal_reason": why.legal_reason,
        "citation": why.citation,
    }
    return await proposed(call, action, payload)


async def proposed(call: Call, action: Action, payload: Mapping[str, Any]) -> Response:
    """Keep a proposal and answer with it."""
    command = Propose(call.new_id("prp"), call.principal, action, payload)
    made: Proposal = await call.door.batcher.run(propose, command)
    return created(_shape(made), f"/v1/proposals/{made.id}")


@acts.post(
    "/v1/customers/{customer_id}/deceased",
    status_code=201,
    responses=documented(shapes.Proposal, status=201),
)
async def deceased(
    call: CurrentCall, customer_id: str, why: Annotated[shapes.NewFreeze, Body()]
) -> Response:
    """Propose to record that a customer has died: nothing more is paid in or out."""
    async with call.door.database.read() as tx:
        found = (await parties.customers(tx, [CustomerId(customer_id)]))[0]
    if isinstance(found, NotFound):
        raise found
    payload = {
        "customer_id": found.id,
        "legal_reason": why.legal_reason,
        "citation": why.citation,
    }
    return await proposed(call, Action.CUSTOMER_DECEASED, payload)


@reads.get("/v1/proposals", responses=documented(shapes.ProposalPage))
async def proposals(call: CurrentCall) -> Response:
    """What waits for a second person and the caller could decide, the soonest to expire first."""
    scopes = call.principal.scopes
    decided = [action for action, facts in ACTIONS.items() if facts.scope in scopes]
    async with call.door.database.read() as tx:
        found = await access.pending(tx, call.now, PAGE + 1, decided)
    shown = [_shape(each) for each in found[:PAGE]]
    return json(shapes.ProposalPage(shown, has_more=len(found) > PAGE))


@decisions.post("/v1/proposals/{proposal_id}/approve", responses=documented(shapes.Proposal))
async def approve_proposal(request: Request, call: CurrentCall, proposal_id: str) -> Response:
    """Approve somebody else's proposal; what it proposes is done at once."""
    offers = await prepared(call, proposal_id)
    return await _decided(request, call, approve, Decide(call.principal, proposal_id, offers))


@decisions.post("/v1/proposals/{proposal_id}/reject", responses=documented(shapes.Proposal))
async def reject_proposal(request: Request, call: CurrentCall, proposal_id: str) -> Response:
    """Reject a proposal, or withdraw one's own."""
    return await _decided(request, call, reject, Decide(call.principal, proposal_id))


async def _decided(request: Request, call: Call, verb: Any, said: Decide) -> Response:
    outcome: Proposal | Refused = await call.door.batcher.run(verb, said)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return json(_shape(outcome))


def _shape(proposal: Proposal) -> shapes.Proposal:
    shown = {name: said for name, said in proposal.payload.items() if name not in INNER}
    return shapes.Proposal(
        id=proposal.id,
        action=proposal.action.value,
        state=proposal.state.value,
        payload=shown,
        proposed_by=proposal.proposed_by,
        proposed_at=to_text(proposal.proposed_at),
        expires_at=to_text(proposal.expires_at),
        decided_by=proposal.decided_by,
        decided_at=to_text(proposal.decided_at) if proposal.decided_at else None,
    )
