"""What scheme roles say to each other beside ISO 20022, and how their machines move.

The notices are JSON: times are aware UTC, amounts decimal strings in major units with
exactly the asset's scale, rates decimal strings.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

import msgspec
from msgspec import Struct

from qantara.errors import Conflict, Malformed, Reason
from qantara.money import Money, asset
from qantara.scheme.rules import RATE_DECIMALS, RATE_DIGITS

RATE_NOTICE = "nexus.rate"
EXCHANGE_NOTICE = "nexus.notification"
AUTHORISATION_REQUEST = "sap.authorise"
AUTHORISATION = "sap.authorised"
EXAMPLE = "example"
"""Label of a figure that no scheme has published: ours, to be replaced by the real one."""

_WORD = re.compile(r"[!-~]{1,64}")
_NAME = re.compile(r"[ -~]{1,140}")
_NAMED = frozenset({"debtor", "creditor", "text"})
_SHOWN = 64

StateT = TypeVar("StateT", bound=StrEnum)
EventT = TypeVar("EventT", bound=StrEnum)
NoticeT = TypeVar(
    "NoticeT", "RateNotice", "ExchangeNotice", "AuthorisationRequest", "Authorisation"
)


def advance(
    transitions: Mapping[tuple[StateT, EventT], StateT], state: StateT, event: EventT
) -> StateT:
    """The state after the event; `Conflict` where the table has no row."""
    try:
        return transitions[state, event]
    except KeyError:
        raise Conflict(Reason.STATE_CONFLICT, state=state, event=event) from None


class RateNotice(Struct, frozen=True):
    """`nexus.rate`: one unit of `source` buys `rate` units of `destination`, in this direction."""

    message_id: str
    id: str
    source: str
    destination: str
    rate: Decimal
    created_at: datetime
    expires_at: datetime

    @property
    def moments(self) -> tuple[tuple[str, datetime], ...]:
        return (("created_at", self.created_at), ("expires_at", self.expires_at))


class ExchangeNotice(Struct, frozen=True):
    """`nexus.notification`: a payment was credited, so both its currency legs are now final.

    No personal data. `rate_id` names the provider's base rate behind the quote, `rate` the
    improved rate that was quoted.
    """

    message_id: str
    uetr: str
    completed_at: datetime
    source: str
    source_amount: str
    destination: str
    destination_amount: str
    rate: Decimal
    rate_id: str
    quote_id: str
    source_psp: str
    destination_psp: str
    tier_id: str
    tier_threshold: str
    relationship_id: str
    psp_bps: int

    @property
    def moments(self) -> tuple[tuple[str, datetime], ...]:
        return (("completed_at", self.completed_at),)

    @property
    def given(self) -> Money:
        """What the provider received, in the source currency."""
        return Money.parse(self.source_amount, asset(self.source))

    @property
    def paid(self) -> Money:
        """What the provider gave, in the destination currency."""
        return Money.parse(self.destination_amount, asset(self.destination))


class AuthorisationRequest(Struct, frozen=True):
    """`sap.authorise`: may this be paid from the account of your customer? The full information
    of a payment that comes in, for an access provider that is asked by API.
    """

    message_id: str
    asked_at: datetime
    uetr: str
    account: str
    currency: str
    amount: str
    debtor: str
    debtor_agent: str
    creditor: str
    creditor_agent: str

    @property
    def moments(self) -> tuple[tuple[str, datetime], ...]:
        return (("asked_at", self.asked_at),)

    @property
    def money(self) -> Money:
        return Money.parse(self.amount, asset(self.currency))


class Authorisation(Struct, frozen=True):
    """`sap.authorised`: the answer to the request of id `original_id`. `reason` is an ISO 20022
    status reason code, on a refusal only.
    """

    message_id: str
    answered_at: datetime
    uetr: str
    original_id: str
    granted: bool
    reason: str | None = None
    text: str | None = None

    @property
    def moments(self) -> tuple[tuple[str, datetime], ...]:
        return (("answered_at", self.answered_at),)


Notice = RateNotice | ExchangeNotice | AuthorisationRequest | Authorisation


def write_notice(notice: Notice) -> bytes:
    return msgspec.json.encode(notice)


def read_notice(raw: bytes, kind: type[NoticeT]) -> NoticeT:
    """The notice in a JSON body.

    `Malformed` if a field is missing or of another type, a text is no plain word, the rate is
    no positive number of `RATE_DIGITS`, or a time names no zone.
    """
    try:
        notice = msgspec.json.decode(raw, type=kind, strict=True)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(Reason.BODY_MALFORMED, detail=str(error)) from error
    for name, value in _texts(notice):
        if not (_NAME if name in _NAMED else _WORD).fullmatch(value):
            raise Malformed(Reason.FIELD_INVALID, param=name, value=value[:_SHOWN])
    rate: Decimal | None = getattr(notice, "rate", None)
    if rate is not None and not is_rate(rate):
        raise Malformed(Reason.FIELD_INVALID, param="rate", value=str(rate)[:_SHOWN])
    for name, moment in notice.moments:
        if moment.tzinfo is None:
            raise Malformed(Reason.TIME_MALFORMED, param=name, value=moment.isoformat())
    return notice


def _texts(notice: Notice) -> Iterator[tuple[str, str]]:
    for name in notice.__struct_fields__:
        value = getattr(notice, name)
        if isinstance(value, str):
            yield name, value


def is_rate(rate: Decimal) -> bool:
    """Whether a message could carry it. The size is asked first: arithmetic with an exponent of
    millions takes memory and time.
    """
    return rate.is_finite() and rate > 0 and -RATE_DECIMALS <= rate.adjusted() < RATE_DIGITS
