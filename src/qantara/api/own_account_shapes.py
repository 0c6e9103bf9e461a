"""What is asked and answered about money from and to one's own accounts at other banks."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from qantara.api.forms import MOMENT, ConfirmationId, Note, Reference, SentAmount, SentCurrency
from qantara.api.shapes import Moment, Request


class NewOwnAccount(Request):
    """`payee_check_id` is a payee check of the account: it proves in whose name it is held."""

    payee_check_id: str = Field(max_length=64)
    label: str = Field(min_length=1, max_length=80, examples=["My salary account"])


class NewTopUp(Request):
    """Ask one's own account elsewhere to pay in; `payer_check_id` is a fresh check of it."""

    account_id: str = Field(max_length=64)
    own_account_id: str = Field(max_length=64)
    payer_check_id: str = Field(max_length=64)
    amount: SentAmount = Field(examples=["5000.00"])
    currency: SentCurrency = Field(examples=["PKR"])
    expires_at: str = Field(
        max_length=40, examples=["2026-03-09T08:00:00.000Z"], json_schema_extra=MOMENT
    )


class NewBankWithdrawal(Request):
    """Pay one's own account elsewhere; `payee_check_id` is a fresh check of it."""

    account_id: str = Field(max_length=64)
    own_account_id: str = Field(max_length=64)
    payee_check_id: str = Field(max_length=64)
    amount: SentAmount = Field(examples=["100.00"])
    currency: SentCurrency = Field(examples=["MYR"])
    note: Note | None = None
    reference: Reference | None = None
    confirmation_id: ConfirmationId = None


@dataclass(frozen=True, slots=True)
class Alias:
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class TopUpInstructions:
    """Where a payment from another bank of the same system has to go to reach the account.
    `by_request`: the system carries requests to pay, so that a top-up may also be asked for.
    """

    account_id: str
    name: str
    number: str
    number_type: Literal["IBAN", "ACCT"]
    bic: str
    institution: str
    system: str
    currency: str
    aliases: list[Alias]
    by_request: bool


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """`account` shows the last digits alone."""

    id: str
    label: str
    account: str
    number_type: Literal["IBAN", "ACCT"]
    bic: str
    saved_at: Moment


@dataclass(frozen=True, slots=True)
class OwnAccountPage:
    data: list[OwnAccount]
    has_more: bool
