"""Ask somebody of this institution for money, and answer those who ask."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.domestic import flow as domestic
from qantara.edge import confirmed, intents
from qantara.edge.asking import found_here, own_check
from qantara.edge.own_payments import carriable
from qantara.edge.own_wallet import own_money_request
from qantara.errors import Conflict, Malformed, QantaraError, Reason, Refused
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.payees.model import CheckState, PayeeCheck
from qantara.reasons import REASONS
from qantara.wallet import flow as wallet
from qantara.wallet.model import MoneyRequestState
from qantara.wallet.request_model import AskMoney, EndMoney, MoneyRequest, PayMoney
from qantara.web.app import stepping_up, typed
from qantara.web.app.objections import refused
from qantara.web.app.payee_of import Payee, payee_of, plainly
from qantara.web.app.sources import sources
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_SHOWN, _PHONE = 20, 24
_USUAL = timedelta(days=7)


class _Act(StrEnum):
    """What the page of a request can do."""

    PAY = "pay"
    DECLINE = "decline"
    CANCEL = "cancel"


async def show_all(visit: Visit) -> Response:
    return await _all(visit)


async def _all(visit: Visit, why: Objection | None = None, status: int = 200) -> Response:
    """What others ask of me, or what I ask of them."""
    by_me, owner = visit.asked("of") == "others", visit.caller.acting_for
    verb = wallet.money_asked if by_me else wallet.money_wanted
    async with visit.door.database.read() as tx:
        found = await verb(tx, owner, visit.place("before"), _SHOWN + 1)
    older = found[_SHOWN - 1].sequence if len(found) > _SHOWN else None
    shown = found[:_SHOWN]
    return visit.shown(
        "request.html", status, asks=shown, by_me=by_me, older=older, form=visit.form, why=why
    )


async def find(visit: Visit) -> Response:
    """Who is found under a phone; the request itself comes after the answer."""
    try:
        found = await found_by(visit, "phone")
    except Malformed as error:
        return await _all(visit, objection(visit, error), REASONS[error.reason].http)
    if isinstance(found, Objection):
        return await _all(visit, found, _UNKNOWN)
    return gone_on(visit.site, f"{visit.site.path}/request/new/{found.id}")


_UNKNOWN = 422


async def found_by(visit: Visit, name: str) -> PayeeCheck | Objection:
    """Whoever of this institution a form names by phone, or why nobody can be asked."""
    said = typed.words(visit.form, name, _PHONE)
    if said is None:
        raise Malformed(Reason.FIELD_MISSING, param=name)
    phone = said.replace(" ", "").replace("-", "")
    found = await found_here(visit.request, visit.caller, phone)
    if isinstance(found, Refused):
        return objection(visit, found)
    if found.state is not CheckState.CONFIRMED:
        reason = found.warning or Reason.PAYEE_NOT_CONFIRMED
        return Objection(visit.words.reason(reason), visit.words.sentence(reason))
    if await _is_own(visit, found):
        return Objection(visit.words("request.yourself"), visit.words("request.yourself_why"))
    return found


async def _is_own(visit: Visit, found: PayeeCheck) -> bool:
    async with visit.door.database.read() as tx:
        mine = (await parties.accounts_of(tx, [visit.caller.acting_for]))[0]
    return found.account_number in {each.number for each in mine}


async def show_new(visit: Visit) -> Response:
    return await _new(visit, visit.said)


async def _new(
    visit: Visit, form: Mapping[str, str], why: Objection | None = None, status: int = 200
) -> Response:
    async with visit.door.database.read() as tx:
        check = await own_check(tx, visit.caller, str(visit.request.path_params["check"]))
        found = await sources(tx, visit, visit.door.node.country)
    return visit.shown(
        "request_new.html",
        status,
        payee=payee_of(check),
        sources=found,
        chosen=found.chosen(form.get("account", "")),
        asset=visit.door.node.asset,
        until=form.get("until") or usual_end(visit),
        form=form,
        why=why,
    )


def usual_end(visit: Visit) -> str:
    """The day until which a request stands unless another is named."""
    return (visit.caller.now + _USUAL).date().isoformat()


async def ask(visit: Visit) -> Response:
    try:
        wish = _wish(visit)
        outcome: MoneyRequest | Refused = await visit.door.batcher.run(wallet.ask_money, wish)
    except QantaraError as error:
        return await _new(visit, visit.form, objection(visit, error), REASONS[error.reason].http)
    if isinstance(outcome, Refused):
        why = objection(visit, outcome)
        return await _new(visit, visit.form, why, REASONS[outcome.reason].http)
    return gone_on(visit.site, f"{visit.site.path}/request/{outcome.id}")


def _wish(visit: Visit) -> AskMoney:
    form, call = visit.form, visit.caller
    note, until = terms(form)
    return AskMoney(
        call.new_id("mrq"),
        call.acting_for,
        AccountId(form.get("account", "")),
        str(visit.request.path_params["check"]),
        typed.amount(form.get("amount", ""), visit.door.node.asset),
        until,
        note,
    )


def terms(form: Mapping[str, str]) -> tuple[str | None, datetime]:
    """The note that goes with a request, and how long it stands."""
    note = typed.words(form, "note", typed.NOTE)
    carriable({"note": note}, None)
    return note, typed.end_of_day(form, "until")


async def show(visit: Visit) -> Response:
    return await _one(visit)


async def _one(visit: Visit, why: Objection | None = None, status: int = 200) -> Response:
    node = visit.door.node
    async with visit.door.database.read() as tx:
        found = await _own(visit)
        accounts = await sources(tx, visit, node.country)
    fee = domestic.payer_fee(node.domestic_fee, found.amount)
    return visit.shown(
        "request_one.html",
        status,
        ask=found,
        by_me=found.customer_id == visit.caller.acting_for,
        fee=fee,
        total=found.amount + fee,
        sources=accounts,
        chosen=accounts.chosen(visit.form.get("account", "")),
        why=why,
    )


async def _own(visit: Visit) -> MoneyRequest:
    async with visit.door.database.read() as tx:
        return await own_money_request(tx, visit.caller, str(visit.request.path_params["request"]))


async def act(visit: Visit) -> Response:
    """Pay, say no, or take it back. What is paid stays paid, however often it is said."""
    form, call = visit.form, visit.caller
    found, word = await _own(visit), form.get("act", "")
    if word not in set(_Act):
        raise Malformed(Reason.FIELD_INVALID, param="act", value=word)
    end = EndMoney(found.id, call.acting_for)
    try:
        if word == _Act.PAY:
            return await _pay(visit, found)
        verb = wallet.decline_money if word == _Act.DECLINE else wallet.cancel_money
        await visit.door.batcher.run(verb, end)
    except Conflict as error:
        return await _one(visit, objection(visit, error), REASONS[error.reason].http)
    return _back(visit, found)


def _back(visit: Visit, found: MoneyRequest) -> Response:
    return gone_on(visit.site, f"{visit.site.path}/request/{found.id}")


async def _pay(visit: Visit, found: MoneyRequest) -> Response:
    """Pay what is asked, confirmed like any payment to the same person."""
    if found.state is MoneyRequestState.PAID:
        return _back(visit, found)
    call, node = visit.caller, visit.door.node
    account = AccountId(visit.form.get("account", ""))
    order = PayMoney(call.new_id("trf"), found.id, call.acting_for, account)
    payment = intents.asked(node, found), _asker(found, node.country)
    proof = await stepping_up.asked_for(visit, *payment)
    if isinstance(proof, Response):
        is_paid = (await _own(visit)).state is MoneyRequestState.PAID
        return _back(visit, found) if is_paid else proof
    outcome: MoneyRequest | Refused = await confirmed.placed(visit.door, order, proof)
    if isinstance(outcome, Refused) and outcome.reason in stepping_up.UNCONFIRMED:
        return await stepping_up.again(visit, *payment, outcome)
    if isinstance(outcome, Refused):
        why = await refused(visit, outcome, order.id)
        return await _one(visit, why, REASONS[outcome.reason].http)
    return _back(visit, found)


def _asker(found: MoneyRequest, country: str) -> Payee:
    """Who asked, as a customer of this institution is named to another."""
    return plainly(found.asker_shown, "", country)


_WRITE = frozenset({Scope.REMITTANCES_WRITE})
PAGES = (
    Page("more", "/request", show_all, _WRITE, act=find),
    Page("more", "/request/new/{check}", show_new, _WRITE, act=ask),
    Page("more", "/request/{request}", show, _WRITE, act=act),
)
