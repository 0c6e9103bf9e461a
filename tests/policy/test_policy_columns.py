"""Columns say what `Pack.decide` says, row by row."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qantara.errors import Malformed, NotFound
from qantara.money import MYR, Money
from qantara.policy import flow
from qantara.policy.books.entries import (
    Citation,
    Confidence,
    Datum,
    Effect,
    Rule,
    Silence,
    Status,
    Value,
    ValueType,
)
from qantara.policy.books.rulebook import Jurisdiction, Rulebook
from qantara.policy.deciding import columns, masking
from qantara.policy.deciding.columns import UNKNOWN, Coded, Columns, judged
from qantara.policy.deciding.emitting import ALWAYS_KNOWN, OUTCOMES
from qantara.policy.deciding.pack import Pack, pack
from qantara.policy.deciding.resolving import Key
from qantara.policy.language.expression import Literal, walk
from qantara.policy.language.vocabulary import (
    COMMON_FACTS,
    PARTY_FACTS,
    Act,
    Fact,
    Facts,
    FactType,
    Party,
    Side,
)

ON = date(2026, 11, 2)
CURRENCIES = {"MY": "MYR", "PK": "PKR", "FR": "EUR"}
CODES = ("duitnow", "raast", "tips", "nexus", "FAMI", "BONU", "GDDS", "MY", "PK", "IN", "US")


@cache
def law() -> Rulebook:
    return flow.load(flow.EXAMPLE)


@cache
def days() -> tuple[date, ...]:
    """The days on which a text begins, and those before."""
    book = law()
    firsts = {each.valid_from for each in (*book.entries, *book.rules) if each.valid_from}
    return tuple(sorted(firsts | {day - timedelta(days=1) for day in firsts} | {ON}))


def figures(bound: Sequence[Any]) -> list[int]:
    """What the rules compare numbers with, and its neighbours."""
    trees = [part.tree for each in bound for part in (*each.when, *each.requires) if part.tree]
    literals = [node.value for tree in trees for node in walk(tree) if isinstance(node, Literal)]
    whole = {value for value in literals if isinstance(value, int) and not isinstance(value, bool)}
    near = {value + step for value in whole for step in (-1, 0, 1)}
    return sorted(value for value in near if value >= 0) or [0]


def told(fact: Fact, numbers: list[int]) -> st.SearchStrategy[Any]:
    match fact.type:
        case FactType.FLAG:
            return st.booleans()
        case FactType.CHOICE:
            return st.sampled_from(fact.choices)
        case FactType.CODE:
            return st.sampled_from(CODES)
        case FactType.CODES:
            return st.frozensets(st.sampled_from(fact.choices))
        case _:
            return st.sampled_from(numbers) | st.integers(0, 10**6)


def acts(key: Key, bound: Sequence[Any]) -> st.SearchStrategy[list[Facts]]:
    """Random acts of a pack's kind; of the facts its rules look at, any may be missing."""
    numbers = figures(bound)
    used = {masking.path_of(name) for name in masking.names_of(bound)}

    def side(owner: str, facts: dict[str, Fact], *, open_: bool) -> dict[str, Any]:
        names = [n for n in facts if f"{owner}{n}" in used and n not in {"country", "currency"}]
        return {
            name: told(facts[name], numbers)
            if name in ALWAYS_KNOWN or not open_
            else st.none() | told(facts[name], numbers)
            for name in names
        }

    def party(owner: str, country: str) -> st.SearchStrategy[Party]:
        given_ = side(owner, PARTY_FACTS, open_=True)
        fixed = {"country": st.just(country), "currency": st.just(CURRENCIES[country])}
        return st.builds(Party, **fixed, **given_)

    two = key.act is Act.PAYMENT
    recipient = party("recipient.", key.destination) if two else st.none()
    common = side("", COMMON_FACTS, open_=True)
    made = st.builds(
        Facts,
        act=st.just(key.act),
        sender=party("sender.", key.source),
        recipient=recipient,
        **common,
    )
    return st.lists(made, min_size=1, max_size=12)


def agree(decider: Pack, facts: Sequence[Facts], held: Columns) -> None:
    found = judged(decider, held, marked=True)
    plain = judged(decider, held)
    assert found.marks is not None
    for row, each in enumerate(facts):
        decided = decider.decide(each)
        place = int(found.refusing[row])
        refusing = decider.bound[place].rule.id if place >= 0 else None
        assert found.outcome_of(row) == decided.outcome == decider.judge(each)
        assert refusing == (None if decided.refusal is None else decided.refusal.rule)
        weights: dict[str, int] = {}
        for step in decided.trace:
            weight = {"due": 1, "noted": 2, "failed": 3}.get(step.finding.value, 0)
            weights[step.rule] = max(weights.get(step.rule, 0), weight)
        marks = {b.rule.id: int(found.marks[p, row]) for p, b in enumerate(decider.bound)}
        assert {rule: weight for rule, weight in marks.items() if weight} == {
            rule: weight for rule, weight in weights.items() if weight
        }
    assert plain.outcome.tolist() == found.outcome.tolist()
    assert plain.refusing.tolist() == found.refusing.tolist()


@st.composite
def situations(draw: st.DrawFn) -> tuple[Pack, list[Facts]]:
    act = draw(st.sampled_from([Act.PAYMENT, *Act]))
    source = draw(st.sampled_from(sorted(CURRENCIES)))
    other = draw(st.sampled_from(sorted(CURRENCIES))) if act is Act.PAYMENT else source
    key = Key(act, source, other, draw(st.sampled_from(days())))
    try:
        decider = pack(law(), key)
    except NotFound:
        key = Key(act, source, other, ON)
        decider = pack(law(), key)
    return decider, draw(acts(key, decider.bound))


@settings(max_examples=150, deadline=None)
@given(situations())
def test_columns_say_what_the_books_packs_say(situation):
    decider, facts = situation
    agree(decider, facts, Columns.of(facts))


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_rows_picked_from_columns_are_decided_the_same(data):
    decider = pack(law(), Key(Act.PAYMENT, "MY", "PK", ON))
    facts = data.draw(acts(decider.key, decider.bound))
    places = data.draw(st.lists(st.sampled_from(range(len(facts))), min_size=1))
    picked = Columns.of(facts).rows(np.array(places))
    agree(decider, [facts[place] for place in places], picked)


# Rules made by hand, with everything the language has.

FIGURES: dict[str, tuple[ValueType, str, Datum]] = {
    "t.limit": (ValueType.MONEY, "MYR", Money(100_000, MYR)),
    "t.share": (ValueType.RATIO, "ratio", Decimal("0.25")),
    "t.users": (ValueType.COUNT, "user", 3),
    "t.fields": (ValueType.CODES, "field", ("name", "birth")),
    "t.nothing": (ValueType.CODES, "field", ()),
    "t.kinds": (ValueType.CODES, "kind", ("person", "nobody")),
}
CONDITIONS = (
    "amount < t.limit",
    "amount > t.limit or active_users >= t.users",
    "active_users == t.users",
    "not (active_users != t.users and amount < own_funds)",
    "amount * t.share <= own_funds",
    "amount * t.share * market_share <= t.limit",
    "amount * t.share <= t.limit + own_funds * active_users",
    "own_funds - amount >= t.limit * t.users",
    "market_share == t.share or market_share != 1 and active_users > t.users",
    "t.fields <= originator_data",
    "originator_data <= t.fields",
    "t.nothing <= originator_data",
    "originator_data <= beneficiary_data",
    'purpose in t.kinds or "name" in originator_data',
    "customer_kind in t.kinds",
    "customer_kind not in t.nothing",
    "purpose in originator_data",
    "licensed == interest_paid",
    "licensed == (amount > 0)",
    "not (licensed and not interest_paid)",
    'customer_kind != "person"',
    'currency == purpose or purpose in ("FAMI", "unheard")',
    "customer_kind == instrument or rail == country",
    "not crosses_border or amount > 0 or true",
    "false or licensed",
    "t.unsaid <= amount",
)
CITED = Citation("Invented instrument", "article 1", "Invented title")
ENTRY: dict[str, Any] = {
    "jurisdiction": "MY",
    "authority": "Invented authority",
    "valid_from": None,
    "valid_to": None,
    "known_from": None,
    "status": Status.IN_FORCE,
    "citation": CITED,
    "confidence": Confidence.HIGH,
    "verified_on": None,
}


def rule(name: str, when: str, requires: str | None, **more: Any) -> Rule:
    effect = Effect.COLLECT if requires is None else Effect.REFUSE
    told_ = {**ENTRY, "act": Act.LICENCE, "side": Side.HOME, "effect": effect, **more}
    return Rule(id=name, when=when, requires=requires, **told_)


def book(*rules: Rule) -> Rulebook:
    values = [
        Value(id=name, type=kind, unit=unit, value=figure, **ENTRY)
        for name, (kind, unit, figure) in FIGURES.items()
    ]
    unsaid = {**ENTRY, "status": Status.PROPOSAL}
    silent = Value(id="t.unsaid", type=ValueType.MONEY, unit="MYR", value=None, **unsaid)
    return Rulebook([*values, silent], rules, [Jurisdiction("MY", "Malaysia", "MYR")])


def compiled(*rules: Rule) -> Pack:
    return pack(book(*rules), Key(Act.LICENCE, "MY", "MY", ON))


@st.composite
def invented(draw: st.DrawFn) -> tuple[Pack, list[Facts]]:
    """A rule, exceptions of two ranks to it, an exception of an exception, and a duty."""

    def one(name: str, **more: Any) -> Rule:
        when, requires = draw(st.tuples(*[st.sampled_from(("true", *CONDITIONS))] * 2))
        more["confidence"] = draw(st.sampled_from(Confidence))
        more["when_silent"] = draw(st.sampled_from(Silence))
        due = draw(st.integers(0, 3)) == 0
        return rule(name, when, None if due else requires, **more)

    rules = [
        one("m"),
        one("a", exception_of="m", priority=2),
        one("z", exception_of="m", priority=1),
        one("b", exception_of="a"),
        one("other"),
    ]
    decider = compiled(*draw(st.permutations(rules)))
    return decider, draw(acts(decider.key, decider.bound))


@settings(max_examples=200, deadline=None)
@given(invented())
def test_columns_say_what_packs_of_any_rules_say(situation):
    decider, facts = situation
    agree(decider, facts, Columns.of(facts))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_is_decided_alike_with_and_without_facts(condition):
    decider = compiled(rule("one", "true", condition), rule("two", condition, None))
    nothing = Facts(act=Act.LICENCE, sender=Party(country="MY", currency="MYR"))
    agree(decider, [nothing], Columns.of([nothing]))

    @settings(max_examples=10, deadline=None)
    @given(acts(decider.key, decider.bound))
    def many(facts):
        agree(decider, facts, Columns.of(facts))

    many()


# Columns from arrays, and what cannot be one.


def test_columns_from_arrays_are_decided_like_facts():
    decider = compiled(
        rule("limit", "true", "amount <= t.limit"),
        rule("kind", 'customer_kind == "company"', "licensed"),
        rule("told", "true", "t.fields <= originator_data"),
    )
    arrays = {
        "sender.amount": np.array([100_000, 100_001, UNKNOWN, 5, 5]),
        "sender.customer_kind": Coded(np.array([0, 0, 1, 1, -1]), ("person", "company")),
        "sender.licensed": np.array([1, 0, -1, 0, 0], np.int8),
        "sender.originator_data": Coded(np.array([3, 7, -1, 6, 0]), ("birth", "name", "account")),
    }
    found = judged(decider, Columns.of_arrays(5, arrays))
    assert [OUTCOMES[code].value for code in found.outcome] == [
        *("allowed", "refused", "allowed", "refused", "refused")
    ]
    refusing = [decider.bound[place].rule.id if place >= 0 else "" for place in found.refusing]
    assert refusing == ["", "limit", "", "kind", "told"]


def test_more_rows_than_a_chunk_are_decided_alike():
    decider = compiled(rule("limit", "true", "amount <= t.limit"))
    size = 2 * columns.CHUNK + 3
    amounts = np.arange(size) * 3
    found = judged(decider, Columns.of_arrays(size, {"sender.amount": amounts}), marked=True)
    assert found.refusing.tolist() == np.where(amounts > 100_000, 0, -1).tolist()
    assert found.marks is not None
    assert (found.marks[0] == np.where(amounts > 100_000, 3, 0)).all()


def test_no_rows_are_decided():
    decider = pack(law(), Key(Act.PAYMENT, "MY", "PK", ON))
    assert judged(decider, Columns.of([])).outcome.tolist() == []


@pytest.mark.parametrize(
    ("condition", "amount"),
    [
        ("amount * t.share <= t.limit", 2**62),
        ("amount * t.share <= t.limit", -(2**62)),
        ("amount + own_funds <= t.limit", 2**63 - 1),
        ("own_funds - amount <= t.limit", -(2**63) + 2),
        ("amount * active_users <= t.limit", 2**61),
        ("amount <= own_funds * t.share", 2**45),
    ],
)
def test_what_could_pass_64_bits_is_named_and_never_wraps(condition, amount):
    decider = compiled(rule("great", "true", condition))
    party = Party(country="MY", currency="MYR", amount=amount, own_funds=10, active_users=9)
    small = Party(country="MY", currency="MYR", amount=5, own_funds=10, active_users=9)
    facts = [Facts(act=Act.LICENCE, sender=each) for each in (small, party)]
    with pytest.raises(Malformed, match=r"passes 64 bits in rule great") as caught:
        judged(decider, Columns.of(facts))
    assert "sender.amount" in caught.value.facts["param"]
    agree(decider, facts[:1], Columns.of(facts[:1]))


@pytest.mark.parametrize("amount", [2**63, -(2**63) - 1, UNKNOWN])
def test_a_number_that_is_no_64_bits_is_named(amount):
    decider = compiled(rule("limit", "true", "amount <= t.limit"))
    party = Party(country="MY", currency="MYR", amount=amount)
    with pytest.raises(Malformed, match=r"sender\.amount"):
        judged(decider, Columns.of([Facts(act=Act.LICENCE, sender=party)]))


@pytest.mark.parametrize(
    ("path", "array"),
    [
        ("sender.nonsense", np.zeros(2, np.int64)),
        ("nobody.amount", np.zeros(2, np.int64)),
        ("sender.amount", np.zeros(3, np.int64)),
        ("sender.amount", np.zeros(2)),
        ("sender.amount", Coded(np.zeros(2, np.int64), ("a",))),
        ("sender.rail", np.zeros(2, np.int64)),
        ("sender.rail", Coded(np.array([0, 1]), ("raast",))),
        ("sender.disclosed", Coded(np.array([0, 2]), ("fee",))),
        ("sender.licensed", np.array([0, 2])),
    ],
)
def test_an_array_that_is_no_column_is_named(path, array):
    with pytest.raises(Malformed, match=path):
        Columns.of_arrays(2, {path: array})


def test_a_code_set_of_too_many_codes_is_named():
    many = frozenset(f"element{number}" for number in range(63))
    facts = [Facts(act=Act.LICENCE, sender=Party(country="MY", currency="MYR", disclosed=many))]
    decider = compiled(rule("told", "true", '"fee" in disclosed'))
    with pytest.raises(Malformed, match="more than 62"):
        judged(decider, Columns.of(facts))


def test_what_is_always_known_has_to_have_a_column():
    decider = pack(law(), Key(Act.PAYMENT, "MY", "PK", ON))
    with pytest.raises(Malformed, match="via"):
        judged(decider, Columns.of_arrays(1, {"sender.amount": np.array([1])}))


def test_deciding_one_by_one_needs_no_numpy():
    told_ = "import sys, qantara.policy.flow; sys.exit('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told_], check=False)  # noqa: S603 -- this Python
    assert done.returncode == 0
