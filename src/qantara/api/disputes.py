"""Disputes: a customer says that a payment went wrong, and staff answer against a clock."""

from base64 import b64decode
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import dispute_shapes as shapes
from qantara.api.answers import PROBLEMS, Documented, created, documented, json
from qantara.api.paging import last_seen
from qantara.clock import to_text
from qantara.disputes import flow
from qantara.disputes.model import (
    ENDS,
    FILE_BYTES,
    Act,
    Dispute,
    DisputeKind,
    DisputeState,
    Entry,
    File,
    MediaType,
    NewFile,
    OpenDispute,
    Rule,
    Say,
    Wanted,
)
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.disputing import file_of, own_dispute, side_of
from qantara.edge.routes import ActRoute, CappedRequest, ReadRoute

PATH = "/v1/disputes"
PAGE = 100
_WITH_FILE_BYTES = 2 * FILE_BYTES
_FILE_TOLD: Documented = PROBLEMS | {
    200: {
        "description": "The file, as it was given.",
        "content": {each.value: {} for each in MediaType},
    }
}


class FileRequest(CappedRequest):
    """A request that may carry a file in base64."""

    cap_bytes = _WITH_FILE_BYTES


class FileRoute(ActRoute):
    request_type = FileRequest


acts = APIRouter(
    prefix=PATH,
    tags=["disputes"],
    route_class=FileRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.REMITTANCES_WRITE))],
)
rulings = APIRouter(
    prefix=PATH,
    tags=["disputes"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.LEDGER_CORRECT))],
)
reads = APIRouter(
    prefix=PATH,
    tags=["disputes"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
figures = APIRouter(
    prefix="/v1/dispute-counts",
    tags=["disputes"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.PARTIES_READ))],
)


@acts.post("", status_code=201, responses=documented(shapes.Dispute, status=201))
async def open_dispute(call: CurrentCall, said: Annotated[shapes.NewDispute, Body()]) -> Response:
    """Say that a payment one sent or got is wrong; it gets a number and a clock."""
    wish = OpenDispute(
        call.new_id("dis"),
        call.acting_for,
        said.payment_id,
        DisputeKind(said.kind),
        said.words,
        call.principal.id,
        _file(said.file),
    )
    outcome: Dispute = await call.door.batcher.run(flow.open_disputes, wish)
    return created(await _told(call, outcome), f"{PATH}/{outcome.id}")


@acts.post("/{dispute_id}/say", responses=documented(shapes.Dispute))
async def say_more(
    call: CurrentCall, dispute_id: str, said: Annotated[shapes.CustomerWords, Body()]
) -> Response:
    """Add to an own dispute, or reply to what was answered."""
    return await _said(call, dispute_id, Act.SAY, said.words, _file(said.file))


@acts.post("/{dispute_id}/withdraw", responses=documented(shapes.Dispute))
async def withdraw_dispute(call: CurrentCall, dispute_id: str) -> Response:
    """Take an own dispute back."""
    return await _said(call, dispute_id, Act.WITHDRAW, None)


def _file(said: shapes.NewFile | None) -> NewFile | None:
    return None if said is None else flow.given(b64decode(said.content, validate=True))


async def _said(
    call: Call, dispute_id: str, act: Act, words: str | None, file: NewFile | None = None
) -> Response:
    wish = Say(dispute_id, call.acting_for, act, words, call.principal.id, file)
    outcome: Dispute = await call.door.batcher.run(flow.say, wish)
    return json(await _told(call, outcome))


@rulings.post("/{dispute_id}/answer", responses=documented(shapes.Dispute))
async def answer_dispute(
    call: CurrentCall, dispute_id: str, said: Annotated[shapes.DisputeWords, Body()]
) -> Response:
    """For staff: answer, or ask the customer something."""
    return await _ruled(call, dispute_id, Act.ANSWER, said.words)


@rulings.post("/{dispute_id}/resolve", responses=documented(shapes.Dispute))
async def resolve_dispute(
    call: CurrentCall, dispute_id: str, said: Annotated[shapes.DisputeWords, Body()]
) -> Response:
    """For staff: end it in the customer's favour, and say what was done. Money moves by verbs of
    its own.
    """
    return await _ruled(call, dispute_id, Act.RESOLVE, said.words)


@rulings.post("/{dispute_id}/reject", responses=documented(shapes.Dispute))
async def reject_dispute(
    call: CurrentCall, dispute_id: str, said: Annotated[shapes.DisputeWords, Body()]
) -> Response:
    """For staff: end it against the customer, and say why."""
    return await _ruled(call, dispute_id, Act.REJECT, said.words)


async def _ruled(call: Call, dispute_id: str, act: Act, words: str) -> Response:
    wish = Rule(dispute_id, act, words, call.principal.id)
    outcome: Dispute = await call.door.batcher.run(flow.rule, wish)
    return json(await _told(call, outcome))


@reads.get("", responses=documented(shapes.DisputePage))
async def disputes(
    call: CurrentCall,
    *,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    state: Annotated[
        DisputeState | None, Query(description="For staff: only of this state.")
    ] = None,
    kind: Annotated[DisputeKind | None, Query(description="For staff: only of this kind.")] = None,
    overdue: Annotated[bool, Query(description="For staff: only those that are late.")] = False,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """A customer's disputes, the newest first; staff who name no customer see everybody's, what
    is due soonest first.
    """
    owner = call.customer_id or customer_id
    async with call.door.database.read() as tx:
        after = await last_seen(own_dispute, tx, call, starting_after)
        if owner is not None:
            before = None if after is None else after.sequence
            found = await flow.disputes_of(tx, owner, before, limit + 1)
        else:
            late = call.now if overdue else None
            found = await flow.queue(tx, Wanted(state, kind, late, after, limit + 1))
    page = [_shape(call, each) for each in found[:limit]]
    return json(shapes.DisputePage(page, has_more=len(found) > limit))


@reads.get("/{dispute_id}", responses=documented(shapes.Dispute))
async def one_dispute(call: CurrentCall, dispute_id: str) -> Response:
    """A dispute, with all that was said in it."""
    async with call.door.database.read() as tx:
        found = await own_dispute(tx, call, dispute_id)
    return json(await _told(call, found))


@reads.get(
    "/{dispute_id}/files/{file_id}",
    response_class=Response,
    responses=_FILE_TOLD,
)
async def dispute_file(call: CurrentCall, dispute_id: str, file_id: str) -> Response:
    """A file of a dispute, as it was given. That staff open it stands in the audit trail."""
    return await file_of(call, dispute_id, file_id)


@figures.get("", responses=documented(shapes.DisputeCounts))
async def dispute_counts(call: CurrentCall) -> Response:
    """For staff and supervisors: how many disputes there are, and how many are late."""
    async with call.door.database.read() as tx:
        found = await flow.counts(tx, call.now)
    states = {state.value: count for state, count in found.states.items()}
    kinds = {kind.value: count for kind, count in found.kinds.items()}
    return json(shapes.DisputeCounts(states, kinds, found.overdue))


async def _told(call: Call, dispute: Dispute) -> shapes.Dispute:
    async with call.door.database.read() as tx:
        happened = (await flow.timelines(tx, [dispute.id]))[dispute.id]
        files = (await flow.files(tx, [dispute.id])).get(dispute.id, [])
    timeline = [_entry(call, each) for each in happened]
    return _shape(call, dispute, timeline, [_filed(each) for each in files])


def _filed(file: File) -> shapes.DisputeFile:
    return shapes.DisputeFile(
        file.id, file.media_type.value, file.size, file.digest.hex(), to_text(file.added_at)
    )


def _entry(call: Call, entry: Entry) -> shapes.DisputeEntry:
    return shapes.DisputeEntry(
        entry.act.value,
        side_of(entry),
        entry.actor if call.customer_id is None else None,
        entry.words,
        to_text(entry.occurred_at),
    )


def _shape(
    call: Call,
    dispute: Dispute,
    timeline: list[shapes.DisputeEntry] | None = None,
    files: list[shapes.DisputeFile] | None = None,
) -> shapes.Dispute:
    return shapes.Dispute(
        id=dispute.id,
        number=dispute.number,
        customer_id=dispute.customer_id,
        payment_id=dispute.payment_id,
        kind=dispute.kind.value,
        state=dispute.state.value,
        final=dispute.state in ENDS,
        words=dispute.words,
        opened_at=to_text(dispute.opened_at),
        due_at=to_text(dispute.due_at) if dispute.due_at else None,
        end_due_at=to_text(dispute.end_due_at),
        label="example",
        overdue=flow.overdue(dispute, call.now),
        ended_at=to_text(dispute.ended_at) if dispute.ended_at else None,
        timeline=timeline,
        files=files,
    )
