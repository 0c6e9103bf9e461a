"""Compiled rules against what their texts mean, and what a decision says of itself."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from policy_cases import EXAMPLE, LAW, ON, account, book, duty, rule, value
from policy_conditions import FIGURES, accounts, comparisons, conditions, sets, silences
from policy_facts import acts, applied, days, one_less
from policy_sense import Sense, parts

from qantara.errors import NotFound
from qantara.policy import flow
from qantara.policy.deciding import asking
from qantara.policy.deciding.decision import Finding
from qantara.policy.language import meaning
from qantara.policy.model import (
    Confidence,
    Duty,
    Effect,
    Side,
    Silence,
)

OUTCOME = {"failed": "refused", "noted": "review", "due": "allowed_with_duties"}


def runs(examples: int) -> settings:
    """Making facts and compiling rules takes long; a loaded machine is no failure."""
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


def told(decision) -> tuple[Counter, Counter]:
    found = Counter((step.rule, step.finding.value) for step in decision.trace)
    return found, Counter(step.rule for step in decision.unknown)


def gravest(found: Counter) -> str:
    kinds = {finding for _, finding in found}
    return next((OUTCOME[each] for each in OUTCOME if each in kinds), "allowed")


def agrees(rulebook, facts, on):
    """The compiled pack, the judging pack, the stored facts and the second reading are of one
    mind.
    """
    found, unknown = Sense(rulebook, facts, on).findings()
    decision = flow.decide(rulebook, facts, on)
    assert told(decision) == (found, unknown)
    assert decision.outcome == gravest(found)
    pack = flow.pack_for(rulebook, facts, on)
    assert pack.judge(facts) is decision.outcome
    stored = asking.facts_of_json(asking.facts_json(facts))
    assert stored == facts
    assert flow.decide(rulebook, stored, on) == decision
    assert flow.decide(rulebook, stored, on).digest == decision.digest
    return decision


# made books


@st.composite
def made_books(draw):
    """Up to five rules, some of them exceptions of earlier ones, all reading the same values."""
    rules = []
    for number in range(draw(st.integers(1, 5))):
        earlier = [each.id for each in rules]
        is_duty = draw(st.booleans())
        fields = {
            "id": f"my.rule_{number}",
            "when": draw(conditions | silences | st.just("true")),
            "confidence": draw(st.sampled_from(Confidence)),
            "exception_of": draw(st.none() | st.sampled_from(earlier)) if earlier else None,
            "priority": draw(st.integers(0, 2)),
        }
        if is_duty:
            rules.append(duty(Duty.IDENTITY, **fields))
            continue
        silence = draw(st.sampled_from(Silence))
        effect = draw(st.sampled_from([Effect.REFUSE, Effect.REVIEW]))
        asked = draw(conditions | silences)
        rules.append(rule(**fields, requires=asked, effect=effect, when_silent=silence))
    return book(FIGURES, rules)


@runs(100)
@given(made_books(), st.lists(accounts(), min_size=1, max_size=8))
def test_made_rules_with_exceptions_find_what_their_texts_mean(rulebook, several):
    for facts in several:
        agrees(rulebook, facts, ON)


@runs(100)
@given(conditions, accounts())
def test_a_tree_of_figures_means_what_its_text_says_in_fractions(text, facts):
    rulebook = book(FIGURES, [rule(requires=text)])
    raw = asking.facts_json(facts)["sender"]
    raw = {name: frozenset(v) if isinstance(v, list) else v for name, v in raw.items()}
    sense = Sense(rulebook, facts, ON)
    (bound,) = flow.pack_for(rulebook, facts, ON).bound
    for part, node in zip(bound.requires, parts(text), strict=True):
        if set(part.facts) <= raw.keys():
            assert meaning.evaluate(part.tree, raw) == sense.part(Side.HOME, node)


@runs(300)
@given(acts, days, st.sampled_from([LAW, EXAMPLE]))
def test_the_real_books_find_what_their_texts_mean_on_any_day(facts, on, rulebook):
    try:
        agrees(rulebook, facts, on)
    except NotFound:
        assert Sense(rulebook, facts, on).without_law()


# what a trace says of itself


def adds_up(step):
    """The margin is the room between what was seen and the bound, and its sign is the finding."""
    if step.room is None or step.finding in {Finding.UNDETERMINED, Finding.DUE}:
        return
    below = step.frame.operator in {"<", "<="}
    seen, bound, room = (Decimal(told) for told in (step.observed, step.threshold, step.margin))
    assert room == (bound - seen if below else seen - bound)
    strict = step.frame.operator in {"<", ">"}
    holds = step.room > 0 if strict else step.room >= 0
    assert holds is (step.finding is Finding.PASSED)


def least_change_is_least(rulebook, facts, on):
    """Every least change turns its finding, and anything short of it does not."""
    decision = flow.decide(rulebook, facts, on)
    for step in decision.trace:
        if step.finding not in {Finding.FAILED, Finding.NOTED} or step.least_change is None:
            continue
        after = flow.decide(rulebook, applied(facts, step, step.change), on)
        found = [each.finding for each in after.trace if each.frame == step.frame]
        assert set(found) <= {Finding.PASSED}
        for short in one_less(step):
            almost = flow.decide(rulebook, applied(facts, step, short), on)
            found = [each.finding for each in almost.trace if each.frame == step.frame]
            assert set(found) <= {step.finding}


@runs(300)
@given(comparisons | sets, accounts())
def test_of_one_comparison_margin_and_least_change_are_exact(text, facts):
    rulebook = book(FIGURES, [rule(requires=text)])
    for step in flow.decide(rulebook, facts, ON).trace:
        adds_up(step)
    least_change_is_least(rulebook, facts, ON)


@runs(200)
@given(conditions, accounts())
def test_of_any_condition_the_least_change_passes(text, facts):
    rulebook = book(FIGURES, [rule(requires=text)])
    decision = flow.decide(rulebook, facts, ON)
    for step in decision.trace:
        if step.finding is Finding.FAILED and step.least_change is not None:
            after = flow.decide(rulebook, applied(facts, step, step.change), ON)
            assert Finding.PASSED in [e.finding for e in after.trace if e.frame == step.frame]


@runs(200)
@given(acts, days)
def test_in_the_real_books_margins_add_up_and_the_least_change_is_the_least(facts, on):
    try:
        decision = flow.decide(EXAMPLE, facts, on)
    except NotFound:
        assume(False)  # noqa: FBT003 -- a day before all editions decides nothing
    for step in decision.trace:
        adds_up(step)
    least_change_is_least(EXAMPLE, facts, on)


def test_room_under_a_strict_bound_that_is_no_whole_number_is_what_really_remains():
    """A third of 100.00 is 33.33 and a bit: 33.33 is below it, by no more than the bit."""
    below = book(FIGURES, [rule(requires="sent_today < my.money.low * my.ratio")])
    passed, failed = (flow.decide(below, account(sent_today=m), ON).trace[0] for m in (3333, 3334))
    assert (passed.finding, passed.margin, passed.threshold) == ("passed", "0.01", "33.34")
    assert failed.least_change == {"fact": "sent_today", "to": "33.33"}


def test_what_must_not_be_equal_has_no_least_change():
    rulebook = book(FIGURES, [rule(requires="factors != my.count")])
    (step,) = flow.decide(rulebook, account(factors=3), ON).trace
    assert (step.finding, step.least_change) == (Finding.FAILED, None)


@pytest.mark.parametrize(
    "requires",
    ["not (sent_today > my.limit)", "(sent_today <= my.limit and biometric) or document"],
)
def test_what_was_seen_is_told_in_major_units_whatever_the_condition(requires):
    facts = account(sent_today=10_001, biometric=False, document=False)
    (step,) = flow.decide(book([value()], [rule(requires=requires)]), facts, ON).trace
    assert (step.finding, step.observed, step.margin) == (Finding.FAILED, "100.01", "")


def test_a_bound_that_moves_with_the_fact_has_no_least_change():
    rulebook = book([], [rule(requires="sent_today <= sent_month - sent_today")])
    (step,) = flow.decide(rulebook, account(sent_today=6, sent_month=10), ON).trace
    assert (step.finding, step.least_change) == (Finding.FAILED, None)
