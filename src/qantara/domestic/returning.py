"""Be asked for money that was credited, decide, and give it back by a payment of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara import ids
from qantara.db import Tx, deadlines, events
from qantara.db.mail import Outgoing, Received, send, take
from qantara.domestic import arrival_store, messages, recall_store, rules
from qantara.domestic.model import (
    KIND,
    RETURN_TRANSITIONS,
    ArrivalState,
    Member,
    ReturnEvent,
    ReturnState,
)
from qantara.domestic.records import Arrival, ArrivalKind, Decide, Refusal, Return
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import TransferKind
from qantara.rails.model import (
    CancellationRequest,
    InvestigationResolution,
    PaymentStatus,
    Status,
)

Decided = Return | Refused | Conflict | NotFound
OPEN = (ReturnState.OPEN, ReturnState.OVERDUE)


async def recalled(
    tx: Tx, node: Member, received: Sequence[Received[CancellationRequest]], now: datetime
) -> list[Conflict | None]:
    """Open a case for staff; what cannot be given back is refused at once (camt.029 RJCR).

    A recall already answered is answered again; one that waits for staff stays silent.
    """
    await take(tx, [each.message for each in received], now)
    uetrs = [each.record.uetr for each in received]
    arrivals = await arrival_store.by_uetrs(tx, ArrivalKind.PAYMENT, uetrs)
    asked = [_asked(node, each.record, arrivals.get(each.record.uetr), now) for each in received]
    known = await recall_store.lock_returns(tx, [each.id for each in asked])
    first = {each.id: each for each in reversed(asked)}
    new = [each for key, each in first.items() if key not in known]
    if new:
        await recall_store.add_returns(tx, new)
        due_at = rules.recall_due_at(node, now)
        waiting = [each for each in new if each.state is ReturnState.OPEN]
        await deadlines.set(tx, KIND, [(each.id, due_at) for each in waiting])
        await events.add(tx, [(each.id, each.state.value) for each in new], now)
    kept = known | {each.id: each for each in new}
    outcomes = [
        None
        if _content(kept[each.id]) == _content(each)
        else Conflict(Reason.ID_REUSED, id=each.id)
        for each in asked
    ]
    said = [
        messages.letter(node, _resolution(node, kept[each.id], now), each.uetr)
        for each, wrong in zip(asked, outcomes, strict=True)
        if wrong is None and kept[each.id].state not in OPEN
    ]
    await send(tx, said, now)
    return outcomes


def _resolution(node: Member, back: Return, now: datetime) -> InvestigationResolution:
    refusal = back.refusal if back.state is ReturnState.REFUSED else None
    return messages.resolution(node, back, refusal, now)


def _content(back: Return) -> tuple[object, ...]:
    return (back.uetr, back.amount, back.reason, back.case_id, back.case_creator_bic)


def _asked(
    node: Member, record: CancellationRequest, arrival: Arrival | None, now: datetime
) -> Return:
    refusal = _objection(node, record, arrival)
    key = ids.derived("ret", record.case_creator.bic, record.case_id, record.uetr)
    event = ReturnEvent.REFUSE if refusal else ReturnEvent.OPEN
    return Return(
        id=key,
        uetr=record.uetr,
        state=rules.moved(RETURN_TRANSITIONS, ReturnState.RECEIVED, event, key),
        account_code=arrival.account_code if arrival else None,
        amount=record.original_amount,
        reason=record.reason,
        case_id=record.case_id,
        case_creator_bic=record.case_creator.bic,
        cancellation_id=record.cancellation_id,
        original_message_id=record.original_message_id,
        end_to_end_id=record.original_end_to_end_id,
        transaction_id=record.original_transaction_id,
        message_id=record.message_id,
        asked_at=now,
        refusal=refusal,
    )


def _objection(
    node: Member, record: CancellationRequest, arrival: Arrival | None
) -> Refusal | None:
    """Why this can never be given back; None if staff may decide."""
    if arrival is None or arrival.state in {ArrivalState.RECEIVED, ArrivalState.REFUSED}:
        return Refusal.UNKNOWN
    if arrival.state is ArrivalState.REVERSED:
        return Refusal.RETURNED
    if arrival.amount != record.original_amount:
        return Refusal.UNKNOWN
    return None if node.exceptions else Refusal.NO_ANSWER


async def decide(tx: Tx, node: Member, decisions: Sequence[Decide], now: datetime) -> list[Decided]:
    """Staff's word: give back (camt.029 CNCL, then pacs.004) or refuse (camt.029 RJCR).

    Giving back needs the money on the account; where it is not there, nothing is said yet.
    """
    found = await recall_store.lock_returns(tx, [each.return_id for each in decisions])
    first: dict[str, Decide] = {}
    for each in decisions:
        first.setdefault(each.return_id, each)
    todo = [d for key, d in first.items() if key in found and found[key].state in OPEN]
    no = [
        replace(found[d.return_id], state=ReturnState.REFUSED, refusal=d.refusal, decided_by=d.by)
        for d in todo
        if d.refusal is not None
    ]
    yes = [
        replace(
            found[d.return_id],
            state=ReturnState.RETURNING,
            attempts=found[d.return_id].attempts + 1,
            return_message_id=ids.new_message_id(),
            refusal=None,
            decided_by=d.by,
        )
        for d in todo
        if d.refusal is None
    ]
    posted = await ledger.post(tx, [rules.hold_return(node, back, now) for back in yes], now)
    short = {
        back.id: outcome.refusal
        for back, outcome in zip(yes, posted, strict=True)
        if outcome.refusal is not None
    }
    held = [back for back in yes if back.id not in short]
    await _move(tx, found, [*no, *held], now)
    await send(tx, [_said(node, back, now) for back in [*no, *held]], now)
    await _pay_back(tx, node, held, now)
    done = {back.id: back for back in [*no, *held]}
    return [_outcome(each, first, done, short, found) for each in decisions]


def _said(node: Member, back: Return, now: datetime) -> Outgoing:
    return messages.letter(node, _resolution(node, back, now), back.uetr)


async def _pay_back(tx: Tx, node: Member, held: Sequence[Return], now: datetime) -> None:
    if not held:
        return
    uetrs = [back.uetr for back in held]
    arrivals = await arrival_store.by_uetrs(tx, ArrivalKind.PAYMENT, uetrs)
    letters = []
    for back in held:
        number = back.return_message_id or ""
        record = messages.payment_return(node, back, number, arrivals[back.uetr], now)
        letters.append(messages.letter(node, record, back.uetr))
    await send(tx, letters, now)
    due_at = rules.answer_due_at(node, now)
    await deadlines.set(tx, KIND, [(back.id, due_at) for back in held])


def _outcome(
    each: Decide,
    first: Mapping[str, Decide],
    done: Mapping[str, Return],
    short: Mapping[str, Refused],
    found: Mapping[str, Return],
) -> Decided:
    back = done.get(each.return_id) or found.get(each.return_id)
    if back is None:
        return NotFound(Reason.RETURN_NOT_FOUND, id=each.return_id)
    if first[each.return_id].refusal is each.refusal:
        if each.return_id in short:
            return short[each.return_id]
        was_granted = back.state in {ReturnState.RETURNING, ReturnState.RETURNED}
        if (each.refusal is None and was_granted) or (
            back.state is ReturnState.REFUSED and back.refusal is each.refusal
        ):
            return back
    return Conflict(Reason.STATE_CONFLICT, id=back.id, state=back.state)


async def _move(
    tx: Tx, found: Mapping[str, Return], after: Sequence[Return], now: datetime
) -> None:
    if not after:
        return
    moves = [(found[back.id], back) for back in after]
    for before, back in moves:
        if back.state not in {
            to for (state, _), to in RETURN_TRANSITIONS.items() if state is before.state
        }:
            raise Conflict(Reason.STATE_CONFLICT, id=back.id, state=before.state)
    if not all(await recall_store.advance_returns(tx, moves)):
        raise Conflict(Reason.STATE_CONFLICT, detail="a return moved meanwhile")
    told = [(back.id, back.state.value) for before, back in moves if back.state != before.state]
    await events.add(tx, told, now)
    ended = [b.id for b in after if b.state in {ReturnState.RETURNED, ReturnState.REFUSED}]
    await deadlines.clear(tx, KIND, ended)


async def conclude(
    tx: Tx,
    node: Member,
    found: Mapping[str, Return],
    answers: Sequence[PaymentStatus],
    now: datetime,
) -> list[Conflict | None]:
    """The system's word on our pacs.004 (by message id): given back, or staff's again."""
    ends = {Status.ACCC: ReturnState.RETURNED, Status.RJCT: ReturnState.OPEN}
    after: dict[str, Return] = {}
    bookings = []
    outcomes: list[Conflict | None] = []
    for answer in answers:
        back, state = found[answer.original_message_id], ends.get(answer.status)
        stands = after[back.id].state if back.id in after else back.state
        if state is None or stands is state:
            outcomes.append(None)
        elif stands is not ReturnState.RETURNING:
            outcomes.append(Conflict(Reason.STATE_CONFLICT, uetr=answer.uetr, state=stands))
        else:
            kind = TransferKind.POST if state is ReturnState.RETURNED else TransferKind.VOID
            bookings.append(rules.end_return(back, kind, now))
            after[back.id] = replace(back, state=state)
            outcomes.append(None)
    await ledger.must_post(tx, bookings, now)
    await _move(tx, {back.id: back for back in found.values()}, list(after.values()), now)
    reopened = [back.id for back in after.values() if back.state is ReturnState.OPEN]
    await deadlines.set(tx, KIND, [(key, rules.recall_due_at(node, now)) for key in reopened])
    return outcomes


async def time_out(tx: Tx, node: Member, subjects: Sequence[str], now: datetime) -> None:
    """Cases that staff left lying are told as overdue; a pacs.004 without an answer waits on,
    as no payment is ever taken back on our own.
    """
    found = await recall_store.lock_returns(tx, subjects)
    open_ = [back for back in found.values() if back.state in OPEN]
    await _move(tx, found, [replace(back, state=ReturnState.OVERDUE) for back in open_], now)
    waiting = [(back.id, rules.recall_due_at(node, now)) for back in open_]
    waiting += [
        (back.id, rules.answer_due_at(node, now))
        for back in found.values()
        if back.state is ReturnState.RETURNING
    ]
    await deadlines.set(tx, KIND, waiting)


async def bounce(tx: Tx, node: Member, bounced: Sequence[tuple[str, str]], now: datetime) -> None:
    """The payment system will never take these pacs.004: the money stays, the case is open."""
    found = await recall_store.lock_returns_by_message(tx, [key for key, _ in bounced])
    lost = [back for back in found.values() if back.state is ReturnState.RETURNING]
    await ledger.must_post(
        tx, [rules.end_return(back, TransferKind.VOID, now) for back in lost], now
    )
    before = {back.id: back for back in lost}
    await _move(tx, before, [replace(back, state=ReturnState.OPEN) for back in lost], now)
    await deadlines.set(tx, KIND, [(back.id, rules.recall_due_at(node, now)) for back in lost])
