"""Send: how much. The price first, in full; then one yes, whose amount the button names."""

from collections.abc import Mapping
from typing import NamedTuple

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.edge import confirmed, intents
from qantara.edge.asking import answered, own_check
from qantara.edge.limits import limits_of
from qantara.edge.own_payments import carriable
from qantara.edge.pricing import priced, total_cost
from qantara.edge.purposes import PURPOSES
from qantara.errors import Conflict, Malformed, NotFound, QantaraError, Reason, Refused
from qantara.ids import AccountId, QuoteId
from qantara.money import Money
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee, PayeeCheck
from qantara.remittance import flow as remittance
from qantara.remittance.model import (
    Accept,
    Fixed,
    PriceRequest,
    Quote,
    Remittance,
    State,
    remittance_id,
)
from qantara.web.app import paying_inside, stepping_up, typed
from qantara.web.app.objections import refused
from qantara.web.app.payee_of import payee_of
from qantara.web.app.sources import Sources, sources
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_SAID = ("purpose", "note", "payee_name")
"""What is said beside the amount: it stands in no address, which browsers and proxies keep."""


class Stage(NamedTuple):
    """Who is paid, and from which accounts it can be."""

    check: PayeeCheck
    sources: Sources


async def staged(visit: Visit) -> Stage:
    async with visit.door.database.read() as tx:
        check = await own_check(tx, visit.caller, str(visit.request.path_params["check"]))
        return Stage(check, await sources(tx, visit, check.country))


async def show(visit: Visit) -> Response:
    stage = await staged(visit)
    if stage.check.country == visit.door.node.country:
        return await paying_inside.show(visit, stage.check, stage.sources)
    return page(visit, stage, visit.said)


async def act(visit: Visit) -> Response:
    stage = await staged(visit)
    if stage.check.country == visit.door.node.country:
        return await paying_inside.act(visit, stage.check, stage.sources)
    return await _priced(visit, stage, None)


async def show_quoted(visit: Visit) -> Response:
    stage = await staged(visit)
    found = await _quoted(visit, stage)
    if found.state not in {State.QUOTED, State.EXPIRED}:
        return gone_on(visit.site, f"{visit.site.path}/payments/{found.id}")
    if visit.form.get("account") and _changed(visit.form, found.quote):
        return await _priced(visit, stage, found.quote)
    return page(visit, stage, visit.said, found.quote)


async def act_quoted(visit: Visit) -> Response:
    """The yes, or another amount: what is in the fields now decides, not the button alone."""
    stage = await staged(visit)
    found = await _quoted(visit, stage)
    if found.state not in {State.QUOTED, State.EXPIRED, State.REFUSED}:
        return gone_on(visit.site, f"{visit.site.path}/payments/{found.id}")
    if visit.form.get("act") != "send" or _changed(visit.form, found.quote):
        return await _priced(visit, stage, found.quote)
    return await _send(visit, stage, found.quote)


async def _quoted(visit: Visit, stage: Stage) -> Remittance:
    wanted = str(visit.request.path_params["quote"])
    async with visit.door.database.read() as tx:
        found = (await remittance.remittances(tx, [remittance_id(QuoteId(wanted))]))[0]
    if (
        isinstance(found, NotFound)
        or not visit.caller.sees(found.quote.request.customer_id)
        or found.quote.request.destination_country != stage.check.country
    ):
        raise NotFound(Reason.QUOTE_NOT_FOUND, quote=wanted)
    return found


def _changed(form: Mapping[str, str], quote: Quote) -> bool:
    """Whether somebody typed another amount, or chose another account, since this quote."""
    said = (form.get("pay", ""), form.get("receive", ""), form.get("account", ""))
    return said != (
        *(str(quote.total_debit), str(quote.offer.received)),
        quote.request.account_id,
    )


async def _priced(visit: Visit, stage: Stage, before: Quote | None) -> Response:
    """A price for what is in the fields."""
    try:
        wish = _wish(visit, stage, before)
    except Malformed as error:
        why = objection(visit, error)
        return page(visit, stage, visit.form, None, why)
    if wish is None:
        why = Objection(visit.words("pay.one_amount"), visit.words("pay.either"))
        return page(visit, stage, visit.form, None, why)
    found = await _asked(visit, wish)
    if isinstance(found, Objection):
        return page(visit, stage, visit.form, None, found)
    if before is None and not any(visit.form.get(name) for name in _SAID):
        return gone_on(visit.site, f"{visit.site.path}/send/{stage.check.id}/{found.id}")
    return page(visit, stage, visit.form, found)


async def _asked(visit: Visit, wish: PriceRequest) -> Quote | Objection:
    quote_id = QuoteId(visit.caller.new_id("quo"))
    try:
        found = await priced(visit.door, quote_id, wish)
    except QantaraError as error:
        return objection(visit, error)
    return await refused(visit, found, quote_id) if isinstance(found, Refused) else found


def _wish(visit: Visit, stage: Stage, before: Quote | None) -> PriceRequest | None:
    """Which amount is fixed: the one that was typed, or typed anew; None where that is not one."""
    form, node = visit.form, visit.door.node
    pay, receive = form.get("pay", ""), form.get("receive", "")
    if before is not None:
        was = (str(before.total_debit), str(before.offer.received))
        if (pay, receive) == was:
            pay, receive = (pay, "") if before.request.fixed is Fixed.SOURCE else ("", receive)
        else:
            pay, receive = (pay if pay != was[0] else ""), (receive if receive != was[1] else "")
    if bool(pay) is bool(receive):
        return None
    fixed = Fixed.SOURCE if pay else Fixed.DESTINATION
    corridor = node.corridors[stage.check.country]
    return PriceRequest(
        visit.caller.acting_for,
        AccountId(form.get("account", "")),
        corridor.country,
        fixed,
        typed.amount(pay, node.asset) if pay else typed.amount(receive, corridor.currency),
    )


async def _send(visit: Visit, stage: Stage, quote: Quote) -> Response:
    try:
        wish = _yes(visit, stage, quote)
    except Malformed as error:
        why = objection(visit, error)
        return page(visit, stage, visit.form, quote, why)
    proof, payment = None, (intents.abroad(quote, stage.check), payee_of(stage.check))
    if visit.caller.now < quote.valid_until:
        asked = await stepping_up.asked_for(visit, *payment)
        if isinstance(asked, Response):
            return await _made(visit, stage) or asked
        proof = asked
    try:
        outcome: Remittance | Refused = await confirmed.placed(visit.door, wish, proof)
    except Conflict as error:
        return await _made(visit, stage) or visit.told(error)
    if isinstance(outcome, Refused) and outcome.reason in stepping_up.UNCONFIRMED:
        return await _made(visit, stage) or await stepping_up.again(visit, *payment, outcome)
    if isinstance(outcome, Refused):
        return await _not_sent(visit, stage, quote, outcome)
    limits_of(visit.request).payee_paid(visit.caller.acting_for)
    return gone_on(visit.site, f"{visit.site.path}/payments/{outcome.id}")


def _yes(visit: Visit, stage: Stage, quote: Quote) -> Accept:
    form = visit.form
    purpose = form.get("purpose", "")
    if purpose and purpose not in PURPOSES:
        raise Malformed(Reason.FIELD_INVALID, param="purpose", value=purpose)
    note, name = typed.words(form, "note", typed.NOTE), typed.words(form, "payee_name", typed.NAME)
    carriable({"note": note, "payee_name": name}, None)
    return Accept(
        quote_id=quote.id,
        customer_id=visit.caller.acting_for,
        payee_check_id=stage.check.id,
        purpose=purpose or None,
        note=note,
        payee_name=name,
    )


async def _made(visit: Visit, stage: Stage) -> Response | None:
    """The quote was accepted before, in other words: that payment is the one there is."""
    found = await _quoted(visit, stage)
    if found.state in {State.QUOTED, State.EXPIRED, State.REFUSED}:
        return None
    return gone_on(visit.site, f"{visit.site.path}/payments/{found.id}")


async def _not_sent(visit: Visit, stage: Stage, quote: Quote, refusal: Refused) -> Response:
    """Say why, lose nothing of what was typed, and offer what can be offered in its place."""
    if refusal.reason is Reason.QUOTE_EXPIRED:
        fresh = await _asked(visit, quote.request)
        if isinstance(fresh, Objection):
            return page(visit, stage, visit.form, None, fresh)
        told = objection(visit, refusal)._replace(
            title=visit.words("pay.expired"), text=visit.words("pay.expired_why"), tone="brass"
        )
        return page(visit, stage, visit.form, fresh, told)
    if refusal.reason is Reason.PAYEE_CHECK_EXPIRED:
        again = await _checked_again(visit, stage.check)
        if isinstance(again, PayeeCheck):
            told = Objection(
                visit.words("pay.checked_again"), visit.words("pay.checked_again_why"), tone="brass"
            )
            return page(visit, Stage(again, stage.sources), visit.form, quote, told)
    why = await refused(visit, refusal, remittance_id(quote.id), quote.id)
    kept = quote if refusal.reason in _STILL_GOOD else None
    return page(visit, stage, visit.form, kept, why)


_STILL_GOOD = frozenset(
    {Reason.PURPOSE_REQUIRED, Reason.FIELD_INVALID, Reason.FIELD_MISSING, Reason.ACCOUNT_STOPPED}
)
"""Refusals before anything was decided: the same quote may still be accepted."""


async def _checked_again(visit: Visit, check: PayeeCheck) -> PayeeCheck | Refused:
    wish = CheckPayee(
        visit.caller.new_id("chk"),
        *(check.customer_id, check.country, check.address_type, check.address),
        *(check.agent_bic, check.name),
    )
    return await answered(visit.request, visit.caller, payees.check_payee, wish)


def page(
    visit: Visit,
    stage: Stage,
    form: Mapping[str, str],
    quote: Quote | None = None,
    why: Objection | None = None,
) -> Response:
    """The page of the amount or of the price; an answer to an objection has its status."""
    corridor = visit.door.node.corridors.get(stage.check.country)
    if corridor is None:
        raise Malformed(Reason.FIELD_INVALID, param="country", value=stage.check.country)
    chosen = stage.sources.chosen(quote.request.account_id if quote else form.get("account", ""))
    return visit.shown(
        "pay.html",
        200 if why is None else why.status,
        payee=payee_of(stage.check),
        sources=stage.sources,
        chosen=chosen,
        currency=corridor.currency,
        quote=quote,
        cost=None if quote is None else total_cost(quote),
        expired=quote is not None and visit.caller.now >= quote.valid_until,
        short=_short(quote, chosen.available if chosen else None),
        notice=corridor.notice,
        law_read=corridor.law_read,
        form=form,
        purposes=PURPOSES,
        why=why,
    )


def _short(quote: Quote | None, available: Money | None) -> bool:
    return quote is not None and available is not None and available < quote.total_debit


_WRITE = frozenset({Scope.REMITTANCES_WRITE})
PAGES = (
    Page("send", "/send/{check}", show, _WRITE, act=act),
    Page("send", "/send/{check}/{quote}", show_quoted, _WRITE, act=act_quoted),
)
