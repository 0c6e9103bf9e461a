"""The messages about a payment that this system writes; written again each is the same."""

from datetime import datetime

from qantara.db import mail
from qantara.errors import Conflict, Reason
from qantara.rails import flow as rails
from qantara.rails.model import CreditTransfer, DomesticTransfer, Profile, Status, envelope_name
from qantara.scheme import letters
from qantara.scheme.ips.model import IpsNode, Payment, Route, Side, State
from qantara.scheme.letters import Original, Verdict

_WORDS = {
    State.SETTLED: Status.ACCC,
    State.AT_CONFIRMATION: Status.ACCC,
    State.BLOCKED: Status.BLCK,
    State.AT_BLOCK_CONFIRMATION: Status.BLCK,
    State.HELD: Status.ACWP,
    State.REJECTED: Status.RJCT,
}


def leg_id(node: IpsNode, uetr: str, leg: str) -> str:
    """The id of the pacs.008 we sent: `sap` to the access provider, `onward` to the next party."""
    return letters.message_id(node.role, uetr, leg)


def said_of(payment: Payment) -> Verdict:
    """The status of a payment as it stands; ACTC while it is on its way."""
    return Verdict(_WORDS.get(payment.state, Status.ACTC), payment.reason, payment.text)


def side_of(node: IpsNode, payment: Payment, sender: str) -> Side:
    if sender == node.gateway and payment.route is not Route.INSIDE:
        return Side.GATEWAY
    for side, role in payment.parties.items():
        if role == sender:
            return side
    raise Conflict(Reason.MESSAGE_WRONG_PARTY, sender=sender)


def original_id(node: IpsNode, payment: Payment, side: Side) -> str:
    """The id of the pacs.008 between us and a side: the one it sent, or the one we sent it."""
    if side is payment.origin:
        return payment.message_id
    return leg_id(node, payment.uetr, "sap" if side is Side.SAP else "onward")


def profile_to(node: IpsNode, payment: Payment, side: Side) -> Profile:
    if side is Side.GATEWAY:
        return Profile.NEXUS
    return node.domestic if payment.route is Route.INSIDE else node.profile


def status_to(
    node: IpsNode, payment: Payment, side: Side, now: datetime, *words: str
) -> mail.Outgoing:
    """pacs.002 to one side. `words` tell it from the final one of that side."""
    said = said_of(payment)
    if said.status in {Status.ACWP, Status.ACTC}:
        words = (*words, said.status)
    recipient = payment.sender if side is payment.origin else payment.parties[side]
    paid_side = Side.SAP if payment.route is Route.OUT else Side.PSP
    agents = (payment.pays_bic, payment.paid_bic)
    status = letters.answer(
        letters.message_id(node.role, payment.uetr, "status", side, *words),
        Original(
            original_id(node, payment, side),
            payment.uetr,
            payment.end_to_end_id,
            payment.transaction_id,
        ),
        said,
        agents if side is paid_side else agents[::-1],
        now,
    )
    return letters.letter(recipient, status, profile_to(node, payment, side))


def onward(node: IpsNode, payment: Payment) -> mail.Outgoing:
    """The stored pacs.008: out to the gateway, or to the payee's provider."""
    outbound = payment.route is Route.OUT
    side = Side.GATEWAY if outbound else Side.PSP
    profile = profile_to(node, payment, side)
    kind = DomesticTransfer if payment.route is Route.INSIDE else CreditTransfer
    return mail.Outgoing(
        node.gateway if outbound else payment.paid,
        leg_id(node, payment.uetr, "onward"),
        envelope_name(rails.name_of(kind, profile), profile),
        payment.uetr,
        payment.onward,
    )
