"""Top up: how to pay in from another bank, one's own accounts there, what they are asked to pay in,
and money back to them.
"""

from datetime import timedelta

from fastapi.responses import Response

from qantara import ids
from qantara.access.model import Scope
from qantara.domestic import flow as domestic
from qantara.domestic.records import (
    Ask,
    ForgetAccount,
    OwnAccount,
    Request,
    SaveAccount,
    Send,
    TopUp,
    Transfer,
    Withdraw,
)
from qantara.edge import confirmed, intents
from qantara.edge.asking import ACCOUNTS, address_of, answered
from qantara.edge.limits import limits_of
from qantara.edge.own_accounts import pay_in
from qantara.errors import Malformed, NotFound, QantaraError, Reason, Refused
from qantara.ids import AccountId
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee, PayeeCheck
from qantara.reasons import REASONS
from qantara.web.app import stepping_up, typed
from qantara.web.app.objections import refused
from qantara.web.app.payee_of import payee_of
from qantara.web.app.sources import sources
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_ADDRESS, _BIC, _LABEL = 34, 11, 60
_STANDS = timedelta(days=1)
"""How long an own account is asked to pay in."""
_SHOWN = 20


async def show_all(visit: Visit) -> Response:
    return await _all(visit)


async def _all(visit: Visit, why: Objection | None = None, status: int = 200) -> Response:
    owner = visit.caller.acting_for
    async with visit.door.database.read() as tx:
        mine = (await parties.accounts_of(tx, [owner]))[0]
        ways = await pay_in(tx, visit.caller, [each.id for each in mine])
        saved = await domestic.own_accounts_of(tx, owner)
    return visit.shown(
        "topup.html", status, ways=ways, saved=saved, kinds=ACCOUNTS, form=visit.form, why=why
    )


async def act(visit: Visit) -> Response:
    """Save an account that a check shows to be in the caller's name, or forget one."""
    word = visit.form.get("act", "")
    try:
        if word == "forget":
            wish = ForgetAccount(visit.form.get("account", ""), visit.caller.acting_for)
            await visit.door.batcher.run(domestic.forget_accounts, wish)
            return gone_on(visit.site, f"{visit.site.path}/topup")
        if word != "save":
            raise Malformed(Reason.FIELD_INVALID, param="act", value=word)
        outcome = await _saved(visit)
    except QantaraError as error:
        return await _all(visit, objection(visit, error), REASONS[error.reason].http)
    if isinstance(outcome, Refused):
        return await _all(visit, objection(visit, outcome), REASONS[outcome.reason].http)
    return gone_on(visit.site, f"{visit.site.path}/topup")


async def _saved(visit: Visit) -> OwnAccount | Refused:
    form, call = visit.form, visit.caller
    kind, label = form.get("address_type", ""), typed.words(form, "label", _LABEL)
    if kind not in ACCOUNTS:
        raise Malformed(Reason.FIELD_INVALID, param="address_type", value=kind)
    said, bank = typed.words(form, "address", _ADDRESS), typed.words(form, "agent_bic", _BIC)
    for param, text in (("address", said), ("agent_bic", bank), ("label", label)):
        if text is None:
            raise Malformed(Reason.FIELD_MISSING, param=param)
    check = await _asked(visit, kind, said or "", (bank or "").upper())
    if isinstance(check, Refused):
        return check
    wish = SaveAccount(call.new_id("own"), call.acting_for, check.id, label or "")
    outcome: OwnAccount | Refused = await visit.door.batcher.run(domestic.save_accounts, wish)
    return outcome


async def _asked(visit: Visit, kind: str, address: str, bank: str) -> PayeeCheck | Refused:
    """Whose account this is, asked under the caller's own name."""
    call = visit.caller
    async with visit.door.database.read() as tx:
        holder = (await parties.customers(tx, [call.acting_for]))[0]
    if isinstance(holder, NotFound):
        raise holder
    wish = CheckPayee(
        call.new_id("chk"),
        call.acting_for,
        visit.door.node.country,
        kind,
        address_of(kind, address, bank),
        bank,
        holder.rails_name,
    )
    return await answered(visit.request, call, payees.check_payee, wish)


async def _own(visit: Visit) -> OwnAccount:
    wanted = str(visit.request.path_params["own"])
    async with visit.door.database.read() as tx:
        mine = await domestic.own_accounts_of(tx, visit.caller.acting_for)
    found = next((each for each in mine if each.id == wanted), None)
    if found is None:
        raise NotFound(Reason.OWN_ACCOUNT_NOT_FOUND, id=wanted)
    return found


async def show(visit: Visit) -> Response:
    return await _one(visit, await _own(visit))


async def _one(
    visit: Visit,
    own: OwnAccount,
    amount: Money | None = None,
    why: Objection | None = None,
    status: int = 200,
    check: str = "",
) -> Response:
    async with visit.door.database.read() as tx:
        found = await sources(tx, visit, visit.door.node.country)
        asked = await domestic.requests_of(tx, visit.caller.acting_for, None, _SHOWN)
    fee = None if amount is None else domestic.payer_fee(visit.door.node.domestic_fee, amount)
    return visit.shown(
        "topup_own.html",
        status,
        own=own,
        takes=domestic.takes_requests(visit.door.node),
        asked=[each for each in asked if each.payer.account == own.account],
        sources=found,
        chosen=found.chosen(visit.form.get("account", "")),
        currency=visit.door.node.asset.code,
        amount=amount,
        fee=fee,
        total=None if amount is None or fee is None else amount + fee,
        check=check,
        form=visit.form,
        why=why,
    )


async def act_one(visit: Visit) -> Response:
    own = await _own(visit)
    return await (_ask if visit.form.get("act") == "ask" else _withdraw)(visit, own)


async def _ask(visit: Visit, own: OwnAccount) -> Response:
    """Ask the account to pay in: its bank shows the request to the caller, who says yes there."""
    try:
        outcome = await _requested(visit, own)
    except QantaraError as error:
        why = objection(visit, error)
        return await _one(visit, own, None, why, REASONS[error.reason].http)
    if isinstance(outcome, Refused):
        why = objection(visit, outcome)
        return await _one(visit, own, None, why, REASONS[outcome.reason].http)
    return gone_on(visit.site, f"{visit.site.path}/topup/{own.id}")


async def _requested(visit: Visit, own: OwnAccount) -> Request | Refused:
    call, form = visit.caller, visit.form
    if not form.get("wanted"):
        raise Malformed(Reason.FIELD_MISSING, param="amount")
    amount = typed.amount(form["wanted"], visit.door.node.asset)
    check = await _asked_of(visit, own)
    if isinstance(check, Refused):
        return check
    account, until = AccountId(form.get("account", "")), call.now + _STANDS
    wish = Ask(call.new_id("prq"), call.acting_for, account, check.id, amount, until)
    outcome: Request | Refused = await visit.door.batcher.run(domestic.top_up, TopUp(own.id, wish))
    return outcome


async def _withdraw(visit: Visit, own: OwnAccount) -> Response:
    """First the whole cost, then the yes: it counts for the amount that the button named."""
    form = visit.form
    try:
        if not form.get("pay"):
            raise Malformed(Reason.FIELD_MISSING, param="amount")
        amount = typed.amount(form["pay"], visit.door.node.asset)
        if form.get("act") != "send" or form.get("named") != str(amount):
            return await _priced(visit, own, amount)
        outcome = await _sent(visit, own, amount)
    except QantaraError as error:
        why = objection(visit, error)
        return await _one(visit, own, None, why, REASONS[error.reason].http)
    if isinstance(outcome, Response):
        return outcome
    if isinstance(outcome, Refused):
        why = await refused(visit, outcome)
        return await _one(visit, own, None, why, REASONS[outcome.reason].http)
    limits_of(visit.request).payee_paid(visit.caller.acting_for)
    return gone_on(visit.site, f"{visit.site.path}/payments/{outcome.id}")


async def _priced(visit: Visit, own: OwnAccount, amount: Money) -> Response:
    """The price; that the account is still the caller's is asked anew meanwhile."""
    check = await _asked_of(visit, own)
    if isinstance(check, Refused):
        return await _one(visit, own, None, objection(visit, check), REASONS[check.reason].http)
    return await _one(visit, own, amount, check=check.id)


async def _asked_of(visit: Visit, own: OwnAccount) -> PayeeCheck | Refused:
    account = own.account
    kind, number = ("ACCT", account.number) if account.iban is None else ("IBAN", account.iban)
    return await _asked(visit, kind, number or "", own.bic)


async def _sent(visit: Visit, own: OwnAccount, amount: Money) -> Transfer | Refused | Response:
    """Its id follows from what it says: the same said again is the same payment."""
    form, owner = visit.form, visit.caller.acting_for
    account, asked = form.get("account", ""), form.get("check", "")
    async with visit.door.database.read() as tx:
        check = (await payees.checks(tx, [asked]))[0]
    if isinstance(check, NotFound) or not visit.caller.sees(check.customer_id):
        raise NotFound(Reason.PAYEE_CHECK_NOT_FOUND, id=asked)
    send = Send(
        id=ids.derived("trf", owner, asked, account, str(amount), own.id),
        customer_id=owner,
        account_id=AccountId(account),
        payee_check_id=check.id,
        amount=amount,
    )
    payment = intents.inside(visit.door.node, send.id, amount, check), payee_of(check)
    proof = await stepping_up.asked_for(visit, *payment)
    if isinstance(proof, Response):
        return proof
    wish = Withdraw(own.id, send)
    outcome: Transfer | Refused = await confirmed.placed(visit.door, wish, proof)
    if isinstance(outcome, Refused) and outcome.reason in stepping_up.UNCONFIRMED:
        return await stepping_up.again(visit, *payment, outcome)
    return outcome


_WRITE = frozenset({Scope.REMITTANCES_WRITE})
PAGES = (
    Page("more", "/topup", show_all, _WRITE, act=act),
    Page("more", "/topup/{own}", show, _WRITE, act=act_one),
)
