"""Notices: what happened to a customer, from the role's own events."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara import texts
from qantara.access.model import Scope
from qantara.api import notice_shapes as shapes
from qantara.api.answers import documented, json
from qantara.clock import to_text
from qantara.edge.calls import CurrentCall, keyed, needs
from qantara.edge.notices import Notice, notices_of, unread
from qantara.edge.problems import language
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.wallet import flow
from qantara.wallet.model import MarkRead

PATH = "/v1/notices"
PAGE = 100
acts = APIRouter(
    prefix=PATH,
    tags=["notices"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.REMITTANCES_WRITE))],
)
reads = APIRouter(
    prefix=PATH,
    tags=["notices"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)


@reads.get("", responses=documented(shapes.NoticePage))
async def notices(
    request: Request,
    call: CurrentCall,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[
        str | None,
        Query(description="The last id already seen.", pattern=r"^[0-9]{1,18}$"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """What happened, the newest first: of the hundred newest things of each kind."""
    owner = call.whose(customer_id)
    before = None if starting_after is None else int(starting_after)
    async with call.door.database.read() as tx:
        found = await notices_of(tx, owner, before, limit + 1)
        left = await unread(tx, owner)
    spoken = language(request)
    page = [_shape(each, spoken) for each in found[:limit]]
    return json(shapes.NoticePage(page, len(found) > limit, left))


@acts.post("/read", responses=documented(shapes.Unread))
async def mark_read(call: CurrentCall, said: Annotated[shapes.NoticesRead, Body()]) -> Response:
    """Mark all notices up to one as read."""
    await call.door.batcher.run(flow.mark_read, MarkRead(call.acting_for, int(said.up_to)))
    async with call.door.database.read() as tx:
        return json(shapes.Unread(await unread(tx, call.acting_for)))


def _shape(notice: Notice, spoken: str) -> shapes.Notice:
    return shapes.Notice(
        str(notice.sequence),
        notice.type,
        notice.about,
        str(texts.phrase("notices", "text", notice.type, spoken)),
        to_text(notice.recorded_at),
        notice.is_read,
    )
