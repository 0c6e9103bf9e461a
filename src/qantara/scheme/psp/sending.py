"""Payments of this bank's customers to others, right or wrong, and what became of them."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer as Booking
from qantara.ledger.model import TransferKind as Kind
from qantara.money import Money
from qantara.rails import flow as rails
from qantara.rails.model import (
    CreditTransfer,
    PaymentStatus,
    Status,
    UnwritableMessage,
    envelope_name,
)
from qantara.scheme import letters
from qantara.scheme.model import advance
from qantara.scheme.psp import receiving, sent_store, store
from qantara.scheme.psp.books import FEES
from qantara.scheme.psp.model import (
    SENT_TRANSITIONS,
    Pay,
    PspNode,
    Sent,
    SentEvent,
    SentState,
)
from qantara.scheme.psp.sent_store import Told

sent = sent_store.sent


async def pay(
    tx: Tx, node: PspNode, commands: Sequence[Pay], now: datetime
) -> list[Sent | Refused]:
    """Send payments as they are given. Refused only where this bank itself cannot: its customer
    has too little, or the record cannot be written (then give `raw`).
    """
    written = [_written(node, command) for command in commands]
    bookings = [
        booking
        for command, letter in zip(commands, written, strict=True)
        if command.booked and isinstance(letter, mail.Outgoing)
        for booking in _holds(node, command, now)
    ]
    posted = await ledger.post(tx, bookings, now)
    short = {
        booking.reference: outcome.refusal
        for booking, outcome in zip(bookings, posted, strict=True)
        if outcome.refusal is not None
    }
    outcomes: list[Sent | Refused] = []
    out: list[mail.Outgoing] = []
    for command, letter in zip(commands, written, strict=True):
        refused = short.get(command.transfer.message_id)
        if isinstance(letter, Refused):
            outcomes.append(letter)
            continue
        if refused is not None:
            outcomes.append(refused)
            continue
        outcomes.append(_sent(command, now))
        out.append(letter)
    await sent_store.insert_sent(tx, [each for each in outcomes if isinstance(each, Sent)], now)
    await mail.send(tx, out, now)
    return outcomes


def _written(node: PspNode, command: Pay) -> mail.Outgoing | Refused:
    transfer = command.transfer
    profile = node.profile if isinstance(transfer, CreditTransfer) else node.domestic
    if command.raw is not None:
        name = envelope_name(rails.name_of(transfer, profile), profile)
        return mail.Outgoing(node.ips, transfer.message_id, name, transfer.uetr, command.raw)
    try:
        return letters.letter(node.ips, transfer, profile)
    except UnwritableMessage as error:
        facts = {"detail": error.defects[0].message, "place": error.defects[0].xpath}
        return Refused(Reason.MESSAGE_SCHEMA, facts=facts)


def _sent(command: Pay, now: datetime) -> Sent:
    transfer = command.transfer
    return Sent(
        uetr=transfer.uetr,
        message_id=transfer.message_id,
        account=transfer.debtor_account.number or "",
        amount=transfer.settlement_amount,
        fee=_own_fee(command),
        domestic=not isinstance(transfer, CreditTransfer),
        booked=command.booked,
        state=SentState.SENT,
        status=None,
        reason=None,
        text=None,
        recorded_at=now,
    )


def _own_fee(command: Pay) -> Money:
    transfer = command.transfer
    nothing = Money(0, transfer.settlement_amount.asset)
    if not isinstance(transfer, CreditTransfer):
        return nothing
    fee = transfer.charges[0].amount
    return fee if fee.asset == nothing.asset else nothing


def _holds(node: PspNode, command: Pay, now: datetime) -> list[Booking]:
    transfer = command.transfer
    parts = [("pay", node.claim, transfer.settlement_amount)]
    if _own_fee(command).minor:
        parts.append(("charge", FEES, _own_fee(command)))
    return [
        Booking(
            id=letters.transfer_id(node.role, transfer.message_id, act),
            debit=f"customer/{transfer.debtor_account.number}",
            credit=account,
            amount=amount.minor,
            asset=amount.asset.code,
            kind=Kind.HOLD,
            code=f"psp.{act}",
            reference=transfer.message_id,
            occurred_at=now,
            linked=place < len(parts),
        )
        for place, (act, account, amount) in enumerate(parts, 1)
    ]


async def conclude(
    tx: Tx, node: PspNode, received: Sequence[mail.Received[PaymentStatus]], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.002 of the system: on a payment we sent, or the last word on one that came in."""
    fresh = await mail.take(tx, [item.message for item in received], now)
    ids = [item.record.original_message_id for item in received]
    sent_ones = await sent_store.lock_sent(tx, ids)
    came = await store.lock_payments(tx, [item.record.uetr for item in received])
    told: dict[str, Told] = {}
    inward: list[tuple[int, PaymentStatus]] = []
    outcomes: list[QantaraError | None] = [None] * len(received)
    for place, (item, is_fresh) in enumerate(zip(received, fresh, strict=True)):
        record, payment = item.record, came.get(item.record.uetr)
        if item.message.sender != node.ips:
            outcomes[place] = Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender)
        elif record.original_message_id in sent_ones:
            if is_fresh:
                outcomes[place] = _told(sent_ones[record.original_message_id], record, told)
        elif payment is not None and payment.message_id == record.original_message_id:
            inward += [(place, record)] if is_fresh else []
        else:
            outcomes[place] = NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=record.uetr)
    await _finish(tx, node, [(sent_ones[key], each) for key, each in told.items()], now)
    answers = await receiving.confirmed(tx, node, [record for _, record in inward], now)
    for (place, _), outcome in zip(inward, answers, strict=True):
        outcomes[place] = outcome
    return outcomes


_EVENTS = {
    Status.ACCC: SentEvent.COMPLETE,
    Status.RJCT: SentEvent.REJECT,
    Status.BLCK: SentEvent.COMPLETE,
}


def _told(payment: Sent, record: PaymentStatus, told: dict[str, Told]) -> Conflict | None:
    """What a word moves; BLCK is final and the money is gone, ACWP is only noted."""
    before = told.get(payment.message_id)
    state = payment.state if before is None else before.state
    event = _EVENTS.get(record.status)
    if state is not SentState.SENT:
        again = event is not None and SENT_TRANSITIONS[SentState.SENT, event] is state
        return None if again else Conflict(Reason.STATE_CONFLICT, state=state)
    said = letters.verdict(record)
    told[payment.message_id] = Told(
        payment.message_id,
        payment.state,
        state if event is None else advance(SENT_TRANSITIONS, state, event),
        event,
        record.status,
        said.reason,
        said.text,
    )
    return None


async def _finish(tx: Tx, node: PspNode, told: list[tuple[Sent, Told]], now: datetime) -> None:
    ends = [
        Booking(
            id=letters.transfer_id(node.role, payment.message_id, f"{act}-{said.event}"),
            amount=0,
            kind=Kind.POST if said.event is SentEvent.COMPLETE else Kind.VOID,
            hold_id=letters.transfer_id(node.role, payment.message_id, act),
            code=f"psp.{said.event}",
            reference=payment.uetr,
            occurred_at=now,
        )
        for payment, said in told
        if payment.booked and said.event is not None
        for act in (("pay", "charge") if payment.fee.minor else ("pay",))
    ]
    for outcome in await ledger.post(tx, ends, now):
        if outcome.refusal is not None:
            raise Conflict(outcome.refusal.reason, transfer=outcome.id)
    await sent_store.tell(tx, [said for _, said in told], now)
