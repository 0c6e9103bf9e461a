"""Requests to pay, on the side of the payer they are shown to."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from qantara import ids
from qantara.db import Tx, deadlines, events
from qantara.db.mail import Received, send, take
from qantara.domestic import demand_store, messages, rules, store
from qantara.domestic.model import (
    DEMAND_TRANSITIONS,
    KIND,
    DemandEvent,
    DemandState,
    Event,
    Member,
    State,
)
from qantara.domestic.ordering import Order, outcome_of, place_orders, write
from qantara.domestic.records import Answer, Change, Counterpart, Demand, Transfer
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.rails.model import PaymentRequest, PaymentRequestReport

Answered = Demand | Refused | Conflict | NotFound
Move = tuple[Demand, DemandEvent, Reason | None, str | None]
"""A demand, what happens to it, why, and the transfer that pays it."""
_OPEN = frozenset({DemandState.SHOWN, DemandState.ACCEPTED})


async def present(
    tx: Tx, node: Member, received: Sequence[Received[PaymentRequest]], now: datetime
) -> list[Conflict | None]:
    """Show a request to the customer it is meant for and say so (RCVD), or refuse it.

    A repeat is answered again as its first was; the same request with other content is a
    `Conflict` and gets no answer.
    """
    await take(tx, [each.message for each in received], now)
    numbers = [each.record.debtor_account.number or "" for each in received]
    holdings = await parties.account_by_number(tx, numbers)
    arriving = [
        _demand(node, each.record, holding, now)
        for each, holding in zip(received, holdings, strict=True)
    ]
    known = await demand_store.lock(tx, [each.id for each in arriving])
    first = {each.id: each for each in reversed(arriving)}
    new = [each for key, each in first.items() if key not in known]
    if new:
        await demand_store.add(tx, new)
        await events.add(tx, [(each.id, each.state.value) for each in new], now)
        shown = [each for each in new if each.state is DemandState.SHOWN]
        await deadlines.set(tx, KIND, [(each.id, each.expires_at) for each in shown])
    kept = known | {each.id: each for each in new}
    outcomes = [
        None
        if _content(kept[each.id]) == _content(each)
        else Conflict(Reason.ID_REUSED, id=each.id)
        for each in arriving
    ]
    told = [
        messages.letter(node, _said(node, kept[each.id], now), None)
        for each, wrong in zip(arriving, outcomes, strict=True)
        if wrong is None
    ]
    await send(tx, told, now)
    return outcomes


def _said(node: Member, demand: Demand, now: datetime) -> PaymentRequestReport:
    """What stands of a demand, in the words of pain.014."""
    match demand.state:
        case DemandState.ACCEPTED | DemandState.PAYING | DemandState.PAID:
            word, reason = messages.AGREED, None
        case DemandState.SHOWN:
            word, reason = messages.SHOWN, None
        case _:
            word, reason = messages.REJECTED, demand.reason or Reason.REJECTED_BY_RECEIVER
    return messages.request_answer(node, demand, word, reason, now)


def _content(demand: Demand) -> tuple[object, ...]:
    """What the message said, without when it came and what became of it."""
    return (
        *(demand.amount, demand.payee, demand.request_id, demand.end_to_end_id),
        *(demand.expires_at, demand.pay_on, demand.note, demand.reference),
    )


def _demand(
    node: Member, record: PaymentRequest, holding: Holding | NotFound, now: datetime
) -> Demand:
    reason = _objection(node, record, holding, now)
    ours = None if isinstance(holding, QantaraError) or reason else holding
    event = DemandEvent.REFUSE if reason else DemandEvent.SHOW
    key = ids.derived("dmd", record.creditor_agent.bic, record.request_id)
    return Demand(
        id=key,
        customer_id=ours.customer.id if ours else None,
        account_id=ours.account.id if ours else None,
        state=rules.moved(DEMAND_TRANSITIONS, DemandState.RECEIVED, event, key),
        amount=record.amount,
        payee=Counterpart(
            record.creditor.name,
            record.creditor.name,
            replace(record.creditor_account, name=None, proxy=None),
            record.creditor_agent.bic,
        ),
        request_id=record.request_id,
        end_to_end_id=record.end_to_end_id,
        message_id=record.message_id,
        expires_at=record.expires_at,
        received_at=now,
        pay_on=record.pay_on,
        note=record.remittance,
        reference=record.reference,
        reason=reason,
    )


def _objection(
    node: Member, record: PaymentRequest, holding: Holding | NotFound, now: datetime
) -> Reason | None:
    """Why nobody here can be shown this request; None if somebody can."""
    if record.debtor_agent.bic != node.bic:
        return Reason.MESSAGE_WRONG_PARTY
    if isinstance(holding, QantaraError):
        return Reason.ACCOUNT_NOT_FOUND
    if holding.account.state is not AccountState.OPEN:
        return Reason.ACCOUNT_CLOSED
    if record.amount.asset != node.asset:
        return Reason.ASSET_MISMATCH
    if record.expires_at <= now:
        return Reason.MESSAGE_STALE
    return None


async def advance(tx: Tx, moves: Sequence[Move], now: datetime) -> list[Demand]:
    """Make moves and their events; the demands as they then stand. Deadlines are their caller's."""
    made = [
        (demand, rules.moved(DEMAND_TRANSITIONS, demand.state, event, demand.id), reason, transfer)
        for demand, event, reason, transfer in moves
    ]
    if not made:
        return []
    if not all(await demand_store.advance(tx, made)):
        raise Conflict(Reason.STATE_CONFLICT, detail="a request moved meanwhile")
    await events.add(tx, [(demand.id, state.value) for demand, state, _, _ in made], now)
    return [
        replace(
            demand,
            state=state,
            reason=reason or demand.reason,
            transfer_id=transfer or demand.transfer_id,
        )
        for demand, state, reason, transfer in made
    ]


class _Due(Struct, frozen=True):
    """A demand that is to be paid now, and the transfer that does it."""

    demand: Demand
    transfer_id: str


async def accept(tx: Tx, node: Member, answers: Sequence[Answer], now: datetime) -> list[Answered]:
    """Pay what was asked: now, or on its day, which is only promised (ACCP) until then.

    A transfer that is refused leaves the demand as it was: it may be accepted again.
    """
    found = await demand_store.lock(tx, [each.demand_id for each in answers])
    first: dict[str, Answer] = {}
    for each in answers:
        first.setdefault(each.demand_id, each)
    judged = {key: _judge(found.get(key), each, now) for key, each in first.items()}
    open_ = [each for each in judged.values() if isinstance(each, _Due)]
    later = [each.demand for each in open_ if _is_later(each.demand, now)]
    promised = await advance(tx, [(d, DemandEvent.ACCEPT, None, None) for d in later], now)
    on_day = [(d.id, rules.start_of(d.pay_on)) for d in later if d.pay_on is not None]
    await deadlines.set(tx, KIND, on_day)
    paid = await _pay(tx, node, [e for e in open_ if not _is_later(e.demand, now)], now)
    done: dict[str, Demand | Refused] = {each.id: each for each in promised}
    done |= paid
    agreed = [each for each in done.values() if isinstance(each, Demand)]
    await _tell(tx, node, agreed, now)
    outcomes: list[Answered] = []
    for each in answers:
        verdict = judged[each.demand_id]
        if each.customer_id != first[each.demand_id].customer_id:
            outcomes.append(NotFound(Reason.PAYMENT_REQUEST_NOT_FOUND, id=each.demand_id))
        else:
            outcomes.append(done[each.demand_id] if isinstance(verdict, _Due) else verdict)
    return outcomes


def _is_later(demand: Demand, now: datetime) -> bool:
    return demand.pay_on is not None and demand.pay_on > now.date()


def _judge(demand: Demand | None, each: Answer, now: datetime) -> _Due | Answered:
    if demand is None or demand.customer_id != each.customer_id:
        return NotFound(Reason.PAYMENT_REQUEST_NOT_FOUND, id=each.demand_id)
    if demand.state in {DemandState.ACCEPTED, DemandState.PAYING, DemandState.PAID}:
        return demand
    if demand.state is DemandState.EXPIRED or now >= demand.expires_at:
        return Refused(Reason.PAYMENT_REQUEST_EXPIRED, rule="request.expiry")
    if demand.state is not DemandState.SHOWN:
        return Conflict(Reason.STATE_CONFLICT, id=demand.id, state=demand.state)
    return _Due(demand, each.id)


async def _tell(tx: Tx, node: Member, demands: Sequence[Demand], now: datetime) -> None:
    await send(tx, [messages.letter(node, _said(node, d, now), None) for d in demands], now)


async def _pay(
    tx: Tx, node: Member, due: Sequence[_Due], now: datetime
) -> dict[str, Demand | Refused]:
    """Order the transfer of each demand; a demand whose transfer is refused stays as it is."""
    if not due:
        return {}
    account_ids = [AccountId(each.demand.account_id or "") for each in due]
    holdings = await parties.accounts(tx, account_ids)
    before = await store.by_ids(tx, [each.transfer_id for each in due])
    ordered = {
        each.demand.id: _order(node, each, holding, before, now)
        for each, holding in zip(due, holdings, strict=True)
    }
    orders = [order for order in ordered.values() if isinstance(order, Order)]
    placed = await place_orders(tx, node, orders, now)
    done: dict[str, Demand | Refused] = {}
    moves: list[Move] = []
    settled: set[str] = set()
    for each in due:
        order = ordered[each.demand.id]
        outcome = placed[order.transfer.id] if isinstance(order, Order) else order
        if isinstance(outcome, Refused):
            done[each.demand.id] = outcome
        else:
            moves.append((each.demand, DemandEvent.PAY, None, outcome.id))
            if outcome.state is State.COMPLETED:
                settled.add(each.demand.id)
    paying = await advance(tx, moves, now)
    await deadlines.clear(tx, KIND, [each.id for each in paying])
    paid: list[Move] = [
        (each, DemandEvent.SETTLE, None, None) for each in paying if each.id in settled
    ]
    after = {each.id: each for each in [*paying, *await advance(tx, paid, now)]}
    return done | after


def _order(
    node: Member,
    due: _Due,
    holding: Holding | NotFound,
    before: Mapping[str, Transfer],
    now: datetime,
) -> Order | Transfer | Refused:
    """The transfer that pays a demand: its reference is the request's."""
    if isinstance(holding, QantaraError):
        return Refused(Reason.ACCOUNT_CLOSED)
    if due.transfer_id in before:
        return outcome_of(before[due.transfer_id])
    demand = due.demand
    transfer = Transfer(
        id=due.transfer_id,
        customer_id=holding.customer.id,
        account_id=holding.account.id,
        account_code=holding.account.ledger_code,
        state=State.ACCEPTED,
        amount=demand.amount,
        fee=rules.payer_fee(node.domestic_fee, demand.amount),
        payee=demand.payee,
        uetr=ids.new_uetr(),
        end_to_end_id=demand.end_to_end_id,
        message_id=ids.new_message_id(),
        ordered_at=now,
        demand_id=demand.id,
        note=demand.note,
        reference=demand.reference,
    )
    return write(node, transfer, holding, now)


async def reject(tx: Tx, node: Member, answers: Sequence[Answer], now: datetime) -> list[Answered]:
    """Say no (pain.014 RJCT), also to what was promised for a later day and is not paid yet."""
    found = await demand_store.lock(tx, [each.demand_id for each in answers])
    own = {a.demand_id for a in answers if _is_own(found.get(a.demand_id), a)}
    moves: list[Move] = [
        (demand, DemandEvent.REJECT, Reason.REJECTED_BY_RECEIVER, None)
        for key, demand in found.items()
        if key in own and demand.state in _OPEN
    ]
    rejected = {each.id: each for each in await advance(tx, moves, now)}
    await deadlines.clear(tx, KIND, list(rejected))
    await _tell(tx, node, list(rejected.values()), now)
    return [
        _rejected(each, rejected.get(each.demand_id) or found.get(each.demand_id))
        for each in answers
    ]


def _is_own(demand: Demand | None, answer: Answer) -> bool:
    return demand is not None and demand.customer_id == answer.customer_id


def _rejected(each: Answer, demand: Demand | None) -> Answered:
    if demand is None or not _is_own(demand, each):
        return NotFound(Reason.PAYMENT_REQUEST_NOT_FOUND, id=each.demand_id)
    if demand.state is not DemandState.REJECTED:
        return Conflict(Reason.STATE_CONFLICT, id=demand.id, state=demand.state)
    return demand


async def time_out(tx: Tx, node: Member, subjects: Sequence[str], now: datetime) -> None:
    """Demands that nobody answered expire; those whose day has come are paid, or fail for good
    and the payee is told.
    """
    found = await demand_store.lock(tx, subjects)
    late = [d for d in found.values() if d.state is DemandState.SHOWN]
    await advance(tx, [(d, DemandEvent.TIME_OUT, None, None) for d in late], now)
    today = [d for d in found.values() if d.state is DemandState.ACCEPTED]
    due = [_Due(demand, ids.derived("trf", demand.id, "on_day")) for demand in today]
    done = await _pay(tx, node, due, now)
    failed: list[Move] = []
    for demand in today:
        outcome = done[demand.id]
        if isinstance(outcome, Refused):
            failed.append((demand, DemandEvent.FAIL, outcome.reason, None))
    await _tell(tx, node, await advance(tx, failed, now), now)


async def ended(tx: Tx, node: Member, changes: Sequence[Change], now: datetime) -> None:
    """Transfers have come to their end: so have the demands they paid. The payee is told of one
    that did not arrive; one that did speaks for itself.
    """
    of_demand = {c.transfer.demand_id: c for c in changes if c.transfer.demand_id is not None}
    found = await demand_store.lock(tx, list(of_demand))
    moves: list[Move] = []
    for key, demand in found.items():
        change = of_demand[key]
        if demand.state is not DemandState.PAYING or demand.transfer_id != change.transfer.id:
            continue
        if change.event is Event.SETTLE:
            moves.append((demand, DemandEvent.SETTLE, None, None))
        else:
            reason = change.refusal.reason if change.refusal else None
            moves.append((demand, DemandEvent.FAIL, reason, None))
    after = await advance(tx, moves, now)
    await _tell(tx, node, [d for d in after if d.state is DemandState.FAILED], now)
