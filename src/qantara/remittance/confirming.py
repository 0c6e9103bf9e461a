"""The scheme's word on payments that we took: credit them, let go, or give back."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx, deadlines, events
from qantara.db.mail import send
from qantara.errors import Conflict, NotFound, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.rails.model import PaymentStatus, Priority, Status
from qantara.remittance import booking, inbound_store, rules
from qantara.remittance.linking import link
from qantara.remittance.messages import Original
from qantara.remittance.model import (
    INBOUND_TRANSITIONS,
    KIND,
    Inbound,
    InboundEvent,
    InboundState,
    Institution,
)
from qantara.remittance.receiving import answer

_YES = frozenset({Status.ACCC, Status.BLCK})
_FINAL_WORDS = _YES | {Status.RJCT}
_TAKEN = frozenset({InboundState.RECEIVED, InboundState.CREDITED, InboundState.BLOCKED})
_EVENT: dict[tuple[InboundState, bool], InboundEvent] = {
    (InboundState.RECEIVED, True): InboundEvent.CREDIT,
    (InboundState.RECEIVED, False): InboundEvent.RELEASE,
    (InboundState.HELD, False): InboundEvent.RELEASE,
    (InboundState.CREDITED, False): InboundEvent.REVERSE,
    (InboundState.BLOCKED, False): InboundEvent.REVERSE,
}
Move = tuple[Inbound, InboundEvent, Inbound]


def after(payment: Inbound, event: InboundEvent) -> InboundState:
    """Where an event leads; `Conflict` where it cannot happen."""
    state = INBOUND_TRANSITIONS.get((payment.state, event))
    if state is None:
        raise Conflict(Reason.STATE_CONFLICT, uetr=payment.uetr, state=payment.state)
    return state


async def confirm(
    tx: Tx, node: Institution, answers: Sequence[PaymentStatus], now: datetime
) -> list[Conflict | NotFound | None]:
    """Make final what we reserved or credited, or undo it.

    A rejection that comes after our own yes (we were too late for the scheme) takes the amount
    back: out of the recipient's account as far as it reaches, the rest out of our own funds.
    `NotFound` for a message we never received; a word that contradicts the scheme's first final
    one, or says credited of what is not, is a `Conflict`. Where we credit before the scheme has
    settled, a rejection is answered: the scheme says it until it knows that we have heard it.
    """
    found = await inbound_store.lock(tx, [answer.uetr for answer in answers])
    first = dict(found)
    moves: list[Move] = []
    outcomes: list[Conflict | NotFound | None] = []
    for said in answers:
        payment = found.get(said.uetr)
        if payment is None or payment.message_id != said.original_message_id:
            outcomes.append(NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=said.uetr))
            continue
        outcomes.append(_disagreement(said, payment))
        if outcomes[-1] is not None or said.status not in _FINAL_WORDS:
            continue
        event = _EVENT.get((payment.state, said.status in _YES))
        found[said.uetr] = _told(payment, event, said)
        if event is not None:
            moves.append((payment, event, found[said.uetr]))
    moved = {uetr: payment for uetr, payment in found.items() if payment != first[uetr]}
    moved |= await _book(tx, node, moves, now)
    await keep(tx, [(first[uetr], payment) for uetr, payment in moved.items()], now)
    heard = [
        (found | moved)[each.uetr]
        for each, wrong in zip(answers, outcomes, strict=True)
        if wrong is None and each.status is Status.RJCT
    ]
    agreed = [each for each in heard if not (node.confirmed or each.priority is Priority.HIGH)]
    await send(tx, [answer(node, each, Original.of(each), now) for each in agreed], now)
    return outcomes


def _told(payment: Inbound, event: InboundEvent | None, answer: PaymentStatus) -> Inbound:
    if answer.status in _YES:
        state = payment.state if event is None else after(payment, event)
        return replace(payment, state=state, confirmed=True)
    if event is None:
        return payment
    reason = rules.reason_of(answer.reason, answer.reason_texts)
    return replace(payment, state=after(payment, event), reason=reason)


def _disagreement(answer: PaymentStatus, payment: Inbound) -> Conflict | None:
    """Whether the scheme says yes to what we did not take, blocked of what we did not block, or
    no to what it called final.
    """
    if answer.status not in _FINAL_WORDS:
        return None
    match answer.status:
        case Status.RJCT:
            wrong = payment.confirmed
        case Status.BLCK:
            wrong = payment.state is not InboundState.BLOCKED
        case _:
            wrong = payment.state not in _TAKEN
    if not wrong:
        return None
    facts = {"state": payment.state.value, "status": answer.status.value}
    return Conflict(Reason.STATE_CONFLICT, uetr=answer.uetr, **facts)


async def _book(
    tx: Tx, node: Institution, moves: Sequence[Move], now: datetime
) -> dict[str, Inbound]:
    """Post what the moves stand for; those reversed, with what was taken back."""
    late = [move for move in moves if move[1] is InboundEvent.REVERSE]
    credited = [before for before, _, _ in late if before.state is InboundState.CREDITED]
    wanted = [booking.take_back(payment, now) for payment in credited]
    posted = await ledger.post(tx, wanted, now)
    taken = {each.uetr: one.amount for each, one in zip(credited, posted, strict=True)}
    transfers: list[Transfer] = []
    for before, event, _ in moves:
        if event is InboundEvent.CREDIT:
            transfers += booking.credit(node, before, now)
        elif event is InboundEvent.RELEASE:
            transfers += booking.let_go(before, now)
        else:
            transfers += booking.reverse(node, before, taken.get(before.uetr, 0), now)
    await ledger.must_post(tx, transfers, now)
    return {
        then.uetr: replace(
            then, taken_back=replace(before.credited, minor=taken.get(before.uetr, 0))
        )
        for before, _, then in late
    }


async def keep(tx: Tx, moved: Sequence[tuple[Inbound, Inbound]], now: datetime) -> None:
    """Write where payments stand now, tell it, and end the deadlines of those that ended."""
    if not moved:
        return
    await inbound_store.move(tx, moved, now)
    changed = [now_ for before, now_ in moved if now_.state is not before.state]
    await events.add(tx, [(each.uetr, each.state.value) for each in changed], now)
    await link(tx, changed, now)
    waiting = (InboundState.RECEIVED, InboundState.HELD)
    ended = [each.uetr for each in changed if each.state not in waiting]
    await deadlines.clear(tx, KIND, ended)
