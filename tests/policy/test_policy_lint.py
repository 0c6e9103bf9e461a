"""What lint finds in small books made wrong on purpose, and that the real ones are in order."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace
from policy_cases import CASES, DAY, EXAMPLE, LAW, ON, account, book, duty, flag, rule, value

from qantara.errors import Malformed, Reason
from qantara.money import EUR, MYR, PKR, Money
from qantara.policy import flow
from qantara.policy.model import (
    Act,
    Citation,
    Confidence,
    DefectKind,
    Duty,
    Effect,
    RuleCase,
    Side,
    Silence,
    Status,
    ValueCase,
    ValueType,
)

K = DefectKind
LATER = ON + timedelta(days=200)
DAYS = {"type": ValueType.DURATION, "unit": "days", "value": 3}


def kinds(values=(), rules=()) -> list[DefectKind]:
    return [defect.kind for defect in flow.lint(book(values, rules))]


def details(values=(), rules=()) -> list[str]:
    return [defect.detail for defect in flow.lint(book(values, rules))]


def test_a_value_a_rule_and_a_duty_with_nothing_wrong_have_no_defect():
    told = (RuleCase("due", ON, {"biometric": True}, "due"),)
    off = (RuleCase("not_due", ON, {"biometric": False}, "not_applicable"),)
    asked = duty(Duty.IDENTITY, id="my.duty", when="biometric", cases=told + off)
    rulebook = book([value()], [rule(), asked])
    assert flow.lint(rulebook) == []
    run = flow.run_cases(rulebook)
    assert (run.misses, run.cases) == ((), 6)


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ([value(citation=Citation("", "article 1", "Title"))], K.CITATION_MISSING),
        ([value(citation=Citation("Law", " ", "Title"))], K.CITATION_MISSING),
        ([value(citation=Citation("Law", "article 1", ""))], K.CITATION_MISSING),
        ([value(value=None)], K.REASON_MISSING),
        ([value(status=Status.SUPERSEDED)], K.END_MISSING),
        ([value(status=Status.LAPSED)], K.END_MISSING),
        ([value(value=Money(1, PKR))], K.UNIT),
        ([value(), value(valid_from=ON)], K.OVERLAP),
        ([value(valid_to=ON), value(valid_from=ON)], K.OVERLAP),
        ([value(valid_to=ON), value(valid_from=ON + 2 * DAY, known_from=None)], K.HOLE),
        ([value(stated="")], K.UNUSED),
        ([value(known_from=ON + DAY)], K.PROPOSAL_ENFORCED),
        ([value(valid_from=LATER)], K.PROPOSAL_ENFORCED),
        ([value(), value(jurisdiction="PK", status=Status.PROPOSAL)], K.REPEATED),
        ([value(), value(**DAYS, status=Status.PROPOSAL)], K.UNIT),
        ([value(cases=())], K.CASE_MISSING),
        ([value(cases=(ValueCase(ON, None),))], K.CASE_MISSING),
        ([value(valid_from=ON, cases=(ValueCase(ON, Money(10_000, MYR)),))], K.CASE_MISSING),
        ([value(valid_to=ON, cases=(ValueCase(ON, Money(10_000, MYR)),))], K.CASE_MISSING),
    ],
)
def test_each_defect_of_a_value_is_found_and_named(entries, kind):
    entries = [
        replace(each, verified_on=ON + 3 * DAY) if kind is K.HOLE else each for each in entries
    ]
    defects = flow.lint(book(entries))
    assert [defect.kind for defect in defects] == [kind]
    assert defects[0].entry == "my.limit"
    assert defects[0].place == "my/invented.yaml:7"


def test_a_proposal_beside_a_text_in_force_is_no_overlap_and_two_proposals_have_no_hole():
    proposals = [value(valid_to=ON), value(valid_from=ON + 3 * DAY)]
    proposals = [replace(each, status=Status.PROPOSAL) for each in proposals]
    assert kinds([value(), *proposals]) == []


PASSING = RuleCase("pass", ON, {"sent_today": "1.00"}, "passed")
REFUSAL_ALONE = {"cases": (RuleCase("refusal", ON, {"sent_today": "100.01"}, "failed"),)}


@pytest.mark.parametrize(
    ("wrong", "kind", "detail"),
    [
        ({"when": "amounts"}, K.EXPRESSION, "'amounts' is no fact"),
        ({"requires": "sent_today <= my.none"}, K.EXPRESSION, "no book has a value my.none"),
        ({"requires": "sent_today <= 5"}, K.EXPRESSION, "a figure is a value of the rulebook"),
        ({"reason": None}, K.EXPRESSION, "reason or duty is wrong"),
        ({"duty": Duty.IDENTITY}, K.EXPRESSION, "reason or duty is wrong"),
        ({"requires": None}, K.EXPRESSION, "requires is wrong"),
        ({"remedy": None}, K.EXPRESSION, "a refusal says what can be done"),
        ({"side": Side.SENDING}, K.EXPRESSION, "account has no side sending"),
        ({"act": Act.PAYMENT}, K.EXPRESSION, "payment has no side home"),
        ({"fields": "my.limit"}, K.EXPRESSION, "no book has a value my.limit of type codes"),
        ({"within": "my.none"}, K.EXPRESSION, "no book has a value my.none of type duration"),
        (
            {"effect": Effect.REVIEW, "when_silent": Silence.REFUSE},
            K.EXPRESSION,
            "only a refusal can refuse in silence",
        ),
        ({"when": "biometric and not biometric"}, K.NEVER_BINDS, "exclude each other"),
        ({"when": 'pep == "none" and pep in ("domestic", "foreign")'}, K.NEVER_BINDS, "exclude"),
        ({"when": "false"}, K.NEVER_BINDS, "it never applies"),
        (
            {
                "valid_to": ON - 30 * DAY,
                "status": Status.LAPSED,
                "requires": "sent_today <= my.new",
            },
            K.NEVER_BINDS,
            "my.new binds on none of its days",
        ),
        (
            {"requires": "sent_today <= my.proposed"},
            K.PROPOSAL_ENFORCED,
            "my.proposed is no text in force",
        ),
        ({"valid_from": LATER}, K.PROPOSAL_ENFORCED, "adopted, not yet applicable"),
        ({"known_from": ON + DAY}, K.PROPOSAL_ENFORCED, "verified on 2026-03-02"),
        ({"citation": Citation("Law", "", "Title")}, K.CITATION_MISSING, "valid from None"),
        ({"status": Status.SUPERSEDED}, K.END_MISSING, "superseded without valid_to"),
        ({"id": "my.limit"}, K.REPEATED, "a value has the same id"),
        ({"exception_of": "my.none"}, K.EXCEPTION, "no rule my.none"),
        ({"exception_of": "my.daily"}, K.EXCEPTION, "it is an exception of itself"),
        ({"exception_of": "my.payment"}, K.EXCEPTION, "is about another act or side"),
        (
            {"exception_of": "my.old"},
            K.EXCEPTION,
            "my.old binds on none of its days",
        ),
        (REFUSAL_ALONE, K.CASE_MISSING, "a case that passes"),
        ({"cases": CASES[:1]}, K.CASE_MISSING, "a case that fails"),
        (
            {"valid_from": ON, "cases": CASES},
            K.CASE_MISSING,
            "a case on 2026-03-01, the day before",
        ),
    ],
)
def test_each_defect_of_a_rule_is_found_and_named(wrong, kind, detail):
    values = [
        value(),
        value(id="my.new", valid_from=ON),
        value(id="my.proposed", status=Status.PROPOSAL),
    ]
    old = {"valid_to": ON - 300 * DAY, "status": Status.LAPSED}
    beside = [
        rule(id="my.old", **old),
        rule(id="my.payment", act=Act.PAYMENT, side=Side.SENDING),
    ]
    if "old" in detail:
        wrong = wrong | {"valid_from": ON}
    rulebook = book(values, [rule(**wrong), *beside])
    (defect,) = flow.lint(rulebook)
    assert (defect.kind, defect.warning) == (kind, False)
    assert detail in defect.detail
    assert defect.place == "my/invented.yaml:70"


def test_a_duty_has_a_case_in_which_it_is_due_and_one_in_which_it_is_not():
    bare = duty(Duty.IDENTITY, when="biometric", cases=())
    assert details([], [bare]) == [
        "a case in which it is not",
        "a case in which the duty is due",
    ]
    always = duty(Duty.IDENTITY, cases=(RuleCase("due", ON, {}, "due"),))
    assert details([], [always]) == []


def test_a_rule_without_any_case_is_found():
    assert kinds([value()], [rule(cases=())]) == [K.CASE_MISSING] * 2
    assert details([], [rule(requires="biometric", cases=())]) == [
        "a case that fails",
        "a case that passes",
    ]


def test_a_figure_that_no_case_hits_from_both_sides_or_states_is_found():
    unstated = value(cases=())
    assert kinds([unstated], [rule()]) == []
    assert kinds([unstated], [rule(cases=(*CASES[1:], PASSING))]) == [K.CASE_MISSING]


def test_a_year_after_the_last_reading_a_text_in_force_is_warned_of_and_loads():
    rulebook = book([value(), value(id="my.old", status=Status.PROPOSAL)])
    assert flow.lint(rulebook, ON + timedelta(days=365)) == []
    (defect,) = flow.lint(rulebook, ON + timedelta(days=366))
    assert (defect.kind, defect.warning, defect.entry) == (K.STALE, True, "my.limit")
    stale = flow.lint(LAW, date(2029, 1, 1))
    assert {(defect.kind, defect.warning) for defect in stale} == {(K.STALE, True)}


# exceptions of the same rank


BASE = rule(id="my.base")


def exceptions(one: str, other: str, priority: int = 0) -> list[str]:
    rules = [
        BASE,
        rule(id="my.one", exception_of="my.base", when=one),
        rule(id="my.two", exception_of="my.base", when=other, priority=priority),
    ]
    return details([value()], rules)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("biometric", "not biometric"),
        ('pep == "none"', 'pep == "foreign"'),
        ('pep == "none" and biometric', 'pep in ("foreign", "domestic") and biometric'),
        ('pep == "none" or pep == "domestic"', '"foreign" == pep'),
    ],
)
def test_exceptions_of_equal_rank_that_exclude_each_other_are_in_order(one, other):
    assert exceptions(one, other) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("biometric", "document"),
        ("biometric", "biometric"),
        ('pep == "none"', 'cdd == "none"'),
        ('pep in ("none", "foreign")', 'pep == "foreign"'),
        ("sent_today <= my.limit", "sent_today > my.limit"),
    ],
)
def test_exceptions_of_equal_rank_that_may_meet_do_not_load_and_of_another_rank_do(one, other):
    assert exceptions(one, other) == ["my.two has the same rank and may apply at the same time"]
    assert exceptions(one, other, priority=1) == []


def test_two_rules_that_are_exceptions_of_each_other_are_found():
    rules = [rule(id="my.one", exception_of="my.two"), rule(id="my.two", exception_of="my.one")]
    assert details([value()], rules) == ["it is an exception of itself"] * 2


def test_an_exception_may_meet_any_edition_of_its_rule():
    ended = {"valid_to": ON - 100 * DAY, "status": Status.SUPERSEDED}
    bases = [rule(id="my.base", **ended), rule(id="my.base", valid_from=ON - 99 * DAY)]
    old = rule(id="my.one", exception_of="my.base", when="biometric", **ended)
    assert details([value()], [*bases, old]) == []


# loading, and the real books


def test_a_book_with_a_defect_does_not_load_and_names_its_place(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        "label: a\nvalues:\n- {id: nexus.maximum.MYR, type: money, unit: MYR, value: , note: ''}"
    )
    with pytest.raises(Malformed) as caught:
        flow.load(broken)
    assert caught.value.reason is Reason.RULEBOOK_INVALID
    assert caught.value.facts == {
        "file": "broken.yaml:3",
        "entry": "nexus.maximum.MYR",
        "problem": "reason_missing: no value, and no note says why",
    }


@pytest.mark.parametrize("rulebook", [LAW, EXAMPLE], ids=["law", "example"])
def test_the_real_books_have_no_defect(rulebook):
    assert flow.lint(rulebook) == []


def test_every_case_of_the_real_books_comes_out_as_it_is_written():
    run = flow.run_cases(LAW)
    assert run.misses == ()
    assert run.cases == sum(len(e.cases) for e in (*LAW.entries, *LAW.rules)) > 1_000


def test_cases_are_run_for_the_books_that_are_named():
    cases = {
        name: flow.run_cases(LAW, frozenset({name})).cases
        for name in ("MY", "PK", "EU", "FR", "NEXUS", "FATF", "UN")
    }
    assert sum(cases.values()) == flow.run_cases(LAW).cases
    assert min(cases.values()) > 0


def test_every_rule_of_the_real_books_that_binds_has_cases():
    assert [rule.id for rule in LAW.rules if rule.binding and not rule.cases] == []


def test_a_case_that_comes_out_otherwise_is_told_with_what_was_found():
    wrong = RuleCase("pass", ON, {"sent_today": "100.01"}, "passed")
    unread = RuleCase("pass", ON, {"sent_today": 3}, "passed")
    misread = value(cases=(ValueCase(ON, Money(1, MYR)),))
    run = flow.run_cases(book([misread], [rule(cases=(wrong, unread))]))
    assert run.cases == 3
    assert [(miss.entry, miss.expected, miss.found.split(":")[0]) for miss in run.misses] == [
        ("my.limit", "0.01", "100.00"),
        ("my.daily", "passed", "failed"),
        ("my.daily", "passed", "field_invalid"),
    ]


def test_a_change_of_any_figure_of_the_ladder_is_noticed_by_its_cases():
    for changed in LAW.entries:
        if changed.id == "pk.account.asaan.maximum.balance":
            more = replace(changed, value=Money(changed.value.minor + 1, PKR))
            entries = [more if each is changed else each for each in LAW.entries]
            run = flow.run_cases(replaced(entries), frozenset({"PK"}))
            assert {miss.entry for miss in run.misses} >= {changed.id, "pk.asaan.balance"}


def replaced(entries):
    return type(LAW)(entries, LAW.rules, LAW.jurisdictions.values())


def test_a_value_of_low_confidence_is_no_defect_and_asks_for_a_person():
    rulebook = book(
        [value(confidence=Confidence.LOW), flag("my.flag", told=True)], [rule(cases=())]
    )
    assert not flow.decide(rulebook, account(sent_today=10_001), ON).allowed


@pytest.mark.parametrize(
    ("second", "detail"),
    [
        ({"unit": "MYR"}, []),
        ({"unit": "PKR", "value": Money(1, PKR)}, ["PKR where MYR is compared"]),
        (
            {"type": ValueType.FLAG, "unit": "flag", "value": True},
            ["the values of nexus.maximum differ in type"],
        ),
    ],
)
def test_values_that_a_rule_reads_by_currency_are_of_one_type_and_in_that_currency(second, detail):
    first = value(id="nexus.maximum.EUR", jurisdiction="NEXUS", value=Money(1, EUR), unit="EUR")
    other = value(id="nexus.maximum.MYR", jurisdiction="NEXUS", **second)
    told = {"act": Act.PAYMENT, "side": Side.SENDING, "jurisdiction": "NEXUS"}
    reader = rule(**told, requires="amount <= nexus.maximum[currency]")
    found = [d for d in flow.lint(book([first, other], [reader])) if d.kind is K.UNIT]
    assert [defect.detail for defect in found] == detail
    assert {defect.entry for defect in found} <= {"nexus.maximum.MYR"}
