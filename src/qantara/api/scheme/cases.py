"""The scheme's service desk, for its operator: every case, and the desk's own inbox."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import case_shapes as shapes
from qantara.api.answers import documented, json
from qantara.api.shapes import money as shown
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Malformed, NotFound, Reason
from qantara.rails.cases import Act, Kind
from qantara.scheme.desk import flow
from qantara.scheme.desk.model import Case, Happened, Say, State, Wanted

reads = APIRouter(
    prefix="/v1/scheme/cases",
    tags=["scheme"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.SCHEME_READ))],
)
acts = APIRouter(
    prefix="/v1/scheme/cases",
    tags=["scheme"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.SCHEME_OPERATE))],
)
PAGE = 100


@reads.get("", responses=documented(shapes.DeskCasePage))
async def desk_cases(
    call: CurrentCall,
    box: Annotated[
        Literal["escalated", "all"],
        Query(description="`escalated`: the desk's own inbox; nobody moved in time."),
    ] = "all",
    waiting_for: Annotated[
        str | None, Query(max_length=11, description="Whose move (BIC).")
    ] = None,
    party: Annotated[str | None, Query(max_length=11, description="Either side (BIC).")] = None,
    state: Annotated[State | None, Query()] = None,
    kind: Annotated[Kind | None, Query()] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Cases, the longest waiting first."""
    async with call.door.database.read() as tx:
        after = None if starting_after is None else await _place(tx, starting_after)
        wanted = Wanted(waiting_for, box == "escalated", party, state, kind, after, limit + 1)
        found = await flow.page(tx, wanted)
    page = [_shape(each) for each in found[:limit]]
    return json(shapes.DeskCasePage(page, has_more=len(found) > limit))


async def _place(tx: Tx, cursor: str) -> int:
    try:
        return (await flow.case(tx, cursor))[0].sequence
    except NotFound:
        raise Malformed(Reason.CURSOR_MALFORMED, param="starting_after", value=cursor) from None


@reads.get("/{case_id}", responses=documented(shapes.DeskCase))
async def one_desk_case(call: CurrentCall, case_id: str) -> Response:
    """A case with all that was said in it."""
    async with call.door.database.read() as tx:
        found, moves = await flow.case(tx, case_id)
    return json(_shape(found, [_move(each) for each in moves]))


@acts.post("/{case_id}/notes", responses=documented(shapes.DeskCase))
async def note_desk_case(
    call: CurrentCall, case_id: str, said: Annotated[shapes.CaseNote, Body()]
) -> Response:
    """Say something to both sides."""
    return await _said(call, Say(case_id, Act.NOTE, call.principal.id, said.text))


@acts.post("/{case_id}/close", responses=documented(shapes.DeskCase))
async def close_desk_case(
    call: CurrentCall, case_id: str, said: Annotated[shapes.CaseWord, Body()]
) -> Response:
    """End a case that does not end by itself."""
    return await _said(call, Say(case_id, Act.CLOSE, call.principal.id, said.text))


@acts.post("/{case_id}/refuse", responses=documented(shapes.DeskCase))
async def refuse_desk_case(
    call: CurrentCall, case_id: str, said: Annotated[shapes.CaseRefusal, Body()]
) -> Response:
    """Say no for an institution that has no line to the desk and answered otherwise."""
    word = Say(case_id, Act.REFUSE, call.principal.id, said.text, said.reason)
    return await _said(call, word)


async def _said(call: Call, word: Say) -> Response:
    outcome: Case = await call.door.batcher.run(flow.say, word)
    return json(_shape(outcome))


def _move(event: Happened) -> shapes.CaseMove:
    told = (event.event.value, event.state.value, event.by, event.reason, event.text)
    return shapes.CaseMove(*told, to_text(event.occurred_at))


def _shape(case: Case, moves: list[shapes.CaseMove] | None = None) -> shapes.DeskCase:
    return shapes.DeskCase(
        id=case.id,
        kind=case.kind.value,
        cause=case.cause.value,
        uetr=case.uetr,
        state=case.state.value,
        opened_by=case.opened_by,
        assigned_to=case.assigned_to,
        owes_return=case.owes_return,
        text=case.text,
        reason=case.reason,
        sent=shown(case.source),
        arrived=shown(case.destination) if case.destination else None,
        returned_by=case.returned_by,
        opened_at=to_text(case.opened_at),
        due_at=to_text(case.due_at) if case.due_at else None,
        escalated_at=to_text(case.escalated_at) if case.escalated_at else None,
        moves=moves,
    )


doors = (reads, acts)
