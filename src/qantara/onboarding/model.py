"""Applications, the tiers they lead to, and the states they pass through."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field

from qantara.access.model import Principal
from qantara.ids import AccountId, CustomerId
from qantara.money import Asset, Money
from qantara.onboarding.tiers import DOCUMENTS, LADDERS, Step, Tier
from qantara.parties.model import Account, Customer, IdentityType, NewAlias
from qantara.policy.model import Rulebook

__all__ = [
    "DOCUMENTS",
    "LADDERS",
    "TRANSITIONS",
    "Application",
    "Ask",
    "AskCode",
    "ChoosePin",
    "Document",
    "Enrolment",
    "Event",
    "Face",
    "FaceCheck",
    "Figure",
    "Ground",
    "Home",
    "NewRelation",
    "Numbering",
    "Outcome",
    "Person",
    "Progress",
    "Proof",
    "Proved",
    "Raise",
    "Review",
    "Rung",
    "Said",
    "Save",
    "SimulatedSms",
    "Standing",
    "State",
    "Step",
    "Taker",
    "Terms",
    "Tier",
    "Verdict",
    "Verify",
]


class Taker(Protocol):
    """What these verbs must know of the institution that takes people on."""

    @property
    def role(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def asset(self) -> Asset: ...
    @property
    def rulebook(self) -> Rulebook: ...
    @property
    def claim(self) -> str: ...


class Numbering(Struct, frozen=True):
    """How new account numbers begin: `prefix` and so many `digits` in all, behind `bank` and
    `branch` where the number is an IBAN.
    """

    prefix: str = "71"
    digits: int = 12
    bank: str = ""
    branch: str = ""


class Terms(Struct, frozen=True):
    """The institution's own terms. All of it is configuration, every figure an example.

    `ceilings` are its own, by tier and in minor units, beside those of law: the lower holds. With
    `show_messages` the pages show what the simulated gateway sent: for demonstrations alone.
    """

    numbering: Numbering = Numbering()
    ceilings: Mapping[str, int] = field(default_factory=dict)
    age_least_years: int = 18
    code_seconds: int = 300
    code_tries: int = 5
    keep_days: int = 30
    review_days: int = 2
    show_messages: bool = False


class Face(StrEnum):
    """What the simulated provider of electronic identity checks says."""

    PASSED = "passed"
    UNSURE = "unsure"
    FAILED = "failed"


class Person(Struct, frozen=True):
    """`rails_name` is how the bearer writes the name in Latin letters, where it has others."""

    legal_name: str
    born_on: date
    rails_name: str = ""


class Home(Struct, frozen=True):
    street: str
    town: str
    rails_street: str = ""
    rails_town: str = ""


class Document(Struct, frozen=True):
    """`picture` is the SHA-256 of an image, in hex; the image itself is not kept here."""

    type: IdentityType
    number: str
    picture: str = ""


class FaceCheck(Struct, frozen=True):
    """The person has held a face before the camera; the check itself is simulated."""


Answer = Person | Home | Document | FaceCheck


class Said(Struct, frozen=True):
    """What a person has told so far."""

    pin_hash: str = ""
    person: Person | None = None
    home: Home | None = None
    document: Document | None = None
    face: Face | None = None


class State(StrEnum):
    FILLING = "filling"
    IN_REVIEW = "in_review"
    OPENED = "opened"
    REFUSED = "refused"
    EXPIRED = "expired"


class Event(StrEnum):
    OPEN = "open"
    REVIEW = "review"
    REFUSE = "refuse"
    AMEND = "amend"
    TIME_OUT = "time_out"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.FILLING, Event.OPEN): State.OPENED,
    (State.FILLING, Event.REVIEW): State.IN_REVIEW,
    (State.FILLING, Event.REFUSE): State.REFUSED,
    (State.FILLING, Event.TIME_OUT): State.EXPIRED,
    (State.IN_REVIEW, Event.OPEN): State.OPENED,
    (State.IN_REVIEW, Event.REFUSE): State.REFUSED,
    (State.IN_REVIEW, Event.TIME_OUT): State.FILLING,
    (State.REFUSED, Event.AMEND): State.FILLING,
    (State.REFUSED, Event.TIME_OUT): State.EXPIRED,
}


class Ground(Struct, frozen=True):
    """Why a person is asked, or why it was refused; `remedy` is what can be done about it."""

    reason: str
    rule: str
    citation: str = ""
    remedy: str = ""
    label: str = ""


class Outcome(Struct, frozen=True):
    """What was decided; `why` is staff's own word. Once it was refused for what no better picture
    puts right, other answers are `watched`: a person looks at them.
    """

    grounds: tuple[Ground, ...] = ()
    decision_id: str = ""
    decided_by: str = ""
    why: str = ""
    watched: bool = False


class Application(Struct, frozen=True):
    """One way to one tier. `held` is the tier that stands already, `asked` the one decided on."""

    id: str
    phone: str
    language: str
    state: State
    said: Said
    outcome: Outcome
    started_at: datetime
    changed_at: datetime
    expires_at: datetime
    secret_digest: bytes | None = None
    held: str = ""
    asked: str = ""
    customer_id: CustomerId | None = None
    account_id: AccountId | None = None


class AskCode(Struct, frozen=True):
    """Send a code to a phone: `text` is for a stranger's phone, `known` for a customer's."""

    id: str
    phone: str
    language: str
    digest: bytes
    text: str
    known: str
    terms: Terms


class Verify(Struct, frozen=True):
    """A code came back; `secret_digest` is of what the browser is given if it is right."""

    code_id: str
    digest: bytes
    application_id: str
    secret_digest: bytes
    terms: Terms


class Proof(Struct, frozen=True):
    """Whose application it is: who holds its secret, or the customer `by` whom it is."""

    application_id: str
    secret: str = ""
    by: Principal | None = None


class Proved(Struct, frozen=True):
    """`secret` is told once and stored nowhere."""

    application: Application
    secret: str


class Save(Struct, frozen=True):
    proof: Proof
    answer: Answer
    terms: Terms


class ChoosePin(Struct, frozen=True):
    proof: Proof
    pin_hash: str


class Ask(Struct, frozen=True):
    """The person has told all and wants this tier."""

    proof: Proof
    tier: str
    terms: Terms


class Raise(Struct, frozen=True):
    """A customer wants the next tier; `id` is that of the application, if there is none yet. With
    a `secret_digest` its secret opens it, too.
    """

    by: Principal
    id: str
    terms: Terms
    secret_digest: bytes | None = None


class Verdict(StrEnum):
    OPEN = "open"
    REFUSE = "refuse"


class Review(Struct, frozen=True):
    """Staff's word on an application that waits for a person."""

    by: Principal
    application_id: str
    verdict: Verdict
    why: str
    terms: Terms


class SimulatedSms(Struct, frozen=True):
    phone: str
    text: str
    sent_at: datetime


class Figure(Struct, frozen=True):
    """A figure of a rulebook as it stands; `value` is None where none is published."""

    id: str
    means: str
    value: Money | bool | str | None
    citation: str
    confidence: str
    status: str
    note: str
    label: str = ""


class Rung(Struct, frozen=True):
    """A tier as it stands today. `ceiling` is the most the account may hold, None without one;
    it is the institution's own where `own_ceiling`.
    """

    tier: Tier
    rank: int
    available: bool
    figures: tuple[Figure, ...]
    ceiling: Money | None = None
    own_ceiling: bool = False


class Standing(StrEnum):
    OPEN = "open"
    READY = "ready"
    INCOMPLETE = "incomplete"
    UNAVAILABLE = "unavailable"


class Progress(Struct, frozen=True):
    """How far a person is from a tier; `missing` in the order in which it is asked."""

    rung: Rung
    standing: Standing
    missing: tuple[Step, ...] = ()


class NewRelation(Struct, frozen=True):
    """A customer, one account, and what it may hold at most, in minor units."""

    customer: Customer
    account: Account
    alias: NewAlias | None = None
    ceiling: int | None = None


class Enrolment(Struct, frozen=True):
    """A customer who is to sign in by a phone and a PIN of this hash."""

    customer: Customer
    phone: str
    pin_hash: str
