from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qantara.money import MYR, PKR, Asset, Money, Rate
from qantara.scheme.gateway import rules
from qantara.scheme.gateway.model import FeeFormula, FxProvider, Tier
from qantara.scheme.rules import RATE_DECIMALS, RATE_DIGITS

YEN = Asset("JPY", 0)
rate_values = st.decimals("0.0001", "9999", places=6, allow_nan=False)
rates = st.one_of(
    st.builds(Rate, st.just(MYR), st.just(PKR), rate_values),
    st.builds(Rate, st.just(PKR), st.just(MYR), rate_values),
    st.builds(Rate, st.just(MYR), st.just(YEN), rate_values),
    st.builds(Rate, st.just(YEN), st.just(MYR), rate_values),
)
minors = st.integers(1, 10**12)
ratios = st.decimals("0", "0.2", places=4, allow_nan=False)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rate, FeeFormula]:
    rate = draw(rates)
    return rate, FeeFormula(Money(draw(st.integers(0, 10_000)), rate.quote), draw(ratios))


def test_improvements_are_added_not_compounded() -> None:
    assert rules.improved(Decimal("1.5000"), 100, 0) == Decimal("1.5150")
    assert rules.improved(Decimal("1.5000"), 60, 40) == Decimal("1.5150")


@given(st.decimals("0.0000001", "99999999", places=10), st.integers(0, 500), st.integers(0, 500))
def test_an_improved_rate_fits_the_message(base: Decimal, tier: int, psp: int) -> None:
    value = rules.improved(base, tier, psp)
    digits = value.as_tuple().digits
    assert isinstance(value.as_tuple().exponent, int)
    assert -int(value.as_tuple().exponent) <= RATE_DECIMALS
    assert len(digits) <= RATE_DIGITS
    assert value >= rules.improved(base, 0, 0)


@given(cases(), minors)
def test_nothing_is_created_or_lost_when_the_sender_fixes_the_amount(
    case: tuple[Rate, FeeFormula], amount: int
) -> None:
    rate, formula = case
    terms = rules.source_defined(rate, Money(amount, rate.base), formula)
    assert terms.source == Money(amount, rate.base)
    assert terms.destination == rate.convert(terms.source)
    assert terms.credited + terms.fee == terms.destination
    assert terms.fee == rules.fee_of(formula, terms.destination)


@given(cases(), minors)
def test_the_recipient_gets_exactly_what_was_shown(
    case: tuple[Rate, FeeFormula], amount: int
) -> None:
    rate, formula = case
    terms = rules.destination_defined(rate, Money(amount, rate.quote), formula)
    assert terms.credited == Money(amount, rate.quote)
    assert terms.destination == rate.convert(terms.source)
    assert terms.credited + terms.fee == terms.destination
    assert terms.fee.minor >= 0


@given(cases(), minors)
def test_the_closed_form_is_met_by_the_least_source_amount(
    case: tuple[Rate, FeeFormula], amount: int
) -> None:
    rate, formula = case
    terms = rules.destination_defined(rate, Money(amount, rate.quote), formula)
    gross = Fraction(amount + formula.nominal.minor) / (1 - Fraction(formula.ratio))
    unit = Fraction(rate.value) * Fraction(10) ** (rate.quote.scale - rate.base.scale)
    assert terms.source.minor * unit >= gross > (terms.source.minor - 1) * unit
    # The balancing fee is the formula's, give or take one source unit and the roundings.
    assert abs(terms.fee.minor - rules.fee_of(formula, terms.destination).minor) <= unit + 1


@given(cases(), minors, st.integers(0, 10**6))
def test_more_costs_more_and_brings_more(
    case: tuple[Rate, FeeFormula], amount: int, more: int
) -> None:
    rate, formula = case
    small = rules.source_defined(rate, Money(amount, rate.base), formula)
    large = rules.source_defined(rate, Money(amount + more, rate.base), formula)
    assert small.credited.minor <= large.credited.minor + 1
    assert small.destination <= large.destination
    near = rules.destination_defined(rate, Money(amount, rate.quote), formula)
    far = rules.destination_defined(rate, Money(amount + more, rate.quote), formula)
    assert near.source <= far.source


@given(cases(), minors, minors, minors, st.sampled_from(["source", "destination"]))
def test_no_quote_passes_a_cap_and_a_capped_one_is_the_largest(
    case: tuple[Rate, FeeFormula], amount: int, most: int, most_there: int, wished: str
) -> None:
    rate, formula = case
    caps = rules.Caps(Money(most, rate.base), Money(most_there, rate.quote))
    wish = Money(amount, rate.base if wished == "source" else rate.quote)
    terms = rules.terms_of(rate, wish, formula, caps)
    assert caps.allow(terms)
    assert terms.credited + terms.fee == terms.destination
    if terms.capped:
        larger = Money(terms.source.minor + 1, rate.base)
        assert caps.source < larger or caps.destination < rate.convert(larger)
    elif wished == "source":
        assert terms.source == wish
    else:
        assert terms.credited == wish


@given(minors, st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 50)), max_size=4))
def test_the_best_tier_is_the_highest_its_own_amount_reaches(
    amount: int, ladder: list[tuple[int, int]]
) -> None:
    thresholds = sorted({threshold for threshold, _ in ladder})
    steps = sorted(bps for _, bps in ladder)[: len(thresholds)]
    tiers = [Tier(Money(0, MYR), 0)]
    tiers += [Tier(Money(t, MYR), b) for t, b in zip(thresholds, steps, strict=True)]
    formula = FeeFormula(Money(2000, PKR), Decimal("0.001"))
    caps = rules.Caps(Money(10**15, MYR), Money(10**15, PKR))
    offer = rules.Offer(Rate(MYR, PKR, Decimal("62.5")), tiers, 5)
    tier, terms = rules.best_terms(offer, Money(amount, PKR), formula, caps)
    assert tier.threshold <= terms.source
    for better in tiers[tiers.index(tier) + 1 :]:
        rate = offer.at(better)
        implied = rules.destination_defined(rate, Money(amount, PKR), formula).source
        assert implied < better.threshold
    tier, terms = rules.best_terms(offer, Money(amount, MYR), formula, caps)
    assert tier == max(
        (t for t in tiers if t.threshold.minor <= amount), key=lambda t: t.threshold.minor
    )


def test_a_fixed_credit_of_rupees_as_a_person_would_check_it() -> None:
    rate = Rate(MYR, PKR, Decimal("62.5"))
    formula = FeeFormula(Money(2000, PKR), Decimal("0.001"))
    terms = rules.destination_defined(rate, Money.parse("10000.00", PKR), formula)
    # (10000 + 20) / 0.999 = 10030.03 rupees; 160.48048 ringgit; 160.49 pays 10030.63
    assert str(terms.source) == "160.49"
    assert str(terms.destination) == "10030.63"
    assert str(terms.fee) == "30.63"


@given(st.integers(1, 10**6))
def test_fees_are_half_up(nominal: int) -> None:
    assume(nominal > 0)
    formula = FeeFormula(Money(nominal, PKR), Decimal("0.5"))
    assert rules.fee_of(formula, Money(1, PKR)).minor == nominal + 1


def test_reference_data_that_cannot_be_right_is_refused() -> None:
    falling = (Tier(Money(0, MYR), 5), Tier(Money(100, MYR), 4))
    with pytest.raises(ValueError, match="tiers"):
        FxProvider("fxp", "KITEMYK0", {}, {"MYR": falling}, {})
    with pytest.raises(ValueError, match="fee formula"):
        FeeFormula(Money(0, MYR), Decimal(1))
