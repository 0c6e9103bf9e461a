"""Coming in: with a phone and a PIN, or with a key of one's own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response

from qantara import clock
from qantara.access.model import Principal
from qantara.db import Tx
from qantara.edge import signing_in
from qantara.edge.calls import recognised
from qantara.edge.door import Door
from qantara.edge.limits import limits_of
from qantara.errors import QantaraError, Reason, Refused, Unauthorised
from qantara.onboarding import flow as onboarding
from qantara.reasons import REASONS
from qantara.web import rules, safety, signing, visits
from qantara.web.model import Session
from qantara.web.objections import objection
from qantara.web.sites import Entrance, Site
from qantara.web.visits import Visit

_BY_KEY = signing.by_key(rules.is_customer, "customer")[1]
_OWN = ("pin_", "pky_")
JOINED = "qantara_joined"
"""Under this name the browser keeps, for a while, with which phone an account was opened in it."""


def is_own(credential: str) -> bool:
    """Whether somebody came in as a person, with a PIN or a passkey, and not with a key."""
    return credential.startswith(_OWN)


async def holders(tx: Tx, sessions: Sequence[Session], now: datetime) -> Mapping[bytes, Principal]:
    """Who each session stands for now: by what let them in."""
    own = [each for each in sessions if is_own(each.credential)]
    by_key = [each for each in sessions if not is_own(each.credential)]
    standing = await onboarding.standing(tx, [each.credential for each in own])
    found = {each.digest: standing[each.credential] for each in own if each.credential in standing}
    return found if not by_key else {**found, **await _BY_KEY(tx, by_key, now)}


async def ask(request: Request, site: Site) -> Response:
    visit = visits.stranger(request, site)
    phone = safety.remembered(request, JOINED)
    return _form(visit, {"next": visit.asked("next"), "phone": phone})


async def let_in(request: Request, site: Site) -> Response:
    """A session for whoever proves to be a customer. What was wrong is told where it was typed,
    and never whether anybody has the number.
    """
    sent, visit = await signing.proved(request, site)
    if sent.get("key"):
        return await _by_key(visit, sent)
    limits_of(request).public(request)
    if sent.get("act") == "passkey" and not sent.get("answer"):
        asked = await signing_in.passkey_options(site.door)
        place = site.inside(sent.get("next", ""))
        return signing.remembered(visit, visit.shown("passkey_in.html", asked=asked, next=place))
    found = await _proved(site.door, sent)
    if isinstance(found, Refused):
        return _form(visit, sent, found)
    return await signing.opened(visit, found, found.key_id or "", sent.get("next", ""))


async def _proved(door: Door, sent: Mapping[str, str]) -> Principal | Refused:
    answer = sent.get("answer")
    if answer:
        return await signing_in.by_passkey(door, sent.get("asked", ""), answer)
    return await signing_in.by_pin(door, sent.get("phone", ""), sent.get("pin", ""))


async def _by_key(visit: Visit, sent: Mapping[str, str]) -> Response:
    try:
        found = _customer((await recognised(visit.request, sent["key"])).principal)
    except Unauthorised as error:
        return _form(visit, sent, error)
    return await signing.opened(visit, found, found.key_id or "", sent.get("next", ""))


def _customer(found: Principal) -> Principal:
    if not rules.is_customer(found):
        raise Unauthorised(Reason.KEY_SCOPE, scope="customer")
    return found


def _form(
    visit: Visit, sent: Mapping[str, str], error: QantaraError | Refused | None = None
) -> Response:
    status = HTTPStatus.OK if error is None else REASONS[error.reason].http
    if isinstance(error, Unauthorised):
        status = HTTPStatus.UNAUTHORIZED
    answer = visit.shown(
        "sign_in.html",
        status,
        next=visit.site.inside(sent.get("next", "")),
        phone=sent.get("phone", "")[: signing_in.ALIAS_LONGEST],
        by_key=bool(sent.get("key")),
        why=None if error is None else objection(visit, error),
        opens=opens(error),
    )
    return signing.remembered(visit, answer)


def opens(error: QantaraError | Refused | None) -> datetime | None:
    """When it opens again, where too many wrong answers have locked it."""
    told = None if error is None else error.facts.get("opens_at")
    return None if told is None else clock.from_text(str(told))


DOORS = (Entrance(signing.SIGN_IN, "GET", ask), Entrance(signing.SIGN_IN, "POST", let_in))
