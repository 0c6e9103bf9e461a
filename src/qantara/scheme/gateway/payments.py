"""Payments through the gateway: validate, convert, send on; and the answer on its way back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qantara.clock import to_text
from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.rails.model import CreditTransfer, PaymentStatus, Priority, Profile, Status
from qantara.scheme import letters
from qantara.scheme.gateway import store
from qantara.scheme.gateway.model import (
    FINAL,
    START,
    TRANSITIONS,
    Country,
    Event,
    GatewayNode,
    Payment,
    Quote,
    State,
)
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import EXCHANGE_NOTICE, ExchangeNotice, advance, write_notice
from qantara.scheme.steps import Step, move

_Quoted = dict[str, tuple[Quote, str | None]]


async def forward(
    tx: Tx, node: GatewayNode, received: Sequence[mail.Received[CreditTransfer]], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.008 of a source system: converted and sent on, or rejected with its code.

    The schema was judged at the door (FF01). A message seen before is no error: its answer,
    or itself, goes out again under the same ids; with other content it is a Conflict. The same
    UETR in another message is DU03.
    """
    await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    quoted = await store.quotes(tx, [item.record.agreed_rate.quote_id for item in received])
    used = {quote_id: by for quote_id, (_, by) in quoted.items() if by is not None}
    new: list[tuple[Payment, Event]] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item in received:
        record, sender = item.record, item.message.sender
        payment = known.get(record.uetr)
        check = Check(node, record, sender, quoted, used)
        if payment is not None:
            again = _again(check, payment, item)
            outcomes.append(again if isinstance(again, Conflict) else None)
            out += [] if isinstance(again, Conflict) else [again]
            continue
        outcomes.append(None)
        refused = check.refusal(now)
        payment, event = check.payment(refused, now)
        known[record.uetr] = payment
        new.append((payment, event))
        if refused is not None:
            out.append(_answer(node, payment, refused))
            continue
        used[record.agreed_rate.quote_id] = record.uetr
        out.append(_onward(node, payment, record, quoted))
    await store.insert_payments(tx, new, now)
    await mail.send(tx, out, now)
    return outcomes


@dataclass(frozen=True, slots=True)
class Check:
    """One new pacs.008 against the reference data and the quotes, in the order of the rules."""

    node: GatewayNode
    record: CreditTransfer
    sender: str
    quoted: _Quoted
    used: dict[str, str]

    @property
    def quote(self) -> Quote | None:
        found = self.quoted.get(self.record.agreed_rate.quote_id)
        return None if found is None else found[0]

    @property
    def destination(self) -> Country | None:
        quote = self.quote
        return None if quote is None else self.node.country(quote.destination_country)

    def refusal(self, now: datetime) -> Verdict | None:
        return (
            self._usage() or self._age(now) or self._quote(now) or self._accounts() or self._cap()
        )

    def _usage(self) -> Verdict | None:
        record = self.record
        if self.node.country_of(self.sender) is None:
            return letters.refuse(Reason.MESSAGE_WRONG_PARTY, sender=self.sender)
        if record.intermediary1 is None:
            return letters.refuse(Reason.MESSAGE_ELEMENT_MISSING, element="IntrmyAgt1")
        if record.priority is not Priority.NORM:
            return letters.refuse(Reason.MESSAGE_CODE_UNKNOWN, priority=record.priority)
        return None

    def _age(self, now: datetime) -> Verdict | None:
        oldest = now - timedelta(seconds=self.node.acceptance_stale_seconds)
        newest = now + timedelta(seconds=self.node.clock_skew_seconds)
        if not oldest <= self.record.accepted_at <= newest:
            return letters.refuse(Reason.MESSAGE_STALE, accepted=to_text(self.record.accepted_at))
        return None

    def _quote(self, now: datetime) -> Verdict | None:
        record, quote = self.record, self.quote
        if quote is None:
            return letters.refuse(Reason.QUOTE_NOT_FOUND)
        source = self.node.country(quote.source_country)
        if quote.psp != record.debtor_agent.bic or source is None or source.ips != self.sender:
            return letters.refuse(Reason.QUOTE_FOREIGN)
        if now >= quote.expires_at:
            return letters.refuse(Reason.QUOTE_EXPIRED, expired=to_text(quote.expires_at))
        if quote.id in self.used:
            return letters.refuse(Reason.QUOTE_USED)
        wrong = self._mismatch(quote)
        return None if wrong is None else letters.refuse(Reason.QUOTE_MISMATCH, element=wrong)

    def _mismatch(self, quote: Quote) -> str | None:
        """The element that is not what was quoted."""
        record, terms = self.record, quote.terms
        rate = record.agreed_rate
        fee = record.charges[1]
        pairs = {
            "PreAgrdXchgRate": (rate.rate, terms.rate.value),
            "UnitCcy": (rate.unit_currency, terms.rate.base.code),
            "QtdCcy": (rate.quoted_currency, terms.rate.quote.code),
            "IntrBkSttlmAmt": (record.settlement_amount, terms.source),
            "ChrgsInf": (fee.amount, terms.fee),
        }
        return next((name for name, (told, quoted) in pairs.items() if told != quoted), None)

    def _accounts(self) -> Verdict | None:
        """RC11 unless both accounts are the quoting provider's own, at its access providers."""
        record, quote = self.record, self.quote
        fxp = None if quote is None else self.node.fxp(quote.fxp)
        if quote is None or fxp is None or record.intermediary1 is None:
            return letters.refuse(Reason.FX_ACCOUNT_FOREIGN)
        told = (record.intermediary1, record.intermediary2)
        own = (
            fxp.accounts[quote.terms.source.asset.code],
            fxp.accounts[quote.terms.destination.asset.code],
        )
        for mine, theirs in zip(own, told, strict=True):
            if (mine.agent, mine.account.number) != (theirs.agent, theirs.account.number):
                return letters.refuse(Reason.FX_ACCOUNT_FOREIGN, agent=theirs.agent.bic)
        return None

    def _cap(self) -> Verdict | None:
        quote, destination = self.quote, self.destination
        if quote is None or destination is None:
            return letters.refuse(Reason.CORRIDOR_CLOSED)
        if destination.maximum < quote.terms.destination:
            return letters.refuse(Reason.AMOUNT_ABOVE_LIMIT, maximum=str(destination.maximum))
        if destination.purpose_required and not (
            self.record.purpose or self.record.category_purpose
        ):
            return letters.refuse(Reason.PURPOSE_REQUIRED)
        return None

    def payment(self, refused: Verdict | None, now: datetime) -> tuple[Payment, Event]:
        record, destination = self.record, self.destination
        event = Event.FORWARD if refused is None else Event.REFUSE
        payment = Payment(
            uetr=record.uetr,
            message_id=record.message_id,
            end_to_end_id=record.end_to_end_id,
            transaction_id=record.transaction_id,
            source_ips=self.sender,
            destination_ips=None if destination is None else destination.ips,
            source_psp=record.instructing_agent.bic,
            source_sap=record.instructed_agent.bic,
            destination_sap=record.intermediary2.agent.bic,
            destination_psp=record.creditor_agent.bic,
            quote_id=record.agreed_rate.quote_id if refused is None else None,
            state=advance(TRANSITIONS, START, event),
            reason=None if refused is None else refused.reason,
            text=None if refused is None else refused.text,
            recorded_at=now,
        )
        return payment, event


def _again(
    check: Check, payment: Payment, item: mail.Received[CreditTransfer]
) -> mail.Outgoing | Conflict:
    node, record = check.node, check.record
    if (record.message_id, check.sender) != (payment.message_id, payment.source_ips):
        return _duplicate(node, item, payment.recorded_at)
    if payment.state in FINAL:
        return _answer(node, payment, _final(payment))
    if check.payment(None, payment.recorded_at)[0] != payment:
        return Conflict(Reason.ID_REUSED, id=record.message_id)
    return _onward(node, payment, record, check.quoted)


def _final(payment: Payment) -> Verdict:
    if payment.state is State.COMPLETED:
        return letters.ACCEPTED
    return Verdict(Status.RJCT, payment.reason, payment.text)


def _onward_id(node: GatewayNode, uetr: str) -> str:
    return letters.message_id(node.role, uetr, "onward")


def _onward(
    node: GatewayNode, payment: Payment, record: CreditTransfer, quoted: _Quoted
) -> mail.Outgoing:
    """The destination leg: converted amount, agents moved, the destination's clearing system."""
    quote, _ = quoted[record.agreed_rate.quote_id]
    destination = node.country(quote.destination_country)
    if destination is None:
        raise NotFound(Reason.CORRIDOR_CLOSED, country=quote.destination_country)
    leg = replace(
        record,
        message_id=_onward_id(node, record.uetr),
        created_at=payment.recorded_at,
        clearing_system=destination.clearing_system,
        settlement_amount=quote.terms.destination,
        instructing_agent=record.intermediary2.agent,
        instructed_agent=record.creditor_agent,
        previous=record.intermediary1,
        intermediary1=None,
    )
    return letters.letter(destination.ips, leg, Profile.NEXUS)


def _answer(node: GatewayNode, payment: Payment, said: Verdict) -> mail.Outgoing:
    """pacs.002 to the source system; its id depends on the payment, so twice is once."""
    original = Original(
        payment.message_id, payment.uetr, payment.end_to_end_id, payment.transaction_id
    )
    status = letters.answer(
        letters.message_id(node.role, payment.uetr, "answer"),
        original,
        said,
        (payment.source_sap, payment.source_psp),
        payment.recorded_at,
    )
    return letters.letter(payment.source_ips, status, Profile.NEXUS)


def _duplicate(
    node: GatewayNode, item: mail.Received[CreditTransfer], now: datetime
) -> mail.Outgoing:
    record, sender = item.record, item.message.sender
    status = letters.answer(
        letters.message_id(node.role, record.uetr, "duplicate", sender, record.message_id),
        Original.of(record),
        letters.refuse(Reason.MESSAGE_DUPLICATE),
        (record.instructed_agent.bic, record.instructing_agent.bic),
        now,
    )
    return letters.letter(sender, status, Profile.NEXUS)


_EVENTS = {Status.ACCC: Event.COMPLETE, Status.RJCT: Event.REJECT}


async def conclude(
    tx: Tx, node: GatewayNode, received: Sequence[mail.Received[PaymentStatus]], now: datetime
) -> list[QantaraError | None]:
    """Each final pacs.002 of a destination system: told to the source system; on success to the
    FX provider too, and confirmed where the destination leg has five steps.

    A status that repeats what is known changes nothing; one that contradicts it is a Conflict,
    one on another message than ours NotFound.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    ids = [payment.quote_id for payment in known.values() if payment.quote_id is not None]
    quoted = await store.quotes(tx, ids)
    steps: list[Step[State, Event]] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        payment = known.get(item.record.uetr)
        try:
            step = _concluded(node, payment, item) if is_fresh else None
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        outcomes.append(None)
        if step is None or payment is None:
            continue
        steps.append(step)
        done = replace(payment, state=step.state, reason=step.reason, text=step.text)
        known[done.uetr] = done
        out += _told(node, done, quoted, now)
    await move(tx, store.MOVE, steps, now)
    await mail.send(tx, out, now)
    return outcomes


def _concluded(
    node: GatewayNode, payment: Payment | None, item: mail.Received[PaymentStatus]
) -> Step[State, Event] | None:
    """The move a status makes; None where it says what is known already."""
    record = item.record
    if payment is None:
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=record.uetr)
    if item.message.sender != payment.destination_ips:
        raise Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender)
    letters.must_answer(record, _onward_id(node, payment.uetr))
    event = _EVENTS.get(record.status)
    if event is None:
        raise Conflict(Reason.STATE_CONFLICT, status=record.status)
    reached = State.COMPLETED if event is Event.COMPLETE else State.REJECTED
    if payment.state is reached:
        return None
    state = advance(TRANSITIONS, payment.state, event)
    said = letters.verdict(record)
    if event is Event.COMPLETE:
        return Step(record.uetr, payment.state, event, state)
    return Step(record.uetr, payment.state, event, state, said.reason, said.text)


def _told(
    node: GatewayNode, payment: Payment, quoted: _Quoted, now: datetime
) -> list[mail.Outgoing]:
    out = [_answer(node, payment, _final(payment))]
    if payment.state is not State.COMPLETED or payment.quote_id is None:
        return out
    quote, _ = quoted[payment.quote_id]
    destination = node.country(quote.destination_country)
    if destination is not None and destination.steps == 5:  # noqa: PLR2004 - the variant's name
        out.append(_confirmation(node, payment, destination))
    return [*out, _notification(node, payment, quote, now)]


def _confirmation(node: GatewayNode, payment: Payment, destination: Country) -> mail.Outgoing:
    original = Original(
        _onward_id(node, payment.uetr), payment.uetr, payment.end_to_end_id, payment.transaction_id
    )
    status = letters.answer(
        letters.message_id(node.role, payment.uetr, "confirmation"),
        original,
        letters.ACCEPTED,
        (payment.destination_sap, payment.destination_psp),
        payment.recorded_at,
    )
    return letters.letter(destination.ips, status, Profile.NEXUS)


def _notification(
    node: GatewayNode, payment: Payment, quote: Quote, now: datetime
) -> mail.Outgoing:
    terms = quote.terms
    notice = ExchangeNotice(
        message_id=letters.message_id(node.role, payment.uetr, "notification"),
        uetr=payment.uetr,
        completed_at=now,
        source=terms.source.asset.code,
        source_amount=str(terms.source),
        destination=terms.destination.asset.code,
        destination_amount=str(terms.destination),
        rate=terms.rate.value,
        rate_id=quote.rate_id,
        quote_id=quote.id,
        source_psp=payment.source_psp,
        destination_psp=payment.destination_psp,
        tier_threshold=str(quote.tier.threshold),
        psp_bps=quote.psp_bps,
    )
    raw = write_notice(notice)
    return mail.Outgoing(quote.fxp, notice.message_id, EXCHANGE_NOTICE, payment.uetr, raw)
