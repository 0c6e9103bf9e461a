"""What FX providers and payment systems change of their own: rates, tiers, relationships,
countries, fee formulas.

The scheme publishes no bodies for these; ours are named like the answers about the same things.
What is not the caller's to change is refused with `message_wrong_party`.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import Body, Request
from fastapi.responses import Response
from msgspec.structs import replace

from qantara.api.answers import created, json
from qantara.api.scheme import gateway_shapes as shapes
from qantara.api.scheme.gateway_places import country_body, fee_body
from qantara.api.scheme.gateway_routes import acts as acting
from qantara.api.scheme.gateway_routes import role_of, stands
from qantara.clock import from_text, to_text
from qantara.db.mail import Incoming, Received
from qantara.edge.calls import Call, CurrentCall
from qantara.edge.problems import problem
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.ids import uuid_text
from qantara.money import Money, asset
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import FeeFormula, FxProvider, GatewayNode, Tier, relationship_id
from qantara.scheme.gateway.reference_model import (
    Act,
    Change,
    CountryTerms,
    FeeKind,
    FeeTerms,
    RelationshipTerms,
    Terms,
    TierTerms,
)
from qantara.scheme.model import RATE_NOTICE, RateNotice

acts = acting()


@acts.post("/rates", status_code=201)
async def push_rate(
    request: Request, call: CurrentCall, told: Annotated[shapes.NewRate, Body()]
) -> Response:
    """An FX provider's new rate of one pair: it expires the one before, not that one's quotes."""
    role = role_of(call)
    rate_id = uuid_text("rate", role, call.key, call.digest.hex())
    notice = RateNotice(
        message_id=rate_id,
        id=rate_id,
        source=asset(told.source_currency).code,
        destination=asset(told.destination_currency).code,
        rate=_figure(told.rate, "rate"),
        created_at=call.now,
        expires_at=_moment(told.expiry_date_time, "expiryDateTime"),
    )
    incoming = Incoming(role, rate_id, RATE_NOTICE, None, await request.body())
    refused = await call.door.batcher.run(flow.publish_rate, Received(incoming, notice))
    if refused is not None:
        return problem(request, refused)
    return created(_rate_body(call, notice), f"/rates/{rate_id}")


def _rate_body(call: Call, notice: RateNotice) -> shapes.RateBody:
    node: GatewayNode = call.door.node
    fxp = node.fxp(role_of(call))
    ips = {country.currency.code: country.clearing_system for country in node.countries}
    return shapes.RateBody(
        rate_id=notice.id,
        fxp_id=fxp.bic if fxp else "",
        source_currency=notice.source,
        destination_currency=notice.destination,
        rate=f"{notice.rate:f}",
        source_ips=ips.get(notice.source, ""),
        destination_ips=ips.get(notice.destination, ""),
        created_date_time=to_text(notice.created_at),
        expiry_date_time=to_text(notice.expires_at),
        is_expired=notice.expires_at <= call.now,
    )


@acts.delete("/rates/{rate_id}", status_code=200)
async def withdraw_rate(call: CurrentCall, rate_id: str) -> Response:
    """An FX provider takes a rate back: no new quotes are made from it, those issued stand."""
    await call.door.batcher.run(flow.withdraw_rate, (role_of(call), rate_id))
    return json({"rateId": rate_id, "isExpired": True})


@acts.post("/tiers", status_code=201)
async def add_tier(
    request: Request, call: CurrentCall, told: Annotated[shapes.NewTier, Body()]
) -> Response:
    """An FX provider's improvement from a threshold of a source currency on."""
    threshold = Money.parse(told.threshold, asset(told.currency))
    tier = TierTerms(role_of(call), Tier(threshold, told.bps))
    refused = await _change(call, Act.ADD, tier)
    if refused is not None:
        return problem(request, refused)
    return created(_tier_body(tier), f"/tiers/{tier.key}")


@acts.put("/tiers/{tier_id}")
async def change_tier(
    request: Request,
    call: CurrentCall,
    tier_id: str,
    told: Annotated[shapes.TierChange, Body()],
) -> Response:
    """Another improvement of a tier; for another threshold, remove it and add a tier."""
    tier = await _tier(call, tier_id)
    changed = TierTerms(tier.fxp, replace(tier.tier, bps=told.bps))
    refused = await _change(call, Act.SET, changed)
    return json(_tier_body(changed)) if refused is None else problem(request, refused)


@acts.delete("/tiers/{tier_id}", status_code=200)
async def remove_tier(request: Request, call: CurrentCall, tier_id: str) -> Response:
    """No such tier any more; the one at 0 stays."""
    tier = await _tier(call, tier_id)
    refused = await _change(call, Act.REMOVE, tier)
    return json(_tier_body(tier)) if refused is None else problem(request, refused)


async def _fxp(call: Call) -> FxProvider:
    """The calling FX provider as it stands."""
    fxp = (await stands(call)).fxp(role_of(call))
    if fxp is None:
        raise NotFound(Reason.INSTITUTION_UNKNOWN, institution=role_of(call))
    return fxp


async def _tier(call: Call, tier_id: str) -> TierTerms:
    fxp = await _fxp(call)
    for tiers in fxp.tiers.values():
        for tier in tiers:
            if tier.id(fxp.role) == tier_id:
                return TierTerms(fxp.role, tier)
    raise NotFound(Reason.ROUTE_NOT_FOUND, id=tier_id[:40])


def _tier_body(terms: TierTerms) -> shapes.TierBody:
    threshold = terms.tier.threshold
    return shapes.TierBody(terms.key, threshold.asset.code, str(threshold), terms.tier.bps)


@acts.post("/relationships", status_code=201)
async def add_relationship(
    request: Request, call: CurrentCall, told: Annotated[shapes.NewRelationship, Body()]
) -> Response:
    """An FX provider approves a PSP: from now on it is quoted to, so much improved."""
    terms = RelationshipTerms(role_of(call), told.psp_fin_inst_id, told.bps)
    refused = await _change(call, Act.ADD, terms)
    if refused is not None:
        return problem(request, refused)
    return created(_relationship_body(terms), f"/relationships/{terms.key}")


@acts.put("/relationships/{id}")
async def change_relationship(
    request: Request,
    call: CurrentCall,
    id: str,  # noqa: A002 - the path's own word
    told: Annotated[shapes.RelationshipChange, Body()],
) -> Response:
    """Another improvement, or no approval any more."""
    role, node = role_of(call), call.door.node
    async with call.door.database.read() as tx:
        agreed = await flow.relationships(tx, node, role, call.now)
    found = next((each for each in agreed if each.key == id), None)
    if found is None:
        raise NotFound(Reason.ROUTE_NOT_FOUND, id=id[:40])
    terms = replace(found, bps=told.bps, approved=told.approved)
    refused = await _change(call, Act.SET, terms)
    return json(_relationship_body(terms)) if refused is None else problem(request, refused)


def _relationship_body(terms: RelationshipTerms) -> shapes.RelationshipBody:
    key = relationship_id(terms.fxp, terms.psp)
    return shapes.RelationshipBody(key, terms.psp, terms.bps, terms.approved)


@acts.put("/countries/{country_code}")
async def change_country(
    request: Request,
    call: CurrentCall,
    country_code: str,
    told: Annotated[shapes.CountryChange, Body()],
) -> Response:
    """A payment system's own country: its maximum, its priorities, what messages should name."""
    country = (await stands(call)).country(country_code)
    if country is None:
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    maximum, required = country.maximum, country.required
    if told.max_amount is not None:
        maximum = Money.parse(told.max_amount, country.currency)
    if told.required_message_elements is not None:
        required = tuple(told.required_message_elements.get("pacs008", ()))
    high = country.high
    if told.instruction_priorities is not None:
        high = "HIGH" in told.instruction_priorities
    terms = CountryTerms(country_code, maximum, high, required)
    refused = await _change(call, Act.SET, terms)
    if refused is not None:
        return problem(request, refused)
    changed = replace(country, maximum=maximum, high=high, required=required)
    return json(country_body(changed))


@acts.put("/fee-formulas/creditor-agent-fee/{country_code}/{currency_code}")
async def change_fee(
    request: Request,
    call: CurrentCall,
    country_code: str,
    currency_code: str,
    told: Annotated[shapes.FeeChange, Body()],
) -> Response:
    """A payment system's own country: what payees' providers deduct, from a moment on."""
    country = (await stands(call)).country(country_code)
    if country is None or country.currency.code != currency_code:
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    nominal = Money.parse(told.nominal_fee.amount, asset(told.nominal_fee.currency))
    if nominal.minor < 0:
        raise Malformed(Reason.FIELD_INVALID, param="nominalFee", value=str(nominal))
    formula = FeeFormula(nominal, _figure(told.percentage_fee, "percentageFee"))
    at = told.effective_date_time
    applies_at = None if at is None else _moment(at, "effectiveDateTime")
    terms = FeeTerms(FeeKind.CREDITOR_AGENT, country_code, formula)
    refused = await _change(call, Act.SET, terms, applies_at)
    if refused is not None:
        return problem(request, refused)
    return json(fee_body(replace(country, fee=formula)))


async def _change(
    call: Call, act: Act, terms: Terms, applies_at: datetime | None = None
) -> Refused | None:
    change = Change(role_of(call), act, terms, applies_at)
    refused: Refused | None = await call.door.batcher.run(flow.change, change)
    return refused


def _figure(text: str, param: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise Malformed(Reason.FIELD_INVALID, param=param, value=text[:40]) from error
    if not value.is_finite() or value < 0 or abs(value.adjusted()) > _DIGITS:
        raise Malformed(Reason.FIELD_INVALID, param=param, value=text[:40])
    return value


_DIGITS = 12


def _moment(text: str, param: str) -> datetime:
    try:
        return from_text(text)
    except Malformed as error:
        raise Malformed(Reason.TIME_MALFORMED, param=param, value=text[:40]) from error
