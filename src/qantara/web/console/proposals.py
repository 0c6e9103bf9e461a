"""What one person proposed and a second one decides."""

from collections.abc import Mapping

from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access.model import ACTIONS, Action, Proposal, State
from qantara.db import Tx
from qantara.edge.four_eyes import INNER, Decide, approve, reject
from qantara.edge.giving_back import prepared
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.money import Money
from qantara.remittance import flow as remittance
from qantara.remittance.model import GatewayQuote
from qantara.web import rules
from qantara.web.console.deciding import names_of
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

PAGE = 100
_VERBS = {"approve": approve, "reject": reject}
_SUBJECTS: Mapping[Action, tuple[str, str]] = {
    Action.ACCOUNT_FREEZE: ("account_id", "/console/accounts/"),
    Action.ACCOUNT_RELEASE: ("account_id", "/console/accounts/"),
    Action.AGENT_CLOSE: ("agent_id", ""),
    Action.AGENT_REGISTER: ("agent_id", ""),
    Action.AGENT_RESUME: ("agent_id", ""),
    Action.AGENT_SUSPEND: ("agent_id", ""),
    Action.CASE_RETURN: ("case_id", ""),
    Action.CUSTOMER_DECEASED: ("customer_id", "/console/customers/"),
    Action.KEY_ISSUE: ("principal_id", ""),
    Action.KEY_REVOKE: ("key_id", "/console/keys/"),
    Action.PAYMENT_BLOCK: ("uetr", "/console/received/"),
    Action.PAYMENT_REFUSE: ("uetr", "/console/received/"),
    Action.PAYMENT_RELEASE: ("uetr", "/console/received/"),
    Action.REVIEW_REFUSE: ("remittance_id", "/console/payments/"),
    Action.REVIEW_RELEASE: ("remittance_id", "/console/payments/"),
}
"""Of each act: what in its payload names the thing it is done to, and the page of such things."""


def subject_of(proposal: Proposal) -> str:
    name, _ = _SUBJECTS.get(proposal.action, ("", ""))
    return str(proposal.payload.get(name, proposal.id))


def _place_of(proposal: Proposal) -> str:
    _, place = _SUBJECTS.get(proposal.action, ("", ""))
    return place and place + subject_of(proposal)


async def show(visit: Visit) -> Response:
    """What the caller could decide, the soonest to expire first."""
    scopes = visit.caller.principal.scopes
    decided = [action for action, facts in ACTIONS.items() if facts.scope in scopes]
    async with visit.door.database.read() as tx:
        found = await access.pending(tx, visit.caller.now, PAGE, decided)
        names = await names_of(tx, [each.proposed_by for each in found])
    lines = [(each, subject_of(each)) for each in found]
    return visit.shown("proposals.html", lines=lines, names=names)


async def ask(visit: Visit) -> Response:
    """One proposal in full: who, what exactly, why; and the form for the second person."""
    async with visit.door.database.read() as tx:
        found = await _own(visit, await access.proposal(tx, visit.request.path_params["id"]))
        names = await names_of(tx, (found.proposed_by, found.decided_by))
        amount = await _amount(tx, found)
    subject = subject_of(found)
    return visit.shown(
        "proposal.html",
        proposal=found,
        names=names,
        amount=amount,
        subject=subject,
        place=_place_of(found),
        check=rules.check_of(subject),
        said={name: text for name, text in found.payload.items() if _is_shown(name, text)},
        own=found.proposed_by == visit.caller.principal.id,
        open=found.state is State.PENDING and visit.caller.now < found.expires_at,
    )


async def _amount(tx: Tx, proposal: Proposal) -> Money | None:
    """How much it is about, where it is about a payment."""
    said = proposal.payload
    if "remittance_id" in said:
        sent = (await remittance.remittances(tx, [said["remittance_id"]]))[0]
        return None if isinstance(sent, NotFound) else sent.quote.total_debit
    if "uetr" in said:
        received = (await remittance.received_payments(tx, [said["uetr"]]))[0]
        return None if isinstance(received, NotFound) else received.interbank
    return None


def _is_shown(name: str, text: object) -> bool:
    return name not in INNER and text not in {None, ""} if isinstance(text, str) else bool(text)


async def _own(visit: Visit, found: Proposal | NotFound) -> Proposal:
    """What this person could not decide is not shown."""
    if isinstance(found, NotFound):
        raise found
    access.require(visit.caller.principal, ACTIONS[found.action].scope)
    return found


async def decide(visit: Visit) -> Response:
    """Approve what somebody else proposed, or reject it; the proposer may withdraw it."""
    wanted, call = visit.request.path_params["id"], visit.caller
    async with visit.door.database.read() as tx:
        found = await _own(visit, await access.proposal(tx, wanted))
    verb = _VERBS.get(visit.form.get("verdict", ""))
    if verb is None:
        raise NotFound(Reason.ROUTE_NOT_FOUND, path=visit.form.get("verdict", ""))
    offers: tuple[GatewayQuote, ...] = ()
    if verb is approve:
        if visit.form.get("check") != rules.check_of(subject_of(found)):
            raise Malformed(Reason.APPROVAL_UNCHECKED, param="check")
        offers = await prepared(call, found.id)
    command = Decide(call.principal, found.id, offers)
    outcome: Proposal | Refused = await visit.door.batcher.run(verb, command)
    if isinstance(outcome, Refused):
        return visit.told(outcome)
    return gone_on(visit.site, f"/console/proposals/{outcome.id}")


_ANY = frozenset(facts.scope for facts in ACTIONS.values())
PAGES = (
    Page("proposals", "/proposals", show, _ANY, section="work"),
    Page("proposals", "/proposals/{id}", ask, _ANY, act=decide),
)
