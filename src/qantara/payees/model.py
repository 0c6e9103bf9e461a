"""The payee check: what is asked, what is answered, and the states in between."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from qantara.errors import Reason
from qantara.ids import CustomerId
from qantara.rails.model import Match, Profile

KIND = "payees"
"""Whose deadlines these are, among those of the role."""
VERIFYING = frozenset({Profile.SCT_INST, Profile.OCT_INST})
"""Where the payee's side compares the name that was asked: in SCT Inst by law (Regulation (EU)
2024/886), in OCT Inst by our choice.
"""


class Asker(Protocol):
    """What these verbs must know of the institution; the role's own configuration tells it.

    `corridors` are the countries it sends to, besides its own. `check_seconds` is how long an
    answer is waited for, `check_age_seconds` how long it holds (configuration, example).
    """

    @property
    def role(self) -> str: ...
    @property
    def bic(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def profile(self) -> Profile: ...
    @property
    def ips(self) -> str: ...
    @property
    def ips_bic(self) -> str: ...
    @property
    def corridors(self) -> Mapping[str, object]: ...
    @property
    def check_seconds(self) -> int: ...
    @property
    def check_age_seconds(self) -> int: ...


class CheckState(StrEnum):
    ASKED = "asked"
    CONFIRMED = "confirmed"
    NOT_FOUND = "not_found"
    TIMED_OUT = "timed_out"


class CheckEvent(StrEnum):
    CONFIRM = "confirm"
    DENY = "deny"
    TIME_OUT = "time_out"


TRANSITIONS: dict[tuple[CheckState, CheckEvent], CheckState] = {
    (CheckState.ASKED, CheckEvent.CONFIRM): CheckState.CONFIRMED,
    (CheckState.ASKED, CheckEvent.DENY): CheckState.NOT_FOUND,
    (CheckState.ASKED, CheckEvent.TIME_OUT): CheckState.TIMED_OUT,
}


class Source(StrEnum):
    """Who answers: each has its own custom of what a sender may see."""

    NEXUS = "nexus"
    """Across borders: a display name, and the legal name for screening."""
    DUITNOW = "duitnow"
    """DuitNow's enquiry, the first of its two steps."""
    RAAST = "raast"
    """Raast's title fetch."""
    VOP = "vop"
    """Verification of payee in the Union: a match, and a name only where it is close."""
    HERE = "here"
    """Our own book, about another customer of ours: a masked name."""


class CheckPayee(Struct, frozen=True):
    """Ask whose account this is. `address_type` is an ISO proxy code, `IBAN` or `ACCT`; `name`
    is what the sender believes the payee is called.
    """

    id: str
    customer_id: CustomerId
    country: str
    address_type: str
    address: str
    agent_bic: str | None = None
    name: str | None = None


class PayeeCheck(Struct, frozen=True):
    """The question and, once it came, the answer.

    `display_name` is what the sender may see and may be masked; `legal_name` is for screening
    and messages and is never shown. `match` compares `name`; it is None where no name was
    said. `reason` is the scheme's code where nobody was found, `warning` what the sender must
    be told before going on. `valid_until` is when the answer is too old to pay on.
    """

    id: str
    customer_id: CustomerId
    state: CheckState
    country: str
    address_type: str
    address: str
    agent_bic: str | None
    name: str | None
    source: Source
    message_id: str
    match: Match | None = None
    display_name: str | None = None
    legal_name: str | None = None
    town: str | None = None
    account_number: str | None = None
    account_is_iban: bool | None = None
    account_agent_bic: str | None = None
    reason: str | None = None
    warning: Reason | None = None
    answer_id: str | None = None
    valid_until: datetime | None = None
