"""The routes of the console: who is asked to sign in, what is proved, how failures are told."""

import hashlib
from collections.abc import Awaitable, Callable
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
from qantara.web import manner, safety, signing, statics, visits
from qantara.web.console.registry import PAGES
from qantara.web.model import Terms
from qantara.web.visits import Console, Page, Visit

_Endpoint = Callable[[Request], Awaitable[Response]]
_Act = Callable[[Request, Console], Awaitable[Response]]


def join(app: FastAPI, door: Door, terms: Terms | None = None) -> None:
    """Give an institution's app its console, below /console."""
    console = Console(door, terms or Terms(), PAGES)
    routes = [
        _route(console, "/sign-in", "GET", signing.ask),
        _route(console, "/sign-in", "POST", signing.let_in),
        _route(console, "/sign-out", "POST", signing.let_out),
        _route(console, "/manner", "POST", manner.choose),
    ]
    for page in PAGES:
        routes.append(_route(console, page.path, "GET", partial(_show, page)))
        if page.act is not None:
            routes.append(_route(console, page.path, "POST", partial(_act, page)))
    routes.append(_route(console, "/{path:path}", "GET", _nowhere))
    app.router.routes.append(Route(statics.PREFIX + "{name}", statics.serve, methods=["GET"]))
    app.router.routes.extend(routes)


def _route(console: Console, path: str, method: str, act: _Act) -> Route:
    return Route(safety.PATH + path, _guarded(console, act), methods=[method])


def _guarded(console: Console, act: _Act) -> _Endpoint:
    """An endpoint whose every answer, failures with it, is a page with its guards."""

    async def endpoint(request: Request) -> Response:
        def worded(_request: Request, error: QantaraError | Refused) -> Response:
            return _problem(request, console, error)

        request.scope["state"][WORDED] = worded
        try:
            return safety.guard(await act(request, console), console.terms)
        except QantaraError as error:
            return worded(request, error)

    return endpoint


async def _show(page: Page, request: Request, console: Console) -> Response:
    visit = await visits.signed(request, console, page)
    if visit is None:
        return signing.asked_first(request)
    request.state.visit = visit
    if not page.is_for(visit.caller.principal):
        raise Unauthorised(Reason.KEY_SCOPE, scope=", ".join(sorted(page.scopes)))
    return await page.show(visit)


async def _act(page: Page, request: Request, console: Console) -> Response:
    """Do what a form asks, once: its `once` stands for the wish, however often it is sent."""
    form = await visits.sent(request)
    visit = await visits.signed(request, console, page)
    if visit is None:
        raise Unauthorised(Reason.SESSION_ENDED)
    request.state.visit = visit
    if visits.unproved(visit, form):
        raise Malformed(Reason.FORM_UNPROVED)
    if not page.is_for(visit.caller.principal):
        raise Unauthorised(Reason.KEY_SCOPE, scope=", ".join(sorted(page.scopes)))
    said = "\n".join(f"{name}={form[name]}" for name in sorted(form) if name != "token")
    digest = hashlib.sha256(f"{request.url.path}\n{said}".encode()).digest()
    call = replace(visit.caller, key=form.get("once", ""), digest=digest)
    if page.act is None:
        raise Malformed(Reason.METHOD_NOT_ALLOWED)
    return await page.act(replace(visit, call=call, form=form))


async def _nowhere(request: Request, console: Console) -> Response:
    request.state.visit = await visits.signed(request, console, None)
    raise Malformed(Reason.ROUTE_NOT_FOUND)


def _problem(request: Request, console: Console, error: QantaraError | Refused) -> Response:
    """What happened and what to do, on a page of the reader's language."""
    visit = getattr(request.state, "visit", None)
    if not isinstance(visit, Visit):
        visit = visits.stranger(request, console)
    answer = visit.told(error)
    if isinstance(error, Limited):
        answer.headers["Retry-After"] = str(error.facts["seconds"])
    return safety.guard(answer, console.terms)
