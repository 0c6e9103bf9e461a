"""Standing orders: planned, followed, cancelled."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import schedule_shapes as shapes
from qantara.api.answers import created, documented, json
from qantara.api.paging import last_seen
from qantara.api.payments import refusal
from qantara.api.pots import day
from qantara.api.shapes import money
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.own_payments import carriable
from qantara.edge.problems import language, problem
from qantara.edge.routes import ActRoute, ReadRoute, SetRoute
from qantara.errors import NotFound, Reason, Refused
from qantara.ids import AccountId
from qantara.money import Money, asset
from qantara.remittance.model import Fixed
from qantara.wallet import flow
from qantara.wallet.schedule_model import Cancel, Plan, Rhythm, Run, Schedule, Terms

PATH = "/v1/schedules"
PAGE = 100
_WRITES = Depends(needs(Scope.REMITTANCES_WRITE))
acts = APIRouter(
    prefix=PATH, tags=["schedules"], route_class=ActRoute, dependencies=[Depends(keyed), _WRITES]
)
sets = APIRouter(prefix=PATH, tags=["schedules"], route_class=SetRoute, dependencies=[_WRITES])
reads = APIRouter(
    prefix=PATH,
    tags=["schedules"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)


@acts.post("", status_code=201, responses=documented(shapes.Schedule, status=201))
async def plan_schedule(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewSchedule, Body()]
) -> Response:
    """Pay a saved payee on a day or every month, never for more than a ceiling."""
    wish = Plan(call.new_id("sch"), _terms(call, said))
    outcome: Schedule | Refused = await call.door.batcher.run(flow.plan, wish)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(_shape(outcome), f"{PATH}/{outcome.id}")


def _terms(call: Call, said: shapes.NewSchedule) -> Terms:
    carriable({"note": said.note}, said.reference)
    return Terms(
        customer_id=call.acting_for,
        account_id=AccountId(said.account_id),
        beneficiary_id=said.beneficiary_id,
        amount=Money.parse(said.amount, asset(said.currency)),
        fixed=Fixed(said.fixed),
        ceiling=Money.parse(said.ceiling, asset(said.ceiling_currency)),
        rhythm=Rhythm(said.rhythm),
        first_on=day(said.first_on, "first_on") or date.min,
        ends_on=day(said.ends_on, "ends_on"),
        purpose=said.purpose,
        note=said.note,
        reference=said.reference,
    )


@reads.get("", responses=documented(shapes.SchedulePage))
async def schedules(
    call: CurrentCall,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 50,
) -> Response:
    """Standing orders, those that ended among them, the newest first."""
    owner = call.whose(customer_id)
    async with call.door.database.read() as tx:
        last = await last_seen(_own, tx, call, starting_after)
        before = None if last is None else last.sequence
        found = await flow.schedules_of(tx, owner, before, limit + 1)
    page = [_shape(each) for each in found[:limit]]
    return json(shapes.SchedulePage(page, has_more=len(found) > limit))


@reads.get("/{schedule_id}", responses=documented(shapes.Schedule))
async def one_schedule(request: Request, call: CurrentCall, schedule_id: str) -> Response:
    """A standing order, with what became of its last days."""
    async with call.door.database.read() as tx:
        found = await _own(tx, call, schedule_id)
        runs = await flow.runs_of(tx, schedule_id)
    spoken = language(request)
    return json(_shape(found, [_run(each, spoken) for each in runs]))


async def _own(tx: Tx, call: Call, schedule_id: str) -> Schedule:
    found = (await flow.schedules(tx, [schedule_id]))[0]
    if isinstance(found, NotFound) or not call.sees(found.terms.customer_id):
        raise NotFound(Reason.SCHEDULE_NOT_FOUND, id=schedule_id)
    return found


@sets.delete("/{schedule_id}", responses=documented(shapes.Schedule))
async def cancel_schedule(call: CurrentCall, schedule_id: str) -> Response:
    """End a standing order; a payment that has begun goes on."""
    wish = Cancel(schedule_id, call.acting_for)
    outcome: Schedule = await call.door.batcher.run(flow.cancel, wish)
    return json(_shape(outcome))


def _shape(order: Schedule, runs: list[shapes.ScheduleRun] | None = None) -> shapes.Schedule:
    terms = order.terms
    return shapes.Schedule(
        id=order.id,
        state=order.state.value,
        account_id=terms.account_id,
        beneficiary_id=terms.beneficiary_id,
        amount=money(terms.amount),
        fixed=terms.fixed.value,
        ceiling=money(terms.ceiling),
        rhythm=terms.rhythm.value,
        first_on=terms.first_on.isoformat(),
        ends_on=terms.ends_on.isoformat() if terms.ends_on else None,
        next_on=order.next_on.isoformat() if order.next_on else None,
        purpose=terms.purpose,
        note=terms.note,
        reference=terms.reference,
        planned_at=to_text(order.planned_at),
        ended_at=to_text(order.ended_at) if order.ended_at else None,
        runs=runs,
    )


def _run(run: Run, spoken: str) -> shapes.ScheduleRun:
    return shapes.ScheduleRun(
        due_on=run.due_on.isoformat(),
        state=run.state.value,
        payment_id=run.payment_id,
        reason=run.reason,
        refusal=refusal(run.reason, None, run.rule, run.citation, spoken),
        begun_at=to_text(run.begun_at),
        ended_at=to_text(run.ended_at) if run.ended_at else None,
    )
