"""What stands in the books today, and that what is written out reads back the same."""

from datetime import date
from decimal import Decimal
from shutil import copy

import pytest
from policy_cases import EXAMPLE, LAW, ON, payment
from test_policy_reading import GOOD

from qantara.errors import Malformed, Reason
from qantara.money import MYR, PKR, Money
from qantara.policy import flow
from qantara.policy.books import reading
from qantara.policy.model import Fee, Finding, Rulebook, Status

# folders


def test_a_folder_of_books_is_read_in_order_with_its_jurisdictions(tmp_path):
    copy(flow.BOOKS / reading.JURISDICTIONS, tmp_path)
    for name, id_ in (("b", "my.b"), ("a", "my.c")):
        (tmp_path / "my").mkdir(exist_ok=True)
        text = GOOD.replace("id: my.limit", f"id: {id_}").replace("my.daily", f"{id_}.daily")
        (tmp_path / "my" / f"{name}.yaml").write_text(text)
    rulebook = flow.read(tmp_path)
    assert [entry.id for entry in rulebook.entries] == ["my.b", "my.b", "my.c", "my.c"]
    assert rulebook.entries[0].place == "my/b.yaml:18"
    assert rulebook.touched("FR") == ("EU", "FR")
    with pytest.raises(Malformed) as caught:
        flow.load(books=tmp_path)
    assert caught.value.facts["problem"] == "expression: no book has a value my.limit"
    assert caught.value.facts["file"] == "my/b.yaml:41"


@pytest.mark.parametrize("text", ["- {code: MY}", "{}", "- 3"])
def test_wrong_jurisdictions_are_named(tmp_path, text):
    (tmp_path / reading.JURISDICTIONS).write_text(text)
    with pytest.raises(Malformed) as caught:
        flow.read(tmp_path)
    assert caught.value.facts["file"] == "jurisdictions.yaml:1"


@pytest.mark.parametrize("rulebook", [LAW, EXAMPLE], ids=["law", "example"])
def test_what_is_written_out_reads_back_the_same_under_the_same_version(rulebook):
    again = Rulebook(*reading.read_json(rulebook.content))
    assert again.content == rulebook.content
    assert again.version == rulebook.version


# what the books say today


def test_fee_formulas_are_unpublished_in_the_books_and_examples_in_the_overlay():
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
    ours = {entry for entry in nexus if entry.citation.instrument == "Qantara corridor policy"}
    assert {entry.id.rpartition(".")[0] for entry in ours} == {"nexus", "nexus.law_unread"}
    assert {entry.binding for entry in nexus if entry not in ours} == {False}
    for way in ("MY-PK", "PK-MY"):
        corridor = LAW.value(f"nexus.corridor.{way}", ON)
        assert corridor.status is Status.PROPOSAL
        assert "not a participant" in corridor.note


def test_every_overlaid_value_is_told_on_the_day():
    told = {entry.id for entry in EXAMPLE.labelled(ON)}
    assert told == {entry.id for entry in EXAMPLE.entries if entry.label}
    assert {entry.jurisdiction for entry in EXAMPLE.labelled(ON)} == {"EXAMPLE"}
    assert LAW.labelled(ON) == []


def test_every_text_of_the_books_is_cited_dated_and_placed():
    for entry in (*LAW.entries, *LAW.rules):
        assert entry.citation.instrument
        assert entry.citation.provision
        assert entry.verified_on > date(2026, 1, 1)
        folder, _, line = entry.place.partition("/")
        assert folder == entry.jurisdiction.lower()
        assert int(line.rpartition(":")[2]) > 1


def test_no_equivalence_is_recorded_today():
    assert flow.equivalences() == []


# what was decided before, in the words of today


def findings(decision, rule: str) -> list[str]:
    return [step.finding.value for step in decision.trace if step.rule == rule]


def test_by_law_the_corridor_is_closed_because_pakistan_is_only_proposed():
    decision = flow.decide(LAW, payment(), ON)
    assert not decision.allowed
    assert decision.refusal.reason is Reason.CORRIDOR_CLOSED
    assert decision.refusal.rule == "corridor.open"
    assert decision.refusal.citation.startswith("Qantara corridor proposal")
    (step,) = [step for step in decision.trace if step.rule == "corridor.open"]
    assert (step.finding, step.frame.status) == (Finding.FAILED, "proposal")
    assert (step.observed, step.threshold) == ("MY-PK", "open")
    assert decision.labels == frozenset()


@pytest.mark.parametrize(("source", "destination"), [("MY", "PK"), ("PK", "MY")])
def test_the_example_world_opens_it_and_every_decision_says_that_it_is_an_example(
    source, destination
):
    there = payment()
    back = payment(
        source_country="PK",
        destination_country="MY",
        source=Money(3_250_000, PKR),
        destination=Money(50_000, MYR),
        rails=("raast", "nexus", "duitnow"),
    )
    decision = flow.decide(EXAMPLE, there if source == "MY" else back, ON)
    assert decision.allowed
    assert decision.labels == {"example"}
    (corridor,) = [step for step in decision.trace if step.rule == "corridor.open"]
    assert corridor.label == "example"
    assert corridor.value_id == f"nexus.corridor.{source}-{destination}"


@pytest.mark.parametrize(
    ("way", "rule", "citation"),
    [
        ({"rails": ("duitnow", "nexus", "fast")}, "corridor.open", "no text in force"),
        ({"rails": ("duitnow", "other", "fast")}, "corridor.any", "Qantara corridor policy"),
        ({"rails": ("duitnow",)}, "corridor.any", "Qantara corridor policy"),
    ],
)
def test_a_corridor_nobody_wrote_about_is_closed(way, rule, citation):
    decision = flow.decide(EXAMPLE, payment(destination_country="JP", **way), ON)
    assert decision.refusal.reason is Reason.CORRIDOR_CLOSED
    assert decision.refusal.rule == rule
    assert decision.refusal.citation.startswith(citation)


def test_at_home_no_corridor_is_needed():
    at_home = payment(destination_country="MY", destination=Money(50_000, MYR), rails=("duitnow",))
    decision = flow.decide(LAW, at_home, ON)
    assert decision.allowed
    assert findings(decision, "corridor.open") == findings(decision, "corridor.any") == []


@pytest.mark.parametrize(("kind", "limit"), [("person", 5_000_000), ("company", 1_000_000_000)])
def test_the_limit_of_a_transaction_holds_to_the_last_sen(kind, limit):
    rule = f"duitnow.limit.{kind}"
    at_limit = flow.decide(EXAMPLE, payment(sender_kind=kind, source=Money(limit, MYR)), ON)
    assert at_limit.allowed
    assert [step.margin for step in at_limit.trace if step.rule == rule] == ["0.00"]
    above = flow.decide(EXAMPLE, payment(sender_kind=kind, source=Money(limit + 1, MYR)), ON)
    assert above.refusal.reason is Reason.AMOUNT_ABOVE_LIMIT
    assert above.refusal.rule == rule
    assert [step.margin for step in above.trace if step.rule == rule] == ["-0.01"]
    assert above.refusal.facts["observed"] == str(Money(limit + 1, MYR))


def test_raast_sets_no_limit_of_its_own():
    large = payment(
        source_country="PK",
        destination_country="MY",
        source=Money(10_000_000_000, PKR),
        destination=Money(100_000_000, MYR),
        rails=("raast", "nexus", "duitnow"),
    )
    assert flow.decide(EXAMPLE, large, ON).allowed
    limit = LAW.value("raast.limit.transaction.person", ON)
    assert (limit.value, limit.binding) == (None, True)
    assert str(limit.citation).startswith("SBP PSP&OD Circular 4 of 2023")


@pytest.mark.parametrize(
    ("money", "rule"),
    [
        ({"source": Money(1_000_000_001, MYR)}, "ips.maximum.sending"),
        ({"destination": Money(50_000_000_001, PKR)}, "ips.maximum.receiving"),
    ],
)
def test_neither_leg_exceeds_its_systems_maximum(money, rule):
    decision = flow.decide(EXAMPLE, payment(sender_kind="company", **money), ON)
    assert decision.refusal.reason is Reason.AMOUNT_ABOVE_LIMIT
    assert findings(decision, rule) == ["failed"]
    assert findings(flow.decide(LAW, payment(), ON), rule) == ["undetermined"]


def test_where_the_country_requires_a_purpose_it_must_be_given():
    without = payment(purpose=None)
    decision = flow.decide(EXAMPLE, without, ON)
    assert decision.refusal.reason is Reason.PURPOSE_REQUIRED
    assert decision.refusal.facts["label"] == "example"
    (step,) = [step for step in decision.trace if step.rule == "purpose.required"]
    assert step.margin == "-purposeCode"
    assert findings(flow.decide(LAW, without, ON), "purpose.required") == ["undetermined"]


def test_the_first_refusal_is_told_and_all_are_traced():
    bad = payment(source=Money(1_000_000_001, MYR), purpose=None)
    decision = flow.decide(EXAMPLE, bad, ON)
    assert decision.refusal.rule == "duitnow.limit.person"
    failed = [step.rule for step in decision.trace if step.finding is Finding.FAILED]
    assert failed == ["duitnow.limit.person", "ips.maximum.sending", "purpose.required"]


def test_a_payment_travels_at_least_one_system():
    with pytest.raises(Malformed):
        payment(rails=())
