"""A country whose law stands in no book: refused, or let pass openly, with what nobody checked."""

from datetime import date

import pytest

from qantara import texts
from qantara.errors import Reason
from qantara.money import MYR, THB, VND, Asset, Money
from qantara.policy import flow
from qantara.policy.deciding.decision import Decision, Finding, Outcome
from qantara.policy.language.vocabulary import Act, Facts, Side
from qantara.texts import Language

LAW, EXAMPLE = flow.load(), flow.load(flow.EXAMPLE)
ON = date(2026, 11, 22)
SIX = ("TH", "SG", "ID", "PH", "VN", "KH")


def facts(country: str, asset: Asset = THB, minor: int = 10_000_00) -> Facts:
    return flow.payment_facts(
        source_country="MY",
        destination_country=country,
        source=Money(500_00, MYR),
        destination=Money(minor, asset),
        sender_kind="person",
        rails=("duitnow", "nexus", country.lower()),
        purpose="GDDS",
    )


def told(decision: Decision, rule: str) -> list[Finding]:
    return [step.finding for step in (*decision.trace, *decision.unknown) if step.rule == rule]


def test_by_the_law_alone_nothing_goes_where_no_law_was_read():
    decision = flow.decide(LAW, facts("TH"), ON)
    assert told(decision, "law.read") == [Finding.FAILED]
    assert decision.outcome is Outcome.REFUSED


def test_a_country_that_no_world_accepted_is_refused_for_its_unread_law():
    decision = flow.decide(EXAMPLE, facts("JP"), ON)
    assert told(decision, "law.read") == [Finding.FAILED]
    reasons = {step.frame.reason for step in decision.trace if step.finding is Finding.FAILED}
    assert Reason.LAW_UNREAD.value in reasons


@pytest.mark.parametrize("country", SIX)
def test_where_it_is_accepted_the_decision_says_what_was_not_checked(country):
    decision = flow.decide(EXAMPLE, facts(country), ON)
    assert decision.refusal is None
    (accepted,) = (step for step in decision.trace if step.rule == "law.read")
    assert (accepted.finding, accepted.label) == (Finding.PASSED, "example")
    assert accepted.value_id == f"nexus.law_unread.{country}"
    (due,) = (step for step in decision.trace if step.rule == "law.unread_told")
    assert due.finding is Finding.DUE
    assert set(due.frame.fields) == topics_of_receiving_sides()


def topics_of_receiving_sides() -> set[str]:
    """Read from the rules themselves: on what a side that receives a payment is checked."""
    return {
        rule.topic.value
        for rule in EXAMPLE.rules_on(ON)
        if rule.act is Act.PAYMENT
        and rule.side is Side.RECEIVING
        and EXAMPLE.jurisdictions[rule.jurisdiction].kind in {"country", "union"}
    }


@pytest.mark.parametrize("country", ["PK", "FR"])
def test_a_country_with_a_book_is_never_told_as_unread(country):
    pack = flow.pack_for(EXAMPLE, facts(country), ON)
    assert not [each for each in pack.bound if each.rule.id.startswith("law.")]


def test_the_senders_own_law_holds_on_the_way_to_an_unread_one():
    within = flow.decide(EXAMPLE, facts("TH"), ON)
    known = flow.decide(EXAMPLE, facts("PK"), ON)
    sending = [
        {step.rule for step in each.trace if step.frame.side == "sending"}
        for each in (within, known)
    ]
    assert sending[0] >= sending[1] - {"corridor.open"}
    assert any(rule.startswith("duitnow.") for rule in sending[0])


@pytest.mark.parametrize("language", list(Language))
def test_it_is_told_in_every_language(language):
    told_of = flow.explain(flow.decide(EXAMPLE, facts("VN", VND, 1_000_000), ON), language)
    assert texts.phrase("policy", "duty.sentence", "unread_law", language, {}, None) in str(told_of)


def test_an_amount_is_shown_with_the_decimals_of_its_currency():
    assert flow.facts_shown(facts("VN", VND, 1_000_000))["recipient"]["amount"] == "1000000"
    assert flow.facts_shown(facts("TH"))["recipient"]["amount"] == "10000.00"
