"""What is asked and answered about cash and those who take and pay it out."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from qantara.api.forms import ConfirmationId, Name, SentAmount, SentCurrency
from qantara.api.shapes import Event, Fee, Moment, Money, Request

Words = Annotated[str, Field(min_length=1, max_length=140)]
KindName = Literal["deposit", "withdrawal", "pickup"]


class NewAgent(Request):
    """`account_id` is the agent's own account here: its float is filled out of it."""

    name: Words = Field(examples=["Kedai Contoh"])
    district: Words = Field(examples=["Kampung Baru, Kuala Lumpur"])
    account_id: str = Field(max_length=64)


class AgentChange(Request):
    why: Words


class NewTillMove(Request):
    """`fund`: from the agent's account into its float; `draw`: back; `collect`: its commission,
    into its account.
    """

    move: Literal["fund", "draw", "collect"]
    amount: SentAmount = Field(examples=["500.00"])
    currency: SentCurrency = Field(examples=["MYR"])


class Addressed(Request):
    """A customer of this institution, by an alias (an ISO 20022 proxy code) or an account."""

    address_type: Literal["MBNO", "NIDN", "EMAL", "CCPT", "IBAN", "ACCT"]
    address: str = Field(min_length=1, max_length=140, examples=["+60122000003"])


class NewDeposit(Addressed):
    """Banknotes that the agent has taken for a customer."""

    amount: SentAmount = Field(examples=["100.00"])
    currency: SentCurrency = Field(examples=["MYR"])


class NewPayout(Request):
    """`identity` is the number of the document shown: of a withdrawal the last four characters
    count, of a pick-up the whole number.
    """

    reference: str = Field(pattern=r"^[0-9]{12}$", examples=["402755103964"])
    code: str = Field(pattern=r"^[0-9]{6}$", examples=["118204"])
    identity: str = Field(pattern=r"^[0-9A-Za-z\-]{4,30}$", examples=["5202"])


class NewWithdrawal(Request):
    account_id: str = Field(max_length=64)
    amount: SentAmount = Field(examples=["100.00"])
    currency: SentCurrency = Field(examples=["MYR"])
    confirmation_id: ConfirmationId = None


class NewRecipient(Request):
    """Who is to be paid in cash; needs no account anywhere, and shows this document. A passport's
    number begins with the two letters of its country.
    """

    name: Name = Field(examples=["Bilal Malik"])
    phone: str | None = Field(None, pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+923001234567"])
    identity_type: Literal["nric", "cnic", "passport"]
    identity_number: str = Field(min_length=4, max_length=30, examples=["35202-0000001-1"])


class NewPickup(NewWithdrawal):
    recipient: NewRecipient


@dataclass(frozen=True, slots=True)
class AgentPlace:
    id: str
    name: str
    district: str


@dataclass(frozen=True, slots=True)
class Agent:
    """`float` and `commission` are e-money that the agent has here."""

    id: str
    name: str
    district: str
    state: Literal["active", "suspended", "closed"]
    customer_id: str
    account_id: str
    float: Money
    commission: Money
    registered_at: Moment


@dataclass(frozen=True, slots=True)
class Till:
    agent: AgentPlace
    state: Literal["active", "suspended", "closed"]
    float: Money
    commission: Money


@dataclass(frozen=True, slots=True)
class Found:
    """Whose account an address leads to, as strangers may see it."""

    shown_name: str


@dataclass(frozen=True, slots=True)
class CashPrice:
    """`total` is what leaves the account; of a deposit, what reaches it."""

    kind: KindName
    amount: Money
    fee: Fee
    total: Money


@dataclass(frozen=True, slots=True)
class Recipient:
    name: str
    phone: str | None
    identity_type: str
    identity_last4: str


@dataclass(frozen=True, slots=True)
class CashOrder:
    """`reference` finds the order at an agent's; `code` opens it: it is told in the first answer
    and never again. `attempts` of `attempts_most` wrong codes were tried.
    """

    id: str
    kind: Literal["withdrawal", "pickup"]
    state: Literal["waiting", "locked", "paid", "cancelled", "expired"]
    final: bool
    reference: str
    account_id: str
    amount: Money
    fee: Fee
    recipient: Recipient | None
    attempts: int
    attempts_most: int
    ordered_at: Moment
    expires_at: Moment
    finished_at: Moment | None
    receipt_id: str | None
    events: list[Event] | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Payout:
    """An order as an agent may see it before it is opened; `identity` says how much of a
    document's number is asked for.
    """

    reference: str
    kind: Literal["withdrawal", "pickup"]
    state: Literal["waiting", "locked", "paid", "cancelled", "expired"]
    amount: Money
    recipient: str | None
    identity_type: str | None
    identity: Literal["last4", "number"]
    expires_at: Moment


@dataclass(frozen=True, slots=True)
class Receipt:
    """Cash that went over a counter. `commission` is told to the agent and to staff."""

    id: str
    number: str
    kind: KindName
    agent: AgentPlace
    order_id: str | None
    reference: str | None
    amount: Money
    fee: Fee
    commission: Money | None
    recorded_at: Moment


@dataclass(frozen=True, slots=True)
class AgentPage:
    data: list[Agent]
    has_more: bool


@dataclass(frozen=True, slots=True)
class AgentPlacePage:
    data: list[AgentPlace]
    has_more: bool


@dataclass(frozen=True, slots=True)
class CashOrderPage:
    data: list[CashOrder]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    data: list[Receipt]
    has_more: bool
