"""Send inside the country: the same manner without an exchange."""

from collections.abc import Mapping

from fastapi.responses import Response

from qantara import ids
from qantara.domestic import flow as domestic
from qantara.domestic.model import State
from qantara.domestic.records import Send, Transfer
from qantara.edge import confirmed, intents
from qantara.edge.limits import limits_of
from qantara.edge.own_payments import carriable
from qantara.edge.purposes import PURPOSES
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.ids import AccountId
from qantara.money import Money
from qantara.payees.model import PayeeCheck
from qantara.reasons import REASONS
from qantara.web.app import stepping_up, typed
from qantara.web.app.objections import refused
from qantara.web.app.payee_of import payee_of
from qantara.web.app.sources import Sources
from qantara.web.objections import Objection, objection
from qantara.web.visits import Visit, gone_on


async def show(visit: Visit, check: PayeeCheck, found: Sources) -> Response:
    return _page(visit, check, found, visit.said)


async def act(visit: Visit, check: PayeeCheck, found: Sources) -> Response:
    """First the whole cost, then the yes: it counts for the amount that the button named."""
    form = visit.form
    try:
        wish = _order(visit, check)
    except Malformed as error:
        why = objection(visit, error)
        return _page(visit, check, found, form, None, why, REASONS[error.reason].http)
    if form.get("act") != "send" or form.get("named") != str(wish.amount):
        return _page(visit, check, found, form, wish.amount)
    before = await _made(visit, wish)
    if before is not None:
        return before
    payment = intents.inside(visit.door.node, wish.id, wish.amount, check), payee_of(check)
    proof = await stepping_up.asked_for(visit, *payment)
    if isinstance(proof, Response):
        return await _made(visit, wish) or proof
    outcome: Transfer | Refused = await confirmed.placed(visit.door, wish, proof)
    if isinstance(outcome, Refused) and outcome.reason in stepping_up.UNCONFIRMED:
        return await _made(visit, wish) or await stepping_up.again(visit, *payment, outcome)
    if isinstance(outcome, Refused):
        why = await refused(visit, outcome, wish.id)
        return _page(visit, check, found, form, None, why, REASONS[outcome.reason].http)
    limits_of(visit.request).payee_paid(visit.caller.acting_for)
    return gone_on(visit.site, f"{visit.site.path}/payments/{outcome.id}")


async def _made(visit: Visit, wish: Send) -> Response | None:
    """The transfer that this very order has led to already."""
    async with visit.door.database.read() as tx:
        (found,) = await domestic.transfers(tx, [wish.id])
    if isinstance(found, NotFound) or found.state is State.REFUSED:
        return None
    return gone_on(visit.site, f"{visit.site.path}/payments/{found.id}")


def _order(visit: Visit, check: PayeeCheck) -> Send:
    """The order in the fields. Its id follows from what it says: the same said again, in this
    window or another, is the same payment, until the payee is asked for anew.
    """
    form, owner = visit.form, visit.caller.acting_for
    if not form.get("pay"):
        raise Malformed(Reason.FIELD_MISSING, param="amount")
    amount = typed.amount(form["pay"], visit.door.node.asset)
    purpose, account = form.get("purpose", ""), form.get("account", "")
    if purpose and purpose not in PURPOSES:
        raise Malformed(Reason.FIELD_INVALID, param="purpose", value=purpose)
    note, name = typed.words(form, "note", typed.NOTE), typed.words(form, "payee_name", typed.NAME)
    carriable({"note": note, "payee_name": name}, None)
    said = (owner, check.id, account, str(amount), purpose, note or "", name or "")
    return Send(
        id=ids.derived("trf", *said),
        customer_id=owner,
        account_id=AccountId(account),
        payee_check_id=check.id,
        amount=amount,
        purpose=purpose or None,
        note=note,
        payee_name=name,
    )


def _page(
    visit: Visit,
    check: PayeeCheck,
    found: Sources,
    form: Mapping[str, str],
    amount: Money | None = None,
    why: Objection | None = None,
    status: int = 200,
) -> Response:
    node = visit.door.node
    chosen = found.chosen(form.get("account", ""))
    fee = domestic.payer_fee(node.domestic_fee, amount) if amount is not None else None
    total = amount + fee if amount is not None and fee is not None else None
    short = total is not None and chosen is not None and chosen.available < total
    return visit.shown(
        "pay_inside.html",
        status,
        payee=payee_of(check),
        sources=found,
        chosen=chosen,
        amount=amount,
        fee=fee,
        total=total,
        short=short,
        form=form,
        purposes=PURPOSES,
        why=why,
        asset=node.asset,
    )
