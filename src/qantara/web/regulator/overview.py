"""The first page: five figures, the flows, what they cost."""

from datetime import date, timedelta

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.supervision import flow
from qantara.supervision.model import Ending
from qantara.web.regulator import drawing, series
from qantara.web.regulator.looks import goal_of, told_between_others
from qantara.web.regulator.spans import LENGTHS, Span, span_of
from qantara.web.sites import Page
from qantara.web.visits import Visit

_COST_DAYS = 30
_PENDING = (Ending.HELD, Ending.OVERDUE)


async def show(visit: Visit) -> Response:
    span, node = span_of(visit, 1), visit.door.node
    month = Span(*span)._replace(first=_month(span))
    async with visit.door.database.read() as tx:
        told = await flow.overview(tx, span.first, span.last, visit.caller.now)
        found = await flow.corridors(tx, span.first, span.last)
        days = await flow.days(tx, month.first, month.last)
        documents = await flow.documents(tx, span.first, span.last)
    goal = goal_of(visit, span)
    others = told_between_others(documents, node.country)
    percent, ends = goal.percent if goal else None, (month.first, month.last)
    return visit.shown(
        "overview.html",
        told=told,
        payments=sum(told.counts.values()),
        pending=sum(told.counts[each] for each in _PENDING),
        maps=[drawing.flow_map(node.country, found, others, each) for each in drawing.SHEETS],
        flows=series.flows(visit.words, days, month.first, month.last),
        charts=[drawing.cost_lines(days, ends, percent, each) for each in drawing.SHEETS],
        goal=goal,
        span=span,
        lengths=LENGTHS,
    )


def _month(span: Span) -> date:
    most = (span.last - date.min).days
    return span.last - timedelta(days=min(_COST_DAYS - 1, most))


PAGES = (Page("overview", "", show, frozenset({Scope.SUPERVISION_READ}), section="figures"),)
