"""How many faults of a rulebook its lint, its cases and the proofs would catch."""

from collections.abc import Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

from qantara.errors import Malformed, NotFound, Unavailable
from qantara.policy.books import reading
from qantara.policy.books.entries import Defect, Entry, Rule, RuleCase, Value
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.bridge import proving
from qantara.policy.checking import cases, faults, linting
from qantara.policy.checking.faults import Change, Kind
from qantara.policy.deciding.resolving import Key, trees
from qantara.policy.language.expression import values_in

READING, LINT, CASES, PROOF = "reading", "lint", "cases", "proof"
JUDGES = (READING, LINT, CASES, PROOF)
LATEST_CASES = 3
"""Situations of one rule whose acts are proved about."""


class Survivor(Struct, frozen=True):
    """A fault that nothing caught."""

    kind: Kind
    entry: str
    place: str
    told: str

    def to_json(self) -> dict[str, str]:
        return {
            "kind": self.kind.value,
            "entry": self.entry,
            "place": self.place,
            "told": self.told,
        }


class Tally(Struct, frozen=True):
    """Of one kind: the texts it can befall, the mutants drawn, and what caught how many."""

    kind: Kind
    records: int
    mutants: int
    caught: Mapping[str, int]

    @property
    def rate(self) -> float | None:
        """The share that was caught; None where none was drawn."""
        return sum(self.caught.values()) / self.mutants if self.mutants else None

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "records": self.records,
            "mutants": self.mutants,
            "caught": dict(self.caught),
            "rate": self.rate,
        }


class Mutation(Struct, frozen=True):
    """`proofs`: whether survivors were put to the solver (the extra `proof` is there)."""

    seed: int
    tallies: tuple[Tally, ...]
    survivors: tuple[Survivor, ...]
    proofs: bool

    @property
    def mutants(self) -> int:
        return sum(tally.mutants for tally in self.tallies)

    @property
    def rate(self) -> float | None:
        return 1 - len(self.survivors) / self.mutants if self.mutants else None

    def to_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "mutants": self.mutants,
            "caught": self.mutants - len(self.survivors),
            "rate": self.rate,
            "kinds": [tally.to_json() for tally in self.tallies],
            "survivors": [each.to_json() for each in self.survivors],
            "proofs": self.proofs,
        }


def mutate(
    rulebook_folder: Path, seed: int, count: int, overlays: Mapping[str, Path] = reading.OVERLAYS
) -> Mutation:
    """Put `count` faults into the books, one at a time, and see what catches each.

    The kinds have equal shares; within a kind every text it can befall is as likely. The same
    seed draws the same faults.
    """
    values, rules = reading.read_folder(rulebook_folder)
    rulebook = Rulebook(values, rules, reading.read_jurisdictions(rulebook_folder))
    court = Court(rulebook, overlays)
    random = Random(seed)  # noqa: S311 -- a draw that must come out the same again
    records = {kind: _befallen(rulebook, kind) for kind in Kind}
    caught = {kind: dict.fromkeys(JUDGES, 0) for kind in Kind}
    drawn = dict.fromkeys(Kind, 0)
    survivors: list[Survivor] = []
    kinds = [kind for kind in Kind if records[kind]]
    for number in range(count if kinds else 0):
        kind = kinds[number % len(kinds)]
        entry = random.choice(records[kind])
        fault = random.choice(faults.faults(rulebook, entry, kind))
        drawn[kind] += 1
        told, judge = court.judge(fault, kind)
        if judge is None:
            survivors.append(Survivor(kind, entry.id, entry.place, told))
        else:
            caught[kind][judge] += 1
    tallies = tuple(Tally(k, len(records[k]), drawn[k], caught[k]) for k in Kind)
    return Mutation(seed, tallies, tuple(survivors), court.proofs)


def _befallen(rulebook: Rulebook, kind: Kind) -> list[Entry]:
    texts: tuple[Entry, ...] = (*rulebook.entries, *rulebook.rules)
    return [each for each in texts if faults.faults(rulebook, each, kind)]


class Court:
    """Judges faults against what the sound books already say of themselves."""

    def __init__(self, rulebook: Rulebook, overlays: Mapping[str, Path]) -> None:
        self.rulebook = rulebook
        self.overlays = {name: reading.read_overlay(path) for name, path in overlays.items()}
        self.proofs = True
        self.defects = _grave(rulebook)
        self.misses: dict[str, frozenset[cases.Miss]] = {}

    def judge(self, fault: faults.Fault, kind: Kind) -> tuple[str, str | None]:
        """What the fault was, and who caught it: None is nobody."""
        try:
            change = fault()
        except Malformed as error:
            return str(error), READING
        mutant = change.applied(self.rulebook)
        if _grave(mutant) - self.defects:
            return change.told, LINT
        if any(self._missed(mutant, change)):
            return change.told, CASES
        if kind is not Kind.DROPPED_CITATION and self._shown(mutant, change):
            return change.told, PROOF
        return change.told, None

    def _missed(self, mutant: Rulebook, change: Change) -> Iterator[cases.Miss]:
        """Cases that come out otherwise than they should and did: of the texts that were
        changed, of what reads them, and of what they are exceptions of or have as exceptions.
        """
        for entry in self._touched(mutant, change):
            known = self._known_misses(entry.id)
            for miss in self._cases(mutant, entry):
                if miss is not None and miss not in known:
                    yield miss

    def _touched(self, mutant: Rulebook, change: Change) -> list[Entry]:
        """The mutant's texts that the change can be seen in."""
        ids = _kin(mutant, change.ids) | _kin(self.rulebook, change.ids)
        return [each for each in _texts(mutant) if each.id in ids]

    def _known_misses(self, id_: str) -> frozenset[cases.Miss]:
        found = self.misses.get(id_)
        if found is None:
            entries = [each for each in _texts(self.rulebook) if each.id == id_]
            run = (miss for entry in entries for miss in self._cases(self.rulebook, entry))
            found = self.misses[id_] = frozenset(miss for miss in run if miss is not None)
        return found

    def _cases(self, rulebook: Rulebook, entry: Entry) -> Iterator[cases.Miss | None]:
        laid: dict[str, Rulebook] = {}

        def overlaid(name: str) -> Rulebook:
            if name not in laid:
                label, values = self.overlays[name]
                laid[name] = rulebook.overlay(values, label)
            return laid[name]

        if isinstance(entry, Value):
            yield from cases.of_value(rulebook, entry)
        elif isinstance(entry, Rule):
            yield from cases.of_rule(rulebook, entry, overlaid)

    def _shown(self, mutant: Rulebook, change: Change) -> bool:
        """Whether a proof finds something about the touched rules that it did not find before."""
        rules = [each for each in self._touched(mutant, change) if isinstance(each, Rule)]
        about = {rule.id for rule in rules}
        try:
            return any(
                note.rule in about
                for key in dict.fromkeys(key for rule in rules for key in _keys(mutant, rule))
                for note in _notes(mutant, key) - _notes(self.rulebook, key)
            )
        except Unavailable:
            self.proofs = False
            return False


def _grave(rulebook: Rulebook) -> frozenset[Defect]:
    return frozenset(each for each in linting.lint(rulebook) if not each.warning)


def _texts(rulebook: Rulebook) -> Iterator[Entry]:
    yield from rulebook.entries
    yield from rulebook.rules


def _kin(rulebook: Rulebook, ids: frozenset[str]) -> frozenset[str]:
    """These ids, the rules that read them, and what those are exceptions of or have as such."""
    readers = {rule.id for rule in rulebook.rules if rule.id in ids or _reads(rulebook, rule, ids)}
    kin = {
        id_
        for rule in rulebook.rules
        if rule.exception_of is not None and {rule.id, rule.exception_of} & readers
        for id_ in (rule.id, rule.exception_of)
    }
    return ids | readers | kin


def _reads(rulebook: Rulebook, rule: Rule, ids: frozenset[str]) -> bool:
    if {rule.fields, rule.within} & ids:
        return True
    for tree in trees(rulebook, rule):
        for ref in () if tree is None else values_in(tree):
            pattern = ref.id if ref.index is None else f"{ref.id}.*"
            if any(fnmatchcase(id_, pattern) for id_ in ids):
                return True
    return False


def _keys(rulebook: Rulebook, rule: Rule) -> Iterator[Key]:
    """The acts of a rule's latest cases."""
    for case in sorted(rule.cases, key=_day)[-LATEST_CASES:]:
        facts = cases.facts_of(rulebook, rule, case)
        other = facts.sender if facts.recipient is None else facts.recipient
        yield Key(facts.act, facts.sender.country, other.country, case.on)


def _notes(rulebook: Rulebook, key: Key) -> frozenset[proving.Note]:
    """Nothing is remarkable on a day before all editions."""
    try:
        return proving.notes(rulebook, key)
    except NotFound:
        return frozenset()


def _day(case: RuleCase) -> date:
    return case.on
