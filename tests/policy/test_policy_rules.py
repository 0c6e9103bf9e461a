from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from policy_cases import EXAMPLE, LAW, ON, payment, value

from qantara.errors import Malformed, NotFound, Reason
from qantara.money import MYR, PKR, Money
from qantara.policy import flow, rules
from qantara.policy.model import (
    BINDING,
    Citation,
    Confidence,
    DefectKind,
    Finding,
    PaymentFacts,
    Rulebook,
    SenderKind,
    Status,
    ValueType,
)

DAY = timedelta(days=1)


def findings(decision, rule: str) -> list[Finding]:
    return [step.finding for step in decision.trace if step.rule == rule]


# one value in force per id and day


def chain(first: date, lengths: list[int]) -> list:
    """Successive texts of one id without a gap; the last one has no end."""
    entries, begin = [], first
    for place, length in enumerate(lengths):
        last = begin + timedelta(days=length - 1)
        open_ended = place == len(lengths) - 1
        entries.append(
            value(
                valid_from=begin,
                valid_to=None if open_ended else last,
                status=Status.IN_FORCE if open_ended else Status.SUPERSEDED,
                value=Money(place + 1, MYR),
            )
        )
        begin = last + DAY
    return entries


LENGTHS = st.lists(st.integers(1, 900), min_size=1, max_size=6)


@given(LENGTHS, st.randoms(use_true_random=False), st.integers(-50, 6000))
def test_on_any_day_exactly_one_text_of_a_chain_binds(lengths, shuffler, offset):
    first = date(2011, 6, 20)
    entries = chain(first, lengths)
    shuffler.shuffle(entries)
    rulebook = Rulebook(entries)
    assert flow.lint(rulebook) == []
    on = first + timedelta(days=offset)
    binding = [entry for entry in entries if entry.covers(on)]
    assert len(binding) == (1 if on >= first else 0)
    assert rulebook.find(entries[0].id, on) == (binding[0] if binding else None)


@given(LENGTHS)
def test_on_the_day_of_change_the_new_text_binds_and_the_day_before_the_old_one(lengths):
    entries = chain(date(2011, 6, 20), lengths)
    rulebook = Rulebook(entries)
    for before, after in pairwise(entries):
        assert rulebook.value(after.id, after.valid_from) == after
        assert rulebook.value(after.id, after.valid_from - DAY) == before


@given(LENGTHS.filter(lambda lengths: len(lengths) > 1), st.data())
def test_a_shifted_boundary_is_a_hole_or_an_overlap(lengths, data):
    entries = chain(date(2011, 6, 20), lengths)
    place = data.draw(st.integers(0, len(entries) - 2))
    longer = data.draw(st.booleans())
    changed = entries[place]
    shift = DAY if longer else -DAY
    if not longer and lengths[place] == 1:
        return
    entries[place] = replace(changed, valid_to=changed.valid_to + shift)
    kinds = {defect.kind for defect in flow.lint(Rulebook(entries))}
    assert kinds == {DefectKind.OVERLAP if longer else DefectKind.HOLE}


def test_in_the_packs_on_every_boundary_day_exactly_one_text_binds():
    for entry in LAW.entries:
        if not entry.binding:
            continue
        for on in (entry.valid_from or date(2000, 1, 1), entry.valid_to or date(2040, 1, 1)):
            others = [e for e in LAW.entries if e.id == entry.id and e.binding and e.covers(on)]
            assert others == [entry]
            assert LAW.value(entry.id, on) == entry


def test_the_ceiling_of_an_asaan_account_doubles_on_13_april_2022():
    ceiling = "pk.account.asaan.maximum.balance"
    assert LAW.value(ceiling, date(2022, 4, 12)).value == Money(50_000_000, PKR)
    assert LAW.value(ceiling, date(2022, 4, 13)).value == Money(100_000_000, PKR)


def test_before_the_first_text_the_rulebook_is_silent():
    with pytest.raises(NotFound) as caught:
        LAW.value("pk.account.bb_l0.maximum.balance", date(2011, 6, 19))
    assert caught.value.reason is Reason.RULEBOOK_VALUE_MISSING


# status, overlays, versions


@given(st.sampled_from(Status))
def test_a_binding_text_comes_before_a_proposal_and_a_proposal_before_silence(status):
    proposal = value(status=Status.PROPOSAL, value=Money(1, MYR))
    other = value(status=status, value=Money(2, MYR))
    found = Rulebook([proposal, other]).value(other.id, ON)
    assert found == (other if status in BINDING else proposal)


def test_an_overlay_wins_within_its_days_and_is_labelled():
    below = value()
    above = value(value=Money(1, MYR), valid_from=ON, valid_to=ON)
    rulebook = Rulebook([below]).overlay([above], "cohort")
    assert rulebook.value(below.id, ON).label == "cohort"
    assert rulebook.value(below.id, ON - DAY) == below
    assert rulebook.value(below.id, ON + DAY) == below
    assert [entry.id for entry in rulebook.labelled(ON)] == [below.id]
    assert rulebook.labelled(ON + DAY) == []


def test_the_newest_overlay_wins():
    first = Rulebook([value()]).overlay([value(value=Money(1, MYR))], "a")
    second = first.overlay([value(value=Money(2, MYR))], "b")
    assert second.value(value().id, ON).label == "b"


def test_the_version_depends_on_content_and_not_on_order():
    one, two = value(), value(id="raast.limit.transaction.person")
    assert Rulebook([one, two]).version == Rulebook([two, one]).version
    assert Rulebook([one]).version != Rulebook([one, two]).version
    changed = replace(one, note="Changed.")
    assert Rulebook([changed]).version != Rulebook([one]).version


def test_an_overlay_changes_the_version_and_so_does_its_label():
    base = Rulebook([value()])
    versions = {base.version, *(base.overlay([value()], label).version for label in "ab")}
    assert len(versions) == 3


# the rules


def test_by_law_the_corridor_is_closed_because_pakistan_is_only_proposed():
    decision = flow.decide(LAW, payment(), ON)
    assert not decision.allowed
    assert decision.refusal.reason is Reason.CORRIDOR_CLOSED
    assert decision.refusal.rule == "corridor.open"
    assert decision.refusal.citation.startswith("Qantara corridor proposal")
    step = decision.trace[0]
    assert (step.finding, step.status) == (Finding.FAILED, "proposal")
    assert decision.labels == frozenset()


@pytest.mark.parametrize(("source", "destination"), [("MY", "PK"), ("PK", "MY")])
def test_the_example_world_opens_it_and_every_decision_says_that_it_is_an_example(
    source, destination
):
    there = payment()
    back = payment(
        source_country="PK",
        destination_country="MY",
        source=there.destination,
        destination=there.source,
        rails=("raast", "nexus", "duitnow"),
    )
    decision = flow.decide(EXAMPLE, there if source == "MY" else back, ON)
    assert decision.allowed
    assert decision.labels == {"example"}
    corridor = decision.trace[0]
    assert corridor.label == "example"
    assert corridor.value_id == f"nexus.corridor.{source}-{destination}"


def test_a_corridor_nobody_wrote_about_is_closed():
    decision = flow.decide(EXAMPLE, payment(destination_country="SG"), ON)
    assert decision.refusal.reason is Reason.CORRIDOR_CLOSED
    assert decision.refusal.citation == rules.NOTHING_OPENS_IT


def test_at_home_no_corridor_is_needed():
    at_home = payment(destination_country="MY", destination=Money(50_000, MYR), rails=("duitnow",))
    decision = flow.decide(LAW, at_home, ON)
    assert decision.allowed
    assert findings(decision, "corridor.open") == []


@pytest.mark.parametrize(
    ("kind", "limit"), [(SenderKind.PERSON, 5_000_000), (SenderKind.COMPANY, 1_000_000_000)]
)
def test_the_limit_of_a_transaction_holds_to_the_last_sen(kind, limit):
    at_limit = flow.decide(EXAMPLE, payment(sender_kind=kind, source=Money(limit, MYR)), ON)
    assert at_limit.allowed
    (step,) = [step for step in at_limit.trace if step.rule == "limit.transaction"]
    assert step.margin == "0.00"
    above = flow.decide(EXAMPLE, payment(sender_kind=kind, source=Money(limit + 1, MYR)), ON)
    assert above.refusal.reason is Reason.AMOUNT_ABOVE_LIMIT
    assert above.refusal.rule == "limit.transaction"
    assert [step.margin for step in above.trace if step.rule == "limit.transaction"] == ["-0.01"]


@given(minor=st.integers(1, 10**12))
def test_the_margin_is_the_threshold_less_what_was_observed(minor):
    rulebook = Rulebook([value()])
    (step,) = rules.limit_transaction(rulebook, payment(source=Money(minor, MYR)), ON)
    margin = Money.parse(step.margin, MYR)
    assert margin == Money.parse(step.threshold, MYR) - Money.parse(step.observed, MYR)
    assert (step.finding is Finding.PASSED) == (margin.minor >= 0)


def test_raast_sets_no_limit_and_the_trace_cites_the_circular():
    large = payment(
        source_country="PK",
        destination_country="MY",
        source=Money(10_000_000_000, PKR),
        destination=Money(100_000_000, MYR),
        rails=("raast", "nexus", "duitnow"),
    )
    decision = flow.decide(EXAMPLE, large, ON)
    assert decision.allowed
    (step,) = [step for step in decision.trace if step.rule == "limit.transaction"]
    assert step.finding is Finding.UNDETERMINED
    assert step.provision.startswith("SBP PSP&OD Circular 4 of 2023")


@pytest.mark.parametrize(
    ("money", "leg"),
    [(Money(1_000_000_001, MYR), "source"), (Money(50_000_000_001, PKR), "destination")],
)
def test_neither_leg_exceeds_its_systems_maximum(money, leg):
    facts = payment(sender_kind=SenderKind.COMPANY, **{leg: money})
    decision = flow.decide(EXAMPLE, facts, ON)
    assert decision.refusal.reason is Reason.AMOUNT_ABOVE_LIMIT
    assert Finding.FAILED in findings(decision, "ips.maximum")


def test_where_the_country_requires_a_purpose_it_must_be_given():
    without = payment(purpose=None)
    decision = flow.decide(EXAMPLE, without, ON)
    assert decision.refusal.reason is Reason.PURPOSE_REQUIRED
    assert decision.refusal.facts["label"] == "example"
    assert findings(flow.decide(LAW, without, ON), "purpose.required") == [Finding.UNDETERMINED]


@given(st.sampled_from(Status), st.sampled_from(Confidence))
def test_what_binds_refuses_if_it_is_sure_and_asks_for_a_person_if_not(status, confidence):
    limit = value(status=status, confidence=confidence, value=Money(1, MYR))
    at_home = payment(destination_country="MY", destination=Money(50_000, MYR), rails=("duitnow",))
    decision = flow.decide(Rulebook([limit]), at_home, ON)
    binds, sure = status in BINDING, confidence is not Confidence.LOW
    assert decision.allowed is not (binds and sure)
    found = (Finding.FAILED if sure else Finding.NOTED) if binds else Finding.UNDETERMINED
    assert findings(decision, "limit.transaction") == [found]
    assert [step.rule for step in decision.review] == ["limit.transaction"] * (binds and not sure)


def test_the_first_refusal_is_told_and_all_are_traced():
    bad = payment(source=Money(1_000_000_001, MYR), purpose=None)
    decision = flow.decide(EXAMPLE, bad, ON)
    assert decision.refusal.rule == "limit.transaction"
    failed = [step.rule for step in decision.trace if step.finding is Finding.FAILED]
    assert failed == ["limit.transaction", "ips.maximum", "purpose.required"]


COUNTRIES = st.sampled_from(["MY", "PK", "FR", "SG"])
PAYMENTS = st.builds(
    PaymentFacts,
    COUNTRIES,
    COUNTRIES,
    st.builds(Money, st.integers(1, 10**13), st.sampled_from([MYR, PKR])),
    st.builds(Money, st.integers(1, 10**13), st.sampled_from([MYR, PKR])),
    st.sampled_from(SenderKind),
    st.lists(st.sampled_from(["duitnow", "nexus", "raast"]), min_size=1, max_size=3).map(tuple),
    st.none() | st.just("FAMI"),
    st.none() | st.just("CASH"),
)


@given(PAYMENTS, st.dates(date(2000, 1, 1), date(2050, 1, 1)))
def test_any_payment_is_decided_the_same_way_twice_and_from_stored_facts(facts, on):
    rulebook = EXAMPLE
    decision = flow.decide(rulebook, facts, on)
    again = flow.decide(rulebook, PaymentFacts.from_json(facts.to_json()), on)
    assert again == decision
    assert again.digest == decision.digest
    failed = any(step.finding is Finding.FAILED for step in decision.trace)
    assert decision.allowed is not failed


def test_a_payment_travels_at_least_one_system():
    with pytest.raises(Malformed):
        payment(rails=())


# lint


def test_the_packs_have_no_defect():
    assert flow.lint(LAW) == []
    assert flow.lint(EXAMPLE) == []


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ([value(citation=Citation("", "article 1", "Title"))], DefectKind.CITATION_MISSING),
        ([value(value=None)], DefectKind.REASON_MISSING),
        ([value(status=Status.SUPERSEDED)], DefectKind.END_MISSING),
        ([value(value=Money(1, PKR))], DefectKind.UNIT),
        ([value(), value(valid_from=ON)], DefectKind.OVERLAP),
        ([value(valid_to=ON), value(valid_from=ON)], DefectKind.OVERLAP),
        ([value(valid_to=ON), value(valid_from=ON + 2 * DAY)], DefectKind.HOLE),
        ([value(id="nobody.asked")], DefectKind.UNUSED),
        (
            [
                value(valid_to=ON),
                value(valid_from=ON + DAY, type=ValueType.FLAG, value=True, unit="flag"),
            ],
            DefectKind.UNIT,
        ),
    ],
)
def test_each_defect_is_found_and_named(entries, kind):
    assert [defect.kind for defect in flow.lint(Rulebook(entries))] == [kind]


def test_a_proposal_beside_a_text_in_force_is_no_overlap():
    assert flow.lint(Rulebook([value(), value(status=Status.PROPOSAL)])) == []
