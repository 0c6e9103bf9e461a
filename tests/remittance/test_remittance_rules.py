"""What a remittance costs and what an answer means, on any figures."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from remittance_world import offer, wish

from moments import NOW
from qantara.errors import Reason, Refused
from qantara.money import MYR, PKR, Money, Rate
from qantara.policy.model import Fee
from qantara.reasons import REASONS
from qantara.remittance import rules
from qantara.remittance.model import Fixed, ReferenceRate

MINOR = st.integers(1, 10**15)
FEES = st.builds(
    Fee,
    st.integers(0, 10_000).map(lambda minor: Money(minor, MYR)),
    st.decimals("0", "0.9", places=6),
)
RATES = st.decimals("0.0000000001", "9999", places=10)


def rounded_half_up(exact: Fraction) -> int:
    """Spelled out another way than the code under test does it."""
    sign = -1 if exact < 0 else 1
    return sign * ((abs(exact) * 2 + 1) // 2)


@given(FEES, MINOR)
def test_the_fee_is_the_formula_rounded_half_up(fee, debit):
    due = fee.nominal.minor + rounded_half_up(Fraction(fee.ratio) * debit)
    assert rules.sender_fee(fee, Money(debit, MYR)) == Money(due, MYR)


@given(FEES, MINOR)
def test_the_debit_found_for_an_amount_leaves_exactly_that_amount(fee, interbank):
    debit = rules.debit_for(fee, Money(interbank, MYR))
    assert debit - rules.sender_fee(fee, debit) == Money(interbank, MYR)


@given(FEES, MINOR)
def test_no_smaller_debit_would_do(fee, interbank):
    debit = rules.debit_for(fee, Money(interbank, MYR))
    less = Money(debit.minor - 1, MYR)
    assert (less - rules.sender_fee(fee, less)).minor < interbank


@given(FEES, MINOR)
def test_asking_for_what_a_debit_leaves_never_costs_more_than_that_debit(fee, debit):
    left = rules.interbank_amount(fee, wish(Money(debit, MYR)))
    if isinstance(left, Refused):
        assert rules.sender_fee(fee, Money(debit, MYR)).minor >= debit
    else:
        assert rules.debit_for(fee, left).minor <= debit


@pytest.mark.parametrize("fixed", Fixed)
@pytest.mark.parametrize("minor", [0, -1])
def test_no_amount_that_is_not_positive_is_asked_for(fixed, minor):
    asked = replace(wish(Money(minor, MYR), fixed))
    refused = rules.interbank_amount(Fee(Money(0, MYR), Decimal(0)), asked)
    assert refused == Refused(Reason.AMOUNT_NOT_POSITIVE)


def test_an_amount_that_its_fee_eats_up_is_not_asked_for():
    fee = Fee(Money(100, MYR), Decimal("0.003"))
    refused = rules.interbank_amount(fee, wish(Money(100, MYR)))
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.facts) == (Reason.AMOUNT_NOT_POSITIVE, {"fee": "1.00"})
    assert rules.interbank_amount(fee, wish(Money(101, MYR))) == Money(1, MYR)


@given(MINOR, MINOR, RATES)
def test_the_total_cost_is_what_is_missing_at_the_mid_market_rate(debit, received, rate):
    mid = ReferenceRate(Rate(MYR, PKR, rate), "test", NOW)
    told = rules.total_cost_percent(Money(debit, MYR), Money(received, PKR), mid)
    worth = Fraction(received, 100) / Fraction(rate)
    exact = (Fraction(debit, 100) - worth) * 10_000 / Fraction(debit, 100)
    assert Fraction(told) * 100 == rounded_half_up(exact)
    assert told.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("received", "percent"),
    [(100_00, "0.00"), (99_99, "0.01"), (99_98, "0.02"), (0, "100.00"), (101_00, "-1.00")],
)
def test_known_total_costs(received, percent):
    mid = ReferenceRate(Rate(MYR, PKR, Decimal(1)), "test", NOW)
    told = rules.total_cost_percent(Money(100_00, MYR), Money(received, PKR), mid)
    assert str(told) == percent


@pytest.mark.parametrize(("received", "percent"), [(199_99, "0.01"), (200_01, "-0.01")])
def test_half_a_hundredth_of_a_percent_goes_away_from_zero(received, percent):
    mid = ReferenceRate(Rate(MYR, PKR, Decimal(1)), "test", NOW)
    told = rules.total_cost_percent(Money(200_00, MYR), Money(received, PKR), mid)
    assert str(told) == percent


def best(fixed, asked_for, *offers):
    return rules.best_offer(fixed, asked_for, offers, NOW)


def test_the_offer_that_gives_most_wins_when_the_debit_is_fixed():
    fair = offer()
    more = offer(received=fair.received + Money(1, PKR), recipient_fee=Money(40_76, PKR))
    assert best(Fixed.SOURCE, fair.interbank_source, fair, more) == more
    assert best(Fixed.SOURCE, fair.interbank_source, more, fair) == more


def test_the_offer_that_costs_least_wins_when_the_arrival_is_fixed():
    dear = offer()
    cheap = offer(interbank_source=Money(497_49, MYR))
    assert best(Fixed.DESTINATION, dear.received, dear, cheap) == cheap


def test_of_equal_offers_the_same_one_is_always_taken():
    one, two = offer(id="a"), offer(id="b")
    asked = one.interbank_source
    assert best(Fixed.SOURCE, asked, one, two) == best(Fixed.SOURCE, asked, two, one)


@pytest.mark.parametrize(
    "other",
    [
        {"interbank_source": Money(497_49, MYR)},
        {"interbank_source": Money(497_50, PKR)},
        {"received": Money(31500_74, PKR)},
        {"recipient_fee": Money(-1, PKR), "received": Money(31541_51, PKR)},
        {"received": Money(31500_73, MYR)},
        {"rate": Decimal(0)},
    ],
    ids=str,
)
def test_an_offer_that_does_not_answer_the_question_is_no_offer(other):
    """A lower interbank amount would become a hidden fee of ours."""
    refused = best(Fixed.SOURCE, Money(497_50, MYR), offer(**other))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.QUOTE_MISMATCH


def test_an_offer_whose_fee_leaves_nothing_to_arrive_is_refused():
    empty = offer(received=Money(0, PKR), recipient_fee=Money(31541_50, PKR))
    assert best(Fixed.SOURCE, empty.interbank_source, empty) == Refused(Reason.AMOUNT_NOT_POSITIVE)


def test_a_cap_is_told_in_the_currency_that_was_fixed():
    small, large = offer(capped=True, interbank_source=Money(1_00, MYR)), offer(capped=True)
    told = [best(fixed, Money(9_999_00, MYR), small, large) for fixed in Fixed]
    assert [refused.facts["limit"] for refused in told] == ["497.50 MYR", "31500.73 PKR"]


def test_an_offer_of_another_arrival_than_the_one_fixed_is_no_offer():
    refused = best(Fixed.DESTINATION, Money(31500_74, PKR), offer())
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.QUOTE_MISMATCH


def test_an_offer_whose_time_is_over_is_no_offer():
    late = offer(valid_until=NOW)
    refused = best(Fixed.SOURCE, late.interbank_source, late)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.QUOTE_EXPIRED
    fresh = offer(valid_until=NOW + timedelta(microseconds=1))
    assert best(Fixed.SOURCE, late.interbank_source, late, fresh) == fresh


CODES = (
    *("AB01", "AB02", "AB03", "AB04", "AB05", "AB06", "AB08", "AB09", "AB10", "AC04", "AC06"),
    *("AC07", "AC14", "AG01", "AG03", "AG11", "AGNT", "AM02", "AM03", "AM04", "AM05", "AM06"),
    *("AM07", "AM13", "AM14", "AM15", "AM21", "AM23", "BE01", "BE04", "BE05", "BE06", "BE07"),
    *("CH11", "CH20", "CH21", "CNOR", "CURR", "DU01", "DU02", "DU03", "DU04", "DU05", "DUPL"),
    *("ED05", "ED06", "FF10", "FR01", "MD07", "MS02", "MS03", "NARR", "RC04", "RC07", "RC10"),
    *("RC11", "RR02", "RR03", "RR04", "TM01", "UCRD", "FF01"),
)
# What is said far away about an account means another one than it would mean here.
AFAR = {
    Reason.INSUFFICIENT_FUNDS: Reason.LIQUIDITY_SHORT,
    Reason.ACCOUNT_CLOSED: Reason.PAYEE_CLOSED,
    Reason.ACCOUNT_FROZEN: Reason.PAYEE_CLOSED,
    Reason.ACCOUNT_NOT_FOUND: Reason.PAYEE_UNKNOWN,
}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AC04", Reason.PAYEE_CLOSED),
        ("AC06", Reason.PAYEE_CLOSED),
        ("AC14", Reason.PAYEE_UNKNOWN),
        ("BE06", Reason.PAYEE_UNKNOWN),
        ("AM04", Reason.LIQUIDITY_SHORT),
        ("AM21", Reason.BALANCE_ABOVE_CEILING),
        ("AB05", Reason.TIMED_OUT),
        ("AB08", Reason.COUNTERPARTY_UNAVAILABLE),
        ("RC11", Reason.FX_ACCOUNT_FOREIGN),
        ("RR04", Reason.REJECTED_BY_RECEIVER),
        ("FR01", Reason.REJECTED_BY_RECEIVER),
        ("NARR", Reason.REJECTED_BY_RECEIVER),
        (None, Reason.REJECTED_BY_RECEIVER),
    ],
)
def test_a_bare_code_has_its_meaning(code, reason):
    assert rules.reason_of(code) is reason


def test_what_people_are_told_of_a_bare_code_is_never_about_their_own_account():
    own = {*AFAR, Reason.QUOTE_USED, Reason.INTERNAL}
    assert not own & {rules.reason_of(code) for code in CODES}


def test_every_reason_has_a_code_of_the_scheme():
    assert {rules.status_code(reason) for reason in Reason} <= set(CODES)


@pytest.mark.parametrize("reason", Reason)
def test_our_own_word_beside_its_code_is_taken_up(reason):
    code = rules.status_code(reason)
    told = AFAR.get(reason, reason)
    assert rules.reason_of(code, (f"{reason}, maximum 10.00",)) is told
    assert rules.reason_of(code, ("U111", f"{reason}")) is told


def test_a_word_beside_another_code_is_not_believed():
    assert rules.reason_of("AC04", ("internal",)) is Reason.PAYEE_CLOSED
    assert rules.reason_of("AC04", ("quote_expired, x y",)) is Reason.PAYEE_CLOSED
    assert rules.reason_of("AC04", ("The account is closed.",)) is Reason.PAYEE_CLOSED
    assert REASONS[Reason.INTERNAL].iso == "NARR"


@given(st.sampled_from(CODES), st.text())
def test_no_text_breaks_the_reading_of_an_answer(code, text):
    assert rules.reason_of(code, (text,)) in set(Reason)
