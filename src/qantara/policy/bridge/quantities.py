"""Facts as quantities of z3, and questions asked of them.

z3 is the optional extra `proof`: only `proving` may import this, and only when asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3  # type: ignore[import-untyped]

from qantara.policy.deciding.decision import Raw
from qantara.policy.deciding.emitting import variable
from qantara.policy.language.vocabulary import FactType, Side

ELSE = {"purpose": "OTHR", "via": "", "transfer_to": "ZZ"}
"""How a code that no rule speaks of is written, `other` where it is not here."""
PLAIN_AMOUNT = 50_000
"""What an amount is where nothing else is asked: 500.00."""
_ENDLESS = 2**32 - 1
Formula = Any
"""z3 publishes no types."""


@dataclass(slots=True)
class Quantity:
    """One fact as the solver knows it: a whole number, a flag, a choice by its place in `codes`,
    or a flag for each of `codes`. `marks` and `told` are the figures and codes it is held against.
    """

    side: Side
    fact: str
    type: FactType
    codes: list[str] = field(default_factory=list)
    marks: set[int] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    terms: list[Formula] = field(default_factory=list)

    def candidates(self) -> Iterator[tuple[Formula, Formula]]:
        """What a person would write first, each as a term and its value."""
        (term, *_) = self.terms
        match self.type:
            case FactType.FLAG:
                yield from ((term, z3.BoolVal(told)) for told in (False, True))
            case FactType.CHOICE | FactType.CODE:
                yield from ((term, z3.IntVal(place)) for place in self._places())
            case _:
                plain = PLAIN_AMOUNT if self.type is FactType.MONEY else 0
                near = sorted(mark + step for mark in self.marks for step in (0, 1, -1))
                yield from ((term, z3.IntVal(number)) for number in (plain, *near, 0))

    def _places(self) -> list[int]:
        """A choice that no rule speaks of comes first, and a system or network that one does."""
        known = self.fact in {"rail", "via"}
        places = range(len(self.codes))
        return sorted(places, key=lambda place: (self.codes[place] in self.told) is not known)

    def read(self, model: Formula) -> Raw:
        told = [model.eval(term, model_completion=True) for term in self.terms]
        match self.type:
            case FactType.FLAG:
                return bool(z3.is_true(told[0]))
            case FactType.CHOICE | FactType.CODE:
                return self.codes[int(told[0].as_long())]
            case FactType.CODES:
                pairs = zip(self.codes, told, strict=True)
                return frozenset(code for code, held in pairs if z3.is_true(held))
            case _:
                return int(told[0].as_long())


def declared(quantity: Quantity) -> Iterator[Formula]:
    """The solver's terms of a fact, and what keeps them within what the fact can be."""
    name = variable(quantity.side, quantity.fact)
    match quantity.type:
        case FactType.FLAG:
            quantity.terms = [z3.Bool(name)]
        case FactType.CODES:
            quantity.terms = [z3.Bool(f"{name}:{code}") for code in quantity.codes]
        case FactType.CHOICE | FactType.CODE:
            if quantity.type is FactType.CODE:
                quantity.codes.append(_fresh(quantity))
            term = z3.Int(name)
            quantity.terms = [term]
            yield z3.And(term >= 0, term < len(quantity.codes))
        case _:
            term = z3.Int(name)
            quantity.terms = [term]
            yield term >= (1 if quantity.fact == "amount" else 0)


def _fresh(quantity: Quantity) -> str:
    told = ELSE.get(quantity.fact, "other")
    while told in quantity.codes:
        told += "_"
    return told


class Question:
    """A solver with a time-out over quantities within their domain."""

    def __init__(
        self, quantities: Mapping[str, Quantity], domain: Sequence[Formula], timeout_seconds: float
    ) -> None:
        self.quantities = quantities
        self._solver = z3.Solver()
        self._time_out(max(1, int(timeout_seconds * 1000)))
        self._solver.set("random_seed", 0)
        self._solver.add(*domain)
        self._latest: Formula = None

    def ask(self, *asked: Formula) -> str:
        """`sat`, `unsat` or `unknown`."""
        self._solver.push()
        self._solver.add(*asked)
        found = str(self._solver.check())
        if found == "sat":
            self._latest = self._solver.model()
        self._solver.pop()
        return found

    def _time_out(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds
        self._solver.set("timeout", milliseconds)

    def can(self, *asked: Formula) -> bool:
        return self.ask(*asked) == "sat"

    def never(self, *asked: Formula) -> bool:
        return self.ask(*asked) == "unsat"

    @property
    def model(self) -> Formula:
        """Of the last question that had one."""
        return self._latest

    def plain(self, *asked: Formula) -> Formula:
        """A model of what is asked, each fact as plain as the others leave it. It was `sat`
        before, so that this time no time-out is needed for it.
        """
        fixed = list(asked)
        patience = self._milliseconds
        self._time_out(_ENDLESS)
        self.ask(*fixed)
        self._time_out(patience)
        for quantity in self.quantities.values():
            if quantity.type is FactType.CODES:
                for term in quantity.terms:
                    fixed += [z3.Not(term)] if self.can(*fixed, z3.Not(term)) else [term]
                continue
            for term, value in quantity.candidates():
                if self.can(*fixed, term == value):
                    fixed.append(term == value)
                    break
        return self._latest
