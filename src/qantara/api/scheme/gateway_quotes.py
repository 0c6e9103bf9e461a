"""Quotes, who carries their money, and what a payment comes to at a rate of one's own."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.responses import Response

from qantara import ids
from qantara.api.answers import json
from qantara.api.forms import DECIMAL
from qantara.api.scheme.gateway_routes import reads as router
from qantara.api.scheme.gateway_routes import stands
from qantara.edge import nexus
from qantara.edge.calls import CurrentCall
from qantara.edge.problems import problem
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.money import Money, asset
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import GatewayNode, QuoteRequest, QuoteSet

reads = router()
_RATE = re.compile(r"[0-9]{1,11}(\.[0-9]{1,10})?")


@dataclass(frozen=True, slots=True)
class Route:
    """The path of a question about money: from where to where, and how much of which currency."""

    source_country: str
    source_currency: str
    destination_country: str
    destination_currency: str
    amount_currency: str
    amount: str

    def request(self, node: GatewayNode, psp: str) -> QuoteRequest:
        """`Malformed` if a currency is not the one its country has on this gateway."""
        for code, currency in (
            (self.source_country, self.source_currency),
            (self.destination_country, self.destination_currency),
        ):
            country = node.country(code)
            if country is not None and country.currency != asset(currency):
                raise Malformed(Reason.CURRENCY_MISMATCH, param="currency", value=currency)
        amount = Money.parse(self.amount, asset(self.amount_currency))
        return QuoteRequest(self.source_country, self.destination_country, amount, psp)


async def asked_route(
    source_country: str,
    source_currency: str,
    destination_country: str,
    destination_currency: str,
    amount_currency: str,
    amount: str,
) -> Route:
    return Route(
        source_country,
        source_currency,
        destination_country,
        destination_currency,
        amount_currency,
        amount,
    )


_PATH = (
    "/{source_country}/{source_currency}/{destination_country}/{destination_currency}"
    "/{amount_currency}/{amount}"
)


@reads.get(f"/quotes{_PATH}")
async def quotes(
    request: Request,
    call: CurrentCall,
    route: Annotated[Route, Depends(asked_route)],
    fin_inst_id: Annotated[str, Query(alias="finInstId")],
    _type: Annotated[str, Query(alias="finInstIdType", pattern="^BICFI$")],
) -> Response:
    """A quote of every FX provider that approved the asking institution."""
    node: GatewayNode = call.door.node
    if node.psps.get(call.principal.subject or "") != fin_inst_id:
        return problem(request, Refused(Reason.MESSAGE_WRONG_PARTY))
    wish = route.request(node, fin_inst_id)
    found: QuoteSet | Refused = await call.door.batcher.run(flow.quote, wish)
    if isinstance(found, Refused):
        return problem(request, found)
    return json(nexus.quotes_body(node, ids.new("qrq"), found))


@reads.get("/quotes/{quote_id}/intermediary-agents")
async def intermediary_agents(call: CurrentCall, quote_id: str) -> Response:
    """Which access providers carry the money of a quote, and where the FX provider is there."""
    node: GatewayNode = call.door.node
    async with call.door.database.read() as tx:
        found = (await flow.quote_agents(tx, node, [quote_id], call.now))[0]
    if isinstance(found, NotFound):
        raise found
    return json(nexus.agents_body(node, found))


@reads.get(f"/fees-and-amounts{_PATH}/{{exchange_rate}}")
async def fees_and_amounts(
    request: Request,
    call: CurrentCall,
    route: Annotated[Route, Depends(asked_route)],
    exchange_rate: Annotated[str, Path(json_schema_extra=DECIMAL)],
) -> Response:
    """What a payment comes to at a rate that its PSP sets itself (own FX)."""
    node = await stands(call)
    if not _RATE.fullmatch(exchange_rate):
        raise Malformed(Reason.FIELD_INVALID, param="exchangeRate", value=exchange_rate[:40])
    wish = route.request(node, "")
    terms = flow.amounts(node, wish, Decimal(exchange_rate))
    if isinstance(terms, Refused):
        return problem(request, terms)
    fee = flow.scheme_fee(node, wish.source_country, terms.source)
    return json(
        nexus.FeesAndAmounts(
            nexus.OwnDebtorAgent(
                nexus.settlement(terms.source, capped=terms.capped), nexus.amount(fee)
            ),
            nexus.OwnCreditorAgent(
                nexus.settlement(terms.destination, capped=terms.capped),
                nexus.amount(terms.fee),
                nexus.amount(terms.credited),
            ),
        )
    )
