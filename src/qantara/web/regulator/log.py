"""What this authority looked at. The institution sees the same."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.supervision import flow
from qantara.web.sites import Page
from qantara.web.visits import Visit

PAGE = 50


async def show(visit: Visit) -> Response:
    own = visit.caller.principal.subject or ""
    async with visit.door.database.read() as tx:
        found = await flow.access_log(tx, [own], visit.place("before"), PAGE + 1)
    older = found[PAGE - 1].sequence if len(found) > PAGE else None
    return visit.shown("log.html", records=found[:PAGE], older=older, authority=own)


PAGES = (Page("log", "/log", show, frozenset({Scope.SUPERVISION_READ}), section="work"),)
