import json
import sys
from itertools import product

import pytest
from msgspec.structs import replace
from small_books import ON, book, duty, limit, refusal

from qantara.errors import Unavailable
from qantara.policy import flow
from qantara.policy.bridge import proving
from qantara.policy.bridge.harmonising import harmonise
from qantara.policy.bridge.proving import NoteKind, Verdict, prove
from qantara.policy.deciding.pack import pack
from qantara.policy.deciding.resolving import Key
from qantara.policy.language.vocabulary import Act
from qantara.policy.model import Confidence, Outcome, Side, Topic

pytest.importorskip("z3")

LAW = flow.read()
EXAMPLE = flow.laid_over(LAW, flow.EXAMPLE)
WAYS = [way for way in product(("MY", "PK", "FR"), repeat=2) if way[0] != way[1]]


@pytest.mark.parametrize(("source", "destination"), WAYS)
@pytest.mark.parametrize("rulebook", [LAW, EXAMPLE], ids=["law", "example"])
def test_the_table_of_every_corridor_implies_every_rule(rulebook, source, destination):
    report = prove(rulebook, source, destination, ON)
    assert {claim.verdict for claim in report.claims} == {Verdict.PROVED}
    assert report.exact.verdict is Verdict.PROVED
    assert report.probe.payments > len(report.claims)
    assert report.probe.disagreements == ()
    assert report.open_questions == ()
    assert report.sound
    assert json.loads(json.dumps(report.to_json()))["sound"] is True


def test_the_law_as_it_stands_lets_no_payment_through_and_says_why():
    passage = prove(LAW, "MY", "PK", ON).passage
    assert passage.verdict is Verdict.COUNTEREXAMPLE
    assert passage.closed_by == ("corridor.any", "corridor.open")


def test_in_the_example_world_a_payment_passes():
    passage = prove(EXAMPLE, "MY", "PK", ON).passage
    assert passage.verdict is Verdict.PROVED
    assert passage.example.agrees
    assert passage.example.decision.outcome is not Outcome.REFUSED


def my_limit(**fields):
    return book(
        limit("MY", "most", 50_000),
        refusal("MY", "cap", 'rail == "duitnow"', "amount <= my.most", **fields),
    )


def test_a_wrong_table_yields_the_payment_that_shows_it():
    law = my_limit()
    table = harmonise(law, "MY", "PK", ON)
    lax = harmonise(
        book(
            limit("MY", "most", 60_000),
            refusal("MY", "cap", 'rail == "duitnow"', "amount <= my.most"),
        ),
        "MY",
        "PK",
        ON,
    )
    assert prove(law, "MY", "PK", ON, table=table).sound
    report = prove(law, "MY", "PK", ON, table=lax)
    (claim,) = report.claims
    assert claim.verdict is Verdict.COUNTEREXAMPLE
    assert not report.sound
    sender = claim.example.to_json()["facts"]["sender"]
    assert (sender["rail"], sender["amount"]) == ("duitnow", "500.01")
    assert claim.example.decision.outcome is Outcome.REFUSED
    assert claim.example.decision.refusal.rule == "my.cap"
    assert claim.example.agrees


def test_a_table_that_refuses_too_much_is_found_out():
    law = my_limit()
    table = harmonise(law, "MY", "PK", ON)
    (section,) = table.sections
    (row,) = section.rows
    everywhere = replace(table, sections=(replace(section, rows=(replace(row, conditions=()),)),))
    report = prove(law, "MY", "PK", ON, table=everywhere)
    assert report.claims[0].verdict is Verdict.PROVED
    assert report.exact.verdict is Verdict.COUNTEREXAMPLE
    assert report.exact.example.decision.outcome is Outcome.ALLOWED


def test_a_missing_row_yields_a_counterexample():
    law = my_limit()
    table = replace(harmonise(law, "MY", "PK", ON), sections=())
    assert prove(law, "MY", "PK", ON, table=table).claims[0].verdict is Verdict.COUNTEREXAMPLE


def test_two_rules_that_cannot_both_be_met_conflict_with_a_payment():
    law = book(
        limit("MY", "most", 50_000),
        limit("MY", "least", 60_000),
        refusal("MY", "cap", 'customer_kind == "company"', "amount <= my.most"),
        refusal("MY", "floor", 'rail == "duitnow"', "amount >= my.least"),
        refusal("MY", "honest", "true", "equal_charges"),
    )
    report = prove(law, "MY", "PK", ON)
    (conflict,) = report.conflicts
    assert conflict.rules == ("my.cap", "my.floor")
    sender = conflict.example.facts.sender
    assert (sender.customer_kind, sender.rail) == ("company", "duitnow")
    assert conflict.example.decision.outcome is Outcome.REFUSED
    assert conflict.example.agrees


def test_rules_that_one_amount_meets_do_not_conflict():
    law = book(
        limit("MY", "most", 60_000),
        limit("MY", "least", 60_000),
        refusal("MY", "cap", "true", "amount <= my.most"),
        refusal("MY", "floor", "true", "amount >= my.least"),
    )
    assert prove(law, "MY", "PK", ON).conflicts == ()


def test_a_conflict_in_one_situation_only_is_found():
    law = book(
        limit("MY", "most", 50_000),
        limit("MY", "least", 60_000),
        refusal("MY", "cap", "true", "amount <= my.most"),
        refusal("MY", "floor", "true", 'amount >= my.least or purpose == "FAMI"'),
        refusal("MY", "trade", 'channel == "agent"', 'purpose != "FAMI" and amount >= my.least'),
    )
    assert [each.rules for each in prove(law, "MY", "PK", ON).conflicts] == [
        ("my.cap", "my.trade"),
    ]


def test_what_one_side_asks_and_the_other_does_not_is_a_gap():
    law = book(
        limit("MY", "most", 50_000),
        limit("PK", "most", 90_000),
        refusal("MY", "cap", 'rail == "duitnow"', "amount <= my.most"),
        refusal("PK", "cap", 'rail == "raast"', "amount <= pk.most"),
        refusal("PK", "wallet", "true", "equal_charges", topic=Topic.E_MONEY),
        duty("MY", "who", "true", topic=Topic.CDD),
        duty("PK", "who", "true", topic=Topic.CDD, side=Side.RECEIVING),
    )
    gaps = {gap.rule: gap for gap in prove(law, "MY", "PK", ON).gaps}
    assert set(gaps) == {"my.cap", "pk.cap", "pk.wallet"}
    assert gaps["my.cap"].elsewhere == ("pk.cap",)
    assert gaps["my.cap"].example.facts.recipient.rail != "raast"
    assert gaps["my.cap"].example.facts.sender.amount == 50_001
    wallet = gaps["pk.wallet"]
    assert (wallet.jurisdiction, wallet.other, wallet.elsewhere) == ("PK", "MY", ())
    assert wallet.to_json()["equivalent"] == "no equivalent"
    assert wallet.provision == "Invented instrument, article 1"
    refused = [s.rule for s in wallet.example.decision.trace if s.finding == "failed"]
    assert refused == ["pk.wallet"]


def notes(law):
    return {(note.rule, note.kind) for note in prove(law, "MY", "PK", ON).notes}


@pytest.mark.parametrize(
    ("when", "requires", "kind"),
    [
        ("amount < my.small and amount > my.large", "equal_charges", NoteKind.NEVER_APPLIES),
        ('rail == "duitnow" and rail != "duitnow"', "equal_charges", NoteKind.NEVER_APPLIES),
        ("amount > my.large", "amount > my.small", NoteKind.ALWAYS_MET),
        ("amount > my.large", "amount < my.small", NoteKind.ALWAYS_REFUSES),
        ("true", "amount <= my.large", NoteKind.IMPLIED),
    ],
)
def test_what_is_remarkable_about_a_rule_is_noted(when, requires, kind):
    law = book(
        limit("MY", "small", 100),
        limit("MY", "large", 200),
        refusal("MY", "odd", when, requires),
        refusal("MY", "plain", "true", "amount <= my.small"),
    )
    assert ("my.odd", kind) in notes(law)


def test_a_rule_that_an_exception_always_replaces_is_noted():
    law = book(
        refusal("MY", "usual", 'rail == "duitnow"', "equal_charges"),
        refusal("MY", "always", "true", "suspicion", exception_of="my.usual"),
    )
    assert ("my.usual", NoteKind.ALWAYS_REPLACED) in notes(law)


def test_a_sum_and_a_share_are_compared_exactly():
    law = book(
        limit("MY", "most", 333),
        refusal(
            "MY",
            "share",
            "true",
            "own_funds >= outstanding * market_share and sent_today - amount <= my.most",
        ),
    )
    report = prove(law, "MY", "PK", ON, timeout_seconds=20)
    assert report.probe.disagreements == ()
    assert report.sound


def test_sets_and_codes_are_told_apart():
    law = book(
        refusal("MY", "purpose", 'via == "nexus"', '"purposeCode" in elements'),
        refusal("MY", "trade", 'purpose in ("GDDS", "SUPP")', "disclosed <= elements"),
        refusal("MY", "abroad", "transfer_to != country", 'transfer_basis == "consent"'),
    )
    report = prove(law, "MY", "PK", ON)
    assert report.sound
    assert report.probe.payments > 10


def test_an_engine_that_decides_otherwise_is_found_out():
    law, other = (
        my_limit(),
        book(
            limit("MY", "most", 50_001),
            refusal("MY", "cap", 'rail == "duitnow"', "amount <= my.most"),
        ),
    )
    key = Key(Act.PAYMENT, "MY", "PK", ON)
    wrong = pack(other, key)
    wrong.bound = pack(law, key).bound
    law.packs[key] = wrong
    report = prove(law, "MY", "PK", ON)
    assert {each.facts.sender.amount for each in report.probe.disagreements} == {50_001}
    assert not report.sound


def test_what_is_unsure_or_silent_is_not_claimed_to_refuse():
    assert prove(my_limit(confidence=Confidence.LOW), "MY", "PK", ON).claims == ()
    claimed = {claim.rule for claim in prove(LAW, "MY", "PK", ON).claims}
    assert "ips.maximum.sending" not in claimed


def test_what_the_solver_does_not_find_out_is_never_called_proved():
    cubes = [" * ".join([name] * 3) for name in ("factors", "active_users", "failed_attempts")]
    positive = "factors > 0 and active_users > 0"
    law = book(
        refusal("MY", "hard", "true", f"{positive} and {cubes[0]} + {cubes[1]} == {cubes[2]}")
    )
    report = prove(law, "MY", "PK", ON, timeout_seconds=0.05)
    assert report.passage.verdict is Verdict.UNKNOWN
    assert report.passage.example is None
    assert "whether any payment passes" in report.open_questions


def test_without_the_extra_the_verbs_say_what_is_missing(monkeypatch):
    for name in ("proofs", "solving", "quantities"):
        monkeypatch.delitem(sys.modules, f"qantara.policy.bridge.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "z3", None)
    with pytest.raises(Unavailable) as caught:
        prove(LAW, "MY", "PK", ON)
    assert caught.value.facts["detail"] == "z3 is missing: install qantara[proof]"
    with pytest.raises(Unavailable):
        proving.notes(LAW, Key(Act.PAYMENT, "MY", "PK", ON))


def test_the_rules_of_other_acts_have_notes_too():
    found = proving.notes(LAW, Key(Act.ACCOUNT, "PK", "PK", ON))
    assert not {note for note in found if note.kind is NoteKind.NEVER_APPLIES}
