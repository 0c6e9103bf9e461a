"""What is asked and answered about money requests and split bills."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from qantara.api.forms import MOMENT, ConfirmationId, Note, SentAmount, SentCurrency
from qantara.api.shapes import Moment, Money, Request

MOST_PARTS = 50
End = Annotated[
    str, Field(max_length=40, examples=["2026-03-09T08:00:00.000Z"], json_schema_extra=MOMENT)
]


class NewMoneyRequest(Request):
    """`payer_check_id` is a payee check of the one who is asked, a customer of this institution.
    A request stands 90 days at most.
    """

    account_id: str = Field(max_length=64)
    payer_check_id: str = Field(max_length=64)
    amount: SentAmount = Field(examples=["40.00"])
    currency: SentCurrency = Field(examples=["MYR"])
    expires_at: End
    note: Note | None = None


class MoneyRequestPaid(Request):
    """Which of the own accounts pays."""

    account_id: str = Field(max_length=64)
    confirmation_id: ConfirmationId = None


@dataclass(frozen=True, slots=True)
class MoneyRequest:
    """As the caller sees it: `direction` is `out` for who asks and `in` for who is asked,
    `counterpart` the other's masked name. `transfer_id` is what paid it, for who paid.
    """

    id: str
    direction: Literal["in", "out"]
    state: Literal["open", "paid", "declined", "cancelled", "expired"]
    final: bool
    amount: Money
    counterpart: str
    account_id: str | None
    note: str | None
    split_id: str | None
    transfer_id: str | None
    asked_at: Moment
    expires_at: Moment
    ended_at: Moment | None


@dataclass(frozen=True, slots=True)
class MoneyRequestPage:
    data: list[MoneyRequest]
    has_more: bool


class NewPart(Request):
    """Somebody's part; without an amount it is an equal one."""

    payer_check_id: str = Field(max_length=64)
    amount: SentAmount | None = None


class NewSplit(Request):
    """A bill to be shared. Parts are all stated, and with `own` make exactly `total`; or none is,
    and what `own` leaves, or without `own` the whole bill, is shared equally: then
    `include_self` counts the caller as one more part. Cents left over go to early parts.
    """

    account_id: str = Field(max_length=64)
    total: SentAmount = Field(examples=["100.00"])
    currency: SentCurrency = Field(examples=["MYR"])
    parts: list[NewPart] = Field(min_length=1, max_length=MOST_PARTS)
    own: SentAmount | None = None
    include_self: bool = True
    expires_at: End
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """A bill as it was shared. `paid` has come, `waiting` is open; `parts` are its requests."""

    id: str
    account_id: str
    total: Money
    own: Money
    paid: Money
    waiting: Money
    note: str | None
    made_at: Moment
    expires_at: Moment
    parts: list[MoneyRequest]


@dataclass(frozen=True, slots=True)
class SplitPage:
    data: list[Split]
    has_more: bool
