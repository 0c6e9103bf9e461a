"""Answers that move a payment, and timers that do; their bookings, and who is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Posted, Transfer
from qantara.rails.model import PaymentStatus
from qantara.scheme import letters
from qantara.scheme.ips import (
    answers,
    bookings,
    directory_store,
    rejections,
    requests,
    statuses,
    store,
)
from qantara.scheme.ips.model import (
    FINAL,
    TRANSITIONS,
    Event,
    IpsNode,
    Payment,
    Route,
    Side,
    State,
)
from qantara.scheme.letters import Verdict
from qantara.scheme.model import advance
from qantara.scheme.steps import Step, move

EXPIRE_LIMIT = 256
_UNCONFIRMED = frozenset({State.AT_CONFIRMATION, State.AT_BLOCK_CONFIRMATION})
_WITH_REASON = frozenset({State.HELD, State.AT_BLOCK_CONFIRMATION, State.BLOCKED, State.REJECTED})


class _Plan(Struct, frozen=True):
    payment: Payment
    event: Event
    said: Verdict
    transfers: list[Transfer]

    @property
    def state(self) -> State:
        return advance(TRANSITIONS, self.payment.state, self.event)

    @property
    def after(self) -> Payment:
        """The payment as the move leaves it, with the reason why it did not simply go on."""
        before, said = self.payment, letters.ACCEPTED
        if self.state in _WITH_REASON:
            known = Verdict(self.said.status, before.reason, before.text)
            said = known if self.said.reason is None else self.said
        return replace(before, state=self.state, reason=said.reason, text=said.text)


async def progress(
    tx: Tx, node: IpsNode, received: Sequence[mail.Received[PaymentStatus]], now: datetime
) -> list[QantaraError | None]:
    """Move each payment by what the party that has it answered.

    An answer that says what is known already changes nothing. A yes to what has been rejected
    meanwhile gets the rejection again, so that whoever said it gives back; an access provider
    that repeats its answer gets the end, where there is one. One that contradicts
    what happened, or comes from somebody else, is a Conflict; one on another message than ours
    is NotFound.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    plans: list[_Plan] = []
    late: list[mail.Outgoing] = []
    waits: list[tuple[str, datetime | None]] = []
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        plan = _planned if is_fresh else _repeated
        try:
            planned = plan(node, known, item, now)
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        outcomes.append(None)
        waits += rejections.heard(node, known.get(item.record.uetr), item, now)
        if isinstance(planned, mail.Outgoing):
            late.append(planned)
        elif planned is not None:
            plans.append(planned)
            known[planned.payment.uetr] = planned.after
    await _act(tx, node, plans, now)
    await mail.send(tx, late, now)
    await store.wait_on(tx, waits)
    return outcomes


async def expire(tx: Tx, node: IpsNode, commands: Sequence[object], now: datetime) -> list[None]:
    """Reject what a party sat on for too long: AB06 an access provider, AB05 the payee's.

    What waits for the gateway's confirmation is its to end, not ours: its last word is asked for
    again. So is a rejection that has to be heard. Requests to pay end with their time too, and
    old counts of lookups go.
    """
    late = await store.lock_late(tx, EXPIRE_LIMIT, now)
    await rejections.say_again(tx, node, [each for each in late if each.state in FINAL], now)
    await _remind(tx, node, [each for each in late if each.state in _UNCONFIRMED], now)
    plans = []
    for payment in late:
        if payment.state in _UNCONFIRMED | FINAL:
            continue
        psp = payment.state is State.AT_PAYEE_PSP
        reason = Reason.PAYEE_PROVIDER_LATE if psp else Reason.ACCESS_PROVIDER_LATE
        transfers = bookings.of_event(node, payment, Event.EXPIRE, now)
        plans.append(_Plan(payment, Event.EXPIRE, letters.refuse(reason), transfers))
    await _act(tx, node, plans, now)
    await requests.expire(tx, node, now)
    if node.lookups is not None:
        old = now - timedelta(seconds=2 * node.lookup_seconds)
        await directory_store.forget_lookups(tx, old)
    return [None] * len(commands)


async def _remind(tx: Tx, node: IpsNode, waiting: Sequence[Payment], now: datetime) -> None:
    """Say to the gateway once more what it has not confirmed."""
    if not waiting:
        return
    await store.wait_on(tx, [(each.uetr, due_at(node, each, now)) for each in waiting])
    again = [statuses.status_to(node, each, Side.GATEWAY, now) for each in waiting]
    await mail.send(tx, again, now)


async def _act(tx: Tx, node: IpsNode, plans: Sequence[_Plan], now: datetime) -> None:
    transfers = [transfer for plan in plans for transfer in plan.transfers]
    posted = {item.id: item for item in await ledger.post(tx, transfers, now)}
    decided = [_decided(node, plan, posted) for plan in plans]
    steps = [_step(node, plan, now) for plan in decided]
    await move(tx, "ips", steps, now)
    await mail.send(tx, [out for plan in decided for out in _written(node, plan, now)], now)
    paid = [
        plan.payment
        for plan in decided
        if plan.payment.route is Route.INSIDE and plan.state is State.SETTLED
    ]
    await requests.paid(tx, paid, now)


def _planned(
    node: IpsNode,
    known: dict[str, Payment],
    item: mail.Received[PaymentStatus],
    now: datetime,
) -> _Plan | mail.Outgoing | None:
    record, sender = item.record, item.message.sender
    payment = known.get(record.uetr)
    if payment is None:
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=record.uetr)
    side = statuses.side_of(node, payment, sender)
    event = answers.event_of(payment, side, record.status)
    if event is None:
        if answers.is_late(payment, side, record.status):
            letters.must_answer(record, statuses.original_id(node, payment, side))
            return statuses.status_to(node, payment, side, now, "late", record.message_id)
        if answers.known_already(payment, side, record.status):
            if not answers.asks_for_end(payment, side, record.status):
                return None
            letters.must_answer(record, statuses.original_id(node, payment, side))
            return statuses.status_to(node, payment, side, now, "again", record.message_id)
        raise Conflict(Reason.STATE_CONFLICT, state=payment.state, status=record.status)
    letters.must_answer(record, statuses.original_id(node, payment, side))
    transfers = bookings.of_event(node, payment, event, now)
    return _Plan(payment, event, letters.verdict(record), transfers)


def _repeated(
    node: IpsNode,
    known: dict[str, Payment],
    item: mail.Received[PaymentStatus],
    now: datetime,
) -> mail.Outgoing | None:
    """What a message that was taken before gets. An access provider that says the same again
    keeps what it has reserved until it hears the end; any other repeat is an accident.
    """
    record = item.record
    payment = known.get(record.uetr)
    if payment is None:
        return None
    side = statuses.side_of(node, payment, item.message.sender)
    answered = statuses.original_id(node, payment, side)
    if side is not Side.SAP or record.original_message_id != answered:
        return None
    word = "late" if answers.is_late(payment, side, record.status) else "again"
    if word == "late" or answers.asks_for_end(payment, side, record.status):
        return statuses.status_to(node, payment, side, now, word, record.message_id)
    return None


def _decided(node: IpsNode, plan: _Plan, posted: dict[str, Posted]) -> _Plan:
    """The plan after the book has spoken: a reservation may be refused, a promise may not."""
    refused = bookings.refused(node, plan.transfers, posted)
    if refused is None:
        return plan
    if plan.event is not Event.SAP_ACCEPT:
        raise Conflict(refused.reason, uetr=plan.payment.uetr)
    return replace(plan, event=Event.REFUSE, said=letters.refusal(refused))


def _step(node: IpsNode, plan: _Plan, now: datetime) -> Step[State, Event]:
    before, after = plan.payment, plan.after
    timed = after.state is State.AT_PAYEE_PSP or after.state in _UNCONFIRMED
    due = due_at(node, before, now) if timed else None
    if plan.event is Event.EXPIRE and before.state is State.AT_PAYEE_PSP:
        due = rejections.first_reminder(node, before, now)
    return Step(before.uetr, before.state, plan.event, after.state, after.reason, after.text, due)


def due_at(node: IpsNode, payment: Payment, now: datetime) -> datetime:
    """When the party that is asked now is late."""
    return now + timedelta(seconds=node.timers.seconds(payment.route, payment.priority))


def _written(node: IpsNode, plan: _Plan, now: datetime) -> list[mail.Outgoing]:
    if plan.event is Event.SAP_ACCEPT:
        return [statuses.onward(node, plan.payment)]
    sides = answers.told(plan.payment, plan.event)
    return [statuses.status_to(node, plan.after, side, now) for side in sides]


def again(
    node: IpsNode, payment: Payment, sap_leg: mail.Outgoing, now: datetime
) -> list[mail.Outgoing]:
    """What a repeated pacs.008 gets: its last answer, or itself sent on once more. For a held one
    it is both, as whoever looks into it may have come to an end that got lost.
    """
    if payment.state in FINAL | _UNCONFIRMED:
        return [statuses.status_to(node, payment, payment.origin, now)]
    if payment.state in {State.AT_SOURCE_SAP, State.AT_DESTINATION_SAP}:
        return [sap_leg]
    onward = statuses.onward(node, payment)
    if payment.state is State.HELD:
        return [statuses.status_to(node, payment, payment.origin, now), onward]
    return [onward]
