"""What is asked and answered about standing orders."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from qantara.api.forms import Note, Reference, SentAmount, SentCurrency
from qantara.api.shapes import Moment, Money, Refusal, Request
from qantara.api.wallet_shapes import Day, SentDay


class NewSchedule(Request):
    """`amount` is what leaves the account, fees included (`source`), or what arrives
    (`destination`); inside the own system fees always come on top. `ceiling`, in the account's
    currency, is the most that may leave it on any day: at a worse rate nothing is paid.
    A day that a month does not have is its last.
    """

    account_id: str = Field(max_length=64)
    beneficiary_id: str = Field(max_length=64)
    amount: SentAmount = Field(examples=["500.00"])
    currency: SentCurrency = Field(examples=["MYR"])
    fixed: Literal["source", "destination"] = "destination"
    ceiling: SentAmount = Field(examples=["520.00"])
    ceiling_currency: SentCurrency = Field(examples=["MYR"])
    rhythm: Literal["once", "monthly"]
    first_on: SentDay
    ends_on: SentDay | None = None
    purpose: str | None = Field(None, pattern=r"^[A-Z0-9]{4}$", examples=["FAMI"])
    note: Note | None = None
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class ScheduleRun:
    """What became of one day: `payment_id` is the transfer or remittance that was placed, and has
    a state of its own; `refusal` is why nothing was.
    """

    due_on: Day
    state: Literal["checking", "quoting", "placed", "refused"]
    payment_id: str | None
    reason: str | None
    refusal: Refusal | None
    begun_at: Moment
    ended_at: Moment | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A standing order; its owner is reminded (`schedule.reminded`) a day before `next_on`."""

    id: str
    state: Literal["active", "ended", "cancelled"]
    account_id: str
    beneficiary_id: str
    amount: Money
    fixed: Literal["source", "destination"]
    ceiling: Money
    rhythm: Literal["once", "monthly"]
    first_on: Day
    ends_on: Day | None
    next_on: Day | None
    purpose: str | None
    note: str | None
    reference: str | None
    planned_at: Moment
    ended_at: Moment | None
    runs: list[ScheduleRun] | None = None


@dataclass(frozen=True, slots=True)
class SchedulePage:
    data: list[Schedule]
    has_more: bool
