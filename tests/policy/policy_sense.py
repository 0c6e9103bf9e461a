"""What rules mean, a second time: read from their text with Python's own parser, in fractions, with
no part of the engine but the dated look-up of values.
"""

import ast
import operator
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from qantara.money import Money
from qantara.policy.language.vocabulary import COMMON_FACTS, FACTS, FactType
from qantara.policy.model import Act, Confidence, Effect, Facts, Rule, Rulebook, Side, Value

ORDERS: dict[type, Callable] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}
SUMS: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


@dataclass(frozen=True)
class Sense:
    """One rulebook, act and day."""

    rulebook: Rulebook
    facts: Facts
    on: date

    def findings(self) -> tuple[Counter, Counter]:
        """What each rule finds, and how often each could not be decided for want of a fact."""
        found, unknown = Counter(), Counter()
        for rule in self.rules():
            state = "no" if self._replaced(rule) else self._state(rule)
            if state == "unknown":
                unknown[rule.id] += 1
            elif state == "silent":
                found[rule.id, "undetermined"] += 1
            elif state == "holds":
                for told in self._told(rule):
                    (unknown if told == "unknown" else found).update(
                        [rule.id if told == "unknown" else (rule.id, told)]
                    )
        return found, unknown

    def rules(self) -> list[Rule]:
        recipient = self.facts.recipient
        books = {Side.HOME: self._books(self.facts.sender.country)}
        if self.facts.act is Act.PAYMENT:
            networks = [c for c, j in self.rulebook.jurisdictions.items() if j.kind == "network"]
            books = {
                Side.SENDING: {*self._books(self.facts.sender.country), *networks},
                Side.RECEIVING: {*self._books(recipient.country), *networks},
            }
        found: dict[str, Rule] = {}
        for rule in self.rulebook.rules:
            here = rule.act is self.facts.act and rule.jurisdiction in books.get(rule.side, ())
            if here and rule.binding and rule.covers(self.on):
                found[rule.id] = rule
        return list(found.values())

    def without_law(self) -> bool:
        """Whether no rule of one of the countries binds that day."""
        sides = [each for each in (self.facts.sender, self.facts.recipient) if each is not None]
        bound = {rule.jurisdiction for rule in self.rules()}
        return any(not bound & self._books(each.country) for each in sides)

    def _books(self, country: str) -> set[str]:
        known = self.rulebook.jurisdictions.get(country)
        return set() if known is None else {country, *known.within}

    def _replaced(self, rule: Rule) -> bool:
        rules = self.rules()
        rivals = [
            other
            for other in rules
            if rule.exception_of is not None
            and any(base.id == rule.exception_of for base in rules)
            and other.exception_of == rule.exception_of
            and other.priority > rule.priority
        ]
        above = [*self._below(rule), *rivals]
        above += [each for rival in rivals for each in self._below(rival)]
        return any(self._state(each) == "holds" for each in above)

    def _below(self, rule: Rule) -> Iterator[Rule]:
        for other in self.rules():
            if other.exception_of == rule.id:
                yield other
                yield from self._below(other)

    def _state(self, rule: Rule) -> str:
        states = [self.part(rule.side, part) for part in parts(rule.when)]
        for told in (False, None, "silent"):
            if any(state is told for state in states):
                return {False: "no", None: "unknown"}.get(told, "silent")
        return "holds"

    def _told(self, rule: Rule) -> Iterator[str]:
        if rule.effect not in {Effect.REFUSE, Effect.REVIEW}:
            yield "due"
            return
        for part in parts(rule.requires):
            state = self.part(rule.side, part)
            values = [self._value(rule.side, ref) for ref in refs(part)]
            if state == "silent":
                absent = next(v for v in values if v is None or not v.binding or v.value is None)
                nothing = absent is None or not absent.binding
                fails = nothing and rule.when_silent == "refuse"
                yield self._failing([rule]) if fails else "undetermined"
            elif state is None:
                yield "unknown"
            else:
                yield "passed" if state else self._failing([rule, *values])

    def _failing(self, entries: list) -> str:
        sure = all(entry.confidence is not Confidence.LOW for entry in entries)
        return "failed" if sure and entries[0].effect is Effect.REFUSE else "noted"

    def part(self, side: Side, part: ast.expr) -> bool | str | None:
        """Whether a condition holds; None if a fact it needs is not known."""
        for ref in refs(part):
            found = self._value(side, ref)
            if found is None or not found.binding or found.value is None:
                return "silent"
        if any(self._fact(side, name) is None for name in names(part)):
            return None
        return bool(self._means(side, part))

    def _means(self, side: Side, node: ast.expr):
        match node:
            case ast.Constant(value=constant):
                return constant
            case ast.Name(id=("true" | "false") as word):
                return word == "true"
            case ast.Name(id=name):
                return self._fact(side, name)
            case ast.Attribute() | ast.Subscript():
                return natural(self._value(side, node))
            case ast.UnaryOp(operand=operand):
                return not self._means(side, operand)
            case ast.BoolOp(op=ast.And(), values=values):
                return all(self._means(side, each) for each in values)
            case ast.BoolOp(values=values):
                return any(self._means(side, each) for each in values)
            case ast.BinOp(left=left, op=op, right=right):
                return SUMS[type(op)](self._means(side, left), self._means(side, right))
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                return [self._means(side, each) for each in elements]
        order = ORDERS[type(node.ops[0])]
        return order(self._means(side, node.left), self._means(side, node.comparators[0]))

    def _fact(self, side: Side, name: str):
        sender, recipient = self.facts.sender, self.facts.recipient
        if name == "crosses_border":
            return recipient is not None and sender.country != recipient.country
        party = recipient if side is Side.RECEIVING else sender
        if name == "law_read":
            return bool(self.rulebook.touched(party.country))
        known = getattr(self.facts if name in COMMON_FACTS else party, name)
        ratio = FACTS[name].type is FactType.RATIO and known is not None
        return Fraction(known, 10**6) if ratio else known

    def _value(self, side: Side, node: ast.expr) -> Value | None:
        index = ""
        if isinstance(node, ast.Subscript):
            index, node = f".{self._index(side, node.slice.id)}", node.value
        return self.rulebook.find(ast.unparse(node) + index, self.on)

    def _index(self, side: Side, word: str) -> str:
        sender = self.facts.sender
        recipient = self.facts.recipient or sender
        here, there = (recipient, sender) if side is Side.RECEIVING else (sender, recipient)
        return {
            "way": f"{sender.country}-{recipient.country}",
            "country": here.country,
            "other_country": there.country,
            "currency": here.currency,
        }[word]


def natural(value: Value):
    """A value in its own unit: money in minor units, a share as a fraction."""
    told = value.value
    if isinstance(told, Money):
        return told.minor
    if isinstance(told, tuple):
        return frozenset(told)
    return told if isinstance(told, bool | int | str) else Fraction(told)


def parts(text: str) -> list[ast.expr]:
    """What must all hold."""

    def flat(node: ast.expr) -> Iterator[ast.expr]:
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            for each in node.values:
                yield from flat(each)
        else:
            yield node

    return list(flat(ast.parse(text, mode="eval").body))


def _leaves(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Attribute | ast.Subscript | ast.Name):
        yield node
        return
    for each in ast.iter_child_nodes(node):
        yield from _leaves(each)


def refs(node: ast.expr) -> list[ast.expr]:
    """The values a condition reads."""
    return [each for each in _leaves(node) if not isinstance(each, ast.Name)]


def names(node: ast.expr) -> list[str]:
    """The facts it needs."""
    found = [each.id for each in _leaves(node) if isinstance(each, ast.Name)]
    return [name for name in found if name not in {"true", "false"}]
