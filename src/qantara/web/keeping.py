"""What somebody typed whose session had ended: shown again after they have signed in, never done
without them.
"""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

import msgspec
from fastapi import Request
from fastapi.responses import Response

from qantara.access.model import Principal
from qantara.errors import Malformed, Reason, Unauthorised
from qantara.web import flow, forms, rules, safety
from qantara.web.sites import Site
from qantara.web.visits import Visit

AGAIN = "shown_again"
"""The field that asks for a page with what was typed, and for nothing else."""
_SECRET = frozenset({"answer", "confirmation", "kept", "key", "once", "token", AGAIN})
_LONGEST_BYTES = forms.CAP_BYTES // 4
"""A form carries each byte as three at most, and other fields beside this one."""
_OWN_PAGE = "same-origin"


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form that did nothing: where it was sent, and what was typed in it."""

    path: str
    fields: dict[str, str]


def packed(path: str, form: Mapping[str, str]) -> str:
    """It as one field of another form; empty where it is too long for that."""
    text = msgspec.json.encode(Kept(path, _typed(form)))
    return text.decode() if len(text) <= _LONGEST_BYTES else ""


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    """Without what proves the form or the person: that is asked for anew."""
    return {
        name: said
        for name, said in form.items()
        if name not in _SECRET and not name.startswith("pin")
    }


def _unpacked(site: Site, text: str) -> Kept | None:
    try:
        found = msgspec.json.decode(text, type=Kept)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    return found if site.inside(found.path) == found.path else None


async def signed_out(request: Request, site: Site, form: forms.Form) -> Response:
    """Ask to sign in, on a page that holds what was typed; `Unauthorised` where that is too long,
    or where the form was not given to this browser: nobody else's words are laid before anybody.
    """
    secret = safety.remembered(request, safety.SESSION)
    is_ours = rules.proves(secret, form.get("token", "")) and await _holder(site, secret)
    kept = packed(request.url.path, form) if is_ours else ""
    if not kept:
        raise Unauthorised(Reason.SESSION_ENDED)
    request.state.kept = kept
    way_in = next(each for each in site.kind.doors if (each.path, each.method) == _WAY_IN)
    answer = await way_in.answer(request, site)
    answer.status_code = HTTPStatus.UNAUTHORIZED
    return answer


_WAY_IN = ("/sign-in", "GET")


async def _holder(site: Site, secret: str) -> str:
    """Whose session it is or was; empty for one that nobody knows."""
    if not secret:
        return ""
    async with site.door.database.read() as tx:
        found = await flow.sessions(tx, [rules.digest(secret)], site.name)
    return found[0].principal_id if found else ""


async def of_same(visit: Visit, principal: Principal) -> Kept | None:
    """What this very person had typed in this browser before they were signed out."""
    if not visit.kept:
        return None
    had = safety.remembered(visit.request, safety.SESSION)
    mine = await _holder(visit.site, had) == principal.id
    return _unpacked(visit.site, visit.kept) if mine else None


def again(visit: Visit, secret: str, kept: Kept) -> Response:
    """Signed in, with a way back to what was typed: it is looked at before it does anything."""
    return _page(replace(visit, secret=secret), kept, HTTPStatus.OK)


def out_of_date(visit: Visit, form: forms.Form) -> Response:
    """A form of a page of ours, from before this session: shown again. Whether it is from a page
    of ours the browser says; `Malformed` where it does not.
    """
    if visit.request.headers.get("sec-fetch-site") != _OWN_PAGE:
        raise Malformed(Reason.FORM_UNPROVED)
    kept = Kept(visit.request.url.path, _typed(form))
    return _page(visit, kept, HTTPStatus.FORBIDDEN)


def _page(visit: Visit, kept: Kept, status: HTTPStatus) -> Response:
    return visit.shown("kept.html", status, was=kept, again=AGAIN)


def asked_again(form: forms.Form) -> forms.Form | None:
    """What was typed, where its page is asked for with it; nothing is done then."""
    if AGAIN not in form:
        return None
    return forms.Form(_typed(form))
