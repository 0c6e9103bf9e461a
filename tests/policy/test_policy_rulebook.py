"""Dates, statuses, overlays and versions: which text binds on which day."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from policy_cases import DAY, JURISDICTIONS, LAW, ON, account, book, rule, value

from qantara.errors import Malformed, NotFound, Reason
from qantara.money import MYR, PKR, Money
from qantara.policy import flow
from qantara.policy.model import BINDING, DefectKind, Jurisdiction, Rulebook, RuleCase, Status

FIRST = date(2011, 6, 20)


def chain(lengths: list[int], make=value, **fields) -> list:
    """Successive texts of one id without a gap; the last one has no end."""
    entries, begin = [], FIRST
    for place, length in enumerate(lengths):
        last = begin + timedelta(days=length - 1)
        ended = place < len(lengths) - 1
        told = {"value": Money(place + 1, MYR)} if make is value else {"note": str(place)}
        entries.append(
            make(
                valid_from=begin,
                valid_to=last if ended else None,
                status=Status.SUPERSEDED if ended else Status.IN_FORCE,
                **(told | fields),
            )
        )
        begin = last + DAY
    return entries


LENGTHS = st.lists(st.integers(1, 900), min_size=1, max_size=6)
SEVERAL = LENGTHS.filter(lambda lengths: len(lengths) > 1)


@given(LENGTHS, st.randoms(use_true_random=False), st.integers(-50, 6000))
def test_on_any_day_exactly_one_text_of_a_chain_binds(lengths, shuffler, offset):
    entries = chain(lengths)
    shuffler.shuffle(entries)
    rulebook = book(entries)
    assert flow.lint(rulebook) == []
    on = FIRST + timedelta(days=offset)
    binding = [entry for entry in entries if entry.covers(on)]
    assert len(binding) == (1 if offset >= 0 else 0)
    assert rulebook.find(entries[0].id, on) == (binding[0] if binding else None)


@given(LENGTHS)
def test_on_the_day_of_change_the_new_text_binds_and_the_day_before_the_old_one(lengths):
    entries = chain(lengths)
    rulebook = book(entries)
    for before, after in pairwise(entries):
        assert rulebook.value(after.id, after.valid_from) == after
        assert rulebook.value(after.id, after.valid_from - DAY) == before
    assert rulebook.editions(entries[0].id) == tuple(entries)


@given(LENGTHS, st.randoms(use_true_random=False), st.integers(-50, 6000))
def test_of_a_chain_of_rules_one_is_asked_on_any_day(lengths, shuffler, offset):
    entries = chain(lengths, make=rule)
    shuffler.shuffle(entries)
    on = FIRST + timedelta(days=offset)
    found = book([value()], entries).rules_on(on)
    assert found == [entry for entry in entries if entry.covers(on)]


@given(LENGTHS, st.integers(0, 6000))
def test_what_is_decided_on_a_day_is_decided_by_the_texts_of_that_day_alone(lengths, offset):
    on = FIRST + timedelta(days=offset)
    entries = chain(lengths)
    alone = [entry for entry in entries if entry.covers(on)]
    facts = account(sent_today=3)
    whole, then = (
        flow.decide(book(values, [rule()]), facts, on).trace for values in (entries, alone)
    )
    assert whole == then


@given(SEVERAL, st.data())
def test_a_shifted_boundary_is_a_hole_or_an_overlap(lengths, data):
    entries = chain(lengths)
    place = data.draw(st.integers(0, len(entries) - 2))
    longer = lengths[place] == 1 or data.draw(st.booleans())
    changed = entries[place]
    shift = DAY if longer else -DAY
    entries[place] = replace(changed, valid_to=changed.valid_to + shift)
    kinds = {defect.kind for defect in flow.lint(book(entries))} - {DefectKind.CASE_MISSING}
    assert kinds == {DefectKind.OVERLAP if longer else DefectKind.HOLE}


def test_in_the_books_on_every_boundary_day_exactly_one_text_binds():
    for entries in (LAW.entries, LAW.rules):
        for entry in entries:
            if not entry.binding:
                continue
            for on in (entry.valid_from or date(2000, 1, 1), entry.valid_to or date(2040, 1, 1)):
                others = [e for e in entries if e.id == entry.id and e.binding and e.covers(on)]
                assert others == [entry]


def test_the_ceiling_of_an_asaan_account_doubles_on_13_april_2022():
    ceiling = "pk.account.asaan.maximum.balance"
    assert LAW.value(ceiling, date(2022, 4, 12)).value == Money(50_000_000, PKR)
    assert LAW.value(ceiling, date(2022, 4, 13)).value == Money(100_000_000, PKR)


def test_before_the_first_text_the_rulebook_is_silent():
    with pytest.raises(NotFound) as caught:
        LAW.value("pk.account.bb_l0.maximum.balance", date(2011, 6, 19))
    assert caught.value.reason is Reason.RULEBOOK_VALUE_MISSING
    assert caught.value.facts["on"] == "2011-06-19"


@given(st.sampled_from(Status))
def test_a_binding_text_comes_before_a_proposal_and_a_proposal_before_silence(status):
    proposal = value(status=Status.PROPOSAL, value=Money(1, MYR))
    other = value(status=status, value=Money(2, MYR))
    found = book([proposal, other]).value(other.id, ON)
    assert found == (other if status in BINDING else proposal)


@given(st.sampled_from(Status))
def test_a_rule_that_is_only_proposed_is_never_asked(status):
    found = book([value()], [rule(status=status)]).rules_on(ON)
    assert [each.status for each in found] == ([status] if status in BINDING else [])


# overlays


def test_an_overlay_wins_within_its_days_and_is_labelled():
    below = value()
    above = value(value=Money(1, MYR), valid_from=ON, valid_to=ON)
    rulebook = book([below]).overlay([above], "cohort")
    assert rulebook.value(below.id, ON).label == "cohort"
    assert rulebook.value(below.id, ON - DAY) == below
    assert rulebook.value(below.id, ON + DAY) == below
    assert [entry.id for entry in rulebook.labelled(ON)] == [below.id]
    assert rulebook.labelled(ON + DAY) == []


def test_the_newest_overlay_wins():
    first = book([value()]).overlay([value(value=Money(1, MYR))], "a")
    second = first.overlay([value(value=Money(2, MYR))], "b")
    assert second.value(value().id, ON).label == "b"


def test_an_overlay_may_lay_a_rule_over_a_rule_and_leaves_the_book_below_as_it_was():
    below = book([value()], [rule()])
    above = below.overlay([], "what if", [rule(requires="false")])
    assert flow.decide(below, account(sent_today=1), ON).allowed
    decision = flow.decide(above, account(sent_today=1), ON)
    assert (decision.allowed, decision.labels) == (False, {"what if"})
    assert above.jurisdictions == below.jurisdictions


def overlay(tmp_path: Path, text: str) -> Rulebook:
    path = tmp_path / "overlay.yaml"
    path.write_text(text)
    return flow.load(path)


VALUE = "{id: nexus.quote.validity, type: duration, unit: seconds, value: 60, note: Short.}"
FLAG_FOR_MONEY = """
label: a
values: [{id: nexus.maximum.MYR, type: flag, unit: flag, value: true, note: Wrong.}]
"""


def test_an_overlay_file_is_labelled_and_may_have_days(tmp_path):
    dated = VALUE.replace("note", "valid_from: 2026-03-02, note")
    rulebook = overlay(tmp_path, f"label: cohort\nvalues:\n- {dated}\n")
    found = rulebook.value("nexus.quote.validity", ON)
    assert (found.value, found.label, found.place) == (60, "cohort", "overlay.yaml:3")
    assert rulebook.value("nexus.quote.validity", date(2026, 3, 1)).value == 600


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (f"values: [{VALUE}]", ":1", "missing required field `label`"),
        (f"label: ' '\nvalues: [{VALUE}]", "", "an overlay needs a label"),
        (
            f"label: a\nvalues: [{VALUE.replace('quote', 'quotes')}]",
            ":2",
            "no rulebook has a value of this id",
        ),
        (f"label: a\nvalues: [{VALUE.replace('60', '-1')}]", ":2", "a duration is not below zero"),
        (f"label: a\nvalues: [{VALUE.replace('60', 'true')}]", ":2", "Expected `int`, got `bool`"),
        (f"label: a\nvalues: [{VALUE.replace('note', 'notes')}]", ":2", "unknown field `notes`"),
        (
            f"label: a\nvalues: [{VALUE.replace('type', 'valid_to: 2020-02-30, type')}]",
            ":2",
            "RFC3339",
        ),
        (f"label: a\nvalues: [{VALUE.replace('type', 'status: a, type')}]", ":2", "`status`"),
        (f"label: a\nvalues: [{VALUE}, {VALUE}]", ":2", "overlap"),
        (FLAG_FOR_MONEY, "", "entries of one id differ in type or unit"),
        ("label: a\nvalues: 3", ":1", "Expected `array`, got `int`"),
        ("label: [", "", "while parsing"),
        ("", ":1", "Expected `object`, got `null`"),
    ],
)
def test_a_wrong_overlay_is_refused_at_the_start(tmp_path, text, line, problem):
    with pytest.raises(Malformed) as caught:
        overlay(tmp_path, text)
    assert problem in caught.value.facts["problem"]
    if "differ" not in problem:
        assert caught.value.facts["file"] == f"overlay.yaml{line}"


def test_an_overlay_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Malformed) as caught:
        flow.load(tmp_path / "nowhere.yaml")
    assert caught.value.facts["file"] == "nowhere.yaml"


# versions


def test_the_version_depends_on_content_and_not_on_order():
    one, two = value(), value(id="my.other")
    assert book([one, two]).version == book([two, one]).version
    assert book([one]).version != book([one, two]).version


@pytest.mark.parametrize(
    "changed",
    [
        book([value(note="Changed.")], [rule()]),
        book([value(value=Money(10_001, MYR))], [rule()]),
        book([value(valid_from=FIRST)], [rule()]),
        book([value()], [rule(when="biometric")]),
        book([value()], [rule(priority=1)]),
        book([value()], []),
        Rulebook([value()], [rule()], JURISDICTIONS[1:]),
        Rulebook(
            [value()],
            [rule()],
            [*JURISDICTIONS[1:], Jurisdiction("MY", "Malaysia", "MYR", ("EU",))],
        ),
        book([value()], [rule()]).overlay([value()], "a"),
        book([value()], [rule()]).overlay([value()], "b"),
        book([value()], [rule()]).overlay([], "a", [rule()]),
    ],
    ids=lambda each: each.version[:6],
)
def test_whatever_may_change_a_decision_changes_the_version(changed):
    assert changed.version != book([value()], [rule()]).version


def test_versions_of_two_overlays_differ_by_their_label():
    base = book([value()])
    versions = {base.version, *(base.overlay([value()], label).version for label in "ab")}
    assert len(versions) == 3


def test_cases_and_places_are_no_part_of_the_version_nor_of_the_compiled_rules():
    moved = [replace(each, place="elsewhere.yaml:1", cases=()) for each in (value(), rule())]
    before, after = book([value()], [rule()]), book([moved[0]], [moved[1]])
    assert after.version == before.version
    facts = account(sent_today=10_001)
    decisions = [flow.decide(each, facts, ON) for each in (before, after)]
    assert decisions[0].pack_hash == decisions[1].pack_hash
    assert decisions[0].digest == decisions[1].digest


@given(st.sampled_from(["my.limit", "my.daily"]))
def test_the_compiled_rules_are_named_by_what_they_compare(changed):
    values = [value(value=Money(10_000 + (changed == "my.limit"), MYR))]
    rules = [rule(requires=f"sent_today <{'=' * (changed != 'my.daily')} my.limit")]
    facts = account(sent_today=1)
    first = flow.decide(book([value()], [rule()]), facts, ON)
    second = flow.decide(book(values, rules), facts, ON)
    assert first.outcome == second.outcome
    assert first.pack_hash != second.pack_hash


def test_a_case_is_kept_beside_its_rule_and_changes_nothing():
    told = rule(cases=(RuleCase("pass", ON, {"sent_today": "1.00"}, "passed"),))
    assert book([value()], [told]).version == book([value()], [rule()]).version


def test_an_overlay_with_rules_is_refused_and_not_half_read(tmp_path):
    path = tmp_path / "overlay.yaml"
    path.write_text("label: cohort\nrules: [{id: my.new}]\n")
    with pytest.raises(Malformed) as caught:
        flow.load(path)
    assert "a draft" in caught.value.facts["problem"]
