"""How the policy doors look: questions read strictly, answers as the engine words them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from qantara.api.shapes import Country, Request
from qantara.policy.model import COMMON_FACTS, PARTY_FACTS, Act, Fact, FactType

Day = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2026-11-01"])]
_AMOUNT = r"^(0|[1-9][0-9]{0,15})\.[0-9]{2}$"
_SHARE = r"^(0|1|0\.[0-9]{1,6})$"


def one_of(words: Iterable[str]) -> str:
    """The pattern of a closed list."""
    return f"^({'|'.join(words)})$"


def _text(pattern: str, means: str) -> Any:
    return Annotated[str, Field(max_length=80, pattern=pattern, description=means)]


def _typed(fact: Fact) -> Any:
    """How a fact is written in JSON."""
    match fact.type:
        case FactType.MONEY:
            return _text(_AMOUNT, fact.means)
        case FactType.RATIO:
            return _text(_SHARE, fact.means)
        case FactType.FLAG:
            return Annotated[bool, Field(description=fact.means)]
        case FactType.COUNT | FactType.DURATION:
            means = f"{fact.unit}: {fact.means}" if fact.unit else fact.means
            return Annotated[int, Field(ge=0, le=10**15, description=means)]
        case FactType.CODES:
            words = Annotated[str, Field(pattern=one_of(fact.choices))]
            return Annotated[list[words], Field(max_length=20, description=fact.means)]
        case _:
            return _text(one_of(fact.choices) if fact.choices else _CODE, fact.means)


_CODE = r"^[A-Za-z0-9_-]{1,40}$"
_FACTS: Any = {
    name: (_typed(fact) | None, None)
    for name, fact in PARTY_FACTS.items()
    if name not in {"country", "currency"}
}
SideFacts = create_model(
    "SideFacts",
    __base__=Request,
    __doc__="What is known of one side; what is left out is not known.",
    **_FACTS,
)


class SideAsked(Request):
    """One side of an act: the country whose law it meets, and what is known of it."""

    country: str = Field(pattern=r"^[A-Z]{2}$", examples=["MY"])
    facts: SideFacts = Field(  # type: ignore[valid-type]
        default_factory=SideFacts,
        examples=[{"amount": "60000.00", "customer_kind": "person", "rail": "duitnow"}],
    )


class Question(Request):
    """May this go? `on` is the day whose law is asked; today if none. A payment has a recipient,
    every other act the sender's side alone.
    """

    act: str = Field(pattern=one_of(Act), examples=["payment"])
    sender: SideAsked
    recipient: SideAsked | None = None
    via: str = Field(default="", pattern=r"^[a-z]{0,20}$", examples=["nexus"])
    purpose: str | None = Field(default=None, pattern=r"^[A-Z0-9]{1,4}$")
    elements: list[Annotated[str, Field(pattern=one_of(COMMON_FACTS["elements"].choices))]] = Field(
        default_factory=list, max_length=10
    )
    on: Day | None = None


class DraftValue(Request):
    """A figure as it would read; type and unit are those of the value it changes."""

    id: str = Field(max_length=200, examples=["duitnow.limit.transaction.person"])
    value: str | int | bool | list[str] = Field(examples=["20000.00"])


class Draft(Request):
    """A what-if over the payments in the book: known proposals taken as in force, and figures
    changed; neither changes nothing.
    """

    adopt: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=50)
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
class Harmonised:
    """What all rules of a corridor together ask, each line with the rule and where it stands."""

    table: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Register:
    """Recognised equivalences."""

    equivalences: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the corridor's table implies every national rule; conflicts and gaps, each with a
    payment that shows it.
    """

    report: dict[str, Any]
