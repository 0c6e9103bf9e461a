from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from policy_cases import EXAMPLE, LAW, ON

from qantara.errors import Malformed, Reason
from qantara.money import MYR, PKR, Money
from qantara.policy import flow, pack
from qantara.policy.model import Fee, Rulebook, Status

GOOD = """
- id: duitnow.limit.transaction.person
  jurisdiction: MY
  authority: Invented authority
  type: money
  unit: MYR
  value: "50000.00"
  valid_from: 2020-01-01
  valid_to: null
  known_from: null
  status: in_force
  citation: {instrument: Invented, provision: article 1, title: Title, url: null}
  confidence: high
  verified_on: 2026-03-02
  replaces: null
  note: ""
"""


def read(tmp_path: Path, text: str) -> list:
    path = tmp_path / "pack.yaml"
    path.write_text(text)
    return pack.read_file(path)


def test_a_good_entry_is_read_with_its_types(tmp_path):
    (entry,) = read(tmp_path, GOOD)
    assert entry.value == Money(5_000_000, MYR)
    assert entry.valid_from == date(2020, 1, 1)
    assert entry.status is Status.IN_FORCE
    assert str(entry.citation) == "Invented, article 1"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"50000.00"', "50000.00", "Expected `str`, got `float`"),
        ('"50000.00"', '"50000"', "no amount of MYR"),
        ("unit: MYR", "unit: USD", "a currency, not USD"),
        ("type: money", "type: duration", "the unit of a duration is seconds"),
        ("type: money", "type: amount", "Invalid enum value 'amount'"),
        ("status: in_force", "status: valid", "Invalid enum value 'valid'"),
        ("confidence: high", "confidence: sure", "Invalid enum value 'sure'"),
        ("valid_from: 2020-01-01", "valid_from: soon", "Invalid RFC3339 encoded date"),
        ("valid_to: null", "valid_to: 2019-12-31", "valid_to lies before valid_from"),
        ("replaces: null", "replace: null", "unknown field `replace`"),
        ("  jurisdiction: MY\n", "", "missing required field `jurisdiction`"),
        ("provision: article 1, ", "", "missing required field `provision`"),
        ("verified_on: 2026-03-02", "verified_on: null", "verified_on is missing"),
        ('note: ""', "note: 3", "Expected `str`, got `int`"),
        ('note: ""', 'note: ""\n  label: example', "only an overlay carries a label"),
        ("  authority", "  jurisdiction: PK\n  authority", "a key stands twice"),
    ],
)
def test_a_wrong_field_is_named_with_its_file_and_entry(tmp_path, old, new, problem):
    assert old in GOOD
    with pytest.raises(Malformed) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert caught.value.reason is Reason.RULEBOOK_INVALID
    assert problem in caught.value.facts["problem"]
    assert caught.value.facts["file"] == "pack.yaml"
    assert caught.value.facts["entry"] in {"duitnow.limit.transaction.person", "-"}


@pytest.mark.parametrize(
    "text", ["", "a: 1", "- 3", "- [", "- !!python/object:os.system {}", "- {[a]: b}", "\x00"]
)
def test_what_is_no_list_of_values_is_malformed(tmp_path, text):
    with pytest.raises(Malformed) as caught:
        read(tmp_path, text)
    assert caught.value.reason is Reason.RULEBOOK_INVALID


def test_what_is_written_out_reads_back_the_same():
    assert pack.read_json(EXAMPLE.content) == sorted(EXAMPLE.entries, key=lambda entry: entry.id)
    assert Rulebook(pack.read_json(EXAMPLE.content)).version == EXAMPLE.version


# overlays


def overlay(tmp_path: Path, text: str) -> Rulebook:
    path = tmp_path / "overlay.yaml"
    path.write_text(text)
    return flow.load(path)


VALUE = "{id: nexus.quote.validity, type: duration, unit: seconds, value: 60, note: Short.}"


def test_an_overlay_file_is_labelled_and_may_have_days(tmp_path):
    dated = VALUE.replace("note", "valid_from: 2026-03-02, note")
    rulebook = overlay(tmp_path, f"label: cohort\nvalues:\n- {dated}\n")
    assert rulebook.value("nexus.quote.validity", ON).value == 60
    assert rulebook.value("nexus.quote.validity", ON).label == "cohort"
    assert rulebook.value("nexus.quote.validity", date(2026, 3, 1)).value == 600


FLAG_FOR_MONEY = """
label: a
values: [{id: nexus.maximum.MYR, type: flag, unit: flag, value: true, note: Wrong.}]
"""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"values: [{VALUE}]", "missing required field `label`"),
        (f"label: ' '\nvalues: [{VALUE}]", "an overlay needs a label"),
        (
            f"label: a\nvalues: [{VALUE.replace('quote', 'quotes')}]",
            "no rulebook has a value of this id",
        ),
        (f"label: a\nvalues: [{VALUE.replace('60', '0')}]", "a duration is positive"),
        (f"label: a\nvalues: [{VALUE.replace('60', 'true')}]", "Expected `int`, got `bool`"),
        (f"label: a\nvalues: [{VALUE}, {VALUE}]", "overlap"),
        (
            FLAG_FOR_MONEY,
            "entries of one id differ in type or unit",
        ),
    ],
)
def test_a_wrong_overlay_is_refused_at_the_start(tmp_path, text, problem):
    with pytest.raises(Malformed) as caught:
        overlay(tmp_path, text)
    assert problem in caught.value.facts["problem"]


def test_an_overlay_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Malformed) as caught:
        flow.load(tmp_path / "nowhere.yaml")
    assert caught.value.facts["file"] == "nowhere.yaml"


@pytest.mark.parametrize(
    ("fee", "problem"),
    [
        ('{nominal: "1.00"}', "a fee has nominal and ratio"),
        ('{nominal: "1.00", ratio: "half"}', "no ratio"),
        ('{nominal: "1.00", ratio: "1"}', "between 0 and 1"),
        ('{nominal: "1.00", ratio: "NaN"}', "between 0 and 1"),
        ('{nominal: "1", ratio: "0.1"}', "no amount of PKR"),
        ('{nominal: "1.00", ratio: 0.1}', "Expected `str`, got `float`"),
    ],
)
def test_a_wrong_fee_is_named(tmp_path, fee, problem):
    text = (
        "label: a\nvalues:\n- {id: nexus.fee.creditor_agent.PK.PKR, type: fee, unit: PKR,"
        f" note: x, value: {fee}}}\n"
    )
    with pytest.raises(Malformed) as caught:
        overlay(tmp_path, text)
    assert problem in caught.value.facts["problem"]


# what the packs say


def test_fee_formulas_are_unpublished_in_the_packs_and_examples_in_the_overlay():
    for country, asset in (("MY", MYR), ("PK", PKR)):
        for fee in ("creditor_agent", "scheme"):
            value_id = f"nexus.fee.{fee}.{country}.{asset}"
            unpublished = LAW.value(value_id, ON)
            assert unpublished.value is None
            assert unpublished.note
            shown = EXAMPLE.value(value_id, ON)
            assert isinstance(shown.value, Fee)
            assert shown.value.nominal.asset == asset
            assert shown.label == "example"
    assert EXAMPLE.value("nexus.fee.creditor_agent.PK.PKR", ON).value == Fee(
        Money(2_500, PKR), Decimal("0.0005")
    )


def test_nothing_of_nexus_binds_by_itself_and_pakistan_on_it_is_a_proposal():
    nexus = [entry for entry in LAW.entries if entry.jurisdiction == "NEXUS"]
    assert nexus
    assert not any(entry.binding for entry in nexus)
    for way in ("MY-PK", "PK-MY"):
        corridor = LAW.value(f"nexus.corridor.{way}", ON)
        assert corridor.status is Status.PROPOSAL
        assert "not a participant" in corridor.note


def test_every_overlaid_value_is_told_on_the_day():
    told = {entry.id for entry in EXAMPLE.labelled(ON)}
    assert told == {entry.id for entry in EXAMPLE.entries if entry.label}
    assert {entry.jurisdiction for entry in EXAMPLE.labelled(ON)} == {"EXAMPLE"}
