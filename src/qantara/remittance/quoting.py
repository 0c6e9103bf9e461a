"""Quote: from a wish to a full disclosure of cost."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara import ids
from qantara.db import Tx, deadlines, events
from qantara.db.turns import begins
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, CustomerState, Holding
from qantara.policy import flow as policy
from qantara.policy.model import Decision, Facts, NewDecision
from qantara.remittance import rate_store, rules, store
from qantara.remittance.model import (
    KIND,
    AskQuote,
    Fixed,
    GatewayQuote,
    Institution,
    PriceRequest,
    Quote,
    ReferenceRate,
    remittance_id,
)

MID_AGE_SECONDS = 86_400
COST_LEAST_PERCENT = -100
"""Below it more than twice the value arrives: the reference rate is wrong and shows nothing."""
Priced = Quote | Refused | NotFound | Conflict


def interbank_amount(node: Institution, request: PriceRequest) -> Money | Refused:
    """What to ask the gateway, before any of it is stored; refuses what needs no gateway."""
    if request.destination_country not in node.corridors:
        return Refused(
            Reason.CORRIDOR_CLOSED,
            rule="corridor.open",
            facts={"country": request.destination_country},
        )
    corridor = node.corridors[request.destination_country]
    wanted = node.asset if request.fixed is Fixed.SOURCE else corridor.currency
    if request.amount.asset != wanted:
        return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": wanted.code})
    return rules.interbank_amount(node.fee, request)


async def record_reference_rates(
    tx: Tx, _node: Institution, rates: Sequence[ReferenceRate], now: datetime
) -> list[None]:
    """Keep dated mid-market rates; disclosures are measured against the newest."""
    await rate_store.add_reference_rates(tx, rates, now)
    return [None] * len(rates)


@begins(1)
async def quote(
    tx: Tx, node: Institution, asked: Sequence[AskQuote], now: datetime
) -> list[Priced]:
    """Price each request with the gateway's best offer, and keep the quote.

    Refused where policy forbids the payment (that decision is kept), no whole offer exists, or
    no reference rate is fresh enough to disclose the cost. An id seen before gives its first
    quote again, with another request it is a `Conflict`.
    """
    known = await store.by_ids(tx, [remittance_id(each.id) for each in asked])
    quotes = {remittance.quote.id: remittance.quote for remittance in known.values()}
    holdings = await parties.accounts(tx, [each.request.account_id for each in asked])
    mids = await _mids(tx, node, asked, now)
    outcomes: list[Priced] = []
    new: list[Quote] = []
    forbidden: list[NewDecision] = []
    for each, holding in zip(asked, holdings, strict=True):
        before = quotes.get(each.id)
        if before is not None:
            same = before.request == each.request
            outcomes.append(before if same else Conflict(Reason.ID_REUSED, id=each.id))
            continue
        priced = _price(node, each, holding, mids, now)
        if isinstance(priced, NewDecision):
            forbidden.append(priced)
            outcomes.append(_refusal(priced))
            continue
        if isinstance(priced, Quote):
            new.append(priced)
            quotes[priced.id] = priced
        outcomes.append(priced)
    if forbidden:
        await policy.record_decisions(tx, forbidden, now)
    if new:
        await store.add_quotes(tx, new)
        await deadlines.set(tx, KIND, [(each.remittance_id, each.valid_until) for each in new])
        await events.add(tx, [(each.remittance_id, "quoted") for each in new], now)
    return outcomes


def _refusal(forbidden: NewDecision) -> Refused:
    if forbidden.decision.refusal is None:
        raise TypeError("a decision that allows is no refusal")
    return forbidden.decision.refusal


async def _mids(
    tx: Tx, node: Institution, asked: Sequence[AskQuote], now: datetime
) -> dict[tuple[str, str], ReferenceRate]:
    pairs = {
        (node.asset.code, node.corridors[each.request.destination_country].currency.code)
        for each in asked
        if each.request.destination_country in node.corridors
    }
    return await rate_store.reference_rates(tx, sorted(pairs), now)


def _price(
    node: Institution,
    each: AskQuote,
    holding: Holding | NotFound,
    mids: dict[tuple[str, str], ReferenceRate],
    now: datetime,
) -> Priced | NewDecision:
    """The quote, or why there is none; the decision itself where policy forbids it."""
    request = each.request
    if isinstance(holding, QantaraError) or holding.customer.id != request.customer_id:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, account=request.account_id)
    if holding.account.state is not AccountState.OPEN:
        return Refused(Reason.ACCOUNT_CLOSED)
    if holding.customer.state is CustomerState.DECEASED:
        return Refused(Reason.CUSTOMER_DECEASED)
    asked_for = interbank_amount(node, request)
    if isinstance(asked_for, Refused):
        return asked_for
    pair = (node.asset, node.corridors[request.destination_country].currency)
    offers = [o for o in each.offers if (o.interbank_source.asset, o.received.asset) == pair]
    offer = rules.best_offer(request.fixed, asked_for, offers, now)
    if isinstance(offer, Refused):
        return offer
    mid = mids.get((pair[0].code, pair[1].code))
    if mid is None:
        return Refused(Reason.RATE_MISSING)
    if now - mid.as_of > timedelta(seconds=MID_AGE_SECONDS):
        return Refused(Reason.RATE_STALE)
    made = _disclosed(node, each, offer, mid, now)
    if made.total_cost_percent < COST_LEAST_PERCENT:
        return Refused(Reason.RATE_MISSING)
    facts, decision = decide(node, made, holding, None, now)
    refusal = decision.refusal
    if refusal is not None and refusal.reason is not Reason.PURPOSE_REQUIRED:
        return NewDecision(ids.new("dec"), each.id, facts, decision)
    return made


def _disclosed(
    node: Institution, each: AskQuote, offer: GatewayQuote, mid: ReferenceRate, now: datetime
) -> Quote:
    """All that the sender pays and the recipient gets; total debit = exchanged + our fee."""
    request = each.request
    if request.fixed is Fixed.SOURCE:
        debit = request.amount
    else:
        debit = rules.debit_for(node.fee, offer.interbank_source)
    return Quote(
        id=each.id,
        request=request,
        source_country=node.country,
        total_debit=debit,
        sender_fee=debit - offer.interbank_source,
        offer=offer,
        mid=mid,
        total_cost_percent=rules.total_cost_percent(debit, offer.received, mid),
        recorded_at=now,
    )


def decide(
    node: Institution, quote: Quote, holding: Holding, purpose: str | None, now: datetime
) -> tuple[Facts, Decision]:
    """What the rulebooks of both sides say about this payment today, and from which facts."""
    corridor = node.corridors[quote.request.destination_country]
    facts = policy.payment_facts(
        source_country=node.country,
        destination_country=corridor.country,
        source=quote.offer.interbank_source,
        destination=quote.offer.interbank_destination,
        sender_kind=holding.customer.kind.value,
        rails=corridor.rails,
        purpose=purpose,
    )
    return facts, policy.decide(node.rulebook, facts, now.date())
