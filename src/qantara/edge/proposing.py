"""What staff propose about a payment that waits: the same whichever door they use."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from qantara.access.model import Action
from qantara.db import Tx
from qantara.edge.calls import Call
from qantara.edge.four_eyes import someone_else
from qantara.errors import Conflict, Malformed, NotFound, Reason
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.reasons import REASONS
from qantara.remittance import flow
from qantara.remittance.model import Inbound, InboundState, State

REVIEWS = {"release": Action.REVIEW_RELEASE, "refuse": Action.REVIEW_REFUSE}
HELD = {
    "release": Action.PAYMENT_RELEASE,
    "refuse": Action.PAYMENT_REFUSE,
    "block": Action.PAYMENT_BLOCK,
}


class Why(NamedTuple):
    """Why somebody wants it done. `reason` is told to the other side of a held payment."""

    legal_reason: str
    citation: str
    reason: str | None = None


class Wish(NamedTuple):
    action: Action
    payload: Mapping[str, Any]


async def of_review(tx: Tx, call: Call, remittance_id: str, verdict: str, why: Why) -> Wish:
    """To let a payment in review go, or to refuse it."""
    if verdict not in REVIEWS:
        raise NotFound(Reason.ROUTE_NOT_FOUND, path=verdict)
    found = (await flow.remittances(tx, [remittance_id]))[0]
    if isinstance(found, NotFound):
        raise found
    someone_else(call.principal, found)
    if found.state is not State.IN_REVIEW:
        raise Conflict(Reason.STATE_CONFLICT, id=remittance_id, state=found.state.value)
    said = {"legal_reason": why.legal_reason, "citation": why.citation}
    return Wish(REVIEWS[verdict], {"remittance_id": found.id, **said})


async def of_held(tx: Tx, call: Call, uetr: str, verdict: str, why: Why) -> Wish:
    """To credit a payment that arrived and is held, to refuse it, or to block it."""
    if verdict not in HELD:
        raise NotFound(Reason.ROUTE_NOT_FOUND, path=verdict)
    if why.reason is not None and why.reason not in {reason.value for reason in REASONS}:
        raise Malformed(Reason.FIELD_INVALID, param="reason", value=why.reason)
    found = await received(tx, call, uetr)
    if found.state is not InboundState.HELD:
        raise Conflict(Reason.STATE_CONFLICT, uetr=uetr, state=found.state.value)
    return Wish(HELD[verdict], {"uetr": found.uetr, **why._asdict()})


async def received(tx: Tx, call: Call, uetr: str) -> Inbound:
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
