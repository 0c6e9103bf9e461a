"""A talk by USSD: what was typed so far, where it stands, what the phone shows."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qantara.texts import Language

SESSION_SECONDS = 180
"""How long a talk may last in all. A gateway's own time-out ends it sooner."""


class Step(StrEnum):
    """What the phone is asked for."""

    MENU = "menu"
    PIN = "pin"
    PHONE = "phone"
    PAYEE = "payee"
    AMOUNT = "amount"
    PURPOSE = "purpose"
    CONFIRM = "confirm"
    CODE = "code"
    LANGUAGE = "language"
    ENDED = "ended"


SECRET = frozenset({Step.PIN, Step.CONFIRM, Step.CODE})
"""Steps whose answers are kept nowhere."""


class State(Struct, frozen=True):
    """`typed` holds an empty text for each secret; `facts` are what the payment will be made of.
    `credential` is the PIN by which somebody has come in.
    """

    language: Language
    step: Step
    screen: str
    typed: tuple[str, ...] = ()
    facts: dict[str, str] = {}
    credential: str = ""


class Session(Struct, frozen=True):
    gateway: str
    id: str
    phone: str
    state: State
    opened_at: datetime
    expires_at: datetime

    @property
    def turns(self) -> int:
        return len(self.state.typed)

    def stands_at(self, typed: tuple[str, ...]) -> bool:
        """Whether so much was typed, as far as it is kept."""
        kept = self.state.typed
        return len(kept) == len(typed) and all(
            not mine or mine == theirs for mine, theirs in zip(kept, typed, strict=True)
        )


class Dialled(Struct, frozen=True):
    """What a gateway hands over: `text` is all that was typed in this talk, parted by `*`."""

    gateway: str
    session_id: str
    phone: str
    text: str


class Screen(Struct, frozen=True):
    """What the phone shows; `is_end` where nothing more can be typed."""

    text: str
    is_end: bool

    @property
    def told(self) -> str:
        """The same as gateways read it."""
        return f"{'END' if self.is_end else 'CON'} {self.text}"


class Speaks(Struct, frozen=True):
    phone: str
    language: Language
