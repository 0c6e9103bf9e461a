"""Saved payees: kept from a payment or a check, renamed, removed."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.wallet import flow as wallet
from qantara.wallet.model import Beneficiary, BeneficiaryState, Remove, Rename, Save
from qantara.web.app import typed
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_SHOWN, _NAME = 50, 60


async def show_all(visit: Visit) -> Response:
    owner, before = visit.caller.acting_for, visit.place("before")
    async with visit.door.database.read() as tx:
        found = await wallet.beneficiaries_of(tx, owner, BeneficiaryState.SAVED, before, _SHOWN + 1)
    older = found[_SHOWN - 1].sequence if len(found) > _SHOWN else None
    return visit.shown("payees.html", saved=found[:_SHOWN], older=older)


async def save(visit: Visit) -> Response:
    """Keep the payee whom a check confirmed."""
    call, form = visit.caller, visit.form
    name = typed.words(form, "nickname", _NAME)
    wish = Save(call.new_id("ben"), call.acting_for, form.get("check", ""), name)
    outcome: Beneficiary | Refused = await visit.door.batcher.run(wallet.save, wish)
    if isinstance(outcome, Refused):
        return visit.told(outcome)
    return gone_on(visit.site, f"{visit.site.path}/payees/{outcome.id}")


async def show(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["payee"])
    async with visit.door.database.read() as tx:
        found = (await wallet.beneficiaries(tx, [wanted]))[0]
    if isinstance(found, NotFound) or not visit.caller.sees(found.customer_id):
        raise NotFound(Reason.BENEFICIARY_NOT_FOUND, id=wanted)
    return visit.shown("payee.html", saved=found)


async def act(visit: Visit) -> Response:
    call, form = visit.caller, visit.form
    wanted, word = str(visit.request.path_params["payee"]), form.get("act", "")
    if word == "remove":
        await visit.door.batcher.run(wallet.remove, Remove(wanted, call.acting_for))
        return gone_on(visit.site, f"{visit.site.path}/payees")
    if word != "rename":
        raise Malformed(Reason.FIELD_INVALID, param="act", value=word)
    name = typed.words(form, "nickname", _NAME)
    await visit.door.batcher.run(wallet.rename, Rename(wanted, call.acting_for, name))
    return gone_on(visit.site, f"{visit.site.path}/payees/{wanted}")


_WRITE = frozenset({Scope.REMITTANCES_WRITE})
PAGES = (
    Page("more", "/payees", show_all, _WRITE, act=save),
    Page("more", "/payees/{payee}", show, _WRITE, act=act),
)
