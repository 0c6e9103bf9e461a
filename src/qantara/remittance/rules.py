"""What a remittance costs and what an answer means: pure functions."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from qantara.errors import Reason, Refused
from qantara.money import Money, Rounding, round_fraction
from qantara.policy.model import Fee
from qantara.rails import reasons
from qantara.remittance.model import Fixed, GatewayQuote, PriceRequest, ReferenceRate

status_code = reasons.status_code
reason_said = reasons.reason_said
reason_of = reasons.reason_of


def sender_fee(fee: Fee, debit: Money) -> Money:
    """The institution's own fee on a debit: nominal + ratio x debit, half-up."""
    proportional = Fraction(fee.ratio) * debit.minor
    return fee.nominal + Money(round_fraction(proportional, Rounding.HALF_UP), debit.asset)


def interbank_amount(fee: Fee, request: PriceRequest) -> Money | Refused:
    """The amount to ask the gateway about.

    When the sender fixed the debit, the fee comes out of it first; when the sender fixed what
    arrives, that amount itself is asked for (Nexus, quotes).
    """
    if request.amount.minor <= 0:
        return Refused(Reason.AMOUNT_NOT_POSITIVE)
    if request.fixed is Fixed.DESTINATION:
        return request.amount
    rest = request.amount - sender_fee(fee, request.amount)
    if rest.minor <= 0:
        return Refused(Reason.AMOUNT_NOT_POSITIVE, facts={"fee": str(request.amount - rest)})
    return rest


def debit_for(fee: Fee, interbank: Money) -> Money:
    """The smallest debit that leaves `interbank` once its fee is taken; it leaves exactly that.

    A debit d leaves d - nominal - floor(ratio x d + 1/2), which grows by 0 or 1 as d grows by 1.
    So the smallest that leaves enough is the first above (interbank + nominal - 1/2) / (1 - ratio).
    """
    bound = (interbank.minor + fee.nominal.minor - Fraction(1, 2)) / (1 - Fraction(fee.ratio))
    return Money(round_fraction(bound, Rounding.DOWN) + 1, interbank.asset)


def best_offer(
    fixed: Fixed, asked_for: Money, offers: Sequence[GatewayQuote], now: datetime
) -> GatewayQuote | Refused:
    """The offer that gives most, or costs least, of those that answer what was asked for.

    A capped one is told apart and refused: it is the answer to a smaller question.
    """
    if not offers:
        return Refused(Reason.RATE_MISSING)
    valid = [offer for offer in offers if now < offer.valid_until]
    if not valid:
        return Refused(Reason.QUOTE_EXPIRED, rule="quote.validity")
    whole = [offer for offer in valid if not offer.capped]
    if not whole:
        most = max((_fixed_part(fixed, offer) for offer in valid), key=lambda money: money.minor)
        facts = {"limit": f"{most} {most.asset}"}
        return Refused(Reason.AMOUNT_ABOVE_LIMIT, rule="ips.maximum", facts=facts)
    arriving = [offer for offer in whole if offer.received.minor > 0]
    if not arriving:
        return Refused(Reason.AMOUNT_NOT_POSITIVE)
    fitting = [offer for offer in arriving if _answers(fixed, asked_for, offer)]
    if not fitting:
        return Refused(Reason.QUOTE_MISMATCH, rule="quote.answers_request")
    if fixed is Fixed.SOURCE:
        return max(fitting, key=lambda offer: (offer.received.minor, offer.id))
    return min(fitting, key=lambda offer: (offer.interbank_source.minor, offer.id))


def _fixed_part(fixed: Fixed, offer: GatewayQuote) -> Money:
    return offer.interbank_source if fixed is Fixed.SOURCE else offer.received


def _answers(fixed: Fixed, asked_for: Money, offer: GatewayQuote) -> bool:
    """Whether what was fixed stays fixed and the offer adds up: a difference would become a fee
    that nobody disclosed.
    """
    arrives = offer.interbank_destination
    return (
        _fixed_part(fixed, offer) == asked_for
        and offer.interbank_source.minor > 0
        and offer.recipient_fee.minor >= 0
        and offer.rate > 0
        and arrives.asset == offer.received.asset == offer.recipient_fee.asset
        and arrives == offer.received + offer.recipient_fee
    )


def total_cost_percent(debit: Money, received: Money, mid: ReferenceRate) -> Decimal:
    """100 x (debit - received / mid) / debit: what the whole transfer costs, two decimals.

    `mid` is the mid-market rate from source to destination, so that fees and the margin in
    the exchange rate show up in one figure.
    """
    value = Fraction(received.major) / Fraction(mid.rate.value)
    percent = 100 * (Fraction(debit.major) - value) / Fraction(debit.major)
    hundredths = round_fraction(percent * 100, Rounding.HALF_UP)
    return Decimal(f"{hundredths}E-2")
