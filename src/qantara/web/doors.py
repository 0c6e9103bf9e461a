"""The routes of the sites: who is asked to sign in, what is proved, how failures are told."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.routing import Route

from qantara.edge.boundary import WORDED
from qantara.edge.door import Door
from qantara.errors import (
    Limited,
    Malformed,
    QantaraError,
    Reason,
    Refused,
    Unauthorised,
)
from qantara.web import forms, keeping, live, manner, safety, signing, statics, visits
from qantara.web.kinds import SITES
from qantara.web.model import Terms
from qantara.web.sites import Answer, Page, Site
from qantara.web.visits import Visit

_Endpoint = Callable[[Request], Awaitable[Response]]


def join(app: FastAPI, door: Door, terms: Mapping[str, Terms]) -> None:
    """Give an institution's app its sites, each below its path, on its terms by name."""
    app.router.routes.append(Route(statics.PREFIX + "{name}", statics.serve, methods=["GET"]))
    for kind in SITES:
        app.router.routes.extend(_routes(Site(kind, door, terms.get(kind.name, Terms()))))


def _routes(site: Site) -> list[Route]:
    routes = [_route(site, each.path, each.method, each.answer) for each in site.kind.doors]
    routes.append(_route(site, signing.SIGN_OUT, "POST", signing.let_out))
    routes.append(_route(site, "/manner", "POST", manner.choose))
    routes.append(_route(site, live.PATH, "GET", live.stream))
    for page in site.kind.pages:
        routes.append(_route(site, page.path, "GET", partial(_show, page)))
        if page.act is not None:
            routes.append(_route(site, page.path, "POST", partial(_act, page)))
    routes.append(_route(site, "/{path:path}", "GET", _nowhere))
    return routes


def _route(site: Site, path: str, method: str, answer: Answer) -> Route:
    return Route(site.path + path, _guarded(site, answer), methods=[method])


def _guarded(site: Site, answer: Answer) -> _Endpoint:
    """An endpoint whose every answer, failures with it, is a page with its guards."""

    async def endpoint(request: Request) -> Response:
        def worded(_request: Request, error: QantaraError | Refused) -> Response:
            return _problem(request, site, error)

        request.scope["state"][WORDED] = worded
        try:
            return safety.guard(await answer(request, site), site)
        except QantaraError as error:
            return worded(request, error)

    return endpoint


async def _show(page: Page, request: Request, site: Site) -> Response:
    visit = await visits.signed(request, site, page)
    if visit is None and visits.by_itself(request):
        raise Unauthorised(Reason.SESSION_ENDED)
    if visit is None:
        return signing.asked_first(request, site)
    request.state.visit = visit
    if not page.is_for(visit.caller.principal):
        raise Unauthorised(Reason.KEY_SCOPE, scope=", ".join(sorted(page.scopes)))
    return _permitted(page, await page.show(visit))


async def _act(page: Page, request: Request, site: Site) -> Response:
    """Do what a form asks, once: its `once` stands for the wish, however often it is sent."""
    visit = await visits.signed(request, site, page)
    form = await visits.sent(request, page.cap_bytes if visit is not None else forms.CAP_BYTES)
    if visit is None:
        return await keeping.signed_out(request, site, form)
    request.state.visit = visit
    if visits.unproved(visit, form):
        return keeping.out_of_date(visit, form)
    if not page.is_for(visit.caller.principal):
        raise Unauthorised(Reason.KEY_SCOPE, scope=", ".join(sorted(page.scopes)))
    typed = keeping.asked_again(form)
    if typed is not None:
        return await page.show(replace(visit, form=typed))
    said = "\n".join(f"{name}={form[name]}" for name in sorted(form) if name != "token")
    said += "".join(f"\n{n}={hashlib.sha256(raw).hexdigest()}" for n, raw in form.files.items())
    digest = hashlib.sha256(f"{request.url.path}\n{said}".encode()).digest()
    call = replace(visit.caller, key=form.get("once", ""), digest=digest)
    if page.act is None:
        raise Malformed(Reason.METHOD_NOT_ALLOWED)
    return _permitted(page, await page.act(replace(visit, call=call, form=form)))


def _permitted(page: Page, answer: Response) -> Response:
    if page.permissions:
        answer.headers["Permissions-Policy"] = page.permissions
    return answer


async def _nowhere(request: Request, site: Site) -> Response:
    request.state.visit = await visits.signed(request, site, None)
    raise Malformed(Reason.ROUTE_NOT_FOUND)


def _problem(request: Request, site: Site, error: QantaraError | Refused) -> Response:
    """What happened and what to do, on a page of the reader's language."""
    visit = getattr(request.state, "visit", None)
    if not isinstance(visit, Visit):
        visit = visits.stranger(request, site)
    answer = visit.told(error)
    if isinstance(error, Limited):
        answer.headers["Retry-After"] = str(error.facts["seconds"])
    return safety.guard(answer, site)
