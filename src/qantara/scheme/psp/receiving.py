"""Payments that come in: judged, reserved or credited, answered; and the system's last word."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, QantaraError, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Posted, ResultCode
from qantara.ledger.model import Transfer as Booking
from qantara.ledger.model import TransferKind as Kind
from qantara.money import Money
from qantara.rails.model import Agent, CreditTransfer, PaymentStatus, Priority, Status
from qantara.scheme import letters
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import advance
from qantara.scheme.psp import rules, store
from qantara.scheme.psp.books import CAPITAL, FEES
from qantara.scheme.psp.model import (
    START,
    TRANSITIONS,
    Account,
    Arrival,
    Condition,
    Event,
    PspNode,
    State,
    Transfer,
)
from qantara.scheme.psp.rules import Earlier, Objection
from qantara.scheme.steps import Step, move

_Received = mail.Received[Transfer]
_New = tuple[Arrival, Event]
_BOOK_CODES = {Reason.BALANCE_ABOVE_CEILING: "AM21"}


async def receive(
    tx: Tx, node: PspNode, received: Sequence[_Received], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.008 of the system, from abroad or from inside, answered by pacs.002.

    Credited at once, or reserved until the system confirms (HIGH priority, and wherever its
    destination leg has five steps). The same message again gets its answer again; the same UETR
    in another message is DU03.
    """
    await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    numbers = [item.record.creditor_account.number or "" for item in received]
    accounts = await store.accounts(tx, numbers, node.asset)
    strict = [n for n, a in accounts.items() if Condition.UNIQUE_PAYMENTS in a.conditions]
    earlier = await store.earlier(tx, strict)
    fresh: dict[str, _New] = {}
    outcomes: list[QantaraError | None] = []
    for item, number in zip(received, numbers, strict=True):
        if item.message.sender != node.ips:
            outcomes.append(Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender))
            continue
        told = _arrival(node, item, accounts.get(number), earlier, now)
        before = known.get(told[0].uetr) or fresh.setdefault(told[0].uetr, told)[0]
        outcomes.append(_contradiction(before, told[0]))
    decided = await _book(tx, node, list(fresh.values()), now)
    await store.insert_payments(tx, decided, now)
    known |= {payment.uetr: payment for payment, _ in decided}
    out = [
        _answer(node, item, known[item.record.uetr], now)
        for item, outcome in zip(received, outcomes, strict=True)
        if outcome is None
    ]
    await mail.send(tx, out, now)
    return outcomes


def _contradiction(before: Arrival, told: Arrival) -> Conflict | None:
    """What was decided was decided for the first words of a message, not for later ones."""
    same = (before.amount, before.account, before.fee) == (told.amount, told.account, told.fee)
    if before.message_id != told.message_id or same:
        return None
    return Conflict(Reason.ID_REUSED, id=told.message_id)


def _arrival(
    node: PspNode, item: _Received, account: Account | None, earlier: Earlier, now: datetime
) -> _New:
    record = item.record
    fee = rules.fee_of(record)
    said = _objection(node, item, account, earlier)
    waits = isinstance(record, CreditTransfer) and (
        node.confirmed or record.priority is Priority.HIGH
    )
    event = Event.REFUSE if said is not None else Event.RESERVE if waits else Event.CREDIT
    ours = fee is not None and fee.asset == record.settlement_amount.asset
    payment = Arrival(
        uetr=record.uetr,
        message_id=record.message_id,
        sender_bic=record.debtor_agent.bic,
        end_to_end_id=record.end_to_end_id,
        transaction_id=record.transaction_id,
        instruction_id=record.instruction_id,
        reference=record.reference,
        payer=record.debtor_account.number or "",
        account=record.creditor_account.number or "",
        amount=record.settlement_amount,
        fee=fee if fee is not None and ours else Money(0, record.settlement_amount.asset),
        domestic=not isinstance(record, CreditTransfer),
        state=advance(TRANSITIONS, START, event),
        reason=None if said is None else said.reason,
        text=None if said is None else said.text,
        recorded_at=now,
    )
    return payment, event


def _objection(
    node: PspNode, item: _Received, account: Account | None, earlier: Earlier
) -> Verdict | None:
    ordered = letters.ordered(item)
    if ordered is not None:
        return ordered
    said = rules.objection(node, account, item.record)
    if said is None and account is not None and Condition.UNIQUE_PAYMENTS in account.conditions:
        said = rules.repetition(item.record, earlier)
    return None if said is None else _verdict(said)


def _verdict(said: Objection) -> Verdict:
    return Verdict(Status.RJCT, said.code, said.text)


async def _book(tx: Tx, node: PspNode, new: list[_New], now: datetime) -> list[_New]:
    """Book what the rules allow; what the book refuses is refused."""
    bookings = [b for payment, event in new for b in _bookings(node, payment, event, now)]
    posted = {outcome.id: outcome for outcome in await ledger.post(tx, bookings, now)}
    refused = {b.reference: posted[b.id] for b in bookings if not posted[b.id].accepted}
    causes = {b.reference: posted[b.id] for b in bookings if _is_cause(posted[b.id])}
    return [_decided(pair, (refused | causes).get(pair[0].uetr)) for pair in new]


def _is_cause(outcome: Posted) -> bool:
    return not outcome.accepted and outcome.code is not ResultCode.CHAIN_BROKEN


def _decided(pair: _New, outcome: Posted | None) -> _New:
    if outcome is None or outcome.refusal is None:
        return pair
    said = letters.refusal(outcome.refusal)
    state = advance(TRANSITIONS, START, Event.REFUSE)
    return replace(pair[0], state=state, reason=said.reason, text=said.text), Event.REFUSE


def _bookings(node: PspNode, payment: Arrival, event: Event, now: datetime) -> list[Booking]:
    """A chain: the customer's part and, from abroad, the fee written in the message."""
    if event is Event.REFUSE:
        return []
    kind = Kind.HOLD if event is Event.RESERVE else Kind.DIRECT
    parts = [("credit", f"customer/{payment.account}", payment.amount - payment.fee)]
    if payment.fee.minor:
        parts.append(("fee", FEES, payment.fee))
    return [
        Booking(
            id=letters.transfer_id(node.role, payment.uetr, act),
            debit=node.claim,
            credit=account,
            amount=amount.minor,
            asset=amount.asset.code,
            kind=kind,
            code=f"psp.{act}",
            reference=payment.uetr,
            occurred_at=now,
            linked=place < len(parts),
        )
        for place, (act, account, amount) in enumerate(parts, 1)
    ]


def _answer(node: PspNode, item: _Received, payment: Arrival, now: datetime) -> mail.Outgoing:
    record, words = item.record, ["answer"]
    if record.message_id != payment.message_id:
        said, words = letters.refuse(Reason.MESSAGE_DUPLICATE), ["duplicate", record.message_id]
    elif payment.reason is not None:
        said = Verdict(Status.RJCT, payment.reason, payment.text)
    else:
        said = letters.ACCEPTED
    profile = node.domestic if payment.domestic else node.profile
    status = letters.answer(
        letters.message_id(node.role, record.uetr, *words),
        Original.of(record),
        said,
        (node.bic, record.instructing_agent.bic),
        now,
    )
    return letters.letter(item.message.sender, status, profile)


_EVENTS = {
    (State.RESERVED, Status.ACCC): Event.CONFIRM,
    (State.RESERVED, Status.RJCT): Event.RELEASE,
    (State.CREDITED, Status.RJCT): Event.REVERSE,
}
_KNOWN = {
    Status.ACCC: frozenset({State.CREDITED}),
    Status.RJCT: frozenset({State.REFUSED, State.RELEASED, State.REVERSED}),
}


async def confirmed(
    tx: Tx, node: PspNode, told: Sequence[PaymentStatus], now: datetime
) -> list[QantaraError | None]:
    """The system's last word on payments that came in: credit what is reserved, or let it go;
    take back what was credited and then rejected, as our answer was too late. The rejection of
    what we credit at once is answered: the system says it until it is heard.
    """
    known = await store.lock_payments(tx, [record.uetr for record in told])
    steps: list[Step[State, Event]] = []
    bookings: list[Booking] = []
    outcomes: list[QantaraError | None] = []
    for record in told:
        payment = known[record.uetr]
        event = _EVENTS.get((payment.state, record.status))
        if event is None:
            outcomes.append(_disagreement(payment, record))
            continue
        outcomes.append(None)
        state = advance(TRANSITIONS, payment.state, event)
        said = letters.verdict(record)
        steps.append(Step(payment.uetr, payment.state, event, state, said.reason, said.text))
        bookings += _ends(node, payment, event, now)
        known[record.uetr] = replace(payment, state=state)
    await _post(tx, bookings, now)
    await move(tx, "psp", steps, now)
    heard = [
        record
        for record, wrong in zip(told, outcomes, strict=True)
        if wrong is None and record.status is Status.RJCT
    ]
    agreed = [_agreement(node, known[each.uetr], each, now) for each in heard]
    await mail.send(tx, [each for each in agreed if each is not None], now)
    return outcomes


def _agreement(
    node: PspNode, payment: Arrival, rejection: PaymentStatus, now: datetime
) -> mail.Outgoing | None:
    """The system's rejection, said back; None from who waits for the end before crediting."""
    if node.confirmed and not payment.domestic:
        return None
    agreed = replace(
        rejection,
        message_id=letters.message_id(node.role, payment.uetr, "heard", rejection.message_id),
        created_at=now,
        instructing_agent=Agent(node.bic),
        instructed_agent=rejection.instructing_agent,
    )
    return letters.letter(node.ips, agreed, node.domestic if payment.domestic else node.profile)


def _disagreement(payment: Arrival, record: PaymentStatus) -> Conflict | None:
    if payment.state in _KNOWN.get(record.status, ()):
        return None
    return Conflict(Reason.STATE_CONFLICT, state=payment.state, status=record.status)


_KINDS = {Event.CONFIRM: Kind.POST, Event.RELEASE: Kind.VOID, Event.REVERSE: Kind.DIRECT}


def _ends(node: PspNode, payment: Arrival, event: Event, now: datetime) -> list[Booking]:
    parts = [("credit", f"customer/{payment.account}", payment.amount - payment.fee)]
    if payment.fee.minor:
        parts.append(("fee", FEES, payment.fee))
    if event is Event.REVERSE:
        return [_reversal(node, payment, *part, now) for part in parts]
    return [
        Booking(
            id=letters.transfer_id(node.role, payment.uetr, f"{act}-{event}"),
            amount=0,
            kind=_KINDS[event],
            hold_id=letters.transfer_id(node.role, payment.uetr, act),
            code=f"psp.{event}",
            reference=payment.uetr,
            occurred_at=now,
        )
        for act, _, _ in parts
    ]


def _reversal(
    node: PspNode, payment: Arrival, act: str, account: str, amount: Money, now: datetime
) -> Booking:
    return Booking(
        id=letters.transfer_id(node.role, payment.uetr, f"{act}-reverse"),
        debit=account,
        credit=node.claim,
        amount=amount.minor,
        asset=amount.asset.code,
        code="psp.reverse",
        reference=payment.uetr,
        occurred_at=now,
    )


async def _post(tx: Tx, bookings: list[Booking], now: datetime) -> None:
    """A holder who has spent what must come back: then the bank itself bears it."""
    posted = await ledger.post(tx, bookings, now)
    borne = []
    for booking, outcome in zip(bookings, posted, strict=True):
        if outcome.refusal is None:
            continue
        if booking.code != "psp.reverse":
            raise Conflict(outcome.refusal.reason, transfer=booking.id)
        own = letters.transfer_id(booking.id, booking.reference, "borne")
        borne.append(replace(booking, id=own, debit=CAPITAL))
    for outcome in await ledger.post(tx, borne, now):
        if outcome.refusal is not None:
            raise Conflict(outcome.refusal.reason, transfer=outcome.id)
