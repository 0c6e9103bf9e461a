"""The language rules are written in: a closed part of Python's syntax, checked for types and units.

An expression reaches its facts and the rulebook's values, and nothing else: every other kind of
node is an error. A number is 0 or 1; any other figure is a value of the rulebook.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qantara.policy.language.vocabulary import FACTS, INDEX, FactType

LONGEST = 2_000
"""Characters of one expression."""
DEEPEST = 40
"""Levels of one expression."""
LOCAL = "local"
"""The currency of the side a rule speaks of, where the book has none of its own."""


class BadExpressionError(Exception):
    """What is wrong with an expression, in words."""


@dataclass(frozen=True, slots=True)
class Type:
    """`unit`: currency, unit of time, or what is counted. Zero fits every number."""

    kind: FactType
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.kind} ({self.unit})" if self.unit else str(self.kind)


FLAG = Type(FactType.FLAG)
ANY_NUMBER = Type(FactType.COUNT, "any")
TEXT = Type(FactType.CODE)
WHOLE_RATIO = 1_000_000
NUMBERS = {FactType.MONEY, FactType.COUNT, FactType.DURATION, FactType.RATIO}


@dataclass(frozen=True, slots=True)
class FactRef:
    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class ValueRef:
    """A value of the rulebook; `index` names what completes its id when a pack is compiled."""

    id: str
    index: str | None
    type: Type


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | bool | int | frozenset[str] | None
    type: Type


@dataclass(frozen=True, slots=True)
class Not:
    operand: "Node"
    type: Type = FLAG


@dataclass(frozen=True, slots=True)
class Joined:
    """`and` or `or` over two or more."""

    word: str
    operands: tuple["Node", ...]
    type: Type = FLAG


@dataclass(frozen=True, slots=True)
class Compared:
    """`operator` is one of == != < <= > >= between numbers, choices or flags; `in` of a code in a
    set; `subset` of sets.
    """

    operator: str
    left: "Node"
    right: "Node"
    type: Type = FLAG


@dataclass(frozen=True, slots=True)
class OneOf:
    left: "Node"
    choices: tuple[str, ...]
    type: Type = FLAG


@dataclass(frozen=True, slots=True)
class Sum:
    """`operator` is + - or *; of a product at most one factor is not a ratio or a count."""

    operator: str
    left: "Node"
    right: "Node"
    type: Type


Node = FactRef | ValueRef | Literal | Not | Joined | Compared | OneOf | Sum
TypeOfValue = Callable[[str, str | None], Type | None]
"""The type of a value by id and index word; None where no book has such a value."""

_COMPARISONS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_SUMS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may name: the currency of its side, and the values there are."""

    currency: str
    value_type: TypeOfValue


def parse(text: str, scope: Scope) -> Node:
    """The checked tree of a condition; `BadExpressionError` says what is wrong."""
    if len(text) > LONGEST:
        raise BadExpressionError(f"longer than {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadExpressionError(f"cannot be read: {error}") from None
    node = _node(tree.body, scope, 0)
    _want_flag(node)
    return node


def _node(node: ast.expr, scope: Scope, depth: int) -> Node:
    if depth > DEEPEST:
        raise BadExpressionError(f"deeper than {DEEPEST} levels")
    deeper = depth + 1
    match node:
        case ast.Constant():
            return _literal(node.value)
        case ast.Name():
            return _name(node.id, scope)
        case ast.Attribute() | ast.Subscript():
            return _value(node, scope)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Not(_want_flag(_node(operand, scope, deeper)))
        case ast.BoolOp(op=op, values=values):
            word = "and" if isinstance(op, ast.And) else "or"
            return Joined(word, tuple(_want_flag(_node(v, scope, deeper)) for v in values))
        case ast.BinOp(left=left, op=op, right=right):
            return _sum(op, _node(left, scope, deeper), _node(right, scope, deeper))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compare(left, op, right, scope, deeper)
        case _:
            raise BadExpressionError(f"{type(node).__name__} has no place in a rule")


def _literal(value: object) -> Literal:
    if isinstance(value, bool):
        return Literal(value, FLAG)
    if isinstance(value, str):
        return Literal(value, TEXT)
    if isinstance(value, int) and value in {0, 1}:
        return Literal(value, ANY_NUMBER)
    raise BadExpressionError(f"{value!r}: a figure is a value of the rulebook")


def _name(name: str, scope: Scope) -> Node:
    if name in {"true", "false"}:
        return Literal(name == "true", FLAG)
    fact = FACTS.get(name)
    if fact is None:
        raise BadExpressionError(f"{name!r} is no fact")
    unit = scope.currency if fact.type is FactType.MONEY else fact.unit
    return FactRef(name, Type(fact.type, unit))


def _value(node: ast.Attribute | ast.Subscript, scope: Scope) -> ValueRef:
    index: str | None = None
    inner: ast.expr = node
    if isinstance(node, ast.Subscript):
        if not isinstance(node.slice, ast.Name) or node.slice.id not in INDEX:
            raise BadExpressionError(f"an index is one of {', '.join(INDEX)}")
        index, inner = node.slice.id, node.value
    parts: list[str] = []
    while isinstance(inner, ast.Attribute):
        parts.append(inner.attr)
        inner = inner.value
    if not isinstance(inner, ast.Name):
        raise BadExpressionError(f"{type(inner).__name__} has no place in a value's name")
    id_ = ".".join([inner.id, *reversed(parts)])
    found = scope.value_type(id_, index)
    if found is None:
        raise BadExpressionError(f"no book has a value {id_}")
    return ValueRef(id_, index, found)


def _sum(op: ast.operator, left: Node, right: Node) -> Sum:
    word = _SUMS.get(type(op))
    if word is None:
        raise BadExpressionError(f"{type(op).__name__} has no place in a rule")
    for side in (left, right):
        if side.type.kind not in NUMBERS:
            raise BadExpressionError(f"{word} between {left.type} and {right.type}")
    if ANY_NUMBER in {left.type, right.type} and (word == "*" or left.type == right.type):
        raise BadExpressionError(f"{word} of a bare number: a figure is a value of the rulebook")
    if word != "*":
        type_ = _same(left.type, right.type, word)
        return Sum(word, _settled(left, type_), _settled(right, type_), type_)
    return Sum(word, left, right, _product(left.type, right.type))


def _product(left: Type, right: Type) -> Type:
    """A share of a count is a count, and a share or a multiple of anything else is that thing."""
    scalars = (FactType.RATIO, FactType.COUNT)
    ranked = sorted((left, right), key=lambda t: scalars.index(t.kind) if t.kind in scalars else 2)
    if ranked[0].kind not in scalars:
        raise BadExpressionError(f"{left} times {right}")
    return ranked[1]


def _compare(left: ast.expr, op: ast.cmpop, right: ast.expr, scope: Scope, depth: int) -> Node:
    first = _node(left, scope, depth)
    if isinstance(op, ast.In | ast.NotIn):
        found = _membership(first, right, scope, depth)
        return Not(found) if isinstance(op, ast.NotIn) else found
    word = _COMPARISONS.get(type(op))
    if word is None:
        raise BadExpressionError(f"{type(op).__name__} has no place in a rule")
    second = _node(right, scope, depth)
    kinds = {first.type.kind, second.type.kind}
    if kinds == {FactType.CODES}:
        if word != "<=":
            raise BadExpressionError("of sets only <= is asked: all of the left are in the right")
        return Compared("subset", first, second)
    if kinds <= {FactType.CHOICE, FactType.CODE}:
        _check_choice(word, first, second)
    elif kinds == {FactType.FLAG}:
        _only_equality(word, "flags")
    else:
        type_ = _same(first.type, second.type, word)
        first, second = _settled(first, type_), _settled(second, type_)
    return Compared(word, first, second)


def _settled(node: Node, type_: Type) -> Node:
    """A bare 0 or 1 as what it stands beside: a ratio of 1 is a million millionths."""
    if not isinstance(node, Literal) or node.type != ANY_NUMBER:
        return node
    if node.value == 1 and type_.kind in {FactType.MONEY, FactType.DURATION}:
        raise BadExpressionError(f"1 of {type_}: a figure is a value of the rulebook")
    unit = WHOLE_RATIO if type_.kind is FactType.RATIO else 1
    return Literal(unit if node.value else 0, type_)


def _membership(first: Node, right: ast.expr, scope: Scope, depth: int) -> Node:
    if isinstance(right, ast.Tuple | ast.List):
        choices = []
        for element in right.elts:
            literal = _node(element, scope, depth)
            if not isinstance(literal, Literal) or not isinstance(literal.value, str):
                raise BadExpressionError("a list holds texts in quotes")
            _check_choice("in", first, literal)
            choices.append(literal.value)
        if not choices:
            raise BadExpressionError("an empty list")
        return OneOf(first, tuple(choices))
    second = _node(right, scope, depth)
    if second.type.kind is not FactType.CODES or first.type.kind not in {
        FactType.CODE,
        FactType.CHOICE,
    }:
        raise BadExpressionError(f"{first.type} in {second.type}")
    if isinstance(first, Literal) and isinstance(second, FactRef):
        _among(str(first.value), second.name)
    return Compared("in", first, second)


def _check_choice(word: str, first: Node, second: Node) -> None:
    if word != "in":
        _only_equality(word, "choices")
    for fact, literal in ((first, second), (second, first)):
        if isinstance(fact, FactRef) and isinstance(literal, Literal):
            _among(str(literal.value), fact.name)
    if {first.type.kind, second.type.kind} - {FactType.CHOICE, FactType.CODE}:
        raise BadExpressionError(f"{first.type} {word} {second.type}")


def _among(text: str, fact: str) -> None:
    choices = FACTS[fact].choices
    if choices and text not in choices:
        raise BadExpressionError(f"{fact} is never {text!r}")


def _only_equality(word: str, things: str) -> None:
    if word not in {"==", "!="}:
        raise BadExpressionError(f"{things} have no order")


def _same(left: Type, right: Type, word: str) -> Type:
    for one, other in ((left, right), (right, left)):
        if one == ANY_NUMBER and other.kind in NUMBERS:
            return other
    countable = left.kind is right.kind is FactType.COUNT
    if left.kind not in NUMBERS or (left != right and not countable):
        raise BadExpressionError(f"{left} {word} {right}")
    return left


def _want_flag(node: Node) -> Node:
    if node.type.kind is not FactType.FLAG:
        raise BadExpressionError(f"{node.type} where yes or no is asked")
    return node


def walk(node: Node) -> Iterator[Node]:
    """Every node below and including this one."""
    yield node
    match node:
        case Not(operand=operand):
            yield from walk(operand)
        case Joined(operands=operands):
            for each in operands:
                yield from walk(each)
        case Compared(left=left, right=right) | Sum(left=left, right=right):
            yield from walk(left)
            yield from walk(right)
        case OneOf(left=left):
            yield from walk(left)
        case _:
            return


def facts_in(node: Node) -> tuple[str, ...]:
    """Names of the facts, once each, in order."""
    return tuple(dict.fromkeys(n.name for n in walk(node) if isinstance(n, FactRef)))


def values_in(node: Node) -> tuple[ValueRef, ...]:
    return tuple(dict.fromkeys(n for n in walk(node) if isinstance(n, ValueRef)))


def parts(node: Node) -> tuple[Node, ...]:
    """The conditions that must all hold."""
    if isinstance(node, Joined) and node.word == "and":
        return tuple(part for operand in node.operands for part in parts(operand))
    return (node,)
