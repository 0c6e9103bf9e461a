"""Requests to pay: carried from the payee's provider to the payer's, and the answers back."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.rails.model import Agent, PaymentRequest, PaymentRequestReport, Status
from qantara.scheme import letters
from qantara.scheme.ips import request_store, rules, store
from qantara.scheme.ips.model import (
    REQUEST_TRANSITIONS,
    IpsNode,
    ParticipantKind,
    Payment,
    Request,
    RequestEvent,
    RequestState,
)
from qantara.scheme.ips.request_store import RequestStep
from qantara.scheme.letters import Verdict
from qantara.scheme.model import advance

EXPIRE_LIMIT = 256
_EVENTS = {
    "RCVD": RequestEvent.SHOW,
    "ACCP": RequestEvent.ACCEPT,
    "RJCT": RequestEvent.REFUSE,
}
_AFTER_SHOW = frozenset({RequestState.ACCEPTED, RequestState.PAID})
_KNOWN = {
    RequestEvent.SHOW: _AFTER_SHOW | {RequestState.SHOWN},
    RequestEvent.ACCEPT: _AFTER_SHOW,
    RequestEvent.REFUSE: frozenset({RequestState.REFUSED}),
}


async def ask_payer(
    tx: Tx, node: IpsNode, received: Sequence[mail.Received[PaymentRequest]], now: datetime
) -> list[QantaraError | None]:
    """pain.013 of the payee's provider: carried on, or answered by pain.014 RJCT.

    The same message again goes on again; the same request in another message is a Conflict, and
    so is one in the name of another. A role that takes no part is NotFound.
    """
    await mail.take(tx, [item.message for item in received], now)
    keys = [(item.record.creditor_agent.bic, item.record.request_id) for item in received]
    known = await request_store.lock(tx, keys)
    suspended = await store.suspended(tx)
    new: list[RequestStep] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, key in zip(received, keys, strict=True):
        wrong = _stranger(node, item) or _other(known.get(key), item.record)
        outcomes.append(wrong)
        if wrong is not None:
            continue
        if key not in known:
            step, refused = _judged(node, item, suspended, now)
            new.append(step)
            known[key] = replace(step.request, state=step.state)
            if refused is not None:
                out.append(_report(node, step.request, refused, now))
                continue
        if known[key].state is RequestState.ASKED:
            out.append(_onward(node, item.record, known[key]))
    if new:
        await request_store.insert(tx, new, now)
    await mail.send(tx, out, now)
    return outcomes


def _stranger(node: IpsNode, item: mail.Received[PaymentRequest]) -> Conflict | NotFound | None:
    psp = rules.sender(node, item.message.sender)
    if psp is None:
        return NotFound(Reason.INSTITUTION_UNKNOWN, sender=item.message.sender)
    if psp.bic != item.record.creditor_agent.bic:
        return Conflict(Reason.MESSAGE_WRONG_PARTY, agent=item.record.creditor_agent.bic)
    return None


def _other(before: Request | None, record: PaymentRequest) -> Conflict | None:
    if before is None or before.message_id == record.message_id:
        return None
    return Conflict(Reason.ID_REUSED, id=record.request_id)


def _judged(
    node: IpsNode,
    item: mail.Received[PaymentRequest],
    suspended: frozenset[str],
    now: datetime,
) -> tuple[RequestStep, Verdict | None]:
    record = item.record
    payer = node.agent(record.debtor_agent.bic, ParticipantKind.PSP)
    refused = letters.ordered(item) or _refusal(node, record, suspended, now)
    request = Request(
        creditor_bic=record.creditor_agent.bic,
        request_id=record.request_id,
        message_id=record.message_id,
        created_at=record.created_at,
        end_to_end_id=record.end_to_end_id,
        creditor=item.message.sender,
        debtor="" if payer is None else payer.role,
        debtor_bic=record.debtor_agent.bic,
        amount=record.amount,
        expires_at=record.expires_at,
        state=RequestState.RECEIVED,
    )
    event = RequestEvent.ASK if refused is None else RequestEvent.DECLINE
    reason = None if refused is None else refused.reason
    return _step(request, event, reason), refused


def _refusal(
    node: IpsNode, record: PaymentRequest, suspended: frozenset[str], now: datetime
) -> Verdict | None:
    payer = node.agent(record.debtor_agent.bic, ParticipantKind.PSP)
    if payer is None:
        return letters.refuse(Reason.AGENT_WRONG, agent=record.debtor_agent.bic)
    if payer.role in suspended:
        return letters.refuse(Reason.PARTICIPANT_SUSPENDED, agent=payer.bic)
    if record.amount.asset != node.asset:
        return letters.refuse(Reason.CURRENCY_MISMATCH, currency=record.amount.asset.code)
    if node.inside.maximum is not None and node.inside.maximum < record.amount:
        return letters.refuse(Reason.AMOUNT_ABOVE_LIMIT, limit=str(node.inside.maximum))
    if record.expires_at <= now:
        return letters.refuse(Reason.PAYMENT_REQUEST_EXPIRED)
    return None


def _step(request: Request, event: RequestEvent, reason: str | None = None) -> RequestStep:
    state = advance(REQUEST_TRANSITIONS, request.state, event)
    return RequestStep(request, event, state, reason)


def _leg_id(node: IpsNode, request: Request) -> str:
    return letters.message_id(node.role, "request", *request.key)


def _onward(node: IpsNode, record: PaymentRequest, request: Request) -> mail.Outgoing:
    leg = replace(record, message_id=_leg_id(node, request))
    return letters.letter(request.debtor, leg, node.domestic)


def _report(node: IpsNode, request: Request, said: Verdict, now: datetime) -> mail.Outgoing:
    """pain.014 of our own: the request is refused or has expired."""
    report = PaymentRequestReport(
        message_id=letters.message_id(node.role, "request", *request.key, "report"),
        created_at=now,
        original_message_id=request.message_id,
        original_request_id=request.request_id,
        original_end_to_end_id=request.end_to_end_id,
        creditor_agent=Agent(request.creditor_bic),
        debtor_agent=Agent(request.debtor_bic),
        status=Status.RJCT.value,
        reason=said.reason,
        reason_texts=(said.text,) if said.text else (),
    )
    return letters.letter(request.creditor, report, node.domestic)


async def payer_answered(
    tx: Tx, node: IpsNode, received: Sequence[mail.Received[PaymentRequestReport]], now: datetime
) -> list[QantaraError | None]:
    """pain.014 of the payer's provider: the request moves, and the payee's provider is told.

    What says the known again changes nothing; what contradicts it, or comes from somebody else,
    is a Conflict; one on a request that is not ours is NotFound.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    keys = [(r.record.creditor_agent.bic, r.record.original_request_id) for r in received]
    known = await request_store.lock(tx, keys)
    steps: list[RequestStep] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, key, is_fresh in zip(received, keys, fresh, strict=True):
        try:
            step = _answered(node, known.get(key), item) if is_fresh else None
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        outcomes.append(None)
        if step is not None:
            steps.append(step)
            known[key] = replace(step.request, state=step.state)
            out.append(_carried_back(node, step.request, item.record))
    if steps:
        await request_store.move(tx, steps, now)
    await mail.send(tx, out, now)
    return outcomes


def _answered(
    node: IpsNode, request: Request | None, item: mail.Received[PaymentRequestReport]
) -> RequestStep | None:
    record = item.record
    if request is None or record.original_message_id != _leg_id(node, request):
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, request=record.original_request_id)
    if item.message.sender != request.debtor:
        raise Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender)
    event = _EVENTS.get(record.status)
    if event is None:
        raise Conflict(Reason.STATE_CONFLICT, status=record.status)
    if request.state in _KNOWN[event]:
        return None
    return _step(request, event, record.reason)


def _carried_back(node: IpsNode, request: Request, record: PaymentRequestReport) -> mail.Outgoing:
    back = replace(
        record,
        message_id=letters.message_id(node.role, "request", *request.key, record.status),
        original_message_id=request.message_id,
    )
    return letters.letter(request.creditor, back, node.domestic)


async def paid(tx: Tx, payments: Sequence[Payment], now: datetime) -> None:
    """Close the requests that these settled payments pay, by end-to-end id, parties, amount."""
    if not payments:
        return
    found = await request_store.lock_paid(tx, payments)
    if found:
        await request_store.move(tx, [_step(each, RequestEvent.PAY) for each in found], now)


async def expire(tx: Tx, node: IpsNode, now: datetime) -> None:
    """End what was not paid in time, and tell the payee's provider. The payer's knows the time."""
    found = await request_store.lock_overdue(tx, EXPIRE_LIMIT, now)
    if not found:
        return
    said = letters.refuse(Reason.PAYMENT_REQUEST_EXPIRED)
    await request_store.move(
        tx, [_step(each, RequestEvent.EXPIRE, said.reason) for each in found], now
    )
    await mail.send(tx, [_report(node, each, said, now) for each in found], now)
