"""Standing orders: a saved payee, a day, and the most that may leave for it."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.edge import confirmed, intents
from qantara.edge.own_payments import carriable
from qantara.edge.purposes import PURPOSES
from qantara.errors import Malformed, NotFound, QantaraError, Reason, Refused
from qantara.ids import AccountId
from qantara.money import Asset
from qantara.parties import flow as parties
from qantara.reasons import REASONS
from qantara.remittance.model import Fixed
from qantara.wallet import flow as wallet
from qantara.wallet.model import Beneficiary, BeneficiaryState
from qantara.wallet.schedule_model import Cancel, Plan, Rhythm, Schedule, Terms
from qantara.web.app import stepping_up, typed
from qantara.web.app.payee_of import plainly
from qantara.web.app.pots import day
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_SHOWN = 50


async def show_all(visit: Visit) -> Response:
    owner, before = visit.caller.acting_for, visit.place("before")
    async with visit.door.database.read() as tx:
        found = await wallet.schedules_of(tx, owner, before, _SHOWN + 1)
    names = await _names(visit, [each.terms.beneficiary_id for each in found])
    older = found[_SHOWN - 1].sequence if len(found) > _SHOWN else None
    return visit.shown("schedules.html", orders=found[:_SHOWN], names=names, older=older)


async def _names(visit: Visit, ids: list[str]) -> dict[str, str]:
    async with visit.door.database.read() as tx:
        found = await wallet.beneficiaries(tx, list(dict.fromkeys(ids)))
    return {each.id: intents.called(each) for each in found if not isinstance(each, NotFound)}


async def show_new(visit: Visit) -> Response:
    return await _new(visit)


async def _new(visit: Visit, why: Objection | None = None, status: int = 200) -> Response:
    owner = visit.caller.acting_for
    async with visit.door.database.read() as tx:
        saved = await wallet.beneficiaries_of(tx, owner, BeneficiaryState.SAVED, None, _SHOWN)
        mine = (await parties.accounts_of(tx, [owner]))[0]
    return visit.shown(
        "schedule_new.html",
        status,
        saved=saved,
        accounts=mine,
        form=visit.said,
        purposes=PURPOSES,
        why=why,
        today=visit.caller.now.date().isoformat(),
    )


async def plan(visit: Visit) -> Response:
    """Keep a standing order; it is confirmed once, for the most that may leave each time."""
    try:
        payee = await _payee(visit, visit.form.get("payee", ""))
        wish = Plan(visit.caller.new_id("sch"), _terms(visit, payee))
        intent = intents.standing(wish.terms, payee)
        shown = plainly(intents.called(payee), payee.address, payee.country)
        proof = await stepping_up.asked_for(visit, intent, shown)
        if isinstance(proof, Response):
            return proof
        outcome: Schedule | Refused = await confirmed.placed(visit.door, wish, proof)
    except QantaraError as error:
        return await _new(visit, objection(visit, error), REASONS[error.reason].http)
    if isinstance(outcome, Refused) and outcome.reason in stepping_up.UNCONFIRMED:
        return await stepping_up.again(visit, intent, shown, outcome)
    if isinstance(outcome, Refused):
        return await _new(visit, objection(visit, outcome), REASONS[outcome.reason].http)
    return gone_on(visit.site, f"{visit.site.path}/schedules/{outcome.id}")


def _terms(visit: Visit, payee: Beneficiary) -> Terms:
    form, node = visit.form, visit.door.node
    fixed, rhythm = form.get("fixed", ""), form.get("rhythm", "")
    purpose = form.get("purpose", "")
    for name, value, known in (
        ("fixed", fixed, set(Fixed)),
        ("rhythm", rhythm, set(Rhythm)),
        ("purpose", purpose, {"", *PURPOSES}),
    ):
        if value not in known:
            raise Malformed(Reason.FIELD_INVALID, param=name, value=value)
    first_on = day(form.get("first_on", ""), "first_on")
    if first_on is None:
        raise Malformed(Reason.FIELD_MISSING, param="first_on")
    note = typed.words(form, "note", typed.NOTE)
    carriable({"note": note}, None)
    return Terms(
        customer_id=visit.caller.acting_for,
        account_id=AccountId(form.get("account", "")),
        beneficiary_id=payee.id,
        amount=typed.amount(form.get("amount", ""), _asset(visit, payee, Fixed(fixed))),
        fixed=Fixed(fixed),
        ceiling=typed.amount(form.get("ceiling", ""), node.asset),
        rhythm=Rhythm(rhythm),
        first_on=first_on,
        ends_on=day(form.get("ends_on", ""), "ends_on"),
        purpose=purpose or None,
        note=note,
    )


def _asset(visit: Visit, payee: Beneficiary, fixed: Fixed) -> Asset:
    """The currency of the amount: our own, or, where what arrives is fixed, the payee's."""
    own: Asset = visit.door.node.asset
    corridor = visit.door.node.corridors.get(payee.country)
    if fixed is Fixed.SOURCE or corridor is None:
        return own
    theirs: Asset = corridor.currency
    return theirs


async def _payee(visit: Visit, wanted: str) -> Beneficiary:
    async with visit.door.database.read() as tx:
        found = (await wallet.beneficiaries(tx, [wanted]))[0]
    if isinstance(found, NotFound) or not visit.caller.sees(found.customer_id):
        raise NotFound(Reason.BENEFICIARY_NOT_FOUND, id=wanted)
    return found


async def show(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["schedule"])
    async with visit.door.database.read() as tx:
        found = (await wallet.schedules(tx, [wanted]))[0]
        if isinstance(found, NotFound) or not visit.caller.sees(found.terms.customer_id):
            raise NotFound(Reason.SCHEDULE_NOT_FOUND, id=wanted)
        runs = await wallet.runs_of(tx, wanted)
    names = await _names(visit, [found.terms.beneficiary_id])
    name = names.get(found.terms.beneficiary_id, "")
    return visit.shown("schedule.html", order=found, runs=runs, name=name)


async def cancel(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["schedule"])
    await visit.door.batcher.run(wallet.cancel, Cancel(wanted, visit.caller.acting_for))
    return gone_on(visit.site, f"{visit.site.path}/schedules/{wanted}")


_WRITE = frozenset({Scope.REMITTANCES_WRITE})
PAGES = (
    Page("more", "/schedules", show_all, _WRITE),
    Page("more", "/schedules/new", show_new, _WRITE, act=plan),
    Page("more", "/schedules/{schedule}", show, _WRITE, act=cancel),
)
