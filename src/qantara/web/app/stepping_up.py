"""The place where a payment asks for a further proof of who sends it: a passkey that signs amount
and payee, or the PIN typed again (with a code, where law asks for two factors).
"""

from fastapi.responses import Response

from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import Asked, Confirmation, Consume, Intent, Need
from qantara.edge import confirming, intents
from qantara.edge.limits import limits_of
from qantara.errors import Reason, Refused
from qantara.onboarding import flow as onboarding
from qantara.reasons import REASONS
from qantara.web.app import entering
from qantara.web.app.objections import about_pin
from qantara.web.app.payee_of import Payee
from qantara.web.visits import Visit

UNCONFIRMED = frozenset(
    {
        Reason.CONFIRMATION_EXPIRED,
        Reason.CONFIRMATION_MISMATCH,
        Reason.CONFIRMATION_MISSING,
        Reason.CONFIRMATION_USED,
        Reason.CONFIRMATION_WRONG,
        Reason.PASSKEY_ELSEWHERE,
        Reason.PASSKEY_FOREIGN,
        Reason.PASSKEY_UNVERIFIED,
    }
)
"""Refusals that leave the payment as it was: it can be confirmed anew."""
_OURS = frozenset({"token", "once", "pin", "code", "confirmation", "asked", "answer", "way"})
_SENDS = frozenset({"remittance", "transfer"})
_TWO = 2
_BY_CODE = "code"
"""The way of whoever has a passkey and wants to type PIN and code instead."""


async def asked_for(visit: Visit, intent: Intent, payee: Payee) -> Response | Consume | None:
    """The page that asks for the proof of this very payment, or the proof to use up with it; None
    where none is needed.

    What is confirmed follows from our own records (`edge.intents`) and never from what the form
    says of them. People who come in by key have shown all that they have.
    """
    if not entering.is_own(visit.credential):
        return None
    need = await _need(visit, intent)
    if not need.required:
        return None
    said = await _said(visit, need, intent)
    if isinstance(said, Confirmation):
        return Consume(visit.caller.principal, said.id, intent)
    return await _page(visit, need, intent, payee, said)


async def again(visit: Visit, intent: Intent, payee: Payee, why: Refused) -> Response:
    """The page anew, for a confirmation that did not serve."""
    return await _page(visit, await _need(visit, intent), intent, payee, why)


async def _need(visit: Visit, intent: Intent) -> Need:
    async with visit.door.database.read() as tx:
        return await confirming.needed(tx, visit.door, visit.caller.principal, intent)


async def _said(visit: Visit, need: Need, intent: Intent) -> Confirmation | Refused | None:
    """What came back with the form; None before anything did. A passkey is two factors."""
    door, principal, form = visit.door, visit.caller.principal, visit.form
    if form.get("answer"):
        return await confirming.by_passkey(door, principal, form.get("asked", ""), form["answer"])
    sent = form.get("confirmation", "") if need.factors == _TWO else ""
    if "pin" not in form or (need.factors == _TWO and not sent):
        return None
    return await confirming.by_pin(door, principal, intent, form["pin"], sent, form.get("code", ""))


async def _page(
    visit: Visit, need: Need, intent: Intent, payee: Payee, why: Refused | None = None
) -> Response:
    """What is confirmed, and the ways to do it. All that was typed before goes along unseen."""
    asked = await confirming.passkey_options(visit.door, visit.caller.principal, intent)
    sent, message = "", ""
    if need.factors == _TWO and _types(visit, asked):
        kept = visit.form.get("confirmation", "")
        sent = kept if why is not None and why.reason not in UNCONFIRMED else ""
        sent, message = sent or await _code(visit, intent), await _shown(visit)
    return visit.shown(
        "confirm.html",
        200 if why is None else REASONS[why.reason].http,
        payee=payee,
        total=intent.amount,
        because=_because(need, intent),
        each_time=intent.kind == intents.STANDING,
        sends=intent.kind in _SENDS,
        passkey=asked,
        types=_types(visit, asked),
        by_code=need.factors == _TWO,
        confirmation=sent,
        message=message,
        kept={name: said for name, said in visit.form.items() if name not in _OURS},
        path=visit.request.url.path,
        why=None if why is None else about_pin(visit, why),
        opens=entering.opens(why),
    )


def _because(need: Need, intent: Intent) -> str:
    """Why it is asked, by the word of the catalogue: nobody is somebody new to themselves."""
    first_cash = need.because == "new_payee" and intent.kind == intents.OWN_CASH
    return "first_cash" if first_cash else need.because


def _types(visit: Visit, asked: Asked | None) -> bool:
    """Whether PIN (and code) are the way: without a passkey, or because somebody chose it."""
    return asked is None or visit.form.get("way") == _BY_CODE or "pin" in visit.form


async def _code(visit: Visit, intent: Intent) -> str:
    principal = visit.caller.principal
    limits_of(visit.request).payment_code(visit.request, principal.id)
    return await confirming.send_code(visit.door, principal, intent, visit.language)


async def _shown(visit: Visit) -> str:
    """The message as a demonstration shows it."""
    if not visit.door.onboarding.show_messages:
        return ""
    async with visit.door.database.read() as tx:
        phone = await credentials.alias_of(tx, visit.caller.principal.id)
        sent = await onboarding.simulated_messages(tx, phone or "", 1)
    return sent[0].text if sent else ""
