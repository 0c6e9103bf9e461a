"""Signing in with a key of one's own, and out again."""

import secrets
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from qantara.edge.calls import Call, recognised
from qantara.errors import Malformed, Reason, Unauthorised
from qantara.web import flow, rules, safety, visits
from qantara.web.model import Close, Open
from qantara.web.visits import Console, Visit


def asked_first(request: Request) -> Response:
    """To the door, and from there to the page that was wanted."""
    place = visits.back(request)
    query = "" if place == safety.PATH else f"?{urlencode({'next': place})}"
    return visits.gone_on(f"{safety.PATH}/sign-in{query}")


async def ask(request: Request, console: Console) -> Response:
    visit = visits.stranger(request, console)
    return _form(visit, visit.asked("next"))


def _form(visit: Visit, place: str, reason: Reason | None = None) -> Response:
    status = HTTPStatus.OK if reason is None else HTTPStatus.UNAUTHORIZED
    told = None if reason is None else reason.value
    answer = visit.shown("sign_in.html", status, next=safety.inside(place), reason=told)
    safety.keep(answer, visit.console.terms, safety.VISIT, visit.secret, None)
    return answer


async def let_in(request: Request, console: Console) -> Response:
    """A key for a session. A wrong key is told where it was typed, and counted."""
    form = await visits.sent(request)
    visit = visits.stranger(request, console)
    if visits.unproved(visit, form):
        raise Malformed(Reason.FORM_UNPROVED)
    try:
        call = await _staff(request, form.get("key", ""))
    except Unauthorised as error:
        return _form(visit, form.get("next", ""), error.reason)
    secret = secrets.token_urlsafe(32)
    had = safety.remembered(request, safety.SESSION)
    command = Open(
        rules.digest(secret),
        call.principal,
        console.terms.lifetime_seconds,
        rules.digest(had) if had else None,
    )
    await console.door.batcher.run(flow.open_sessions, command)
    answer = visits.gone_on(form.get("next", ""))
    safety.keep(answer, console.terms, safety.SESSION, secret, None)
    safety.drop(answer, safety.VISIT)
    return answer


async def _staff(request: Request, key: str) -> Call:
    call = await recognised(request, key)
    if not rules.is_staff(call.principal):
        raise Unauthorised(Reason.KEY_SCOPE, scope="staff")
    return call


async def let_out(request: Request, console: Console) -> Response:
    form = await visits.sent(request)
    visit = await visits.signed(request, console, None)
    answer = visits.gone_on(f"{safety.PATH}/sign-in")
    if visit is not None:
        if visits.unproved(visit, form):
            raise Malformed(Reason.FORM_UNPROVED)
        command = Close(rules.digest(visit.secret), visit.caller.principal)
        await console.door.batcher.run(flow.close_sessions, command)
    safety.drop(answer, safety.SESSION)
    return answer
