"""The resolved rules of a key as formulas for z3, and its answers as facts.

z3 is the optional extra `proof`. Every fact is known in here, no number is below zero and no act
moves nothing: what the rules find where a fact is missing is no part of a proof.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import z3  # type: ignore[import-untyped]

from qantara.policy.bridge.quantities import Formula, Quantity, declared
from qantara.policy.deciding.decision import Finding, Outcome
from qantara.policy.deciding.emitting import variable
from qantara.policy.deciding.resolving import Bound, Key, Part
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
    walk,
)
from qantara.policy.language.meaning import places_of_product
from qantara.policy.language.vocabulary import (
    COMMON_FACTS,
    FACTS,
    Act,
    Facts,
    FactType,
    Party,
    Side,
)


class World:
    """All payments (or other acts) of a key whose facts are known, and what each rule finds."""

    def __init__(self, key: Key, bound: Sequence[Bound], currencies: Mapping[str, str]) -> None:
        self.key = key
        self.bound = bound
        self.currencies = currencies
        self.quantities: dict[str, Quantity] = {}
        for side, tree in _trees(bound):
            self._gather(side, tree)
        self.domain = [each for q in self.quantities.values() for each in declared(q)]
        self.conditions = [self._all(each.side, each.when) for each in bound]
        self.applies: list[Formula] = []
        for place, each in enumerate(bound):
            replaced = [z3.Not(self.applies[other]) for other in each.instead]
            self.applies.append(z3.And(*replaced, self.conditions[place]))
        self.fails = [self._broken(place, Finding.FAILED) for place in range(len(bound))]
        self.notes = [self._broken(place, Finding.NOTED) for place in range(len(bound))]
        self.dues = [
            self.applies[place] if each.rule.effect.is_duty and not _silent(each) else _false()
            for place, each in enumerate(bound)
        ]

    def _gather(self, side: Side, tree: Node) -> None:
        """The facts of a condition with every code and figure they are held against."""
        for node in walk(tree):
            if isinstance(node, FactRef) and not self._given(side, node):
                self._quantity(side, node)
            elif isinstance(node, OneOf) and isinstance(node.left, FactRef):
                self._mark(side, node.left, node.choices)
            elif isinstance(node, Compared):
                for one, other in ((node.left, node.right), (node.right, node.left)):
                    if isinstance(one, FactRef):
                        self._mark(side, one, self._marks(side, other))

    def _quantity(self, side: Side, ref: FactRef) -> Quantity:
        key = variable(side, ref.name)
        found = self.quantities.get(key)
        if found is None:
            codes = list(FACTS[ref.name].choices)
            found = self.quantities[key] = Quantity(side, ref.name, ref.type.kind, codes)
        return found

    def _marks(self, side: Side, node: Node) -> Iterable[str | int]:
        given = self._given(side, node) if isinstance(node, FactRef) else node
        if isinstance(given, Literal):
            return given.value if isinstance(given.value, frozenset) else _plain(given.value)
        if isinstance(node, FactRef) and node.type.kind not in NUMBERS:
            return self._quantity(side, node).codes
        return ()

    def _mark(self, side: Side, ref: FactRef, marks: Iterable[str | int]) -> None:
        if self._given(side, ref):
            return
        quantity = self._quantity(side, ref)
        for mark in list(marks):
            if isinstance(mark, int):
                quantity.marks.add(mark)
                continue
            quantity.told.add(mark)
            if not FACTS[ref.name].choices and mark not in quantity.codes:
                quantity.codes.append(mark)

    def _given(self, side: Side, ref: FactRef) -> Literal | None:
        """What is known of a side before anything is told of the act."""
        if ref.name not in {"country", "currency"}:
            return None
        country = self.key.destination if side is Side.RECEIVING else self.key.source
        told = country if ref.name == "country" else self.currencies.get(country, "-")
        return Literal(told, ref.type)

    def _all(self, side: Side, parts: Sequence[Part]) -> Formula:
        return z3.And(*(self.flag(side, part.tree) for part in parts if part.tree is not None))

    def _broken(self, place: int, finding: Finding) -> Formula:
        each = self.bound[place]
        if _silent(each) or each.rule.effect.is_duty:
            return _false()
        broken = [
            z3.BoolVal(part.fails) if part.tree is None else z3.Not(self.flag(each.side, part.tree))
            for part in each.requires
            if part.frame.failing is finding and (part.tree is not None or part.fails)
        ]
        return z3.And(self.applies[place], z3.Or(*broken))

    def flag(self, side: Side, tree: Node) -> Formula:
        """A condition."""
        match tree:
            case Literal(value=value):
                return z3.BoolVal(bool(value))
            case FactRef():
                return self._quantity(side, tree).terms[0]
            case Not(operand=operand):
                return z3.Not(self.flag(side, operand))
            case Joined(word=word, operands=operands):
                join = z3.And if word == "and" else z3.Or
                return join(*(self.flag(side, each) for each in operands))
            case OneOf(left=left, choices=choices):
                return z3.Or(*(self.equals(side, left, choice) for choice in choices))
            case Compared(operator="subset", left=left, right=right):
                codes = sorted(self._members(side, left) | self._members(side, right))
                return z3.And(
                    *(
                        z3.Implies(self._has(side, left, c), self._has(side, right, c))
                        for c in codes
                    )
                )
            case Compared(operator="in", left=left, right=right):
                codes = sorted(self._members(side, left) | self._members(side, right))
                return z3.Or(
                    *(z3.And(self.equals(side, left, c), self._has(side, right, c)) for c in codes)
                )
            case Compared(left=left) if left.type.kind in NUMBERS:
                return self._compared(side, tree)
            case Compared(operator=operator, left=left, right=right):
                same = self._same(side, left, right)
                return same if operator == "==" else z3.Not(same)
            case _:
                raise TypeError(f"{tree} is no condition")

    def _members(self, side: Side, node: Node) -> set[str]:
        """Every code that a choice, a code or a set may be or hold."""
        given = self._given(side, node) if isinstance(node, FactRef) else node
        if isinstance(given, Literal):
            value = given.value
            return set(value) if isinstance(value, frozenset) else {str(value)}
        if isinstance(node, FactRef):
            return set(self._quantity(side, node).codes)
        raise TypeError(f"{node} is no set")

    def equals(self, side: Side, node: Node, code: str) -> Formula:
        given = self._given(side, node) if isinstance(node, FactRef) else node
        if isinstance(given, Literal):
            return z3.BoolVal(given.value == code)
        if not isinstance(node, FactRef):
            raise TypeError(f"{node} is no choice")
        quantity = self._quantity(side, node)
        if code not in quantity.codes:
            return _false()
        return quantity.terms[0] == quantity.codes.index(code)

    def _has(self, side: Side, node: Node, code: str) -> Formula:
        if not isinstance(node, FactRef) or node.type.kind is not FactType.CODES:
            return z3.BoolVal(code in self._members(side, node))
        quantity = self._quantity(side, node)
        return quantity.terms[quantity.codes.index(code)] if code in quantity.codes else _false()

    def _same(self, side: Side, left: Node, right: Node) -> Formula:
        if left.type.kind is FactType.FLAG:
            return self.flag(side, left) == self.flag(side, right)
        codes = sorted(self._members(side, left) | self._members(side, right))
        return z3.Or(
            *(z3.And(self.equals(side, left, c), self.equals(side, right, c)) for c in codes)
        )

    def _compared(self, side: Side, tree: Compared) -> Formula:
        gap = self.gap(side, tree)
        return {
            "==": gap == 0,
            "!=": gap != 0,
            "<": gap < 0,
            "<=": gap <= 0,
            ">": gap > 0,
            ">=": gap >= 0,
        }[tree.operator]

    def gap(self, side: Side, tree: Compared) -> Formula:
        """Left less right, both with the same decimal places."""
        (one, ones), (other, others) = self.number(side, tree.left), self.number(side, tree.right)
        return one * 10**others - other * 10**ones

    def number(self, side: Side, tree: Node) -> tuple[Formula, int]:
        """A number, and the decimal places it carries beyond its unit."""
        match tree:
            case Literal(value=value):
                return z3.IntVal(value), 0
            case FactRef():
                return self._quantity(side, tree).terms[0], 0
            case Sum(operator=operator, left=left, right=right):
                (one, ones), (other, others) = self.number(side, left), self.number(side, right)
                if operator == "*":
                    return one * other, ones + others + places_of_product(tree)
                one, other = one * 10**others, other * 10**ones
                return (one + other if operator == "+" else one - other), ones + others
            case _:
                raise TypeError(f"{tree} is no number")

    def facts(self, model: Formula) -> Facts:
        """The act a model speaks of."""
        told: dict[str, dict[str, Any]] = {"sender": {}, "recipient": {}, "act": {}}
        for quantity in self.quantities.values():
            name = quantity.fact
            party = "recipient" if quantity.side is Side.RECEIVING else "sender"
            told["act" if name in COMMON_FACTS else party][name] = quantity.read(model)
        key = self.key
        sender = self._party(key.source, told["sender"])
        two = key.act is Act.PAYMENT
        recipient = self._party(key.destination, told["recipient"]) if two else None
        return Facts(act=key.act, sender=sender, recipient=recipient, **told["act"])

    def _party(self, country: str, told: Mapping[str, Any]) -> Party:
        return Party(country=country, currency=self.currencies.get(country, "-"), **told)

    def finding(self, place: int, model: Formula) -> str:
        """What a rule finds in a model, in the words of the engine."""
        if not _true(model, self.applies[place]):
            return "not_applicable"
        each = self.bound[place]
        open_parts = [p for p in each.requires if p.tree is None and not p.fails]
        found = [
            (Finding.FAILED, _true(model, self.fails[place])),
            (Finding.NOTED, _true(model, self.notes[place])),
            (Finding.UNDETERMINED, _silent(each) or bool(open_parts)),
            (Finding.DUE, _true(model, self.dues[place])),
            (Finding.PASSED, bool(each.requires)),
        ]
        return next((finding.value for finding, held in found if held), "not_applicable")

    def outcome(self, model: Formula) -> Outcome:
        for formulas, outcome in (
            (self.fails, Outcome.REFUSED),
            (self.notes, Outcome.REVIEW),
            (self.dues, Outcome.ALLOWED_WITH_DUTIES),
        ):
            if any(_true(model, formula) for formula in formulas):
                return outcome
        return Outcome.ALLOWED


def _trees(bound: Sequence[Bound]) -> Iterator[tuple[Side, Node]]:
    for each in bound:
        for part in (*each.when, *each.requires):
            if part.tree is not None:
                yield each.side, part.tree


def _plain(value: object) -> tuple[str | int, ...]:
    return (value,) if isinstance(value, str | int) and not isinstance(value, bool) else ()


def _false() -> Formula:
    return z3.BoolVal(val=False)


def _true(model: Formula, formula: Formula) -> bool:
    return bool(z3.is_true(model.eval(formula, model_completion=True)))


def _silent(each: Bound) -> bool:
    return any(part.tree is None for part in each.when)
