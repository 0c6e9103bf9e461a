"""Quote: from a wish to a full disclosure of cost."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.errors import NotFound, QantaraError, Reason, Refused
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.parties.model import CustomerKind, Holding
from qantara.policy import flow as policy
from qantara.policy.model import Decision, PaymentFacts, SenderKind
from qantara.remittance import rules, store
from qantara.remittance.model import (
    AskQuote,
    Fixed,
    Institution,
    PriceRequest,
    Quote,
    ReferenceRate,
    remittance_id,
)

MID_AGE_SECONDS = 86_400


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
    await store.add_reference_rates(tx, rates, now)
    return [None] * len(rates)


async def quote(
    tx: Tx, node: Institution, asked: Sequence[AskQuote], now: datetime
) -> list[Quote | Refused | NotFound]:
    """Price each request with the gateway's best offer, and keep the quote.

    Refused where policy forbids the payment, no whole offer exists, or no reference rate is
    fresh enough to disclose the cost. An id seen before gives its first quote again.
    """
    known = await store.by_ids(tx, [remittance_id(each.id) for each in asked])
    holdings = await parties.accounts(tx, [each.request.account_id for each in asked])
    mids = await _mids(tx, node, asked, now)
    outcomes: list[Quote | Refused | NotFound] = []
    for each, holding in zip(asked, holdings, strict=True):
        before = known.get(remittance_id(each.id))
        if before is not None:
            outcomes.append(before.quote)
        else:
            outcomes.append(_price(node, each, holding, mids, now))
    new = [each for each in outcomes if isinstance(each, Quote) and each.remittance_id not in known]
    if new:
        await store.add_quotes(tx, new)
        await store.add_events(tx, [(each.remittance_id, "quoted") for each in new], now)
    return outcomes


async def _mids(
    tx: Tx, node: Institution, asked: Sequence[AskQuote], now: datetime
) -> dict[tuple[str, str], ReferenceRate]:
    pairs = {
        (node.asset.code, node.corridors[each.request.destination_country].currency.code)
        for each in asked
        if each.request.destination_country in node.corridors
    }
    return await store.reference_rates(tx, sorted(pairs), now, MID_AGE_SECONDS)


def _price(
    node: Institution,
    each: AskQuote,
    holding: Holding | NotFound,
    mids: dict[tuple[str, str], ReferenceRate],
    now: datetime,
) -> Quote | Refused | NotFound:
    request = each.request
    if isinstance(holding, QantaraError) or holding.customer.id != request.customer_id:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, account=request.account_id)
    asked_for = interbank_amount(node, request)
    if isinstance(asked_for, Refused):
        return asked_for
    offer = rules.best_offer(request.fixed, each.offers)
    if isinstance(offer, Refused):
        return offer
    mid = mids.get((node.asset.code, offer.received.asset.code))
    if mid is None:
        return Refused(Reason.RATE_MISSING)
    if request.fixed is Fixed.SOURCE:
        debit = request.amount
    else:
        debit = rules.debit_for(node.fee, offer.interbank_source)
    if (
        offer.received.minor <= 0
        or offer.interbank_destination != offer.received + offer.recipient_fee
    ):
        return Refused(Reason.AMOUNT_NOT_POSITIVE)
    made = Quote(
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
    refusal = decide(node, made, holding, None, now)[1].refusal
    if refusal is not None and refusal.reason is not Reason.PURPOSE_REQUIRED:
        return refusal
    return made


def decide(
    node: Institution, quote: Quote, holding: Holding, purpose: str | None, now: datetime
) -> tuple[PaymentFacts, Decision]:
    """What the rulebooks of both sides say about this payment today, and from which facts."""
    corridor = node.corridors[quote.request.destination_country]
    is_company = holding.customer.kind is CustomerKind.COMPANY
    facts = PaymentFacts(
        source_country=node.country,
        destination_country=corridor.country,
        source=quote.offer.interbank_source,
        destination=quote.offer.interbank_destination,
        sender_kind=SenderKind.COMPANY if is_company else SenderKind.PERSON,
        rails=corridor.rails,
        purpose=purpose,
    )
    return facts, policy.decide(node.rulebook, facts, now.date())
