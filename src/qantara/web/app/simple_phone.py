"""A simple phone, simulated: the menus by USSD of whoever is signed in, on the real door."""

import re

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.errors import Malformed, NotFound, Reason
from qantara.parties import flow as parties
from qantara.ussd import flow as ussd
from qantara.ussd.flow import Dialled, Screen
from qantara.web.app import typed
from qantara.web.sites import Page
from qantara.web.visits import Visit

_TEXT, _WORD = 800, 60
_SESSION = re.compile(r"sim_[0-9A-Za-z]{1,64}")


async def show(visit: Visit) -> Response:
    return await _shown(visit, None, "", "")


async def act(visit: Visit) -> Response:
    """Dial, or send what was typed on top of what was typed before."""
    form = visit.form
    if form.get("act") == "dial":
        session, text = visit.caller.new_id("sim"), ""
    else:
        session = form.get("session", "")
        before, word = typed.words(form, "text", _TEXT), typed.words(form, "word", _WORD)
        text = ussd.PARTED.join(each for each in (before, word) if each)
    if not _SESSION.fullmatch(session):
        raise Malformed(Reason.FIELD_INVALID, param="session", value=session)
    dialled = Dialled(visit.caller.principal.id, session, await _phone(visit), text)
    screen = await ussd.answer(visit.request, visit.door, dialled)
    return await _shown(visit, screen, session, text)


async def _phone(visit: Visit) -> str:
    """The caller's own number: nobody dials as somebody else here."""
    owner = visit.caller.acting_for
    async with visit.door.database.read() as tx:
        found = (await parties.customers(tx, [owner]))[0]
    if isinstance(found, NotFound):
        raise found
    return found.phone or ""


async def _shown(visit: Visit, screen: Screen | None, session: str, text: str) -> Response:
    return visit.shown(
        "ussd.html", screen=screen, session=session, typed=text, phone=await _phone(visit)
    )


PAGES = (Page("more", "/ussd", show, frozenset({Scope.REMITTANCES_WRITE}), act=act),)
