"""Acts that need a second pair of eyes: proposed by one, done when another approves."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qantara.access import flow as access
from qantara.access import keys
from qantara.access.model import Action, AuditEntry, Principal, Proposal, RevokeKey
from qantara.agents import flow as agents
from qantara.agents.commands import MoveAgent, Register
from qantara.agents.model import AgentEvent
from qantara.db import Tx
from qantara.edge.giving_back import give_back
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused, Unauthorised
from qantara.ids import AccountId, CustomerId
from qantara.ledger import flow as ledger
from qantara.parties import flow as parties
from qantara.remittance import flow as remittance
from qantara.remittance.model import Decide as DecideHeld
from qantara.remittance.model import GatewayQuote, Institution, Remittance, Verdict
from qantara.remittance.review_model import DecideReview, ReviewEvent
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import IpsNode, Suspension

INNER = frozenset({"digest", "ledger_code"})
"""What of a proposal's payload is not for people."""

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
    deed = _DEEDS.get(proposal.action)
    if deed is None:
        raise Conflict(Reason.STATE_CONFLICT, proposal=proposal.id, action=proposal.action)
    await deed(tx, node, proposal, by, now)


async def _act_on_account(
    tx: Tx, _node: object, proposal: Proposal, by: Principal, now: datetime
) -> None:
    act, word = _ACTS[proposal.action]
    told = proposal.payload
    await act(tx, told["ledger_code"], told["legal_reason"], told["citation"], by.id, now)
    details = {"proposal": proposal.id, "citation": told["citation"]}
    await access.record(tx, [AuditEntry(by.id, word, told["account_id"], details)], now)


async def _issue_key(
    tx: Tx, _node: object, proposal: Proposal, by: Principal, now: datetime
) -> None:
    await keys.issue_approved(tx, proposal, by, now)


async def _revoke_key(
    tx: Tx, node: object, proposal: Proposal, by: Principal, now: datetime
) -> None:
    await keys.revoke(tx, node, [RevokeKey(proposal.payload["key_id"], by)], now)


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


async def _record_death(
    tx: Tx, _node: object, proposal: Proposal, by: Principal, now: datetime
) -> None:
    said = proposal.payload
    outcome = (await parties.record_deaths(tx, [CustomerId(said["customer_id"])]))[0]
    if isinstance(outcome, QantaraError):
        raise outcome
    details = {"proposal": proposal.id, "citation": said["citation"]}
    entry = AuditEntry(by.id, "customer_deceased", said["customer_id"], details)
    await access.record(tx, [entry], now)


async def _register_agent(
    tx: Tx, node: Institution, proposal: Proposal, by: Principal, now: datetime
) -> None:
    """Make the agent; what refuses it now undoes the approval."""
    said = proposal.payload
    command = Register(
        said["agent_id"], said["name"], said["district"], AccountId(said["account_id"])
    )
    outcome = (await agents.register(tx, node, [command], now))[0]
    if isinstance(outcome, QantaraError):
        raise outcome
    if isinstance(outcome, Refused):
        raise Conflict(outcome.reason, id=command.id)
    details = {"proposal": proposal.id, "account_id": command.account_id}
    await access.record(tx, [AuditEntry(by.id, "agent_registered", outcome.id, details)], now)


_AGENTS = {
    Action.AGENT_SUSPEND: (AgentEvent.SUSPEND, "agent_suspended"),
    Action.AGENT_RESUME: (AgentEvent.RESUME, "agent_resumed"),
    Action.AGENT_CLOSE: (AgentEvent.CLOSE, "agent_closed"),
}


async def _move_agent(
    tx: Tx, node: Institution, proposal: Proposal, by: Principal, now: datetime
) -> None:
    event, word = _AGENTS[proposal.action]
    said = proposal.payload
    outcome = (
        await agents.move_agents(tx, node, [MoveAgent(said["agent_id"], event, by.id)], now)
    )[0]
    if isinstance(outcome, QantaraError):
        raise outcome
    details = {"proposal": proposal.id, "why": said["why"]}
    await access.record(tx, [AuditEntry(by.id, word, outcome.id, details)], now)


_Deed = Callable[[Tx, Any, Proposal, Principal, datetime], Awaitable[None]]
_DEEDS: Mapping[Action, _Deed] = {
    **dict.fromkeys(_ACTS, _act_on_account),
    **dict.fromkeys(_VERDICTS, _decide_held),
    **dict.fromkeys(_REVIEWS, _decide_review),
    **dict.fromkeys(_PARTICIPATION, _move_participant),
    **dict.fromkeys(_AGENTS, _move_agent),
    Action.AGENT_REGISTER: _register_agent,
    Action.CUSTOMER_DECEASED: _record_death,
    Action.KEY_ISSUE: _issue_key,
    Action.KEY_REVOKE: _revoke_key,
}
"""What is done once a second person has said yes."""
