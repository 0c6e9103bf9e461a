"""What somebody says of an act, fuzzed: any JSON is facts that read back the same, or a field that
is named.
"""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qantara.errors import Malformed
from qantara.policy import flow
from qantara.policy.deciding import asking
from qantara.policy.language.vocabulary import (
    COMMON_FACTS,
    DERIVED,
    FACTS,
    PARTY_FACTS,
    Fact,
    FactType,
)
from qantara.policy.model import Act, Facts

LAW = flow.load()
bounded = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
texts = st.text(max_size=90) | st.sampled_from(
    [
        *("1e30", "NaN", "-0.00", "0.1234567", "00.50", " 1.00", "١.٠٠", "1_0.00", "\0", "\ud800"),
        *("12345678901234567890123.123456", "-1.00", "1" * 31 + ".00", "", "MY", "nexus", "none"),
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def told(fact: Fact) -> st.SearchStrategy:
    """How somebody who means well says a fact, most often."""
    minor = st.integers(0, 10**12).map(lambda n: f"{n // 100}.{n % 100:02}")
    share = st.integers(0, 10**6).map(lambda n: f"{n // 10**6}.{n % 10**6:06}")
    some = st.sampled_from(fact.choices or ("FAMI", "duitnow", "MY"))
    fitting = {
        FactType.MONEY: minor,
        FactType.RATIO: share,
        FactType.FLAG: st.booleans(),
        FactType.COUNT: st.integers(0, 10**6),
        FactType.DURATION: st.integers(0, 10**6),
        FactType.CODES: st.lists(some, max_size=4),
    }
    return fitting.get(fact.type, some)


def several(facts: dict[str, Fact], names: st.SearchStrategy[str]) -> st.SearchStrategy[dict]:
    """A few facts, now and then one that is not, or is no fact at all."""
    one = names.flatmap(lambda name: st.tuples(st.just(name), told(facts[name])))
    odd = st.tuples(names | texts, anything)
    return st.lists(st.one_of(one, one, one, one, one, one, odd), max_size=5).map(dict)


parties = st.tuples(
    several(PARTY_FACTS, st.sampled_from(sorted(PARTY_FACTS))),
    st.sampled_from(["MY", "PK", "FR", "MY", "PK", "FR", "EU", "NEXUS", "SG", None, 3]),
).map(lambda pair: {**pair[0], "country": pair[1]} if pair[1] else pair[0])
acts = st.sampled_from([*(act.value for act in Act), "payment", "no act", None])
asked = st.tuples(
    several(COMMON_FACTS, st.sampled_from(sorted(COMMON_FACTS))),
    st.fixed_dictionaries({"act": acts, "sender": parties | anything}),
    st.just({}) | st.fixed_dictionaries({"recipient": parties | st.none() | anything}),
).map(lambda parts: {**parts[0], **parts[1], **parts[2]})


def read(content) -> Facts | None:
    """The facts; None if a field is wrong, which then has a name."""
    try:
        return flow.read_facts(LAW, content)
    except Malformed as error:
        assert "param" in error.facts  # noqa: PT017 -- either is right
        assert all(isinstance(each, str) for each in error.facts.values())  # noqa: PT017
        return None


def comes_back_the_same(facts: Facts) -> None:
    shown = json.loads(json.dumps(flow.facts_shown(facts)))
    assert flow.read_facts(LAW, shown) == facts
    stored = json.loads(json.dumps(asking.facts_json(facts)))
    assert asking.facts_of_json(stored) == facts
    assert asking.facts_json(asking.facts_of_json(stored)) == stored


@bounded
@given(anything)
def test_any_json_at_all_is_read_or_its_wrong_field_is_named(content):
    facts = read(content)
    if facts is not None:
        comes_back_the_same(facts)


@bounded
@given(asked)
def test_facts_that_are_nearly_right_are_read_and_come_back_or_their_wrong_field_is_named(content):
    facts = read(content)
    if facts is not None:
        comes_back_the_same(facts)


@bounded
@given(st.sampled_from(sorted(FACTS.keys() - DERIVED.keys() - {"country", "currency"})), st.data())
def test_every_fact_said_as_it_should_be_is_known_and_comes_back(name, data):
    fact = FACTS[name]
    value = data.draw(told(fact))
    party = {"country": "PK"} | ({name: value} if name in PARTY_FACTS else {})
    common = {name: value} if name in COMMON_FACTS else {}
    facts = flow.read_facts(LAW, {"act": "account", "sender": party, **common})
    assert getattr(facts if common else facts.sender, name) not in {None, "unknown"}
    comes_back_the_same(facts)


@bounded
@given(st.sampled_from(sorted(FACTS.keys() - {"country"})), anything)
def test_a_fact_said_in_any_other_way_is_named(name, value):
    party = {"country": "PK"} | ({name: value} if name in PARTY_FACTS else {})
    common = {name: value} if name not in PARTY_FACTS else {}
    try:
        facts = flow.read_facts(LAW, {"act": "account", "sender": party, **common})
    except Malformed as error:
        where = name if common else f"sender.{name}"
        assert error.facts["param"] == where  # noqa: PT017 -- either is right
    else:
        comes_back_the_same(facts)
