"""The verbs of a settlement access provider."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ids import uuid_derived
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Posted, Transfer, TransferKind
from qantara.rails.model import CreditTransfer, PaymentStatus, Status
from qantara.scheme import letters
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import advance
from qantara.scheme.sap import store
from qantara.scheme.sap.model import (
    START,
    TRANSITIONS,
    Customer,
    Event,
    Funding,
    Payment,
    SapNode,
    Side,
    State,
)
from qantara.scheme.steps import Step, move

CAPITAL = "equity/capital"
_Transfer = mail.Received[CreditTransfer]


async def open_books(tx: Tx, node: SapNode, now: datetime) -> None:
    """The customers' accounts, our claim on the system, our capital; harmless if open."""
    accounts = [
        NewAccount(CAPITAL, node.asset, AccountClass.EQUITY),
        NewAccount(node.claim, node.asset, AccountClass.CLAIM, keeper=node.ips),
    ]
    accounts += [
        NewAccount(
            customer.account, node.asset, AccountClass.SETTLEMENT, floor=0, holder=customer.role
        )
        for customer in node.customers
    ]
    for outcome in await ledger.open_accounts(tx, accounts, now):
        if isinstance(outcome, Conflict):
            raise outcome


async def fund(
    tx: Tx, node: SapNode, commands: Sequence[Funding], now: datetime
) -> list[Refused | None]:
    """Money that stands for us in the system, as a customer's deposit or as our own."""
    posted = await ledger.post(
        tx,
        [
            Transfer(
                id=str(uuid_derived(node.role, "fund", command.id)),
                debit=node.claim,
                credit=CAPITAL if command.customer is None else f"customer/{command.customer}",
                amount=command.amount.minor,
                asset=command.amount.asset.code,
                code="sap.fund",
                reference=command.id,
                occurred_at=now,
            )
            for command in commands
        ],
        now,
    )
    return [outcome.refusal for outcome in posted]


async def reserve(
    tx: Tx, node: SapNode, received: Sequence[_Transfer], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.008 of the system, answered by pacs.002.

    Source side (we are intermediary 1): the customer's incoming money is reserved, ACCC.
    Destination side (we are the instructing agent): what the customer pays is reserved, ACTC.
    RJCT where the account named is not that of a customer of ours (RC11), is closed, frozen or
    short (AM04). Anybody but the system is a Conflict, and so is a message that says something
    else the second time.
    """
    await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    fresh: dict[str, tuple[Payment, Event]] = {}
    outcomes: list[QantaraError | None] = []
    for item in received:
        if item.message.sender != node.ips:
            outcomes.append(Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender))
            continue
        told = _payment(node, item, now)
        before = known.get(item.record.uetr)
        if before is None:
            before, _ = fresh.setdefault(item.record.uetr, told)
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


def _contradiction(before: Payment, told: Payment) -> Conflict | None:
    """What is reserved was reserved for the first words of a message, not for later ones."""
    said = (told.amount, told.side, told.customer)
    if told.message_id != before.message_id or said == (
        before.amount,
        before.side,
        before.customer,
    ):
        return None
    return Conflict(Reason.ID_REUSED, id=told.message_id)


def _payment(node: SapNode, item: _Transfer, now: datetime) -> tuple[Payment, Event]:
    record = item.record
    near = record.intermediary1
    source = near is not None and near.agent.bic == node.bic
    mine = near if source and near is not None else record.intermediary2
    customer = node.customer(mine.account.number) if mine.agent.bic == node.bic else None
    refused = _refusal(node, record, customer, source=source)
    event = Event.RESERVE if refused is None else Event.REFUSE
    payment = Payment(
        uetr=record.uetr,
        message_id=record.message_id,
        sender=item.message.sender,
        side=Side.SOURCE if source else Side.DESTINATION,
        customer="" if customer is None else customer.role,
        amount=record.settlement_amount,
        state=advance(TRANSITIONS, START, event),
        reason=None if refused is None else refused.reason,
        text=None if refused is None else refused.text,
        recorded_at=now,
    )
    return payment, event


def _refusal(
    node: SapNode, record: CreditTransfer, customer: Customer | None, *, source: bool
) -> Verdict | None:
    own = record.instructed_agent if source else record.instructing_agent
    if own.bic != node.bic:
        return letters.refuse(Reason.MESSAGE_WRONG_PARTY, agent=own.bic)
    if customer is None:
        return letters.refuse(Reason.FX_ACCOUNT_FOREIGN, agent=node.bic)
    if record.settlement_amount.asset != node.asset:
        currency = record.settlement_amount.asset.code
        return letters.refuse(Reason.CURRENCY_MISMATCH, currency=currency)
    return None


async def _book(
    tx: Tx, node: SapNode, new: list[tuple[Payment, Event]], now: datetime
) -> list[tuple[Payment, Event]]:
    """Reserve what the rules allow; what the book refuses is refused."""
    holds = [_hold(node, payment, now) for payment, event in new if event is Event.RESERVE]
    posted = await ledger.post(tx, holds, now)
    by_uetr = {item.reference: outcome for item, outcome in zip(holds, posted, strict=True)}
    return [(_decided(pair, by_uetr.get(pair[0].uetr))) for pair in new]


def _decided(pair: tuple[Payment, Event], outcome: Posted | None) -> tuple[Payment, Event]:
    if outcome is None or outcome.refusal is None:
        return pair
    short = outcome.refusal.reason is Reason.INSUFFICIENT_FUNDS
    reason = Reason.LIQUIDITY_SHORT if short else outcome.refusal.reason
    said = letters.refuse(reason)
    state = advance(TRANSITIONS, START, Event.REFUSE)
    return replace(pair[0], state=state, reason=said.reason, text=said.text), Event.REFUSE


def _hold(node: SapNode, payment: Payment, now: datetime) -> Transfer:
    account = f"customer/{payment.customer}"
    source = payment.side is Side.SOURCE
    return Transfer(
        id=letters.transfer_id(node.role, payment.uetr, "hold"),
        debit=node.claim if source else account,
        credit=account if source else node.claim,
        amount=payment.amount.minor,
        asset=payment.amount.asset.code,
        kind=TransferKind.HOLD,
        code="sap.reserve",
        reference=payment.uetr,
        occurred_at=now,
    )


def _answer(node: SapNode, item: _Transfer, payment: Payment, now: datetime) -> mail.Outgoing:
    """The answer to a pacs.008; the same again for the same message, DU03 for another."""
    record = item.record
    words = ["answer"]
    if record.message_id != payment.message_id:
        said = letters.refuse(Reason.MESSAGE_DUPLICATE)
        words = ["duplicate", record.message_id]
    elif payment.state is State.REJECTED:
        said = Verdict(Status.RJCT, payment.reason, payment.text)
    else:
        said = Verdict(Status.ACCC if payment.side is Side.SOURCE else Status.ACTC)
    source = payment.side is Side.SOURCE
    other = record.instructing_agent if source else record.instructed_agent
    status = letters.answer(
        letters.message_id(node.role, record.uetr, *words),
        Original.of(record),
        said,
        (node.bic, other.bic),
        now,
    )
    return letters.letter(item.message.sender, status, node.profile)


_EVENTS = {
    Status.ACCC: (Event.SETTLE, TransferKind.POST),
    Status.RJCT: (Event.REJECT, TransferKind.VOID),
}


async def finish(
    tx: Tx, node: SapNode, received: Sequence[mail.Received[PaymentStatus]], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.002 of the system: what was reserved moves (ACCC) or is given back (RJCT)."""
    fresh = await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    steps: list[Step[State, Event]] = []
    transfers: list[Transfer] = []
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        try:
            step = _step(node, known, item) if is_fresh else None
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        outcomes.append(None)
        if step is not None:
            steps.append(step)
            transfers.append(_release(node, step, item.record.status, now))
            known[step.uetr] = replace(known[step.uetr], state=step.state)
    for outcome in await ledger.post(tx, transfers, now):
        if outcome.refusal is not None:
            raise Conflict(outcome.refusal.reason, transfer=outcome.id)
    await move(tx, store.MOVE, steps, now)
    return outcomes


def _step(
    node: SapNode, known: dict[str, Payment], item: mail.Received[PaymentStatus]
) -> Step[State, Event] | None:
    record, payment = item.record, known.get(item.record.uetr)
    if item.message.sender != node.ips:
        raise Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender)
    if payment is None:
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=record.uetr)
    letters.must_answer(record, payment.message_id)
    if record.status not in _EVENTS:
        raise Conflict(Reason.STATE_CONFLICT, status=record.status)
    event, _ = _EVENTS[record.status]
    reached = TRANSITIONS[State.RESERVED, event]
    if payment.state is reached:
        return None
    state = advance(TRANSITIONS, payment.state, event)
    said = letters.verdict(record) if event is Event.REJECT else letters.ACCEPTED
    return Step(record.uetr, payment.state, event, state, said.reason, said.text)


def _release(node: SapNode, step: Step[State, Event], status: Status, now: datetime) -> Transfer:
    _, kind = _EVENTS[status]
    return Transfer(
        id=letters.transfer_id(node.role, step.uetr, kind),
        amount=0,
        kind=kind,
        hold_id=letters.transfer_id(node.role, step.uetr, "hold"),
        code="sap.settle" if kind is TransferKind.POST else "sap.release",
        reference=step.uetr,
        occurred_at=now,
    )
