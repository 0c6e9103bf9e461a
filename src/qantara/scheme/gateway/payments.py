"""Payments through the gateway: validate, convert, send on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from qantara.db import Tx, deadlines, mail
from qantara.errors import Conflict, QantaraError, Reason
from qantara.rails import flow as rails
from qantara.rails.model import CreditTransfer, InvalidMessage, Priority, Profile, Status
from qantara.scheme import letters
from qantara.scheme.gateway import checks, reference, rules, store
from qantara.scheme.gateway.answers import DEADLINES, answer, final, onward_id
from qantara.scheme.gateway.checks import Known, Way
from qantara.scheme.gateway.model import (
    FINAL,
    START,
    TRANSITIONS,
    Country,
    Event,
    GatewayNode,
    Payment,
)
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import advance

RecordT = TypeVar("RecordT")


class Posted(Struct, Generic[RecordT], frozen=True):
    """A message that came over REST; its answer is to be posted to an address."""

    received: mail.Received[RecordT]
    answer_to: str


class Unreadable(Struct, frozen=True):
    """A pacs.008 that breaks its guideline, of a system that may send one."""

    message: mail.Incoming
    error: InvalidMessage
    answer_to: str | None = None


_Item = tuple[mail.Received[CreditTransfer], str | None]


async def forward(
    tx: Tx, node: GatewayNode, received: Sequence[mail.Received[CreditTransfer]], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.008 of a source system: converted and sent on, or rejected with its code.

    The schema was judged at the door (FF01). A message seen before is no error: its answer, or
    itself if it has none yet, goes out again under the same ids; with other content it is a
    Conflict, as a rejection would be taken for the first one's. The same UETR in another
    message is DU03, the same message id for another payment DU01.
    """
    return await _forward(tx, node, [(item, None) for item in received], now)


async def forward_posted(
    tx: Tx, node: GatewayNode, posted: Sequence[Posted[CreditTransfer]], now: datetime
) -> list[QantaraError | None]:
    """`forward`, for payments whose answers are posted to an address."""
    return await _forward(tx, node, [(item.received, item.answer_to) for item in posted], now)


async def _forward(
    tx: Tx, node: GatewayNode, items: Sequence[_Item], now: datetime
) -> list[QantaraError | None]:
    fresh = await mail.take(tx, [item.message for item, _ in items], now)
    payments = await store.lock_payments(tx, [item.record.uetr for item, _ in items])
    known = await _known(tx, node, [item.record for item, _ in items], now)
    batch = _Batch(known, payments, now, [], [])
    outcomes: list[QantaraError | None] = [
        batch.take(item, answer_to, is_fresh=is_fresh)
        for (item, answer_to), is_fresh in zip(items, fresh, strict=True)
    ]
    await store.insert_payments(tx, batch.new, now)
    due_at = now + timedelta(seconds=node.time_out_seconds)
    urgent = [
        payment.uetr
        for payment, event in batch.new
        if event is Event.FORWARD and payment.priority is Priority.HIGH
    ]
    await deadlines.set(tx, DEADLINES, [(uetr, due_at) for uetr in urgent])
    await mail.send(tx, batch.out, now)
    return outcomes


async def _known(
    tx: Tx, node: GatewayNode, records: Sequence[CreditTransfer], now: datetime
) -> Known:
    stands = await reference.paying(tx, node, now)
    ids = [record.agreed_rate.quote_id for record in records]
    quoted = await store.quotes(tx, [quote_id for quote_id in ids if quote_id is not None])
    used = {quote_id: by for quote_id, (_, by) in quoted.items() if by is not None}
    returned = [record.returns for record in records]
    originals = await store.payments(tx, [uetr for uetr in returned if uetr is not None])
    return Known(stands, quoted, used, originals)


class _Batch(Struct, frozen=True):
    """Payments judged one after the other: what each adds, the next one knows."""

    known: Known
    payments: dict[str, Payment]
    now: datetime
    new: list[tuple[Payment, Event]]
    out: list[mail.Outgoing]

    def take(
        self, item: mail.Received[CreditTransfer], answer_to: str | None, *, is_fresh: bool
    ) -> Conflict | None:
        node, record, sender = self.known.node, item.record, item.message.sender
        before = self.payments.get(record.uetr)
        if before is not None and (record.message_id, sender) == (
            before.message_id,
            before.source_ips,
        ):
            return self._again(replace(before, answer_to=answer_to), record)
        refused = checks.usage(node, record, sender)
        if refused is None and before is not None:
            refused = letters.refuse(Reason.MESSAGE_DUPLICATE)
        elif refused is None and not is_fresh:
            refused = letters.refuse(Reason.ID_REUSED, id=record.message_id)
        if before is not None or not is_fresh:
            if refused is not None:
                self.out.append(_aside(node, record, sender, answer_to, refused, self.now))
            return None
        self._first(item, answer_to, refused)
        return None

    def _first(
        self, item: mail.Received[CreditTransfer], answer_to: str | None, refused: Verdict | None
    ) -> None:
        record, sender = item.record, item.message.sender
        judged = refused or checks.judge(self.known, record, sender, self.now)
        if isinstance(judged, Way):
            judged = letters.ordered(item) or judged
        payment = _payment(record, sender, judged, self.now)
        payment = replace(payment, answer_to=answer_to)
        self.payments[record.uetr] = payment
        if isinstance(judged, Verdict):
            self.new.append((payment, Event.REFUSE))
            self.out.append(answer(self.known.node, payment, judged))
            return
        self.new.append((payment, Event.FORWARD))
        if judged.quote is not None:
            self.known.used[judged.quote.id] = record.uetr
        self.out.append(_onward(self.known.node, payment, record, judged.destination))

    def _again(self, payment: Payment, record: CreditTransfer) -> Conflict | None:
        node = self.known.node
        if payment.state in FINAL:
            self.out.append(answer(node, payment, final(payment)))
            return None
        destination = node.country_of(payment.destination_ips or "")
        if destination is None or not _is_same(payment, record):
            return Conflict(Reason.ID_REUSED, id=record.message_id)
        self.out.append(_onward(node, payment, record, destination))
        return None


def _payment(record: CreditTransfer, sender: str, judged: Way | Verdict, now: datetime) -> Payment:
    way = judged if isinstance(judged, Way) else None
    refused = judged if isinstance(judged, Verdict) else None
    event = Event.FORWARD if refused is None else Event.REFUSE
    return Payment(
        uetr=record.uetr,
        message_id=record.message_id,
        end_to_end_id=record.end_to_end_id,
        transaction_id=record.transaction_id,
        source_ips=sender,
        destination_ips=None if way is None else way.destination.ips,
        source_psp=record.instructing_agent.bic,
        source_sap=record.instructed_agent.bic,
        destination_sap=record.intermediary2.agent.bic,
        destination_psp=record.creditor_agent.bic,
        quote_id=None if way is None or way.quote is None else way.quote.id,
        state=advance(TRANSITIONS, START, event),
        reason=None if refused is None else refused.reason,
        text=None if refused is None else refused.text,
        recorded_at=now,
        source=record.settlement_amount,
        priority=record.priority,
        instruction_id=record.instruction_id,
        clearing_reference=record.clearing_reference,
        destination=None if way is None else way.terms.destination,
        fee=None if way is None else way.terms.fee,
        rate=None if way is None else way.terms.rate.value,
        returns=None if way is None else record.returns,
    )


def _is_same(payment: Payment, record: CreditTransfer) -> bool:
    """Whether a message with the ids of a payment on its way is that payment's."""
    rate = record.agreed_rate
    told = (record.settlement_amount, rate.quote_id, rate.rate, record.charges[1].amount)
    agents = (record.instructing_agent, record.instructed_agent, record.intermediary2.agent)
    return (
        told == (payment.source, payment.quote_id, payment.rate, payment.fee)
        and [agent.bic for agent in (*agents, record.creditor_agent)]
        == [
            payment.source_psp,
            payment.source_sap,
            payment.destination_sap,
            payment.destination_psp,
        ]
        and record.priority is payment.priority
        and (record.end_to_end_id, record.transaction_id)
        == (payment.end_to_end_id, payment.transaction_id)
    )


def _onward(
    node: GatewayNode, payment: Payment, record: CreditTransfer, destination: Country
) -> mail.Outgoing:
    """The destination leg: converted amount, agents moved, the destination's clearing system."""
    leg = replace(
        record,
        message_id=onward_id(node, record.uetr),
        created_at=payment.recorded_at,
        clearing_system=destination.clearing_system,
        settlement_amount=payment.destination or record.settlement_amount,
        instructing_agent=record.intermediary2.agent,
        instructed_agent=record.creditor_agent,
        previous=record.intermediary1,
        intermediary1=None,
    )
    return letters.letter(destination.ips, leg, Profile.NEXUS)


def _aside(
    node: GatewayNode,
    record: CreditTransfer,
    sender: str,
    answer_to: str | None,
    refused: Verdict,
    now: datetime,
) -> mail.Outgoing:
    """A rejection of the message alone: the payment of its UETR stands as it stood."""
    status = letters.answer(
        letters.message_id(node.role, record.uetr, "duplicate", sender, record.message_id),
        Original.of(record),
        refused,
        (record.instructed_agent.bic, record.instructing_agent.bic),
        now,
    )
    return letters.letter(answer_to or sender, status, Profile.NEXUS)


async def reject_unreadable(
    tx: Tx, node: GatewayNode, broken: Sequence[Unreadable], now: datetime
) -> list[QantaraError | None]:
    """FF01 (or CH20, CH21) to the sender of a pacs.008 that breaks its guideline, where its ids
    can still be read; the sender's own error where they cannot, or where the UETR is that of
    another payment, whose rejection it would be taken for.
    """
    remains = [rails.remains(item.message.raw) for item in broken]
    known = await store.payments(tx, [left.uetr for left in remains if left is not None])
    taken: list[mail.Incoming] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, left in zip(broken, remains, strict=True):
        sender = item.message.sender
        country = node.country_of(sender)
        if left is None or country is None or left.uetr in known:
            outcomes.append(item.error)
            continue
        outcomes.append(None)
        taken.append(replace(item.message, key=left.message_id, uetr=left.uetr))
        code, text = rules.code_of(item.error.defects)
        status = letters.answer(
            letters.message_id(node.role, left.uetr, "unreadable", sender, left.message_id),
            Original(left.message_id, left.uetr, left.end_to_end_id, left.transaction_id),
            Verdict(Status.RJCT, code, text),
            (node.bic, country.ips_bic),
            now,
        )
        out.append(letters.letter(item.answer_to or sender, status, Profile.NEXUS))
    await mail.take(tx, taken, now)
    await mail.send(tx, out, now)
    return outcomes
