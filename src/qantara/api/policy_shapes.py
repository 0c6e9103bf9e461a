"""How the policy doors look: questions read strictly, answers as the engine words them."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from qantara.api.shapes import Country, Request

Day = str


class SideAsked(Request):
    """One side of an act. `facts` are named in the reference: amounts as decimal text in major
    units, shares as decimals, lists of codes.
    """

    country: str = Field(pattern=r"^[A-Z]{2}$", examples=["MY"])
    facts: dict[str, str | int | bool | list[str]] = Field(
        default_factory=dict,
        max_length=100,
        examples=[{"amount": "60000.00", "customer_kind": "person", "rail": "duitnow"}],
    )


class Question(Request):
    """May this go? `on` is the day whose law is asked; today if none."""

    act: str = Field(max_length=40, examples=["payment"])
    sender: SideAsked
    recipient: SideAsked | None = None
    via: str = Field(default="", max_length=40, examples=["nexus"])
    purpose: str | None = Field(default=None, max_length=35)
    elements: list[str] = Field(default_factory=list, max_length=10)
    on: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-01"])


class DraftValue(Request):
    """A figure as it would read; type and unit are those of the value it changes."""

    id: str = Field(max_length=200, examples=["duitnow.limit.transaction.person"])
    value: str | int | bool | list[str] = Field(examples=["20000.00"])


class Draft(Request):
    """A what-if over the payments in the book: known proposals taken as in force, or figures
    changed; one of the two.
    """

    adopt: list[str] = Field(default_factory=list, max_length=50)
    values: list[DraftValue] = Field(default_factory=list, max_length=200)
    examples: int = Field(default=5, ge=0, le=100)


@dataclass(frozen=True, slots=True)
class LeastChange:
    fact: str
    to: str


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of one rule: what was seen, what is allowed, how much room is left."""

    rule: str
    finding: Literal["passed", "failed", "noted", "undetermined", "due"]
    effect: str
    side: str
    value_id: str
    provision: str
    rule_provision: str
    observed: str
    threshold: str
    margin: str
    unit: str
    status: str
    confidence: str
    label: str
    least_change: LeastChange | None = None
    missing: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    duty: str
    rule: str
    provision: str
    fields: list[str]
    within: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of every rule of every jurisdiction touched; not legal advice."""

    rulebook_version: str
    pack_hash: str
    decided_on: Day
    outcome: Literal["allowed", "allowed_with_duties", "review", "refused"]
    trace: list[Step]
    unknown: list[Step]
    duties: list[Duty]
    reason: str | None
    rule: str | None
    citation: str | None
    labels: list[str]
    facts: dict[str, Any]
    explanation: dict[str, Any]
    id: str | None = None
    subject: str | None = None
    recorded_at: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Regimes side by side: `strictest` names the country whose figure binds most."""

    topic: str
    on: Day
    countries: list[Country]
    rows: list[dict[str, Any]]
    rules: list[dict[str, Any]]
    gaps: list[Country]


@dataclass(frozen=True, slots=True)
class Changes:
    """What reads otherwise on the later day, and whom that affects."""

    first: Day
    second: Day
    changes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Entries:
    """Values and rules of the rulebook in force."""

    rulebook_version: str
    on: Day
    values: list[dict[str, Any]]
    rules: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Defect:
    kind: str
    entry: str
    detail: str
    place: str
    warning: bool


@dataclass(frozen=True, slots=True)
class Soundness:
    """What is wrong with the rulebook, and the cases that come out otherwise."""

    rulebook_version: str
    clean: bool
    defects: list[Defect]
    cases: int
    misses: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a draft would have done to the payments in the book."""

    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the corridor's table implies every national rule; conflicts and gaps, each with a
    payment that shows it.
    """

    report: dict[str, Any]
