"""Cases: questions, recalls and disputes on payments across borders, for staff and customers."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Action, Scope
from qantara.api import case_shapes as shapes
from qantara.api.answers import Documented, created, documented, json
from qantara.api.paging import last_seen
from qantara.api.proposals import proposed
from qantara.api.shapes import Proposal
from qantara.api.shapes import money as shown
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.giving_back import payload_of, planned
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.ids import derived
from qantara.money import Money
from qantara.rails.cases import CAUSES, Act, Cause, Kind, Side, fault_of
from qantara.remittance import flow
from qantara.remittance.case_model import (
    CASE_ENDS,
    AnswerCase,
    Box,
    Case,
    CaseMove,
    CaseState,
    OpenCase,
    Payer,
    Return,
    WantedCases,
)
from qantara.remittance.model import Institution, Remittance
from qantara.remittance.return_rules import Terms
from qantara.remittance.returning import AskReturn

acts = APIRouter(
    prefix="/v1/cases",
    tags=["cases"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.LEDGER_CORRECT))],
)
reads = APIRouter(
    prefix="/v1/cases",
    tags=["cases"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
complaints = APIRouter(
    prefix="/v1/remittances",
    tags=["cases"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.REMITTANCES_WRITE))],
)
PAGE = 100
_EITHER: Documented = documented(shapes.Case) | {
    201: {"model": Proposal, "description": "It gives money back: a second person approves."}
}


@acts.post("", status_code=201, responses=documented(shapes.Case, status=201))
async def open_case(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewCase, Body()]
) -> Response:
    """For staff: open a case with the other side of a payment, at the scheme's desk."""
    causes = {cause.value for cause in CAUSES[Kind(said.kind)]}
    if said.cause not in causes:
        raise Malformed(Reason.FIELD_INVALID, param="cause", value=said.cause)
    wish = (said.uetr, Kind(said.kind), Cause(said.cause), call.principal.id, said.text)
    return await _opened(request, call, OpenCase(_new_id(call), *wish))


def _new_id(call: Call) -> str:
    """No other institution's, even for the very same request."""
    node: Institution = call.door.node
    return derived("cse", node.bic, call.new_id("cse"))


async def _opened(request: Request, call: Call, command: OpenCase) -> Response:
    outcome: Case | Refused = await call.door.batcher.run(flow.open_cases, command)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(_shape(call, outcome), f"/v1/cases/{outcome.id}")


@complaints.post(
    "/{remittance_id}/recall", status_code=201, responses=documented(shapes.Case, status=201)
)
async def ask_back(
    request: Request,
    call: CurrentCall,
    remittance_id: str,
    said: Annotated[shapes.NewRecall, Body()],
) -> Response:
    """Ask for a completed payment back. Staff send it on; the recipient's side may say no."""
    return await _complain(request, call, remittance_id, Kind.RECALL, said)


@complaints.post(
    "/{remittance_id}/dispute", status_code=201, responses=documented(shapes.Case, status=201)
)
async def dispute(
    request: Request,
    call: CurrentCall,
    remittance_id: str,
    said: Annotated[shapes.NewDispute, Body()],
) -> Response:
    """Say that a completed payment did not arrive as promised. Staff take it up."""
    return await _complain(request, call, remittance_id, Kind.DISPUTE, said)


async def _complain(
    request: Request,
    call: Call,
    remittance_id: str,
    kind: Kind,
    said: shapes.NewRecall | shapes.NewDispute,
) -> Response:
    async with call.door.database.read() as tx:
        found = (await flow.remittances(tx, [remittance_id]))[0]
    is_own = isinstance(found, Remittance) and found.quote.request.customer_id == call.acting_for
    if isinstance(found, NotFound) or not is_own or found.uetr is None:
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, id=remittance_id)
    told = (kind, Cause(said.cause), call.principal.id, said.text, call.acting_for)
    return await _opened(request, call, OpenCase(_new_id(call), found.uetr, *told))


@reads.get("", responses=documented(shapes.CasePage))
async def cases(
    call: CurrentCall,
    box: Annotated[
        Literal["waiting", "sent", "overdue", "all"],
        Query(
            description="`waiting`: our move is awaited; `sent`: opened by us and not at its end;"
            " `overdue`: somebody's move is awaited for too long."
        ),
    ] = "all",
    state: Annotated[CaseState | None, Query()] = None,
    kind: Annotated[Kind | None, Query()] = None,
    uetr: Annotated[str | None, Query(max_length=36)] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Cases, the longest waiting first; a customer sees those asked for by that customer."""
    async with call.door.database.read() as tx:
        last = await last_seen(_own, tx, call, starting_after)
        after = None if last is None else last.sequence
        wanted = WantedCases(
            Box(box),
            state,
            kind,
            uetr,
            call.customer_id,
            call.now,
            after,
            limit + 1,
        )
        found = await flow.case_page(tx, call.door.node, wanted)
    page = [_shape(call, each) for each in found[:limit]]
    return json(shapes.CasePage(page, has_more=len(found) > limit))


async def _own(tx: Tx, call: Call, case_id: str) -> Case:
    found = (await flow.cases_by_id(tx, [case_id]))[0]
    if isinstance(found, NotFound) or not call.sees(found.customer_id or ""):
        raise NotFound(Reason.CASE_NOT_FOUND, id=case_id)
    return found


@reads.get("/{case_id}", responses=documented(shapes.Case))
async def one_case(call: CurrentCall, case_id: str) -> Response:
    """A case as it stands; for staff, with all that was said and given back in it."""
    async with call.door.database.read() as tx:
        found = await _own(tx, call, case_id)
        if call.customer_id is not None:
            return json(_shape(call, found))
        moves = await flow.case_moves(tx, case_id)
        backs = await flow.returns_of(tx, [case_id])
    return json(_shape(call, found, [_move(m) for m in moves], [_return(b) for b in backs]))


@acts.post("/{case_id}/send", responses=documented(shapes.Case))
async def send_case(
    call: CurrentCall, case_id: str, said: Annotated[shapes.CaseWord, Body()]
) -> Response:
    """Send a customer's request on to the scheme's desk."""
    return await _answered(call, case_id, Act.OPEN, said.text)


@acts.post("/{case_id}/accept", responses=_EITHER)
async def accept_case(
    request: Request,
    call: CurrentCall,
    case_id: str,
    said: Annotated[shapes.CaseAcceptance, Body()],
) -> Response:
    """Say yes. Where that gives money back it is proposed, and done when another approves."""
    async with call.door.database.read() as tx:
        case = await _own(tx, call, case_id)
    if not case.owes_return(call.door.node.bic):
        return await _answered(call, case_id, Act.ACCEPT, said.text)
    ask = AskReturn(case_id, _terms(call.door.node, case, said))
    plan = await planned(call, ask)
    if isinstance(plan, Refused):
        return problem(request, plan)
    return await proposed(call, Action.CASE_RETURN, payload_of(ask, said.text))


def _terms(node: Institution, case: Case, said: shapes.CaseAcceptance) -> Terms:
    agreed = None if said.consented is None else Money.parse(said.consented, node.asset)
    fault = Side(said.fault) if said.fault else fault_of(case.kind)
    return Terms(fault, Payer(said.payer), agreed)


@acts.post("/{case_id}/refuse", responses=documented(shapes.Case))
async def refuse_case(
    call: CurrentCall, case_id: str, said: Annotated[shapes.CaseRefusal, Body()]
) -> Response:
    """Say no, and why."""
    return await _answered(call, case_id, Act.REFUSE, said.text, said.reason)


@acts.post("/{case_id}/withdraw", responses=documented(shapes.Case))
async def withdraw_case(
    call: CurrentCall, case_id: str, said: Annotated[shapes.CaseWord, Body()]
) -> Response:
    """Take back a case of ours, or turn a customer's request down."""
    return await _answered(call, case_id, Act.WITHDRAW, said.text)


@acts.post("/{case_id}/close", responses=documented(shapes.Case))
async def close_case(
    call: CurrentCall, case_id: str, said: Annotated[shapes.CaseWord, Body()]
) -> Response:
    """End a case of ours that has been answered; the desk does so in time."""
    return await _answered(call, case_id, Act.CLOSE, said.text)


@acts.post("/{case_id}/notes", responses=documented(shapes.Case))
async def note_case(
    call: CurrentCall, case_id: str, said: Annotated[shapes.CaseNote, Body()]
) -> Response:
    """Add a note, which both sides and the desk see."""
    return await _answered(call, case_id, Act.NOTE, said.text)


async def _answered(
    call: Call, case_id: str, act: Act, text: str | None, reason: str | None = None
) -> Response:
    command = AnswerCase(case_id, act, call.principal.id, reason, text)
    outcome: Case = await call.door.batcher.run(flow.answer_cases, command)
    return json(_shape(call, outcome))


def _move(move: CaseMove) -> shapes.CaseMove:
    told = (move.act.value, move.state.value, move.by, move.reason, move.text)
    return shapes.CaseMove(*told, to_text(move.occurred_at))


def _return(back: Return) -> shapes.CaseReturn:
    return shapes.CaseReturn(
        uetr=back.uetr,
        state=back.state.value,
        fault=back.fault.value,
        taken=shown(back.taken),
        borne=shown(back.borne),
        difference=shown(back.difference),
        fee=shown(back.fee),
        sent=shown(back.sent),
        arrives=shown(back.arrives),
        reason=back.reason,
        iso_code=back.reason_code,
    )


def _shape(
    call: Call,
    case: Case,
    moves: list[shapes.CaseMove] | None = None,
    returns: list[shapes.CaseReturn] | None = None,
) -> shapes.Case:
    owed = case.state is CaseState.ACCEPTED and case.owes_return(call.door.node.bic)
    opened = case.state is CaseState.OPENED and case.assigned_to == call.door.node.bic
    return shapes.Case(
        id=case.id,
        kind=case.kind.value,
        cause=case.cause.value,
        uetr=case.uetr,
        side=case.side.value,
        state=case.state.value,
        final=case.state in CASE_ENDS,
        waiting=owed or opened or case.state is CaseState.REQUESTED,
        overdue=flow.is_overdue(case, call.now),
        opened_by=case.opened_by,
        assigned_to=case.assigned_to,
        text=case.text,
        customer_id=case.customer_id,
        fault=case.fault.value if case.fault else None,
        reason=case.reason,
        sent=shown(case.sent) if case.sent else None,
        arrived=shown(case.arrived) if case.arrived else None,
        returned_by=case.returned_by,
        opened_at=to_text(case.opened_at),
        due_at=to_text(case.due_at) if case.due_at else None,
        moves=moves,
        returns=returns,
    )
