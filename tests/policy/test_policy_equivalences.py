"""The register of findings of one authority that another accepts."""

from datetime import date
from pathlib import Path

import pytest

from qantara.errors import Malformed, Reason
from qantara.policy import flow

ENTRY = """
- id: my_pk.identity
  finding: identity verified by electronic means
  authority: Invented authority A
  accepted_by: Invented authority B
  scope: persons, remittances
  valid_from: 2026-01-01
  until: 2027-12-31
  revocable: true
  status: in_force
  citation: {instrument: Invented memorandum, provision: article 2, title: On identity, url: null}
  confidence: high
"""


def register(tmp_path: Path, text: str) -> list:
    (tmp_path / "equivalences.yaml").write_text(text)
    return flow.equivalences(tmp_path)


def test_none_is_recognised_for_these_corridors_today():
    assert flow.equivalences() == []


def test_an_entry_tells_who_accepts_what_for_what_and_until_when(tmp_path):
    (entry,) = register(tmp_path, ENTRY)
    assert (entry.authority, entry.accepted_by) == ("Invented authority A", "Invented authority B")
    assert (entry.scope, entry.until, entry.revocable) == (
        "persons, remittances",
        date(2027, 12, 31),
        True,
    )
    assert str(entry.citation) == "Invented memorandum, article 2"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  scope: persons, remittances\n", "", "scope"),
        ("until: 2027-12-31", "until: soon", "date"),
        ("revocable: true", "revocable: maybe", "bool"),
        ("status: in_force", "status: valid", "valid"),
        ("provision: article 2, ", "", "provision"),
        ("  confidence: high", "  confidence: high\n  mood: good", "mood"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, old, new, problem):
    assert old in ENTRY
    with pytest.raises(Malformed) as caught:
        register(tmp_path, ENTRY.replace(old, new))
    assert caught.value.reason is Reason.RULEBOOK_INVALID
    assert problem in caught.value.facts["problem"]
