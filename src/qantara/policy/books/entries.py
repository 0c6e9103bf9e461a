"""Rulebook entries: dated, cited values and rules."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct

from qantara.errors import Reason
from qantara.money import Money
from qantara.policy.language.topics import Duty, Remedy, Topic
from qantara.policy.language.vocabulary import Act, Side

BOOKS_WITHOUT_LAW = frozenset({"NEXUS", "FATF"})


class Status(StrEnum):
    """What the text is in law. Only the first three ever bind, each within its own dates.

    `superseded` and `lapsed` bound until their `valid_to`; a proposal, or a text adopted
    but not yet applicable, never decides anything.
    """

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    LAPSED = "lapsed"
    ADOPTED_NOT_APPLICABLE = "adopted_not_applicable"
    PROPOSAL = "proposal"


BINDING = frozenset({Status.IN_FORCE, Status.SUPERSEDED, Status.LAPSED})


class Confidence(StrEnum):
    """How sure we are of the figure. What is of low confidence never refuses: a person looks."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class ValueType(StrEnum):
    """What a value is, and the unit it must name."""

    MONEY = "money"  # unit: currency code
    FEE = "fee"  # unit: currency code
    DURATION = "duration"  # unit: seconds, ..., years
    RATIO = "ratio"  # unit: ratio
    COUNT = "count"  # unit: what is counted
    FLAG = "flag"  # unit: flag
    CODES = "codes"  # unit: what is listed
    CHOICE = "choice"  # unit: choice
    DATE = "date"  # unit: day


class Stricter(StrEnum):
    """Which direction binds more, when two regimes are compared."""

    LOWER = "lower"
    HIGHER = "higher"
    TRUE = "true"
    FALSE = "false"
    MORE = "more"
    LESS = "less"
    NONE = "none"


class Effect(StrEnum):
    """What a rule does: the first two when it is not met, the others whenever it applies."""

    REFUSE = "refuse"
    REVIEW = "review"
    COLLECT = "collect"
    DISCLOSE = "disclose"
    REPORT = "report"
    VERIFY = "verify"

    @property
    def is_duty(self) -> bool:
        return self not in {Effect.REFUSE, Effect.REVIEW}


class Silence(StrEnum):
    """What a rule finds where no text binds for a value it reads."""

    UNDETERMINED = "undetermined"
    REFUSE = "refuse"


class Fee(Struct, frozen=True):
    """A fee formula: nominal + ratio x amount (`Decimal("0.001")` is 0.1 %)."""

    nominal: Money
    ratio: Decimal


class Tariff(Struct, frozen=True):
    """A price of so much per thousand, and never less than `minimum`; of nothing it is nothing."""

    per_thousand: Decimal
    minimum: Money


Datum = Money | Fee | Decimal | int | bool | str | date | tuple[str, ...]


class Citation(Struct, frozen=True):
    """Where it stands: `dated` is the day of the instrument."""

    instrument: str
    provision: str
    title: str
    url: str | None = None
    dated: date | None = None

    def __str__(self) -> str:
        return f"{self.instrument}, {self.provision}"


class Entry(Struct, frozen=True, kw_only=True):
    """What every dated text has.

    `valid_from` and `valid_to` are the first and the last day; `valid_from` is None where
    the source names no commencement, `valid_to` is None while no end is known. `known_from`
    is the day it was published, `verified_on` the day we last read the source. `label` is
    empty for law and scheme texts and names the overlay otherwise. `place` is file and line.
    """

    id: str
    jurisdiction: str
    authority: str
    valid_from: date | None
    valid_to: date | None
    known_from: date | None
    status: Status
    citation: Citation
    confidence: Confidence
    verified_on: date | None
    topic: Topic = Topic.CORRIDOR
    means: str = ""
    replaces: str | None = None
    note: str = ""
    label: str = ""
    place: str = ""

    @property
    def binding(self) -> bool:
        return self.status in BINDING

    @property
    def sure(self) -> bool:
        """Whether it may refuse."""
        return self.confidence is not Confidence.LOW

    def covers(self, on: date) -> bool:
        after_start = self.valid_from is None or self.valid_from <= on
        return after_start and (self.valid_to is None or on <= self.valid_to)


class ValueCase(Struct, frozen=True):
    """How a value reads on a day; None where nothing is to be read. `unit` is empty where no
    unit is stated again.
    """

    on: date
    value: Any
    unit: str = ""


class Value(Entry, frozen=True, kw_only=True):
    """One figure of one text over one stretch of days. `value` is None where nothing is
    published: `note` then says why. `stated` says what a value that no rule reads is for.
    """

    type: ValueType
    value: Datum | None
    unit: str
    stricter: Stricter = Stricter.NONE
    stated: str = ""
    cases: tuple[ValueCase, ...] = ()

    @property
    def aspect(self) -> str:
        """The id without its book: what one regime has in common with another."""
        return self.id.partition(".")[2]


class RuleCase(Struct, frozen=True):
    """One situation and what the rule must find in it; `facts` in the words of the vocabulary."""

    kind: str
    on: date
    facts: Mapping[str, Any]
    finding: str
    source: str | None = None
    destination: str | None = None
    overlay: str | None = None


class Rule(Entry, frozen=True, kw_only=True):
    """A rule of one text: `when` says where it applies, `requires` what must then hold.

    An exception takes the place of the rule it names wherever its own `when` holds; of two
    such exceptions the one of higher priority does.
    """

    act: Act
    side: Side
    effect: Effect
    when: str
    requires: str | None = None
    reason: Reason | None = None
    duty: Duty | None = None
    fields: str | None = None
    within: str | None = None
    remedy: Remedy | None = None
    when_silent: Silence = Silence.UNDETERMINED
    exception_of: str | None = None
    priority: int = 0
    cases: tuple[RuleCase, ...] = ()


class Equivalence(Struct, frozen=True):
    """A finding of one authority that another accepts: the register is empty of invention, an
    entry needs its act of recognition.
    """

    id: str
    finding: str
    authority: str
    accepted_by: str
    scope: str
    valid_from: date | None
    until: date | None
    revocable: bool
    status: Status
    citation: Citation
    confidence: Confidence
    note: str = ""


class DefectKind(StrEnum):
    CITATION_MISSING = "citation_missing"
    OVERLAP = "overlap"
    HOLE = "hole"
    UNIT = "unit"
    UNUSED = "unused"
    END_MISSING = "end_missing"
    REASON_MISSING = "reason_missing"
    EXPRESSION = "expression"
    EXCEPTION = "exception"
    PROPOSAL_ENFORCED = "proposal_enforced"
    NEVER_BINDS = "never_binds"
    CASE_MISSING = "case_missing"
    REPEATED = "repeated"
    STALE = "stale"


class Defect(Struct, frozen=True):
    """Something wrong with a rulebook that parses; a warning does not keep it from loading."""

    kind: DefectKind
    entry: str
    detail: str
    place: str = ""
    warning: bool = False


def canonical(content: Any) -> str:
    """JSON with one spelling per content, so that equal content has equal bytes."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
