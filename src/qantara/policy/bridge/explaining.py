"""Why a decision came out as it did, in words of the reader's language.

Everything is made from the trace: no figure stands in an explanation that the rulebook or the
facts did not give. The words stand in the catalogue `policy.po`; one that is missing there is a
`LookupError`, never a gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct

from qantara import texts
from qantara.errors import Reason
from qantara.policy.books.entries import BINDING, Confidence, Effect, Status
from qantara.policy.deciding.decision import (
    MILLION,
    MINOR_DIGITS,
    Decision,
    Finding,
    Outcome,
    Raw,
    Step,
)
from qantara.policy.deciding.resolving import SILENT
from qantara.policy.language.expression import LOCAL, Type
from qantara.policy.language.topics import Duty, Remedy, Topic
from qantara.policy.language.vocabulary import FACTS, PERSONAL_DATA, Act, FactType, Side
from qantara.texts import RIGHT_TO_LEFT, Language, Said
from qantara.texts.writing import core, lists, numbers

ORDER = (Finding.FAILED, Finding.NOTED, Finding.DUE, Finding.PASSED, Finding.UNDETERMINED)
"""What a reader wants to know first."""

KINDS = {
    "<=": "at_most",
    "<": "less_than",
    ">=": "at_least",
    ">": "more_than",
    "==": "is",
    "!=": "is_not",
    "in": "one_of",
    "superset": "includes",
}
_CONTEXTS: dict[type[StrEnum], str] = {
    Outcome: "outcome.title",
    Finding: "finding",
    Act: "act",
    Side: "side",
    Status: "status",
    Confidence: "confidence",
    Effect: "effect",
    Topic: "topic",
    Duty: "duty.title",
    Remedy: "remedy",
}
_CHANGES = {"<=": "change_less", "<": "change_less", ">=": "change_more", ">": "change_more"}
_COUNTRIES = frozenset({"country", "transfer_to"})
_EXAMPLE = "example"
DIGITS = 60
"""More than any amount has: babel rounds to the context, and fails where that is too small."""


class Line(Struct, frozen=True, kw_only=True):
    """What one rule found. `change` is the least that would meet it, `remedy` what can be done;
    both are empty where nothing needs to be done, or nothing is known that would help.
    """

    finding: Finding
    finding_text: str
    rule: str
    side: str
    side_text: str
    provision: str
    rule_provision: str
    url: str | None
    status: str
    status_text: str
    confidence: str
    confidence_text: str
    label: str
    title: str
    text: str
    change: str
    remedy: str

    def to_json(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: None if value is None else str(value) for name, value in told.items()}


class Explanation(Struct, frozen=True, kw_only=True):
    """A decision in words: its lines in the order that matters, and what must be said with it."""

    language: Language
    decided_on: date
    rulebook_version: str
    outcome: Outcome
    title: str
    sentence: str
    remedy_heading: str
    lines: tuple[Line, ...]
    notices: tuple[str, ...]

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def to_json(self) -> dict[str, Any]:
        return {
            "language": self.language.value,
            "direction": self.direction,
            "decided_on": self.decided_on.isoformat(),
            "rulebook_version": self.rulebook_version,
            "outcome": self.outcome.value,
            "title": str(self.title),
            "sentence": str(self.sentence),
            "remedy_heading": str(self.remedy_heading),
            "lines": [line.to_json() for line in self.lines],
            "notices": [str(notice) for notice in self.notices],
        }


def explain(decision: Decision, language: str) -> Explanation:
    """The decision in words; `Malformed` for a language not spoken here."""
    voice = Voice(language)
    title = voice.word(decision.outcome)
    steps = sorted((*decision.trace, *decision.unknown), key=lambda step: ORDER.index(step.finding))
    return Explanation(
        language=Language(language),
        decided_on=decision.decided_on,
        rulebook_version=decision.rulebook_version,
        outcome=decision.outcome,
        title=title,
        sentence=voice.say("outcome.sentence", decision.outcome),
        remedy_heading=voice.say("notice", "remedy"),
        lines=tuple(_line(voice, step) for step in steps),
        notices=tuple(_notices(voice, decision.labels)),
    )


def _notices(voice: "Voice", labels: Iterable[str]) -> Iterable[str]:
    for label in sorted(labels):
        if label == _EXAMPLE:
            yield voice.say("notice", "example")
        else:
            yield voice.say("notice", "label", label=label)
    yield voice.say("notice", "not_legal_advice")


def _line(voice: "Voice", step: Step) -> Line:
    frame = step.frame
    open_matter = step.finding in {Finding.FAILED, Finding.NOTED}
    status = Status(frame.status)
    confidence = Confidence(frame.confidence)
    side = Side(frame.side)
    return Line(
        finding=step.finding,
        finding_text=voice.word(step.finding),
        rule=frame.rule,
        side=side.value,
        side_text=voice.word(side),
        provision=frame.provision,
        rule_provision=frame.rule_provision,
        url=frame.instrument_url,
        status=status.value,
        status_text=voice.word(status),
        confidence=confidence.value,
        confidence_text=voice.word(confidence),
        label=frame.label,
        title=_title(voice, step),
        text=_opened(_duty(voice, step) if step.finding is Finding.DUE else _told(voice, step)),
        change=_opened(_change(voice, step)) if open_matter else "",
        remedy=voice.word(Remedy(frame.remedy)) if open_matter and frame.remedy else "",
    )


def _title(voice: "Voice", step: Step) -> str:
    frame = step.frame
    if step.finding is Finding.DUE and frame.duty is not None:
        return voice.word(frame.duty)
    if step.finding in {Finding.FAILED, Finding.NOTED} and frame.reason is not None:
        return texts.title(Reason(frame.reason), voice.language)
    return voice.word(step.finding)


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]


def _duty(voice: "Voice", step: Step) -> str:
    """What must be done, with which details and by when."""
    frame = step.frame
    if frame.duty is None:
        raise LookupError(f"the duty of {frame.rule}")
    told = [voice.say("duty.sentence", frame.duty)]
    if frame.fields:
        fields = voice.listed(voice.detail(each) for each in frame.fields)
        told.append(voice.say("notice", "fields", fields=fields))
    number, _, unit = frame.within.partition(" ")
    if unit and int(number):
        told.append(voice.say("notice", "within", within=voice.time(int(number), unit)))
    elif unit:
        told.append(voice.say("notice", "at_once"))
    return " ".join(told)


def _told(voice: "Voice", step: Step) -> str:
    """The condition as it was found."""
    frame = step.frame
    kind = _kind(step)
    facts: dict[str, str] = {}
    if kind == "unknown":
        facts["facts"] = voice.listed(voice.missing(each, frame.side) for each in step.missing)
    elif kind in {"no_text", "not_binding", "no_figure"}:
        facts["status"] = voice.word(Status(frame.status))
        if frame.fact:
            facts["fact"] = voice.fact(frame.fact)
            facts["observed"] = _value(voice, step, step.seen)
    elif kind.endswith("way"):
        source, _, destination = str(step.seen).partition("-")
        facts |= {"source": voice.country(source), "destination": voice.country(destination)}
    elif kind not in {"bare", "silent"}:
        facts |= _measured(voice, step)
    return voice.say("condition", f"{kind}.{step.finding}", **facts)


def _kind(step: Step) -> str:
    """Which of the catalogue's conditions says it."""
    frame = step.frame
    unbound = frame.provision == SILENT or Status(frame.status) not in BINDING
    if step.finding is Finding.UNDETERMINED:
        if step.missing:
            return "unknown"
        if frame.provision == SILENT:
            return "no_text"
        return "not_binding" if unbound else "no_figure"
    silent = unbound and step.finding is not Finding.PASSED
    if frame.threshold_text and not frame.operator:
        return "silent_way" if silent else "way"
    if silent:
        return "silent"
    if not frame.fact or (step.finding is Finding.PASSED and not _holds(step)):
        return "bare"
    if isinstance(step.seen, bool) and isinstance(frame.threshold, bool):
        return "yes" if frame.threshold is (frame.operator == "==") else "no"
    return KINDS[frame.operator]


def _holds(step: Step) -> bool:
    """Whether the pair that was measured is what let the rule pass; an alternative may have."""
    frame, seen = step.frame, step.seen
    if step.room is not None:
        strict = frame.operator in {"<", ">"} and frame.threshold is not None
        return step.room > 0 or (step.room == 0 and not strict)
    match frame.operator:
        case "==":
            return seen == frame.threshold
        case "!=":
            return seen != frame.threshold
        case "in":
            return seen in frame.threshold_text.split()
        case _:
            wanted = frame.threshold
            if not isinstance(seen, frozenset) or not isinstance(wanted, frozenset):
                return False
            return wanted <= seen


def _measured(voice: "Voice", step: Step) -> dict[str, str]:
    """What was seen, what is asked, and how far apart they are."""
    frame = step.frame
    asked = frame.threshold if step.limit is None else step.limit
    facts = {
        "fact": voice.fact(frame.fact),
        "observed": _value(voice, step, step.seen),
        "threshold": _value(voice, step, asked),
        "margin": _value(voice, step, abs(step.room)) if step.room else "",
    }
    if frame.operator == "in":
        choices = (voice.choice(frame.fact, each) for each in frame.threshold_text.split())
        facts["threshold"] = voice.listed(choices, "or")
    if isinstance(step.seen, frozenset) and isinstance(frame.threshold, frozenset):
        facts["missing"] = _value(voice, step, frame.threshold - step.seen)
    return facts


def _change(voice: "Voice", step: Step) -> str:
    """The least change that would meet the rule; empty where none is known."""
    frame, to = step.frame, step.change
    if to is None or not frame.fact:
        return ""
    fact = voice.fact(frame.fact)
    if isinstance(to, bool):
        return voice.say("notice", "change_yes" if to else "change_no", fact=fact)
    key = _CHANGES.get(frame.operator, "change")
    return voice.say("notice", key, fact=fact, to=_value(voice, step, to))


def _value(voice: "Voice", step: Step, raw: Raw) -> str:
    return voice.value(step.frame.fact, raw, step.frame.type, step.frame.unit)


@dataclass(frozen=True, slots=True)
class Voice:
    """One language: its words, and how it writes numbers and lists."""

    language: str

    def say(self, context: str, key: str, **facts: object) -> Said:
        return texts.phrase("policy", context, key, self.language, facts)

    def word(self, member: StrEnum) -> Said:
        return self.say(_CONTEXTS[type(member)], member)

    def fact(self, name: str) -> Said:
        return self.say("fact", name)

    def missing(self, path: str, side: str) -> Said:
        """A fact that was needed, with the side it was needed of."""
        owner, _, name = path.partition(".")
        fact = self.fact(name)
        if owner == "act" or side == Side.HOME:
            return fact
        return self.say("notice", "sided", fact=fact, side=self.word(Side(side)))

    def choice(self, fact: str, code: str) -> str:
        """A code of a closed list by its name; any other code as it stands."""
        if fact in _COUNTRIES:
            return self.country(code)
        if not FACTS[fact].choices:
            return code
        return self.detail(code) if code in PERSONAL_DATA else self.say("choice", f"{fact}.{code}")

    def detail(self, code: str) -> Said:
        """Something that is collected about a party or shown to a payer, or a topic of law."""
        if code in set(Topic):
            return self.say("topic", code)
        group = "party_data" if code in PERSONAL_DATA else "disclosed"
        return self.say("choice", f"{group}.{code}")

    def country(self, code: str) -> str:
        name = core.Locale(self.language).territories.get(code)
        return code if name is None else Said(name)

    def listed(self, parts: Iterable[str], style: Literal["standard", "or"] = "standard") -> Said:
        return Said(lists.format_list([texts.plain(part) for part in parts], style, self.language))

    def value(self, fact: str, raw: Raw, type_: Type | None, unit: str) -> str:
        """A raw value as this language writes it."""
        match raw:
            case None:
                return ""
            case bool():
                return self.say("flag", "yes" if raw else "no")
            case str():
                return self.choice(fact, raw)
            case frozenset():
                return self.listed(self.choice(fact, each) for each in sorted(raw)) if raw else ""
            case _:
                return self._measure(raw, type_, unit)

    def _measure(self, raw: int, type_: Type | None, unit: str) -> Said:
        kind = None if type_ is None else type_.kind
        if kind is FactType.RATIO:
            share = Decimal(raw) / MILLION
            return Said(
                numbers.format_percent(share, locale=self.language, decimal_quantization=False)
            )
        if kind is FactType.MONEY and type_ is not None:
            currency = unit if type_.unit == LOCAL else type_.unit
            return self.amount(raw, currency)
        if kind is FactType.DURATION and type_ is not None:
            return self.time(raw, type_.unit)
        return self.number(Decimal(raw), 0)

    def amount(self, minor: int, currency: str) -> Said:
        number = self.number(Decimal(f"{minor}E-{MINOR_DIGITS}"), MINOR_DIGITS)
        return self.say("amount", "amount", number=number, currency=currency)

    def time(self, number: int, unit: str) -> Said:
        facts = {"number": self.number(Decimal(number), 0)}
        return texts.phrase("policy", "time", unit, self.language, facts, number)

    def number(self, number: Decimal, digits: int) -> Said:
        pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
        with localcontext(prec=DIGITS):
            return Said(numbers.format_decimal(number, format=pattern, locale=self.language))
