"""Acts of staff that need a second pair of eyes: proposed by one, done when another approves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access import keys
from qantara.access.model import ACTIONS, Action, AuditEntry, Principal, Proposal, Scope
from qantara.api import shapes
from qantara.api.accounts import own
from qantara.api.answers import created, documented, json
from qantara.api.case_returns import give_back, prepared
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge.calls import Call, CurrentCall, keyed, needs, needs_any
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import (
    Conflict,
    NotFound,
    QantaraError,
    Reason,
    Refused,
    Unauthorised,
)
from qantara.ids import CustomerId
from qantara.ledger import flow as ledger
from qantara.parties import flow as parties
from qantara.remittance import flow as remittance
from qantara.remittance.model import Decide as DecideHeld
from qantara.remittance.model import GatewayQuote, Institution, Remittance, Verdict
from qantara.remittance.review_model import DecideReview, ReviewEvent
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import IpsNode, Suspension

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

Outcome = Proposal | Refused | Conflict | NotFound


@dataclass(frozen=True, slots=True)
class Propose:
    id: str
    principal: Principal
    action: Action
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decide:
    """`offers`: the gateway's, for the one act that exchanges money."""

    principal: Principal
    proposal_id: str
    offers: tuple[GatewayQuote, ...] = ()


async def propose(
    tx: Tx, _node: object, commands: Sequence[Propose], now: datetime
) -> list[Proposal]:
    return [
        await access.propose(tx, each.principal, each.action, each.payload, now, each.id)
        for each in commands
    ]


async def approve(tx: Tx, node: Any, commands: Sequence[Decide], now: datetime) -> list[Outcome]:
    """Approve and do, in one transaction: neither stands without the other."""
    outcomes: list[Outcome] = []
    for each in commands:
        decided = await access.approve(tx, each.principal, each.proposal_id, now)
        if isinstance(decided, Proposal):
            await _do(tx, node, decided, each, now)
        outcomes.append(decided)
    return outcomes


async def reject(tx: Tx, _node: object, commands: Sequence[Decide], now: datetime) -> list[Outcome]:
    return [await access.reject(tx, each.principal, each.proposal_id, now) for each in commands]


_ACTS = {
    Action.ACCOUNT_FREEZE: (ledger.freeze, "account_frozen"),
    Action.ACCOUNT_RELEASE: (ledger.unfreeze, "account_released"),
}


_VERDICTS = {
    Action.PAYMENT_RELEASE: (Verdict.RELEASE, "payment_released"),
    Action.PAYMENT_REFUSE: (Verdict.REFUSE, "payment_refused"),
    Action.PAYMENT_BLOCK: (Verdict.BLOCK, "payment_blocked"),
}


async def _do(tx: Tx, node: Any, proposal: Proposal, said: Decide, now: datetime) -> None:
    by = said.principal
    if proposal.action is Action.CASE_RETURN:
        await give_back(tx, node, proposal, by, said.offers, now)
        return
    if proposal.action in _VERDICTS:
        await _decide_held(tx, node, proposal, by, now)
        return
    if proposal.action in _REVIEWS:
        await _decide_review(tx, node, proposal, by, now)
        return
    if proposal.action in _PARTICIPATION:
        await _move_participant(tx, node, proposal, by, now)
        return
    if proposal.action is Action.CUSTOMER_DECEASED:
        await _record_death(tx, proposal, by, now)
        return
    if proposal.action is Action.KEY_ISSUE:
        await keys.issue_approved(tx, proposal, by, now)
        return
    if proposal.action not in _ACTS:
        raise Conflict(Reason.STATE_CONFLICT, proposal=proposal.id, action=proposal.action)
    act, word = _ACTS[proposal.action]
    told = proposal.payload
    await act(tx, told["ledger_code"], told["legal_reason"], told["citation"], by.id, now)
    details = {"proposal": proposal.id, "citation": told["citation"]}
    await access.record(tx, [AuditEntry(by.id, word, told["account_id"], details)], now)


async def _decide_held(
    tx: Tx, node: Institution, proposal: Proposal, by: Principal, now: datetime
) -> None:
    """Say the last word on a held payment; `Conflict` undoes the approval if it has one."""
    verdict, word = _VERDICTS[proposal.action]
    said = proposal.payload
    reason = Reason(said["reason"]) if said.get("reason") else None
    command = DecideHeld(said["uetr"], verdict, reason)
    outcome = (await remittance.decide_held(tx, node, [command], now))[0]
    if isinstance(outcome, QantaraError):
        raise outcome
    details = {"proposal": proposal.id, "citation": said["citation"]}
    await access.record(tx, [AuditEntry(by.id, word, said["uetr"], details)], now)


_REVIEWS = {
    Action.REVIEW_RELEASE: (ReviewEvent.RELEASE, "review_released"),
    Action.REVIEW_REFUSE: (ReviewEvent.REFUSE, "review_refused"),
}


def someone_else(by: Principal, found: Remittance) -> None:
    """`Unauthorised` for whoever acts for the very customer whose payment is reviewed."""
    if by.subject == found.quote.request.customer_id:
        raise Unauthorised(Reason.APPROVAL_NEEDS_SECOND, id=found.id)


async def _decide_review(
    tx: Tx, node: Institution, proposal: Proposal, by: Principal, now: datetime
) -> None:
    """Release or refuse a payment in review; what cannot be done undoes the approval."""
    verdict, word = _REVIEWS[proposal.action]
    said = proposal.payload
    command = DecideReview(said["remittance_id"], verdict, proposal.proposed_by, by.id)
    outcome = (await remittance.decide_reviews(tx, node, [command], now))[0]
    if isinstance(outcome, QantaraError):
        raise outcome
    someone_else(by, outcome)
    details = {"proposal": proposal.id, "citation": said["citation"]}
    await access.record(tx, [AuditEntry(by.id, word, outcome.id, details)], now)


_PARTICIPATION = {
    Action.PARTICIPANT_SUSPEND: (ips.suspend, "participant_suspended"),
    Action.PARTICIPANT_RESUME: (ips.resume, "participant_resumed"),
}


async def _move_participant(
    tx: Tx, node: IpsNode, proposal: Proposal, by: Principal, now: datetime
) -> None:
    act, word = _PARTICIPATION[proposal.action]
    said = proposal.payload
    outcome = (await act(tx, node, [Suspension(said["role"], said["why"], by.id)], now))[0]
    if isinstance(outcome, QantaraError):
        raise outcome
    details = {"proposal": proposal.id, "why": said["why"]}
    await access.record(tx, [AuditEntry(by.id, word, said["role"], details)], now)


async def _record_death(tx: Tx, proposal: Proposal, by: Principal, now: datetime) -> None:
    said = proposal.payload
    outcome = (await parties.record_deaths(tx, [CustomerId(said["customer_id"])]))[0]
    if isinstance(outcome, QantaraError):
        raise outcome
    details = {"proposal": proposal.id, "citation": said["citation"]}
    entry = AuditEntry(by.id, "customer_deceased", said["customer_id"], details)
    await access.record(tx, [entry], now)


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


_INNER = frozenset({"digest", "ledger_code"})


def _shape(proposal: Proposal) -> shapes.Proposal:
    shown = {name: said for name, said in proposal.payload.items() if name not in _INNER}
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
