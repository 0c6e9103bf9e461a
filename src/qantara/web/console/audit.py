"""Who did what, newest first."""

from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access.model import Scope
from qantara.web.console.deciding import names_of
from qantara.web.sites import Page
from qantara.web.visits import Visit

PAGE = 50
_NEWEST = 2**63 - 1


async def show(visit: Visit) -> Response:
    target, last = visit.asked("target"), visit.place("before") or _NEWEST
    async with visit.door.database.read() as tx:
        found = await access.audit(tx, target or None, last, PAGE + 1)
        names = await names_of(tx, [each.entry.actor for each in found])
    older = found[PAGE - 1].sequence if len(found) > PAGE else None
    shown = found[:PAGE]
    return visit.shown("audit.html", records=shown, names=names, older=older, target=target)


PAGES = (Page("audit", "/audit", show, frozenset({Scope.AUDIT_READ}), section="system"),)
