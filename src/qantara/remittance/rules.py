"""What a remittance costs and what an answer means: pure functions."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from qantara.errors import Reason, Refused
from qantara.money import Money, Rounding, round_fraction
from qantara.policy.model import Fee
from qantara.remittance.model import Fixed, GatewayQuote, PriceRequest, ReferenceRate

CENT = Decimal("0.01")

# The scheme's answer in the words of the person who sent the money.
_REASON_OF_CODE = {
    "AB03": Reason.TIMED_OUT,
    "AB04": Reason.QUOTE_EXPIRED,
    "AC04": Reason.PAYEE_CLOSED,
    "AC06": Reason.PAYEE_CLOSED,
    "AC07": Reason.PAYEE_CLOSED,
    "AC14": Reason.PAYEE_UNKNOWN,
    "AM02": Reason.AMOUNT_ABOVE_LIMIT,
    "AM04": Reason.LIQUIDITY_SHORT,
    "AM13": Reason.AMOUNT_ABOVE_LIMIT,
    "AM14": Reason.AMOUNT_ABOVE_LIMIT,
    "BE23": Reason.ALIAS_UNKNOWN,
    "RC07": Reason.INSTITUTION_UNKNOWN,
    "TM01": Reason.MESSAGE_STALE,
}


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
    """The debit whose fee leaves exactly `interbank`: the smallest one that covers both."""
    exact = Fraction(interbank.minor + fee.nominal.minor) / (1 - Fraction(fee.ratio))
    return Money(round_fraction(exact, Rounding.UP), interbank.asset)


def best_offer(fixed: Fixed, offers: Sequence[GatewayQuote]) -> GatewayQuote | Refused:
    """The offer that gives most, or costs least; a capped one is told apart and refused."""
    whole = [offer for offer in offers if not offer.capped]
    if not offers:
        return Refused(Reason.RATE_MISSING)
    if not whole:
        return Refused(
            Reason.AMOUNT_ABOVE_LIMIT,
            rule="ips.maximum",
            facts={"limit": f"{offers[0].interbank_source} {offers[0].interbank_source.asset}"},
        )
    if fixed is Fixed.SOURCE:
        return max(whole, key=lambda offer: (offer.received.minor, offer.id))
    return min(whole, key=lambda offer: (offer.interbank_source.minor, offer.id))


def total_cost_percent(debit: Money, received: Money, mid: ReferenceRate) -> Decimal:
    """100 x (debit - received / mid) / debit: what the whole transfer costs, two decimals.

    `mid` is the mid-market rate from source to destination, so that fees and the margin in
    the exchange rate show up in one figure.
    """
    value = Fraction(received.major) / Fraction(mid.rate.value)
    percent = 100 * (Fraction(debit.major) - value) / Fraction(debit.major)
    hundredths = round_fraction(percent * 100, Rounding.HALF_UP)
    return (Decimal(hundredths) * CENT).quantize(CENT, ROUND_HALF_UP)


def reason_of(code: str | None) -> Reason:
    """Our reason for an ISO 20022 status reason code; the code itself is kept beside it."""
    return _REASON_OF_CODE.get(code or "", Reason.REJECTED_BY_RECEIVER)
