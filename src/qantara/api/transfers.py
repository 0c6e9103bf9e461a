"""Transfers inside the payment system: ordered, followed, and asked back."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import confirmations
from qantara.api import domestic_shapes as shapes
from qantara.api.answers import PROBLEMS, created, documented, json
from qantara.api.letters import letters_of
from qantara.api.payments import refusal, told
from qantara.api.shapes import Event, Fee, LetterPage
from qantara.api.shapes import money as shown
from qantara.clock import to_text
from qantara.db import Tx
from qantara.db import events as history
from qantara.domestic import flow
from qantara.domestic.model import FINAL
from qantara.domestic.records import AskBack, Recall, RecallReason, Send, Transfer
from qantara.edge import confirmed, sse
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.limits import limits_of
from qantara.edge.own_payments import carriable, own_transfer
from qantara.edge.prefer import applied, wait_seconds
from qantara.edge.problems import language, problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.ids import AccountId
from qantara.money import Money, asset

acts = APIRouter(
    prefix="/v1/transfers",
    tags=["transfers"],
    route_class=ActRoute,
    dependencies=[Depends(keyed)],
)
reads = APIRouter(
    prefix="/v1/transfers",
    tags=["transfers"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)

PAGE = 100
_FINAL_STATES = frozenset(state.value for state in FINAL)


@acts.post(
    "",
    status_code=201,
    responses=documented(shapes.Transfer, status=201),
    dependencies=[Depends(needs(Scope.REMITTANCES_WRITE))],
)
async def order_transfer(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewTransfer, Body()]
) -> Response:
    """Pay somebody in the same payment system: the money is held and on its way.

    `Prefer: wait=20` answers only when the payment has ended, or after so many seconds.
    """
    wish = _send(call, said)
    proof = await confirmations.proof(
        call,
        said.confirmation_id,
        lambda: confirmations.of_transfer(call, said.payee_check_id, wish.amount),
    )
    outcome: Transfer | Refused = await confirmed.placed(call.door, wish, proof)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    limits_of(request).payee_paid(call.acting_for)
    seconds = wait_seconds(request)
    if seconds:
        await call.door.watch.until(outcome.id, _FINAL_STATES, seconds)
    told = await transfer_told(request, call, outcome.id)
    return applied(created(told, f"/v1/transfers/{outcome.id}"), seconds)


def _send(call: Call, said: shapes.NewTransfer) -> Send:
    carriable({"note": said.note, "payee_name": said.payee_name}, said.reference)
    return Send(
        id=call.new_id("trf"),
        customer_id=call.acting_for,
        account_id=AccountId(said.account_id),
        payee_check_id=said.payee_check_id,
        amount=Money.parse(said.amount, asset(said.currency)),
        purpose=said.purpose,
        note=said.note,
        reference=said.reference,
        payee_name=said.payee_name,
    )


@reads.get("", responses=documented(shapes.TransferPage))
async def transfers(
    request: Request,
    call: CurrentCall,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Transfers, the newest first."""
    owner = call.whose(customer_id)
    async with call.door.database.read() as tx:
        before = None if starting_after is None else await _place(tx, call, starting_after)
        found = await flow.transfers_of(tx, owner, before, limit + 1)
        recalls = await flow.recalls_of(tx, [each.id for each in found[:limit]])
    page = [_shape(request, call, each, recalls.get(each.id)) for each in found[:limit]]
    return json(shapes.TransferPage(page, has_more=len(found) > limit))


async def _place(tx: Tx, call: Call, cursor: str) -> int:
    found = (await flow.transfers(tx, [cursor]))[0]
    if isinstance(found, NotFound) or not call.sees(found.customer_id):
        raise Malformed(Reason.CURSOR_MALFORMED, param="starting_after", value=cursor)
    return found.sequence


@reads.get("/{transfer_id}", responses=documented(shapes.Transfer))
async def one_transfer(request: Request, call: CurrentCall, transfer_id: str) -> Response:
    """A transfer as it stands, with what happened to it."""
    return json(await transfer_told(request, call, transfer_id))


async def transfer_told(request: Request, call: Call, transfer_id: str) -> shapes.Transfer:
    """A transfer of the caller's, with its events; `NotFound` for any other."""
    async with call.door.database.read() as tx:
        found = await own_transfer(tx, call, transfer_id)
        recalls = await flow.recalls_of(tx, [found.id])
        happened = await history.of(tx, found.id)
    return _shape(request, call, found, recalls.get(found.id), told(happened))


@reads.get(
    "/{transfer_id}/events",
    response_class=Response,
    responses={200: {"description": "Events.", "content": {sse.MEDIA_TYPE: {}}}, **PROBLEMS},
)
async def transfer_events(request: Request, call: CurrentCall, transfer_id: str) -> Response:
    """Live status as server-sent events; `Last-Event-ID` goes on where a reader stopped."""
    async with call.door.database.read() as tx:
        found = await own_transfer(tx, call, transfer_id)
    return sse.live(request, call, found.id, _FINAL_STATES)


@reads.get("/{transfer_id}/messages", responses=documented(LetterPage))
async def transfer_messages(call: CurrentCall, transfer_id: str) -> Response:
    """The ISO 20022 messages this institution exchanged for a transfer."""
    async with call.door.database.read() as tx:
        found = await own_transfer(tx, call, transfer_id)
        return json(await letters_of(tx, found.uetr, call.door.node.profile.inside))


@acts.post(
    "/{transfer_id}/recall",
    status_code=201,
    responses=documented(shapes.Recall, status=201),
    dependencies=[Depends(needs(Scope.LEDGER_CORRECT))],
)
async def recall_transfer(
    request: Request,
    call: CurrentCall,
    transfer_id: str,
    said: Annotated[shapes.NewRecall, Body()],
) -> Response:
    """For staff: ask the payee's institution to give a completed transfer back."""
    reason = RecallReason(said.reason)
    command = AskBack(call.new_id("rcl"), transfer_id, reason, call.principal.id)
    outcome: Recall | Refused = await call.door.batcher.run(flow.recall, command)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(_recall(outcome), f"/v1/transfers/{transfer_id}")


def _recall(recall: Recall) -> shapes.Recall:
    return shapes.Recall(
        recall.id,
        recall.state.value,
        recall.reason.value,
        to_text(recall.asked_at),
        recall.answer_code,
    )


def _shape(
    request: Request,
    call: Call,
    transfer: Transfer,
    recall: Recall | None,
    events: list[Event] | None = None,
) -> shapes.Transfer:
    """The payee's full legal name stays inside: it is for the message and for screening."""
    label = "example" if call.door.node.domestic_fee is not None else None
    return shapes.Transfer(
        id=transfer.id,
        state=transfer.state.value,
        final=transfer.state in FINAL,
        uetr=transfer.uetr,
        end_to_end_id=transfer.end_to_end_id,
        account_id=transfer.account_id,
        amount=shown(transfer.amount),
        fee=Fee(str(transfer.fee), transfer.fee.asset.code, label),
        payee_check_id=transfer.payee_check_id,
        payee_display_name=transfer.payee.shown,
        payment_request_id=transfer.demand_id,
        purpose=transfer.purpose,
        note=transfer.note,
        reference=transfer.reference,
        ordered_at=to_text(transfer.ordered_at),
        finished_at=to_text(transfer.finished_at) if transfer.finished_at else None,
        reason=transfer.reason,
        refusal=refusal(
            transfer.reason,
            transfer.reason_code,
            transfer.rule,
            transfer.citation,
            language(request),
        ),
        recall=_recall(recall) if recall else None,
        events=events,
    )
