"""A pacs.008 comes in: from a participant (source side) or from the gateway (destination side)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.ledger import flow as ledger
from qantara.rails.model import CreditTransfer, Profile, UnwritableMessage
from qantara.scheme import letters
from qantara.scheme.ips import payments, store
from qantara.scheme.ips.model import (
    START,
    TRANSITIONS,
    Event,
    IpsNode,
    Participant,
    ParticipantKind,
    Payment,
)
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import advance

_Received = mail.Received[CreditTransfer]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A new pacs.008 with its participants here, as far as they are known."""

    node: IpsNode
    item: _Received

    @property
    def incoming(self) -> bool:
        return self.item.message.sender == self.node.gateway

    @property
    def psp_bic(self) -> str:
        record = self.item.record
        return (record.instructed_agent if self.incoming else record.instructing_agent).bic

    @property
    def sap_bic(self) -> str:
        record = self.item.record
        return (record.instructing_agent if self.incoming else record.instructed_agent).bic

    @property
    def psp(self) -> Participant | None:
        if self.incoming:
            return self.node.agent(self.psp_bic, ParticipantKind.PSP)
        return self.node.participant(self.item.message.sender)

    @property
    def sap(self) -> Participant | None:
        return self.node.agent(self.sap_bic, ParticipantKind.SAP)

    def refusal(self, now: datetime) -> Verdict | None:
        node, record = self.node, self.item.record
        wrong = self._agents()
        if wrong is not None:
            return wrong
        if record.settlement_amount.asset != node.asset:
            return letters.refuse(
                Reason.CURRENCY_MISMATCH, currency=record.settlement_amount.asset.code
            )
        if node.maximum < record.settlement_amount:
            return letters.refuse(Reason.AMOUNT_ABOVE_LIMIT, maximum=str(node.maximum))
        if node.window is not None and not node.window.contains(now):
            return letters.refuse(Reason.SETTLEMENT_CLOSED, system=node.name)
        return None

    def _agents(self) -> Verdict | None:
        record, psp = self.item.record, self.psp
        near = record.intermediary2 if self.incoming else record.intermediary1
        if self.incoming:
            if record.creditor_agent != record.instructed_agent:
                return letters.refuse(Reason.MESSAGE_WRONG_PARTY, agent=record.creditor_agent.bic)
            if psp is None:
                return letters.refuse(Reason.INSTITUTION_UNKNOWN, agent=self.psp_bic)
        else:
            agents = {record.instructing_agent.bic, record.debtor_agent.bic}
            if psp is None or psp.kind is not ParticipantKind.PSP or agents != {psp.bic}:
                return letters.refuse(
                    Reason.MESSAGE_WRONG_PARTY, agent=record.instructing_agent.bic
                )
        if near is None:
            return letters.refuse(Reason.MESSAGE_ELEMENT_MISSING, element="IntrmyAgt")
        if self.sap is None or near.agent.bic != self.sap_bic:
            return letters.refuse(Reason.INSTITUTION_UNKNOWN, agent=self.sap_bic)
        return None

    def payment(self, now: datetime) -> tuple[Payment, Event]:
        """The payment in its first state, with the pacs.008 for the party after next."""
        record, psp, sap = self.item.record, self.psp, self.sap
        onward, refused = b"", self.refusal(now)
        if refused is None:
            try:
                onward = self.onward(now)
            except UnwritableMessage as error:
                element = error.defects[0].xpath
                refused = letters.refuse(Reason.MESSAGE_SCHEMA, element=element)
        accept = Event.DELIVER if self.incoming else Event.SUBMIT
        event = accept if refused is None else Event.REFUSE
        payment = Payment(
            uetr=record.uetr,
            message_id=record.message_id,
            sender=self.item.message.sender,
            end_to_end_id=record.end_to_end_id,
            transaction_id=record.transaction_id,
            amount=record.settlement_amount,
            psp="" if psp is None else psp.role,
            psp_bic=self.psp_bic,
            sap="" if sap is None else sap.role,
            sap_bic=self.sap_bic,
            state=advance(TRANSITIONS, START, event),
            reason=None if refused is None else refused.reason,
            text=None if refused is None else refused.text,
            onward=onward,
            recorded_at=now,
        )
        return payment, event

    def onward(self, now: datetime) -> bytes:
        """The pacs.008 for the party after next; `UnwritableMessage` if its rail forbids it."""
        record = self.item.record
        own_id = payments.leg_id(self.node, record.uetr, "onward")
        profile = self.node.profile if self.incoming else Profile.NEXUS
        return letters.letter("", replace(record, message_id=own_id, created_at=now), profile).raw

    def repeats(self, payment: Payment) -> bool:
        """Whether this is the message that the payment began with."""
        record, sender = self.item.record, self.item.message.sender
        return (record.message_id, sender) == (payment.message_id, payment.sender)

    def contradicts(self, payment: Payment) -> bool:
        """Whether the payment's own message says something else the second time."""
        if not self.repeats(payment) or not payment.onward:
            return False
        try:
            return self.onward(payment.recorded_at) != payment.onward
        except UnwritableMessage:
            return True


async def take_in(
    tx: Tx, node: IpsNode, received: Sequence[_Received], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.008: checked, and sent to the access provider of this side; or RJCT with its code.

    A participant's own money is reserved here and now. What the gateway sends is reserved when
    the access provider has agreed. Somebody who takes no part is NotFound and gets no answer; a
    message that says something else the second time is a Conflict.
    """
    await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    entries: dict[str, _Entry] = {}
    repeats: dict[int, _Entry] = {}
    outcomes: list[QantaraError | None] = []
    for place, item in enumerate(received):
        sender, uetr = item.message.sender, item.record.uetr
        if sender != node.gateway and node.participant(sender) is None:
            outcomes.append(NotFound(Reason.INSTITUTION_UNKNOWN, sender=sender))
            continue
        outcomes.append(None)
        if uetr in known or uetr in entries:
            repeats[place] = _Entry(node, item)
        else:
            entries[uetr] = _Entry(node, item)
    new = await _reserve(tx, node, [entry.payment(now) for entry in entries.values()], now)
    await store.insert_payments(tx, new, now)
    known |= {payment.uetr: payment for payment, _ in new}
    out = [_first(node, entries[uetr].item.record, known[uetr], now) for uetr in entries]
    for place, entry in repeats.items():
        payment = known[entry.item.record.uetr]
        if entry.contradicts(payment):
            outcomes[place] = Conflict(Reason.ID_REUSED, id=payment.message_id)
        else:
            out.append(_repeated(entry, payment, now))
    await mail.send(tx, out, now)
    return outcomes


async def _reserve(
    tx: Tx, node: IpsNode, new: list[tuple[Payment, Event]], now: datetime
) -> list[tuple[Payment, Event]]:
    """Source side: hold the sender's money; what the book refuses is refused."""
    holds = [payments.hold(node, payment, now) for payment, e in new if e is Event.SUBMIT]
    posted = {
        item.reference: o for item, o in zip(holds, await ledger.post(tx, holds, now), strict=True)
    }
    decided = []
    for payment, event in new:
        outcome = posted.get(payment.uetr)
        if outcome is None or outcome.refusal is None:
            decided.append((payment, event))
            continue
        said = letters.refusal(outcome.refusal)
        state = advance(TRANSITIONS, START, Event.REFUSE)
        refused = replace(payment, state=state, reason=said.reason, text=said.text, onward=b"")
        decided.append((refused, Event.REFUSE))
    return decided


def _sap_leg(node: IpsNode, record: CreditTransfer, payment: Payment) -> mail.Outgoing:
    leg = replace(
        record,
        message_id=payments.leg_id(node, record.uetr, "sap"),
        created_at=payment.recorded_at,
    )
    return letters.letter(payment.sap, leg, node.profile)


def _first(node: IpsNode, record: CreditTransfer, payment: Payment, now: datetime) -> mail.Outgoing:
    if payment.reason is None:
        return _sap_leg(node, record, payment)
    side = payments.Side.GATEWAY if payment.sender == node.gateway else payments.Side.PSP
    return payments.status_to(node, payment, side, now)


def _repeated(entry: _Entry, payment: Payment, now: datetime) -> mail.Outgoing:
    """The same message again gets its answer again; the same UETR in another one is DU03."""
    node, record, sender = entry.node, entry.item.record, entry.item.message.sender
    if entry.repeats(payment):
        return payments.again(node, payment, _sap_leg(node, record, payment), now)
    status = letters.answer(
        letters.message_id(node.role, record.uetr, "duplicate", sender, record.message_id),
        Original.of(record),
        letters.refuse(Reason.MESSAGE_DUPLICATE),
        (record.instructed_agent.bic, record.instructing_agent.bic),
        now,
    )
    profile = Profile.NEXUS if sender == node.gateway else node.profile
    return letters.letter(sender, status, profile)
