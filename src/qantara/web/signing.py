"""Signing in with a key of one's own, and out again. What other ways of coming in share is here:
`opened` gives a browser its session.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access.model import Principal
from qantara.db import Tx
from qantara.edge.calls import recognised
from qantara.errors import Malformed, Reason, Unauthorised
from qantara.web import flow, keeping, rules, safety, visits
from qantara.web.model import Close, Open, Session
from qantara.web.sites import Entrance, Holders, Site
from qantara.web.visits import Visit

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
Admits = Callable[[Principal], bool]


def asked_first(request: Request, site: Site) -> Response:
    """To the door, and from there to the page that was wanted."""
    place = visits.back(request, site)
    query = "" if place == site.path else f"?{urlencode({'next': place})}"
    return visits.gone_on(site, f"{site.path}{SIGN_IN}{query}")


def by_key(admits: Admits, scope: str) -> tuple[tuple[Entrance, ...], Holders]:
    """The doors of a site whose people come in with a key of their own, and who holds sessions
    there: nobody whom the site does not admit. `scope` is what is said to be missing.
    """

    async def ask(request: Request, site: Site) -> Response:
        visit = visits.stranger(request, site)
        return form(visit, visit.asked("next"))

    async def let_in(request: Request, site: Site) -> Response:
        """A key for a session. A wrong key is told where it was typed, and counted."""
        sent, visit = await proved(request, site)
        try:
            found = admitted((await recognised(request, sent.get("key", ""))).principal)
        except Unauthorised as error:
            return form(visit, sent.get("next", ""), error.reason)
        return await opened(visit, found, found.key_id or "", sent.get("next", ""))

    def admitted(found: Principal) -> Principal:
        if not admits(found):
            raise Unauthorised(Reason.KEY_SCOPE, scope=scope)
        return found

    async def holders(
        tx: Tx, sessions: Sequence[Session], now: datetime
    ) -> Mapping[bytes, Principal]:
        found = await access.holders(tx, {each.credential for each in sessions}, now)
        return {
            each.digest: found[each.credential]
            for each in sessions
            if each.credential in found and admits(found[each.credential])
        }

    return (Entrance(SIGN_IN, "GET", ask), Entrance(SIGN_IN, "POST", let_in)), holders


def form(visit: Visit, place: str, reason: Reason | None = None) -> Response:
    """The page where somebody signs in, with what was wrong the last time."""
    status = HTTPStatus.OK if reason is None else HTTPStatus.UNAUTHORIZED
    told = None if reason is None else reason.value
    answer = visit.shown("sign_in.html", status, next=visit.site.inside(place), reason=told)
    return remembered(visit, answer)


def remembered(visit: Visit, answer: Response) -> Response:
    """The answer to a stranger, whose next forms are proved by what it lets the browser keep."""
    safety.keep(answer, visit.site, safety.VISIT, visit.secret, None)
    return answer


async def proved(request: Request, site: Site) -> tuple[dict[str, str], Visit]:
    """What a stranger sent, if it was our form."""
    sent = await visits.sent(request)
    visit = visits.stranger(request, site)
    if visits.unproved(visit, sent):
        raise Malformed(Reason.FORM_UNPROVED)
    return sent, replace(visit, kept=sent.get("kept", ""))


async def opened(visit: Visit, principal: Principal, credential: str, place: str) -> Response:
    """A session for somebody who has shown who they are, and on to where they wanted to go, or to
    what they had typed when their last session ended.
    """
    site, secret = visit.site, secrets.token_urlsafe(32)
    had = safety.remembered(visit.request, safety.SESSION)
    command = Open(
        rules.digest(secret),
        site.name,
        principal,
        credential,
        site.terms.lifetime_seconds,
        rules.digest(had) if had else None,
    )
    kept = await keeping.of_same(visit, principal)
    await site.door.batcher.run(flow.open_sessions, command)
    answer = visits.gone_on(site, place) if kept is None else keeping.again(visit, secret, kept)
    safety.keep(answer, site, safety.SESSION, secret, None)
    safety.drop(answer, site, safety.VISIT)
    return answer


async def let_out(request: Request, site: Site) -> Response:
    sent = await visits.sent(request)
    visit = await visits.signed(request, site, None)
    answer = visits.gone_on(site, f"{site.path}{SIGN_IN}")
    if visit is not None:
        if visits.unproved(visit, sent):
            raise Malformed(Reason.FORM_UNPROVED)
        command = Close(rules.digest(visit.secret), visit.caller.principal, visit.credential)
        await site.door.batcher.run(flow.close_sessions, command)
    safety.drop(answer, site, safety.SESSION)
    return answer
