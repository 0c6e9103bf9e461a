"""The Nexus gateway's REST interface, paths and names as the scheme documents them.

The scheme publishes no way of signing in; here a peer shows the key with which it delivers
messages.
"""

from dataclasses import dataclass
from typing import Annotated

from babel import Locale
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from qantara import ids
from qantara.access.model import Scope
from qantara.api import nexus
from qantara.api.answers import PROBLEMS, json
from qantara.edge.calls import CurrentCall, needs
from qantara.edge.problems import problem
from qantara.edge.routes import ReadRoute
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.money import Money, asset
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import GatewayNode, QuoteRequest, QuoteSet

reads = APIRouter(
    tags=["nexus"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.MESSAGES_DELIVER))],
    responses=PROBLEMS,
    default_response_class=Response,
)

_NUMBERS = (("FR", 250), ("MY", 458), ("PK", 586))
_TERRITORIES = Locale("en").territories
_COUNTRIES = [(code, number, str(_TERRITORIES[code])) for code, number in _NUMBERS]
"""ISO 3166: code, number, name."""


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


@reads.get(
    "/quotes/{source_country}/{source_currency}/{destination_country}/{destination_currency}"
    "/{amount_currency}/{amount}"
)
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


@reads.get("/countries")
async def countries(call: CurrentCall) -> Response:
    """The countries on this gateway."""
    return json({"countries": nexus.countries_body(call.door.node, _COUNTRIES)})


@reads.get("/countries/{country_code}")
async def one_country(call: CurrentCall, country_code: str) -> Response:
    """One country: its currency, the most one payment may carry, what its messages must name."""
    named = [each for each in _COUNTRIES if each[0] == country_code]
    found = nexus.countries_body(call.door.node, named)
    if not found:
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    return json(found[0])
