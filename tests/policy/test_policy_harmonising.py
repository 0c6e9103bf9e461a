import json
from datetime import date
from itertools import product

import pytest
from small_books import ON, book, duty, limit, refusal

from qantara.errors import NotFound
from qantara.policy import flow
from qantara.policy.bridge.harmonising import harmonise
from qantara.policy.deciding.pack import pack as pack_of_key
from qantara.policy.deciding.resolving import Key
from qantara.policy.language.vocabulary import Act
from qantara.policy.model import Confidence, Duty, Facts, Outcome, Party, Side

LAW = flow.read()
EXAMPLE = flow.laid_over(LAW, flow.EXAMPLE)


def section(table, effect, subject, side="sending"):
    (found,) = [
        each
        for each in table.sections
        if (each.effect, each.subject, each.side) == (effect, subject, side)
    ]
    return found


def told(row):
    return [each.to_json() for each in row.conditions], [
        (term.kind, term.words, term.frame.rule) for term in row.terms
    ]


def test_the_strictest_bound_stands_in_each_cell_with_its_rule():
    law = book(
        limit("MY", "persons", 5_000_000),
        limit("MY", "instant", 1_000_000),
        refusal("MY", "person", 'customer_kind == "person"', "amount <= my.persons"),
        refusal("MY", "rail", 'rail == "duitnow"', "amount < my.instant"),
    )
    rows = section(harmonise(law, "MY", "PK", ON), "refuse", "amount").rows
    assert [told(row) for row in rows] == [
        (
            [
                {"side": "sending", "fact": "customer_kind", "is": ["person"]},
                {"side": "sending", "fact": "rail", "is": ["duitnow"]},
            ],
            [("at_most", "9999.99", "my.rail")],
        ),
        (
            [
                {"side": "sending", "fact": "customer_kind", "is": ["person"]},
                {"side": "sending", "fact": "rail", "is_not": ["duitnow"]},
            ],
            [("at_most", "50000.00", "my.person")],
        ),
        (
            [
                {"side": "sending", "fact": "customer_kind", "is_not": ["person"]},
                {"side": "sending", "fact": "rail", "is": ["duitnow"]},
            ],
            [("at_most", "9999.99", "my.rail")],
        ),
    ]


def test_a_fact_that_changes_nothing_parts_no_rows():
    law = book(
        limit("MY", "small", 100),
        limit("MY", "large", 200),
        refusal("MY", "all", "true", "amount <= my.small"),
        refusal("MY", "some", 'rail == "duitnow"', "amount <= my.large"),
    )
    (row,) = section(harmonise(law, "MY", "PK", ON), "refuse", "amount").rows
    assert told(row) == ([], [("at_most", "1.00", "my.all")])


def test_bounds_from_both_sides_and_other_demands_are_kept():
    law = book(
        limit("MY", "least", 100),
        limit("MY", "most", 900),
        refusal("MY", "least_rule", "true", "amount >= my.least"),
        refusal("MY", "most_rule", "my.most > amount", "amount <= my.most and equal_charges"),
    )
    table = harmonise(law, "MY", "PK", ON)
    assert [told(row)[1] for row in section(table, "refuse", "amount").rows] == [
        [("at_least", "1.00", "my.least_rule"), ("at_most", "9.00", "my.most_rule")],
        [("at_least", "1.00", "my.least_rule")],
    ]
    (row,) = section(table, "refuse", "equal_charges").rows
    assert told(row) == (
        [{"side": "sending", "fact": "amount", "between": [["0.00", "8.99"]]}],
        [("holds", "equal_charges", "my.most_rule")],
    )


def test_an_exception_has_its_own_row_instead_of_the_rule():
    law = book(
        limit("PK", "usual", 100),
        limit("PK", "fair", 500),
        refusal("PK", "cap", 'account_class == "asaan"', "balance_after <= pk.usual"),
        refusal(
            "PK",
            "cap.fair",
            'trade == "cattle_market"',
            "balance_after <= pk.fair",
            exception_of="pk.cap",
        ),
    )
    rows = section(harmonise(law, "MY", "PK", ON), "refuse", "balance_after", "receiving").rows
    found = {json.dumps(told(row)[0]): told(row)[1] for row in rows}
    assert sorted(found.values()) == [
        [("at_most", "1.00", "pk.cap")],
        [("at_most", "5.00", "pk.cap.fair")],
    ]


def test_what_is_unsure_is_a_review_and_duties_are_joined():
    law = book(
        limit("MY", "most", 100),
        refusal("MY", "guess", "true", "amount <= my.most", confidence=Confidence.LOW),
        duty("MY", "who", 'rail == "duitnow"'),
        duty("MY", "who_else", "suspicion"),
        duty("PK", "records", "true", duty=Duty.RECORDS),
    )
    table = harmonise(law, "MY", "PK", ON)
    assert {(each.effect, each.side, each.subject) for each in table.sections} == {
        ("review", "sending", "amount"),
        ("duty", "sending", "identity"),
        ("duty", "receiving", "records"),
    }
    both = max(section(table, "duty", "identity").rows, key=lambda row: len(row.terms))
    assert [term.frame.rule for term in both.terms] == ["my.who", "my.who_else"]


def test_a_rule_without_a_figure_is_named_and_asks_nothing():
    table = harmonise(LAW, "MY", "PK", ON)
    assert set(table.silent) >= {"ips.maximum.sending", "purpose.required"}
    assert not any("maximum" in term.frame.rule for term in terms(table))


def terms(table):
    return [term for each in table.sections for row in each.rows for term in row.terms]


def test_the_table_of_the_real_books_tells_every_figure_with_its_text():
    table = harmonise(EXAMPLE, "MY", "PK", ON)
    amounts = section(table, "refuse", "amount")
    assert {term.words for row in amounts.rows for term in row.terms} == {
        "50000.00",
        "10000000.00",
    }
    assert all(term.frame.provision and term.jurisdiction for term in terms(table))
    assert json.loads(json.dumps(table.to_json()))["source"] == "MY"


def test_no_two_rows_of_a_section_say_the_same():
    for source, destination in product(("MY", "PK", "FR"), repeat=2):
        for each in harmonise(EXAMPLE, source, destination, ON).sections:
            if each.effect != "duty" and len(each.rows) > 1:
                facts = {condition.fact for row in each.rows for condition in row.conditions}
                assert facts, each


def test_a_day_before_all_editions_is_not_silence():
    law = book(refusal("MY", "late", "true", "equal_charges", valid_from=date(2025, 1, 1)))
    with pytest.raises(NotFound):
        harmonise(law, "MY", "PK", date(2024, 12, 31))


def test_the_rows_say_what_the_engine_decides():
    law = book(
        limit("MY", "persons", 500),
        refusal("MY", "person", 'customer_kind == "person"', "amount <= my.persons"),
    )
    pack = pack_of_key(law, Key(Act.PAYMENT, "MY", "PK", ON))
    assert pack.key == Key(Act.PAYMENT, "MY", "PK", ON)
    (row,) = section(harmonise(law, "MY", "PK", ON), "refuse", "amount").rows
    (term,) = row.terms
    assert term.side is Side.SENDING
    for amount, outcome in ((term.bound, Outcome.ALLOWED), (term.bound + 1, Outcome.REFUSED)):
        sender = Party(country="MY", currency="MYR", customer_kind="person", amount=amount)
        facts = Facts(act=Act.PAYMENT, sender=sender, recipient=Party(country="PK", currency="PKR"))
        assert pack.decide(facts).outcome is outcome
