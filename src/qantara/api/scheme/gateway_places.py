"""Countries, currencies, maxima, fees, and how accounts are named there."""

from functools import cache

from fastapi.responses import Response

from qantara.api.answers import json
from qantara.api.scheme import gateway_shapes as shapes
from qantara.api.scheme.gateway_routes import reads as router
from qantara.api.scheme.gateway_routes import stands
from qantara.edge import nexus
from qantara.edge.calls import Call, CurrentCall
from qantara.errors import NotFound, Reason
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.addresses import AddressType, Input
from qantara.scheme.gateway.model import Country, GatewayNode
from qantara.texts.writing import core

reads = router()
_COUNTRIES = {
    "FR": 250,
    "ID": 360,
    "KH": 116,
    "MY": 458,
    "PH": 608,
    "PK": 586,
    "SG": 702,
    "TH": 764,
    "VN": 704,
}
"""ISO 3166 numbers."""
_CURRENCIES = {
    "EUR": 978,
    "IDR": 360,
    "KHR": 116,
    "MYR": 458,
    "PHP": 608,
    "PKR": 586,
    "SGD": 702,
    "THB": 764,
    "VND": 704,
}
"""ISO 4217 numbers."""


@reads.get("/countries")
async def countries(call: CurrentCall) -> Response:
    """The countries on this gateway."""
    node = await stands(call)
    every = sorted(node.countries, key=lambda country: country.code)
    return json({"countries": [country_body(country) for country in every]})


@reads.get("/countries/{country_code}")
async def one_country(call: CurrentCall, country_code: str) -> Response:
    """One country: its currency, the most one payment may carry, what its messages must name."""
    return json(country_body(await _country(call, country_code)))


async def _country(call: Call, code: str, currency: str | None = None) -> Country:
    country = (await stands(call)).country(code)
    if country is None or currency not in {None, country.currency.code}:
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    return country


@cache
def _english() -> "core.Locale":
    return core.Locale("en")


def country_body(country: Country) -> shapes.CountryBody:
    return shapes.CountryBody(
        country_id=_COUNTRIES[country.code],
        country_code=country.code,
        name=str(_english().territories[country.code]),
        currencies=[shapes.CurrencyLimit(country.currency.code, str(country.maximum))],
        required_message_elements={"pacs008": list(country.required)},
        instruction_priorities=["NORM", "HIGH"] if country.high else ["NORM"],
    )


@reads.get("/currencies")
async def currencies(call: CurrentCall) -> Response:
    """The currencies on this gateway."""
    node = await stands(call)
    codes = sorted({country.currency.code for country in node.countries})
    return json({"currencies": [_currency_body(node, code) for code in codes]})


@reads.get("/currencies/{currency_code}")
async def one_currency(call: CurrentCall, currency_code: str) -> Response:
    """One currency, and the countries here that have it."""
    node = await stands(call)
    if currency_code not in {country.currency.code for country in node.countries}:
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    return json(_currency_body(node, currency_code))


def _currency_body(node: GatewayNode, code: str) -> shapes.CurrencyBody:
    found = [country for country in node.countries if country.currency.code == code]
    return shapes.CurrencyBody(
        currency_id=_CURRENCIES[code],
        currency_code=code,
        name=str(_english().currencies[code]),
        symbol=str(_english().currency_symbols.get(code, code)),
        decimal_places=found[0].currency.scale,
        countries=sorted(country.code for country in found),
    )


@reads.get("/countries/{country_code}/currencies/{currency_code}/max-amounts")
async def max_amounts(call: CurrentCall, country_code: str, currency_code: str) -> Response:
    """The most one payment may carry in each of a country's systems."""
    country = await _country(call, country_code, currency_code)
    return json([shapes.MaxAmount(country.clearing_system, str(country.maximum))])


@reads.get("/fee-formulas/nexus-scheme-fee/{country_code}/{currency_code}")
async def nexus_scheme_fee(call: CurrentCall, country_code: str, currency_code: str) -> Response:
    """What the scheme invoices the system's operator for a payment that leaves the country."""
    country = await _country(call, country_code, currency_code)
    formula = country.scheme_fee
    if formula is None:
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    nominal, ratio = str(formula.nominal), f"{formula.ratio:f}"
    return json(shapes.SchemeFee(country.code, country.currency.code, nominal, ratio))


@reads.get("/fee-formulas/creditor-agent-fee/{country_code}/{currency_code}")
async def creditor_agent_fee(call: CurrentCall, country_code: str, currency_code: str) -> Response:
    """What the payee's provider deducts from a payment into the country."""
    return json(fee_body(await _country(call, country_code, currency_code)))


def fee_body(country: Country) -> shapes.CreditorAgentFee:
    formula = country.fee
    nominal, ratio = nexus.amount(formula.nominal), f"{formula.ratio:f}"
    return shapes.CreditorAgentFee(country.code, country.currency.code, nominal, ratio)


@reads.get("/countries/{country_code}/address-types")
async def address_types(call: CurrentCall, country_code: str) -> Response:
    """How accounts are named in a country: aliases first, then IBAN, then account numbers."""
    country = await _country(call, country_code)
    return json({"addressTypes": _address_types(country, whole=False)})


@reads.get("/countries/{country_code}/address-types-and-inputs")
async def address_types_and_inputs(call: CurrentCall, country_code: str) -> Response:
    """The same with the fields of each, from which an app builds its form."""
    country = await _country(call, country_code)
    return json({"addressTypes": _address_types(country, whole=True)})


@reads.get("/address-types/{address_type_id}/inputs")
async def address_type_inputs(call: CurrentCall, address_type_id: str) -> Response:
    """The fields of one kind of address."""
    node = await stands(call)
    for country in node.countries:
        for each in flow.ADDRESS_TYPES.get(country.code, ()):
            if each.id == address_type_id:
                inputs = [_input(each, one) for one in each.inputs]
                return json({"addressTypeId": each.id, "inputs": inputs})
    raise NotFound(Reason.ROUTE_NOT_FOUND)


def _address_types(country: Country, *, whole: bool) -> list[shapes.AddressTypeBody]:
    return [
        shapes.AddressTypeBody(
            address_type_id=each.id,
            address_type_code=each.code,
            address_type_name=each.labels,
            display_order=place,
            clearing_system_id=None if each.is_proxy else country.clearing_system,
            proxy_directory_id=country.clearing_system if each.is_proxy else None,
            inputs=[_input(each, one) for one in each.inputs] if whole else None,
        )
        for place, each in enumerate(flow.ADDRESS_TYPES.get(country.code, ()), 1)
    ]


def _input(kind: AddressType, one: Input) -> shapes.InputBody:
    return shapes.InputBody(
        address_input_id=f"{kind.id}-{one.name}",
        label=shapes.Label(one.code, one.labels),
        attributes=shapes.Attributes(
            name=one.name,
            type=one.kind,
            pattern=one.pattern,
            placeholder=one.placeholder,
            required=True,
            value=one.value,
        ),
        iso20022_x_path=shapes.Paths(one.acmt023, one.pacs008),
    )
