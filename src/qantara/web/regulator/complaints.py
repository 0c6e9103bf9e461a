"""Complaints: by kind and by who made them, and what waits for too long."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.supervision import flow
from qantara.web.regulator.spans import LENGTHS, span_of
from qantara.web.sites import Page
from qantara.web.visits import Visit

_DAYS = 30


async def show(visit: Visit) -> Response:
    span = span_of(visit, _DAYS)
    async with visit.door.database.read() as tx:
        found = await flow.complaints(tx, span.first, span.last, visit.caller.now)
    return visit.shown("complaints.html", found=found, span=span, lengths=LENGTHS)


PAGES = (
    Page("complaints", "/complaints", show, frozenset({Scope.SUPERVISION_READ}), section="work"),
)
