"""Rulebook files: what is read, and how every wrong word is named with its file, line and entry."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_cases import ON

from qantara.errors import Malformed, Reason
from qantara.money import MYR, Money
from qantara.policy.books import reading
from qantara.policy.model import (
    Act,
    Confidence,
    Effect,
    Fee,
    Rulebook,
    Silence,
    Status,
    Stricter,
    Topic,
    ValueType,
)

GOOD = """\
book: MY
topic: account_ladder
verified_on: 2026-03-02
sources:
  circular:
    instrument: Invented circular
    title: Invented title
    authority: Invented authority
    dated: 2019-12-01
    url: null
values:
  - id: my.limit
    means: The most of a day.
    type: money
    unit: MYR
    stricter: lower
    editions:
      - value: "100.00"
        valid_from: 2020-01-01
        valid_to: 2020-12-31
        known_from: 2019-12-01
        status: superseded
        source: circular
        provision: article 1
        confidence: high
        replaces: null
        note: ""
        cases:
          - {on: 2020-01-01, value: "100.00"}
      - value: null
        valid_from: 2021-01-01
        valid_to: null
        known_from: null
        status: in_force
        source: circular
        provision: article 2
        confidence: low
        note: Not published.
        verified_on: 2026-02-01
rules:
  - id: my.daily
    means: No more than the limit.
    act: account
    side: home
    effect: refuse
    reason: amount_above_limit
    remedy: smaller_amount
    when: true
    requires: sent_today <= my.limit
    valid_from: null
    valid_to: null
    known_from: null
    status: in_force
    source: circular
    provision: article 1
    confidence: medium
    cases:
      - {kind: pass, on: 2020-03-02, facts: {sent_today: "1.00"}, finding: passed}
      - {kind: other, on: 2020-03-02, from: NO, facts: {sent_today: "1.00"}, finding: passed}
"""
FILE, VALUE, EDITION, RULE = 1, 12, 18, 41


def read(tmp_path: Path, text: str):
    path = tmp_path / "book.yaml"
    path.write_text(text, encoding="utf-8")
    return reading.read_file(path)


def refused(tmp_path: Path, text: str) -> Malformed:
    with pytest.raises(Malformed) as caught:
        read(tmp_path, text)
    assert caught.value.reason is Reason.RULEBOOK_INVALID
    return caught.value


# what is good


def test_a_good_file_is_read_with_its_types_texts_and_places(tmp_path):
    (before, after), _ = read(tmp_path, GOOD)
    assert before.value == Money(10_000, MYR)
    assert (before.valid_from, before.valid_to) == (date(2020, 1, 1), date(2020, 12, 31))
    assert (before.status, after.status) == (Status.SUPERSEDED, Status.IN_FORCE)
    assert (before.topic, before.stricter) == (Topic.ACCOUNT_LADDER, Stricter.LOWER)
    assert str(before.citation) == "Invented circular, article 1"
    assert (before.citation.dated, before.citation.url) == (date(2019, 12, 1), None)
    assert (after.value, after.confidence) == (None, Confidence.LOW)
    assert (before.verified_on, after.verified_on) == (ON, date(2026, 2, 1))
    assert (before.place, after.place) == (f"book.yaml:{EDITION}", "book.yaml:30")
    assert [(case.on, case.value) for case in before.cases] == [(before.valid_from, before.value)]


def test_a_good_rule_is_read_with_its_conditions_and_cases(tmp_path):
    _, (rule,) = read(tmp_path, GOOD)
    assert (rule.act, rule.effect, rule.when) == (Act.ACCOUNT, Effect.REFUSE, "true")
    assert rule.requires == "sent_today <= my.limit"
    assert (rule.when_silent, rule.priority) == (Silence.UNDETERMINED, 0)
    assert (rule.authority, rule.place) == ("Invented authority", f"book.yaml:{RULE}")
    assert [(case.on, case.source) for case in rule.cases] == [
        (date(2020, 3, 2), None),
        (date(2020, 3, 2), "NO"),
    ]


def test_on_is_a_key_and_no_is_a_country_and_only_true_and_false_are_flags(tmp_path):
    _, (rule,) = read(tmp_path, GOOD.replace("when: true", "when: yes"))
    assert rule.when == "yes"
    assert rule.cases[1].source == "NO"


@pytest.mark.parametrize(
    ("kind", "unit", "text", "told"),
    [
        ("money", "USD", '"1.50"', 150),
        ("fee", "PKR", '{nominal: "1.00", ratio: "0.001"}', Decimal("0.001")),
        ("duration", "working_days", "0", 0),
        ("ratio", "ratio", '"0.000001"', Decimal("0.000001")),
        ("ratio", "ratio", '"1"', Decimal(1)),
        ("count", "accounts", "3", 3),
        ("flag", "flag", "false", False),
        ("codes", "element", "[a, b]", ("a", "b")),
        ("choice", "choice", "shares", "shares"),
        ("date", "day", "2025-01-01", date(2025, 1, 1)),
        ("date", "day", "null", None),
    ],
)
def test_a_value_of_each_type_is_read_and_reads_back_from_what_is_written_out(
    tmp_path, kind, unit, text, told
):
    good = GOOD.replace("type: money", f"type: {kind}").replace("unit: MYR", f"unit: {unit}")
    (first, _), _ = read(tmp_path, good.replace('"100.00"', text))
    seen = first.value
    seen = seen.ratio if isinstance(seen, Fee) else getattr(seen, "minor", seen)
    assert (seen, type(seen)) == (told, type(told))
    assert (first.type, first.unit) == (ValueType(kind), unit)
    rulebook = Rulebook([first])
    (again,), _, _ = reading.read_json(rulebook.content)
    assert again.value == first.value


# what is wrong


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("topic: account_ladder", "topic: ladder", FILE, "Invalid enum value 'ladder'"),
        ("verified_on: 2026-03-02\n", "", FILE, "missing required field `verified_on`"),
        ("book: MY", "book: MY\nlabel: x", FILE, "unknown field `label`"),
        ("    title: Invented title\n", "", FILE, "missing required field `title`"),
        ("    authority: Invented authority\n", "", FILE, "missing required field `authority`"),
        ("    instrument: Invented circular\n", "", FILE, "missing required field `instrument`"),
        ("    dated: 2019-12-01\n", "", FILE, "missing required field `dated`"),
        ("    url: null\n", "", FILE, "missing required field `url`"),
        ("dated: 2019-12-01", "dated: soon", FILE, "Invalid RFC3339 encoded date"),
        ("type: money", "type: amount", VALUE, "Invalid enum value 'amount'"),
        ("stricter: lower", "strict: lower", VALUE, "unknown field `strict`"),
        ("stricter: lower", "stricter: lowest", EDITION, "Invalid enum value 'lowest'"),
        ("    means: The most of a day.\n", "", VALUE, "missing required field `means`"),
        ("status: superseded", "status: valid", EDITION, "Invalid enum value 'valid'"),
        ("confidence: high", "confidence: sure", EDITION, "Invalid enum value 'sure'"),
        ("provision: article 1\n", "prov: article 1\n", EDITION, "unknown field `prov`"),
        ("        provision: article 1\n", "", EDITION, "missing required field `provision`"),
        ("source: circular", "source: letter", EDITION, "no source 'letter' in this file"),
        ('note: ""', "note: 3", EDITION, "Expected `str`, got `int`"),
        ("valid_from: 2020-01-01", "valid_from: soon", EDITION, "Invalid RFC3339 encoded date"),
        ("valid_from: 2020-01-01", "valid_from: 2020-02-30", EDITION, "Invalid RFC3339"),
        ("valid_from: 2020-01-01", "valid_from: 2020-1-1", EDITION, "Invalid RFC3339"),
        ("valid_from: 2020-01-01", "valid_from: 2020", EDITION, "got `int`"),
        ("valid_to: 2020-12-31", "valid_to: 2019-12-31", EDITION, "lies before valid_from"),
        ("valid_from: 2020-01-01\n", "from: 2020-01-01\n", EDITION, "unknown field `from`"),
        ('{on: 2020-01-01, value: "100.00"}', "{on: 2020-01-01, value: 1}", EDITION, "got `int`"),
        ("{on: 2020-01-01,", "{at: 2020-01-01,", EDITION, "unknown field `at`"),
        ("act: account", "act: accounts", RULE, "Invalid enum value 'accounts'"),
        ("side: home", "side: left", RULE, "Invalid enum value 'left'"),
        ("reason: amount_above_limit", "reason: no", RULE, "Invalid enum value 'no'"),
        ("remedy: smaller_amount", "remedy: none", RULE, "Invalid enum value 'none'"),
        ("    when: true\n", "", RULE, "missing required field `when`"),
        ("when: true", "when: 1", RULE, "got `int`"),
        ("requires: sent", "require: sent", RULE, "unknown field `require`"),
        ("finding: passed}\n      - {kind: other", "}\n      - {kind: other", RULE, "`finding`"),
        ("facts: {sent_today", "facts: [sent_today", None, "flow"),
    ],
)
def test_a_wrong_field_is_named_with_its_file_line_and_entry(tmp_path, old, new, line, problem):
    assert old in GOOD
    error = refused(tmp_path, GOOD.replace(old, new, 1))
    assert problem in error.facts["problem"]
    place, entry = {
        None: ("book.yaml", "-"),
        FILE: ("book.yaml:1", "-"),
        RULE: (f"book.yaml:{RULE}", "my.daily"),
    }.get(line, (f"book.yaml:{line}", "my.limit"))
    assert (error.facts["file"], error.facts["entry"]) == (place, entry)


@pytest.mark.parametrize(
    ("old", "entry", "line"),
    [
        ("        source: circular\n        provision: article 2", "my.limit", 30),
        ("    source: circular\n    provision: article 1", "my.daily", RULE),
    ],
)
def test_an_unknown_source_is_told_at_the_edition_or_rule_that_names_it(tmp_path, old, entry, line):
    error = refused(tmp_path, GOOD.replace(old, old.replace("circular", "letter"), 1))
    assert error.facts == {
        "file": f"book.yaml:{line}",
        "entry": entry,
        "problem": "no source 'letter' in this file",
    }


@pytest.mark.parametrize(
    ("kind", "unit", "text", "problem"),
    [
        ("money", "XYZ", '"1.00"', "the unit of a money is a currency, not XYZ"),
        ("money", "MYR", "100.00", "Expected `str`, got `float`"),
        ("money", "MYR", '"100"', "'100' is no amount of MYR"),
        ("money", "MYR", '"1e2"', "'1e2' is no amount of MYR"),
        ("fee", "flag", "null", "the unit of a fee is a currency, not flag"),
        ("fee", "PKR", '{nominal: "1.00"}', "a fee has nominal and ratio"),
        ("fee", "PKR", '{nominal: "1.00", ratio: "half"}', "no ratio"),
        ("fee", "PKR", '{nominal: "1.00", ratio: "1"}', "between 0 and 1"),
        ("fee", "PKR", '{nominal: "1.00", ratio: "NaN"}', "no ratio"),
        ("fee", "PKR", '{nominal: "1", ratio: "0.1"}', "no amount of PKR"),
        ("fee", "PKR", '{nominal: "1.00", ratio: 0.1}', "Expected `str`, got `float`"),
        ("duration", "weeks", "1", "the unit of a duration is one of seconds, minutes"),
        ("duration", "days", "-1", "a duration is not below zero"),
        ("duration", "days", "true", "Expected `int`, got `bool`"),
        ("duration", "days", '"1"', "Expected `int`, got `str`"),
        ("ratio", "percent", '"0.1"', "the unit of a ratio is ratio, not percent"),
        ("ratio", "ratio", '"0.1234567"', "no ratio of at most 6 places"),
        ("ratio", "ratio", '"0.5000000"', "no ratio of at most 6 places"),
        ("ratio", "ratio", '"-0.1"', "no ratio"),
        ("ratio", "ratio", '"1e30"', "no ratio"),
        ("ratio", "ratio", '"12345678901234567890.123456"', "no ratio"),
        ("ratio", "ratio", '" 0.5 "', "no ratio"),
        ("ratio", "ratio", "0.5", "Expected `str`, got `float`"),
        ("count", '" "', "1", "a count names its unit"),
        ("count", "accounts", "1.0", "Expected `int`, got `float`"),
        ("count", "accounts", "-1", "a count is not below zero"),
        ("flag", "boolean", "true", "the unit of a flag is flag, not boolean"),
        ("flag", "flag", '"true"', "Expected `bool`, got `str`"),
        ("flag", "flag", "1", "Expected `bool`, got `int`"),
        ("codes", '""', "[a]", "a codes names its unit"),
        ("codes", "element", "a", "Expected `array`, got `str`"),
        ("codes", "element", "[1]", "Expected `str`, got `int`"),
        ("choice", "flag", "a", "the unit of a choice is choice, not flag"),
        ("choice", "choice", "[a]", "Expected `str`, got `array`"),
        ("date", "days", "2020-01-01", "the unit of a date is day, not days"),
        ("date", "day", '"soon"', "Invalid RFC3339 encoded date"),
        ("date", "day", "2020-02-30", "Invalid RFC3339 encoded date"),
    ],
)
def test_a_figure_that_is_not_of_its_type_or_unit_is_named(tmp_path, kind, unit, text, problem):
    wrong = GOOD.replace("type: money", f"type: {kind}").replace("unit: MYR", f"unit: {unit}")
    error = refused(tmp_path, wrong.replace('"100.00"', text, 1))
    assert problem in error.facts["problem"]
    assert error.facts["file"] == f"book.yaml:{EDITION}"
    assert error.facts["entry"] == "my.limit"


@pytest.mark.parametrize("key", ["book", "verified_on", "values"])
def test_a_key_that_stands_twice_is_told_with_its_line(tmp_path, key):
    error = refused(tmp_path, GOOD + f"{key}: []\n")
    assert "a key stands twice" in error.facts["problem"]
    assert "line 1," in error.facts["problem"]
    nested = refused(tmp_path, GOOD.replace("    type: money\n", "    type: money\n" * 2))
    assert "a key stands twice" in nested.facts["problem"]
    assert f"line {VALUE}," in nested.facts["problem"]


def test_a_value_without_an_edition_is_named(tmp_path):
    begin, end = GOOD.index("    editions:"), GOOD.index("rules:")
    error = refused(tmp_path, GOOD[:begin] + "    editions: []\n" + GOOD[end:])
    assert error.facts["problem"] == "a value has at least one edition"
    assert error.facts["file"] == f"book.yaml:{VALUE}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: 1",
        "- 3",
        "- [",
        "3",
        "- !!python/object:os.system {}",
        "- {[a]: b}",
        "\x00",
        "a: &a [*a]",
        "a: 0b_",
        "a: !!bool x",
        "a: !!int x",
        "a: !!timestamp x",
        "a: *nowhere",
        "a: 1\n---\na: 2",
        "[" * 2_000,
        "<<: {book: MY}",
        GOOD.replace("  - id: my.limit", "  - <<: {editions: []}\n    id: my.limit"),
        GOOD.replace("values:", "values: 3\nothers:"),
    ],
)
def test_what_is_no_book_is_malformed_and_nothing_else(tmp_path, text):
    assert refused(tmp_path, text).facts["file"].startswith("book.yaml")


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    error = refused(tmp_path, GOOD + "# " + "x" * reading.LARGEST)
    assert error.facts["problem"] == "larger than 2000000 bytes"


def test_a_file_that_is_no_text_is_malformed(tmp_path):
    path = tmp_path / "book.yaml"
    path.write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(Malformed):
        reading.read_file(path)


LINES = GOOD.splitlines(keepends=True)


@given(st.data())
def test_a_file_with_any_lines_changed_is_read_or_malformed(tmp_path_factory, data):
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["drop", "twice", "swap", "text"]))
        if kind == "text":
            name, colon, _ = lines[place].partition(":")
            junk = data.draw(st.sampled_from(["[", "{}", "null", "- 1", "&a *a", "!!int x", "'"]))
            lines[place] = f"{name}{colon} {junk}\n"
        elif kind == "swap":
            lines[place] = data.draw(st.sampled_from(LINES))
        else:
            lines[place : place + 1] = [] if kind == "drop" else [lines[place]] * 2
        if not lines:
            break
    path = tmp_path_factory.getbasetemp() / "changed.yaml"
    path.write_text("".join(lines), encoding="utf-8")
    try:
        values, rules = reading.read_file(path)
    except Malformed as error:
        assert error.facts["file"].startswith("changed.yaml")  # noqa: PT017 -- either is right
    else:
        assert {each.id for each in values} | {each.id for each in rules} <= {
            "my.limit",
            "my.daily",
        }
