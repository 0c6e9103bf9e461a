"""What sending abroad costs, beside what the states of the world have agreed on."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.supervision import flow
from qantara.supervision.model import Way
from qantara.web.policies import law_of
from qantara.web.regulator import drawing
from qantara.web.regulator.spans import LENGTHS, span_of
from qantara.web.sites import Page
from qantara.web.visits import Visit

_DAYS = 30


async def show(visit: Visit) -> Response:
    span = span_of(visit, _DAYS)
    async with visit.door.database.read() as tx:
        days = await flow.days(tx, span.first, span.last)
        found = await flow.corridors(tx, span.first, span.last)
    goals = flow.targets(law_of(visit), span.last)
    goal = goals.get(flow.TARGET)
    return visit.shown(
        "costs.html",
        charts=[
            drawing.cost_lines(days, (span.first, span.last), goal.percent if goal else None, each)
            for each in drawing.SHEETS
        ],
        found=[
            each
            for each in found
            if each.corridor.way is Way.OUT and not each.corridor.is_inside and each.completed
        ],
        goal=goal,
        ceiling=goals.get(flow.CEILING),
        span=span,
        lengths=LENGTHS,
    )


PAGES = (Page("costs", "/costs", show, frozenset({Scope.SUPERVISION_READ}), section="figures"),)
