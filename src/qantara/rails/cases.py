"""What institutions and the scheme's service desk tell each other about a payment.

Nexus has no messages for exceptions yet: a question, a recall or a dispute is a case at the
desk, and these JSON notices carry it. They hold no personal data; a text is staff's own words.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import msgspec
from msgspec import Struct

from qantara.errors import Malformed, Reason
from qantara.money import Money, asset

CASE_NOTICE = "desk.case"
ANSWER_NOTICE = "desk.answer"
TEXT_MAX = 500


class Kind(StrEnum):
    INVESTIGATION = "investigation"
    """Where is it?"""
    RECALL = "recall"
    """The sender's side asks for a completed payment back."""
    DISPUTE = "dispute"
    """What the receiving side says it did is not what happened."""


class Cause(StrEnum):
    WHEREABOUTS = "whereabouts"
    DUPLICATE = "duplicate"
    TECHNICAL = "technical"
    FRAUD = "fraud"
    WRONG_ACCOUNT = "wrong_account"
    WRONG_AMOUNT = "wrong_amount"
    CUSTOMER = "customer"
    """The sender has thought better of it."""
    NOT_RECEIVED = "not_received"
    WRONG_AMOUNT_RECEIVED = "wrong_amount_received"


CAUSES: Mapping[Kind, tuple[Cause, ...]] = {
    Kind.INVESTIGATION: (Cause.WHEREABOUTS,),
    Kind.RECALL: (
        *(Cause.DUPLICATE, Cause.TECHNICAL, Cause.FRAUD, Cause.WRONG_ACCOUNT),
        *(Cause.WRONG_AMOUNT, Cause.CUSTOMER),
    ),
    Kind.DISPUTE: (Cause.NOT_RECEIVED, Cause.WRONG_AMOUNT_RECEIVED),
}


class Side(StrEnum):
    """A side of the payment: whose case it is, or whose fault."""

    SOURCE = "source"
    DESTINATION = "destination"


def fault_of(kind: Kind) -> Side:
    """Who is at fault unless the receiving side takes it upon itself: whoever asks for a payment
    back has erred in sending it; what arrived wrongly went wrong where it arrived.
    """
    return Side.DESTINATION if kind is Kind.DISPUTE else Side.SOURCE


class Refusal(StrEnum):
    """Why a case is refused (ISO cancellation status reasons)."""

    CUSTOMER = "CUST"
    LEGAL = "LEGL"
    NO_ANSWER = "NOAS"
    CLOSED = "AC04"
    FUNDS = "AM04"
    UNKNOWN = "NOOR"
    RETURNED = "ARDT"
    NARRATIVE = "NARR"


class Act(StrEnum):
    """What somebody does with a case. The desk alone says OPEN, ESCALATE and EXPIRE."""

    OPEN = "open"
    ACCEPT = "accept"
    REFUSE = "refuse"
    RETURN = "return"
    """The money has gone back, by the payment named."""
    WITHDRAW = "withdraw"
    CLOSE = "close"
    NOTE = "note"
    ESCALATE = "escalate"
    EXPIRE = "expire"


class CaseNotice(Struct, frozen=True):
    """`desk.case`: a case on `payment` (its UETR). What the desk alone knows is empty on the way
    to it: to whom the case goes, by when it must be answered, and the payment's amounts as they
    passed the gateway (decimal text in major units).
    """

    message_id: str
    case_id: str
    kind: Kind
    cause: Cause
    payment: str
    opened_by: str
    opened_at: datetime
    text: str | None = None
    assigned_to: str | None = None
    due_at: datetime | None = None
    source: str | None = None
    source_amount: str | None = None
    destination: str | None = None
    destination_amount: str | None = None

    @property
    def sent(self) -> Money | None:
        return _money(self.source_amount, self.source)

    @property
    def arrived(self) -> Money | None:
        return _money(self.destination_amount, self.destination)


def _money(amount: str | None, code: str | None) -> Money | None:
    return None if amount is None or code is None else Money.parse(amount, asset(code))


class CaseAnswer(Struct, frozen=True):
    """`desk.answer`: a move in a case, by the institution (or the desk) of BIC `by`.

    `reason` is one of `Refusal` on a refusal, or one of our own where the desk itself declines;
    `returned_by` the UETR of the payment that gives the money back. `due_at` is the case's clock
    from now on.
    """

    message_id: str
    case_id: str
    act: Act
    by: str
    said_at: datetime
    reason: str | None = None
    text: str | None = None
    returned_by: str | None = None
    assigned_to: str | None = None
    due_at: datetime | None = None
    source: str | None = None
    source_amount: str | None = None
    destination: str | None = None
    destination_amount: str | None = None

    @property
    def sent(self) -> Money | None:
        return _money(self.source_amount, self.source)

    @property
    def arrived(self) -> Money | None:
        return _money(self.destination_amount, self.destination)


Notice = CaseNotice | CaseAnswer
NoticeT = TypeVar("NoticeT", CaseNotice, CaseAnswer)
_WORD = re.compile(r"[!-~]{1,64}")
_UETR = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_FORMS = {
    "payment": _UETR,
    "returned_by": _UETR,
    "opened_by": _BIC,
    "assigned_to": _BIC,
    "by": _BIC,
}
_SHOWN = 64


def write(notice: Notice) -> bytes:
    return msgspec.json.encode(notice)


def read(raw: bytes, kind: type[NoticeT]) -> NoticeT:
    """The notice in a JSON body; `Malformed` if a field is missing, of another type or form, a
    cause is not one of its kind, or a time names no zone.
    """
    try:
        notice = msgspec.json.decode(raw, type=kind, strict=True)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(Reason.BODY_MALFORMED, detail=str(error)) from error
    for name, value in _said(notice):
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise Malformed(Reason.TIME_MALFORMED, param=name, value=value.isoformat())
        elif not _fits(name, str(value)):
            raise Malformed(Reason.FIELD_INVALID, param=name, value=str(value)[:_SHOWN])
    _judge_cause(notice)
    for amount in (notice.sent, notice.arrived):
        if amount is not None and amount.minor <= 0:
            raise Malformed(Reason.AMOUNT_NOT_POSITIVE, param="amount", value=str(amount))
    return notice


def _judge_cause(notice: Notice) -> None:
    if isinstance(notice, CaseNotice) and notice.cause not in CAUSES[notice.kind]:
        raise Malformed(Reason.FIELD_INVALID, param="cause", value=notice.cause)


def _said(notice: Notice) -> Iterator[tuple[str, object]]:
    told = ((name, getattr(notice, name)) for name in notice.__struct_fields__)
    return ((name, value) for name, value in told if value is not None)


def _fits(name: str, value: str) -> bool:
    if name == "text":
        return is_text(value)
    return _FORMS.get(name, _WORD).fullmatch(value) is not None


def is_text(value: str) -> bool:
    """Words that can be carried and shown: printable, not too many."""
    return 0 < len(value) <= TEXT_MAX and value.replace("\n", " ").isprintable()
