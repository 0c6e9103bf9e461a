"""Requests to be paid, on the side of the payee who makes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara import ids
from qantara.db import Tx, deadlines, events
from qantara.db.mail import Outgoing, Received, take
from qantara.db.mail import send as leave
from qantara.domestic import messages, request_store, rules
from qantara.domestic.model import (
    KIND,
    REQUEST_ENDS,
    REQUEST_TRANSITIONS,
    ArrivalState,
    Member,
    RequestEvent,
    RequestState,
)
from qantara.domestic.records import Arrival, Ask, Counterpart, Request
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.rails import reasons
from qantara.rails.model import PaymentRequestReport

Asked = Request | Refused | Conflict | NotFound
Move = tuple[Request, RequestEvent, str | None, str | None]
"""A request, what happens to it, the code said with it, the UETR of the payment."""
_DAY = timedelta(days=1)
_EVENT_OF_WORD = {
    messages.SHOWN: RequestEvent.SHOW,
    messages.AGREED: RequestEvent.AGREE,
    messages.REJECTED: RequestEvent.REJECT,
}


async def ask(tx: Tx, node: Member, asks: Sequence[Ask], now: datetime) -> list[Asked]:
    """Leave pain.013 for delivery, or say why not. The same wish again gives the same request,
    another one under its id a `Conflict`.
    """
    found = await request_store.lock(tx, [each.id for each in asks])
    checks = await payees.checks(tx, [each.payer_check_id for each in asks])
    holdings = await parties.accounts(tx, [each.account_id for each in asks])
    begun: dict[str, tuple[Request, Outgoing]] = {}
    outcomes: list[Asked] = []
    for each, check, holding in zip(asks, checks, holdings, strict=True):
        before = found.get(each.id) or (begun[each.id][0] if each.id in begun else None)
        if before is not None:
            same = _wish(before) == each
            outcomes.append(before if same else Conflict(Reason.ID_REUSED, id=each.id))
            continue
        judged = _judge(node, each, check, holding, now)
        if isinstance(judged, tuple):
            begun[each.id] = judged
            outcomes.append(judged[0])
        else:
            outcomes.append(judged)
    new = [request for request, _ in begun.values()]
    if new:
        await request_store.add(tx, new)
        await leave(tx, [outgoing for _, outgoing in begun.values()], now)
        await deadlines.set(tx, KIND, [(each.id, each.expires_at) for each in new])
        await events.add(tx, [(each.id, each.state.value) for each in new], now)
    return outcomes


def _wish(request: Request) -> Ask:
    return Ask(
        request.id,
        request.customer_id,
        request.account_id,
        request.payer_check_id,
        request.amount,
        request.expires_at,
        request.pay_on,
        request.note,
        request.reference,
    )


def _judge(
    node: Member,
    each: Ask,
    check: PayeeCheck | NotFound,
    holding: Holding | NotFound,
    now: datetime,
) -> tuple[Request, Outgoing] | Asked:
    if not rules.takes_requests(node):
        return Refused(Reason.PAYMENT_REQUESTS_UNAVAILABLE)
    if isinstance(holding, QantaraError) or holding.customer.id != each.customer_id:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, account=each.account_id)
    if isinstance(check, QantaraError) or check.customer_id != each.customer_id:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed")
    if check.country != node.country:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.country")
    objection = payees.objection(check, now) or _objection(node, each, holding, now)
    if objection is not None:
        return objection
    payer = Counterpart(
        payees.payee_name(check) or "",
        check.display_name,
        payees.creditor_account(check),
        check.account_agent_bic or "",
    )
    if not payer.name:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.name")
    request = Request(
        id=each.id,
        customer_id=each.customer_id,
        account_id=each.account_id,
        account_code=holding.account.ledger_code,
        state=RequestState.SENT,
        amount=each.amount,
        payer=payer,
        payer_check_id=each.payer_check_id,
        end_to_end_id=ids.uuid_hex(node.role, each.id),
        message_id=ids.new_message_id(),
        expires_at=each.expires_at,
        asked_at=now,
        pay_on=each.pay_on,
        note=each.note,
        reference=each.reference,
    )
    record = messages.payment_request(node, request, holding, now)
    outgoing = messages.writable(node, record, None)
    return outgoing if isinstance(outgoing, Refused) else (request, outgoing)


def _objection(node: Member, each: Ask, holding: Holding, now: datetime) -> Refused | None:
    if holding.account.state is not AccountState.OPEN:
        return Refused(Reason.ACCOUNT_CLOSED)
    if each.amount.asset != node.asset:
        return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": node.asset.code})
    if each.amount.minor <= 0:
        return Refused(Reason.AMOUNT_NOT_POSITIVE)
    if each.expires_at <= now:
        return Refused(Reason.FIELD_INVALID, facts={"param": "expires_at", "value": "past"})
    if each.pay_on is not None and each.pay_on < now.date():
        return Refused(Reason.FIELD_INVALID, facts={"param": "pay_on", "value": "past"})
    if each.pay_on is not None and each.expires_at < rules.start_of(each.pay_on) + _DAY:
        return Refused(
            Reason.FIELD_INVALID, facts={"param": "expires_at", "value": "before pay_on is over"}
        )
    return None


Made = tuple[Request, RequestState, str | None, str | None]


async def advance(tx: Tx, moves: Sequence[Move], now: datetime) -> None:
    """Make moves, their events and their deadlines; `Conflict` for one not allowed."""
    made: list[Made] = [
        (request, rules.moved(REQUEST_TRANSITIONS, request.state, event, request.id), code, uetr)
        for request, event, code, uetr in moves
    ]
    await _keep(tx, made, [(request.id, state) for request, state, _, _ in made], now)


async def _keep(
    tx: Tx, made: Sequence[Made], told: Sequence[tuple[str, RequestState]], now: datetime
) -> None:
    if not made:
        return
    if not all(await request_store.advance(tx, made)):
        raise Conflict(Reason.STATE_CONFLICT, detail="a request moved meanwhile")
    await events.add(tx, [(key, state.value) for key, state in told], now)
    ended = [request.id for request, state, _, _ in made if state in REQUEST_ENDS]
    await deadlines.clear(tx, KIND, ended)
    agreed = [r for r, state, _, _ in made if state is RequestState.AGREED]
    await deadlines.set(tx, KIND, [(each.id, each.expires_at) for each in agreed])


async def answered(
    tx: Tx, _node: Member, received: Sequence[Received[PaymentRequestReport]], now: datetime
) -> list[NotFound | None]:
    """Take pain.014: shown to the payer, agreed, or rejected. A word that comes late, or again,
    changes nothing: the payment itself is what counts.
    """
    await take(tx, [each.message for each in received], now)
    keys = [each.record.original_end_to_end_id for each in received]
    found = await request_store.lock_by_end_to_end_id(tx, keys)
    made: dict[str, Made] = {}
    told: list[tuple[str, RequestState]] = []
    for each, key in zip(received, keys, strict=True):
        request, event = found.get(key), _event(each.record)
        if request is None or event is None:
            continue
        stands = made[key][1] if key in made else request.state
        after = REQUEST_TRANSITIONS.get((stands, event))
        if after is not None:
            made[key] = (request, after, each.record.reason, None)
            told.append((request.id, after))
    await _keep(tx, list(made.values()), told, now)
    return [
        None if key in found else NotFound(Reason.PAYMENT_REQUEST_NOT_FOUND, id=key) for key in keys
    ]


def _event(said: PaymentRequestReport) -> RequestEvent | None:
    """A rejection because the time was over is the system's, not the payer's."""
    event = _EVENT_OF_WORD.get(said.status)
    reason = reasons.reason_of(said.reason, said.reason_texts)
    is_over = reason is Reason.PAYMENT_REQUEST_EXPIRED
    return RequestEvent.TIME_OUT if event is RequestEvent.REJECT and is_over else event


async def paid(tx: Tx, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Mark the requests that what was credited fulfils: by its reference, whole, where asked."""
    credited = {each.end_to_end_id: each for each in reversed(arrivals) if each.state is _CREDITED}
    if not credited:
        return
    found = await request_store.lock_by_end_to_end_id(tx, list(credited))
    moves: list[Move] = []
    for key, request in found.items():
        arrival = credited[key]
        is_whole = (arrival.account_code, arrival.amount) == (request.account_code, request.amount)
        if is_whole and (request.state, RequestEvent.PAY) in REQUEST_TRANSITIONS:
            moves.append((request, RequestEvent.PAY, None, arrival.uetr))
    await advance(tx, moves, now)


_CREDITED = ArrivalState.CREDITED


async def unpaid(tx: Tx, arrivals: Sequence[Arrival], now: datetime) -> None:
    """The payment of a request was taken back by the system: it was not paid after all."""
    taken = {each.end_to_end_id: each for each in arrivals}
    found = await request_store.lock_by_end_to_end_id(tx, list(taken))
    moves: list[Move] = [
        (request, RequestEvent.REVERSE, None, None)
        for key, request in found.items()
        if request.state is RequestState.PAID and request.uetr == taken[key].uetr
    ]
    await advance(tx, moves, now)


async def time_out(tx: Tx, subjects: Sequence[str], now: datetime) -> None:
    found = await request_store.lock(tx, subjects)
    late: list[Move] = [
        (each, RequestEvent.TIME_OUT, None, None)
        for each in found.values()
        if each.state not in REQUEST_ENDS
    ]
    await advance(tx, late, now)


async def bounce(tx: Tx, bounced: Sequence[tuple[str, str]], now: datetime) -> None:
    """The payment system will never take these pain.013: nobody will be asked."""
    found = await request_store.lock_by_message(tx, [key for key, _ in bounced])
    refused: list[Move] = [
        (each, RequestEvent.REJECT, None, None)
        for each in found.values()
        if each.state is RequestState.SENT
    ]
    await advance(tx, refused, now)
