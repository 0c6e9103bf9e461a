"""Disputes, what happens to them, and the clock that they are answered against."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from qantara.ids import CustomerId, PrincipalId

KIND = "disputes"
"""Whose deadlines these are, among those of the role."""
FILE_BYTES = 4 * 1024 * 1024
FILES_MOST = 8
"""How large a file of a dispute is at most, and how many it has."""
OVERDUE = "overdue"
"""What is told when a clock runs out; it is no state, and ends nothing."""


class Answering(Protocol):
    """What these verbs must know of the institution; the role's own configuration tells it: in
    how many days of the calendar a dispute is answered, and ended (examples).
    """

    @property
    def dispute_answer_days(self) -> int: ...
    @property
    def dispute_end_days(self) -> int: ...


class DisputeKind(StrEnum):
    """What is said to be wrong."""

    NOT_RECEIVED = "not_received"
    WRONG_AMOUNT = "wrong_amount"
    NOT_AUTHORISED = "not_authorised"
    WRONG_PAYEE = "wrong_payee"
    OTHER = "other"


class DisputeState(StrEnum):
    """`open` awaits the institution's word, `answered` the customer's or the end."""

    OPEN = "open"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What happens to a dispute, and is kept with its words."""

    OPEN = "open"
    SAY = "say"
    ANSWER = "answer"
    RESOLVE = "resolve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    TIME_OUT = "time_out"


# A clock that has run out ends nothing: it is told, and staff still owe their word.
TRANSITIONS: dict[tuple[DisputeState, Act], DisputeState] = {
    (DisputeState.OPEN, Act.SAY): DisputeState.OPEN,
    (DisputeState.OPEN, Act.ANSWER): DisputeState.ANSWERED,
    (DisputeState.OPEN, Act.RESOLVE): DisputeState.RESOLVED,
    (DisputeState.OPEN, Act.REJECT): DisputeState.REJECTED,
    (DisputeState.OPEN, Act.WITHDRAW): DisputeState.WITHDRAWN,
    (DisputeState.OPEN, Act.TIME_OUT): DisputeState.OPEN,
    (DisputeState.ANSWERED, Act.SAY): DisputeState.OPEN,
    (DisputeState.ANSWERED, Act.ANSWER): DisputeState.ANSWERED,
    (DisputeState.ANSWERED, Act.RESOLVE): DisputeState.RESOLVED,
    (DisputeState.ANSWERED, Act.REJECT): DisputeState.REJECTED,
    (DisputeState.ANSWERED, Act.WITHDRAW): DisputeState.WITHDRAWN,
    (DisputeState.ANSWERED, Act.TIME_OUT): DisputeState.ANSWERED,
}
ENDS = frozenset(DisputeState) - {state for state, _ in TRANSITIONS}


class MediaType(StrEnum):
    """What a file is, told from its bytes."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    PDF = "application/pdf"


class NewFile(Struct, frozen=True):
    """A file that shows what is said; `digest` is the SHA-256 of its content."""

    media_type: MediaType
    digest: bytes
    content: bytes


class File(Struct, frozen=True):
    """A file of a dispute, without its content; `size` in bytes."""

    id: str
    dispute_id: str
    media_type: MediaType
    digest: bytes
    size: int
    added_at: datetime


class Reading(Struct, frozen=True):
    """Somebody of the institution opens a file."""

    file: File
    by: PrincipalId


class OpenDispute(Struct, frozen=True):
    """A customer's word that a payment of the own is wrong. `payment_id` is a remittance, a
    transfer, an incoming transfer (`rem_`, `trf_`, `arr_`) or the UETR of what came from abroad.
    """

    id: str
    customer_id: CustomerId
    payment_id: str
    kind: DisputeKind
    words: str
    by: PrincipalId
    file: NewFile | None = None


class Say(Struct, frozen=True):
    """What a customer does with an own dispute: `SAY` more, perhaps with a file, or `WITHDRAW`."""

    dispute_id: str
    customer_id: CustomerId
    act: Act
    words: str | None
    by: PrincipalId
    file: NewFile | None = None


class Rule(Struct, frozen=True):
    """What staff do with a dispute: `ANSWER`, `RESOLVE` or `REJECT`, and why."""

    dispute_id: str
    act: Act
    words: str
    by: PrincipalId


class Dispute(Struct, frozen=True):
    """A dispute as it stands. `due_at` is the clock that runs: by when the institution answers,
    or, once it has, `end_due_at`, by when all is ended; None at the end.
    """

    id: str
    number: str
    customer_id: CustomerId
    payment_id: str
    kind: DisputeKind
    state: DisputeState
    words: str
    opened_at: datetime
    end_due_at: datetime
    due_at: datetime | None
    ended_at: datetime | None = None
    sequence: int = 0


class Entry(Struct, frozen=True):
    """One thing that happened; `actor` is a principal, None where a clock ran out."""

    dispute_id: str
    act: Act
    actor: str | None
    words: str | None
    occurred_at: datetime
    sequence: int = 0


class Wanted(Struct, frozen=True):
    """Which disputes staff look for; those after a place in their order."""

    state: DisputeState | None = None
    kind: DisputeKind | None = None
    overdue_at: datetime | None = None
    after: Dispute | None = None
    limit: int = 50


class Counts(Struct, frozen=True):
    """How many there are, by state and, of those not ended, by kind; `overdue` of them are late."""

    states: Mapping[DisputeState, int]
    kinds: Mapping[DisputeKind, int]
    overdue: int
