"""Payments that arrive: credit, hold or refuse, and answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from qantara.db import Tx, deadlines, events
from qantara.db.mail import Outgoing, Received, send, take
from qantara.errors import Conflict, NotFound, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.parties.model import Holding
from qantara.policy import flow as policy
from qantara.policy.model import NewDecision
from qantara.rails import flow as rails
from qantara.rails.model import CreditTransfer, Priority
from qantara.remittance import booking, inbound_store, messages
from qantara.remittance.admitting import admit
from qantara.remittance.linking import link
from qantara.remittance.messages import Original
from qantara.remittance.model import KIND, Inbound, InboundState, Institution
from qantara.remittance.objections import arriving, needs_review, objection, of_book


@dataclass(slots=True)
class _Arrival:
    payment: Inbound
    transfers: list[Transfer]
    decision: NewDecision | None = None


async def receive(
    tx: Tx, node: Institution, received: Sequence[Received[CreditTransfer]], now: datetime
) -> list[Conflict | None]:
    """Credit what arrived, less exactly the fee written in the message, and answer pacs.002.

    What could be credited is put to policy, by the day of its arrival; what it decided is kept
    under the payment's UETR.

    Where the scheme confirms first (5 steps, and every HIGH payment) the amount is only
    reserved until then; what staff must see first is reserved and told as ACWP. The same
    message again is answered as it stands now; the same UETR in another message is rejected as
    a duplicate; the same message with other content contradicts itself and gets no answer.
    """
    await take(tx, [each.message for each in received], now)
    known = await inbound_store.lock(tx, [each.record.uetr for each in received])
    numbers = [each.record.creditor_account.number or "" for each in received]
    holdings = await parties.account_by_number(tx, numbers)
    arrivals: dict[str, _Arrival] = {}
    outcomes: list[Conflict | None] = []
    for each, holding in zip(received, holdings, strict=True):
        arrival = _arrive(node, each.record, holding, now)
        uetr = arrival.payment.uetr
        before = known.get(uetr) or arrivals.setdefault(uetr, arrival).payment
        outcomes.append(_contradiction(before, arrival.payment))
    await _post(tx, arrivals, now)
    decided = [each.decision for each in arrivals.values() if each.decision is not None]
    if decided:
        await policy.record_decisions(tx, decided, now)
    await _keep(tx, node, [arrival.payment for arrival in arrivals.values()], now)
    known |= {uetr: arrival.payment for uetr, arrival in arrivals.items()}
    answered = [
        _answer(node, each, known[each.record.uetr], now)
        for each, wrong in zip(received, outcomes, strict=True)
        if wrong is None
    ]
    await send(tx, answered, now)
    return outcomes


def _contradiction(before: Inbound, payment: Inbound) -> Conflict | None:
    if before.message_id != payment.message_id or _content(before) == _content(payment):
        return None
    return Conflict(Reason.ID_REUSED, id=payment.message_id)


def _content(payment: Inbound) -> Inbound:
    """What the message said, without what became of it."""
    return replace(
        payment,
        state=InboundState.RECEIVED,
        hold_id=None,
        reason=None,
        confirmed=False,
        taken_back=None,
    )


async def _keep(tx: Tx, node: Institution, payments: Sequence[Inbound], now: datetime) -> None:
    if not payments:
        return
    await inbound_store.add(tx, payments, now)
    await events.add(tx, [(each.uetr, each.state.value) for each in payments], now)
    await link(tx, payments, now)
    again = now + timedelta(seconds=node.overdue_seconds)
    await deadlines.set(tx, KIND, [(each.uetr, again) for each in payments if each.hold_id])


def _answer(
    node: Institution, each: Received[CreditTransfer], payment: Inbound, now: datetime
) -> Outgoing:
    is_other = each.record.message_id != payment.message_id
    if is_other:
        payment = replace(payment, state=InboundState.REFUSED, reason=Reason.MESSAGE_DUPLICATE)
    return answer(node, payment, Original.of(each.record), now)


def answer(node: Institution, payment: Inbound, original: Original, now: datetime) -> Outgoing:
    """pacs.002 that says how a payment stands; the reason code must be one of the scheme's."""
    record = messages.status_answer(node, payment, original, now)
    raw = rails.build(record, node.profile)
    name = rails.name_of(record, node.profile)
    return Outgoing(node.ips, record.message_id, name, payment.uetr, raw)


def _arrive(
    node: Institution, record: CreditTransfer, holding: Holding | NotFound, now: datetime
) -> _Arrival:
    it = arriving(node, record, holding)
    reason = objection(it)
    admission = admit(node, record, now) if reason is None else None
    decision = admission.decision if admission else None
    reason = admission.objection if admission else reason
    payment = _read(it.paid_from or node.claim, record, it.holding, it.fee, reason)
    if reason:
        return _Arrival(payment, [], decision)
    held = needs_review(node, record) or (admission is not None and admission.waits)
    if held or node.confirmed or record.priority is Priority.HIGH:
        holds = booking.reserve(payment, now)
        state = InboundState.HELD if held else InboundState.RECEIVED
        return _Arrival(replace(payment, state=state, hold_id=holds[0].id), holds, decision)
    return _Arrival(payment, booking.credit(node, payment, now), decision)


def _read(
    paid_from: str,
    record: CreditTransfer,
    holding: Holding | None,
    fee: Money,
    reason: Reason | None,
) -> Inbound:
    account, amount = holding.account if holding else None, record.settlement_amount
    same = fee.asset == amount.asset and fee.minor <= amount.minor
    taken = fee if same else replace(amount, minor=0)
    return Inbound(
        uetr=record.uetr,
        state=InboundState.REFUSED if reason else InboundState.CREDITED,
        account_id=account.id if account else None,
        account_code=account.ledger_code if account else None,
        interbank=amount,
        fee=taken,
        credited=amount - taken,
        sender_name=record.debtor.name,
        sender_account=record.debtor_account.number or "",
        sender_bic=record.debtor_agent.bic,
        sent=record.instructed_amount,
        end_to_end_id=record.end_to_end_id,
        transaction_id=record.transaction_id,
        message_id=record.message_id,
        note=record.remittance,
        reason=reason,
        paid_from=paid_from,
        instructing_bic=record.instructing_agent.bic,
        priority=record.priority,
    )


async def _post(tx: Tx, arrivals: dict[str, _Arrival], now: datetime) -> None:
    """Post every arrival's chain; one that the book refuses becomes a refusal to the sender."""
    transfers = [transfer for arrival in arrivals.values() for transfer in arrival.transfers]
    posted = iter(await ledger.post(tx, transfers, now))
    for arrival in arrivals.values():
        refusals = [next(posted).refusal for _ in arrival.transfers]
        causes = [r.reason for r in refusals if r is not None]
        if causes:
            told = [of_book(reason) for reason in causes if reason is not Reason.CHAIN_BROKEN]
            arrival.payment = replace(
                arrival.payment,
                state=InboundState.REFUSED,
                hold_id=None,
                reason=told[0] if told else Reason.CHAIN_BROKEN,
            )
