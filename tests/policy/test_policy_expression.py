"""The language of rules: what it accepts, that it reaches facts and values alone, and that what is
compiled from it names nothing else.
"""

import ast
import builtins
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_cases import ON, account, book, duty, rule, value
from policy_conditions import FIGURES, conditions

from qantara.policy import flow
from qantara.policy.deciding import emitting
from qantara.policy.deciding.resolving import resolve, scope
from qantara.policy.language import expression
from qantara.policy.language.expression import BadExpressionError, Scope, parse
from qantara.policy.language.vocabulary import COMMON_FACTS, FACTS, PARTY_FACTS
from qantara.policy.model import Duty, Facts, Party, ValueType

BOOK = book(
    [
        *FIGURES,
        value(id="my.family.MY-PK"),
        value(id="my.family.PK-MY"),
        value(id="my.share.MYR", type=ValueType.RATIO, value=None, unit="ratio"),
        value(id="pk.money", unit="PKR", value=None, note="Of another currency."),
        value(id="my.fee", type=ValueType.FEE, value=None),
        value(id="my.day", type=ValueType.DATE, value=None, unit="day"),
        value(id="my.hours", type=ValueType.DURATION, value=2, unit="hours"),
        value(id="my.choice", type=ValueType.CHOICE, value="share", unit="choice"),
    ]
)
SCOPE: Scope = scope(BOOK, "MY")
ALLOWED = (
    *(ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Attribute, ast.Subscript),
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Compare, ast.Tuple, ast.List),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
)
quick = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def reaches_only_facts_and_values(text: str) -> bool:
    """Whether it is accepted; if so, that it is made of what is allowed and nothing else."""
    try:
        tree = parse(text, SCOPE)
    except BadExpressionError:
        return False
    nodes = list(expression.walk(tree))
    assert {type(node) for node in nodes} <= set(expression.Node.__args__)
    assert set(expression.facts_in(tree)) <= FACTS.keys()
    ids = [ref.id if ref.index is None else f"{ref.id}." for ref in expression.values_in(tree)]
    assert all(any(known.startswith(id_) for known in BOOK.value_ids) for id_ in ids)
    written = list(ast.walk(ast.parse(text.strip(), mode="eval")))
    assert {type(node) for node in written} <= set(ALLOWED)
    constants = [node.value for node in written if isinstance(node, ast.Constant)]
    assert all(isinstance(told, str) or told in {0, 1} for told in constants)
    return True


# whatever is written

NAMES = (
    *("amount", "sent_today", "biometric", "pep", "originator_data", "my", "my.money.low"),
    *("my.flag", "my.codes", "my.family[way]", "true", "false", "None", "True", "self", "act"),
    *("__import__", "__builtins__", "exec", "eval", "open", "getattr", "type", "object", "print"),
    *("０", "ａmount", "é", "变量", "K0", "trace", "Step", "sender", "decide"),
    *("0", "1", "2", "1.5", "1e400", "0x1", "1j", "...", '"name"', "'none'", 'b"a"', '"""a"""'),
)
WRAPPED = (
    *("{a}({b})", "{a}.__class__", "{a}.__globals__['os']", "{a}.{b}", "{a}[{b}]", "{a}[way]"),
    *("{a}[{b}:{b}]", "lambda: {a}", "lambda x={a}: x", "[x for x in {a}]", "({a} for x in {b})"),
    *('f"{{{a}}}"', 'f"{{{a}!r:>{b}}}"', "({a} := {b})", "{a} if {b} else {a}", "await {a}"),
    *("(yield {a})", "*{a}", "{{{a}: {b}}}", "{{{a}}}", "{{**{a}}}", "-{a}", "~{a}", "+{a}"),
    *("{a} ** {b}", "{a} / {b}", "{a} // {b}", "{a} % {b}", "{a} @ {b}", "{a} << {b}"),
    *("{a} & {b}", "{a} | {b}", "{a} is {b}", "{a} < {b} < {a}", "{a}, {b}", "{a}; {b}"),
    *("not {a}", "({a})", "({a} and {b})", "{a} or {b}", "{a} == {b}", "{a} <= {b}"),
    *("{a} in ({b}, {a})", "{a} not in [{b}]", "{a} in {b}", "{a} + {b}", "{a} - {b}", "{a} * {b}"),
    *(
        "import {a}",
        "{a} = {b}",
        "del {a}",
        "print({a})",
        "{a}\n{b}",
        "{a} # {b}",
        "\\{a}",
        "`{a}`",
    ),
    *("{a} {b}", "{a}.__init__.__globals__.__getitem__({b})", "().__class__.__bases__[0]"),
)


def _wrapped(inner):
    pieces = st.tuples(st.sampled_from(WRAPPED), inner, inner)
    return pieces.map(lambda told: told[0].format(a=told[1], b=told[2]))


texts = st.recursive(st.sampled_from(NAMES), _wrapped, max_leaves=8)


@quick
@given(texts)
def test_no_expression_of_python_reaches_more_than_facts_and_values(text):
    reaches_only_facts_and_values(text)


@quick
@given(st.text(st.characters(exclude_categories=())) | st.text("()[]{}'\"\\.,:=<>!&|~+-*/ \n\t\0"))
def test_no_text_at_all_raises_more_than_a_bad_expression(text):
    reaches_only_facts_and_values(text)


@quick
@given(conditions, st.data())
def test_a_condition_with_anything_put_into_it_stays_within_its_bounds(text, data):
    place = data.draw(st.integers(0, len(text)))
    put = data.draw(texts)
    reaches_only_facts_and_values(f"{text[:place]}{put}{text[place:]}")


@quick
@given(conditions)
def test_every_condition_that_is_well_typed_is_accepted(text):
    assert reaches_only_facts_and_values(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1_900 + "true" + ")" * 50,
        "(" * 90 + "true" + ")" * 90 + "]",
        "not " * 480 + "true",
        "-" * 1_900 + "1",
        "[" * 190 + "]" * 190,
        "my" + ".a" * 900,
        "my" + "[way]" * 390,
        "biometric" + " == biometric" * 140,
        "f'" + '{f"' * 300 + "'",
        "lambda:" * 280 + "true",
        "true if true else " * 100 + "true",
        "(biometric == " * 60 + "true" + ")" * 60,
        "true and (false or " * 50 + "true" + ")" * 50,
        "sent_today" + " + sent_today" * 100 + " <= my.money.low",
        "9" * 1_999,
        "true\0",
        "\0",
        "'\ud800' == pep",
        "true\r\nfalse",
        "",
        "   ",
        "#",
        "\ufeff\ufefftrue",
        "\\",
        "'" + "a" * 1_990,
    ],
)
def test_nests_lengths_and_odd_bytes_are_bad_expressions(text):
    with pytest.raises(BadExpressionError):
        parse(text, SCOPE)


def test_an_expression_has_a_longest_length_and_a_greatest_depth():
    padding = " " * (expression.LONGEST - len("true") - 1)
    assert parse(f"true {padding}"[: expression.LONGEST], SCOPE) == parse("true", SCOPE)
    with pytest.raises(BadExpressionError, match="longer than 2000 characters"):
        parse("true" + " " * expression.LONGEST, SCOPE)
    deepest = "not " * expression.DEEPEST
    assert reaches_only_facts_and_values(f"{deepest}true")
    with pytest.raises(BadExpressionError, match="deeper than 40 levels"):
        parse(f"not {deepest}true", SCOPE)


def test_a_name_in_another_script_is_the_name_python_takes_it_for_or_none():
    assert parse("ｂiometric", SCOPE) == parse("biometric", SCOPE)
    with pytest.raises(BadExpressionError, match="is no fact"):
        parse("bіometric", SCOPE)  # the second letter is Cyrillic


# types and units


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "not biometric",
        "biometric == document",
        "biometric != my.flag",
        "sent_today <= my.money.low",
        "0 < sent_today",
        "sent_today - sent_month == 0",
        "sent_today <= my.money.low * my.ratio",
        "sent_today <= my.ratio * my.money.low",
        "sent_today <= my.money.low * factors",
        "owner_share < 1",
        "1 - owner_share >= my.ratio",
        "owner_share * my.ratio <= 1",
        "factors >= 1",
        "factors + 1 <= my.count",
        "active_users * owner_share <= my.count",
        "owner_share * active_users <= my.count",
        "screening_days <= my.days",
        "screening_days * factors <= my.days",
        "breach_hours <= my.hours",
        'pep == "none"',
        'pep in ("none", "foreign")',
        'pep in ["none"]',
        'purpose != "FAMI"',
        "instrument_class == my.choice",
        "pep in my.kinds",
        "purpose not in my.codes",
        '"name" in originator_data',
        "my.codes <= originator_data",
        "originator_data <= beneficiary_data",
        "sent_today <= my.family.MY-PK if false else true",
        "my.share[currency] <= owner_share",
        "crosses_border",
    ],
)
def test_what_is_of_one_type_and_unit_is_accepted(text):
    if " if " in text:
        with pytest.raises(BadExpressionError):
            parse(text, SCOPE)
        return
    assert reaches_only_facts_and_values(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("amounts <= my.money.low", "'amounts' is no fact"),
        ("amount", "money (MYR) where yes or no is asked"),
        ('"a"', "code where yes or no is asked"),
        ("1", "count (any) where yes or no is asked"),
        ("not amount", "money (MYR) where yes or no is asked"),
        ("biometric and amount", "money (MYR) where yes or no is asked"),
        ("amount <= my.money.none", "no book has a value my.money.none"),
        ("amount <= my.fee", "no book has a value my.fee"),
        ("amount <= my.day", "no book has a value my.day"),
        ("amount <= 5000", "5000: a figure is a value of the rulebook"),
        ("amount <= 1.0", "1.0: a figure is a value of the rulebook"),
        ("amount <= 1", "1 of money (MYR): a figure is a value of the rulebook"),
        ("screening_days < 1", "1 of duration (days): a figure is a value of the rulebook"),
        ("amount <= 1 + 1", "+ of a bare number: a figure is a value of the rulebook"),
        ("owner_share <= 1 - 0", "- of a bare number: a figure is a value of the rulebook"),
        ("amount <= factors * 1", "* of a bare number: a figure is a value of the rulebook"),
        ("amount <= 1 * my.ratio", "* of a bare number: a figure is a value of the rulebook"),
        ("amount <= pk.money", "money (MYR) <= money (PKR)"),
        ("amount <= my.days", "money (MYR) <= duration (days)"),
        ("screening_days <= my.hours", "duration (days) <= duration (hours)"),
        ("amount + screening_days <= my.days", "money (MYR) + duration (days)"),
        ("amount <= owner_share", "money (MYR) <= ratio"),
        ("amount * amount <= my.money.low", "money (MYR) times money (MYR)"),
        ("amount * my.days <= my.money.low", "money (MYR) times duration (days)"),
        ("active_users * owner_share <= my.ratio", "count <= ratio"),
        ("biometric + document", "+ between flag and flag"),
        ("biometric < document", "flags have no order"),
        ("biometric == factors", "flag == count"),
        ("biometric == 1", "flag == count (any)"),
        ('pep < "none"', "choices have no order"),
        ('pep == "nobody"', "pep is never 'nobody'"),
        ('pep in ("none", "nobody")', "pep is never 'nobody'"),
        ("pep in (pep,)", "a list holds texts in quotes"),
        ("pep in (0,)", "a list holds texts in quotes"),
        ("pep in ()", "an empty list"),
        ('amount in ("a", "b")', "money (MYR) in code"),
        ('amount + amount in ("a",)', "money (MYR) in code"),
        ('1 in ("a",)', "count (any) in code"),
        ('originator_data in ("name",)', "codes in code"),
        ('biometric in ("true",)', "flag in code"),
        ("amount in my.codes", "money (MYR) in codes"),
        ("originator_data in beneficiary_data", "codes in codes"),
        ("originator_data == my.codes", "of sets only <= is asked"),
        ("my.codes < originator_data", "of sets only <= is asked"),
        ('"shoe_size" in originator_data', "originator_data is never 'shoe_size'"),
        ('originator_data == "name"', "codes == code"),
        ("my.family[pep] <= amount", "an index is one of way, country"),
        ('my.family["way"] <= amount', "an index is one of way, country"),
        ("my.family[way][way] <= amount", "Subscript has no place in a value's name"),
        ("my.nothing[way] <= amount", "no book has a value my.nothing"),
        ("my.family[way] <= amount", "money (local) <= money (MYR)"),
        ("my().limit <= amount", "Call has no place in a value's name"),
        ('"a".upper <= amount', "Constant has no place in a value's name"),
        ("amount <= my.money.low <= amount", "Compare has no place in a rule"),
        ("biometric is document", "Is has no place in a rule"),
        ("-amount <= my.money.low", "UnaryOp has no place in a rule"),
        ("amount / my.count <= my.money.low", "Div has no place in a rule"),
        ("len(originator_data) <= my.count", "Call has no place in a rule"),
        ("biometric if document else true", "IfExp has no place in a rule"),
        ("(x := biometric)", "NamedExpr has no place in a rule"),
        ("lambda: true", "Lambda has no place in a rule"),
        ("[x for x in originator_data]", "ListComp has no place in a rule"),
        ('f"{pep}" == pep', "JoinedStr has no place in a rule"),
        ("biometric, document", "Tuple has no place in a rule"),
        ("biometric = document", "cannot be read: invalid syntax"),
        ("biometric and", "cannot be read: invalid syntax"),
        ("import os", "cannot be read: invalid syntax"),
        ("None == pep", "None: a figure is a value of the rulebook"),
        ("b'a' == pep", "b'a': a figure is a value of the rulebook"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(text, problem):
    with pytest.raises(BadExpressionError) as caught:
        parse(text, SCOPE)
    assert problem in str(caught.value)


# what is compiled

STATEMENTS = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Assign, ast.If, ast.Return),
    *(ast.Expr, ast.Pass, ast.Call, ast.Tuple, ast.Store, ast.Is, ast.IsNot, ast.Constant),
    *(ast.FloorDiv, ast.USub, ast.ListComp, ast.comprehension),
)
LOCALS = {"act", "trace", "unknown", "sender", "recipient", "worst", "first", "step", "Step"}
TELLING = {"absent", "name", "fact", "tuple"}
"""With what a function tells which facts are missing."""
MISSING = re.compile(r"(sender|recipient|act)\.[a-z_]+")


def fits(name: str) -> bool:
    """Whether a name of the compiled text is one of its own, a fact, a constant or an exception."""
    return (
        name in LOCALS | TELLING
        or (name[0] in "Kx" and name[1:].isdigit())
        or (name[:2] in {"s_", "r_"} and name[2:] in PARTY_FACTS)
        or (name[:2] == "c_" and name[2:] in COMMON_FACTS)
    )


def names_nothing_else(text: str, constants: dict[str, Any]) -> None:
    tree = ast.parse(text)
    assert {type(node) for node in ast.walk(tree)} <= {*ALLOWED, *STATEMENTS} - {ast.Subscript}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            assert fits(node.id)
            assert node.id == "tuple" or node.id not in dir(builtins)
        elif isinstance(node, ast.Attribute):
            assert isinstance(node.value, ast.Name)
            reached = {"sender": Party, "recipient": Party, "act": Facts}[node.value.id]
            assert node.attr in reached.__struct_fields__
        elif isinstance(node, ast.Call):
            assert node.func.id in {"trace", "unknown", "Step", "tuple"}
        elif isinstance(node, ast.Constant):
            told = node.value
            assert told is None or isinstance(told, int) or MISSING.fullmatch(told)
    assert constants.keys() - {"Step", "tuple"} == {n for n in constants if re.match(r"K\d", n)}


@settings(quick, max_examples=100)
@given(conditions, conditions, conditions)
def test_what_is_compiled_names_facts_and_constants_and_no_builtin(when, requires, other):
    rules = [
        rule(when=when, requires=requires),
        rule(id="my.exception", exception_of="my.daily", when=other, requires=when),
        duty(Duty.IDENTITY, id="my.duty", when=requires),
    ]
    rulebook = book(FIGURES, rules)
    key = flow.pack_for(rulebook, account(), ON).key
    for traced in (True, False):
        names_nothing_else(*emitting.source(resolve(rulebook, key), traced=traced))
