"""Reconciliation of any period: totals as JSON, and the camt.054 pages they are told by."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query
from fastapi.responses import Response

from qantara.api.answers import json
from qantara.api.forms import MOMENT
from qantara.api.scheme import gateway_shapes as shapes
from qantara.api.scheme.gateway_routes import reads as router
from qantara.api.scheme.gateway_routes import role_of
from qantara.clock import from_text, to_text
from qantara.edge import nexus
from qantara.edge.calls import CurrentCall
from qantara.errors import Malformed, NotFound, Reason
from qantara.rails import flow as rails
from qantara.rails.model import Profile
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.reconciliation_model import Period

reads = router()


async def asked_period(
    call: CurrentCall,
    ips: str,
    begins: Annotated[str, Query(alias="from", max_length=40, json_schema_extra=MOMENT)],
    ends: Annotated[str, Query(alias="to", max_length=40, json_schema_extra=MOMENT)],
) -> Period:
    """A period that is over, of the system that asks."""
    if ips != role_of(call) or call.door.node.country_of(ips) is None:
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    begins_at, ends_at = (_whole(from_text(each)) for each in (begins, ends))
    if not begins_at < ends_at <= call.now:
        raise Malformed(Reason.FIELD_INVALID, param="to", value=ends)
    return Period(ips, begins_at, ends_at)


def _whole(moment: datetime) -> datetime:
    """To the millisecond, as messages carry time."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


Asked = Annotated[Period, Depends(asked_period)]


@reads.get("/reconciliation/{ips}")
async def reconciliation(call: CurrentCall, period: Asked) -> Response:
    """How a system's payments of a period ended, by side and status, and where its pages are."""
    node = call.door.node
    async with call.door.database.read() as tx:
        summed = await flow.totals(tx, node, period)
    begins, ends = to_text(period.begins_at), to_text(period.ends_at)
    query = urlencode({"from": begins, "to": ends})
    body = shapes.ReconciliationBody(
        clearing_system_id=node.country_of(period.ips).clearing_system,
        currency=summed.currency,
        from_date_time=begins,
        to_date_time=ends,
        entries=summed.entries,
        totals=[
            shapes.LineBody(
                line.booking.value, line.status.value, line.count, nexus.amount(line.total)
            )
            for line in summed.lines
        ],
        pages=[
            shapes.PageBody(page, f"/reconciliation/{period.ips}/pages/{page}?{query}")
            for page in range(1, summed.pages + 1)
        ],
    )
    return json(body)


@reads.get("/reconciliation/{ips}/pages/{page}")
async def reconciliation_page(call: CurrentCall, period: Asked, page: int) -> Response:
    """One camt.054.001.11 of a period."""
    node = call.door.node
    async with call.door.database.read() as tx:
        summed = await flow.totals(tx, node, period)
        made = await flow.statement(tx, node, period, page, summed.pages, call.now)
    return Response(rails.build(made, Profile.NEXUS), media_type="application/xml")
