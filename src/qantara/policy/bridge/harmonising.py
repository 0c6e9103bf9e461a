"""The harmonised table of a corridor: what every jurisdiction together asks, and who asks it.

A section speaks of one thing (an amount, the elements of a message, a duty); its rows tell the
payments apart only by facts that change the answer, so no two rows of a section say the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from math import prod
from typing import Any

from msgspec import Struct

from qantara.errors import Malformed, Reason
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.bridge import cells
from qantara.policy.bridge.cells import Condition
from qantara.policy.deciding.decision import Finding, Frame, Raw, shown
from qantara.policy.deciding.pack import pack
from qantara.policy.deciding.resolving import Bound, Key, Part
from qantara.policy.language.expression import (
    NUMBERS,
    Compared,
    FactRef,
    Literal,
    Node,
    Type,
)
from qantara.policy.language.meaning import sides
from qantara.policy.language.vocabulary import COMMON_FACTS, Act, Side

MOST_CELLS = 20_000
"""Cells of one section; beyond them each rule has a section of its own."""
AT_MOST, AT_LEAST, HOLDS, NEVER, DUTY = "at_most", "at_least", "holds", "never", "duty"


class Term(Struct, frozen=True):
    """One thing that is asked. `bound` is the figure, raw, of a limit; `tree` what must hold."""

    kind: str
    side: Side
    frame: Frame
    jurisdiction: str
    bound: int | None = None
    type: Type | None = None
    tree: Node | None = None

    @property
    def words(self) -> str:
        frame = self.frame
        if self.kind == DUTY:
            return " ".join((str(frame.duty), *frame.fields, frame.within)).strip()
        if self.bound is not None:
            return shown(self.bound, self.type)
        return "" if self.tree is None else cells.worded(self.tree)

    def to_json(self) -> dict[str, Any]:
        frame = self.frame
        return {
            "kind": self.kind,
            "is": self.words,
            "unit": frame.unit,
            "jurisdiction": self.jurisdiction,
            "rule": frame.rule,
            "value_id": frame.value_id,
            "provision": frame.provision,
            "rule_provision": frame.rule_provision,
            "confidence": frame.confidence,
            "label": frame.label,
        }


class Row(Struct, frozen=True):
    """What is asked of the payments that meet all conditions."""

    conditions: tuple[Condition, ...]
    terms: tuple[Term, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "payments": [each.to_json() for each in self.conditions],
            "terms": [each.to_json() for each in self.terms],
        }


class Section(Struct, frozen=True):
    """The rows about one subject. `effect`: refuse, review (a person looks) or duty."""

    effect: str
    side: str
    subject: str
    rows: tuple[Row, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "effect": self.effect,
            "side": self.side,
            "subject": self.subject,
            "rows": [each.to_json() for each in self.rows],
        }


class Table(Struct, frozen=True):
    """`silent` are the rules for which no figure stands: they decide nothing in the table."""

    source: str
    destination: str
    on: date
    sections: tuple[Section, ...]
    silent: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "destination": self.destination,
            "on": self.on.isoformat(),
            "sections": [each.to_json() for each in self.sections],
            "silent": list(self.silent),
        }


def check_way(rulebook: Rulebook, source: str, destination: str) -> None:
    """`Malformed` for a country without a book: of it nothing is known, which is no answer."""
    for param, code in (("source", source), ("destination", destination)):
        known = rulebook.jurisdictions.get(code)
        if known is None or known.kind != "country":
            raise Malformed(Reason.FIELD_INVALID, param=param, value=code)


def harmonise(rulebook: Rulebook, source: str, destination: str, on: date) -> Table:
    """The meet of all rules that a payment on this way meets on that day.

    `NotFound` for a day before all editions, `Malformed` for a country without a book.
    """
    check_way(rulebook, source, destination)
    return table_of(rulebook, Key(Act.PAYMENT, source, destination, on))


def table_of(rulebook: Rulebook, key: Key) -> Table:
    """The same for any act."""
    sheet = _Sheet(pack(rulebook, key).bound)
    return Table(key.source, key.destination, key.on, tuple(sheet.sections()), sheet.silent)


class _Sheet:
    """The bound rules while they are sorted into sections."""

    def __init__(self, bound: Sequence[Bound]) -> None:
        self.bound = bound
        self.whens = [[part.tree for part in each.when if part.tree is not None] for each in bound]
        self.opened = [[cells.opened(tree) for tree in trees] for trees in self.whens]

    @cached_property
    def silent(self) -> tuple[str, ...]:
        found = (
            each.rule.id
            for each in self.bound
            if any(part.tree is None and not part.fails for part in (*each.when, *each.requires))
        )
        return tuple(dict.fromkeys(found))

    def sections(self) -> Iterator[Section]:
        subjects: dict[tuple[str, str, str], list[tuple[int, Term]]] = {}
        for place, each in enumerate(self.bound):
            for subject, term in _terms(each):
                subjects.setdefault(subject, []).append((place, term))
        for subject, terms in subjects.items():
            yield from self._section(subject, terms)

    def _section(
        self, subject: tuple[str, str, str], terms: list[tuple[int, Term]]
    ) -> Iterator[Section]:
        places = dict.fromkeys(place for place, _ in terms)
        axes = cells.axes(self._conditions(places))
        if len(places) > 1 and prod(len(axis.classes) for axis in axes) > MOST_CELLS:
            for place in places:
                yield from self._section(subject, [each for each in terms if each[0] == place])
            return

        def asked(at: Mapping[str, Raw]) -> tuple[Term, ...]:
            return strictest(term for place, term in terms if self._applies(place, at))

        rows = (Row(conditions, found) for conditions, found in cells.rows(axes, asked) if found)
        section = Section(*subject, tuple(rows))
        if section.rows:
            yield section

    def _conditions(self, places: Iterable[int]) -> Iterator[tuple[Side, Node]]:
        """Of the rules and of everything that may take their place."""
        for place in places:
            each = self.bound[place]
            yield from ((each.side, tree) for tree in self.whens[place])
            yield from self._conditions(each.instead)

    def _applies(self, place: int, at: Mapping[str, Raw]) -> bool:
        each = self.bound[place]
        if any(self._applies(other, at) for other in each.instead):
            return False
        return all(cells.holds(tree, each.side, at) for tree in self.opened[place])


def strictest(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Of several limits the one that binds most, every duty, and every other demand once."""
    kept: dict[tuple[str, str], Term] = {}
    for term in terms:
        told = term.frame.rule if term.kind == DUTY else term.words
        name = (term.kind, "" if term.bound is not None else told)
        best = kept.get(name)
        if best is None or _binds_more(term, best):
            kept[name] = term
    return tuple(kept.values())


def _binds_more(term: Term, best: Term) -> bool:
    if term.bound is None or best.bound is None:
        return False
    return term.bound < best.bound if term.kind == AT_MOST else term.bound > best.bound


def _terms(each: Bound) -> Iterator[tuple[tuple[str, str, str], Term]]:
    """What a rule asks where it applies, by effect, side and subject."""
    if any(part.tree is None for part in each.when):
        return
    if each.rule.effect.is_duty:
        subject = ("duty", _owner(each.side, ()), str(each.rule.duty))
        yield subject, Term(DUTY, each.side, each.frame, each.rule.jurisdiction)
        return
    for part in each.requires:
        effect = "refuse" if part.frame.failing is Finding.FAILED else "review"
        for term in _of_part(each, part):
            names = part.facts if part.tree is not None else ()
            yield (effect, _owner(each.side, names), ", ".join(names)), term


def _owner(side: Side, facts: Sequence[str]) -> str:
    return "act" if facts and all(fact in COMMON_FACTS for fact in facts) else side.value


def _of_part(each: Bound, part: Part) -> Iterator[Term]:
    """Nothing where no figure stands or where it always holds."""
    given = (each.side, part.frame, each.rule.jurisdiction)
    if part.tree is None:
        if part.fails:
            yield Term(NEVER, *given)
    elif part.constant is not None:
        if not part.constant:
            yield Term(NEVER, *given)
    else:
        limits = _limits(part.tree)
        for kind, bound, type_ in limits:
            yield Term(kind, *given, bound, type_)
        if not limits:
            yield Term(HOLDS, *given, tree=part.tree)


def _limits(tree: Node) -> list[tuple[str, int, Type]]:
    """A condition as bounds of one fact, in whole steps; none where it is not of that kind."""
    if not isinstance(tree, Compared) or tree.left.type.kind not in NUMBERS:
        return []
    operator, seen, limit = sides(tree)
    if not isinstance(seen, FactRef) or not isinstance(limit, Literal):
        return []
    bound = limit.value
    if not isinstance(bound, int):
        return []
    found = {
        "<=": [(AT_MOST, bound)],
        "<": [(AT_MOST, bound - 1)],
        ">=": [(AT_LEAST, bound)],
        ">": [(AT_LEAST, bound + 1)],
        "==": [(AT_MOST, bound), (AT_LEAST, bound)],
    }.get(operator, [])
    return [(kind, figure, seen.type) for kind, figure in found]
