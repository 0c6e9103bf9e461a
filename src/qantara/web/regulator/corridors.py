"""Each corridor: how much, at what cost, how fast, and what did not arrive."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.supervision import flow
from qantara.supervision.model import Ending
from qantara.web.regulator import drawing
from qantara.web.regulator.looks import told_between_others
from qantara.web.regulator.spans import LENGTHS, span_of
from qantara.web.sites import Page
from qantara.web.visits import Visit


async def show(visit: Visit) -> Response:
    span, node = span_of(visit, 1), visit.door.node
    async with visit.door.database.read() as tx:
        found = await flow.corridors(tx, span.first, span.last)
        documents = await flow.documents(tx, span.first, span.last)
    others = told_between_others(documents, node.country)
    return visit.shown(
        "corridors.html",
        found=found,
        endings=[each.value for each in Ending if each is not Ending.COMPLETED],
        maps=[drawing.flow_map(node.country, found, others, each) for each in drawing.SHEETS],
        span=span,
        lengths=LENGTHS,
    )


PAGES = (
    Page("corridors", "/corridors", show, frozenset({Scope.SUPERVISION_READ}), section="figures"),
)
