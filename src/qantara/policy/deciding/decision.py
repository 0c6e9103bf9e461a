"""What a decision says: an outcome, and for every rule that applied what it found."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct

from qantara.errors import Refused
from qantara.policy.books.entries import Confidence, canonical, fingerprint
from qantara.policy.language.expression import WHOLE_RATIO, Type
from qantara.policy.language.topics import Duty
from qantara.policy.language.vocabulary import Facts, FactType

MILLION = WHOLE_RATIO
MINOR_DIGITS = 2
"""Decimals of every currency that law speaks in here."""

Raw = int | bool | str | frozenset[str] | None
"""A fact or threshold as it is compared: minor units, millionths, whole units of time."""


class Outcome(StrEnum):
    """From the mildest to the strictest; the strictest finding gives the outcome."""

    ALLOWED = "allowed"
    ALLOWED_WITH_DUTIES = "allowed_with_duties"
    REVIEW = "review"
    REFUSED = "refused"


class Finding(StrEnum):
    """What one rule found. Only `failed` refuses.

    `noted`: it failed, but may only ask for a person (a review, or a figure of low confidence);
    `undetermined`: no figure is published, the rulebook is silent, or a fact is not known;
    `due`: a duty arises.
    """

    PASSED = "passed"
    FAILED = "failed"
    NOTED = "noted"
    UNDETERMINED = "undetermined"
    DUE = "due"


class Frame(Struct, frozen=True, kw_only=True):
    """What is known of one condition of one rule before any facts: its texts and its threshold.

    `failing` is what it finds when it does not hold. `threshold` is None where it depends on
    the facts, and then follows from what was observed and the margin.
    """

    rule: str
    effect: str
    side: str
    value_id: str = ""
    provision: str = ""
    rule_provision: str = ""
    instrument_url: str | None = None
    threshold: Raw = None
    threshold_text: str = ""
    operator: str = ""
    fact: str = ""
    type: Type | None = None
    unit: str = ""
    failing: Finding = Finding.FAILED
    status: str = ""
    confidence: str = ""
    label: str = ""
    reason: str | None = None
    duty: Duty | None = None
    fields: tuple[str, ...] = ()
    within: str = ""
    remedy: str | None = None
    place: str = ""


class Step(Struct, frozen=True, gc=False):
    """One condition applied: what was seen, and how much room is left (below zero: how far off),
    both raw. `missing` names facts that were needed.
    """

    frame: Frame
    finding: Finding
    seen: Raw = None
    room: int | None = None
    missing: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        return self.frame.rule

    @property
    def value_id(self) -> str:
        return self.frame.value_id

    @property
    def provision(self) -> str:
        return self.frame.provision

    @property
    def label(self) -> str:
        return self.frame.label

    @property
    def unit(self) -> str:
        return self.frame.unit

    @property
    def observed(self) -> str:
        return shown(self.seen, self.frame.type)

    @property
    def threshold(self) -> str:
        if self.frame.threshold_text or self.limit is None:
            return self.frame.threshold_text
        return shown(self.limit, self.frame.type)

    @property
    def limit(self) -> int | None:
        """The bound itself, raw; None where there is no number."""
        bound = self.frame.threshold
        if isinstance(bound, int) and not isinstance(bound, bool):
            return bound
        if self.room is None or not isinstance(self.seen, int):
            return None
        return (
            self.seen + self.room if self.frame.operator in {"<", "<="} else self.seen - self.room
        )

    @property
    def margin(self) -> str:
        if self.room is not None:
            return shown(self.room, self.frame.type)
        if isinstance(self.seen, frozenset) and isinstance(self.frame.threshold, frozenset):
            return " ".join(f"-{name}" for name in sorted(self.frame.threshold - self.seen))
        return ""

    @property
    def change(self) -> Raw:
        """The nearest value of the fact that would pass; None where none is known."""
        frame = self.frame
        if isinstance(self.seen, frozenset) and isinstance(frame.threshold, frozenset):
            return self.seen | frame.threshold
        limit = None if frame.operator == "!=" else self.limit
        if limit is not None:
            return limit + {"<": -1, ">": 1}.get(frame.operator, 0)
        if frame.operator == "==" and isinstance(frame.threshold, bool | str):
            return frame.threshold
        return None

    def to_json(self) -> dict[str, Any]:
        frame = self.frame
        told: dict[str, Any] = {
            "rule": frame.rule,
            "finding": self.finding.value,
            "effect": frame.effect,
            "side": frame.side,
            "value_id": frame.value_id,
            "provision": frame.provision,
            "rule_provision": frame.rule_provision,
            "observed": self.observed,
            "threshold": self.threshold,
            "margin": self.margin,
            "unit": frame.unit,
            "status": frame.status,
            "confidence": frame.confidence,
            "label": frame.label,
        }
        if self.finding in {Finding.FAILED, Finding.NOTED}:
            told["least_change"] = self.least_change
        if self.missing:
            told["missing"] = list(self.missing)
        return told

    @property
    def record(self) -> list[Any]:
        """Rule, finding, what was seen, room left: what a replay must find again."""
        seen = sorted(self.seen) if isinstance(self.seen, frozenset) else self.seen
        return [self.frame.rule, self.finding.value, seen, self.room]

    @property
    def least_change(self) -> dict[str, str] | None:
        change = self.change
        if change is None or not self.frame.fact:
            return None
        return {"fact": self.frame.fact, "to": shown(change, self.frame.type)}


def shown(raw: Raw, type_: Type | None) -> str:
    """A raw value as a person writes it: `50000.00`, `0.30`, `10`, `yes`."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, str):
        return raw
    if isinstance(raw, frozenset):
        return " ".join(sorted(raw))
    if type_ is not None and type_.kind is FactType.MONEY:
        return f"{Decimal(f'{raw}E-{MINOR_DIGITS}'):f}"
    if type_ is not None and type_.kind is FactType.RATIO:
        return f"{(Decimal(raw) / MILLION).normalize():f}"
    return str(raw)


class DueDuty(Struct, frozen=True):
    """What an allowed act still asks for, and where that stands."""

    duty: Duty
    rule: str
    provision: str
    fields: tuple[str, ...]
    within: str
    confidence: str

    def to_json(self) -> dict[str, Any]:
        return {
            "duty": self.duty.value,
            "rule": self.rule,
            "provision": self.provision,
            "fields": list(self.fields),
            "within": self.within,
            "confidence": self.confidence,
        }


class Decision(Struct, frozen=True):
    """The outcome of every rule for one act on one day.

    `trace` holds every rule that applied; `unknown` those that could not be decided because a
    fact was not given. `pack_hash` names the compiled rules that decided.
    """

    rulebook_version: str
    pack_hash: str
    decided_on: date
    outcome: Outcome
    trace: tuple[Step, ...]
    unknown: tuple[Step, ...] = ()
    refusal: Refused | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may go at once."""
        return self.outcome in {Outcome.ALLOWED, Outcome.ALLOWED_WITH_DUTIES}

    @property
    def review(self) -> tuple[Step, ...]:
        """What a person has to look at."""
        return tuple(step for step in self.trace if step.finding is Finding.NOTED)

    @property
    def labels(self) -> frozenset[str]:
        """The overlays that figures were taken from: a person must be told."""
        return frozenset(step.frame.label for step in self.trace if step.frame.label)

    @property
    def duties(self) -> tuple[DueDuty, ...]:
        return tuple(self._duties())

    def _duties(self) -> Iterator[DueDuty]:
        for step in self.trace:
            frame = step.frame
            if step.finding is Finding.DUE and frame.duty is not None:
                yield DueDuty(
                    frame.duty,
                    frame.rule,
                    frame.provision,
                    frame.fields,
                    frame.within,
                    frame.confidence,
                )

    def to_json(self) -> dict[str, Any]:
        refusal = self.refusal
        return {
            "rulebook_version": self.rulebook_version,
            "pack_hash": self.pack_hash,
            "decided_on": self.decided_on.isoformat(),
            "outcome": self.outcome.value,
            "trace": [step.to_json() for step in self.trace],
            "unknown": [step.to_json() for step in self.unknown],
            "duties": [duty.to_json() for duty in self.duties],
            "reason": None if refusal is None else refusal.reason.value,
            "rule": None if refusal is None else refusal.rule,
            "citation": None if refusal is None else refusal.citation,
            "labels": sorted(self.labels),
        }

    @property
    def record(self) -> dict[str, Any]:
        """What is kept: every finding with what was seen and the room left. The texts belong to
        the compiled rules, which `pack_hash` names; replaying brings them back.
        """
        refusal = self.refusal
        return {
            "rulebook_version": self.rulebook_version,
            "pack_hash": self.pack_hash,
            "decided_on": self.decided_on.isoformat(),
            "outcome": self.outcome.value,
            "reason": None if refusal is None else refusal.reason.value,
            "rule": None if refusal is None else refusal.rule,
            "citation": None if refusal is None else refusal.citation,
            "trace": [step.record for step in self.trace],
            "unknown": [[step.rule, *step.missing] for step in self.unknown],
            "labels": sorted(self.labels),
        }

    @property
    def digest(self) -> str:
        """The fingerprint by which a replay is compared, bit for bit."""
        return fingerprint(canonical(self.record))


class NewDecision(Struct, frozen=True):
    """A decision to be kept: about what (an id), from which facts."""

    id: str
    subject: str
    facts: Facts
    decision: Decision


class DecisionRecord(Struct, frozen=True):
    """A kept decision; `outcome` is its `record`, `digest` the fingerprint of that."""

    id: str
    subject: str
    facts: Facts
    decided_on: date
    rulebook_version: str
    outcome: Mapping[str, Any]
    digest: str
    recorded_at: datetime


SURENESS = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)
"""From the least to the most."""
