"""What is said of confirmations: the payment to be confirmed, and what a passkey is asked."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from qantara.api.cash_shapes import NewRecipient
from qantara.api.forms import SentAmount, SentCurrency
from qantara.api.shapes import Moment, Money, Request

_Id = Annotated[str, Field(max_length=64)]


class ConfirmRemittance(Request):
    """A quote, accepted for this payee."""

    kind: Literal["remittance"]
    quote_id: _Id
    payee_check_id: _Id


class ConfirmTransfer(Request):
    """A transfer inside the payment system, to somebody else or to one's own account elsewhere."""

    kind: Literal["transfer"]
    payee_check_id: _Id
    amount: SentAmount = Field(examples=["500.00"])
    currency: SentCurrency = Field(examples=["MYR"])


class ConfirmMoneyRequest(Request):
    """What another customer asks for."""

    kind: Literal["money_request"]
    money_request_id: _Id


class ConfirmCash(Request):
    """Cash, for the recipient or, without one, for the customer."""

    kind: Literal["cash"]
    account_id: _Id
    amount: SentAmount = Field(examples=["100.00"])
    currency: SentCurrency = Field(examples=["MYR"])
    recipient: NewRecipient | None = None


NewConfirmation = Annotated[
    ConfirmRemittance | ConfirmTransfer | ConfirmMoneyRequest | ConfirmCash,
    Field(discriminator="kind"),
]


class NewAnswer(Request):
    """`answer` is the credential as the browser's `toJSON` gives it."""

    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AskedConfirmation:
    """`total` is all that leaves the account and `payee` the name that is signed with it: show
    both. `options` are those of WebAuthn's `navigator.credentials.get`, in its JSON form.
    """

    id: str
    total: Money
    payee: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`proved` serves one payment until `expires_at`; a passkey is two factors."""

    id: str
    state: str
    method: str | None
    factors: int
    expires_at: Moment
