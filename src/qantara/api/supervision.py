"""What an authority of this jurisdiction sees. Every question of one is written down before it is
answered; figures of other jurisdictions are those that their institutions signed.
"""

from datetime import date, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response

from qantara.access.model import AuditRecord, Role, Scope
from qantara.api import supervision_shapes as shapes
from qantara.api.answers import documented, json
from qantara.clock import to_text
from qantara.edge.calls import Call, CurrentCall, keyed, needs, needs_any
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import NotFound, Reason, Unauthorised
from qantara.supervision import flow

PATH = "/v1/supervision"
PAGE, MOST_DAYS = 100, 366
reads = APIRouter(prefix=PATH, tags=["supervision"], route_class=ReadRoute)
acts = APIRouter(
    prefix=PATH,
    tags=["supervision"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.SUPERVISION_REPORT))],
)
_SEES = [Depends(needs(Scope.SUPERVISION_READ))]
_LOGS = [Depends(needs_any((Scope.AUDIT_READ, Scope.SUPERVISION_READ)))]
Last = Annotated[date | None, Query(description="The last day; today if none. Days are of UTC.")]
Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="How many days, the last included.")]


def _span(call: Call, last: date | None, days: int) -> tuple[date, date]:
    until = last or call.now.date()
    most = (until - date.min).days
    return until - timedelta(days=min(days - 1, most)), until


@reads.get("/authorities", responses=documented(shapes.Authorities), dependencies=_LOGS)
async def authorities(call: CurrentCall) -> Response:
    """Who supervises institutions of this jurisdiction."""
    node = call.door.node
    found = flow.of_jurisdiction(node.rulebook, node.country)
    return json(shapes.Authorities([shapes.authority(each) for each in found]))


@reads.get("/overview", responses=documented(shapes.OverviewShape), dependencies=_SEES)
async def overview(call: CurrentCall, last: Last = None, days: Days = 1) -> Response:
    """These days in a few figures."""
    node, (first, until) = call.door.node, _span(call, last, days)
    async with call.door.database.read() as tx:
        found = await flow.overview(tx, first, until, call.now)
    goal = flow.targets(node.rulebook, until).get(flow.TARGET)
    return json(shapes.overview(found, node.country, node.name, goal))


@reads.get("/corridors", responses=documented(shapes.Corridors), dependencies=_SEES)
async def corridors(call: CurrentCall, last: Last = None, days: Days = 1) -> Response:
    """What each corridor came to: value, cost, times, what was rejected, held and returned."""
    node, (first, until) = call.door.node, _span(call, last, days)
    async with call.door.database.read() as tx:
        found = await flow.corridors(tx, first, until)
    shown = [shapes.corridor(each) for each in found]
    return json(
        shapes.Corridors(first.isoformat(), until.isoformat(), node.country, node.name, shown)
    )


@reads.get("/costs", responses=documented(shapes.Costs), dependencies=_SEES)
async def costs(call: CurrentCall, last: Last = None, days: Days = 30) -> Response:
    """What sending abroad cost day by day, beside what it shall cost at most."""
    first, until = _span(call, last, days)
    async with call.door.database.read() as tx:
        found = await flow.days(tx, first, until)
    goals = flow.targets(call.door.node.rulebook, until)
    return json(
        shapes.Costs(
            first.isoformat(),
            until.isoformat(),
            shapes.target(goals.get(flow.TARGET)),
            shapes.target(goals.get(flow.CEILING)),
            shapes.cost_lines(found),
        )
    )


@reads.get("/aggregates", responses=documented(shapes.Aggregates), dependencies=_SEES)
async def aggregates(call: CurrentCall, last: Last = None, days: Days = 30) -> Response:
    """Days as institutions told them, ours with them: the newest revision of each, verified."""
    first, until = _span(call, last, days)
    async with call.door.database.read() as tx:
        found = await flow.documents(tx, first, until)
    shown = [
        shapes.aggregate(each, msgspec.json.decode(each.body), call.door.role) for each in found
    ]
    return json(shapes.Aggregates(first.isoformat(), until.isoformat(), shown))


@reads.get("/aggregates/{issuer}/{day}", responses=documented(shapes.Revisions), dependencies=_SEES)
async def revisions(call: CurrentCall, issuer: str, day: date) -> Response:
    """Every revision of one day, byte for byte, for whoever verifies the signature alone."""
    async with call.door.database.read() as tx:
        found = await flow.revisions(tx, issuer, day)
    if not found:
        raise NotFound(Reason.AGGREGATE_NOT_FOUND, issuer=issuer, day=day.isoformat())
    shown = [shapes.signed(each) for each in found]
    return json(shapes.Revisions(issuer, day.isoformat(), shown))


@acts.post("/aggregates", status_code=202, responses=documented(shapes.Asked, status=202))
async def report(call: CurrentCall, asked: Annotated[shapes.AskedDay, Body()]) -> Response:
    """Have a day signed and told to the institutions of other jurisdictions now."""
    await call.door.batcher.run(flow.ask_for, asked.day)
    return json(shapes.Asked(asked.day.isoformat()), 202)


@reads.get("/complaints", responses=documented(shapes.ComplaintsShape), dependencies=_SEES)
async def complaints(call: CurrentCall, last: Last = None, days: Days = 30) -> Response:
    """Complaints by kind and by who made them."""
    first, until = _span(call, last, days)
    async with call.door.database.read() as tx:
        found = await flow.complaints(tx, first, until, call.now)
    shown = [shapes.complaint(each) for each in found]
    return json(shapes.ComplaintsShape(first.isoformat(), until.isoformat(), shown))


@reads.get("/access-log", responses=documented(shapes.Looks), dependencies=_LOGS)
async def access_log(
    call: CurrentCall,
    authority: Annotated[
        str | None, Query(pattern=r"^[A-Z]{2,12}$", description="All of here if none is named.")
    ] = None,
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="Older than this sequence number.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> Response:
    """What authorities asked for, newest first. One sees its own; who reads the audit trail here
    sees that of all.
    """
    async with call.door.database.read() as tx:
        found = await flow.access_log(tx, _whose(call, authority), before, limit + 1)
    shown = [_look(each) for each in found[:limit]]
    return json(shapes.Looks(shown, has_more=len(found) > limit))


def _whose(call: Call, authority: str | None) -> list[str]:
    own, node = call.principal.subject or "", call.door.node
    if Role.SUPERVISOR in call.principal.roles:
        if authority not in {None, own}:
            raise Unauthorised(Reason.KEY_SCOPE, scope=f"the log of {authority}")
        return [own]
    if authority is not None:
        return [authority]
    return [each.code for each in flow.of_jurisdiction(node.rulebook, node.country)]


def _look(each: AuditRecord) -> shapes.LookShape:
    return shapes.LookShape(
        each.sequence,
        each.entry.target.partition("/")[2],
        each.entry.actor,
        str(each.entry.details["asked"]),
        each.entry.act == "supervision_looked",
        to_text(each.recorded_at),
    )
