"""Rules of one day as NumPy text: every condition a mask over many acts at once.

Says what `emitting` says. A fact without a column is unknown in every row, so what needs it is
never decided; of a complete column nobody asks whether it is known. Text constants are numbered:
their codes are known only when columns are there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qantara.errors import Malformed, Reason
from qantara.policy.deciding.decision import Finding
from qantara.policy.deciding.emitting import ten, variable
from qantara.policy.deciding.resolving import Bound, Part
from qantara.policy.language.expression import (
    NUMBERS,
    Compared,
    FactRef,
    Joined,
    Literal,
    Node,
    Not,
    OneOf,
    Sum,
    facts_in,
    walk,
)
from qantara.policy.language.meaning import evaluate, places_of_product
from qantara.policy.language.vocabulary import FACTS, FactType, Side

YES, NO = "True", "False"
DUE, NOTED, FAILED = 1, 2, 3
"""What a rule weighs in a row; 0 where it says nothing."""
INT64 = (-(2**63) + 1, 2**63 - 1)
"""What a number of a row may be: the least number of all stands for what is not known."""
Bounds = tuple[int, int]
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_OWNERS = {"s": "sender.", "r": "recipient.", "c": ""}


def path_of(name: str) -> str:
    """The column of a local name: `sender.amount`, `purpose`."""
    return _OWNERS[name[0]] + name[2:]


def names_of(bound: Sequence[Bound]) -> tuple[str, ...]:
    """Local names of all facts that the rules look at."""
    found = {
        variable(each.side, fact): None
        for each in bound
        for part in (*each.when, *each.requires)
        for fact in part.facts
    }
    return tuple(found)


@dataclass(slots=True)
class Text:
    """The text of one function as it grows. `complete` says of each column that is there whether
    all of it is known.
    """

    complete: Mapping[str, bool]
    marked: bool
    lines: list[str] = field(default_factory=list)
    constants: list[str | frozenset[str]] = field(default_factory=list)
    used: dict[str, None] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)
    holding: set[int] = field(default_factory=set)

    def put(self, text: str) -> None:
        self.lines.append(f"    {text}")

    def constant(self, value: str | frozenset[str]) -> str:
        if value not in self.constants:
            self.constants.append(value)
        return f"K{self.constants.index(value)}"

    def var(self, side: Side, fact: str) -> str:
        name = variable(side, fact)
        self.used[name] = None
        return name

    def known(self, side: Side, facts: Sequence[str]) -> list[str] | None:
        """The masks of rows in which all of these are known; None if there is no such row."""
        names = [variable(side, fact) for fact in facts]
        if not all(name in self.complete for name in names):
            return None
        partial = [name for name in names if not self.complete[name]]
        self.used.update(dict.fromkeys(partial))
        self.asked.update(dict.fromkeys(partial))
        return [f"n_{name}" for name in partial]


def mask(t: Text, side: Side, tree: Node) -> str:
    """A condition as text; `True` or `False` where it is the same in every row."""
    if not facts_in(tree):
        return YES if evaluate(tree, {}) else NO
    match tree:
        case FactRef(name=name):
            return f"({t.var(side, name)} == 1)"
        case Not(operand=operand):
            return opposite(t, side, operand)
        case Joined(word=word, operands=operands):
            return _joined(word, [mask(t, side, each) for each in operands])
        case OneOf(left=left, choices=choices):
            return _among(t, thing(t, side, left), choices)
        case Compared(operator="subset", left=left, right=right):
            return f"(({thing(t, side, left)} & ~{thing(t, side, right)}) == 0)"
        case Compared(operator="in", left=left, right=right):
            return _in(t, side, left, right)
        case Compared(operator=operator, left=left, right=right) if left.type.kind in NUMBERS:
            return _numbers(t, side, operator, left, right)
        case Compared(operator=operator, left=left, right=right):
            kind = {left.type.kind, right.type.kind}
            of = mask if kind == {FactType.FLAG} else thing
            return f"({of(t, side, left)} {operator} {of(t, side, right)})"
        case _:
            raise TypeError(f"{tree} is no condition")


def opposite(t: Text, side: Side, tree: Node) -> str:
    """Where a condition does not hold."""
    if isinstance(tree, Not):
        return mask(t, side, tree.operand)
    if isinstance(tree, Compared) and tree.operator in _OPPOSITE and facts_in(tree):
        return mask(t, side, Compared(_OPPOSITE[tree.operator], tree.left, tree.right))
    found = mask(t, side, tree)
    return {YES: NO, NO: YES}.get(found, f"~{found}")


def _joined(word: str, masks: Sequence[str]) -> str:
    settling, idle = (NO, YES) if word == "and" else (YES, NO)
    if settling in masks:
        return settling
    told = [each for each in masks if each != idle]
    return "(" + (" & " if word == "and" else " | ").join(told) + ")" if told else idle


def _among(t: Text, left: str, choices: Sequence[str]) -> str:
    return "(" + " | ".join(f"({left} == {t.constant(each)})" for each in choices) + ")"


def _in(t: Text, side: Side, left: Node, right: Node) -> str:
    if isinstance(left, Literal):
        return f"(({thing(t, side, right)} & {t.constant(frozenset({str(left.value)}))}) != 0)"
    if isinstance(right, Literal) and isinstance(right.value, frozenset):
        return _among(t, thing(t, side, left), sorted(right.value)) if right.value else NO
    return f"((BITS[{thing(t, side, left)}] & {thing(t, side, right)}) != 0)"


def thing(t: Text, side: Side, tree: Node) -> str:
    """A choice, a code or a set as text."""
    match tree:
        case FactRef(name=name):
            return t.var(side, name)
        case Literal(value=str(value)):
            return t.constant(value)
        case Literal(value=frozenset() as value):
            return t.constant(value)
        case _:
            raise TypeError(f"{tree} is neither choice, code nor set")


def _numbers(t: Text, side: Side, operator: str, left: Node, right: Node) -> str:
    (one, ones), (other, others) = number(t, side, left), number(t, side, right)
    return f"({one}{ten(others)} {operator} {other}{ten(ones)})"


def number(t: Text, side: Side, tree: Node) -> tuple[str, int]:
    """A number as text, and the decimal places it carries beyond its unit."""
    match tree:
        case Literal(value=value):
            return repr(value), 0
        case FactRef(name=name):
            return t.var(side, name), 0
        case Sum(operator=operator, left=left, right=right):
            (one, ones), (other, others) = number(t, side, left), number(t, side, right)
            if operator == "*":
                return f"({one} * {other})", ones + others + places_of_product(tree)
            return f"({one}{ten(others)} {operator} {other}{ten(ones)})", ones + others
        case _:
            raise TypeError(f"{tree} is no number")


def _conditions(t: Text, each: Bound) -> list[str] | None:
    """The masks of which all must hold where the rule applies; None if it applies nowhere, or
    if no text says where.
    """
    found: list[str] = []
    for part in each.when:
        known = t.known(each.side, part.facts)
        if part.tree is None or known is None:
            return None
        told = mask(t, each.side, part.tree)
        if told == NO:
            return None
        found += [*known, told] if told != YES else known
    return list(dict.fromkeys(found))


def _rule(t: Text, place: int, each: Bound, *, holds: bool) -> None:
    told = _conditions(t, each)
    if told is None:
        return
    told += [f"~x{other}" for other in each.instead if other in t.holding]
    t.put(f"# {each.rule.id}")
    t.put(f"a = {' & '.join(told) or 'everywhere'}")
    if holds:
        t.holding.add(place)
        t.put(f"x{place} = a")
    if each.rule.effect.is_duty:
        _weigh(t, place, "a", DUE)
        return
    for part in each.requires:
        _required(t, place, each, part)


def _required(t: Text, place: int, each: Bound, part: Part) -> None:
    weight = FAILED if part.frame.failing is Finding.FAILED else NOTED
    if part.tree is None:
        if part.fails:
            _weigh(t, place, "a", weight)
        return
    known = t.known(each.side, part.facts)
    if known is None:
        return
    wrong = opposite(t, each.side, part.tree)
    if wrong != NO:
        _weigh(t, place, " & ".join(["a", *known, *([wrong] if wrong != YES else [])]), weight)


def _weigh(t: Text, place: int, rows: str, weight: int) -> None:
    t.put(f"b = {rows}")
    if weight == FAILED:
        t.put("if some(b):")
        t.put(f"    copyto(first, {place}, where=b & ~refused)")
        t.put("    refused |= b")
    else:
        t.put(f"{'noted' if weight == NOTED else 'due'} |= b")
    if t.marked:
        t.put(f"copyto(marks[{place}], {weight}, where=b & (marks[{place}] < {weight}))")


def write(
    bound: Sequence[Bound], complete: Mapping[str, bool], *, marked: bool
) -> tuple[str, Text]:
    """The text of `judge(columns, constants, everywhere, refused, noted, due, first, marks)`."""
    t = Text(complete, marked)
    replaced = {place for each in bound for place in each.instead}
    for place, each in enumerate(bound):
        _rule(t, place, each, holds=place in replaced)
    heads = [f"{name} = columns[{path_of(name)!r}]" for name in t.used]
    heads += [f"K{place} = constants[{place}]" for place in range(len(t.constants))]
    heads += [f"n_{name} = {name} {_known_test(name)}" for name in t.asked]
    given = "columns, constants, BITS, everywhere, refused, noted, due, first, marks"
    lines = [f"def judge({given}):", *(f"    {head}" for head in heads), *t.lines, "    return", ""]
    return "\n".join(lines), t


def _known_test(name: str) -> str:
    return ">= 0" if known_above(path_of(name)) else "!= UNKNOWN"


def known_above(path: str) -> bool:
    """Whether -1 stands for what is not known of a fact: it is a code, not a number."""
    return FACTS[path.rpartition(".")[2]].type not in NUMBERS


def check_range(bound: Sequence[Bound], bounds: Callable[[str], Bounds | None]) -> None:
    """`Malformed` if a sum or product of a rule could pass 64 bits with what the columns hold."""
    for each in bound:
        for part in (*each.when, *each.requires):
            for tree in () if part.tree is None else _sums_in(part.tree):
                if all(bounds(variable(each.side, fact)) for fact in facts_in(tree)):
                    _check_tree(each, tree, bounds)


def _sums_in(tree: Node) -> Iterator[Compared]:
    for node in walk(tree):
        if isinstance(node, Compared) and any(isinstance(each, Sum) for each in walk(node)):
            yield node


def _check_tree(each: Bound, tree: Compared, bounds: Callable[[str], Bounds | None]) -> None:
    def widest(node: Node) -> tuple[Bounds, int]:
        """From the least to the greatest that it can be, and its decimal places."""
        match node:
            case FactRef(name=name):
                return bounds(variable(each.side, name)) or (0, 0), 0
            case Literal(value=int(value)):
                return (value, value), 0
            case Sum(operator=operator, left=left, right=right):
                first, second = widest(left), widest(right)
                if operator == "*":
                    places = first[1] + second[1] + places_of_product(node)
                    fitting(node, first[0])
                    fitting(node, second[0])
                    return fitting(node, _products(first[0], second[0])), places
                one, other = level(node, first, second)
                found = _differences(one, other) if operator == "-" else _totals(one, other)
                return fitting(node, found), first[1] + second[1]
            case _:
                raise TypeError(f"{node} is no number")

    def level(
        node: Node, first: tuple[Bounds, int], second: tuple[Bounds, int]
    ) -> tuple[Bounds, Bounds]:
        one = _products(first[0], (10 ** second[1],) * 2)
        other = _products(second[0], (10 ** first[1],) * 2)
        return fitting(node, one), fitting(node, other)

    def fitting(node: Node, found: Bounds) -> Bounds:
        facts = facts_in(node)
        if facts and not (INT64[0] <= found[0] and found[1] <= INT64[1]):
            raise Malformed(
                Reason.FIELD_INVALID,
                param=" ".join(path_of(variable(each.side, fact)) for fact in facts),
                value=f"{found[0]} to {found[1]} passes 64 bits in rule {each.rule.id}",
            )
        return found

    level(tree, widest(tree.left), widest(tree.right))


def _products(one: Bounds, other: Bounds) -> Bounds:
    corners = [first * second for first in one for second in other]
    return min(corners), max(corners)


def _totals(one: Bounds, other: Bounds) -> Bounds:
    return one[0] + other[0], one[1] + other[1]


def _differences(one: Bounds, other: Bounds) -> Bounds:
    return one[0] - other[1], one[1] - other[0]
