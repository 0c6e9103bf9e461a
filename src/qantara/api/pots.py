"""Pots: money of an account set apart under a name."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import wallet_shapes as shapes
from qantara.api.answers import created, documented, json
from qantara.api.paging import last_seen
from qantara.api.shapes import money
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute, SetRoute
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.ids import AccountId
from qantara.money import Money, asset
from qantara.wallet import flow
from qantara.wallet.model import (
    ChangePot,
    ClosePot,
    Direction,
    Filled,
    MovePot,
    OpenPot,
    PotState,
)

PATH = "/v1/pots"
PAGE = 100
_WRITES = Depends(needs(Scope.REMITTANCES_WRITE))
acts = APIRouter(
    prefix=PATH, tags=["pots"], route_class=ActRoute, dependencies=[Depends(keyed), _WRITES]
)
sets = APIRouter(prefix=PATH, tags=["pots"], route_class=SetRoute, dependencies=[_WRITES])
reads = APIRouter(
    prefix=PATH,
    tags=["pots"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.ACCOUNTS_READ))],
)


@acts.post("", status_code=201, responses=documented(shapes.Pot, status=201))
async def open_pot(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewPot, Body()]
) -> Response:
    """Open a pot beside an account, with nothing in it."""
    wish = OpenPot(
        call.new_id("pot"),
        call.acting_for,
        AccountId(said.account_id),
        said.name,
        _goal(said.goal, said.currency),
        day(said.goal_on, "goal_on"),
    )
    outcome: Filled | Refused = await call.door.batcher.run(flow.open_pots, wish)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(_shape(outcome), f"{PATH}/{outcome.pot.id}")


def _goal(amount: str | None, currency: str | None) -> Money | None:
    if amount is None:
        return None
    if currency is None:
        raise Malformed(Reason.FIELD_MISSING, param="currency")
    return Money.parse(amount, asset(currency))


def day(text: str | None, param: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Malformed(Reason.TIME_MALFORMED, param=param, value=text or "") from None


@reads.get("", responses=documented(shapes.PotPage))
async def pots(
    call: CurrentCall,
    state: Annotated[Literal["open", "closed"], Query(description="Which.")] = "open",
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 50,
) -> Response:
    """Pots, the newest first."""
    owner = call.whose(customer_id)
    async with call.door.database.read() as tx:
        last = await last_seen(_own, tx, call, starting_after)
        before = None if last is None else last.pot.sequence
        found = await flow.pots_of(tx, owner, PotState(state), before, limit + 1)
    page = [_shape(each) for each in found[:limit]]
    return json(shapes.PotPage(page, has_more=len(found) > limit))


@reads.get("/{pot_id}", responses=documented(shapes.Pot))
async def one_pot(call: CurrentCall, pot_id: str) -> Response:
    """A pot as it stands."""
    async with call.door.database.read() as tx:
        return json(_shape(await _own(tx, call, pot_id)))


async def _own(tx: Tx, call: Call, pot_id: str) -> Filled:
    found = (await flow.pots(tx, [pot_id]))[0]
    if isinstance(found, NotFound) or not call.sees(found.pot.customer_id):
        raise NotFound(Reason.POT_NOT_FOUND, id=pot_id)
    return found


@sets.patch("/{pot_id}", responses=documented(shapes.Pot))
async def change_pot(
    request: Request, call: CurrentCall, pot_id: str, said: Annotated[shapes.ChangedPot, Body()]
) -> Response:
    """Give a pot another name and goal."""
    wish = ChangePot(
        pot_id,
        call.acting_for,
        said.name,
        _goal(said.goal, said.currency),
        day(said.goal_on, "goal_on"),
    )
    outcome: Filled | Refused = await call.door.batcher.run(flow.change_pots, wish)
    return problem(request, outcome) if isinstance(outcome, Refused) else json(_shape(outcome))


@acts.post("/{pot_id}/moves", status_code=201, responses=documented(shapes.Pot, status=201))
async def move_money(
    request: Request, call: CurrentCall, pot_id: str, said: Annotated[shapes.NewPotMove, Body()]
) -> Response:
    """Move money between the account and the pot, at once."""
    wish = MovePot(
        call.new_id("mov"),
        call.acting_for,
        pot_id,
        Direction(said.direction),
        Money.parse(said.amount, asset(said.currency)),
    )
    outcome: Filled | Refused = await call.door.batcher.run(flow.move_pots, wish)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(_shape(outcome), f"{PATH}/{pot_id}")


@sets.delete("/{pot_id}", responses=documented(shapes.Pot))
async def close_pot(request: Request, call: CurrentCall, pot_id: str) -> Response:
    """Close a pot: all that is in it goes back to the account."""
    wish = ClosePot(pot_id, call.acting_for)
    outcome: Filled | Refused = await call.door.batcher.run(flow.close_pots, wish)
    return problem(request, outcome) if isinstance(outcome, Refused) else json(_shape(outcome))


def _shape(filled: Filled) -> shapes.Pot:
    pot = filled.pot
    return shapes.Pot(
        id=pot.id,
        account_id=pot.account_id,
        state=pot.state.value,
        name=pot.name,
        balance=money(filled.balance),
        goal=money(pot.goal) if pot.goal else None,
        goal_on=pot.goal_on.isoformat() if pot.goal_on else None,
        opened_at=to_text(pot.opened_at),
        closed_at=to_text(pot.closed_at) if pot.closed_at else None,
    )
