"""Acts of staff that need a second pair of eyes: proposed by one, done when another approves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access.model import Action, AuditEntry, Principal, Proposal, Scope
from qantara.api import shapes
from qantara.api.accounts import own
from qantara.api.answers import created, documented, json
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ledger import flow as ledger

acts = APIRouter(
    tags=["four eyes"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.ACCOUNTS_FREEZE))],
)
reads = APIRouter(
    tags=["four eyes"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.ACCOUNTS_FREEZE))],
)
PAGE = 100

Outcome = Proposal | Refused | Conflict | NotFound


@dataclass(frozen=True, slots=True)
class Propose:
    id: str
    principal: Principal
    action: Action
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decide:
    principal: Principal
    proposal_id: str


async def propose(
    tx: Tx, _node: object, commands: Sequence[Propose], now: datetime
) -> list[Proposal]:
    return [
        await access.propose(tx, each.principal, each.action, each.payload, now, each.id)
        for each in commands
    ]


async def approve(
    tx: Tx, _node: object, commands: Sequence[Decide], now: datetime
) -> list[Outcome]:
    """Approve and do, in one transaction: neither stands without the other."""
    outcomes: list[Outcome] = []
    for each in commands:
        decided = await access.approve(tx, each.principal, each.proposal_id, now)
        if isinstance(decided, Proposal):
            await _do(tx, decided, each.principal, now)
        outcomes.append(decided)
    return outcomes


async def reject(tx: Tx, _node: object, commands: Sequence[Decide], now: datetime) -> list[Outcome]:
    return [await access.reject(tx, each.principal, each.proposal_id, now) for each in commands]


_ACTS = {
    Action.ACCOUNT_FREEZE: (ledger.freeze, "account_frozen"),
    Action.ACCOUNT_RELEASE: (ledger.unfreeze, "account_released"),
}


async def _do(tx: Tx, proposal: Proposal, by: Principal, now: datetime) -> None:
    if proposal.action not in _ACTS:
        raise Conflict(Reason.STATE_CONFLICT, proposal=proposal.id, action=proposal.action)
    act, word = _ACTS[proposal.action]
    said = proposal.payload
    await act(tx, said["ledger_code"], said["legal_reason"], said["citation"], by.id, now)
    details = {"proposal": proposal.id, "citation": said["citation"]}
    await access.record(tx, [AuditEntry(by.id, word, said["account_id"], details)], now)


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
        account = await own(tx, call, account_id)
    payload = {
        "account_id": account.id,
        "ledger_code": account.ledger_code,
        "legal_reason": why.legal_reason,
        "citation": why.citation,
    }
    command = Propose(call.new_id("prp"), call.principal, action, payload)
    made: Proposal = await call.door.batcher.run(propose, command)
    return created(_shape(made), f"/v1/proposals/{made.id}")


@reads.get("/v1/proposals", responses=documented(shapes.ProposalPage))
async def proposals(call: CurrentCall) -> Response:
    """What waits for a second person, the soonest to expire first."""
    async with call.door.database.read() as tx:
        found = await access.pending(tx, call.now, PAGE + 1)
    shown = [_shape(each) for each in found[:PAGE]]
    return json(shapes.ProposalPage(shown, has_more=len(found) > PAGE))


@acts.post("/v1/proposals/{proposal_id}/approve", responses=documented(shapes.Proposal))
async def approve_proposal(request: Request, call: CurrentCall, proposal_id: str) -> Response:
    """Approve somebody else's proposal; what it proposes is done at once."""
    return await _decided(request, call, proposal_id, approve)


@acts.post("/v1/proposals/{proposal_id}/reject", responses=documented(shapes.Proposal))
async def reject_proposal(request: Request, call: CurrentCall, proposal_id: str) -> Response:
    """Reject a proposal, or withdraw one's own."""
    return await _decided(request, call, proposal_id, reject)


async def _decided(request: Request, call: Call, proposal_id: str, verb: Any) -> Response:
    outcome: Proposal | Refused = await call.door.batcher.run(
        verb, Decide(call.principal, proposal_id)
    )
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return json(_shape(outcome))


def _shape(proposal: Proposal) -> shapes.Proposal:
    shown = {name: said for name, said in proposal.payload.items() if name != "ledger_code"}
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
