"""Nexus arithmetic, exact: improved rates, amounts of a quote, caps, tiers, fees.

Rounding is unpublished; ours: amounts half-up to the minor unit; where the recipient's amount
is fixed the source amount is rounded up and the destination provider's fee takes the rest, so
that what was shown is credited and nothing is created or lost.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from qantara.errors import Reason
from qantara.money import Money, Rate, Rounding, round_fraction
from qantara.rails.model import Defect
from qantara.reasons import REASONS
from qantara.scheme.gateway.model import FeeFormula, Terms, Tier
from qantara.scheme.rules import BPS, base_one_rate

_STANDARD = frozenset(
    {
        *("GrpHdr", "CdtTrfTxInf", "MsgId", "CreDtTm", "NbOfTxs", "SttlmInf", "SttlmMtd", "PmtId"),
        *("EndToEndId", "IntrBkSttlmAmt", "ChrgBr", "Dbtr", "DbtrAgt", "CdtrAgt", "Cdtr"),
        *("FinInstnId", "PreAgrdXchgRate", "ChrgsInf/Amt", "ChrgsInf/Agt", "@Ccy"),
        *("BirthDt", "CityOfBirth", "CtryOfBirth"),
    }
)
"""What the standard itself asks of a pacs.008: without it the schema is broken (FF01). All
else that is missing is an element of the usage guideline (CH21).
"""
_USAGE = {
    Reason.MESSAGE_CODE_UNKNOWN: "CH21",
    Reason.AMOUNT_SCALE: REASONS[Reason.AMOUNT_SCALE].iso,
    Reason.CURRENCY_MISMATCH: REASONS[Reason.CURRENCY_MISMATCH].iso,
    Reason.CURRENCY_UNKNOWN: REASONS[Reason.CURRENCY_UNKNOWN].iso,
}
_COUNTED = re.compile(r"\[[0-9]+\]")
_TOLD = 105


def code_of(defects: Sequence[Defect]) -> tuple[str, str]:
    """The ISO code of a message that breaks its guideline, and where: the schema's before the
    guideline's own, the first of its kind.
    """
    coded = [(_code(defect), defect) for defect in defects]
    code, defect = next((each for each in coded if each[0] == "FF01"), coded[0])
    return code, f"{defect.code}, {defect.xpath}"[:_TOLD]


def _code(defect: Defect) -> str:
    if defect.code is not Reason.MESSAGE_ELEMENT_MISSING:
        return _USAGE.get(defect.code, "FF01")
    steps = _COUNTED.sub("", defect.xpath).split("/")
    standard = steps[-1] in _STANDARD or "/".join(steps[-2:]) in _STANDARD
    return "FF01" if standard else "CH21"


def improved(base: Decimal, tier_bps: int, psp_bps: int) -> Decimal:
    """The base rate with both improvements; basis points are added, not compounded."""
    return base_one_rate(base * (BPS + tier_bps + psp_bps) / BPS)


def fee_of(formula: FeeFormula, destination: Money) -> Money:
    """The fee on a destination amount, half-up."""
    exact = formula.nominal.minor + Fraction(formula.ratio) * destination.minor
    return Money(round_fraction(exact, Rounding.HALF_UP), destination.asset)


def source_defined(rate: Rate, source: Money, formula: FeeFormula) -> Terms:
    destination = rate.convert(source)
    fee = fee_of(formula, destination)
    return Terms(rate, source, destination, fee, destination - fee)


def destination_defined(rate: Rate, credited: Money, formula: FeeFormula) -> Terms:
    """The least source amount that pays for exactly this credit and the formula's fee."""
    gross = Fraction(credited.minor + formula.nominal.minor) / (1 - Fraction(formula.ratio))
    scale = Fraction(10) ** (rate.base.scale - rate.quote.scale)
    source = Money(round_fraction(gross / Fraction(rate.value) * scale, Rounding.UP), rate.base)
    destination = rate.convert(source)
    return Terms(rate, source, destination, destination - credited, credited)


def own_terms(rate: Rate, source: Money, fee: Money, formula: FeeFormula) -> Terms | None:
    """The amounts of a payment whose PSP set the rate itself, by the amount that it fixed: the
    one sent, or the one credited. None where the fee told is that of neither.
    """
    given = source_defined(rate, source, formula)
    credited = given.destination - fee
    if credited.minor <= 0:
        return None
    if given.fee == fee:
        return given
    fixed = destination_defined(rate, credited, formula)
    return fixed if (fixed.source, fixed.fee) == (source, fee) else None


class Caps(Struct, frozen=True):
    """The most one payment may carry in each system."""

    source: Money
    destination: Money

    def allow(self, terms: Terms) -> bool:
        return terms.source <= self.source and terms.destination <= self.destination


def largest_source(rate: Rate, caps: Caps) -> Money:
    """The most that can be sent at this rate without passing either cap."""
    scale = Fraction(10) ** (rate.base.scale - rate.quote.scale)
    # Half-up: the destination stays at its cap up to half a minor unit above it.
    bound = (caps.destination.minor + Fraction(1, 2)) / Fraction(rate.value) * scale
    within = round_fraction(bound, Rounding.DOWN)
    if rate.convert(Money(within, rate.base)).minor > caps.destination.minor:
        within -= 1
    return Money(min(caps.source.minor, within), rate.base)


def terms_of(rate: Rate, amount: Money, formula: FeeFormula, caps: Caps) -> Terms:
    """The amounts at this rate, capped where they pass a system's maximum."""
    if amount.asset == rate.base:
        terms = source_defined(rate, amount, formula)
    else:
        terms = destination_defined(rate, amount, formula)
    if caps.allow(terms):
        return terms
    capped = source_defined(rate, largest_source(rate, caps), formula)
    return Terms(rate, capped.source, capped.destination, capped.fee, capped.credited, capped=True)


class Offer(Struct, frozen=True):
    """A provider's ladder for one pair and one PSP."""

    base: Rate
    tiers: Sequence[Tier]
    psp_bps: int

    def at(self, tier: Tier) -> Rate:
        return Rate(
            self.base.base, self.base.quote, improved(self.base.value, tier.bps, self.psp_bps)
        )


def best_terms(offer: Offer, amount: Money, formula: FeeFormula, caps: Caps) -> tuple[Tier, Terms]:
    """The best tier whose own source amount still reaches its threshold, and its amounts.

    A better rate makes the source amount of a fixed credit smaller, so each tier is judged by
    the amount it itself implies. Tiers rise from threshold 0, which every amount reaches.
    """
    reached = None
    for tier in offer.tiers:
        terms = terms_of(offer.at(tier), amount, formula, caps)
        if tier.threshold <= terms.source:
            reached = (tier, terms)
    if reached is None:
        raise ValueError("the first tier has a threshold of 0")
    return reached
