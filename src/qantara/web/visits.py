"""One request of one person: who they are, in which words, and what they may see."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from qantara import texts
from qantara.access import flow as access
from qantara.access.model import Principal, Scope
from qantara.edge.calls import Call, counted
from qantara.edge.door import Door
from qantara.errors import QantaraError, Reason, Refused, Unauthorised
from qantara.reasons import REASONS
from qantara.texts import Language
from qantara.web import flow, forms, rules, safety
from qantara.web.model import Terms
from qantara.web.rendering import render
from qantara.web.words import Words, words

_DIGITS = 18
_SEEN_PART = 10
"""A session in use is noted whenever a tenth of its idle time has gone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the console. Who holds one of the scopes sees it, with none everybody who is
    signed in; with a `section` it stands in the menu.
    """

    name: str
    path: str
    show: "Callable[[Visit], Awaitable[Response]]"
    scopes: frozenset[Scope] = frozenset()
    section: str = ""
    act: "Callable[[Visit], Awaitable[Response]] | None" = None

    def is_for(self, principal: Principal) -> bool:
        return not self.scopes or not self.scopes.isdisjoint(principal.scopes)


@dataclass(frozen=True, slots=True)
class Console:
    """What all pages of one institution share."""

    door: Door
    terms: Terms
    pages: tuple[Page, ...]
    kept: dict[str, Any] = field(default_factory=dict)

    def menu(self, principal: Principal) -> dict[str, list[Entry]]:
        """The pages this person may see, by section."""
        found: dict[str, list[Entry]] = {}
        for page in self.pages:
            if page.section and page.is_for(principal):
                entry = Entry(page.name, safety.PATH + page.path)
                found.setdefault(page.section, []).append(entry)
        return found


@dataclass(frozen=True, slots=True)
class Visit:
    """`secret` is what the browser's forms are proved by; `call` is empty until somebody has
    signed in, `page` where none is shown. `form` are the fields that were sent.
    """

    request: Request
    console: Console
    language: Language
    secret: str
    call: Call | None = None
    page: Page | None = None
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        return words(self.language)

    @property
    def door(self) -> Door:
        return self.console.door

    @property
    def caller(self) -> Call:
        if self.call is None:
            raise Unauthorised(Reason.KEY_INVALID)
        return self.call

    def asked(self, name: str) -> str:
        """A word of the query, of a length that nobody minds."""
        return self.request.query_params.get(name, "").strip()[:200]

    def place(self, name: str) -> int | None:
        """A place in a list, as a link of ours says it."""
        text = self.asked(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None

    def holds(self, scope: Scope) -> bool:
        return self.call is not None and scope in self.call.principal.scopes

    def told(self, error: QantaraError | Refused) -> Response:
        """What cannot be done, as a page."""
        facts = {name: str(value) for name, value in error.facts.items()}
        return self.shown(
            "problem.html",
            REASONS[error.reason].http,
            reason=error.reason.value,
            facts=facts,
            request_id=str(self.request.scope["state"]["request_id"]),
            citation=error.citation if isinstance(error, Refused) else "",
        )

    def shown(self, template: str, status: int = 200, **context: Any) -> Response:
        principal = None if self.call is None else self.call.principal
        told = {
            "visit": self,
            "node": self.door.node,
            "principal": principal,
            "menu": {} if principal is None else self.console.menu(principal),
            "here": "" if self.page is None else self.page.name,
            "theme": theme(self.request),
            "token": rules.token(self.secret),
            "back": back(self.request),
            "now": self.door.clock(),
        }
        return HTMLResponse(render(self.language, template, told | context), status)


def theme(request: Request) -> str:
    chosen = safety.remembered(request, safety.THEME)
    return chosen if chosen in {"light", "dark"} else "auto"


def back(request: Request) -> str:
    """This very page, to come back to."""
    query = request.url.query
    return safety.inside(f"{request.url.path}?{query}" if query else request.url.path)


def language_of(request: Request) -> Language:
    """What the person chose, or what the browser asks for."""
    chosen = safety.remembered(request, safety.LANGUAGE)
    if chosen in set(Language):
        return Language(chosen)
    return texts.best_language(request.headers.get("accept-language", ""))


def stranger(request: Request, console: Console) -> Visit:
    """A visit of nobody in particular: of forms it sends only those that it was given."""
    secret = safety.remembered(request, safety.VISIT) or secrets.token_urlsafe(32)
    return Visit(request, console, language_of(request), secret)


async def signed(request: Request, console: Console, page: Page | None) -> Visit | None:
    """A visit of whoever is signed in; None for anybody else."""
    secret, door = safety.remembered(request, safety.SESSION), console.door
    if not secret:
        return None
    digest, now = rules.digest(secret), door.clock()
    async with door.database.read() as tx:
        session = await flow.session(tx, digest)
        if session is None or not rules.is_open(session, console.terms, now):
            return None
        holder = (await access.holders(tx, [session.key_id], now)).get(session.key_id)
    if holder is None or not rules.is_staff(holder):
        return None
    counted(request, holder)
    if now - session.seen_at >= timedelta(seconds=console.terms.idle_seconds / _SEEN_PART):
        await door.batcher.run(flow.seen, digest)
    return Visit(request, console, language_of(request), secret, Call(door, holder, now), page)


def unproved(visit: Visit, form: Mapping[str, str]) -> bool:
    """Whether a form was not given to this browser by us."""
    return not rules.proves(visit.secret, form.get("token", ""))


async def sent(request: Request) -> dict[str, str]:
    return await forms.read(request)


def gone_on(place: str) -> Response:
    """On to another page, by GET."""
    return RedirectResponse(safety.inside(place), 303)
