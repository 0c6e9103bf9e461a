"""All situations that conditions can tell apart, merged to rows where the answer is the same."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeVar

from msgspec import Struct

from qantara.policy.deciding.decision import Raw, shown
from qantara.policy.deciding.emitting import variable
from qantara.policy.language.expression import (
    FLAG,
    NUMBERS,
    Compared,
    FactRef,
    Joined,
    Literal,
    Node,
    Not,
    OneOf,
    Sum,
    Type,
    walk,
)
from qantara.policy.language.meaning import evaluate, sides
from qantara.policy.language.vocabulary import COMMON_FACTS, FACTS, FactType, Side

ELSE = "\N{HORIZONTAL ELLIPSIS}"
"""A code that no rule speaks of."""
Answer = TypeVar("Answer", bound=Hashable)
Range = tuple[int, int | None]


class Condition(Struct, frozen=True):
    """A fact is one of `among`, none of `besides`, or lies `between` (both ends included, no
    number below zero); or `tree`, which is more than one fact against a figure, is as `holds` says.
    """

    side: Side
    fact: str
    type: Type
    among: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    between: tuple[Range, ...] = ()
    holds: bool | None = None
    tree: Node | None = None

    @property
    def key(self) -> str:
        return variable(self.side, self.fact)

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "side": "act" if self.fact in COMMON_FACTS else self.side.value,
            "fact": self.fact,
        }
        if self.among:
            told["is"] = list(self.among)
        if self.besides:
            told["is_not"] = list(self.besides)
        if self.between:
            told["between"] = [
                [None if end is None else shown(end, self.type) for end in ends]
                for ends in self.between
            ]
        if self.holds is not None:
            told["holds"] = self.holds
        return told

    @property
    def words(self) -> str:
        """The condition in one line, as a terminal shows it."""
        told = self.to_json()
        name = self.fact if told["side"] == "act" else f"{told['side']} {self.fact}"
        if self.holds is not None:
            return name if self.holds else f"not {name}"
        if self.between:
            spans = (
                f"from {first}" if last is None else f"{first} to {last}"
                for first, last in told["between"]
            )
            return f"{name} {' or '.join(spans)}"
        others = f"none of {', '.join(self.besides)}"
        return f"{name} {others if self.besides else ' or '.join(self.among)}"


class Class(Struct, frozen=True):
    """A part of what one fact can be that no condition divides; `example` lies in it."""

    example: str | int | bool
    between: Range | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """A fact with its classes; `tree` where it stands for a whole comparison."""

    side: Side
    fact: str
    type: Type
    classes: tuple[Class, ...]
    tree: Node | None = None

    @property
    def key(self) -> str:
        return variable(self.side, self.fact)

    def condition(self, classes: Sequence[Class]) -> Condition:
        """These classes as one condition."""
        if self.type.kind in NUMBERS:
            return Condition(self.side, self.fact, self.type, between=_merged(classes))
        examples = [each.example for each in classes]
        if self.type.kind is FactType.FLAG:
            told = bool(examples[0])
            return Condition(self.side, self.fact, self.type, holds=told, tree=self.tree)
        if ELSE in examples:
            others = tuple(str(c.example) for c in self.classes if c not in classes)
            return Condition(self.side, self.fact, self.type, besides=others)
        return Condition(self.side, self.fact, self.type, among=tuple(map(str, examples)))


def _merged(classes: Sequence[Class]) -> tuple[Range, ...]:
    found: list[Range] = []
    for first, last in (each.between for each in classes if each.between is not None):
        if found and found[-1][1] == first - 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return tuple(found)


def worded(node: Node) -> str:
    """A condition as a person writes it, with its figures."""
    match node:
        case FactRef(name=name):
            return name
        case Literal(value=value, type=type_):
            return shown(value, type_)
        case Not(operand=operand):
            return f"not {worded(operand)}"
        case Joined(word=word, operands=operands):
            return "(" + f" {word} ".join(worded(each) for each in operands) + ")"
        case OneOf(left=left, choices=choices):
            return f"{worded(left)} in ({', '.join(choices)})"
        case Compared(operator="subset", left=left, right=right):
            return f"({worded(left)}) all in {worded(right)}"
        case Compared(operator=operator, left=left, right=right):
            return f"{worded(left)} {operator} {worded(right)}"
        case Sum(operator=operator, left=left, right=right):
            return f"({worded(left)} {operator} {worded(right)})"
        case _:
            return node.id


def opened(node: Node) -> Node:
    """The tree with every comparison that is not one fact against figures as a flag of its own,
    named by its words.
    """
    match node:
        case Not(operand=operand):
            return Not(opened(operand))
        case Joined(word=word, operands=operands):
            return Joined(word, tuple(opened(each) for each in operands))
        case Compared() | OneOf():
            return node if _simple(node) else FactRef(worded(node), FLAG)
        case _:
            return node


def _simple(node: Compared | OneOf) -> bool:
    if isinstance(node, OneOf):
        return isinstance(node.left, FactRef)
    if node.operator == "subset":
        return False
    if node.operator == "in":
        return isinstance(node.left, FactRef) and isinstance(node.right, Literal)
    _, seen, bound = sides(node)
    return isinstance(seen, FactRef) and isinstance(bound, Literal)


def holds(tree: Node, side: Side, at: Mapping[str, Raw]) -> bool:
    """Whether an opened condition holds where the axes have these values."""
    names = {n.name for n in walk(tree) if isinstance(n, FactRef)}
    return bool(evaluate(tree, {name: at[variable(side, name)] for name in names}))


def axes(trees: Iterable[tuple[Side, Node]]) -> list[Axis]:
    """Every fact that conditions look at, divided where they divide it."""
    found: dict[str, Axis] = {}
    marks: dict[str, set[str | int]] = {}
    for side, tree in trees:
        wholes = {
            worded(node): node
            for node in walk(tree)
            if isinstance(node, Compared | OneOf) and not _simple(node)
        }
        for node in walk(opened(tree)):
            if isinstance(node, FactRef):
                whole = wholes.get(node.name)
                axis = Axis(side, node.name, node.type, (), whole)
                found.setdefault(axis.key, axis)
            elif isinstance(node, Compared | OneOf):
                name, at = _marked(node)
                marks.setdefault(variable(side, name), set()).update(at)
    return [
        replace(axis, classes=_classes(axis, marks.get(key, ()))) for key, axis in found.items()
    ]


def _marked(node: Compared | OneOf) -> tuple[str, Collection[str | int]]:
    """The fact of a simple comparison, and where it divides it."""
    if isinstance(node, OneOf):
        return getattr(node.left, "name", ""), node.choices
    pair = ("in", node.left, node.right) if node.operator == "in" else sides(node)
    operator, seen, bound = pair
    name = getattr(seen, "name", "")
    value = bound.value if isinstance(bound, Literal) else None
    match value:
        case frozenset():
            return name, value
        case str():
            return name, (value,)
        case int() if seen.type.kind in NUMBERS:
            ends = {"<": (value,), ">=": (value,), "<=": (value + 1,), ">": (value + 1,)}
            return name, ends.get(operator, (value, value + 1))
        case _:
            return name, ()


def _classes(axis: Axis, marks: Collection[str | int]) -> tuple[Class, ...]:
    if axis.type.kind is FactType.FLAG:
        return (Class(example=True), Class(example=False))
    if axis.type.kind in NUMBERS:
        ends = sorted({0, *(mark for mark in marks if isinstance(mark, int))})
        last = ends[-1]
        between = [(first, last - 1) for first, last in pairwise(ends)]
        return (
            *(Class(first, (first, last)) for first, last in between),
            Class(last, (last, None)),
        )
    told = sorted(str(mark) for mark in marks)
    choices = FACTS[axis.fact].choices
    rest = () if choices and set(choices) <= set(told) else (Class(ELSE),)
    return (*(Class(each) for each in told), *rest)


@dataclass(frozen=True, slots=True)
class _Fork:
    axis: Axis
    branches: tuple[tuple[tuple[Class, ...], Any], ...]


def rows(
    along: Sequence[Axis], answer: Callable[[Mapping[str, Raw]], Answer]
) -> Iterator[tuple[tuple[Condition, ...], Answer]]:
    """The answer in every cell, cells of one answer joined wherever one fact alone parts them."""
    yield from _paths(_grown(along, {}, answer), ())


def _grown(
    along: Sequence[Axis],
    at: Mapping[str, Raw],
    answer: Callable[[Mapping[str, Raw]], Answer],
) -> Any:
    if not along:
        return answer(at)
    axis = along[0]
    branches: dict[Any, list[Class]] = {}
    for each in axis.classes:
        grown = _grown(along[1:], {**at, axis.key: each.example}, answer)
        branches.setdefault(grown, []).append(each)
    if len(branches) == 1:
        return next(iter(branches))
    return _Fork(axis, tuple((tuple(classes), sub) for sub, classes in branches.items()))


def _paths(tree: Any, above: tuple[Condition, ...]) -> Iterator[tuple[tuple[Condition, ...], Any]]:
    if not isinstance(tree, _Fork):
        yield above, tree
        return
    for classes, sub in tree.branches:
        yield from _paths(sub, (*above, tree.axis.condition(classes)))
