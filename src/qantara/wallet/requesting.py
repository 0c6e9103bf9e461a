"""Money asked for among customers of this institution: asked, taken back, declined, run out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from qantara.db import Tx, deadlines, events
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.remittance.model import Institution
from qantara.wallet import request_store as store
from qantara.wallet.model import (
    MONEY_REQUEST_TRANSITIONS,
    MoneyRequestEvent,
    MoneyRequestState,
)
from qantara.wallet.request_model import AskMoney, EndMoney, MoneyRequest, RequestMove

Asked = MoneyRequest | Refused | Conflict | NotFound
KIND = "wallet"
"""Whose deadlines these are, among those of the role."""
BATCH = 500
LONGEST_DAYS = 90
"""How long a request may stand at most."""
MOST_OPEN = 20
"""Requests that one customer may have open with another."""


def demand_id(request_id: str) -> str:
    """The same request as the subject of events for the one who is asked."""
    return "mrd" + request_id.removeprefix("mrq")


def request_id(demand: str) -> str:
    return "mrq" + demand.removeprefix("mrd")


async def ask_money(
    tx: Tx, node: Institution, asks: Sequence[AskMoney], now: datetime
) -> list[Asked]:
    """Ask other customers of ours for money. The same wish again gives the same request, another
    one under its id a `Conflict`.
    """
    known = await store.by_ids(tx, [each.id for each in asks])
    fresh: dict[str, AskMoney] = {}
    for each in asks:
        if each.id not in known:
            fresh.setdefault(each.id, each)
    judged = await judge(tx, node, list(fresh.values()), now)
    new = [each for each in judged.values() if isinstance(each, MoneyRequest)]
    await keep(tx, new, now)
    stand: dict[str, Asked] = {**known, **judged}
    return [_told(each, stand[each.id]) for each in asks]


def _told(wish: AskMoney, stands: Asked) -> Asked:
    if not isinstance(stands, MoneyRequest) or wish_of(stands) == wish:
        return stands
    return Conflict(Reason.ID_REUSED, id=wish.id)


def wish_of(request: MoneyRequest) -> AskMoney:
    """What was asked for: by it a repeat is known from a contradiction."""
    return AskMoney(
        request.id,
        request.customer_id,
        request.account_id,
        request.payer_check_id,
        request.amount,
        request.expires_at,
        request.note,
        request.split_id,
    )


async def keep(tx: Tx, new: Sequence[MoneyRequest], now: datetime) -> None:
    """Keep new requests; both sides are told, each under an id of its own."""
    await store.add(tx, new)
    await deadlines.set(tx, KIND, [(each.id, each.expires_at) for each in new])
    await _tell(tx, [(each, each.state) for each in new], now)


async def _tell(
    tx: Tx, told: Sequence[tuple[MoneyRequest, MoneyRequestState]], now: datetime
) -> None:
    both = [
        (subject, state.value)
        for request, state in told
        for subject in (request.id, demand_id(request.id))
    ]
    await events.add(tx, both, now)


async def judge(
    tx: Tx, node: Institution, asks: Sequence[AskMoney], now: datetime
) -> dict[str, Asked]:
    """The requests as they would stand, or why not, by id; nothing is kept."""
    checks = await payees.checks(tx, [each.payer_check_id for each in asks])
    holdings = await parties.accounts(tx, [each.account_id for each in asks])
    numbers = [
        check.account_number or "" for check in checks if not isinstance(check, QantaraError)
    ]
    payers = dict(zip(numbers, await parties.account_by_number(tx, numbers), strict=True))
    count = await store.open_between(tx, list({each.customer_id for each in asks}))
    judged: dict[str, Asked] = {}
    for each, check, holding in zip(asks, checks, holdings, strict=True):
        outcome = _judged(node, each, check, holding, payers, now)
        if isinstance(outcome, MoneyRequest):
            pair = (outcome.customer_id, outcome.payer_id)
            count[pair] = count.get(pair, 0) + 1
            if count[pair] > MOST_OPEN:
                outcome = Conflict(Reason.MONEY_REQUESTS_TOO_MANY, limit=str(MOST_OPEN))
        judged[each.id] = outcome
    return judged


def _judged(
    node: Institution,
    each: AskMoney,
    check: PayeeCheck | NotFound,
    holding: Holding | NotFound,
    payers: Mapping[str, Holding | NotFound],
    now: datetime,
) -> Asked:
    if isinstance(holding, QantaraError) or holding.customer.id != each.customer_id:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, account=each.account_id)
    if isinstance(check, QantaraError) or check.customer_id != each.customer_id:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed")
    objection = payees.objection(check, now) or _objection(node, each, holding, now)
    if objection is not None:
        return objection
    payer = payers.get(check.account_number or "")
    if check.account_agent_bic != node.bic or not isinstance(payer, Holding):
        return Refused(Reason.PAYER_ELSEWHERE, rule="request.here")
    if payer.customer.id == each.customer_id:
        return Refused(Reason.SAME_ACCOUNT)
    return MoneyRequest(
        id=each.id,
        customer_id=each.customer_id,
        account_id=each.account_id,
        asker_shown=holding.shown_name,
        payer_id=payer.customer.id,
        payer_check_id=each.payer_check_id,
        payer_shown=payer.shown_name,
        state=MoneyRequestState.OPEN,
        amount=each.amount,
        expires_at=each.expires_at,
        asked_at=now,
        note=each.note,
        split_id=each.split_id,
    )


def _objection(
    node: Institution, each: AskMoney, holding: Holding, now: datetime
) -> Refused | None:
    if holding.account.state is not AccountState.OPEN:
        return Refused(Reason.ACCOUNT_CLOSED)
    if each.amount.asset != node.asset:
        return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": node.asset.code})
    if each.amount.minor <= 0:
        return Refused(Reason.AMOUNT_NOT_POSITIVE)
    if each.expires_at <= now:
        return Refused(Reason.FIELD_INVALID, facts={"param": "expires_at", "value": "past"})
    if each.expires_at > now + timedelta(days=LONGEST_DAYS):
        value = f"more than {LONGEST_DAYS} days from now"
        return Refused(Reason.FIELD_INVALID, facts={"param": "expires_at", "value": value})
    return None


async def advance(tx: Tx, moves: Sequence[RequestMove], now: datetime) -> list[MoneyRequest]:
    """Make moves, their events and the end of their deadlines; the requests as they then stand."""
    if not moves:
        return []
    made = [(move, MONEY_REQUEST_TRANSITIONS[move.request.state, move.event]) for move in moves]
    if not all(await store.advance(tx, made, now)):
        raise Conflict(Reason.STATE_CONFLICT, detail="a request moved meanwhile")
    await deadlines.clear(tx, KIND, [move.request.id for move in moves])
    await _tell(tx, [(move.request, state) for move, state in made], now)
    return [
        replace(move.request, state=state, transfer_id=move.transfer_id, ended_at=now)
        for move, state in made
    ]


async def decline_money(
    tx: Tx, _node: Institution, wishes: Sequence[EndMoney], now: datetime
) -> list[Asked]:
    """Say no to what one is asked for; said again it changes nothing."""
    found = await store.lock(tx, [each.request_id for each in wishes])
    own = {key: request.payer_id for key, request in found.items()}
    return await _end(tx, wishes, found, own, MoneyRequestEvent.DECLINE, now)


async def cancel_money(
    tx: Tx, _node: Institution, wishes: Sequence[EndMoney], now: datetime
) -> list[Asked]:
    """Take back what one has asked for; said again it changes nothing."""
    found = await store.lock(tx, [each.request_id for each in wishes])
    own = {key: request.customer_id for key, request in found.items()}
    return await _end(tx, wishes, found, own, MoneyRequestEvent.CANCEL, now)


async def _end(
    tx: Tx,
    wishes: Sequence[EndMoney],
    found: dict[str, MoneyRequest],
    own: Mapping[str, str],
    event: MoneyRequestEvent,
    now: datetime,
) -> list[Asked]:
    """What is somebody else's is not there, and what has ended otherwise is a `Conflict`."""
    able = {each.request_id for each in wishes if own.get(each.request_id) == each.customer_id}
    moves = [
        RequestMove(found[key], event)
        for key in sorted(able)
        if found[key].state is MoneyRequestState.OPEN
    ]
    found |= {each.id: each for each in await advance(tx, moves, now)}
    ended = MONEY_REQUEST_TRANSITIONS[MoneyRequestState.OPEN, event]
    outcomes: list[Asked] = []
    for each in wishes:
        request = found.get(each.request_id)
        if request is None or own[each.request_id] != each.customer_id:
            outcomes.append(NotFound(Reason.MONEY_REQUEST_NOT_FOUND, id=each.request_id))
        elif request.state is not ended:
            outcomes.append(Conflict(Reason.STATE_CONFLICT, id=request.id, state=request.state))
        else:
            outcomes.append(request)
    return outcomes


async def expire_money(
    tx: Tx, _node: Institution, commands: Sequence[None], now: datetime
) -> list[int]:
    """End the requests whose time is over; how many."""
    due = await deadlines.take(tx, KIND, BATCH, now)
    found = await store.lock(tx, due)
    late = [
        RequestMove(each, MoneyRequestEvent.TIME_OUT)
        for each in found.values()
        if each.state is MoneyRequestState.OPEN
    ]
    await advance(tx, late, now)
    return [len(late)] * len(commands)


async def money_requests(tx: Tx, ids: Sequence[str]) -> list[MoneyRequest | NotFound]:
    found = await store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.MONEY_REQUEST_NOT_FOUND, id=each) for each in ids]


async def money_asked(
    tx: Tx, customer_id: str, before: int | None, limit: int
) -> list[MoneyRequest]:
    """What a customer asked for, newest first, before a sequence number."""
    return await store.made_by(tx, customer_id, before, limit)


async def money_wanted(
    tx: Tx, customer_id: str, before: int | None, limit: int
) -> list[MoneyRequest]:
    """What a customer is asked for, newest first, before a sequence number."""
    return await store.made_to(tx, customer_id, before, limit)
