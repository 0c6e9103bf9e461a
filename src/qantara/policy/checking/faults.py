"""Faults that a hurried hand puts into a rulebook, one at a time."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from qantara.errors import Malformed, Reason
from qantara.money import Money
from qantara.policy.books import datum
from qantara.policy.books.entries import Citation, Datum, Entry, Fee, Rule, Value, ValueType
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.books.writing import datum_json
from qantara.policy.deciding.decision import MILLION
from qantara.policy.deciding.resolving import scope
from qantara.policy.language.expression import BadExpressionError, parse
from qantara.policy.language.vocabulary import TIME_UNITS

BLANK = ("", " ")
DAYS = (1, 30, 365)
"""By how much a date is moved, in either direction."""
FACTORS = (2, 10)
FIGURES = frozenset(
    {ValueType.MONEY, ValueType.FEE, ValueType.DURATION, ValueType.RATIO, ValueType.COUNT}
)
CURRENCIES = ("MYR", "PKR", "EUR", "USD")
WRONG = {ValueType.RATIO: "percent", ValueType.FLAG: "yes", ValueType.CHOICE: "text"}
"""A wrong unit where the right one is fixed."""
_ORDER = {"<=": "<", "<": "<=", ">=": ">", ">": ">="}
_SIGNS = re.compile(r"<=|>=|<(?!=)|>(?!=)")
Text = TypeVar("Text", bound=Entry)


class Kind(StrEnum):
    """`inverted_exception` is of rules that are, or have, or say an exception (`not`)."""

    SHIFTED_LIMIT = "shifted_limit"
    OVERLAP = "overlap"
    INVERTED_EXCEPTION = "inverted_exception"
    DROPPED_CITATION = "dropped_citation"
    WRONG_UNIT = "wrong_unit"
    MOVED_DATE = "moved_date"


class Change(Struct, frozen=True):
    """What one fault does: texts taken out and texts put in, by what was done in words."""

    told: str
    out: tuple[Entry, ...]
    put: tuple[Entry, ...]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(each.id for each in (*self.out, *self.put))

    def applied(self, rulebook: Rulebook) -> Rulebook:
        """The rulebook with the fault in it."""
        out = {id(each) for each in self.out}
        entries = [each for each in rulebook.entries if id(each) not in out]
        rules = [each for each in rulebook.rules if id(each) not in out]
        entries += [each for each in self.put if isinstance(each, Value)]
        rules += [each for each in self.put if isinstance(each, Rule)]
        return Rulebook(
            sorted(entries, key=_place), sorted(rules, key=_place), rulebook.jurisdictions.values()
        )


Fault = Callable[[], Change]


def _place(entry: Entry) -> tuple[str, str, str]:
    return entry.id, "" if entry.valid_from is None else str(entry.valid_from), entry.status


def faults(rulebook: Rulebook, entry: Entry, kind: Kind) -> list[Fault]:
    """Every fault of a kind that one text can have; none where the kind does not apply. Making
    one raises `Malformed` where reading the file would.
    """
    return list(_FINDERS[kind](rulebook, entry))


def _change(entry: Text, told: str, **fields: object) -> Fault:
    return lambda: Change(told, (entry,), (replace(entry, **fields),))


def _shifted(rulebook: Rulebook, entry: Entry) -> Iterator[Fault]:
    if isinstance(entry, Rule):
        yield from _strictness(rulebook, entry)
    elif isinstance(entry, Value) and entry.type in FIGURES and entry.value is not None:
        for told, value in _steps(entry.value):
            yield _change(entry, f"{datum_json(entry.value)} {told}", value=value)


def _steps(value: Datum) -> Iterator[tuple[str, Datum]]:
    """A figure one smallest step off, and by a factor off."""
    raw, make = _raw(value)
    steps = [(f"one step to {raw + step}", raw + step) for step in (1, -1)]
    steps += [(f"times {factor}", raw * factor) for factor in FACTORS]
    steps += [(f"divided by {factor}", raw // factor) for factor in FACTORS]
    yield from ((told, make(number)) for told, number in steps if number >= 0 and number != raw)


def _raw(value: Datum) -> tuple[int, Callable[[int], Datum]]:
    match value:
        case Money(asset=asset):
            return value.minor, lambda raw: Money(raw, asset)
        case Fee(nominal=nominal, ratio=ratio):
            return nominal.minor, lambda raw: Fee(Money(raw, nominal.asset), ratio)
        case Decimal():
            return int(value * MILLION), lambda raw: Decimal(raw) / MILLION
        case int():
            return value, lambda raw: raw
        case _:
            raise TypeError(f"{value} is no figure")


def _strictness(rulebook: Rulebook, rule: Rule) -> Iterator[Fault]:
    """A comparison of numbers that lets one step more or less through."""
    for name in ("when", "requires"):
        text = getattr(rule, name)
        for found in () if text is None else _SIGNS.finditer(text):
            shifted = text[: found.start()] + _ORDER[found[0]] + text[found.end() :]
            if _parses(rulebook, rule, shifted):
                yield _change(rule, f"{name}: {shifted}", **{name: shifted})


def _parses(rulebook: Rulebook, rule: Rule, text: str) -> bool:
    try:
        parse(text, scope(rulebook, rule.jurisdiction))
    except BadExpressionError:
        return False
    return True


def _overlapping(rulebook: Rulebook, entry: Entry) -> Iterator[Fault]:
    again = "the same text stands twice"
    yield lambda: Change(again, (), (replace(entry),))
    for other in _editions(rulebook, entry):
        if other is entry or other.binding is not entry.binding:
            continue
        for days in DAYS:
            yield from _reaching(entry, other, timedelta(days - 1))


def _editions(rulebook: Rulebook, entry: Entry) -> list[Entry]:
    texts: Sequence[Entry] = rulebook.entries if isinstance(entry, Value) else rulebook.rules
    return [each for each in texts if each.id == entry.id]


def _reaching(entry: Entry, other: Entry, further: timedelta) -> Iterator[Fault]:
    """The text made to last into the next one, or to begin within the one before."""
    if entry.valid_to is not None and other.valid_from is not None:
        last = other.valid_from + further
        if entry.valid_to < other.valid_from:
            yield _change(entry, f"valid_to {last}", valid_to=last)
    if entry.valid_from is not None and other.valid_to is not None:
        first = other.valid_to - further
        if other.valid_to < entry.valid_from:
            yield _change(entry, f"valid_from {first}", valid_from=first)


def _inverted(rulebook: Rulebook, entry: Entry) -> Iterator[Fault]:
    if not isinstance(entry, Rule):
        return
    for base in rulebook.rules:
        if base.id == entry.exception_of:
            yield _swapped(entry, base)
        if base.exception_of == entry.id:
            yield _swapped(base, entry)
    if entry.exception_of is not None:
        yield _change(entry, "no exception any more", exception_of=None)
        yield _change(entry, "applies where it did not", when=f"not ({entry.when})")
    for name in ("when", "requires"):
        text = getattr(entry, name)
        for inverted in () if text is None else _without_not(text):
            yield _change(entry, f"{name}: {inverted}", **{name: inverted})


def _swapped(exception: Rule, base: Rule) -> Fault:
    told = f"{base.id} is an exception of {exception.id}"
    put = (replace(exception, exception_of=None), replace(base, exception_of=exception.id))
    return lambda: Change(told, (exception, base), put)


def _without_not(text: str) -> Iterator[str]:
    """The condition with each of its negations dropped in turn."""
    turned = {ast.NotEq: ast.Eq, ast.NotIn: ast.In}
    count = sum(1 for _ in ast.walk(ast.parse(text, mode="eval")))
    for place in range(count):
        tree = ast.parse(text, mode="eval")
        node = list(ast.walk(tree))[place]
        match node:
            case ast.UnaryOp(op=ast.Not()):
                yield ast.unparse(_Dropped(node).visit(tree))
            case ast.Compare(ops=[ast.NotEq() | ast.NotIn() as sign]):
                node.ops = [turned[type(sign)]()]
                yield ast.unparse(tree)
            case _:
                continue


class _Dropped(ast.NodeTransformer):
    def __init__(self, negation: ast.UnaryOp) -> None:
        self.negation = negation

    # The name is the library's.
    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return node.operand if node is self.negation else self.generic_visit(node)


def _uncited(_: Rulebook, entry: Entry) -> Iterator[Fault]:
    for blank in BLANK:
        for name in ("instrument", "provision", "title"):
            cited = replace(entry.citation, **{name: blank})
            yield _change(entry, f"{name} is {blank!r}", citation=cited)
    yield _change(entry, "no citation", citation=Citation("", "", ""))


def _other_unit(rulebook: Rulebook, entry: Entry) -> Iterator[Fault]:
    if not isinstance(entry, Value):
        return
    editions = [each for each in rulebook.editions(entry.id) if not each.label]
    yield from (_in_other_unit(entry, editions, unit) for unit in _units(rulebook, entry))


def _in_other_unit(entry: Value, editions: Sequence[Value], unit: str) -> Fault:
    told = f"{unit} for {entry.unit}"
    return lambda: Change(told, tuple(editions), tuple(_in_unit(each, unit) for each in editions))


def _units(rulebook: Rulebook, value: Value) -> list[str]:
    """What might be written in its place."""
    if value.type in {ValueType.MONEY, ValueType.FEE}:
        known: Sequence[str] = CURRENCIES
    elif value.type is ValueType.DURATION:
        known = TIME_UNITS
    elif value.type in {ValueType.COUNT, ValueType.CODES}:
        known = sorted({each.unit for each in rulebook.entries if each.type is value.type})
    else:
        known = [WRONG.get(value.type, "days")]
    return [unit for unit in known if unit != value.unit]


def _in_unit(value: Value, unit: str) -> Value:
    """As it would be read from a file that names this unit."""

    def complain(problem: str) -> Malformed:
        return Malformed(Reason.RULEBOOK_INVALID, file=value.place, entry=value.id, problem=problem)

    def read(told: Datum | None) -> Datum | None:
        return datum.read(value.type, unit, _written(told), complain)

    cases = tuple(replace(case, value=read(case.value)) for case in value.cases)
    return replace(value, unit=unit, value=read(value.value), cases=cases)


def _written(told: Datum | None) -> object:
    return told if isinstance(told, int | bool) else datum_json(told)


def _moved(_: Rulebook, entry: Entry) -> Iterator[Fault]:
    """A day that decides: the first, the last, or the one that is the figure."""
    for days in (*DAYS, *(-days for days in DAYS)):
        step = timedelta(days)
        first, last = entry.valid_from, entry.valid_to
        if first is not None and (last is None or first + step <= last):
            yield _change(entry, f"valid_from {first + step}", valid_from=first + step)
        if last is not None and (first is None or first <= last + step):
            yield _change(entry, f"valid_to {last + step}", valid_to=last + step)
        if isinstance(entry, Value) and isinstance(entry.value, date):
            yield _change(entry, f"value {entry.value + step}", value=entry.value + step)


_FINDERS: dict[Kind, Callable[[Rulebook, Entry], Iterator[Fault]]] = {
    Kind.SHIFTED_LIMIT: _shifted,
    Kind.OVERLAP: _overlapping,
    Kind.INVERTED_EXCEPTION: _inverted,
    Kind.DROPPED_CITATION: _uncited,
    Kind.WRONG_UNIT: _other_unit,
    Kind.MOVED_DATE: _moved,
}
