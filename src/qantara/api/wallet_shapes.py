"""What is asked and answered about a wallet: its overview, saved payees, pots."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from qantara.api.forms import SentAmount, SentCurrency
from qantara.api.shapes import Country, Moment, Money, PayeeCheck, Refusal, Request

Day = Annotated[str, Field(examples=["2026-12-31"], json_schema_extra={"format": "date"})]
SentDay = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}),
]
OwnName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=60,
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        description="A name of the customer's own, in any script; one line.",
    ),
]


@dataclass(frozen=True, slots=True)
class WalletAccount:
    """`balance` is all of it, `held` what is reserved of it and `in_review` what of that waits
    for a person; `available` can be spent. `pending_in` is on its way in and in no balance yet.
    `in_pots` is set apart, beside the balance. `stopped`: its owner has stopped all sending.
    """

    id: str
    number: str
    country: Country
    status: str
    stopped: bool
    currency: str
    balance: str
    held: str
    available: str
    in_review: str
    pending_in: str
    in_pots: str


@dataclass(frozen=True, slots=True)
class WalletLimit:
    """The most that one payment may be, as policy says today. Above it the payment is refused, or
    a person looks (`review`). `side` is whose rule it is; `label` is `example` for an invented
    figure.
    """

    most: Money
    consequence: Literal["refused", "review"]
    side: str
    rule: str
    provision: str
    confidence: str
    label: str | None


@dataclass(frozen=True, slots=True)
class WalletWay:
    """A country to which money can be sent, and over what; the own one first. Where nothing goes
    there today `refusal` says why.
    """

    country: Country
    rails: list[str]
    limits: list[WalletLimit]
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class Wallet:
    customer_id: str
    accounts: list[WalletAccount]
    ways: list[WalletWay]


class NewBeneficiary(Request):
    """`payee_check_id` is a confirmed check that still holds."""

    payee_check_id: str = Field(max_length=64)
    nickname: OwnName | None = None


class ChangedBeneficiary(Request):
    """The name of the customer's own that a saved payee has from now on, or none."""

    nickname: OwnName | None


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """A saved payee. `name` is the one that the check told, and may be masked; `used_at` is when a
    payment to it was last begun.
    """

    id: str
    state: Literal["saved", "removed"]
    country: Country
    address_type: str
    address: str
    agent_bic: str | None
    name: str | None
    nickname: str | None
    saved_at: Moment
    used_at: Moment | None
    removed_at: Moment | None


@dataclass(frozen=True, slots=True)
class BeneficiaryPage:
    data: list[Beneficiary]
    has_more: bool


@dataclass(frozen=True, slots=True)
class BeneficiaryCheck:
    """A new payee check of a saved payee, from which a quote or a transfer goes on.

    `name_changed`: the account is told under another name than when it was saved; null where
    that cannot be said.
    """

    beneficiary: Beneficiary
    payee_check: PayeeCheck
    name_changed: bool | None


class NewPot(Request):
    account_id: str = Field(max_length=64)
    name: OwnName
    goal: SentAmount | None = Field(None, examples=["2000.00"])
    currency: SentCurrency | None = Field(None, description="Of the goal.", examples=["MYR"])
    goal_on: SentDay | None = None


class ChangedPot(Request):
    """The name and the goal that a pot has from now on; what is left out it has no more."""

    name: OwnName
    goal: SentAmount | None = Field(None, examples=["2000.00"])
    currency: SentCurrency | None = Field(None, description="Of the goal.", examples=["MYR"])
    goal_on: SentDay | None = None


class NewPotMove(Request):
    """`in` from the account into the pot, `out` back."""

    direction: Literal["in", "out"]
    amount: SentAmount = Field(examples=["50.00"])
    currency: SentCurrency = Field(examples=["MYR"])


@dataclass(frozen=True, slots=True)
class Pot:
    """Money set apart. Pots are the customer's own money as the account is; nothing is paid
    from one.
    """

    id: str
    account_id: str
    state: Literal["open", "closed"]
    name: str
    balance: Money
    goal: Money | None
    goal_on: Day | None
    opened_at: Moment
    closed_at: Moment | None


@dataclass(frozen=True, slots=True)
class PotPage:
    data: list[Pot]
    has_more: bool


@dataclass(frozen=True, slots=True)
class AccountSwitch:
    """`stopped`: the holder has stopped all sending from the account."""

    account_id: str
    stopped: bool
