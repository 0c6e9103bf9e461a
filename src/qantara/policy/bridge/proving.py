"""What can be proved of a corridor for every payment, and the payment that shows it where not.

Proofs are about payments whose facts are all known. They need the extra `proof` (z3).
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from importlib import import_module
from typing import Any

from msgspec import Struct

from qantara.errors import Reason, Unavailable
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.bridge.harmonising import Table, check_way, harmonise
from qantara.policy.deciding import asking
from qantara.policy.deciding.decision import Decision
from qantara.policy.deciding.resolving import Key
from qantara.policy.language.vocabulary import Act, Facts

TIMEOUT_SECONDS = 5.0
"""For one question to the solver."""
NO_EQUIVALENT = "no equivalent"


class Verdict(StrEnum):
    """`unknown`: the solver did not find out in its time."""

    PROVED = "proved"
    COUNTEREXAMPLE = "counterexample"
    UNKNOWN = "unknown"


class Example(Struct, frozen=True):
    """A payment that shows something, with the engine's decision on exactly these facts;
    `agrees`: the engine finds of every rule what the solver says.
    """

    facts: Facts
    decision: Decision
    agrees: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "facts": asking.facts_shown(self.facts),
            "decision": self.decision.to_json(),
            "agrees": self.agrees,
        }


class Claim(Struct, frozen=True):
    """Whether the table refuses whatever a rule refuses; or, of `rule` empty, nothing else."""

    rule: str
    jurisdiction: str
    provision: str
    verdict: Verdict
    example: Example | None = None

    def to_json(self) -> dict[str, Any]:
        return _told(self)


class Conflict(Struct, frozen=True):
    """Two rules that both apply to a payment and cannot both be met by it, whatever its amounts
    and data are.
    """

    rules: tuple[str, str]
    provisions: tuple[str, str]
    example: Example

    def to_json(self) -> dict[str, Any]:
        return _told(self)


class Gap(Struct, frozen=True):
    """One side's law asks something of a payment, and no rule of the other's about the topic
    applies to it. `elsewhere` are the other's rules on the topic that do not apply to it.
    """

    topic: str
    jurisdiction: str
    rule: str
    effect: str
    provision: str
    other: str
    elsewhere: tuple[str, ...]
    example: Example

    def to_json(self) -> dict[str, Any]:
        return {**_told(self), "equivalent": NO_EQUIVALENT}


class NoteKind(StrEnum):
    NEVER_APPLIES = "never_applies"
    ALWAYS_REPLACED = "always_replaced"
    ALWAYS_MET = "always_met"
    ALWAYS_REFUSES = "always_refuses"
    IMPLIED = "implied"
    SILENT = "silent"


class Note(Struct, frozen=True, order=True):
    """Something remarkable about one rule: no defect by itself. `others` are what implies it."""

    kind: NoteKind
    rule: str
    others: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return _told(self)


class Passage(Struct, frozen=True):
    """Whether any payment passes all rules: one that does, or rules that together let none."""

    verdict: Verdict
    closed_by: tuple[str, ...] = ()
    example: Example | None = None

    def to_json(self) -> dict[str, Any]:
        return _told(self)


class Probe(Struct, frozen=True):
    """Payments at and around every boundary: how many, and those the engine decides otherwise."""

    payments: int
    disagreements: tuple[Example, ...]

    def to_json(self) -> dict[str, Any]:
        return _told(self)


class Report(Struct, frozen=True):
    """Everything `prove` found out. `open_questions` are what the solver left unknown."""

    source: str
    destination: str
    on: date
    claims: tuple[Claim, ...]
    exact: Claim
    passage: Passage
    conflicts: tuple[Conflict, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[Note, ...]
    probe: Probe
    open_questions: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """The table implies every rule, and the engine says what the solver says."""
        proved = all(claim.verdict is Verdict.PROVED for claim in self.claims)
        agreed = all(example.agrees for example in self.examples)
        return proved and agreed and not self.probe.disagreements

    @property
    def examples(self) -> Iterator[Example]:
        shown = [each.example for each in (*self.claims, self.exact)]
        shown += [self.passage.example]
        shown += [each.example for each in self.conflicts]
        shown += [each.example for each in self.gaps]
        return (each for each in shown if each is not None)

    def to_json(self) -> dict[str, Any]:
        return {**_told(self), "sound": self.sound}


def _told(thing: Struct) -> dict[str, Any]:
    return {name: _plain(getattr(thing, name)) for name in thing.__struct_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.to_json() if hasattr(value, "to_json") else value


def prove(
    rulebook: Rulebook,
    source: str,
    destination: str,
    on: date,
    *,
    table: Table | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Report:
    """Proofs about every payment on this way on that day; about another table, if one is given.

    `Unavailable` without the extra `proof`, `NotFound` for a day before all editions, `Malformed`
    for a country without a book: of it nothing is known, which is no proof.
    """
    check_way(rulebook, source, destination)
    proofs = _proofs()
    key = Key(Act.PAYMENT, source, destination, on)
    told = harmonise(rulebook, source, destination, on) if table is None else table
    report: Report = proofs.report(rulebook, key, told, timeout_seconds)
    return report


def notes(
    rulebook: Rulebook, key: Key, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> frozenset[Note]:
    """What is remarkable about the rules of any act, conflicts not among it."""
    found: frozenset[Note] = _proofs().remarks(rulebook, key, timeout_seconds)
    return found


def _proofs() -> Any:
    try:
        return import_module("qantara.policy.bridge.proofs")
    except ModuleNotFoundError as error:
        told = f"{error.name} is missing: install qantara[proof]"
        raise Unavailable(Reason.INTERNAL, detail=told) from error
