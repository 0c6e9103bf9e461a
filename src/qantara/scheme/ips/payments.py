"""What both sides share: answers that move a payment, their bookings, and who is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Posted, Transfer, TransferKind
from qantara.rails.model import MessageName, PaymentStatus, Profile, Status
from qantara.scheme import letters
from qantara.scheme.ips import store
from qantara.scheme.ips.model import FINAL, TRANSITIONS, Event, IpsNode, Payment, State
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import advance
from qantara.scheme.steps import Step, move


class Side(StrEnum):
    """Who can be written to about a payment."""

    PSP = "psp"
    SAP = "sap"
    GATEWAY = "gateway"


_EVENTS: dict[tuple[State, Status], Event] = {
    (State.AT_SOURCE_SAP, Status.ACCC): Event.SAP_ACCEPT,
    (State.AT_SOURCE_SAP, Status.RJCT): Event.SAP_REJECT,
    (State.AT_DESTINATION_SAP, Status.ACTC): Event.SAP_ACCEPT,
    (State.AT_DESTINATION_SAP, Status.RJCT): Event.SAP_REJECT,
    (State.AT_PAYEE_PSP, Status.ACCC): Event.PSP_ACCEPT,
    (State.AT_PAYEE_PSP, Status.RJCT): Event.PSP_REJECT,
    (State.AT_GATEWAY, Status.ACCC): Event.CONFIRM,
    (State.AT_GATEWAY, Status.RJCT): Event.REJECT,
    (State.AT_CONFIRMATION, Status.ACCC): Event.CONFIRM,
    (State.AT_CONFIRMATION, Status.RJCT): Event.REJECT,
}
_AWAITED: dict[State, Side] = {
    State.AT_SOURCE_SAP: Side.SAP,
    State.AT_DESTINATION_SAP: Side.SAP,
    State.AT_PAYEE_PSP: Side.PSP,
    State.AT_GATEWAY: Side.GATEWAY,
    State.AT_CONFIRMATION: Side.GATEWAY,
}
_BOOKINGS: dict[tuple[State, Event], TransferKind] = {
    (State.AT_SOURCE_SAP, Event.SAP_REJECT): TransferKind.VOID,
    (State.AT_GATEWAY, Event.CONFIRM): TransferKind.POST,
    (State.AT_GATEWAY, Event.REJECT): TransferKind.VOID,
    (State.AT_DESTINATION_SAP, Event.SAP_ACCEPT): TransferKind.HOLD,
    (State.AT_PAYEE_PSP, Event.PSP_ACCEPT): TransferKind.POST,
    (State.AT_PAYEE_PSP, Event.PSP_REJECT): TransferKind.VOID,
    (State.AT_CONFIRMATION, Event.CONFIRM): TransferKind.POST,
    (State.AT_CONFIRMATION, Event.REJECT): TransferKind.VOID,
}
_TOLD: dict[tuple[State, Event], tuple[Side, ...]] = {
    (State.AT_SOURCE_SAP, Event.SAP_REJECT): (Side.PSP,),
    (State.AT_GATEWAY, Event.CONFIRM): (Side.SAP, Side.PSP),
    (State.AT_GATEWAY, Event.REJECT): (Side.SAP, Side.PSP),
    (State.AT_DESTINATION_SAP, Event.SAP_REJECT): (Side.GATEWAY,),
    (State.AT_DESTINATION_SAP, Event.REFUSE): (Side.SAP, Side.GATEWAY),
    (State.AT_PAYEE_PSP, Event.PSP_ACCEPT): (Side.SAP, Side.GATEWAY),
    (State.AT_PAYEE_PSP, Event.PSP_VALIDATE): (Side.GATEWAY,),
    (State.AT_PAYEE_PSP, Event.PSP_REJECT): (Side.SAP, Side.GATEWAY),
    (State.AT_CONFIRMATION, Event.CONFIRM): (Side.SAP, Side.PSP),
    (State.AT_CONFIRMATION, Event.REJECT): (Side.SAP, Side.PSP),
}


def leg_id(node: IpsNode, uetr: str, leg: str) -> str:
    """The id of the pacs.008 we sent: `sap` to the access provider, `onward` to the next party."""
    return letters.message_id(node.role, uetr, leg)


def hold(node: IpsNode, payment: Payment, now: datetime) -> Transfer:
    """Reserve the money from who pays in this system to who is paid in it."""
    incoming = payment.sender == node.gateway
    pays, paid = (payment.sap, payment.psp) if incoming else (payment.psp, payment.sap)
    return Transfer(
        id=letters.transfer_id(node.role, payment.uetr, "hold"),
        debit=node.account_of(pays),
        credit=node.account_of(paid),
        amount=payment.amount.minor,
        asset=payment.amount.asset.code,
        kind=TransferKind.HOLD,
        code="ips.reserve",
        reference=payment.uetr,
        occurred_at=now,
    )


def _release(node: IpsNode, payment: Payment, kind: TransferKind, now: datetime) -> Transfer:
    return Transfer(
        id=letters.transfer_id(node.role, payment.uetr, kind),
        amount=0,
        kind=kind,
        hold_id=letters.transfer_id(node.role, payment.uetr, "hold"),
        code="ips.settle" if kind is TransferKind.POST else "ips.release",
        reference=payment.uetr,
        occurred_at=now,
    )


def said_of(payment: Payment) -> Verdict:
    if payment.state is State.REJECTED:
        return Verdict(Status.RJCT, payment.reason, payment.text)
    return letters.ACCEPTED


def _origin(node: IpsNode, payment: Payment) -> Side:
    """The side from which the pacs.008 came to us."""
    return Side.GATEWAY if payment.sender == node.gateway else Side.PSP


def _original_id(node: IpsNode, payment: Payment, side: Side) -> str:
    """The id of the pacs.008 between us and a side: the one it sent, or the one we sent it."""
    if side is _origin(node, payment):
        return payment.message_id
    return leg_id(node, payment.uetr, "sap" if side is Side.SAP else "onward")


def status_to(node: IpsNode, payment: Payment, side: Side, now: datetime) -> mail.Outgoing:
    """pacs.002 to one side; written again it is the same message."""
    recipient = {Side.PSP: payment.psp, Side.SAP: payment.sap, Side.GATEWAY: node.gateway}[side]
    if side is _origin(node, payment):
        recipient = payment.sender
    original_id = _original_id(node, payment, side)
    to_psp = side is Side.PSP
    agents = (payment.sap_bic, payment.psp_bic) if to_psp else (payment.psp_bic, payment.sap_bic)
    status = letters.answer(
        letters.message_id(node.role, payment.uetr, "status", side),
        Original(original_id, payment.uetr, payment.end_to_end_id, payment.transaction_id),
        said_of(payment),
        agents,
        now,
    )
    profile = Profile.NEXUS if side is Side.GATEWAY else node.profile
    return letters.letter(recipient, status, profile)


def onward(node: IpsNode, payment: Payment) -> mail.Outgoing:
    """The stored pacs.008: out to the gateway, or in to the payee's provider."""
    incoming = payment.sender == node.gateway
    return mail.Outgoing(
        payment.psp if incoming else node.gateway,
        leg_id(node, payment.uetr, "onward"),
        MessageName.CREDIT_TRANSFER,
        payment.uetr,
        payment.onward,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    payment: Payment
    event: Event
    said: Verdict
    transfer: Transfer | None


async def progress(
    tx: Tx, node: IpsNode, received: Sequence[mail.Received[PaymentStatus]], now: datetime
) -> list[QantaraError | None]:
    """Move each payment by what the party that has it answered.

    An answer that says what is known already changes nothing; one that contradicts it, or
    comes from somebody else, is a Conflict; one on another message than ours is NotFound.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    plans: list[_Plan] = []
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        try:
            plan = _plan(node, known, item, now) if is_fresh else None
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        outcomes.append(None)
        if plan is not None:
            plans.append(plan)
            state = advance(TRANSITIONS, plan.payment.state, plan.event)
            known[plan.payment.uetr] = replace(plan.payment, state=state)
    transfers = [plan.transfer for plan in plans if plan.transfer is not None]
    posted = {item.id: item for item in await ledger.post(tx, transfers, now)}
    plans = [_decided(plan, posted) for plan in plans]
    await move(tx, store.MOVE, [_step(plan) for plan in plans], now)
    await mail.send(tx, [out for plan in plans for out in _written(node, plan, now)], now)
    return outcomes


def _plan(
    node: IpsNode,
    known: dict[str, Payment],
    item: mail.Received[PaymentStatus],
    now: datetime,
) -> _Plan | None:
    record, sender = item.record, item.message.sender
    payment = known.get(record.uetr)
    if payment is None:
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=record.uetr)
    sides = {payment.psp: Side.PSP, payment.sap: Side.SAP, node.gateway: Side.GATEWAY}
    side = sides.get(sender)
    if side is None:
        raise Conflict(Reason.MESSAGE_WRONG_PARTY, sender=sender)
    event = _EVENTS.get((payment.state, record.status))
    if event is None or _AWAITED.get(payment.state) is not side:
        if _known_already(payment, side, record.status):
            return None
        raise Conflict(Reason.STATE_CONFLICT, state=payment.state, status=record.status)
    letters.must_answer(record, _original_id(node, payment, side))
    if event is Event.PSP_ACCEPT and node.steps == 5:  # noqa: PLR2004 - the variant's name
        event = Event.PSP_VALIDATE
    kind = _BOOKINGS.get((payment.state, event))
    if kind is None:
        transfer = None
    elif kind is TransferKind.HOLD:
        transfer = hold(node, payment, now)
    else:
        transfer = _release(node, payment, kind, now)
    return _Plan(payment, event, letters.verdict(record), transfer)


def _known_already(payment: Payment, side: Side, status: Status) -> bool:
    """Whether this party said so before, or is only told back what it was told."""
    if status is Status.RJCT:
        return payment.state is State.REJECTED
    if payment.state is State.REJECTED:
        return False
    later = {
        Side.SAP: {State.AT_GATEWAY, State.AT_PAYEE_PSP, State.AT_CONFIRMATION, State.SETTLED},
        Side.PSP: {State.AT_CONFIRMATION, State.SETTLED},
        Side.GATEWAY: {State.SETTLED},
    }
    return payment.state in later[side]


def _decided(plan: _Plan, posted: dict[str, Posted]) -> _Plan:
    """The plan after the book has spoken: a reservation may be refused, a promise may not."""
    outcome = None if plan.transfer is None else posted[plan.transfer.id]
    if plan.transfer is None or outcome is None or outcome.refusal is None:
        return plan
    if plan.transfer.kind is not TransferKind.HOLD:
        raise Conflict(outcome.refusal.reason, uetr=plan.payment.uetr, transfer=plan.transfer.id)
    return replace(plan, event=Event.REFUSE, said=letters.refusal(outcome.refusal))


def _step(plan: _Plan) -> Step[State, Event]:
    state = advance(TRANSITIONS, plan.payment.state, plan.event)
    rejected = state is State.REJECTED
    return Step(
        plan.payment.uetr,
        plan.payment.state,
        plan.event,
        state,
        plan.said.reason if rejected else None,
        plan.said.text if rejected else None,
    )


def _written(node: IpsNode, plan: _Plan, now: datetime) -> list[mail.Outgoing]:
    step = _step(plan)
    payment = replace(plan.payment, state=step.state, reason=step.reason, text=step.text)
    if plan.event is Event.SAP_ACCEPT:
        return [onward(node, payment)]
    return [status_to(node, payment, side, now) for side in _TOLD[plan.payment.state, plan.event]]


def again(node: IpsNode, payment: Payment, sap_leg: mail.Outgoing, now: datetime) -> mail.Outgoing:
    """What a repeated pacs.008 gets: its final answer, or itself sent on once more."""
    back = _origin(node, payment)
    if payment.state in FINAL or payment.state is State.AT_CONFIRMATION:
        return status_to(node, payment, back, now)
    if payment.state in {State.AT_SOURCE_SAP, State.AT_DESTINATION_SAP}:
        return sap_leg
    return onward(node, payment)
