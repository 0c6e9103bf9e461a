"""Rates in, quotes out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from qantara import ids
from qantara.db import Tx, mail
from qantara.db.turns import begins
from qantara.errors import NotFound, Reason, Refused
from qantara.money import Money, Rate, asset
from qantara.scheme.gateway import reference, rules, store
from qantara.scheme.gateway.model import (
    BaseRate,
    Country,
    FxProvider,
    GatewayNode,
    Quote,
    QuoteAgents,
    QuoteRequest,
    QuoteSet,
    Terms,
)
from qantara.scheme.model import RateNotice
from qantara.scheme.rules import base_one_rate

_Key = tuple[str, str, str]


async def publish_rate(
    tx: Tx, node: GatewayNode, received: Sequence[mail.Received[RateNotice]], now: datetime
) -> list[Refused | None]:
    """Keep pushed rates. A new rate expires the one before it, never the quotes made from that.

    Refused: a sender that is no FX provider here, a pair it does not serve, a rate that is
    older than the one in force or already over.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    node = await reference.current(tx, node, now)
    pairs = [(r.message.sender, r.record.source, r.record.destination) for r in received]
    newest = await store.newest_rates(tx, list(dict.fromkeys(pairs)))
    known = await store.known_rates(tx, [item.record.id for item in received])
    kept: list[BaseRate] = []
    outcomes: list[Refused | None] = []
    for item, pair, is_fresh in zip(received, pairs, fresh, strict=True):
        if not is_fresh or item.record.id in known:
            outcomes.append(None)
            continue
        refused = _rate_refusal(node, item, newest.get(pair), now)
        outcomes.append(refused)
        if refused is None:
            rate = _base_rate(item)
            kept.append(rate)
            newest[pair] = rate
            known.add(rate.id)
    await store.insert_rates(tx, kept, now)
    return outcomes


def _base_rate(item: mail.Received[RateNotice]) -> BaseRate:
    notice = item.record
    return BaseRate(
        id=notice.id,
        fxp=item.message.sender,
        source=notice.source,
        destination=notice.destination,
        value=notice.rate,
        created_at=notice.created_at,
        expires_at=notice.expires_at,
    )


def _rate_refusal(
    node: GatewayNode,
    item: mail.Received[RateNotice],
    newest: BaseRate | None,
    now: datetime,
) -> Refused | None:
    notice, fxp = item.record, node.fxp(item.message.sender)
    if fxp is None:
        return Refused(Reason.INSTITUTION_UNKNOWN, facts={"sender": item.message.sender})
    if not {notice.source, notice.destination} <= fxp.accounts.keys() & fxp.tiers.keys():
        pair = f"{notice.source}/{notice.destination}"
        return Refused(Reason.CORRIDOR_CLOSED, facts={"pair": pair})
    if notice.rate <= 0 or base_one_rate(notice.rate) != notice.rate:
        return Refused(Reason.FIELD_INVALID, facts={"rate": str(notice.rate)})
    over = notice.expires_at <= now or notice.expires_at <= notice.created_at
    if over or (newest is not None and notice.created_at <= newest.created_at):
        return Refused(Reason.RATE_STALE, facts={"rate": notice.id})
    return None


@begins(0)
async def quote(
    tx: Tx, node: GatewayNode, requests: Sequence[QuoteRequest], now: datetime
) -> list[QuoteSet | Refused]:
    """Per request, one quote of each FX provider that approved the PSP, the best rate first."""
    node = await reference.current(tx, node, now)
    routes = [_route(node, request) for request in requests]
    keys = {
        _key(fxp, route) for route in routes if not isinstance(route, Refused) for fxp in node.fxps
    }
    newest = await store.newest_rates(tx, sorted(keys))
    outcomes = [
        route if isinstance(route, Refused) else _quote_set(node, request, route, newest, now)
        for request, route in zip(requests, routes, strict=True)
    ]
    await store.insert_quotes(
        tx, [quote for made in outcomes if isinstance(made, QuoteSet) for quote in made.quotes]
    )
    return outcomes


_Route = tuple[Country, Country]


def _key(fxp: FxProvider, route: _Route) -> _Key:
    return fxp.role, route[0].currency.code, route[1].currency.code


def _route(node: GatewayNode, request: QuoteRequest) -> _Route | Refused:
    """From where to where, for a PSP that some provider has approved."""
    route = _places(node, request)
    if isinstance(route, Refused) or any(request.psp in fxp.relationships for fxp in node.fxps):
        return route
    return Refused(Reason.INSTITUTION_UNKNOWN, facts={"psp": request.psp})


def _places(node: GatewayNode, request: QuoteRequest) -> _Route | Refused:
    source = node.country(request.source_country)
    destination = node.country(request.destination_country)
    if source is None or destination is None or source.currency == destination.currency:
        pair = f"{request.source_country}-{request.destination_country}"
        return Refused(Reason.CORRIDOR_CLOSED, facts={"corridor": pair})
    if request.amount.asset not in {source.currency, destination.currency}:
        return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": request.amount.asset.code})
    if request.amount.minor <= 0:
        return Refused(Reason.AMOUNT_NOT_POSITIVE, facts={"amount": str(request.amount)})
    return source, destination


def _quote_set(
    node: GatewayNode,
    request: QuoteRequest,
    route: _Route,
    newest: dict[_Key, BaseRate],
    now: datetime,
) -> QuoteSet | Refused:
    made: list[Quote] = []
    reason = Reason.RATE_MISSING
    for fxp in node.fxps:
        base = newest.get(_key(fxp, route))
        if request.psp not in fxp.relationships or base is None:
            continue
        if base.withdrawn_at is not None:
            continue
        if base.expires_at <= now:
            reason = Reason.RATE_STALE
            continue
        quote = _quote_of(node, request, route, (fxp, base), now)
        if quote.terms.credited.minor <= 0 or quote.terms.source.minor <= 0:
            reason = Reason.AMOUNT_NOT_POSITIVE
            continue
        made.append(quote)
    if not made:
        pair = f"{route[0].currency}/{route[1].currency}"
        return Refused(reason, facts={"pair": pair, "amount": str(request.amount)})
    made.sort(key=lambda quote: quote.terms.rate.value, reverse=True)
    agents = tuple(_agents(node, quote) for quote in made)
    fees = tuple(scheme_fee(node, quote.source_country, quote.terms.source) for quote in made)
    return QuoteSet(request, tuple(made), agents, fees)


def _quote_of(
    node: GatewayNode,
    request: QuoteRequest,
    route: _Route,
    offered: tuple[FxProvider, BaseRate],
    now: datetime,
) -> Quote:
    source, destination = route
    fxp, base = offered
    psp_bps = fxp.relationships[request.psp]
    offer = rules.Offer(
        Rate(source.currency, destination.currency, base.value),
        fxp.tiers[source.currency.code],
        psp_bps,
    )
    caps = rules.Caps(source.maximum, destination.maximum)
    tier, terms = rules.best_terms(offer, request.amount, destination.fee, caps)
    return Quote(
        id=str(ids.uuid4()),
        psp=request.psp,
        fxp=fxp.role,
        source_country=source.code,
        destination_country=destination.code,
        terms=terms,
        rate_id=base.id,
        tier=tier,
        psp_bps=psp_bps,
        issued_at=now,
        expires_at=now + timedelta(seconds=node.quote_validity_seconds),
    )


def _agents(node: GatewayNode, quote: Quote) -> QuoteAgents:
    fxp = node.fxp(quote.fxp)
    if fxp is None:
        raise NotFound(Reason.INSTITUTION_UNKNOWN, fxp=quote.fxp)
    return QuoteAgents(
        quote.id,
        fxp.accounts[quote.terms.source.asset.code],
        fxp.accounts[quote.terms.destination.asset.code],
    )


async def quote_agents(
    tx: Tx, node: GatewayNode, quote_ids: Sequence[str], _now: datetime
) -> list[QuoteAgents | NotFound]:
    """The access providers of each quote, with the FX provider's accounts there."""
    known = await store.quotes(tx, quote_ids)
    return [
        _agents(node, known[quote_id][0])
        if quote_id in known
        else NotFound(Reason.QUOTE_NOT_FOUND, quote=quote_id)
        for quote_id in quote_ids
    ]


async def newest_rate(tx: Tx, fxp: str, source: str, destination: str) -> Rate | None:
    """The base rate in force of one provider for one pair; None where there is none, or it
    was taken back.
    """
    key = (fxp, source, destination)
    found = (await store.newest_rates(tx, [key])).get(key)
    if found is None or found.withdrawn_at is not None:
        return None
    return Rate(asset(source), asset(destination), found.value)


async def withdraw_rate(
    tx: Tx, _node: GatewayNode, asked: Sequence[tuple[str, str]], now: datetime
) -> list[NotFound | None]:
    """(provider, rate): take a rate back. No more quotes are made from it; those that were
    stay good, and the rate itself stays in the books.
    """
    known = await store.rates(tx, [rate_id for _, rate_id in asked])
    outcomes = [
        None
        if rate_id in known and known[rate_id].fxp == fxp
        else NotFound(Reason.ROUTE_NOT_FOUND, id=rate_id)
        for fxp, rate_id in asked
    ]
    taken = [(rate_id, fxp) for (fxp, rate_id), no in zip(asked, outcomes, strict=True) if not no]
    await store.withdraw_rates(tx, taken, now)
    return outcomes


def amounts(node: GatewayNode, request: QuoteRequest, value: Decimal) -> Terms | Refused:
    """What a payment would come to at a given rate, fees and maxima as they stand in `node`."""
    route = _places(node, request)
    if isinstance(route, Refused):
        return route
    source, destination = route
    if value <= 0 or base_one_rate(value) != value:
        return Refused(Reason.FIELD_INVALID, facts={"param": "exchangeRate", "value": str(value)})
    caps = rules.Caps(source.maximum, destination.maximum)
    rate = Rate(source.currency, destination.currency, value)
    terms = rules.terms_of(rate, request.amount, destination.fee, caps)
    if terms.credited.minor <= 0 or terms.source.minor <= 0:
        return Refused(Reason.AMOUNT_NOT_POSITIVE, facts={"amount": str(request.amount)})
    return terms


def scheme_fee(node: GatewayNode, country: str, source: Money) -> Money:
    """What the scheme invoices the source system's operator for a payment; never taken from it."""
    found = node.country(country)
    if found is None or found.scheme_fee is None:
        return Money(0, source.asset)
    return rules.fee_of(found.scheme_fee, source)
