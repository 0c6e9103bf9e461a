"""A caller's own payments: found, named, and who holds their money."""

from collections.abc import Mapping, Sequence
from typing import Literal

from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.domestic.records import Transfer
from qantara.edge.calls import Call
from qantara.errors import Malformed, NotFound, Reason
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.rails import flow as rails
from qantara.remittance import flow as remittance
from qantara.remittance.case_model import RETURNED
from qantara.remittance.model import Remittance, ReviewState, State
from qantara.remittance.review_model import Review

Holder = Literal["sender", "institution", "system", "recipient_institution", "authority"]
_HOLDERS: Mapping[str, Holder] = {
    State.IN_REVIEW: "institution",
    State.ACCEPTED: "institution",
    State.SUBMITTED: "system",
    State.OVERDUE: "system",
    State.COMPLETED: "recipient_institution",
    State.BLOCKED: "authority",
    RETURNED: "sender",
}
_MEANS = {
    ReviewState.WAITING: Reason.REVIEW_WAITING,
    ReviewState.REFUSED: Reason.REVIEW_REFUSED,
    ReviewState.LAPSED: Reason.REVIEW_LAPSED,
}


async def own_remittance(tx: Tx, call: Call, remittance_id: str) -> Remittance:
    """The remittance, if it is one and the caller's to see; a quote that nobody accepted is none,
    one that ran out while it was reviewed is.
    """
    found = (await remittance.remittances(tx, [remittance_id]))[0]
    if (
        isinstance(found, NotFound)
        or found.state is State.QUOTED
        or (found.state is State.EXPIRED and found.hold_id is None)
        or not call.sees(found.quote.request.customer_id)
    ):
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, id=remittance_id)
    return found


async def own_transfer(tx: Tx, call: Call, transfer_id: str) -> Transfer:
    """The transfer inside the payment system, if it is one and the caller's to see."""
    found = (await domestic.transfers(tx, [transfer_id]))[0]
    if isinstance(found, NotFound) or not call.sees(found.customer_id):
        raise NotFound(Reason.TRANSFER_NOT_FOUND, id=transfer_id)
    return found


async def payee_names(tx: Tx, shown: Sequence[Remittance]) -> dict[str, str | None]:
    """What the sender may see of each payee's name, by payee check."""
    wanted = [each.payee_check_id for each in shown if each.payee_check_id is not None]
    checks = await payees.checks(tx, wanted)
    return {check.id: check.display_name for check in checks if isinstance(check, PayeeCheck)}


def holder_of(last: str) -> Holder:
    """Whose hands the money is in, by the last thing that happened; until the system answers, our
    reservation and its word that it has taken the message are all there is to say.
    """
    return _HOLDERS.get(last, "sender")


def review_means(review: Review) -> Reason | None:
    """What a review means to the sender. A release that came in time says all by the payment's
    going on.
    """
    if review.state is ReviewState.RELEASED and review.used_by != review.remittance_id:
        return Reason.REVIEW_CLEARED
    return _MEANS.get(review.state)


def carriable(carried: Mapping[str, str | None], reference: str | None) -> None:
    """`Malformed` for a word of the customer's that the rails could not carry."""
    for name, text in carried.items():
        if text is not None and rails.text_defect(text, name):
            raise Malformed(Reason.FIELD_INVALID, param=name, value=text)
    if reference is not None and rails.reference_defect(reference, "reference"):
        raise Malformed(Reason.FIELD_INVALID, param="reference", value=reference)
