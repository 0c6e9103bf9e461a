"""Every message that came in or went out, each with its bytes as they were, and every event."""

import re
from urllib.parse import quote

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.db import Tx, events, letters
from qantara.db.letters import Letter, Whole
from qantara.errors import NotFound, Reason
from qantara.web.console.viewing import is_xml, opened
from qantara.web.sites import Page
from qantara.web.visits import Visit

PAGE = 50
_UETR = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BETWEEN = "~"
"""Stands between sender and key in the cursor of what came in; no name of a role has it."""


async def show_all(visit: Visit) -> Response:
    """What went out, what came in, what waits, or all about one payment."""
    way, wanted = visit.asked("way") or "out", visit.asked("q").lower()
    async with visit.door.database.read() as tx:
        if wanted:
            known = _UETR.fullmatch(wanted) is not None
            found, older = (await letters.about(tx, wanted) if known else []), ""
        else:
            found, older = await _page(tx, visit, way)
    return visit.shown("messages.html", letters=found, way=way, wanted=wanted, older=older)


async def _page(tx: Tx, visit: Visit, way: str) -> tuple[list[Letter], str]:
    """A page of letters, and where the next one begins."""
    if way == "waiting":
        return await letters.undelivered(tx, PAGE), ""
    if way == "in":
        sender, between, key = visit.asked("before").partition(_BETWEEN)
        found = await letters.received(tx, (sender, key) if between else None, PAGE + 1)
    else:
        found = await letters.sent(tx, visit.place("before"), PAGE + 1)
    if len(found) <= PAGE:
        return found, ""
    last = found[PAGE - 1]
    place = f"{last.peer}{_BETWEEN}{last.place}" if way == "in" else last.place
    return found[:PAGE], quote(place)


async def show(visit: Visit) -> Response:
    whole = await _whole(visit)
    return visit.shown("message.html", message=opened(visit, whole))


async def fetch(visit: Visit) -> Response:
    """The very bytes, as they were sent or as they came."""
    whole = await _whole(visit)
    kind, ending = ("application/xml", "xml") if is_xml(whole.raw) else ("text/plain", "txt")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", f"{whole.letter.name}-{whole.letter.key}")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(whole.raw, media_type=kind, headers=headers)


async def _whole(visit: Visit) -> Whole:
    said = visit.request.path_params
    way, peer, place = str(said["way"]), str(said["peer"]), str(said["place"])
    async with visit.door.database.read() as tx:
        found = await _found(tx, way, peer, place)
    if found is None or found.letter.peer != peer:
        raise NotFound(Reason.ROUTE_NOT_FOUND, path=f"{way}/{peer}/{place}")
    return found


async def _found(tx: Tx, way: str, peer: str, place: str) -> Whole | None:
    if way == "in":
        return await letters.whole_received(tx, peer, place)
    if way == "out" and place.isascii() and place.isdigit() and len(place) <= _DIGITS:
        return await letters.whole_sent(tx, int(place))
    return None


_DIGITS = 18


async def show_events(visit: Visit) -> Response:
    """What became of what, newest first, or all that became of one thing."""
    wanted, before = visit.asked("q"), visit.place("before")
    async with visit.door.database.read() as tx:
        if wanted:
            found = list(reversed(await events.of(tx, wanted)))
        else:
            found = await events.before(tx, before, PAGE + 1)
    older = found[PAGE - 1].sequence if not wanted and len(found) > PAGE else None
    shown = found if wanted else found[:PAGE]
    return visit.shown("events.html", happened=shown, wanted=wanted, older=older)


_READ = frozenset({Scope.REMITTANCES_READ})
PAGES = (
    Page("messages", "/messages", show_all, _READ, section="system"),
    Page("messages", "/messages/{way}/{peer}/{place}", show, _READ),
    Page("messages", "/messages/{way}/{peer}/{place}/raw", fetch, _READ),
    Page("events", "/events", show_events, _READ, section="system"),
)
