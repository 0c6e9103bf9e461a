"""The questions of `proving`, put to z3."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from threading import Lock

import z3  # type: ignore[import-untyped]

from qantara.policy.books.entries import BOOKS_WITHOUT_LAW, Effect
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.bridge.cells import Condition
from qantara.policy.bridge.harmonising import AT_LEAST, AT_MOST, NEVER, Row, Section, Table, Term
from qantara.policy.bridge.proving import (
    Claim,
    Conflict,
    Example,
    Gap,
    Note,
    NoteKind,
    Passage,
    Probe,
    Report,
    Verdict,
)
from qantara.policy.bridge.quantities import Formula, Question
from qantara.policy.bridge.solving import World
from qantara.policy.checking.cases import found_by
from qantara.policy.deciding.decision import Finding
from qantara.policy.deciding.emitting import variable
from qantara.policy.deciding.pack import Pack, pack
from qantara.policy.deciding.resolving import Bound, Key, Part
from qantara.policy.language.expression import NUMBERS, Compared, FactRef, Node, walk
from qantara.policy.language.vocabulary import FactType

MOST_SITUATIONS = 64
"""Situations of one pair of rules that are looked at."""
_SOLVER = Lock()
"""z3 keeps all formulas of a process in one place: two threads in it at once end the process."""


def report(rulebook: Rulebook, key: Key, table: Table, timeout_seconds: float) -> Report:
    with _SOLVER:
        return _report(Inquiry(rulebook, key, timeout_seconds), key, table)


def _report(inquiry: "Inquiry", key: Key, table: Table) -> Report:
    return Report(
        key.source,
        key.destination,
        key.on,
        tuple(inquiry.claims(table)),
        inquiry.exact(table),
        inquiry.passage(),
        tuple(inquiry.conflicts()),
        tuple(inquiry.gaps()),
        tuple(sorted(inquiry.notes())),
        inquiry.probe(),
        tuple(dict.fromkeys(inquiry.left_open)),
    )


def remarks(rulebook: Rulebook, key: Key, timeout_seconds: float) -> frozenset[Note]:
    with _SOLVER:
        return frozenset(Inquiry(rulebook, key, timeout_seconds).notes())


class Inquiry:
    """One key's rules as a world of formulas, with a solver over it."""

    def __init__(self, rulebook: Rulebook, key: Key, timeout_seconds: float) -> None:
        self.pack: Pack = pack(rulebook, key)
        self.bound: Sequence[Bound] = self.pack.bound
        books = rulebook.jurisdictions.values()
        currencies = {each.code: each.currency for each in books if each.currency is not None}
        self.world = World(key, self.bound, currencies)
        self.question = Question(self.world.quantities, self.world.domain, timeout_seconds)
        self.books = (rulebook.touched(key.source), rulebook.touched(key.destination))
        self.key = key
        self.left_open: list[str] = []

    def ask(self, told: str, *asked: Formula) -> str:
        """The answer; a question without one is kept by its words."""
        found = self.question.ask(*asked)
        if found == "unknown":
            self.left_open.append(told)
        return found

    def example(self, *asked: Formula) -> Example:
        """The plainest act for which all of this holds; it was asked before and there is one."""
        return self._of_model(self.question.plain(*asked))

    def _of_model(self, model: Formula) -> Example:
        facts = self.world.facts(model)
        decided = self.pack.decide(facts)
        same = all(
            found_by(decided, each.rule.id) == self.world.finding(place, model)
            for place, each in enumerate(self.bound)
        )
        outcome = self.world.outcome(model)
        agrees = same and decided.outcome is outcome and self.pack.judge(facts) is outcome
        return Example(facts, decided, agrees)

    def _refusing(self) -> Iterator[int]:
        for place, each in enumerate(self.bound):
            silent = any(part.tree is None for part in each.when)
            if not silent and any(refuses(part) for part in each.requires):
                yield place

    def claims(self, table: Table) -> Iterator[Claim]:
        """Of every refusing rule: what it refuses, the table refuses."""
        allowed = self._allowed_by(table)
        for place in self._refusing():
            yield self._claim(self.bound[place], allowed, self.world.fails[place])

    def exact(self, table: Table) -> Claim:
        """What the table refuses, some rule refuses."""
        met = [z3.Not(failed) for failed in self.world.fails]
        return self._claim(None, z3.Not(self._allowed_by(table)), *met)

    def _claim(self, each: Bound | None, *against: Formula) -> Claim:
        rule, jurisdiction, provision = "", "", ""
        if each is not None:
            rule, jurisdiction = each.rule.id, each.rule.jurisdiction
            provision = str(each.rule.citation)
        found = self.ask(f"the table and {rule or 'all rules together'}", *against)
        if found == "unsat":
            return Claim(rule, jurisdiction, provision, Verdict.PROVED)
        if found == "unknown":
            return Claim(rule, jurisdiction, provision, Verdict.UNKNOWN)
        example = self.example(*against)
        return Claim(rule, jurisdiction, provision, Verdict.COUNTEREXAMPLE, example)

    def _allowed_by(self, table: Table) -> Formula:
        """What the refusing sections let pass."""
        return z3.And(
            *(
                self._row(section, row)
                for section in table.sections
                if section.effect == Effect.REFUSE.value
                for row in section.rows
            ),
            z3.BoolVal(val=True),
        )

    def _row(self, section: Section, row: Row) -> Formula:
        meant = [self._condition(each) for each in row.conditions]
        asked = [self._term(section, term) for term in row.terms]
        return z3.Implies(_all(meant), _all(asked))

    def _term(self, section: Section, term: Term) -> Formula:
        if term.kind == NEVER:
            return z3.BoolVal(val=False)
        if term.tree is not None:
            return self.world.flag(term.side, term.tree)
        seen = self.world.quantities[variable(term.side, section.subject)].terms[0]
        return {AT_MOST: seen <= term.bound, AT_LEAST: seen >= term.bound}[term.kind]

    def _condition(self, told: Condition) -> Formula:
        fact = FactRef(told.fact, told.type)
        if told.type.kind is FactType.FLAG:
            held = self.world.flag(told.side, fact if told.tree is None else told.tree)
            return held if told.holds else z3.Not(held)
        if told.between:
            seen, _ = self.world.number(told.side, fact)
            return _any(
                z3.And(seen >= first, z3.BoolVal(last is None) if last is None else seen <= last)
                for first, last in told.between
            )
        among = _any(self.world.equals(told.side, fact, each) for each in told.among)
        besides = _any(self.world.equals(told.side, fact, each) for each in told.besides)
        return among if told.among else z3.Not(besides)

    def passage(self) -> Passage:
        """Whether any payment passes."""
        fails = self.world.fails
        met = [z3.Not(failed) for failed in fails]
        found = self.ask("whether any payment passes", *met)
        if found == "sat":
            return Passage(Verdict.PROVED, (), self.example(*met))
        if found == "unknown":
            return Passage(Verdict.UNKNOWN)
        closing = list(range(len(fails)))
        for place in range(len(fails)):
            fewer = [each for each in closing if each != place]
            if self.question.never(*(met[each] for each in fewer)):
                closing = fewer
        rules = tuple(self.bound[place].rule.id for place in closing)
        return Passage(Verdict.COUNTEREXAMPLE, rules)

    def conflicts(self) -> Iterator[Conflict]:
        for one, other in combinations(self._refusing(), 2):
            if self._looks(one) & self._looks(other):
                asked = self._clash(one, other)
                if asked is not None:
                    first, second = self.bound[one], self.bound[other]
                    yield Conflict(
                        (first.rule.id, second.rule.id),
                        (str(first.rule.citation), str(second.rule.citation)),
                        self.example(*asked),
                    )

    def _looks(self, place: int) -> set[str]:
        """Every fact on which it depends whether a rule is met."""
        each = self.bound[place]
        found = {variable(each.side, fact) for part in each.requires for fact in part.facts}
        return found | self._situation(place)

    def _situation(self, place: int) -> set[str]:
        """Every fact on which it depends whether a rule applies."""
        each = self.bound[place]
        found = {variable(each.side, fact) for part in each.when for fact in part.facts}
        return found.union(*(self._situation(other) for other in each.instead))

    def _clash(self, one: int, other: int) -> list[Formula] | None:
        """A situation in which each can be met but not both; None if there is none.

        A situation is what the rules' conditions say of kinds and classes; amounts, and whatever
        the two rules demand, may be anything in it.
        """
        demanded = {
            variable(self.bound[p].side, fact)
            for p in (one, other)
            for part in self.bound[p].requires
            for fact in part.facts
        }
        names = (self._situation(one) | self._situation(other)) - demanded
        world, asked = self.world, [self.world.applies[one], self.world.applies[other]]
        met_one, met_other = z3.Not(world.fails[one]), z3.Not(world.fails[other])
        told = f"whether {self.bound[one].rule.id} and {self.bound[other].rule.id} conflict"
        for _ in range(MOST_SITUATIONS):
            if self.ask(told, *asked) != "sat":
                return None
            here = self._fixed(names)
            both = [world.applies[one], world.applies[other], *here]
            if self.ask(told, *both, met_one, met_other) == "unsat":
                alone = [self.ask(told, *both, met) for met in (met_one, met_other)]
                if alone == ["sat", "sat"]:
                    return both
            asked.append(z3.Not(_all(here)))
        self.left_open.append(told)
        return None

    def _fixed(self, names: Iterable[str]) -> list[Formula]:
        """These facts as the last model has them, numbers excepted."""
        model = self.question.model
        found = []
        for name in sorted(names):
            quantity = self.world.quantities.get(name)
            if quantity is not None and quantity.type not in NUMBERS:
                values = (model.eval(term, model_completion=True) for term in quantity.terms)
                found += [t == v for t, v in zip(quantity.terms, values, strict=True)]
        return found

    def gaps(self) -> Iterator[Gap]:
        """What one country asks and the other has no applying rule about; networks are shared."""
        here, there = self.books
        if set(here) == set(there):
            return
        for place, each in enumerate(self.bound):
            book = each.rule.jurisdiction
            if book in BOOKS_WITHOUT_LAW or (book in here and book in there):
                continue
            others = there if book in here else here
            country = self.key.destination if book in here else self.key.source
            about = [
                other
                for other, rule in enumerate(self.bound)
                if rule.rule.jurisdiction in others and rule.rule.topic is each.rule.topic
            ]
            gap = self._gap(place, about)
            if gap is not None:
                elsewhere = tuple(self.bound[other].rule.id for other in about)
                yield self._gap_told(each, country, elsewhere, gap)

    def _gap(self, place: int, about: Sequence[int]) -> list[Formula] | None:
        world = self.world
        asks = z3.Or(world.fails[place], world.notes[place], world.dues[place])
        asked = [asks, *(z3.Not(world.applies[other]) for other in about)]
        if self.ask(f"a gap at {self.bound[place].rule.id}", *asked) != "sat":
            return None
        alone = [z3.Not(failed) for other, failed in enumerate(world.fails) if other != place]
        return [*asked, *alone] if self.question.can(*asked, *alone) else asked

    def _gap_told(
        self, each: Bound, country: str, elsewhere: tuple[str, ...], asked: Sequence[Formula]
    ) -> Gap:
        rule = each.rule
        return Gap(
            rule.topic.value,
            rule.jurisdiction,
            rule.id,
            rule.effect.value,
            str(rule.citation),
            country,
            elsewhere,
            self.example(*asked),
        )

    def notes(self) -> Iterator[Note]:
        for place in range(len(self.bound)):
            yield from self._noted(place)

    def _noted(self, place: int) -> Iterator[Note]:
        """Whether a rule ever applies, is ever met, ever refuses, and alone refuses anything."""
        world, each = self.world, self.bound[place]
        told = f"whether {each.rule.id} ever applies"
        applies = world.applies[place]
        if any(part.tree is None and not part.fails for part in (*each.when, *each.requires)):
            yield Note(NoteKind.SILENT, each.rule.id)
        if self.ask(told, world.conditions[place]) == "unsat":
            yield Note(NoteKind.NEVER_APPLIES, each.rule.id)
        elif self.ask(told, applies) == "unsat":
            others = tuple(self.bound[other].rule.id for other in each.instead)
            yield Note(NoteKind.ALWAYS_REPLACED, each.rule.id, others)
        elif not each.rule.effect.is_duty:
            broken = z3.Or(world.fails[place], world.notes[place])
            if self.ask(told, broken) == "unsat":
                if all(part.tree is not None for part in (*each.when, *each.requires)):
                    yield Note(NoteKind.ALWAYS_MET, each.rule.id)
                return
            if self.ask(told, applies, z3.Not(broken)) == "unsat":
                yield Note(NoteKind.ALWAYS_REFUSES, each.rule.id)
            yield from self._implied(place)

    def _implied(self, place: int) -> Iterator[Note]:
        fails, book = self.world.fails, self.bound[place].rule.jurisdiction
        peers = [
            other
            for other in self._refusing()
            if other != place and self.bound[other].rule.jurisdiction == book
        ]
        rule = self.bound[place].rule.id
        met = [z3.Not(fails[other]) for other in peers]
        told = f"whether {rule} is implied"
        if not peers or self.ask(told, fails[place]) != "sat":
            return
        if self.ask(told, fails[place], *met) == "unsat":
            yield Note(NoteKind.IMPLIED, rule, tuple(self.bound[p].rule.id for p in peers))

    def probe(self) -> Probe:
        """Acts at, below and beyond every boundary, decided by the engine."""
        count, wrong = 0, []
        for asked in self._boundaries():
            if self.ask("what is decided around the boundaries", *asked) == "sat":
                count += 1
                found = self._of_model(self.question.model)
                if not found.agrees:
                    wrong.append(found)
        return Probe(count, tuple(wrong))

    def _boundaries(self) -> Iterator[list[Formula]]:
        for place, each in enumerate(self.bound):
            applies = [self.world.applies[place]]
            for part in each.when:
                if part.tree is not None:
                    rest = [
                        self.world.flag(each.side, other.tree)
                        for other in each.when
                        if other.tree is not None and other is not part
                    ]
                    yield from self._around(rest, each, part.tree)
            for part in each.requires:
                if part.tree is not None:
                    yield from self._around(applies, each, part.tree)
            yield applies

    def _around(self, given: Sequence[Formula], each: Bound, tree: Node) -> Iterator[list[Formula]]:
        held = self.world.flag(each.side, tree)
        yield [*given, held]
        yield [*given, z3.Not(held)]
        for node in walk(tree):
            if isinstance(node, Compared) and node.left.type.kind in NUMBERS:
                gap = self.world.gap(each.side, node)
                yield from ([*given, gap == step] for step in (-1, 0, 1))
                yield from ([*given, gap < -1], [*given, gap > 1])


def refuses(part: Part) -> bool:
    """Whether a condition that is not met refuses: what is silent, or unsure, does not."""
    return part.frame.failing is Finding.FAILED and (part.tree is not None or part.fails)


def _all(asked: Sequence[Formula]) -> Formula:
    return z3.And(*asked, z3.BoolVal(val=True))


def _any(asked: Iterable[Formula]) -> Formula:
    return z3.Or(*asked, z3.BoolVal(val=False))
