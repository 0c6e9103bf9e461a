"""Send: to whom. A saved payee, or somebody new by country and address."""

from collections.abc import Mapping

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.edge.asking import ACCOUNTS, address_of, answered, name_of, own_check
from qantara.errors import Malformed, Reason, Refused
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee, PayeeCheck
from qantara.reasons import REASONS
from qantara.wallet import flow as wallet
from qantara.wallet.model import BeneficiaryState, Use
from qantara.web.app import typed
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_SAVED = 50
_ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "FR": ("IBAN",),
    "MY": ("MBNO", "ACCT"),
    "PK": ("MBNO", "IBAN"),
    "TH": ("MBNO",),
    "SG": ("MBNO",),
    **dict.fromkeys(("ID", "PH", "VN", "KH"), ("ACCT",)),
}
"""How people are found in each country, the usual way first."""
_ANYWHERE = ("MBNO", "IBAN", "ACCT")
_ADDRESS, _BIC = 140, 11


async def show(visit: Visit) -> Response:
    country = visit.said.get("country", "")
    if country in countries(visit):
        return _to(visit, country, visit.form or await _asked_before(visit))
    async with visit.door.database.read() as tx:
        saved = await wallet.beneficiaries_of(
            tx, visit.caller.acting_for, BeneficiaryState.SAVED, None, _SAVED
        )
    return visit.shown("send.html", saved=saved, countries=countries(visit))


async def _asked_before(visit: Visit) -> dict[str, str]:
    """What an own check asked for, to be put right."""
    before = visit.asked("again")
    if not before:
        return {}
    async with visit.door.database.read() as tx:
        check = await own_check(tx, visit.caller, before)
    return {
        "address_type": check.address_type,
        "address": check.address,
        "agent_bic": check.agent_bic or "",
        "name": check.name or "",
    }


def countries(visit: Visit) -> tuple[str, ...]:
    """The own country first, then wherever there is a corridor to."""
    return (visit.door.node.country, *visit.door.node.corridors)


def _to(
    visit: Visit,
    country: str,
    form: Mapping[str, str],
    why: Objection | None = None,
    status: int = 200,
) -> Response:
    kinds = _ADDRESSES.get(country, _ANYWHERE)
    needs_bank = any(each in ACCOUNTS for each in kinds)
    return visit.shown(
        "send_to.html",
        status,
        country=country,
        kinds=kinds,
        form=form,
        why=why,
        needs_bank=needs_bank,
    )


async def ask(visit: Visit) -> Response:
    """Ask whose account it is; the amount comes after the answer."""
    form, call = visit.form, visit.caller
    if form.get("to"):
        wish = Use(form["to"], call.acting_for, call.new_id("chk"))
        found = await answered(visit.request, call, wallet.check_again, wish)
        return visit.told(found) if isinstance(found, Refused) else _on(visit, found)
    country = form.get("country", "")
    if country not in countries(visit):
        raise Malformed(Reason.FIELD_INVALID, param="country", value=country)
    try:
        found = await answered(visit.request, call, payees.check_payee, _question(visit, country))
    except Malformed as error:
        return _to(visit, country, form, objection(visit, error), REASONS[error.reason].http)
    if isinstance(found, Refused):
        return _to(visit, country, form, objection(visit, found), REASONS[found.reason].http)
    return _on(visit, found)


def _question(visit: Visit, country: str) -> CheckPayee:
    form, call = visit.form, visit.caller
    kind = form.get("address_type", "")
    if kind not in _ADDRESSES.get(country, _ANYWHERE):
        raise Malformed(Reason.FIELD_INVALID, param="address_type", value=kind)
    bank = (typed.words(form, "agent_bic", _BIC) or "").upper() if kind in ACCOUNTS else ""
    said = typed.words(form, "address", _ADDRESS)
    if said is None:
        raise Malformed(Reason.FIELD_MISSING, param="address")
    plain = said.replace(" ", "").replace("-", "") if kind == "MBNO" else said
    return CheckPayee(
        call.new_id("chk"),
        call.acting_for,
        country,
        kind,
        address_of(kind, plain, bank or None),
        bank or None,
        name_of(typed.words(form, "name", typed.NAME)),
    )


def _on(visit: Visit, check: PayeeCheck) -> Response:
    return gone_on(visit.site, f"{visit.site.path}/send/{check.id}")


PAGES = (Page("send", "/send", show, frozenset({Scope.REMITTANCES_WRITE}), act=ask),)
