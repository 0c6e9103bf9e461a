"""One request of one person: who they are, in which words, and what they may see."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from qantara import texts
from qantara.access.model import Principal, Scope
from qantara.db import Tx
from qantara.edge.calls import Call, counted
from qantara.edge.door import Door
from qantara.errors import QantaraError, Reason, Refused, Unauthorised
from qantara.reasons import REASONS
from qantara.texts import Language
from qantara.web import flow, forms, rules, safety
from qantara.web.model import Session
from qantara.web.rendering import render
from qantara.web.sites import Page, Site
from qantara.web.words import Words, words

BY_ITSELF = "qantara-by-itself"
_DIGITS = 18
_SEEN_PART = 10
"""A session in use is noted whenever a tenth of its idle time has gone."""


@dataclass(frozen=True, slots=True)
class Visit:
    """`secret` is what the browser's forms are proved by; `call` is empty until somebody has
    signed in, `page` where none is shown. `credential` let them in. `form` are the fields that
    were sent; `kept` those of a form whose session had ended, until this browser is signed in.
    """

    request: Request
    site: Site
    language: Language
    secret: str
    call: Call | None = None
    page: Page | None = None
    credential: str = ""
    form: forms.Form = field(default_factory=lambda: forms.Form({}))
    kept: str = ""

    @property
    def words(self) -> Words:
        return words(self.language)

    @property
    def door(self) -> Door:
        return self.site.door

    @property
    def caller(self) -> Call:
        if self.call is None:
            raise Unauthorised(Reason.KEY_INVALID)
        return self.call

    @property
    def said(self) -> Mapping[str, str]:
        """What the fields of a page begin with: what was typed in them, or what a link says."""
        return self.form or dict(self.request.query_params)

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
            "site": self.site,
            "frame": f"{self.site.name}/frame.html",
            "menu": {} if principal is None else self.site.menu(principal),
            "here": "" if self.page is None else self.page.name,
            "theme": theme(self.request),
            "token": rules.token(self.secret),
            "back": back(self.request, self.site),
            "now": self.door.clock(),
            "live": None,
        }
        page = render(self.language, self.site.name, template, told | context)
        return HTMLResponse(page, status)


def theme(request: Request) -> str:
    chosen = safety.remembered(request, safety.THEME)
    return chosen if chosen in {"light", "dark"} else "auto"


def back(request: Request, site: Site) -> str:
    """This very page, to come back to."""
    query = request.url.query
    return site.inside(f"{request.url.path}?{query}" if query else request.url.path)


def language_of(request: Request) -> Language:
    """What the person chose, or what the browser asks for."""
    chosen = safety.remembered(request, safety.LANGUAGE)
    if chosen in set(Language):
        return Language(chosen)
    return texts.best_language(request.headers.get("accept-language", ""))


def stranger(request: Request, site: Site) -> Visit:
    """A visit of nobody in particular: of forms it sends only those that it was given."""
    secret = safety.remembered(request, safety.VISIT) or secrets.token_urlsafe(32)
    kept = getattr(request.state, "kept", "")
    return Visit(request, site, language_of(request), secret, kept=kept)


async def signed(
    request: Request, site: Site, page: Page | None, *, by_person: bool = True
) -> Visit | None:
    """A visit of whoever is signed in; None for anybody else."""
    secret, door = safety.remembered(request, safety.SESSION), site.door
    if not secret:
        return None
    digest, now = rules.digest(secret), door.clock()
    async with door.database.read() as tx:
        found = await flow.sessions(tx, [digest], site.name)
        holder = (await standing(tx, site, found, now)).get(digest)
    if holder is None:
        return None
    session = found[0]
    counted(request, holder)
    unseen = now - session.seen_at >= timedelta(seconds=site.terms.idle_seconds / _SEEN_PART)
    if unseen and by_person and not by_itself(request):
        await door.batcher.run(flow.seen, digest)
    call, language = Call(door, holder, now), language_of(request)
    return Visit(request, site, language, secret, call, page, session.credential)


async def standing(
    tx: Tx, site: Site, sessions: Sequence[Session], now: datetime
) -> Mapping[bytes, Principal]:
    """Who sessions stand for, by digest; those that have ended are left out."""
    still = [each for each in sessions if rules.is_open(each, site.terms, now)]
    return await site.kind.holders(tx, still, now) if still else {}


def by_itself(request: Request) -> bool:
    """Whether a page asked and no person: what moves by itself keeps nobody signed in."""
    return BY_ITSELF in request.headers


def unproved(visit: Visit, form: Mapping[str, str]) -> bool:
    """Whether a form was not given to this browser by us."""
    return not rules.proves(visit.secret, form.get("token", ""))


async def sent(request: Request, cap_bytes: int = forms.CAP_BYTES) -> forms.Form:
    return await forms.read(request, cap_bytes)


def gone_on(site: Site, place: str) -> Response:
    """On to another page of the site, by GET."""
    return RedirectResponse(site.inside(place), 303)
