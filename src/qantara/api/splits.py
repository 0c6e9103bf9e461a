"""Bills shared among several customers of this institution."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import money_requests
from qantara.api import request_shapes as shapes
from qantara.api.answers import created, documented, json
from qantara.api.shapes import money
from qantara.clock import from_text, to_text
from qantara.db import Tx
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.own_payments import carriable
from qantara.edge.own_wallet import own_split
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.ids import AccountId
from qantara.money import Money, asset
from qantara.wallet import flow
from qantara.wallet.request_model import Part, Split, SplitBill

PATH = "/v1/splits"
PAGE = 50
acts = APIRouter(
    prefix=PATH,
    tags=["splits"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.REMITTANCES_WRITE))],
)
reads = APIRouter(
    prefix=PATH,
    tags=["splits"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)


@acts.post("", status_code=201, responses=documented(shapes.Split, status=201))
async def split_bill(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewSplit, Body()]
) -> Response:
    """Share a bill: everybody is asked for a part, or nobody."""
    outcome: Split | Refused = await call.door.batcher.run(flow.split_bills, _wish(call, said))
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(_shape(outcome), f"{PATH}/{outcome.id}")


def _wish(call: Call, said: shapes.NewSplit) -> SplitBill:
    carriable({"note": said.note}, None)
    currency = asset(said.currency)

    def part(of: str | None) -> Money | None:
        return None if of is None else Money.parse(of, currency)

    return SplitBill(
        call.new_id("spl"),
        call.acting_for,
        AccountId(said.account_id),
        Money.parse(said.total, currency),
        tuple(Part(each.payer_check_id, part(each.amount)) for each in said.parts),
        from_text(said.expires_at),
        part(said.own),
        said.include_self,
        said.note,
    )


@reads.get("", responses=documented(shapes.SplitPage))
async def splits(
    call: CurrentCall,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Bills that were split, the newest first."""
    owner = call.whose(customer_id)
    async with call.door.database.read() as tx:
        before = None if starting_after is None else await _place(tx, call, starting_after)
        found = await flow.splits_of(tx, owner, before, limit + 1)
    page = [_shape(each) for each in found[:limit]]
    return json(shapes.SplitPage(page, has_more=len(found) > limit))


async def _place(tx: Tx, call: Call, cursor: str) -> int:
    try:
        return (await own_split(tx, call, cursor)).sequence
    except NotFound:
        raise Malformed(Reason.CURSOR_MALFORMED, param="starting_after", value=cursor) from None


@reads.get("/{split_id}", responses=documented(shapes.Split))
async def one_split(call: CurrentCall, split_id: str) -> Response:
    """A split bill, and who has paid."""
    async with call.door.database.read() as tx:
        return json(_shape(await own_split(tx, call, split_id)))


def _shape(split: Split) -> shapes.Split:
    return shapes.Split(
        id=split.id,
        account_id=split.account_id,
        total=money(split.total),
        own=money(split.own),
        paid=money(split.paid),
        waiting=money(split.waiting),
        note=split.note,
        made_at=to_text(split.made_at),
        expires_at=to_text(split.expires_at),
        parts=[money_requests.shape(each, split.customer_id) for each in split.requests],
    )
