"""Reference data: how the gateway stands, and who may change what of it.

Configuration says how things begin. From then on each fact is its owner's word: an FX provider
changes its tiers and relationships, a payment system its own country, its fee formula and the
institutions there. Nothing is overwritten; a fee formula may be said ahead of its day.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.scheme.gateway import reference_store as store
from qantara.scheme.gateway.model import (
    Country,
    FinInst,
    FxProvider,
    GatewayNode,
    InstitutionRole,
)
from qantara.scheme.gateway.reference_model import (
    KINDS,
    Act,
    Change,
    CountryTerms,
    Fact,
    FeeKind,
    FeeTerms,
    Kind,
    Listing,
    RelationshipTerms,
    Terms,
    TierTerms,
)

CONFIGURATION = "configuration"
_PAYING = (Kind.COUNTRY, Kind.FEE)
_QUOTING = (Kind.COUNTRY, Kind.FEE, Kind.TIER, Kind.RELATIONSHIP)
_BPS_MOST = 1000
Facts = Mapping[tuple[Kind, str], Fact]


def _by_key(facts: Sequence[Fact]) -> dict[tuple[Kind, str], Fact]:
    return {(fact.kind, fact.key): fact for fact in facts}


async def paying(tx: Tx, node: GatewayNode, now: datetime) -> GatewayNode:
    """The node with what a payment is judged by as it stands: countries and their fees."""
    return overlay(node, _by_key(await store.current(tx, _PAYING, now)))


async def current(tx: Tx, node: GatewayNode, now: datetime) -> GatewayNode:
    """The node as it stands: countries, fees, tiers and relationships."""
    return overlay(node, _by_key(await store.current(tx, _QUOTING, now)))


def overlay(node: GatewayNode, facts: Facts) -> GatewayNode:
    """The configured node with what was changed since."""
    return replace(
        node,
        countries=tuple(_country(country, facts) for country in node.countries),
        fxps=tuple(_fxp(fxp, facts) for fxp in node.fxps),
    )


def _country(country: Country, facts: Facts) -> Country:
    told = facts.get((Kind.COUNTRY, country.code))
    if told is not None and isinstance(told.terms, CountryTerms):
        terms = told.terms
        country = replace(country, maximum=terms.maximum, high=terms.high, required=terms.required)
    fees = {
        fact.terms.kind: fact.terms.formula
        for kind in FeeKind
        if (fact := facts.get((Kind.FEE, f"{kind.value}/{country.code}"))) is not None
        if isinstance(fact.terms, FeeTerms)
    }
    return replace(
        country,
        fee=fees.get(FeeKind.CREDITOR_AGENT, country.fee),
        scheme_fee=fees.get(FeeKind.SCHEME, country.scheme_fee),
    )


def _fxp(fxp: FxProvider, facts: Facts) -> FxProvider:
    ladder = {terms.key: terms for terms in _tiers(fxp)}
    agreed = {terms.key: terms for terms in _relationships(fxp)}
    for (kind, key), fact in facts.items():
        match kind, fact.terms:
            case Kind.TIER, None:
                ladder.pop(key, None)
            case Kind.TIER, TierTerms(fxp=fxp.role) as tier:
                ladder[key] = tier
            case Kind.RELATIONSHIP, RelationshipTerms(fxp=fxp.role) as relationship:
                agreed[key] = relationship
    tiers = sorted((terms.tier for terms in ladder.values()), key=lambda t: t.threshold.minor)
    codes = dict.fromkeys(tier.threshold.asset.code for tier in tiers)
    return replace(
        fxp,
        tiers={
            code: tuple(tier for tier in tiers if tier.threshold.asset.code == code)
            for code in codes
        },
        relationships={terms.psp: terms.bps for terms in agreed.values() if terms.approved},
    )


def _tiers(fxp: FxProvider) -> Iterator[TierTerms]:
    for tiers in fxp.tiers.values():
        yield from (TierTerms(fxp.role, tier) for tier in tiers)


def _relationships(fxp: FxProvider) -> Iterator[RelationshipTerms]:
    for psp, bps in fxp.relationships.items():
        yield RelationshipTerms(fxp.role, psp, bps)


def _configured(node: GatewayNode) -> Iterator[Terms]:
    for country in node.countries:
        yield CountryTerms(country.code, country.maximum, country.high, country.required)
        yield FeeTerms(FeeKind.CREDITOR_AGENT, country.code, country.fee)
        if country.scheme_fee is not None:
            yield FeeTerms(FeeKind.SCHEME, country.code, country.scheme_fee)
    for fxp in node.fxps:
        yield from _tiers(fxp)
        yield from _relationships(fxp)
    for institution in node.institutions:
        yield Listing(institution)


async def begin(tx: Tx, node: GatewayNode, now: datetime) -> None:
    """Keep what the configuration says, where nobody has said otherwise since.

    A fact that only configuration ever spoke of follows it; one that its owner has changed
    stays the owner's.
    """
    facts = _by_key(await store.current(tx, list(Kind), now))
    said = []
    for terms in _configured(node):
        kind = KINDS[type(terms)]
        before = facts.get((kind, terms.key))
        if before is None or (before.changed_by == CONFIGURATION and before.terms != terms):
            said.append(Fact(kind, terms.key, terms, now, CONFIGURATION))
    await store.insert(tx, said, now)


async def change(
    tx: Tx, node: GatewayNode, changes: Sequence[Change], now: datetime
) -> list[QantaraError | Refused | None]:
    """Keep what participants change of their own, in order; None where it was kept.

    Refused: what is not the caller's to change, what could not be right, a day that is past.
    """
    facts = _by_key(await store.current(tx, list(Kind), now))
    kept: list[Fact] = []
    outcomes: list[QantaraError | Refused | None] = []
    for asked in changes:
        fact = _judged(node, asked, facts, now)
        if not isinstance(fact, Fact):
            outcomes.append(fact)
            continue
        outcomes.append(None)
        kept.append(fact)
        if fact.applies_at <= now:
            facts[fact.kind, fact.key] = fact
    await store.insert(tx, kept, now)
    return outcomes


def _judged(
    node: GatewayNode, asked: Change, facts: Facts, now: datetime
) -> Fact | QantaraError | Refused:
    terms, kind = asked.terms, KINDS[type(asked.terms)]
    if not _owns(node, asked.by, terms):
        return Refused(Reason.MESSAGE_WRONG_PARTY, facts={"sender": asked.by})
    before = facts.get((kind, terms.key))
    there = before.terms is not None if before is not None else _is_configured(node, terms)
    if asked.act is Act.ADD and there:
        return Conflict(Reason.ID_REUSED, id=terms.key)
    if asked.act is not Act.ADD and not there:
        return NotFound(Reason.ROUTE_NOT_FOUND, id=terms.key)
    applies_at = now if asked.applies_at is None else asked.applies_at
    if applies_at < now:
        return Refused(Reason.FIELD_INVALID, facts={"param": "effectiveDateTime"})
    left = None if asked.act is Act.REMOVE else terms
    fact = Fact(kind, terms.key, left, applies_at, asked.by)
    wrong = _defect(node, fact, terms, facts)
    if wrong:
        return Refused(Reason.FIELD_INVALID, facts={"param": wrong})
    return fact


def _is_configured(node: GatewayNode, terms: Terms) -> bool:
    kind = type(terms)
    return any(type(own) is kind and own.key == terms.key for own in _configured(node))


def _owns(node: GatewayNode, role: str, terms: Terms) -> bool:
    """Whether this participant may change it."""
    match terms:
        case TierTerms(fxp=owner) | RelationshipTerms(fxp=owner):
            return owner == role and node.fxp(role) is not None
        case CountryTerms(code=code):
            place = code
        case FeeTerms(kind=kind, country=place):
            if kind is FeeKind.SCHEME:  # the scheme's own figure: no participant's
                return False
        case Listing(institution=institution):
            place = institution.country
    country = node.country(place)
    return country is not None and country.ips == role


def _defect(node: GatewayNode, fact: Fact, terms: Terms, facts: Facts) -> str | None:
    """The field that cannot be right."""
    match terms:
        case CountryTerms(code=code, maximum=maximum):
            country = node.country(code)
            fits = country is not None and maximum.asset == country.currency and maximum.minor > 0
            return None if fits else "maxAmount"
        case FeeTerms(country=code, formula=formula):
            country = node.country(code)
            fits = country is not None and formula.nominal.asset == country.currency
            return None if fits else "nominalFee"
        case RelationshipTerms(bps=bps):
            return None if -_BPS_MOST <= bps <= _BPS_MOST else "bps"
        case TierTerms():
            return _ladder_defect(node, fact, terms, facts)
        case Listing(institution=institution):
            return None if institution.bic[4:6] == institution.country else "BICFI"


def _ladder_defect(node: GatewayNode, fact: Fact, terms: TierTerms, facts: Facts) -> str | None:
    """A provider's tiers begin at 0 in each of its currencies and rise in threshold and bps."""
    fxp = node.fxp(terms.fxp)
    code = terms.tier.threshold.asset.code
    if fxp is None or code not in fxp.accounts:
        return "currency"
    if not 0 <= terms.tier.bps <= _BPS_MOST:
        return "bps"
    try:
        left = _fxp(fxp, {**facts, (fact.kind, fact.key): fact})
    except ValueError:
        return "threshold"
    return None if left.tiers.keys() >= fxp.tiers.keys() else "threshold"


async def relationships(
    tx: Tx, node: GatewayNode, role: str, now: datetime
) -> list[RelationshipTerms]:
    """What an FX provider has agreed with PSPs, approved or not any more."""
    configured = node.fxp(role)
    agreed = {terms.key: terms for terms in _relationships(configured)} if configured else {}
    for fact in await store.current(tx, [Kind.RELATIONSHIP], now):
        if isinstance(fact.terms, RelationshipTerms) and fact.terms.fxp == role:
            agreed[fact.key] = fact.terms
    return list(agreed.values())


async def listed(
    tx: Tx, now: datetime, *, role: InstitutionRole | None = None, country: str | None = None
) -> list[FinInst]:
    """The institutions of a role and a country (each or any), by country and BIC."""
    found = [
        fact.terms.institution
        for fact in await store.current(tx, [Kind.INSTITUTION], now)
        if isinstance(fact.terms, Listing)
    ]
    return [
        each
        for each in sorted(found, key=lambda each: (each.country, each.bic))
        if role is None or role in each.roles
        if country is None or each.country == country
    ]


async def institutions(tx: Tx, bics: Sequence[str], now: datetime) -> dict[str, FinInst]:
    """Those of these BICs that are listed."""
    facts = await store.of_keys(tx, Kind.INSTITUTION, bics, now)
    return {
        bic: fact.terms.institution
        for bic, fact in facts.items()
        if isinstance(fact.terms, Listing)
    }
