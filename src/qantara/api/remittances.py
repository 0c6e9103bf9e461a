"""Remittances: the sender's yes, and everything that comes of it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara import texts
from qantara.access.model import Scope
from qantara.api import confirmations, shapes
from qantara.api.answers import PROBLEMS, created, documented, json
from qantara.api.letters import letters_of
from qantara.api.paging import last_seen
from qantara.api.payments import refusal, told
from qantara.clock import to_text
from qantara.db import events as history
from qantara.edge import confirmed, sse
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.limits import limits_of
from qantara.edge.own_payments import (
    carriable,
    holder_of,
    own_remittance,
    payee_names,
    review_means,
)
from qantara.edge.prefer import applied, wait_seconds
from qantara.edge.problems import language, problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Refused
from qantara.ids import QuoteId
from qantara.rails.model import Priority
from qantara.remittance import flow
from qantara.remittance.case_model import RETURNED, GivenBack
from qantara.remittance.model import (
    FINAL,
    Accept,
    Institution,
    Quote,
    Remittance,
    State,
)
from qantara.remittance.review_model import Review

acts = APIRouter(
    prefix="/v1/remittances",
    tags=["remittances"],
    route_class=ActRoute,
    dependencies=[Depends(keyed)],
)
reads = APIRouter(prefix="/v1/remittances", tags=["remittances"], route_class=ReadRoute)

PAGE = 100
_FINAL_STATES = frozenset({*(state.value for state in FINAL), RETURNED})


@acts.post(
    "",
    status_code=201,
    responses=documented(shapes.Remittance, status=201),
    dependencies=[Depends(needs(Scope.REMITTANCES_WRITE))],
)
async def accept(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewRemittance, Body()]
) -> Response:
    """Accept a quote: the money is held and the payment is on its way, or, where a rule wants a
    person to see it first, waits as `in_review`.

    `Prefer: wait=20` answers only when the payment has ended or waits for a person, or after so
    many seconds.
    """
    door, named = call.door, (said.quote_id, said.payee_check_id)
    proof = await confirmations.proof(
        call, said.confirmation_id, lambda: confirmations.of_remittance(call, *named)
    )
    wish = _accept(call, said)
    outcome: Remittance | Refused = await confirmed.placed(door, wish, proof)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    limits_of(request).payee_paid(call.acting_for)
    seconds = wait_seconds(request)
    if seconds and outcome.state is not State.IN_REVIEW:
        await door.watch.until(outcome.id, _FINAL_STATES, seconds)
    told = await _told(request, call, outcome.id, with_events=True)
    return applied(created(told, f"/v1/remittances/{outcome.id}"), seconds)


def _accept(call: Call, said: shapes.NewRemittance) -> Accept:
    carriable({"note": said.note, "payee_name": said.payee_name}, said.reference)
    return Accept(
        quote_id=QuoteId(said.quote_id),
        customer_id=call.acting_for,
        payee_check_id=said.payee_check_id,
        purpose=said.purpose,
        note=said.note,
        reference=said.reference,
        payee_name=said.payee_name,
        priority=Priority(said.priority),
    )


@reads.get(
    "",
    responses=documented(shapes.RemittancePage),
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
async def remittances(
    request: Request,
    call: CurrentCall,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Remittances, the newest first."""
    owner = call.whose(customer_id)
    async with call.door.database.read() as tx:
        last = await last_seen(own_remittance, tx, call, starting_after)
        before = None if last is None else last.sequence
        found = await flow.of_customer(tx, owner, before, limit + 1)
        shown = found[:limit]
        names = await payee_names(tx, shown) if call.sees(owner) else {}
        backs = await flow.given_back(tx, [each.uetr for each in shown if each.uetr])
        reviews = await flow.reviews_of(tx, [each.id for each in shown])
    spoken = language(request)
    node = call.door.node
    page = [
        shape(
            node,
            each,
            names.get(each.payee_check_id or ""),
            spoken,
            backs=backs.get(each.uetr or "", ()),
            review=reviews.get(each.id),
        )
        for each in shown
    ]
    return json(shapes.RemittancePage(page, has_more=len(found) > limit))


@reads.get(
    "/{remittance_id}",
    responses=documented(shapes.Remittance),
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
async def one_remittance(request: Request, call: CurrentCall, remittance_id: str) -> Response:
    """A remittance as it stands, with what happened to it."""
    return json(await _told(request, call, remittance_id, with_events=True))


async def _told(
    request: Request, call: Call, remittance_id: str, *, with_events: bool
) -> shapes.Remittance:
    async with call.door.database.read() as tx:
        found = await own_remittance(tx, call, remittance_id)
        names = await payee_names(tx, [found])
        known = await history.of(tx, found.id) if with_events else []
        letters = await letters_of(tx, found.uetr, call.door.node.profile) if with_events else None
        backs = await flow.given_back(tx, [found.uetr] if found.uetr else [])
        review = (await flow.reviews_of(tx, [found.id])).get(found.id)
    shown, carried = names.get(found.payee_check_id or ""), letters.data if letters else None
    back = backs.get(found.uetr or "", ())
    spoken, happened = language(request), told(known)
    return shape(call.door.node, found, shown, spoken, happened, carried, back, review)


@reads.get(
    "/{remittance_id}/events",
    response_class=Response,
    responses={200: {"description": "Events.", "content": {sse.MEDIA_TYPE: {}}}, **PROBLEMS},
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
async def events(request: Request, call: CurrentCall, remittance_id: str) -> Response:
    """Live status as server-sent events; `Last-Event-ID` goes on where a reader stopped.

    The stream ends with the payment, or when the key that opened it no longer does.
    """
    async with call.door.database.read() as tx:
        found = await own_remittance(tx, call, remittance_id)
    return sse.live(request, call, found.id, _FINAL_STATES)


@reads.get(
    "/{remittance_id}/messages",
    responses=documented(shapes.LetterPage),
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
async def messages(call: CurrentCall, remittance_id: str) -> Response:
    """The ISO 20022 messages this institution exchanged for a payment."""
    async with call.door.database.read() as tx:
        found = await own_remittance(tx, call, remittance_id)
        return json(await letters_of(tx, found.uetr, call.door.node.profile))


def _money(
    node: Institution, remittance: Remittance, events: Sequence[shapes.Event]
) -> shapes.Whereabouts:
    """Whose hands the money is in, by the last thing that happened."""
    last = events[-1].state if events else remittance.state.value
    holder = holder_of(last)
    parties = {"institution": node.role, "system": node.ips}
    since = events[-1].recorded_at if events else None
    return shapes.Whereabouts(holder, parties.get(holder), since)


def _corridor(node: Institution, quote: Quote) -> shapes.Corridor:
    destination = quote.request.destination_country
    corridor = node.corridors.get(destination)
    way = list(corridor.rails) if corridor else []
    return shapes.Corridor(quote.source_country, destination, way)


def _review(review: Review | None, spoken: str) -> shapes.SenderReview | None:
    if review is None:
        return None
    means = review_means(review)
    return shapes.SenderReview(
        state=review.state.value,
        since=to_text(review.recorded_at),
        ended_at=to_text(review.ended_at) if review.ended_at else None,
        text=None if means is None else texts.sentence(means, spoken),
        grounds=[
            shapes.ReviewGround(each.rule, each.provision, each.label) for each in review.grounds
        ],
    )


def shape(
    node: Institution,
    remittance: Remittance,
    payee_name: str | None,
    spoken: str,
    events: list[shapes.Event] | None = None,
    messages: list[shapes.Letter] | None = None,
    backs: Sequence[GivenBack] = (),
    review: Review | None = None,
) -> shapes.Remittance:
    """The full legal name that a payee check brought stays inside: it is for screening."""
    quote = remittance.quote
    return shapes.Remittance(
        id=remittance.id,
        quote_id=quote.id,
        state=remittance.state.value,
        final=remittance.state in FINAL,
        uetr=remittance.uetr,
        account_id=quote.request.account_id,
        destination_country=quote.request.destination_country,
        corridor=_corridor(node, quote),
        priority=remittance.priority.value,
        money=_money(node, remittance, events or []),
        total_debit=shapes.money(quote.total_debit),
        sender_fee=shapes.money(quote.sender_fee),
        exchange_rate=f"{quote.offer.rate:f}",
        recipient_fee=shapes.money(quote.offer.recipient_fee),
        received=shapes.money(quote.offer.received),
        payee_check_id=remittance.payee_check_id,
        payee_display_name=payee_name,
        purpose=remittance.purpose,
        note=remittance.note,
        reference=remittance.reference,
        accepted_at=to_text(remittance.accepted_at) if remittance.accepted_at else None,
        finished_at=to_text(remittance.finished_at) if remittance.finished_at else None,
        reason=remittance.reason,
        refusal=refusal(
            remittance.reason,
            remittance.reason_code,
            remittance.rule,
            remittance.citation,
            spoken,
        ),
        returned_by=[
            shapes.GivenBack(b.uetr, shapes.money(b.amount), to_text(b.recorded_at)) for b in backs
        ],
        review=_review(review, spoken),
        events=events,
        messages=messages,
    )
