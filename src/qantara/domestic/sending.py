"""What becomes of a transfer once its message has left: taken, settled, rejected, overdue."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx, deadlines, events, mail
from qantara.domestic import rules, store
from qantara.domestic.model import FINAL, KIND, TRANSITIONS, Event, Member, State
from qantara.domestic.records import Change, Transfer
from qantara.errors import Conflict, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer as Booking
from qantara.rails import reasons
from qantara.rails.model import PaymentStatus, Status

_EVENT_OF_STATUS = {
    Status.ACCC: Event.SETTLE,
    Status.RJCT: Event.REJECT,
    Status.BLCK: Event.BLOCK,
}
_END = {
    Event.SETTLE: State.COMPLETED,
    Event.REJECT: State.REJECTED,
    Event.BLOCK: State.BLOCKED,
}


async def advance(tx: Tx, changes: Sequence[Change], now: datetime) -> None:
    """Make moves, their events and the end of their deadlines; `Conflict` for one not allowed."""
    moves = [
        (each, rules.moved(TRANSITIONS, each.transfer.state, each.event, each.transfer.id))
        for each in changes
    ]
    if not moves:
        return
    if not all(await store.advance(tx, moves, now, FINAL)):
        raise Conflict(Reason.STATE_CONFLICT, detail="a transfer moved meanwhile")
    told = [(c.transfer.id, state.value) for c, state in moves if state != c.transfer.state]
    await events.add(tx, told, now)
    await deadlines.clear(tx, KIND, [c.transfer.id for c, state in moves if state in FINAL])


async def acknowledge(
    tx: Tx, _node: Member, message_ids: Sequence[str], now: datetime
) -> list[None]:
    """The payment system has taken our pacs.008."""
    found = await store.lock_by_message(tx, message_ids)
    waiting = [
        each
        for each in found.values()
        if each.state is State.ACCEPTED
        or (each.state is State.OVERDUE and each.submitted_at is None)
    ]
    await advance(tx, [Change(each, Event.ACKNOWLEDGE) for each in waiting], now)
    return [None] * len(message_ids)


async def bounce(tx: Tx, bounced: Sequence[tuple[str, str]], now: datetime) -> dict[str, Transfer]:
    """The payment system will never take these pacs.008 (message id, its reason): put back.

    What it has once taken is its to answer by pacs.002, and by nothing else.
    """
    found = await store.lock_by_message(tx, [key for key, _ in bounced])
    said = {found[key].id: reason for key, reason in bounced if key in found}
    waiting = [
        each
        for each in found.values()
        if each.submitted_at is None and each.state in {State.ACCEPTED, State.OVERDUE}
    ]
    await ledger.must_post(tx, [b for each in waiting for b in rules.release(each, now)], now)
    changes = []
    for each in waiting:
        reason = reasons.reason_said(said[each.id])
        changes.append(Change(each, Event.REJECT, Refused(reason), reasons.status_code(reason)))
    await advance(tx, changes, now)
    return {change.transfer.id: change.transfer for change in changes}


async def conclude(
    tx: Tx,
    node: Member,
    found: dict[str, Transfer],
    answers: Sequence[PaymentStatus],
    now: datetime,
) -> tuple[list[Conflict | None], list[Change]]:
    """Settle or put back what the system decided about these transfers (by message id).

    A repeated answer changes nothing, nor does one that is not final. An answer that
    contradicts the first final one is a `Conflict`: both sides must see it.
    """
    changes: dict[str, Change] = {}
    bookings: list[Booking] = []
    outcomes: list[Conflict | None] = []
    for answer in answers:
        transfer, event = found[answer.original_message_id], _EVENT_OF_STATUS.get(answer.status)
        planned = changes.get(transfer.id)
        stands = transfer.state if planned is None else _END[planned.event]
        outcomes.append(_contradiction(answer, stands, event))
        if event is None or stands in FINAL:
            continue
        reason = reasons.reason_of(answer.reason, answer.reason_texts)
        refusal = Refused(reason) if event is not Event.SETTLE else None
        changes[transfer.id] = Change(transfer, event, refusal, answer.reason)
        is_over = event is Event.REJECT
        bookings += rules.release(transfer, now) if is_over else rules.settle(node, transfer, now)
    await ledger.must_post(tx, bookings, now)
    await advance(tx, list(changes.values()), now)
    return outcomes, list(changes.values())


def _contradiction(answer: PaymentStatus, stands: State, event: Event | None) -> Conflict | None:
    if event is None or stands not in FINAL or stands is _END[event]:
        return None
    return Conflict(Reason.STATE_CONFLICT, uetr=answer.uetr, state=stands, status=answer.status)


async def time_out(tx: Tx, node: Member, subjects: Sequence[str], now: datetime) -> None:
    """Tell transfers without an answer as overdue, and ask about those that were taken by the
    same message again; the system answers a repeat with what it knows.
    """
    found = await store.lock(tx, subjects)
    waiting = [each for each in found.values() if each.state not in FINAL]
    await advance(tx, [Change(each, Event.TIME_OUT) for each in waiting], now)
    asked = [(each.uetr, each.message_id) for each in waiting if each.submitted_at is not None]
    await mail.send_again(tx, node.ips, asked, now)
    due_at = rules.answer_due_at(node, now)
    await deadlines.set(tx, KIND, [(each.id, due_at) for each in waiting])
