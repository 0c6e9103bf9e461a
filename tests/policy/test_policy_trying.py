"""What a draft, a proposal or another country's rules would have done to payments."""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qantara.errors import Malformed, NotFound
from qantara.money import MYR, PKR, Money, Rate
from qantara.policy import flow
from qantara.policy.books import drafts
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.bridge import traffic, trying
from qantara.policy.bridge.traffic import Payment
from qantara.policy.bridge.trying import Change, try_out
from qantara.policy.deciding.decision import Outcome
from qantara.policy.deciding.pack import pack
from qantara.policy.deciding.resolving import Key
from qantara.policy.language.vocabulary import Act, Facts

ON = date(2026, 11, 2)
HEADER = ",".join(traffic.COLUMNS)
LOWER = """
label: lower limits
values:
  - id: duitnow.limit.transaction.person
    type: money
    unit: MYR
    value: "40000.00"
    note: A draft.
"""
RULE = """
label: fewer words
values:
  - id: my.draft.least
    type: money
    unit: MYR
    value: "300.00"
    note: A draft.
rules:
  - id: my.draft.purpose
    book: MY
    means: Small payments tell a purpose too.
    act: payment
    side: sending
    effect: EFFECT
    WHAT
    when: amount >= my.draft.least and crosses_border
    REQUIRES
    provision: clause 4
"""
DUTY = (
    RULE.replace("EFFECT", "collect").replace("WHAT", "duty: purpose").replace("    REQUIRES\n", "")
)
ASKING = (
    RULE.replace("EFFECT", "review")
    .replace("WHAT", "reason: purpose_required\n    remedy: give_purpose")
    .replace("REQUIRES", 'requires: purpose == "FAMI"')
)


@cache
def law() -> Rulebook:
    return flow.load(flow.EXAMPLE)


def drafted(tmp_path, text) -> Rulebook:
    path = tmp_path / "draft.yaml"
    path.write_text(text)
    return drafts.drafted(law(), path)


def payment(number: int, minor: int, **fields) -> Payment:
    """From a person in Malaysia to Pakistan, purpose given."""
    given_ = {
        "source_country": "MY",
        "destination_country": "PK",
        "source": Money(minor, MYR),
        "destination": Money(minor * 65, PKR),
        "sender_kind": "person",
        "rails": ("duitnow", "nexus", "raast"),
        "purpose": "FAMI",
    }
    facts = flow.payment_facts(**(given_ | fields))
    return Payment(f"rem_{number}", ON, f"cus_{number % 3}", facts)


def outcome(rulebook: Rulebook, each: Payment, facts: Facts | None = None) -> Outcome:
    key = Key(Act.PAYMENT, each.facts.sender.country, each.destination, each.on)
    return pack(rulebook, key).decide(facts or each.facts).outcome


def test_a_lower_limit_refuses_exactly_the_payments_between_the_limits(tmp_path):
    then = drafted(tmp_path, LOWER)
    amounts = [100, 3_999_999, 4_000_000, 4_000_001, 4_500_000, 5_000_000, 5_000_001, 9_000_000]
    tried = try_out(law(), then, [payment(n, minor) for n, minor in enumerate(amounts)])
    refused = tried.of(Change.REFUSED)
    assert refused.total.payments == 3
    assert refused.total.value == {"MYR": Money(4_000_001 + 4_500_000 + 5_000_000, MYR)}
    assert refused.customers == ("cus_0", "cus_1", "cus_2")
    assert list(refused.corridors) == ["MY-PK"]
    (rule,) = refused.rules
    assert (rule.rule, rule.label, rule.total) == (
        "duitnow.limit.person",
        "lower limits",
        refused.total,
    )
    assert "lower limits" in rule.provision
    assert [each.payment.id for each in refused.examples] == ["rem_3", "rem_4", "rem_5"]
    first = refused.examples[0]
    assert (first.before.allowed, first.after.outcome) == (True, Outcome.REFUSED)
    assert first.after.refusal.facts["threshold"] == "40000.00"
    assert [tried.of(c).total.payments for c in Change if c is not Change.REFUSED] == [0, 0, 0]
    told = tried.to_json()
    assert (told["payments"], told["unchanged"], told["outside"]) == (8, 5, [])


def test_a_higher_limit_frees_them_again(tmp_path):
    lower = drafted(tmp_path, LOWER)
    tried = try_out(lower, law(), [payment(1, 4_500_000), payment(2, 6_000_000)])
    freed = tried.of(Change.FREED)
    assert [each.payment.id for each in freed.examples] == ["rem_1"]
    assert [each.rule for each in freed.rules] == ["duitnow.limit.person"]


def test_a_new_rule_delays_and_a_new_duty_falls_due(tmp_path):
    payments = [payment(1, 29_999), payment(2, 30_000, purpose="BONU"), payment(3, 30_000)]
    delayed = try_out(law(), drafted(tmp_path, ASKING), payments).of(Change.REVIEWED)
    assert [each.payment.id for each in delayed.examples] == ["rem_2"]
    assert delayed.rules[0].rule == "my.draft.purpose"
    assert delayed.rules[0].rule_provision == "draft 'fewer words', no law, clause 4"
    tried = try_out(law(), drafted(tmp_path, DUTY), payments)
    assert tried.of(Change.DUTIES).total.payments == 2
    assert [each.rule for each in tried.of(Change.DUTIES).rules] == ["my.draft.purpose"]
    duties = {each.rule for each in tried.of(Change.DUTIES).examples[0].after.duties}
    assert "my.draft.purpose" in duties


def test_a_rule_of_a_draft_takes_the_place_of_the_rule_of_its_id(tmp_path):
    text = ASKING.replace("my.draft.purpose", "duitnow.limit.person").replace("review", "refuse")
    then = drafted(tmp_path, text)
    tried = try_out(law(), then, [payment(1, 6_000_000), payment(2, 50_000, purpose="BONU")])
    assert tried.of(Change.FREED).customers == ("cus_1",)
    assert tried.of(Change.REFUSED).customers == ("cus_2",)


def test_a_proposal_is_tried_as_if_in_force():
    bare = flow.load()
    then = drafts.adopting(bare, ["nexus.corridor.MY-PK"])
    tried = try_out(bare, then, [payment(1, 50_000), payment(2, 6_000_000)])
    freed = tried.of(Change.FREED)
    assert freed.customers == ("cus_1",)
    assert [each.rule for each in freed.rules] == ["corridor.open"]
    assert freed.examples[0].after.labels == {drafts.ADOPTED}


def test_what_is_no_proposal_is_not_adopted():
    with pytest.raises(NotFound):
        drafts.adopting(law(), ["nonsense"])
    with pytest.raises(Malformed, match="is no proposal"):
        drafts.adopting(law(), ["duitnow.limit.transaction.person"])


def test_a_country_is_judged_by_the_rules_of_another():
    rate = Rate(PKR, MYR, Decimal("0.02"))
    lent = drafts.as_if(law(), "PK", "MY", [rate])
    sent = {"source_country": "PK", "destination_country": "MY"}
    rails = ("raast", "nexus", "duitnow")

    def back(number: int, minor: int) -> Payment:
        money = {"source": Money(minor, PKR), "destination": Money(minor // 50, MYR)}
        return payment(number, 0, **sent, **money, rails=rails)

    payments = [back(1, 250_000_000), back(2, 250_000_050), payment(3, 100)]
    tried = try_out(law(), lent.rulebook, payments, restate=lent.facts)
    refused = tried.of(Change.REFUSED)
    assert [each.payment.id for each in refused.examples] == ["rem_2"]
    assert refused.total.value == {"PKR": Money(250_000_050, PKR)}
    assert [each.rule for each in refused.rules] == ["duitnow.limit.person"]
    assert refused.examples[0].after.refusal.facts["observed"] == "50000.01"
    assert tried.then != tried.now


def test_another_countrys_rules_need_a_rate_and_countries():
    with pytest.raises(Malformed, match="rate_missing"):
        drafts.as_if(law(), "PK", "MY", [Rate(MYR, PKR, Decimal(60))])
    with pytest.raises(Malformed, match="NEXUS"):
        drafts.as_if(law(), "PK", "NEXUS", [])


def test_all_payments_change_as_each_by_itself(tmp_path):
    then = drafted(
        tmp_path, ASKING.replace("values:", "values:" + LOWER.partition("values:")[2].rstrip())
    )
    source = Random(7)
    days = [date(2012, 5, 1), date(2024, 8, 9), ON]
    payments = [
        replace(
            payment(n, source.choice([20_000, 400_000, 4_400_000, 7_000_000]), **more),
            on=source.choice(days),
        )
        for n in range(60)
        for more in [source.choice([{}, {"purpose": "BONU"}, {"purpose": None}])]
    ]
    tried = try_out(law(), then, payments, examples=1000)
    found = {e.payment.id: c.change for c in tried.changes for e in c.examples}
    rank = {each: place for place, each in enumerate(Outcome)}
    for each in payments:
        was, is_ = rank[outcome(law(), each)], rank[outcome(then, each)]
        change = found.get(each.id)
        assert (change is Change.REFUSED) == (is_ == 3 and was < 3)
        assert (change is Change.REVIEWED) == (is_ == 2 and was != 2)
        assert (change is Change.FREED) == (is_ < 2 <= was)


def test_a_payment_of_foreign_money_is_named():
    bad = payment(1, 5, source=Money(5, PKR))
    with pytest.raises(Malformed, match="rem_1"):
        try_out(law(), law(), [bad])


@given(st.lists(st.integers(-(2**62), 2**62), max_size=50))
def test_sums_are_exact(values):
    assert trying.exact_sum(np.array(values, np.int64)) == sum(values)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (LOWER.replace("40000.00", "40000"), "no amount of MYR"),
        (LOWER.replace("transaction", "nothing"), "nobody reads it"),
        (LOWER.replace("unit: MYR", "unit: PKR"), "is money in MYR, not money, PKR"),
        ("label: empty\n", "a draft says something"),
        ("values: []\n", "label"),
        (DUTY.replace("book: MY", "book: XX"), "no book XX"),
        (DUTY.replace("my.draft.purpose", "corridor.open"), "stands in the book NEXUS"),
        (DUTY.replace("amount >=", "balance >="), "'balance' is no fact"),
        (DUTY.replace("side: sending", "side: home"), "no side home"),
        (DUTY.replace("means:", "meant:"), "meant"),
        (DUTY.replace("duty: purpose", "reason: purpose_required"), "reason or duty is wrong"),
    ],
)
def test_a_draft_that_cannot_be_read_is_named(tmp_path, text, problem):
    with pytest.raises(Malformed, match=problem) as caught:
        drafted(tmp_path, text)
    assert caught.value.facts["file"].startswith("draft.yaml")


# Files of payments.


def read(tmp_path, *lines: str) -> list[Payment]:
    path = tmp_path / "payments.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return traffic.read_payments(law(), path)


def test_a_file_of_payments_is_read(tmp_path):
    more = ",sender.sent_today,sender.pep,sender.document,sender.disclosed,recipient.balance_after"
    one, two = read(
        tmp_path,
        HEADER + more,
        "p1,2026-11-02,c1,MY,PK,500.00,32500.00,person,duitnow nexus raast,FAMI"
        ",900.00,none,yes,fee rate,1.00",
        "p2,2026-11-02,c2,PK,MY,500.00,,,raast duitnow,,,,,,",
    )
    assert (one.id, one.on, one.customer, one.corridor) == ("p1", ON, "c1", "MY-PK")
    expected = payment(1, 50_000, destination=Money(3_250_000, PKR)).facts
    stated = {
        "sent_today": 90_000,
        "pep": "none",
        "document": True,
        "disclosed": frozenset({"fee", "rate"}),
    }
    assert one.facts == replace(
        expected,
        sender=replace(expected.sender, **stated),
        recipient=replace(expected.recipient, balance_after=100),
    )
    assert (two.facts.recipient.amount, two.facts.purpose, two.facts.via) == (None, None, "")
    assert try_out(law(), law(), [one, two]).to_json()["unchanged"] == 2


def test_every_bad_line_is_named_with_its_number(tmp_path):
    good = "p{},2026-11-02,c1,MY,PK,500.00,32500.00,person,duitnow nexus raast,FAMI"
    with pytest.raises(Malformed) as caught:
        read(
            tmp_path,
            HEADER,
            good.format(1),
            good.format(2).replace("500.00", "500", 1),
            good.format(3).replace("2026-11-02", "yesterday"),
            good.format(4).replace("MY", "XX"),
            good.format(1),
            good.format(5).replace("person", "ghost"),
            good.format(6).replace("duitnow nexus raast", ""),
            good.format(7).replace("c1", ""),
            good.format(8).replace("FAMI", "F" * 99),
            good.format(9) + ",extra",
            good.format(10),
        )
    told = caught.value.facts["value"]
    assert [part.partition(":")[0] for part in told.split("; ")] == [
        f"line {number}" for number in range(3, 12)
    ]
    for name in ("sender.amount", "on: yesterday", "sender.country: XX", "p1 stands twice"):
        assert name in told
    assert "cells: 11 under 10 columns" in told


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([""], "no column id"),
        ([HEADER.replace("customer", "client")], "no column customer"),
        ([HEADER + ",sender.nonsense"], "no fact sender.nonsense"),
        ([HEADER + ",sender.amount"], "no fact sender.amount"),
        ([HEADER + ",id"], "the column id stands twice"),
        ([HEADER, '"open'], "unexpected end of data"),
    ],
)
def test_a_file_that_is_no_table_of_payments_is_named(tmp_path, lines, problem):
    with pytest.raises(Malformed, match=problem):
        read(tmp_path, *lines)


def test_a_file_that_is_no_text_is_named(tmp_path):
    path = tmp_path / "payments.csv"
    path.write_bytes(b"\xff\xfe\x00")
    for place in (path, tmp_path / "missing.csv", tmp_path):
        with pytest.raises(Malformed, match=place.name):
            traffic.read_payments(law(), place)


def test_the_example_draft_can_be_tried():
    file = Path(__file__).parents[2] / "examples" / "draft.yaml"
    drafted = drafts.drafted(flow.load(), file)
    assert drafted.value("duitnow.limit.transaction.person", ON).label == "draft"
    assert "draft.large.asks" in {rule.id for rule in drafted.rules_on(ON)}
