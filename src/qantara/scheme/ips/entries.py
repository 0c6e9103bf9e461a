"""A pacs.008 as it enters: whether this system may carry it, and the payment it begins."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec.structs import replace

from qantara.db import mail
from qantara.errors import Reason
from qantara.rails.model import (
    CreditTransfer,
    DomesticTransfer,
    Priority,
    Profile,
    UnwritableMessage,
)
from qantara.scheme import letters
from qantara.scheme.ips import payments, rules, statuses
from qantara.scheme.ips.model import (
    FIVE_STEPS,
    START,
    TRANSITIONS,
    Event,
    IpsNode,
    Participant,
    ParticipantKind,
    Payment,
    Route,
)
from qantara.scheme.letters import Verdict
from qantara.scheme.model import advance

PSP, SAP = ParticipantKind.PSP, ParticipantKind.SAP
Transfer = CreditTransfer | DomesticTransfer
TransferT = TypeVar("TransferT", CreditTransfer, DomesticTransfer)


@dataclass(frozen=True)
class Entry(ABC, Generic[TransferT]):
    """A new pacs.008 with its participants here, as far as they are known."""

    node: IpsNode
    item: mail.Received[TransferT]
    suspended: frozenset[str]

    @property
    @abstractmethod
    def route(self) -> Route: ...

    @property
    @abstractmethod
    def onward_profile(self) -> Profile: ...

    @property
    @abstractmethod
    def pays(self) -> Participant | None: ...

    @property
    @abstractmethod
    def paid(self) -> Participant | None: ...

    @abstractmethod
    def agents_refusal(self) -> Verdict | None:
        """What is wrong with the agents named, before anything else is asked."""

    @property
    def priority(self) -> Priority:
        return Priority.NORM

    @property
    def steps(self) -> int:
        return 4

    @property
    def accepting(self) -> Event:
        return Event.CARRY

    @property
    def answer_profile(self) -> Profile:
        """The guideline of what is told back."""
        return self.node.profile

    @property
    def own(self) -> bool:
        record = self.item.record
        return record.instructing_agent == record.instructed_agent

    def refusal(self, now: datetime) -> Verdict | None:
        return (
            letters.ordered(self.item)
            or self.agents_refusal()
            or self._suspension()
            or self._amount()
            or self._closed(now)
        )

    def _suspension(self) -> Verdict | None:
        for participant in (self.pays, self.paid):
            if participant is not None and participant.role in self.suspended:
                return letters.refuse(Reason.PARTICIPANT_SUSPENDED, agent=participant.bic)
        return None

    def _amount(self) -> Verdict | None:
        amount = self.item.record.settlement_amount
        limits = self.node.limits(self.route)
        if amount.asset != self.node.asset:
            return letters.refuse(Reason.CURRENCY_MISMATCH, currency=amount.asset.code)
        inside = self.route is Route.INSIDE
        if limits.maximum is not None and limits.maximum < amount:
            if inside:
                return letters.refuse(Reason.AMOUNT_ABOVE_LIMIT, limit=str(limits.maximum))
            maximum = str(limits.maximum)
            return letters.refuse(Reason.AMOUNT_ABOVE_SYSTEM_MAXIMUM, maximum=maximum)
        if limits.minimum is not None and amount < limits.minimum:
            if inside:
                return letters.refuse(Reason.AMOUNT_BELOW_LIMIT, limit=str(limits.minimum))
            minimum = str(limits.minimum)
            return letters.refuse(Reason.AMOUNT_BELOW_SYSTEM_MINIMUM, minimum=minimum)
        return None

    def _closed(self, now: datetime) -> Verdict | None:
        window = self.node.window
        if window is None or window.contains(now):
            return None
        return letters.refuse(Reason.SETTLEMENT_CLOSED, system=self.node.name)

    def payment(self, now: datetime) -> tuple[Payment, Event]:
        """The payment in its first state, with the pacs.008 for the party after next."""
        record, pays, paid = self.item.record, self.pays, self.paid
        onward, refused = b"", self.refusal(now)
        if refused is None:
            try:
                onward = self.onward(now)
            except UnwritableMessage as error:
                element = error.defects[0].xpath
                refused = letters.refuse(Reason.MESSAGE_SCHEMA, element=element)
        event = self.accepting if refused is None else Event.REFUSE
        leaves = self.route is Route.OUT
        ends = (record.instructing_agent.bic, record.instructed_agent.bic)
        payment = Payment(
            uetr=record.uetr,
            message_id=record.message_id,
            sender=self.item.message.sender,
            route=self.route,
            priority=self.priority,
            steps=self.steps,
            end_to_end_id=record.end_to_end_id,
            transaction_id=record.transaction_id,
            amount=record.settlement_amount,
            pays="" if pays is None else pays.role,
            pays_bic=ends[0],
            paid="" if paid is None else paid.role,
            paid_bic=ends[1],
            state=advance(TRANSITIONS, START, event),
            reason=None if refused is None else refused.reason,
            text=None if refused is None else refused.text,
            onward=onward,
            due_at=None,
            recorded_at=now,
        )
        timed = refused is None and not (leaves and self.own)
        due = payments.due_at(self.node, payment, now) if timed else None
        return replace(payment, due_at=due), event

    def onward(self, now: datetime) -> bytes:
        """The pacs.008 for the party after next; `UnwritableMessage` if its rail forbids it."""
        record = self.item.record
        own_id = statuses.leg_id(self.node, record.uetr, "onward")
        leg = replace(record, message_id=own_id, created_at=now)
        return letters.letter("", leg, self.onward_profile).raw

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


@dataclass(frozen=True)
class Outbound(Entry[CreditTransfer]):
    """From a participant, through its access provider, to the gateway."""

    @property
    def route(self) -> Route:
        return Route.OUT

    @property
    def onward_profile(self) -> Profile:
        return Profile.NEXUS

    @property
    def priority(self) -> Priority:
        return self.item.record.priority

    @property
    def steps(self) -> int:
        return self.node.source_steps

    @property
    def accepting(self) -> Event:
        return Event.SUBMIT_OWN if self.own else Event.SUBMIT

    @property
    def pays(self) -> Participant | None:
        return rules.sender(self.node, self.item.message.sender)

    @property
    def paid(self) -> Participant | None:
        return self.node.agent(self.item.record.instructed_agent.bic, SAP)

    def agents_refusal(self) -> Verdict | None:
        record, near = self.item.record, self.item.record.intermediary1
        wrong = rules.foreign_name(self.pays, record.instructing_agent, record.debtor_agent)
        if wrong is not None:
            return wrong
        if near is None:
            return letters.refuse(Reason.MESSAGE_ELEMENT_MISSING, element="IntrmyAgt1")
        if self.paid is None or near.agent != record.instructed_agent:
            return letters.refuse(Reason.AGENT_WRONG, agent=record.instructed_agent.bic)
        return None


@dataclass(frozen=True)
class Inbound(Entry[CreditTransfer]):
    """From the gateway, through the FX provider's access provider, to the payee's provider."""

    @property
    def route(self) -> Route:
        return Route.IN

    @property
    def answer_profile(self) -> Profile:
        return Profile.NEXUS

    @property
    def onward_profile(self) -> Profile:
        return self.node.profile

    @property
    def priority(self) -> Priority:
        return self.item.record.priority

    @property
    def steps(self) -> int:
        return FIVE_STEPS if self.priority is Priority.HIGH else self.node.steps

    @property
    def accepting(self) -> Event:
        return Event.DELIVER_OWN if self.own else Event.DELIVER

    @property
    def pays(self) -> Participant | None:
        return self.node.agent(self.item.record.instructing_agent.bic, SAP)

    @property
    def paid(self) -> Participant | None:
        return self.node.agent(self.item.record.instructed_agent.bic, PSP)

    def agents_refusal(self) -> Verdict | None:
        record = self.item.record
        if record.creditor_agent != record.instructed_agent:
            return letters.refuse(Reason.MESSAGE_WRONG_PARTY, agent=record.creditor_agent.bic)
        unknown = rules.creditor_agent(self.node, record.creditor_agent)
        if unknown is not None:
            return unknown
        if self.pays is None or record.intermediary2.agent != record.instructing_agent:
            return letters.refuse(Reason.AGENT_WRONG, agent=record.instructing_agent.bic)
        return None


@dataclass(frozen=True)
class Inside(Entry[DomesticTransfer]):
    """From one participant to another."""

    @property
    def route(self) -> Route:
        return Route.INSIDE

    @property
    def answer_profile(self) -> Profile:
        return self.node.domestic

    @property
    def onward_profile(self) -> Profile:
        return self.node.domestic

    @property
    def pays(self) -> Participant | None:
        return rules.sender(self.node, self.item.message.sender)

    @property
    def paid(self) -> Participant | None:
        return self.node.agent(self.item.record.instructed_agent.bic, PSP)

    def agents_refusal(self) -> Verdict | None:
        record = self.item.record
        wrong = rules.foreign_name(self.pays, record.instructing_agent, record.debtor_agent)
        if wrong is not None:
            return wrong
        if record.creditor_agent != record.instructed_agent:
            return letters.refuse(Reason.MESSAGE_WRONG_PARTY, agent=record.creditor_agent.bic)
        if self.own:
            return letters.refuse(Reason.AGENT_WRONG, agent=record.creditor_agent.bic)
        return rules.creditor_agent(self.node, record.creditor_agent)


def entry(
    node: IpsNode, item: mail.Received[Any], suspended: frozenset[str]
) -> Outbound | Inbound | Inside:
    if isinstance(item.record, DomesticTransfer):
        return Inside(node, item, suspended)
    if item.message.sender == node.gateway:
        return Inbound(node, item, suspended)
    return Outbound(node, item, suspended)
