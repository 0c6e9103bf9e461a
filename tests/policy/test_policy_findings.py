"""What a decision finds: exceptions, silence, doubt, duties, order, sides and days."""

from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace
from policy_cases import DAY, LAW, ON, account, book, duty, flag, payment, rule, value

from qantara.errors import NotFound, Reason
from qantara.money import EUR, MYR, Money
from qantara.policy import flow
from qantara.policy.model import (
    BINDING,
    Act,
    Confidence,
    Duty,
    Effect,
    Facts,
    Finding,
    Outcome,
    Party,
    Remedy,
    Side,
    Silence,
    Status,
    ValueType,
)


def of(decision, rule_id: str) -> list[str]:
    return [step.finding.value for step in decision.trace if step.rule == rule_id]


# exceptions

BASE = rule(id="my.base")
HIGH = value(id="my.high", value=Money(50_000, MYR))
TRADER = {"when": 'trade == "cattle_market"', "requires": "sent_today <= my.high"}


def sent(amount: int, rules, **facts):
    rulebook = book([value(), HIGH, value(id="my.silent", value=None)], rules)
    return flow.decide(rulebook, account(sent_today=amount, **facts), ON)


def test_an_exception_takes_the_place_of_its_rule_where_it_applies_and_nowhere_else():
    rules = [BASE, rule(id="my.trader", exception_of="my.base", **TRADER)]
    trader = sent(40_000, rules, trade="cattle_market")
    assert (trader.allowed, [s.rule for s in trader.trace]) == (True, ["my.trader"])
    other = sent(40_000, rules, trade="other")
    assert (other.outcome, [s.rule for s in other.trace]) == (Outcome.REFUSED, ["my.base"])


def test_of_an_exception_that_may_apply_the_rule_still_holds():
    rules = [BASE, rule(id="my.trader", exception_of="my.base", **TRADER)]
    unknown = sent(40_000, rules)
    assert (unknown.outcome, of(unknown, "my.base")) == (Outcome.REFUSED, ["failed"])
    assert [(s.rule, s.missing) for s in unknown.unknown] == [("my.trader", ("sender.trade",))]


def test_an_exception_that_waits_for_a_figure_takes_no_place():
    silent = rule(id="my.open", exception_of="my.base", when="sent_month <= my.silent")
    decision = sent(40_000, [BASE, silent], sent_month=1)
    assert (of(decision, "my.open"), of(decision, "my.base")) == (["undetermined"], ["failed"])


def test_the_exception_of_higher_priority_wins():
    low = rule(id="my.low", exception_of="my.base", when="biometric", requires="false")
    high = rule(id="my.trader", exception_of="my.base", priority=1, **TRADER)
    both = sent(40_000, [BASE, low, high], trade="cattle_market", biometric=True)
    assert (both.allowed, [s.rule for s in both.trace]) == (True, ["my.trader"])
    one = sent(40_000, [BASE, low, high], trade="other", biometric=True)
    assert [s.rule for s in one.trace] == ["my.low"]


def test_the_exception_of_an_exception_stands_in_the_place_of_both():
    rules = [
        BASE,
        rule(id="my.trader", exception_of="my.base", when='trade == "cattle_market"'),
        rule(
            id="my.trader.known",
            exception_of="my.trader",
            when='trade == "cattle_market" and biometric',
            requires="sent_today <= my.high",
        ),
    ]
    known = sent(40_000, rules, trade="cattle_market", biometric=True)
    assert (known.allowed, [s.rule for s in known.trace]) == (True, ["my.trader.known"])
    trader = sent(40_000, rules, trade="cattle_market", biometric=False)
    assert [s.rule for s in trader.trace] == ["my.trader"]


def test_a_duty_has_exceptions_too():
    rules = [
        duty(Duty.IDENTITY, id="my.identity"),
        duty(Duty.RECORDS, id="my.records", when="biometric", exception_of="my.identity"),
    ]
    asked = [flow.decide(book([], rules), account(biometric=b), ON).duties for b in (True, False)]
    assert [[each.duty for each in duties] for duties in asked] == [
        [Duty.RECORDS],
        [Duty.IDENTITY],
    ]


# silence, confidence, labels


def test_where_no_figure_stands_nothing_is_determined_and_what_was_seen_is_told():
    rulebook = book([value(value=None, note="Not published.")], [rule()])
    decision = flow.decide(rulebook, account(sent_today=10_000), ON)
    (step,) = decision.trace
    assert (step.finding, step.observed, step.threshold) == (Finding.UNDETERMINED, "100.00", "")
    assert decision.outcome is Outcome.ALLOWED


@pytest.mark.parametrize("status", Status)
def test_only_what_binds_refuses_and_silence_refuses_where_the_rule_says_so(status):
    for silence in Silence:
        rulebook = book([value(status=status)], [rule(when_silent=silence)])
        decision = flow.decide(rulebook, account(sent_today=10_001), ON)
        refuses = status in BINDING or silence is Silence.REFUSE
        assert decision.outcome is (Outcome.REFUSED if refuses else Outcome.ALLOWED)
        assert decision.trace[0].finding is (Finding.FAILED if refuses else Finding.UNDETERMINED)


def test_a_condition_on_the_border_may_wait_for_a_figure():
    asked = rule(requires="not crosses_border or my.open", act=Act.PAYMENT, side=Side.SENDING)
    rulebook = book([flag("my.open", None, note="Not published.")], [asked])
    assert of(flow.decide(rulebook, payment(), ON), "my.daily") == ["undetermined"]


@given(st.sampled_from(Confidence), st.sampled_from(Confidence), st.sampled_from(Effect))
def test_what_is_of_low_confidence_or_only_a_review_asks_for_a_person(of_rule, of_value, effect):
    assume(not effect.is_duty)
    rulebook = book([value(confidence=of_value)], [rule(confidence=of_rule, effect=effect)])
    decision = flow.decide(rulebook, account(sent_today=10_001), ON)
    sure = Confidence.LOW not in {of_rule, of_value} and effect is Effect.REFUSE
    assert decision.outcome is (Outcome.REFUSED if sure else Outcome.REVIEW)
    assert not decision.allowed
    assert [step.rule for step in decision.review] == ([] if sure else ["my.daily"])
    assert (decision.refusal is None) is not sure


def test_a_duty_names_what_to_collect_and_by_when():
    codes = value(id="my.fields", type=ValueType.CODES, value=("name", "lei"), unit="field")
    days_ = value(id="my.within", type=ValueType.DURATION, value=3, unit="working_days")
    asked = duty(Duty.CASH_REPORT, id="my.report", fields="my.fields", within="my.within")
    decision = flow.decide(book([codes, days_], [asked]), account(), ON)
    assert decision.outcome is Outcome.ALLOWED_WITH_DUTIES
    (due,) = decision.duties
    assert due.to_json() == {
        "duty": "cash_report",
        "rule": "my.report",
        "provision": "Invented instrument, article 1",
        "fields": ["name", "lei"],
        "within": "3 working_days",
        "confidence": "high",
    }


def test_a_figure_of_an_overlay_is_labelled_in_the_refusal_and_the_decision():
    rulebook = book([value()], [rule()]).overlay([value(value=Money(1, MYR))], "cohort")
    decision = flow.decide(rulebook, account(sent_today=2), ON)
    assert decision.labels == {"cohort"}
    assert decision.refusal.facts["label"] == "cohort"
    assert decision.trace[0].label == "cohort"


# which rules, in which order


def test_refusals_are_told_in_order_and_what_can_be_given_at_once_is_told_last():
    told_last = rule(id="a.first", requires="false", remedy=Remedy.GIVE_PURPOSE)
    rules = [told_last, rule(id="my.z", requires="false"), rule(id="my.b", requires="false")]
    decision = flow.decide(book([], rules), account(), ON)
    assert [step.rule for step in decision.trace] == ["my.b", "my.z", "a.first"]
    assert decision.refusal.rule == "my.b"


def test_a_rule_is_asked_on_its_own_side_of_a_payment_alone():
    sides = {
        ("MY", "sending"): "MY.sending",
        ("MY", "receiving"): "MY.receiving",
        ("PK", "sending"): "PK.sending",
        ("PK", "receiving"): "PK.receiving",
    }
    rules = [
        rule(id=id_, jurisdiction=book_, side=Side(side), act=Act.PAYMENT, requires="true")
        for (book_, side), id_ in sides.items()
    ]
    decision = flow.decide(book([], rules), payment(), ON)
    assert [step.rule for step in decision.trace] == ["MY.sending", "PK.receiving"]


def test_the_law_of_a_union_binds_its_members_before_their_own():
    limits = [value(id=f"{b}.limit", unit="EUR", value=Money(1, EUR)) for b in ("eu", "fr")]
    rules = [
        rule(id=f"{b}.daily", jurisdiction=b.upper(), requires=f"sent_today <= {b}.limit")
        for b in ("fr", "eu")
    ]
    rulebook = book(limits, rules)
    decision = flow.decide(rulebook, account("FR", sent_today=2), ON)
    assert [step.rule for step in decision.trace] == ["eu.daily", "fr.daily"]
    assert flow.decide(rulebook, account("MY", sent_today=2), ON).trace == ()


def test_a_day_before_all_editions_is_not_found_and_names_where_the_first_begins():
    begins = rule(valid_from=ON, place="my/limits.yaml:12")
    rulebook = book([value()], [begins])
    assert flow.decide(rulebook, account(sent_today=1), ON).allowed
    with pytest.raises(NotFound) as caught:
        flow.decide(rulebook, account(sent_today=1), ON - DAY)
    assert caught.value.reason is Reason.RULEBOOK_VALUE_MISSING
    assert caught.value.facts["on"] == (
        "2026-03-01 (the first edition begins 2026-03-02, my/limits.yaml:12)"
    )
    assert flow.decide(rulebook, account("PK", sent_today=1), ON - DAY).allowed


def test_after_the_last_edition_the_rulebook_is_silent_and_no_error():
    ended = rule(valid_from=ON, valid_to=ON, status=Status.LAPSED)
    decision = flow.decide(book([value()], [ended]), account(sent_today=10_001), ON + DAY)
    assert (decision.outcome, decision.trace) == (Outcome.ALLOWED, ())


@given(st.integers(-400, 400))
def test_a_rule_is_asked_from_its_first_day_to_its_last(offset):
    first, last = ON - timedelta(days=200), ON + timedelta(days=200)
    rules = [rule(valid_from=first, valid_to=last), rule(id="my.always", requires="true")]
    on = ON + timedelta(days=offset)
    decision = flow.decide(book([value()], rules), account(sent_today=10_001), on)
    assert of(decision, "my.daily") == (["failed"] if first <= on <= last else [])


@pytest.mark.parametrize(("country", "currency"), [("MY", "PKR"), ("PK", "EUR"), ("FR", "MYR")])
def test_an_amount_that_is_not_in_a_countrys_own_money_is_not_known_to_its_rules(country, currency):
    wrong = Party(country=country, currency=currency, amount=10**12, sent_today=10**12)
    unknown = replace(wrong, amount=None, sent_today=None)
    for facts in (Facts(act=Act.ACCOUNT, sender=wrong), replace(payment(), sender=wrong)):
        decision = flow.decide(LAW, facts, ON)
        assert decision == flow.decide(LAW, replace(facts, sender=unknown), ON)
    received = flow.decide(LAW, replace(payment(), recipient=wrong), ON)
    assert received == flow.decide(LAW, replace(payment(), recipient=unknown), ON)
