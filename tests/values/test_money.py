from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qantara.errors import Malformed, Reason
from qantara.money import ASSETS, EUR, MYR, PKR, Asset, Money, Rate, Rounding, asset, round_fraction
from qantara.rails.qr.currencies import BY_CODE

JPY, BTC = Asset("JPY", 0), Asset("BTC", 8)
minors = st.integers(-(10**20), 10**20)
scales = st.sampled_from([MYR, JPY, BTC, Asset("TOKEN", 18)])
rates = st.decimals("0.0000000001", "99999", places=10)


@pytest.mark.parametrize(
    ("text", "asset_", "minor"),
    [
        ("500.00", MYR, 50_000),
        ("0.01", MYR, 1),
        ("-12.30", PKR, -1_230),
        ("007.00", EUR, 700),
        ("500", JPY, 500),
        ("0.00000001", BTC, 1),
    ],
)
def test_an_amount_is_read_in_major_units(text: str, asset_: Asset, minor: int) -> None:
    assert Money.parse(text, asset_) == Money(minor, asset_)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("500", Reason.AMOUNT_SCALE),
        ("500.0", Reason.AMOUNT_SCALE),
        ("500.000", Reason.AMOUNT_SCALE),
        ("500.", Reason.AMOUNT_SCALE),
        (".50", Reason.AMOUNT_MALFORMED),
        ("", Reason.AMOUNT_MALFORMED),
        ("-", Reason.AMOUNT_MALFORMED),
        ("--1.00", Reason.AMOUNT_MALFORMED),
        ("+1.00", Reason.AMOUNT_MALFORMED),
        (" 1.00", Reason.AMOUNT_MALFORMED),
        ("1.00\n", Reason.AMOUNT_MALFORMED),
        ("1,000.00", Reason.AMOUNT_MALFORMED),
        ("1e3", Reason.AMOUNT_MALFORMED),
        ("NaN", Reason.AMOUNT_MALFORMED),
        ("1.0.0", Reason.AMOUNT_MALFORMED),
        ("٥٠٠.٠٠", Reason.AMOUNT_MALFORMED),
        ("²00.00", Reason.AMOUNT_MALFORMED),
        ("9" * 40 + ".00", Reason.AMOUNT_MALFORMED),
    ],
)
def test_an_amount_is_never_guessed(text: str, reason: Reason) -> None:
    with pytest.raises(Malformed) as raised:
        Money.parse(text, MYR)
    assert raised.value.reason is reason


@given(minors, scales)
def test_writing_and_reading_an_amount_gives_it_back(minor: int, asset_: Asset) -> None:
    money = Money(minor, asset_)
    assert Money.parse(str(money), asset_) == money
    assert money.major == Decimal(str(money))


@given(minors, minors)
def test_sums_are_exact_and_of_one_asset(left: int, right: int) -> None:
    assert Money(left, MYR) + Money(right, MYR) == Money(left + right, MYR)
    assert Money(left, MYR) - Money(right, MYR) == Money(left - right, MYR)
    assert (Money(left, MYR) < Money(right, MYR)) is (left < right)
    assert (Money(left, MYR) <= Money(right, MYR)) is (left <= right)


def test_two_assets_never_meet() -> None:
    for act in (Money.__add__, Money.__sub__, Money.__lt__, Money.__le__):
        with pytest.raises(Malformed) as raised:
            act(Money(1, MYR), Money(1, PKR))
        assert raised.value.reason is Reason.CURRENCY_MISMATCH


def test_a_currency_is_known_or_malformed() -> None:
    assert [asset(code) for code in ASSETS][:3] == [MYR, PKR, EUR]
    for code in ("ZZZ", "myr", ""):
        with pytest.raises(Malformed):
            asset(code)


def test_every_currency_has_the_decimals_that_iso_4217_publishes() -> None:
    assert {asset: BY_CODE[asset] for asset in ASSETS} == ASSETS


@given(minors, st.lists(st.integers(0, 1000), min_size=1, max_size=12))
def test_parts_sum_to_the_whole_and_are_fair(minor: int, weights: list[int]) -> None:
    assume(sum(weights) > 0)
    parts = Money(minor, MYR).split(weights)
    assert sum(part.minor for part in parts) == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - Fraction(minor * weight, sum(weights))) < 1


@pytest.mark.parametrize("weights", [[], [0], [1, -1], [-1, 3]])
def test_weights_are_not_negative_and_not_all_zero(weights: list[int]) -> None:
    with pytest.raises(Malformed):
        Money(100, MYR).split(weights)


@given(minors, rates, st.sampled_from(list(Rounding)))
def test_a_conversion_is_off_by_less_than_one_minor_unit(
    minor: int, value: Decimal, rounding: Rounding
) -> None:
    converted = Rate(MYR, JPY, value).convert(Money(minor, MYR), rounding)
    exact = Fraction(value) * minor / 100
    off = converted.minor - exact
    assert converted.asset is JPY
    assert abs(off) < 1
    if rounding is Rounding.HALF_UP:
        assert abs(off) <= Fraction(1, 2)
    if rounding is Rounding.UP:
        assert off >= 0
    if rounding is Rounding.DOWN:
        assert abs(converted.minor) <= abs(exact)


@given(st.integers(1, 10**15), rates)
def test_what_must_be_sent_is_enough_and_not_a_unit_more(minor: int, value: Decimal) -> None:
    rate, wanted = Rate(MYR, PKR, value), Money(minor, PKR)
    needed = rate.invert(wanted, Rounding.UP)
    assert Fraction(value) * needed.minor >= wanted.minor
    assert Fraction(value) * (needed.minor - 1) < wanted.minor


def test_a_rate_converts_its_own_assets_only() -> None:
    rate = Rate(MYR, PKR, Decimal("61.5"))
    assert rate.convert(Money.parse("500.00", MYR)) == Money.parse("30750.00", PKR)
    with pytest.raises(Malformed):
        rate.convert(Money(1, PKR))
    with pytest.raises(Malformed):
        rate.invert(Money(1, MYR), Rounding.UP)


@pytest.mark.parametrize(
    ("exact", "half_up", "up", "down"),
    [
        ("5/2", 3, 3, 2),
        ("-5/2", -3, -2, -2),
        ("7/3", 2, 3, 2),
        ("-7/3", -2, -2, -2),
        ("8/3", 3, 3, 2),
        ("-8/3", -3, -2, -2),
        ("4", 4, 4, 4),
    ],
)
def test_each_rounding_is_the_one_decimal_names(
    exact: str, half_up: int, up: int, down: int
) -> None:
    wanted = {Rounding.HALF_UP: half_up, Rounding.UP: up, Rounding.DOWN: down}
    assert {mode: round_fraction(Fraction(exact), mode) for mode in Rounding} == wanted


@given(st.decimals(-(10**9), 10**9, places=6), st.sampled_from(list(Rounding)))
def test_rounding_agrees_with_the_decimal_module(value: Decimal, rounding: Rounding) -> None:
    assert round_fraction(Fraction(value), rounding) == int(value.quantize(Decimal(1), rounding))
