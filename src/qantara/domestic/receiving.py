"""Money that arrives: credit or refuse, answer, and take back what the system took back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx, events
from qantara.db.mail import Outgoing, Received, send, take
from qantara.domestic import arrival_store, messages, requesting, rules
from qantara.domestic.model import (
    ARRIVAL_TRANSITIONS,
    ArrivalEvent,
    ArrivalState,
    Member,
)
from qantara.domestic.ordering import first_cause
from qantara.domestic.records import Arrival, ArrivalKind
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.ledger import flow as ledger
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.rails import reasons
from qantara.rails.model import DomesticTransfer, PaymentStatus, Status


async def receive(
    tx: Tx, node: Member, received: Sequence[Received[DomesticTransfer]], now: datetime
) -> list[Conflict | None]:
    """Credit what arrived, at once, and answer pacs.002.

    The same message again gets its first answer again; the same UETR in another message is
    rejected as a duplicate; the same message with other content contradicts itself and gets no
    answer.
    """
    await take(tx, [each.message for each in received], now)
    numbers = [each.record.creditor_account.number or "" for each in received]
    holdings = await parties.account_by_number(tx, numbers)
    arriving = [
        _payment(node, each.record, holding)
        for each, holding in zip(received, holdings, strict=True)
    ]
    known = await arrival_store.lock(tx, [each.id for each in arriving])
    first = {each.id: each for each in reversed(arriving)}
    new = await _credit(tx, node, [each for key, each in first.items() if key not in known], now)
    kept = known | {each.id: each for each in new}
    outcomes = [contradiction(kept[each.id], each) for each in arriving]
    answers = [
        _answer(node, each, kept[arrival.id], now)
        for each, arrival, wrong in zip(received, arriving, outcomes, strict=True)
        if wrong is None
    ]
    await send(tx, answers, now)
    await requesting.paid(tx, new, now)
    return outcomes


def _payment(node: Member, record: DomesticTransfer, holding: Holding | NotFound) -> Arrival:
    reason = _objection(node, record, holding)
    account = None if isinstance(holding, QantaraError) else holding.account
    return Arrival(
        id=rules.arrival_id(ArrivalKind.PAYMENT, record.uetr),
        kind=ArrivalKind.PAYMENT,
        uetr=record.uetr,
        state=ArrivalState.REFUSED if reason else ArrivalState.RECEIVED,
        account_id=account.id if account else None,
        account_code=account.ledger_code if account else None,
        amount=record.settlement_amount,
        sender_name=record.debtor.name,
        sender_account=record.debtor_account.number or "",
        sender_bic=record.debtor_agent.bic,
        end_to_end_id=record.end_to_end_id,
        transaction_id=record.transaction_id,
        message_id=record.message_id,
        note=record.remittance,
        reason=reason,
    )


def _objection(
    node: Member, record: DomesticTransfer, holding: Holding | NotFound
) -> Reason | None:
    """Why this payment cannot be credited; None if it can."""
    if record.creditor_agent.bic != node.bic:
        return Reason.MESSAGE_WRONG_PARTY
    if isinstance(holding, QantaraError):
        return Reason.PAYEE_UNKNOWN
    if holding.account.state is not AccountState.OPEN:
        return Reason.PAYEE_CLOSED
    if record.settlement_amount.asset != node.asset:
        return Reason.ASSET_MISMATCH
    return None


def contradiction(before: Arrival, arrival: Arrival) -> Conflict | None:
    if before.message_id != arrival.message_id or _content(before) == _content(arrival):
        return None
    return Conflict(Reason.ID_REUSED, id=arrival.message_id)


def _content(arrival: Arrival) -> Arrival:
    """What the message said, without whose account we found and what became of it."""
    return replace(
        arrival, state=ArrivalState.RECEIVED, account_id=None, account_code=None, reason=None
    )


async def _credit(
    tx: Tx, node: Member, arrivals: Sequence[Arrival], now: datetime
) -> list[Arrival]:
    """Post and keep; what the book refuses becomes a refusal to the sender."""
    if not arrivals:
        return []
    able = [each for each in arrivals if each.state is ArrivalState.RECEIVED]
    posted = await ledger.post(tx, [rules.credit(node, each, now) for each in able], now)
    refusals = {each.id: outcome.refusal for each, outcome in zip(able, posted, strict=True)}
    new = []
    for each in arrivals:
        refusal = refusals.get(each.id)
        reason = each.reason if refusal is None else first_cause([refusal]).reason
        event = ArrivalEvent.REFUSE if reason else ArrivalEvent.CREDIT
        state = rules.moved(ARRIVAL_TRANSITIONS, ArrivalState.RECEIVED, event, each.id)
        new.append(replace(each, state=state, reason=reason))
    await arrival_store.add(tx, new, now)
    await events.add(tx, [(each.id, each.state.value) for each in new], now)
    return new


def _answer(
    node: Member, each: Received[DomesticTransfer], arrival: Arrival, now: datetime
) -> Outgoing:
    is_other = each.record.message_id != arrival.message_id
    reason = Reason.MESSAGE_DUPLICATE if is_other else arrival.reason
    return messages.letter(
        node, messages.status_answer(node, each.record, reason, now), arrival.uetr
    )


async def confirm(
    tx: Tx,
    node: Member,
    found: Mapping[tuple[str, str], Arrival],
    answers: Sequence[PaymentStatus],
    now: datetime,
) -> list[Conflict | None]:
    """The system's word on what arrived (by UETR and message): our yes may have come too late.

    What was credited is then taken back from the account as far as it goes; the rest is ours
    to bear, and the system, which says so until it is heard, is told that it was. A yes to what
    we refused is a `Conflict`: both sides must see it.
    """
    outcomes: list[Conflict | None] = []
    late: dict[str, tuple[Arrival, Reason]] = {}
    for answer in answers:
        arrival = found[answer.uetr, answer.original_message_id]
        is_credited = arrival.state is ArrivalState.CREDITED and arrival.id not in late
        if answer.status is Status.ACCC and not is_credited:
            told = ArrivalState.REVERSED if arrival.id in late else arrival.state
            outcomes.append(
                Conflict(Reason.STATE_CONFLICT, uetr=answer.uetr, state=told, status=answer.status)
            )
            continue
        if answer.status is Status.RJCT and is_credited:
            late[arrival.id] = (arrival, reasons.reason_of(answer.reason, answer.reason_texts))
        outcomes.append(None)
    if late:
        await _reverse(tx, node, list(late.values()), now)
    heard = [each for each in answers if each.status is Status.RJCT]
    agreed = [messages.agreement(node, each, now) for each in heard]
    await send(tx, [messages.letter(node, each, each.uetr) for each in agreed], now)
    return outcomes


async def _reverse(
    tx: Tx, node: Member, late: Sequence[tuple[Arrival, Reason]], now: datetime
) -> None:
    arrivals = [arrival for arrival, _ in late]
    back = [rules.take_back(node, arrival, now) for arrival in arrivals]
    taken = await ledger.post(tx, back, now)
    rest = [
        rules.bear(node, arrival, outcome.amount, now)
        for arrival, outcome in zip(arrivals, taken, strict=True)
    ]
    await ledger.must_post(tx, [booking for booking in rest if booking is not None], now)
    await arrival_store.reverse(tx, [each.id for each in arrivals], [r for _, r in late], now)
    await events.add(tx, [(each.id, ArrivalState.REVERSED.value) for each in arrivals], now)
    await requesting.unpaid(tx, arrivals, now)
