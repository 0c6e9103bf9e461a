"""Quotes: what a payment will cost, in full, before anything is promised."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import shapes
from qantara.api.answers import created, documented, json
from qantara.clock import to_text
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.pricing import priced
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import NotFound, Reason, Refused
from qantara.ids import AccountId, QuoteId
from qantara.money import Money, asset
from qantara.remittance import flow
from qantara.remittance.model import (
    Fixed,
    Institution,
    PriceRequest,
    Quote,
    remittance_id,
)

acts = APIRouter(
    prefix="/v1/quotes", tags=["quotes"], route_class=ActRoute, dependencies=[Depends(keyed)]
)
reads = APIRouter(prefix="/v1/quotes", tags=["quotes"], route_class=ReadRoute)


@acts.post(
    "",
    status_code=201,
    responses=documented(shapes.Quote, status=201),
    dependencies=[Depends(needs(Scope.REMITTANCES_WRITE))],
)
async def ask_quote(
    request: Request, call: CurrentCall, asked: Annotated[shapes.NewQuote, Body()]
) -> Response:
    """Price a payment at the best rate on offer and disclose all that it costs."""
    node: Institution = call.door.node
    wish = _wish(call, asked)
    quote = await priced(call.door, QuoteId(call.new_id("quo")), wish)
    if isinstance(quote, Refused):
        return problem(request, quote)
    return created(shape(node, quote), f"/v1/quotes/{quote.id}")


def _wish(call: Call, asked: shapes.NewQuote) -> PriceRequest:
    return PriceRequest(
        call.acting_for,
        AccountId(asked.account_id),
        asked.destination_country,
        Fixed(asked.fixed),
        Money.parse(asked.amount, asset(asked.currency)),
    )


@reads.get(
    "/{quote_id}",
    responses=documented(shapes.Quote),
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
async def one_quote(call: CurrentCall, quote_id: str) -> Response:
    """A quote as it was given."""
    async with call.door.database.read() as tx:
        found = (await flow.remittances(tx, [remittance_id(QuoteId(quote_id))]))[0]
    if isinstance(found, NotFound) or not call.sees(found.quote.request.customer_id):
        raise NotFound(Reason.QUOTE_NOT_FOUND, quote=quote_id)
    return json(shape(call.door.node, found.quote))


def shape(node: Institution, quote: Quote) -> shapes.Quote:
    offer, corridor = quote.offer, node.corridors[quote.request.destination_country]
    examples = node.rulebook.labelled(quote.recorded_at.date())
    label = examples[0].label if examples else None

    def fee(amount: Money) -> shapes.Fee:
        return shapes.Fee(str(amount), amount.asset.code, label)

    return shapes.Quote(
        id=quote.id,
        account_id=quote.request.account_id,
        source_country=quote.source_country,
        destination_country=quote.request.destination_country,
        fixed=quote.request.fixed.value,
        total_debit=shapes.money(quote.total_debit),
        sender_fee=fee(quote.sender_fee),
        exchanged=shapes.money(offer.interbank_source),
        exchange_rate=shapes.Rate(f"{offer.rate:f}", offer.fxp_bic, to_text(quote.recorded_at)),
        mid_market_rate=shapes.Rate(
            f"{quote.mid.rate.value:f}", quote.mid.source, to_text(quote.mid.as_of)
        ),
        recipient_fee=fee(offer.recipient_fee),
        received=shapes.money(offer.received),
        total_cost_percent=str(quote.total_cost_percent),
        issued_at=to_text(quote.recorded_at),
        valid_until=to_text(quote.valid_until),
        notice=corridor.notice,
        law_unread=not corridor.law_read,
    )
