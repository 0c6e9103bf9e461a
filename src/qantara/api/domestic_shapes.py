"""What is asked and answered about payments inside one payment system."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from qantara.api.forms import (
    MOMENT,
    ConfirmationId,
    Name,
    Note,
    Reference,
    SentAmount,
    SentCurrency,
)
from qantara.api.shapes import Event, Fee, Moment, Money, Refusal, Request

Day = Annotated[
    str,
    Field(examples=["2026-03-09"], json_schema_extra={"format": "date"}),
]


class NewTransfer(Request):
    """`payee_name` is needed only where the check gave no name."""

    account_id: str = Field(max_length=64)
    payee_check_id: str = Field(max_length=64)
    amount: SentAmount = Field(examples=["500.00"])
    currency: SentCurrency = Field(examples=["MYR"])
    purpose: str | None = Field(None, pattern=r"^[A-Z0-9]{4}$", examples=["FAMI"])
    note: Note | None = None
    reference: Reference | None = None
    payee_name: Name | None = None
    confirmation_id: ConfirmationId = None


class NewRecall(Request):
    """Why the money is asked back, as an ISO 20022 cancellation reason."""

    reason: Literal["DUPL", "TECH", "FRAD", "AC03", "AM09", "CUST"]


class NewRefusal(Request):
    """Why money is not given back, as an ISO 20022 cancellation status reason."""

    reason: Literal["CUST", "LEGL", "AC04", "AM04", "NOOR", "ARDT"]


class NewPaymentRequest(Request):
    """`payer_check_id` is a payee check of the payer; without `pay_on` the money is asked for
    now. A request for a day cannot expire before that day is over.
    """

    account_id: str = Field(max_length=64)
    payer_check_id: str = Field(max_length=64)
    amount: SentAmount = Field(examples=["40.00"])
    currency: SentCurrency = Field(examples=["PKR"])
    expires_at: str = Field(
        max_length=40, examples=["2026-03-09T08:00:00.000Z"], json_schema_extra=MOMENT
    )
    pay_on: str | None = Field(
        None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}
    )
    note: Note | None = None
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    """A transfer that is asked back; `answer_code` is the other side's reason to refuse."""

    id: str
    state: str
    reason: str
    asked_at: Moment
    answer_code: str | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """`fee` comes on top of `amount`; `payment_request_id` is the request that it pays."""

    id: str
    state: str
    final: bool
    uetr: str
    end_to_end_id: str
    account_id: str
    amount: Money
    fee: Fee
    payee_check_id: str | None
    payee_display_name: str | None
    payment_request_id: str | None
    purpose: str | None
    note: str | None
    reference: str | None
    ordered_at: Moment
    finished_at: Moment | None
    reason: str | None
    refusal: Refusal | None
    recall: Recall | None = None
    events: list[Event] | None = None


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """`direction` is `out` for one that the caller made and `in` for one to be paid.
    `transfer_id` is the transfer that pays it, `uetr` the payment that did.
    """

    id: str
    direction: Literal["in", "out"]
    state: str
    final: bool
    account_id: str
    amount: Money
    counterpart: str | None
    account: str
    expires_at: Moment
    pay_on: Day | None
    note: str | None
    reference: str | None
    asked_at: Moment
    transfer_id: str | None
    uetr: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Return:
    """A recall made to us, on which staff decide; `reason` is why the other side asks."""

    id: str
    state: str
    uetr: str
    amount: Money
    reason: str
    asked_by: str
    asked_at: Moment
    refusal: str | None
    attempts: int
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class TransferPage:
    data: list[Transfer]
    has_more: bool


@dataclass(frozen=True, slots=True)
class PaymentRequestPage:
    data: list[PaymentRequest]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ReturnPage:
    data: list[Return]
    has_more: bool
