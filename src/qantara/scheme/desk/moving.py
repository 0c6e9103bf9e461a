"""Cases move: by a word of one of the two sides, of the desk's operator, or of the clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from qantara.clock import to_text
from qantara.db import Tx, deadlines, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.rails.cases import Act, CaseAnswer
from qantara.scheme.desk import store, telling
from qantara.scheme.desk.model import (
    EVENTS,
    KIND,
    OPEN,
    TRANSITIONS,
    Case,
    DeskTerms,
    Event,
    Happened,
    Say,
    State,
)
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import GatewayNode, Payment
from qantara.scheme.gateway.model import State as PaymentState

_OPENER = frozenset({Act.WITHDRAW, Act.CLOSE, Act.NOTE})
_ASSIGNED = frozenset({Act.ACCEPT, Act.REFUSE, Act.RETURN, Act.NOTE})
_OPERATOR = frozenset({Act.NOTE, Act.CLOSE})
_SAID = frozenset({State.REFUSED, State.RETURNED})
"""The last word has been said; only closing is left."""
_LIMIT = 256


@dataclass(slots=True)
class _Batch:
    """Words taken one after the other: where one leaves a case, the next one finds it."""

    node: GatewayNode
    first: dict[str, Case]
    now: datetime
    cases: dict[str, Case] = field(default_factory=dict)
    events: list[Happened] = field(default_factory=list)
    out: list[mail.Outgoing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cases = dict(self.first)

    def say(
        self,
        answer: CaseAnswer,
        to: Sequence[str],
        words: tuple[str, ...],
        event: Event | None = None,
    ) -> None:
        """Move the case and tell it. What the case has no place for any more (a refusal that
        crossed a withdrawal) is kept and told as a note: nothing said is lost.
        """
        case = self.cases[answer.case_id]
        event = event or EVENTS.get(answer.act)
        state = None if event is None else TRANSITIONS.get((case.state, event))
        if state is None:
            answer = replace(answer, act=Act.NOTE, text=answer.text or answer.act.value)
        else:
            case = _moved(self.node.desk, case, state, answer, self.now)
            self.cases[case.id] = case
        answer = replace(answer, due_at=case.due_at)
        told = (answer.act, case.state, answer.by, answer.reason, answer.text)
        self.events.append(Happened(case.id, *told, answer.said_at, self.now))
        self.out += telling.told(self.node, answer, to, words)

    async def keep(self, tx: Tx) -> None:
        if not self.events:
            return
        moves = [
            (self.first[key], case) for key, case in self.cases.items() if case != self.first[key]
        ]
        if moves and await store.move(tx, moves) != len(moves):
            raise Conflict(Reason.STATE_CONFLICT, detail="a case moved meanwhile")
        await store.add_events(tx, self.events)
        timed = [(case.id, case.due_at) for _, case in moves if case.due_at is not None]
        await deadlines.set(tx, KIND, timed)
        await deadlines.clear(tx, KIND, [case.id for _, case in moves if case.due_at is None])
        await mail.send(tx, self.out, self.now)


def _moved(terms: DeskTerms, case: Case, state: State, answer: CaseAnswer, now: datetime) -> Case:
    late = answer.act is Act.ESCALATE
    return replace(
        case,
        state=state,
        reason=answer.reason or case.reason,
        returned_by=answer.returned_by or case.returned_by,
        escalated_at=(case.escalated_at or now) if late else None,
        due_at=_due_at(terms, case, state, now),
    )


def _due_at(terms: DeskTerms, case: Case, state: State, now: datetime) -> datetime | None:
    """By when the next move is awaited, of whoever's turn it is."""
    if state in {State.WITHDRAWN, State.EXPIRED, State.CLOSED}:
        return None
    if state is State.OPENED:
        return now + timedelta(seconds=terms.expiry_seconds)
    owed = state is State.ACCEPTED and case.owes_return
    return now + timedelta(seconds=terms.return_seconds if owed else terms.close_seconds)


async def answer(
    tx: Tx, node: GatewayNode, received: Sequence[mail.Received[CaseAnswer]], now: datetime
) -> list[QantaraError | None]:
    """Take a party's word, and pass it to the other. A repeat changes nothing.

    A case or party unknown is NotFound. A word that is not this party's to say, or a return
    that the gateway did not see completed, is a Conflict.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    found = await store.lock(tx, [item.record.case_id for item in received])
    named = [item.record.returned_by for item in received]
    returns = await gateway.payments(tx, [uetr for uetr in named if uetr is not None])
    batch = _Batch(node, found, now)
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        case = batch.cases.get(item.record.case_id)
        wrong = _wrong(node, item, case, returns)
        outcomes.append(wrong)
        if wrong is None and is_fresh and case is not None:
            said = item.record
            other = case.opened_by if said.by == case.assigned_to else case.assigned_to
            batch.say(said, [other], ("answer", said.message_id))
    await batch.keep(tx)
    return outcomes


def _wrong(
    node: GatewayNode,
    item: mail.Received[CaseAnswer],
    case: Case | None,
    returns: dict[str, Payment],
) -> QantaraError | None:
    said = item.record
    if case is None or said.by not in {case.opened_by, case.assigned_to}:
        return NotFound(Reason.CASE_NOT_FOUND, id=said.case_id)
    allowed = _OPENER if said.by == case.opened_by else _ASSIGNED
    if node.psps.get(item.message.sender) != said.by or said.act not in allowed:
        return Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender, act=said.act)
    if said.act is not Act.RETURN:
        return None
    payment = returns.get(said.returned_by or "")
    if (
        payment is None
        or payment.state is not PaymentState.COMPLETED
        or (payment.returns, payment.source_psp) != (case.uetr, said.by)
    ):
        return Conflict(Reason.RETURN_UNMATCHED, uetr=case.uetr)
    return None


async def say(
    tx: Tx, node: GatewayNode, commands: Sequence[Say], now: datetime
) -> list[Case | Conflict | NotFound]:
    """The operator's word, told to both sides; for an institution without a line its refusal."""
    found = await store.lock(tx, [each.case_id for each in commands])
    batch = _Batch(node, found, now)
    outcomes: list[Case | Conflict | NotFound] = []
    for place, each in enumerate(commands):
        case = batch.cases.get(each.case_id)
        if case is None:
            outcomes.append(NotFound(Reason.CASE_NOT_FOUND, id=each.case_id))
            continue
        spoken_for = telling.line_to(node, case.assigned_to) is None
        allowed = _OPERATOR | ({Act.REFUSE} if spoken_for else frozenset())
        event = EVENTS.get(each.act)
        if each.act not in allowed or (event and (case.state, event) not in TRANSITIONS):
            outcomes.append(Conflict(Reason.STATE_CONFLICT, id=case.id, state=case.state))
            continue
        answer = CaseAnswer("", case.id, each.act, node.bic, now, each.reason, each.text)
        words = ("operator", case.id, each.act, to_text(now), each.by, str(place))
        batch.say(answer, [case.opened_by, case.assigned_to], words)
        batch.events[-1] = replace(batch.events[-1], by=each.by)
        outcomes.append(batch.cases[case.id])
    await batch.keep(tx)
    return outcomes


async def expire(tx: Tx, node: GatewayNode, commands: Sequence[None], now: datetime) -> list[int]:
    """Look after what is overdue; how many cases that were.

    Without an answer a case is escalated, then expires. A promised return that does not come is
    escalated, and stays. What has had its last word is closed.
    """
    batch = _Batch(node, await store.lock(tx, await deadlines.take(tx, KIND, _LIMIT, now)), now)
    for case in list(batch.cases.values()):
        answer = CaseAnswer("", case.id, _overdue(case), node.bic, now)
        words = ("clock", case.id, to_text(case.due_at or now))
        event = Event.TIME_OUT if case.state in _SAID else None
        batch.say(answer, [case.opened_by, case.assigned_to], words, event)
    await batch.keep(tx)
    return [len(batch.cases)] * len(commands)


def _overdue(case: Case) -> Act:
    if case.state is State.OPENED and case.escalated_at is not None:
        return Act.EXPIRE
    is_owed = case.state is State.OPENED or case.owes_return
    return Act.ESCALATE if case.state in OPEN and is_owed else Act.CLOSE
