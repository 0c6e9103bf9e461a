import json
import shutil
import sys

import pytest
from msgspec.structs import replace

from qantara.errors import Malformed
from qantara.policy import flow
from qantara.policy.checking import faults, mutating
from qantara.policy.checking.faults import Kind
from qantara.policy.checking.mutating import mutate
from qantara.policy.model import Rulebook

HEAD = """
book: MY
topic: instant_payments
verified_on: 2026-11-21
sources:
  rules:
    instrument: Invented instrument
    title: Invented title
    authority: Invented authority
    dated: null
    url: null
"""
DATED = "valid_from: 2020-01-01, valid_to: null, known_from: null, status: in_force"
TEXT = f"{DATED}, source: rules, provision: article 1, confidence: high"
LIMIT = (
    HEAD
    + f"""
values:
  - id: my.limit
    means: The most that goes at once.
    type: money
    unit: MYR
    stricter: lower
    editions:
      - {{value: "50.00", {TEXT}}}
  - id: my.limit.high
    means: The most that goes at once from a branch.
    type: money
    unit: MYR
    stricter: lower
    editions:
      - {{value: "90.00", {TEXT}}}
rules:
  - id: my.cap
    means: No more than the limit.
    act: payment
    side: sending
    effect: refuse
    reason: amount_above_limit
    remedy: smaller_amount
    when: "true"
    requires: amount <= my.limit
    {TEXT.replace(", ", chr(10) + "    ")}
    cases:
      - {{kind: pass, on: 2020-01-01, facts: {{amount: "1.00", channel: online}}, finding: passed}}
      - {{kind: at_limit, on: 2020-01-01, facts: {{amount: "50.00", channel: online}},
          finding: passed}}
      - {{kind: beyond_limit, on: 2020-01-01, facts: {{amount: "50.01", channel: online}},
          finding: failed}}
      - {{kind: day_before, on: 2019-12-31, facts: {{amount: "50.01"}}, finding: not_applicable}}
      - {{kind: replaced, on: 2020-01-01, facts: {{amount: "50.01", channel: branch}},
          finding: not_applicable}}
  - id: my.cap.branch
    means: A branch sends more.
    act: payment
    side: sending
    effect: refuse
    reason: amount_above_limit
    remedy: smaller_amount
    when: channel == "branch"
    requires: amount <= my.limit.high
    exception_of: my.cap
    {TEXT.replace(", ", chr(10) + "    ")}
    cases:
      - {{kind: at_limit, on: 2020-01-01, facts: {{amount: "90.00", channel: branch}},
          finding: passed}}
      - {{kind: beyond_limit, on: 2020-01-01, facts: {{amount: "90.01", channel: branch}},
          finding: failed}}
      - {{kind: day_before, on: 2019-12-31, facts: {{amount: "90.01", channel: branch}},
          finding: not_applicable}}
      - {{kind: elsewhere, on: 2020-01-01, facts: {{amount: "90.01", channel: online}},
          finding: not_applicable}}
"""
)
AT = 'at_limit, on: 2020-01-01, facts: {amount: "'
LAX = LIMIT.replace(f"{AT}50.00", f"{AT}49.00")
"""The case at the limit does not hit it."""


def folder(tmp_path, text):
    (tmp_path / "my").mkdir()
    (tmp_path / "my" / "limits.yaml").write_text(text)
    shutil.copy(flow.BOOKS / "jurisdictions.yaml", tmp_path)
    return tmp_path


def tallies(mutation):
    return {tally.kind: tally for tally in mutation.tallies}


def test_the_small_book_is_sound(tmp_path):
    rulebook = flow.read(folder(tmp_path, LIMIT))
    assert flow.lint(rulebook) == []
    assert flow.run_cases(rulebook).misses == ()


@pytest.mark.parametrize("kind", Kind)
def test_every_fault_of_each_kind_is_caught_in_a_book_with_its_cases(tmp_path, kind):
    rulebook = flow.read(folder(tmp_path, LIMIT))
    court = mutating.Court(rulebook, {})
    entries = (*rulebook.entries, *rulebook.rules)
    found = [fault for each in entries for fault in faults.faults(rulebook, each, kind)]
    assert found
    uncaught = [told for told, judge in (court.judge(f, kind) for f in found) if judge is None]
    assert uncaught == []


def test_a_limit_that_no_case_hits_survives_and_is_told_with_its_place(tmp_path):
    mutation = mutate(folder(tmp_path, LAX), seed=1, count=120)
    limits = [each for each in mutation.survivors if each.kind is Kind.SHIFTED_LIMIT]
    assert {(each.entry, each.place) for each in limits} == {
        ("my.limit", "my/limits.yaml:20"),
        ("my.cap", "my/limits.yaml:29"),
    }
    assert mutation.rate < 1
    assert mutation.to_json()["survivors"]


def test_the_kinds_have_equal_shares_and_a_seed_draws_the_same_again(tmp_path):
    books = folder(tmp_path, LIMIT)
    mutation = mutate(books, seed=3, count=60)
    assert {tally.mutants for tally in mutation.tallies} == {10}
    assert mutation.mutants == 60
    assert mutate(books, seed=3, count=60) == mutation
    assert json.loads(json.dumps(mutation.to_json()))["caught"] == 60


def test_a_kind_that_befalls_nothing_is_not_drawn(tmp_path):
    alone = HEAD + (
        "values:\n  - {id: my.open, means: Open., type: flag, unit: flag, stricter: none,"
        f" stated: known, editions: [{{value: true, {TEXT}}}]}}\n"
    )
    mutation = mutate(folder(tmp_path, alone), seed=1, count=8)
    drawn = tallies(mutation)
    assert drawn[Kind.INVERTED_EXCEPTION].records == drawn[Kind.INVERTED_EXCEPTION].mutants == 0
    assert drawn[Kind.INVERTED_EXCEPTION].rate is None
    assert mutation.mutants == 8
    assert mutate(tmp_path, seed=1, count=0).rate is None


def test_a_wrong_unit_is_judged_where_it_is_read(tmp_path):
    share = LIMIT.replace("type: money", "type: ratio", 1).replace("unit: MYR", "unit: ratio", 1)
    share = share.replace('"50.00", valid', '"0.05", valid')
    share = share.replace("amount <= my.limit\n", "owner_share <= my.limit\n")
    rulebook = flow.read(folder(tmp_path, share))
    (fault,) = faults.faults(rulebook, rulebook.entries[0], Kind.WRONG_UNIT)
    with pytest.raises(Malformed, match="the unit of a ratio is ratio, not percent"):
        fault()
    assert mutating.Court(rulebook, {}).judge(fault, Kind.WRONG_UNIT)[1] == mutating.READING


def test_a_proof_catches_what_no_case_does(tmp_path):
    sound = flow.read(folder(tmp_path, LIMIT))
    deaf = [replace(rule, cases=rule.cases[-1:]) for rule in sound.rules if rule.exception_of]
    rulebook = Rulebook(
        sound.entries,
        [*deaf, *(replace(rule, cases=()) for rule in sound.rules if not rule.exception_of)],
        sound.jurisdictions.values(),
    )
    (rule,) = deaf
    never = replace(rule, when="amount < my.limit and amount > my.limit")
    change = faults.Change("contradicts itself", (rule,), (never,))
    court = mutating.Court(rulebook, {})
    assert court.judge(lambda: change, Kind.INVERTED_EXCEPTION) == (change.told, mutating.PROOF)
    assert court.proofs


def test_without_the_extra_the_report_says_that_nothing_was_proved(tmp_path, monkeypatch):
    for name in ("proofs", "solving", "quantities"):
        monkeypatch.delitem(sys.modules, f"qantara.policy.bridge.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "z3", None)
    mutation = mutate(folder(tmp_path, LAX), seed=1, count=60)
    assert mutation.survivors
    assert not mutation.proofs


def test_most_faults_in_the_real_books_are_caught():
    mutation = mutate(flow.BOOKS, seed=5, count=60)
    assert mutation.proofs
    assert mutation.rate >= 0.85
