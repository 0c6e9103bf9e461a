"""What people tell to become customers, and what they are told."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from qantara.api.shapes import Moment, Request
from qantara.clock import to_text
from qantara.money import Money
from qantara.onboarding.model import Application, Figure, Ground, Progress, Rung, Step
from qantara.parties.model import IdentityType

Spoken = Annotated[
    str, Field(min_length=1, max_length=140, json_schema_extra={"pattern": r"^\S(.*\S)?$"})
]
Latin = Annotated[
    str,
    Field(
        max_length=140,
        description="The same in Latin letters, where it has others.",
        json_schema_extra={"pattern": r"^([!-~]([ -~]*[!-~])?)?$"},
    ),
]


class NewCode(Request):
    """`language` is that of the text message."""

    phone: str = Field(pattern=r"^\+[0-9]{8,15}$", max_length=16, examples=["+60123456789"])
    language: Literal["en", "ms", "ur", "fr"] = "en"


class CodeAnswer(Request):
    code: str = Field(pattern=r"^[0-9]{6}$", max_length=6)


class NewPin(Request):
    pin: str = Field(pattern=r"^[0-9]{6,12}$", max_length=12, repr=False)


class ToldPerson(Request):
    legal_name: Spoken
    born_on: str = Field(
        max_length=10, examples=["1990-02-14"], json_schema_extra={"format": "date"}
    )
    rails_name: Latin = ""


class ToldHome(Request):
    street: Spoken
    town: Spoken
    rails_street: Latin = ""
    rails_town: Latin = ""


class ToldDocument(Request):
    """`picture` is the SHA-256 of an image in hex; the image itself is not sent."""

    type: Literal["nric", "cnic", "passport"]
    number: str = Field(pattern=r"^[0-9A-Za-z \-]{5,24}$", max_length=24)
    picture: str = Field("", pattern=r"^([0-9a-f]{64})?$", max_length=64)


class Wish(Request):
    tier: str = Field(pattern=r"^[a-z0-9_]{1,32}$", max_length=32, examples=["emoney"])


class Word(Request):
    """Staff's word; `why` is kept and not told."""

    verdict: Literal["open", "refuse"]
    why: Spoken


@dataclass(frozen=True, slots=True)
class AskedCode:
    """The gateway of text messages is simulated: nothing leaves."""

    id: str
    gateway: str = "simulated"


@dataclass(frozen=True, slots=True)
class LawFigure:
    """`value` is null where none is published; `label` names an example that stands for law."""

    id: str
    means: str
    value: str | None
    currency: str | None
    citation: str
    confidence: str
    status: str
    note: str
    label: str


@dataclass(frozen=True, slots=True)
class TierShown:
    """`ceiling` is the most the account may hold; null without one."""

    key: str
    account_class: str
    rank: int
    available: bool
    needs: list[str]
    ceiling: str | None
    own_ceiling: bool
    currency: str
    figures: list[LawFigure]


@dataclass(frozen=True, slots=True)
class Ladder:
    country: str
    tiers: list[TierShown]


@dataclass(frozen=True, slots=True)
class GroundShown:
    """`reason` is a code as those of problems; `remedy` says what can be done."""

    reason: str
    rule: str
    citation: str
    remedy: str
    label: str


@dataclass(frozen=True, slots=True)
class TierProgress:
    key: str
    standing: str
    missing: list[str]


@dataclass(frozen=True, slots=True)
class ApplicationShown:
    """What was told is listed by its steps and not repeated."""

    id: str
    state: str
    told: list[str]
    held: str
    asked: str
    customer_id: str | None
    account_id: str | None
    grounds: list[GroundShown]
    tiers: list[TierProgress]
    started_at: Moment
    expires_at: Moment


@dataclass(frozen=True, slots=True)
class ProvedShown:
    """`secret` opens the application from now on, as a bearer token; it is told here alone."""

    application: ApplicationShown
    secret: str


@dataclass(frozen=True, slots=True)
class WaitingShown:
    """An application as the staff sees it who decides about it."""

    id: str
    asked: str
    legal_name: str
    born_on: str
    town: str
    document_type: str
    document_number: str
    grounds: list[GroundShown]
    since: Moment
    expires_at: Moment


@dataclass(frozen=True, slots=True)
class WaitingPage:
    data: list[WaitingShown]
    has_more: bool


@dataclass(frozen=True, slots=True)
class SmsShown:
    text: str
    sent_at: Moment


@dataclass(frozen=True, slots=True)
class SmsPage:
    data: list[SmsShown]
    has_more: bool
    gateway: str = "simulated"


def tier_shown(rung: Rung, currency: str) -> TierShown:
    return TierShown(
        key=rung.tier.key,
        account_class=rung.tier.account_class,
        rank=rung.rank,
        available=rung.available,
        needs=[step.value for step in rung.tier.needs],
        ceiling=None if rung.ceiling is None else str(rung.ceiling),
        own_ceiling=rung.own_ceiling,
        currency=currency,
        figures=[_figure(each) for each in rung.figures],
    )


def _figure(found: Figure) -> LawFigure:
    money = found.value if isinstance(found.value, Money) else None
    return LawFigure(
        found.id,
        found.means,
        None if found.value is None else str(found.value),
        None if money is None else money.asset.code,
        found.citation,
        found.confidence,
        found.status,
        found.note,
        found.label,
    )


def _ground(found: Ground) -> GroundShown:
    return GroundShown(found.reason, found.rule, found.citation, found.remedy, found.label)


def application_shown(found: Application, ways: list[Progress]) -> ApplicationShown:
    return ApplicationShown(
        id=found.id,
        state=found.state.value,
        told=_told(found),
        held=found.held,
        asked=found.asked,
        customer_id=found.customer_id,
        account_id=found.account_id,
        grounds=[_ground(each) for each in found.outcome.grounds],
        tiers=[
            TierProgress(w.rung.tier.key, w.standing.value, [s.value for s in w.missing])
            for w in ways
        ],
        started_at=to_text(found.started_at),
        expires_at=to_text(found.expires_at),
    )


def _told(found: Application) -> list[str]:
    said = found.said
    steps = {
        Step.PHONE: True,
        Step.PIN: bool(said.pin_hash),
        Step.PERSON: said.person is not None,
        Step.HOME: said.home is not None,
        Step.DOCUMENT: said.document is not None,
        Step.PICTURE: said.document is not None and bool(said.document.picture),
        Step.FACE: said.face is not None,
    }
    return [step.value for step, told in steps.items() if told]


def waiting_shown(found: Application) -> WaitingShown:
    person, home, document = found.said.person, found.said.home, found.said.document
    return WaitingShown(
        id=found.id,
        asked=found.asked,
        legal_name="" if person is None else person.legal_name,
        born_on="" if person is None else person.born_on.isoformat(),
        town="" if home is None else home.town,
        document_type="" if document is None else document.type.value,
        document_number="" if document is None else document.number,
        grounds=[_ground(each) for each in found.outcome.grounds],
        since=to_text(found.changed_at),
        expires_at=to_text(found.expires_at),
    )


def day(text: str) -> date | None:
    """A calendar day as ISO 8601 writes it; None for none."""
    try:
        return date.fromisoformat(text) if len(text) == len("YYYY-MM-DD") else None
    except ValueError:
        return None


KINDS = {kind.value: kind for kind in IdentityType}
