"""Cases at the scheme's desk, as one of the two institutions sees them.

Over Nexus nothing can be stopped or recalled once it is completed: a question, a recall or a
dispute is a case, opened by one side of a payment and answered by the other.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from qantara import ids
from qantara.db import Tx
from qantara.db.mail import Received, take
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.rails import cases as desk
from qantara.rails.cases import Act, CaseAnswer, CaseNotice, Kind, Refusal, Side
from qantara.remittance import case_store, inbound_store, store
from qantara.remittance.case_model import (
    CASE_TRANSITIONS,
    AnswerCase,
    Case,
    CaseEvent,
    CaseMove,
    CaseState,
    GivenBack,
    OpenCase,
    WantedCases,
)
from qantara.remittance.docket import Docket
from qantara.remittance.model import Inbound, InboundState, Institution, Remittance, State

Opened = Case | Refused | Conflict | NotFound
_WAITING = frozenset({CaseState.REQUESTED, CaseState.OPENED, CaseState.ACCEPTED})
_UNSENT = frozenset({State.QUOTED, State.REFUSED, State.EXPIRED})
_CODES = frozenset(refusal.value for refusal in Refusal)
_Payment = Remittance | Inbound | None


async def open_cases(
    tx: Tx, node: Institution, commands: Sequence[OpenCase], now: datetime
) -> list[Opened]:
    """Open a case with the desk, or keep a customer's request until staff send it on.

    A recall is for the sender's side, and like a dispute only for what was completed and has not
    come back. One open case of a kind on a payment: the same id again is the same case.
    """
    uetrs = [each.uetr for each in commands]
    known = await case_store.lock(tx, [each.id for each in commands])
    payments = await _payments(tx, uetrs)
    back = await case_store.given_back(tx, uetrs)
    settled = await case_store.returned_on(tx, uetrs)
    rivals = await case_store.open_on(tx, uetrs)
    docket = Docket(node, known, now)
    outcomes: list[Opened] = []
    for each in commands:
        before, payment = docket.cases.get(each.id), payments.get(each.uetr)
        if before is not None:
            same = (before.uetr, before.kind, before.cause) == (each.uetr, each.kind, each.cause)
            outcomes.append(before if same else Conflict(Reason.ID_REUSED, id=each.id))
            continue
        wrong = _unfit(each, payment, back, settled)
        if wrong is None and (each.uetr, each.kind, node.bic) in rivals:
            wrong = Conflict(Reason.CASE_EXISTS, uetr=each.uetr)
        if wrong is not None:
            outcomes.append(wrong)
            continue
        rivals.add((each.uetr, each.kind, node.bic))
        case = _begun(node, each, payment, now)
        docket.add(case, each.by, each.text)
        if case.state is CaseState.OPENED:
            docket.tell(docket.notice(case))
        outcomes.append(case)
    await docket.keep(tx)
    return outcomes


async def _payments(tx: Tx, uetrs: Sequence[str]) -> dict[str, _Payment]:
    sent = await store.lock_by_uetr(tx, uetrs)
    received: dict[str, _Payment] = {**await inbound_store.by_uetrs(tx, uetrs)}
    return received | sent


def _unfit(
    each: OpenCase,
    payment: _Payment,
    back: Mapping[str, Sequence[GivenBack]],
    settled: Collection[str],
) -> Refused | Conflict | NotFound | None:
    if each.cause not in desk.CAUSES[each.kind]:
        return Refused(Reason.FIELD_INVALID, facts={"param": "cause", "value": each.cause})
    if isinstance(payment, Remittance) and payment.state not in _UNSENT:
        owner = payment.quote.request.customer_id
        completed = payment.state is State.COMPLETED
    elif isinstance(payment, Inbound):
        owner, completed = None, payment.state is InboundState.CREDITED
    else:
        return NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=each.uetr)
    if each.customer_id not in {None, owner}:
        return NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=each.uetr)
    if each.kind is Kind.INVESTIGATION:
        return None
    if each.kind is Kind.RECALL and isinstance(payment, Inbound):
        return Refused(Reason.RECALL_UNAVAILABLE, rule="case.recall_by_source")
    if not completed:
        return Conflict(Reason.STATE_CONFLICT, uetr=each.uetr, state=payment.state)
    whole = isinstance(payment, Remittance) and _is_whole(payment, back.get(each.uetr, ()))
    if whole or each.uetr in settled:
        return Conflict(Reason.PAYMENT_RETURNED, uetr=each.uetr)
    return None


def _is_whole(remittance: Remittance, back: Sequence[GivenBack]) -> bool:
    """Whether all that was sent has come back; whoever gives back a little gives back little."""
    sent = remittance.quote.offer.interbank_source
    return sum(each.amount.minor for each in back) >= sent.minor


def _begun(node: Institution, each: OpenCase, payment: _Payment, now: datetime) -> Case:
    asked = each.customer_id is not None
    return Case(
        id=each.id,
        kind=each.kind,
        cause=each.cause,
        uetr=each.uetr,
        side=Side.SOURCE if isinstance(payment, Remittance) else Side.DESTINATION,
        opened_by=node.bic,
        assigned_to=None,
        state=CaseState.REQUESTED if asked else CaseState.OPENED,
        text=each.text,
        opened_at=now,
        due_at=now + timedelta(seconds=node.case_seconds) if asked else None,
        customer_id=each.customer_id,
        message_id=None if asked else ids.new_message_id(),
        by=each.by,
    )


async def answer_cases(
    tx: Tx, node: Institution, commands: Sequence[AnswerCase], now: datetime
) -> list[Case | Conflict | NotFound]:
    """Staff's word: send a request on, accept what moves no money, refuse, withdraw, close, note.

    A word that the case has no place for, or that is the other side's to say, is a `Conflict`; a
    yes that gives money back is not said here.
    """
    docket = Docket(node, await case_store.lock(tx, [each.case_id for each in commands]), now)
    outcomes: list[Case | Conflict | NotFound] = []
    for each in commands:
        case = docket.cases.get(each.case_id)
        if case is None:
            outcomes.append(NotFound(Reason.CASE_NOT_FOUND, id=each.case_id))
            continue
        if not _may(node, case, each.act):
            outcomes.append(Conflict(Reason.STATE_CONFLICT, id=case.id, state=case.state))
            continue
        _say(docket, case, each)
        outcomes.append(docket.cases[case.id])
    await docket.keep(tx)
    return outcomes


def _may(node: Institution, case: Case, act: Act) -> bool:
    opener, assigned = case.opened_by == node.bic, case.assigned_to == node.bic
    match act:
        case Act.NOTE:
            return True
        case Act.OPEN:
            return opener and case.state is CaseState.REQUESTED
        case Act.WITHDRAW:
            return opener and (case.state, CaseEvent.WITHDRAW) in CASE_TRANSITIONS
        case Act.CLOSE:
            ended = case.state is not CaseState.OPENED
            return opener and ended and (case.state, CaseEvent.CLOSE) in CASE_TRANSITIONS
        case Act.ACCEPT:
            opened = case.state is CaseState.OPENED
            return assigned and opened and not case.owes_return(node.bic)
        case Act.REFUSE:
            return assigned and case.state is CaseState.OPENED
        case _:
            return False


def _say(docket: Docket, case: Case, each: AnswerCase) -> None:
    said = docket.own(case, each.act, reason=each.reason, text=each.text)
    docket.move(said, each.by)
    if each.act is Act.OPEN:
        sent_on = replace(
            docket.cases[case.id],
            message_id=said.message_id,
            text=each.text or case.text,
            due_at=None,
            by=each.by,
        )
        docket.put(sent_on)
        docket.tell(docket.notice(sent_on))
    elif case.message_id is not None or case.assigned_to is not None:
        docket.tell(said)


async def case_assigned(
    tx: Tx, node: Institution, received: Sequence[Received[CaseNotice]], now: datetime
) -> list[Conflict | None]:
    """Cases that the desk assigns to us, for staff. One on a payment we do not know is refused
    at once.
    """
    await take(tx, [each.message for each in received], now)
    known = await case_store.lock(tx, [each.record.case_id for each in received])
    payments = await _payments(tx, [each.record.payment for each in received])
    docket = Docket(node, known, now)
    outcomes: list[Conflict | None] = []
    for each in received:
        notice, before = each.record, docket.cases.get(each.record.case_id)
        if notice.assigned_to != node.bic:
            outcomes.append(Conflict(Reason.MESSAGE_WRONG_PARTY, agent=notice.assigned_to or ""))
            continue
        same = before is None or before.message_id == notice.message_id
        outcomes.append(None if same else Conflict(Reason.ID_REUSED, id=notice.case_id))
        if before is not None:
            continue
        case = _taken(notice, payments.get(notice.payment), now)
        if case is None:
            code = Refusal.UNKNOWN.value
            docket.tell(
                CaseAnswer(ids.new_message_id(), notice.case_id, Act.REFUSE, node.bic, now, code)
            )
            continue
        docket.add(case, notice.opened_by, notice.text)
    await docket.keep(tx)
    return outcomes


def _taken(notice: CaseNotice, payment: _Payment, now: datetime) -> Case | None:
    if payment is None:
        return None
    return Case(
        id=notice.case_id,
        kind=notice.kind,
        cause=notice.cause,
        uetr=notice.payment,
        side=Side.SOURCE if isinstance(payment, Remittance) else Side.DESTINATION,
        opened_by=notice.opened_by,
        assigned_to=notice.assigned_to,
        state=CaseState.OPENED,
        text=notice.text,
        opened_at=now,
        due_at=notice.due_at,
        sent=notice.sent,
        arrived=notice.arrived,
        message_id=notice.message_id,
    )


async def case_told(
    tx: Tx, node: Institution, received: Sequence[Received[CaseAnswer]], now: datetime
) -> list[NotFound | None]:
    """The desk's word, and what it passes on of the other side's. A repeat changes nothing."""
    fresh = await take(tx, [each.message for each in received], now)
    docket = Docket(
        node, await case_store.lock(tx, [each.record.case_id for each in received]), now
    )
    outcomes: list[NotFound | None] = []
    for each, is_fresh in zip(received, fresh, strict=True):
        said, case = each.record, docket.cases.get(each.record.case_id)
        if case is None:
            outcomes.append(NotFound(Reason.CASE_NOT_FOUND, id=said.case_id))
            continue
        outcomes.append(None)
        if not is_fresh:
            continue
        docket.move(said)
        docket.put(_clocked(docket.cases[case.id], said))
        if said.act is Act.REFUSE and said.reason not in _CODES:
            docket.move(replace(said, act=Act.CLOSE))  # the desk took no case of it
    await docket.keep(tx)
    return outcomes


def _clocked(case: Case, said: CaseAnswer) -> Case:
    """With what the desk alone knows. Escalated, a case stays overdue."""
    return replace(
        case,
        due_at=case.due_at if said.act is Act.ESCALATE else said.due_at,
        assigned_to=said.assigned_to or case.assigned_to,
        sent=said.sent or case.sent,
        arrived=said.arrived or case.arrived,
    )


async def bounce(
    tx: Tx, node: Institution, bounced: Sequence[tuple[str, str]], now: datetime
) -> None:
    """The desk will never take these notices: what they would have opened is closed."""
    found = await case_store.lock_by_message(tx, [key for key, _ in bounced])
    docket = Docket(node, {case.id: case for case in found.values()}, now)
    for key, reason in bounced:
        if key in found and found[key].opened_by == node.bic:
            said = CaseAnswer(key, found[key].id, Act.CLOSE, node.gateway, now, reason)
            docket.move(said)
    await docket.keep(tx)


async def case_page(tx: Tx, node: Institution, wanted: WantedCases) -> list[Case]:
    """A page of cases, the longest waiting first."""
    return await case_store.page(tx, node.bic, wanted)


async def cases_by_id(tx: Tx, ids_: Sequence[str]) -> list[Case | NotFound]:
    found = await case_store.by_ids(tx, ids_)
    return [found.get(each) or NotFound(Reason.CASE_NOT_FOUND, id=each) for each in ids_]


async def case_moves(tx: Tx, case_id: str) -> list[CaseMove]:
    """Everything that was said in a case, oldest first."""
    return await case_store.moves_of(tx, case_id)


def is_overdue(case: Case, now: datetime) -> bool:
    """Whether somebody's move is awaited for too long."""
    return case.state in _WAITING and case.due_at is not None and case.due_at < now
