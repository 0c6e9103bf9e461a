"""The shape of rulebook files, field by field; an unknown field is an error."""

from datetime import date
from typing import Any

import msgspec

from qantara.errors import Reason
from qantara.policy.books.entries import (
    Confidence,
    Effect,
    Silence,
    Status,
    ValueType,
)
from qantara.policy.language.topics import Duty, Remedy, Topic
from qantara.policy.language.vocabulary import Act, Side


class Shape(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class SourceShape(Shape, kw_only=True):
    instrument: str
    title: str
    authority: str
    dated: date | None
    url: str | None


class ValueCaseShape(Shape, kw_only=True):
    on: date
    value: Any
    unit: str = ""


class EditionShape(Shape, kw_only=True):
    value: Any
    valid_from: date | None
    valid_to: date | None
    known_from: date | None
    status: Status
    source: str
    provision: str
    confidence: Confidence
    replaces: str | None = None
    note: str = ""
    verified_on: date | None = None
    cases: list[ValueCaseShape] = []


class ValueShape(Shape, kw_only=True):
    id: str
    means: str
    type: ValueType
    unit: str
    stricter: str | bool
    editions: list[Any]
    stated: str = ""


class RuleCaseShape(Shape, kw_only=True):
    kind: str
    on: date
    facts: dict[str, Any]
    finding: str
    source: str | None = msgspec.field(name="from", default=None)
    destination: str | None = msgspec.field(name="to", default=None)
    overlay: str | None = None


class RuleWords(Shape, kw_only=True):
    """What a rule says, be it law or a draft."""

    id: str
    means: str
    act: Act
    side: Side
    effect: Effect
    reason: Reason | None = None
    duty: Duty | None = None
    fields: str | None = None
    within: str | None = None
    remedy: Remedy | None = None
    when: str | bool
    requires: str | bool | None = None
    when_silent: Silence = Silence.UNDETERMINED
    exception_of: str | None = None
    priority: int = 0
    note: str = ""


class RuleShape(RuleWords, kw_only=True):
    valid_from: date | None
    valid_to: date | None
    known_from: date | None
    status: Status
    source: str
    provision: str
    confidence: Confidence
    replaces: str | None = None
    verified_on: date | None = None
    cases: list[RuleCaseShape]


class BookShape(Shape, kw_only=True):
    book: str
    topic: Topic
    verified_on: date
    sources: dict[str, SourceShape]
    values: list[Any] = []
    rules: list[Any] = []


class OverlayValueShape(Shape, kw_only=True):
    id: str
    type: ValueType
    unit: str
    value: Any
    note: str
    valid_from: date | None = None
    valid_to: date | None = None


class OverlayShape(Shape, kw_only=True):
    label: str
    values: list[Any] = []
    rules: list[Any] = []


class JurisdictionShape(Shape, kw_only=True):
    code: str
    name: str
    kind: str
    currency: str | None
    within: list[str] = []
    rail: str | None = None


class EquivalenceShape(Shape, kw_only=True):
    id: str
    finding: str
    authority: str
    accepted_by: str
    scope: str
    valid_from: date | None
    until: date | None
    revocable: bool
    status: Status
    citation: dict[str, Any]
    confidence: Confidence
    note: str = ""
