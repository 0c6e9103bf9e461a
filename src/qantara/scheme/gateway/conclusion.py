"""How payments end: the destination's word, or a HIGH payment's time running out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from qantara.db import Tx, deadlines, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.rails.model import PaymentStatus, Priority, Status
from qantara.scheme import letters
from qantara.scheme.gateway import store
from qantara.scheme.gateway.answers import (
    DEADLINES,
    answer,
    confirmation,
    final,
    is_confirmed,
    notification,
    onward_id,
)
from qantara.scheme.gateway.checks import Quoted
from qantara.scheme.gateway.model import (
    FINAL,
    TRANSITIONS,
    Event,
    GatewayNode,
    Payment,
    State,
)
from qantara.scheme.model import advance
from qantara.scheme.steps import Step, move

_EVENTS = {
    Status.ACCC: Event.COMPLETE,
    Status.RJCT: Event.REJECT,
    Status.BLCK: Event.BLOCK,
    Status.ACWP: Event.POSTPONE,
}
_TIMED_OUT = letters.refuse(Reason.TIMED_OUT)
_TAKEN = 1000


async def conclude(
    tx: Tx, node: GatewayNode, received: Sequence[mail.Received[PaymentStatus]], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.002 of a destination system: told to the source system; where money moved, to
    the FX provider too, and confirmed where the destination settles only then (five steps, HIGH).

    A status that repeats what is known changes nothing and is confirmed again; so does a late
    one on a HIGH payment whose time had run out, whatever it says. One that contradicts what
    is known is a Conflict, one on another message than ours NotFound. ACWP is passed on.
    """
    await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    ids = [payment.quote_id for payment in known.values() if payment.quote_id is not None]
    quoted = await store.quotes(tx, ids)
    steps: list[Step[State, Event]] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item in received:
        try:
            payment = _named(node, known, item)
            step = _step(node, payment, item, now)
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        outcomes.append(None)
        if step is None:
            out += _confirmed_again(node, payment, item.record)
            continue
        steps.append(step)
        done = replace(payment, state=step.state, reason=step.reason, text=step.text)
        known[done.uetr] = done
        out += _told(node, done, quoted, now)
    ended = [step.uetr for step in steps if known[step.uetr].priority is Priority.HIGH]
    await deadlines.clear(tx, DEADLINES, ended)
    await move(tx, "gateway", steps, now)
    await mail.send(tx, out, now)
    return outcomes


def _named(
    node: GatewayNode, known: dict[str, Payment], item: mail.Received[PaymentStatus]
) -> Payment:
    """The payment that a status is on."""
    payment = known.get(item.record.uetr)
    if payment is None:
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=item.record.uetr)
    if item.message.sender != payment.destination_ips:
        raise Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender)
    letters.must_answer(item.record, onward_id(node, payment.uetr))
    return payment


def _step(
    node: GatewayNode, payment: Payment, item: mail.Received[PaymentStatus], now: datetime
) -> Step[State, Event] | None:
    """The move a status makes; None where it says what is known already, or comes too late."""
    record = item.record
    event, was = _EVENTS.get(record.status), payment.state
    urgent = payment.priority is Priority.HIGH
    if event is None or (urgent and event is Event.POSTPONE):
        raise Conflict(Reason.STATE_CONFLICT, status=record.status)
    if was in FINAL and (_is_known(payment, event) or _is_out(payment)):
        return None
    due_at = payment.recorded_at + timedelta(seconds=node.time_out_seconds)
    if urgent and was not in FINAL and now >= due_at:
        return _out(payment)
    state = advance(TRANSITIONS, was, event)
    if event is Event.COMPLETE:
        return Step(record.uetr, was, event, state)
    said = letters.verdict(record)
    return Step(record.uetr, was, event, state, said.reason, said.text)


def _is_known(payment: Payment, event: Event) -> bool:
    """Whether an event adds nothing to an end that is reached; a delay is over then."""
    return event is Event.POSTPONE or TRANSITIONS[State.FORWARDED, event] is payment.state


def _is_out(payment: Payment) -> bool:
    urgent = payment.priority is Priority.HIGH
    return urgent and (payment.reason, payment.text) == (_TIMED_OUT.reason, _TIMED_OUT.text)


def _out(payment: Payment) -> Step[State, Event]:
    state = advance(TRANSITIONS, payment.state, Event.TIME_OUT)
    said = _TIMED_OUT
    return Step(payment.uetr, payment.state, Event.TIME_OUT, state, said.reason, said.text)


def _told(
    node: GatewayNode, payment: Payment, quoted: Quoted, now: datetime
) -> list[mail.Outgoing]:
    if payment.state not in FINAL:
        said = letters.Verdict(Status.ACWP, payment.reason, payment.text)
        return [answer(node, payment, said, "postponed")]
    out = [answer(node, payment, final(payment)), *_confirmed(node, payment)]
    if payment.state is not State.REJECTED and payment.quote_id is not None:
        quote, _ = quoted[payment.quote_id]
        out.append(notification(node, payment, quote, now))
    return out


def _confirmed(node: GatewayNode, payment: Payment) -> list[mail.Outgoing]:
    """The gateway's own word to the destination, where that waits for it. A rejection of its own
    making it knows; one by the timer it does not.
    """
    destination = node.country_of(payment.destination_ips or "")
    if destination is None or payment.state not in FINAL:
        return []
    if payment.state is State.REJECTED:
        return [confirmation(node, payment, destination)] if _is_out(payment) else []
    return [confirmation(node, payment, destination)] if is_confirmed(payment, destination) else []


def _confirmed_again(
    node: GatewayNode, payment: Payment, said: PaymentStatus
) -> list[mail.Outgoing]:
    """The gateway's word again, to who is late: a message of its own, as the first may have come
    before the payment itself, and was refused for good.
    """
    if not _is_out(payment):
        return _confirmed(node, payment)
    destination = node.country_of(payment.destination_ips or "")
    if destination is None:
        return []
    return [confirmation(node, payment, destination, said.message_id)]


async def time_out(
    tx: Tx, node: GatewayNode, commands: Sequence[object], now: datetime
) -> list[None]:
    """Reject HIGH payments whose time has run out, at both ends (AB03). A job calls this."""
    due = await deadlines.take(tx, DEADLINES, _TAKEN, now)
    if due:
        known = await store.lock_payments(tx, due)
        late = [payment for payment in known.values() if payment.state not in FINAL]
        steps = [_out(payment) for payment in late]
        await move(tx, "gateway", steps, now)
        out: list[mail.Outgoing] = []
        for payment, step in zip(late, steps, strict=True):
            done = replace(payment, state=step.state, reason=step.reason, text=step.text)
            out += _told(node, done, {}, now)
        await mail.send(tx, out, now)
    return [None] * len(commands)
