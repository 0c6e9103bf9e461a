"""What is asked and answered about disputes."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from qantara.api.shapes import Moment, Request
from qantara.disputes.model import FILE_BYTES
from qantara.edge.disputing import WORDS, WORDS_LONGEST, Side

Kind = Literal["not_received", "wrong_amount", "not_authorised", "wrong_payee", "other"]
State = Literal["open", "answered", "resolved", "rejected", "withdrawn"]
Words = Annotated[
    str,
    Field(
        min_length=1,
        max_length=WORDS_LONGEST,
        pattern=WORDS,
        description="What is said, in any language and script.",
    ),
]


class NewFile(Request):
    """A picture or PDF, told from its bytes, of 4 MB at most. It is kept as it came."""

    content: str = Field(
        min_length=4,
        max_length=-(-FILE_BYTES // 3) * 4,
        pattern=r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
        description="The bytes in base64 (RFC 4648, section 4): PNG, JPEG, WebP or PDF.",
    )


class NewDispute(Request):
    """`payment_id` is a remittance, a transfer, an incoming transfer, or the UETR of a payment
    that came from abroad.
    """

    payment_id: str = Field(max_length=64)
    kind: Kind
    words: Words
    file: NewFile | None = None


class DisputeWords(Request):
    words: Words


class CustomerWords(Request):
    words: Words
    file: NewFile | None = None


@dataclass(frozen=True, slots=True)
class DisputeFile:
    """A file of a dispute, at `/v1/disputes/{id}/files/{file}`; `sha256` in hexadecimal."""

    id: str
    media_type: Literal["image/png", "image/jpeg", "image/webp", "application/pdf"]
    size_bytes: int
    sha256: str
    added_at: Moment


@dataclass(frozen=True, slots=True)
class DisputeEntry:
    """One thing that happened; `clock` is no person: a term ran out. `actor` is for staff."""

    act: Literal["open", "say", "answer", "resolve", "reject", "withdraw", "time_out"]
    side: Side
    actor: str | None
    words: str | None
    occurred_at: Moment


@dataclass(frozen=True, slots=True)
class Dispute:
    """`number` is for people. `due_at` is by when the institution's next word is due, and
    `end_due_at` by when all is ended; both follow from its own terms, so `label` is `example`.
    """

    id: str
    number: str
    customer_id: str
    payment_id: str
    kind: Kind
    state: State
    final: bool
    words: str
    opened_at: Moment
    due_at: Moment | None
    end_due_at: Moment
    label: Literal["example"]
    overdue: bool
    ended_at: Moment | None
    timeline: list[DisputeEntry] | None = None
    files: list[DisputeFile] | None = None


@dataclass(frozen=True, slots=True)
class DisputePage:
    data: list[Dispute]
    has_more: bool


@dataclass(frozen=True, slots=True)
class DisputeCounts:
    """How many there are by state, and by kind of those that have not ended; `overdue` of them
    are late.
    """

    states: dict[str, int]
    kinds: dict[str, int]
    overdue: int
