"""The place where a payment asks for a further proof of who sends it."""

from typing import NamedTuple

from fastapi.responses import Response

from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import Consume, Intent, Need
from qantara.edge import confirming
from qantara.edge.limits import limits_of
from qantara.errors import Reason, Refused
from qantara.money import Money
from qantara.onboarding import flow as onboarding
from qantara.payees.model import PayeeCheck
from qantara.reasons import REASONS
from qantara.web.app import entering
from qantara.web.app.objections import about_pin
from qantara.web.app.payee_of import Payee, payee_of
from qantara.web.visits import Visit

UNCONFIRMED = frozenset(
    {
        Reason.CONFIRMATION_EXPIRED,
        Reason.CONFIRMATION_MISMATCH,
        Reason.CONFIRMATION_MISSING,
        Reason.CONFIRMATION_USED,
        Reason.CONFIRMATION_WRONG,
    }
)
"""Refusals that leave the payment as it was: it can be confirmed anew."""
_OURS = frozenset({"token", "once", "pin", "code", "confirmation"})
_TWO = 2


class Paid(NamedTuple):
    """Who is paid: the words that stand for them in a confirmation, and how a page shows them."""

    key: str
    payee: Payee

    @classmethod
    def by(cls, check: PayeeCheck) -> "Paid":
        return cls(f"{check.country}/{check.address_type}/{check.address}", payee_of(check))


async def asked_for(
    visit: Visit, kind: str, reference: str, total: Money, to: PayeeCheck | Paid
) -> Response | Consume | None:
    """The page that asks for the proof of this very payment, or the proof to use up with it; None
    where none is needed.

    `kind` is `remittance` or `transfer`, `reference` the quote's id or the transfer's, `total`
    all that leaves the account. What is confirmed follows from our own records and never from
    what the form says of them. People who come in by key have shown all that they have.
    """
    if not entering.is_own(visit.credential):
        return None
    door, principal, form = visit.door, visit.caller.principal, visit.form
    paid = to if isinstance(to, Paid) else Paid.by(to)
    intent = _intent(kind, reference, total, paid)
    async with door.database.read() as tx:
        need = await confirming.needed(tx, door, principal, intent)
    if not need.required:
        return None
    sent = form.get("confirmation", "") if need.factors == _TWO else ""
    if "pin" not in form or (need.factors == _TWO and not sent):
        return await _page(visit, need, intent, paid)
    said = await confirming.by_pin(door, principal, intent, form["pin"], sent, form.get("code", ""))
    if isinstance(said, Refused):
        return await _page(visit, need, intent, paid, said)
    return Consume(principal, said.id, intent)


async def again(
    visit: Visit, kind: str, reference: str, total: Money, to: PayeeCheck | Paid, why: Refused
) -> Response:
    """The page anew, for a confirmation that did not serve."""
    paid = to if isinstance(to, Paid) else Paid.by(to)
    intent = _intent(kind, reference, total, paid)
    async with visit.door.database.read() as tx:
        need = await confirming.needed(tx, visit.door, visit.caller.principal, intent)
    return await _page(visit, need, intent, paid, why)


def _intent(kind: str, reference: str, total: Money, paid: Paid) -> Intent:
    return Intent(kind, reference, total, paid.key, paid.payee.name)


async def _page(
    visit: Visit, need: Need, intent: Intent, paid: Paid, why: Refused | None = None
) -> Response:
    """What is confirmed, and the fields for it. All that was typed before goes along unseen."""
    sent, message = "", ""
    if need.factors == _TWO:
        kept = visit.form.get("confirmation", "")
        sent = kept if why is not None and why.reason not in UNCONFIRMED else ""
        sent, message = sent or await _code(visit, intent), await _shown(visit)
    return visit.shown(
        "confirm.html",
        200 if why is None else REASONS[why.reason].http,
        payee=paid.payee,
        total=intent.amount,
        because=need.because,
        confirmation=sent,
        message=message,
        kept={name: said for name, said in visit.form.items() if name not in _OURS},
        path=visit.request.url.path,
        why=None if why is None else about_pin(visit, why),
        opens=entering.opens(why),
    )


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
