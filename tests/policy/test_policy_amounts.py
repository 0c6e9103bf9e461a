"""Amounts with more digits than a decimal context keeps by itself."""

from datetime import date
from decimal import Decimal

import pytest

from qantara.money import MYR, Money
from qantara.policy import flow

LAW = flow.load(flow.EXAMPLE)
HUGE = "9" * 28 + ".99"


def test_an_amount_of_thirty_digits_is_major_units_to_the_last_one():
    assert Money.parse(HUGE, MYR).major == Decimal(HUGE)


@pytest.mark.parametrize("language", ["en", "ms", "ur", "fr"])
def test_a_decision_about_it_is_told_without_rounding(language):
    sender = {"country": "MY", "rail": "duitnow", "amount": HUGE, "customer_kind": "person"}
    told = {"act": "payment", "sender": sender, "recipient": {"country": "PK", "rail": "raast"}}
    decision = flow.decide(LAW, flow.read_facts(LAW, told), date(2026, 11, 1))
    (step,) = [each for each in decision.trace if each.rule == "duitnow.limit.person"]
    assert (step.observed, step.margin) == (HUGE, "-9999999999999999999999949999.99")
    (line,) = [x for x in flow.explain(decision, language).lines if x.rule == step.rule]
    digits = "".join(sign for sign in line.text if sign.isdigit())
    assert "9" * 30 in digits
