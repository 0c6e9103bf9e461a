"""Rulebook values, payment facts and decisions."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.money import Asset, Money


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
    """How sure we are of the figure. A value of low confidence is noted and never refuses."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class ValueType(StrEnum):
    """What a value is, and the unit it must name."""

    MONEY = "money"  # unit: currency code
    FEE = "fee"  # unit: currency code
    DURATION = "duration"  # unit: seconds
    FLAG = "flag"  # unit: flag
    CODES = "codes"  # unit: element


class Fee(Struct, frozen=True):
    """A fee formula: nominal + ratio x amount (`Decimal("0.001")` is 0.1 %)."""

    nominal: Money
    ratio: Decimal


Datum = Money | Fee | int | bool | tuple[str, ...]


class Citation(Struct, frozen=True):
    instrument: str
    provision: str
    title: str
    url: str | None = None

    def __str__(self) -> str:
        return f"{self.instrument}, {self.provision}"


class Value(Struct, frozen=True):
    """One figure of one text over one stretch of days.

    `valid_from` and `valid_to` are the first and the last day; `valid_from` is None where
    the source names no commencement, `valid_to` is None while no end is known. `known_from`
    is the day it was published, `verified_on` the day we last read the source. `value` is
    None where nothing is published: `note` then says why. `label` is empty for law and
    scheme texts and names the overlay otherwise.
    """

    id: str
    jurisdiction: str
    authority: str
    type: ValueType
    value: Datum | None
    unit: str
    valid_from: date | None
    valid_to: date | None
    known_from: date | None
    status: Status
    citation: Citation
    confidence: Confidence
    verified_on: date | None
    replaces: str | None = None
    note: str = ""
    label: str = ""

    @property
    def binding(self) -> bool:
        return self.status in BINDING

    def covers(self, on: date) -> bool:
        after_start = self.valid_from is None or self.valid_from <= on
        return after_start and (self.valid_to is None or on <= self.valid_to)


def value_json(value: Value) -> dict[str, Any]:
    """A value in the shape of the rulebook files, ready for JSON."""
    return {
        "id": value.id,
        "jurisdiction": value.jurisdiction,
        "authority": value.authority,
        "type": value.type.value,
        "value": _datum_json(value.value),
        "unit": value.unit,
        "valid_from": _day(value.valid_from),
        "valid_to": _day(value.valid_to),
        "known_from": _day(value.known_from),
        "status": value.status.value,
        "citation": {
            "instrument": value.citation.instrument,
            "provision": value.citation.provision,
            "title": value.citation.title,
            "url": value.citation.url,
        },
        "confidence": value.confidence.value,
        "verified_on": _day(value.verified_on),
        "replaces": value.replaces,
        "note": value.note,
        "label": value.label,
    }


def canonical(content: Any) -> str:
    """JSON with one spelling per content, so that equal content has equal bytes."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _datum_json(datum: Datum | None) -> Any:
    match datum:
        case Money():
            return str(datum)
        case Fee():
            return {"nominal": str(datum.nominal), "ratio": str(datum.ratio)}
        case tuple():
            return list(datum)
        case _:
            return datum


class Rulebook:
    """All values of all jurisdictions, and the overlays laid over them. Immutable.

    Look-up order for one id and day: the newest overlay, then the text that binds that day,
    then a text that does not bind (a proposal), so that a reader can be told about it.
    """

    __slots__ = ("_by_id", "entries", "version")

    entries: tuple[Value, ...]
    version: str

    def __init__(self, entries: Iterable[Value]) -> None:
        self.entries = tuple(entries)
        self._by_id: dict[str, list[Value]] = {}
        for entry in self.entries:
            self._by_id.setdefault(entry.id, []).append(entry)
        self.version = fingerprint(canonical(self.content))

    @property
    def content(self) -> list[dict[str, Any]]:
        """All values by id, overlays after what they lie over: what `version` is the hash of."""
        return [value_json(entry) for entry in sorted(self.entries, key=lambda entry: entry.id)]

    def find(self, value_id: str, on: date) -> Value | None:
        """The value of that day, or None where the rulebook is silent."""
        current = [value for value in self._by_id.get(value_id, ()) if value.covers(on)]
        labelled = [value for value in current if value.label]
        if labelled:
            return labelled[-1]
        binding = [value for value in current if value.binding]
        return next(iter(binding or current), None)

    def value(self, value_id: str, on: date) -> Value:
        """The value of that day; `NotFound` where the rulebook is silent."""
        found = self.find(value_id, on)
        if found is None:
            raise NotFound(Reason.RULEBOOK_VALUE_MISSING, id=value_id, on=on.isoformat())
        return found

    def overlay(self, values: Iterable[Value], label: str) -> "Rulebook":
        """A rulebook in which these values win, each carrying the label wherever it is shown.

        This is how a demo world, a what-if or a sandbox cohort differs from the law.
        """
        return Rulebook(self.entries + tuple(replace(value, label=label) for value in values))

    def labelled(self, on: date) -> list[Value]:
        """The values of that day that are not law: what a person has to be told about."""
        found = [self.find(value_id, on) for value_id in self._by_id]
        return [value for value in found if value is not None and value.label]


class SenderKind(StrEnum):
    PERSON = "person"
    COMPANY = "company"


class PaymentFacts(Struct, frozen=True):
    """What the rules may look at.

    `rails` are the names of the systems in the order the payment travels them, the source's
    own first (`("duitnow", "nexus", "raast")`). Purpose codes are ISO 20022 external codes.
    """

    source_country: str
    destination_country: str
    source: Money
    destination: Money
    sender_kind: SenderKind
    rails: tuple[str, ...]
    purpose: str | None = None
    category_purpose: str | None = None

    def __post_init__(self) -> None:
        if not self.rails:
            raise Malformed(Reason.FIELD_MISSING, param="rails")

    def to_json(self) -> dict[str, Any]:
        return {
            "source_country": self.source_country,
            "destination_country": self.destination_country,
            "source": _money_json(self.source),
            "destination": _money_json(self.destination),
            "sender_kind": self.sender_kind.value,
            "rails": list(self.rails),
            "purpose": self.purpose,
            "category_purpose": self.category_purpose,
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "PaymentFacts":
        """The inverse of `to_json`; reads the scale that was stored, not today's."""
        return cls(
            facts["source_country"],
            facts["destination_country"],
            _money(facts["source"]),
            _money(facts["destination"]),
            SenderKind(facts["sender_kind"]),
            tuple(facts["rails"]),
            facts["purpose"],
            facts["category_purpose"],
        )


def _money_json(money: Money) -> dict[str, Any]:
    return {"minor": str(money.minor), "currency": money.asset.code, "scale": money.asset.scale}


def _money(stored: Mapping[str, Any]) -> Money:
    return Money(int(stored["minor"]), Asset(stored["currency"], stored["scale"]))


class Finding(StrEnum):
    """What one rule found. Only `failed` refuses.

    `noted`: it would have failed, but the figure is of low confidence: a person has to look;
    `undetermined`: no figure is published, the text does not bind, or the rulebook is silent.
    """

    PASSED = "passed"
    FAILED = "failed"
    NOTED = "noted"
    UNDETERMINED = "undetermined"


class Step(Struct, frozen=True):
    """One rule applied to one value: what was seen, what is allowed, how much room is left.

    Amounts are decimal strings in major units. `provision` is empty and `value_id` names
    what was looked for where the rulebook is silent. `label` is not empty where the figure
    is an example and not law.
    """

    rule: str
    finding: Finding
    value_id: str
    provision: str = ""
    observed: str = ""
    threshold: str = ""
    margin: str = ""
    unit: str = ""
    status: str = ""
    confidence: str = ""
    label: str = ""

    def to_json(self) -> dict[str, str]:
        return {name: str(getattr(self, name)) for name in self.__struct_fields__}


class Decision(Struct, frozen=True):
    """The outcome of every rule for one payment on one day.

    `refusal` is what a flow returns to its caller; None means allowed.
    """

    rulebook_version: str
    decided_on: date
    trace: tuple[Step, ...]
    refusal: Refused | None = None
    labels: frozenset[str] = field(default_factory=frozenset)

    @property
    def allowed(self) -> bool:
        return self.refusal is None

    @property
    def review(self) -> tuple[Step, ...]:
        """The steps that ask for a person: failed by a figure of low confidence."""
        return tuple(step for step in self.trace if step.finding is Finding.NOTED)

    def to_json(self) -> dict[str, Any]:
        return {
            "rulebook_version": self.rulebook_version,
            "decided_on": self.decided_on.isoformat(),
            "trace": [step.to_json() for step in self.trace],
            "reason": None if self.refusal is None else self.refusal.reason.value,
            "rule": None if self.refusal is None else self.refusal.rule,
            "citation": None if self.refusal is None else self.refusal.citation,
            "labels": sorted(self.labels),
        }

    @property
    def digest(self) -> str:
        """The fingerprint by which a replay is compared, bit for bit."""
        return fingerprint(canonical(self.to_json()))


class NewDecision(Struct, frozen=True):
    """A decision to be kept: about what (an id), from which facts."""

    id: str
    subject: str
    facts: PaymentFacts
    decision: Decision


class DecisionRecord(Struct, frozen=True):
    """A kept decision; `outcome` is the stored content, `digest` its fingerprint."""

    id: str
    subject: str
    facts: PaymentFacts
    decided_on: date
    rulebook_version: str
    outcome: Mapping[str, Any]
    digest: str
    recorded_at: datetime


class DefectKind(StrEnum):
    CITATION_MISSING = "citation_missing"
    OVERLAP = "overlap"
    HOLE = "hole"
    UNIT = "unit"
    UNUSED = "unused"
    END_MISSING = "end_missing"
    REASON_MISSING = "reason_missing"


class Defect(Struct, frozen=True):
    """Something wrong with a rulebook that parses."""

    kind: DefectKind
    value_id: str
    detail: str
