"""What cash costs and how documents are read."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from qantara.agents import rules
from qantara.agents.model import Kind
from qantara.money import MYR, Money
from qantara.policy.model import Tariff

AMOUNTS = st.integers(1, 10**12)
THOUSANDTHS = st.decimals(0, 1000, places=2)


def price(per_thousand: str | Decimal, minimum: int, amount: int) -> int:
    tariffs = {"pickup": Tariff(Decimal(per_thousand), Money(minimum, MYR))}
    return rules.price(tariffs, Kind.PICKUP, Money(amount, MYR)).minor


def test_a_price_is_per_thousand_half_up_and_never_less_than_its_minimum() -> None:
    assert price("5", 1_00, 100_00) == 1_00
    assert price("5", 1_00, 1_000_00) == 5_00
    assert price("5", 0, 1_00) == 1
    assert price("5", 0, 99) == 0
    assert rules.price({}, Kind.DEPOSIT, Money(5, MYR)) == Money(0, MYR)


@settings(deadline=None)
@given(THOUSANDTHS, st.integers(0, 10**6), AMOUNTS)
def test_a_price_is_within_half_a_unit_of_its_share(
    per_thousand: Decimal, minimum: int, amount: int
) -> None:
    found = price(per_thousand, minimum, amount)
    assert found >= minimum
    if found > minimum:
        assert abs(found - per_thousand * amount / 1000) <= Decimal("0.5")


@settings(deadline=None)
@given(THOUSANDTHS, st.integers(0, 10**6), AMOUNTS, AMOUNTS)
def test_more_never_costs_less(per_thousand: Decimal, minimum: int, one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert price(per_thousand, minimum, less) <= price(per_thousand, minimum, more)


def test_a_document_is_the_same_however_its_number_is_written() -> None:
    said = rules.identity_digest("my", "nric", "050305-14-0001")
    assert said == rules.identity_digest("my", "nric", "050305140001")
    assert said != rules.identity_digest("pk", "nric", "050305140001")
    assert rules.last("ab-12 3x") == "123X"


def test_a_code_opens_its_own_order_alone() -> None:
    assert rules.code_digest("cso_1", "123456") == rules.code_digest("cso_1", "123456")
    assert rules.code_digest("cso_1", "123456") != rules.code_digest("cso_2", "123456")
