"""What requests must look like, and what answers do look like.

Requests are read strictly: no field that is not named here, no number where text is due, so an
amount can never pass through binary floating point. Answers are plain records.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from qantara.api.forms import (
    ConfirmationId,
    Name,
    Note,
    Reference,
    SentAmount,
    SentCurrency,
    SpokenName,
)
from qantara.money import Money as Sum

Amount = Annotated[
    str,
    Field(
        description="Decimal text in major units with exactly the currency's decimals.",
        examples=["500.00"],
    ),
]
Moment = Annotated[
    str,
    Field(
        description="UTC, to the millisecond.",
        examples=["2026-03-02T08:00:00.000Z"],
        json_schema_extra={"format": "date-time"},
    ),
]
Country = Annotated[str, Field(description="ISO 3166 alpha-2.", examples=["PK"])]
Bic = Annotated[str, Field(pattern=r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$")]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*")
    @classmethod
    def _storable(cls, value: object) -> object:
        """PostgreSQL keeps no NUL in a text."""
        if isinstance(value, str) and "\0" in value:
            raise ValueError("a NUL")
        return value


class NewQuote(Request):
    """`fixed` says which side of the payment the amount is for: what leaves the account, all
    fees included, or what the recipient is credited.
    """

    account_id: str = Field(max_length=64)
    destination_country: str = Field(pattern=r"^[A-Z]{2}$", examples=["PK"])
    fixed: Literal["source", "destination"]
    amount: SentAmount = Field(examples=["500.00"])
    currency: SentCurrency = Field(examples=["MYR"])


class NewPayeeCheck(Request):
    """`address_type` is an ISO 20022 proxy code (`MBNO` for a phone), `IBAN` or `ACCT`; accounts
    are asked for at their bank, `agent_bic`. `name` is what you believe the payee is called: it
    is compared with the account holder's.
    """

    country: str = Field(pattern=r"^[A-Z]{2}$", examples=["PK"])
    address_type: str = Field(pattern=r"^[A-Z]{4}$", examples=["MBNO"])
    address: str = Field(max_length=140, examples=["+923001234567"])
    agent_bic: Bic | None = None
    name: SpokenName | None = Field(None, examples=["Bilal Malik"])


class NewPayeeCheckHere(Request):
    """Who of this institution is found under a phone; `name` is compared with the holder's."""

    phone: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+60123456789"])
    name: SpokenName | None = Field(None, examples=["Bo Contoh"])


class NewRemittance(Request):
    """The sender's yes to a quote. `payee_name` is needed only where the check gave no name."""

    quote_id: str = Field(max_length=64)
    payee_check_id: str = Field(max_length=64)
    purpose: str | None = Field(None, pattern=r"^[A-Z0-9]{4}$", examples=["FAMI"])
    note: Note | None = None
    reference: Reference | None = None
    payee_name: Name | None = None
    priority: Literal["NORM", "HIGH"] = Field(
        "NORM", description="HIGH: at a point of sale, where the corridor offers it."
    )
    confirmation_id: ConfirmationId = None


class NewFreeze(Request):
    """Why an account shall be frozen or released, and which text says so."""

    legal_reason: str = Field(min_length=1, max_length=400)
    citation: str = Field(min_length=1, max_length=400)


@dataclass(frozen=True, slots=True)
class Money:
    amount: Amount
    currency: str


@dataclass(frozen=True, slots=True)
class Fee:
    """`label` is `example` where the figure is an illustration and nobody's published price."""

    amount: Amount
    currency: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of the source currency buys `rate` units of the destination's."""

    rate: str
    source: str
    as_of: Moment


@dataclass(frozen=True, slots=True)
class Quote:
    """The whole cost, before the sender says yes.

    `total_debit` = `sender_fee` + what is exchanged at `exchange_rate`; `received` is credited
    to the minor unit. `total_cost_percent` is measured against the mid-market rate. Where
    `law_unread`, no rulebook holds the law of the destination, and nothing of it was checked.
    """

    id: str
    account_id: str
    source_country: Country
    destination_country: Country
    fixed: str
    total_debit: Money
    sender_fee: Fee
    exchanged: Money
    exchange_rate: Rate
    mid_market_rate: Rate
    recipient_fee: Fee
    received: Money
    total_cost_percent: str
    issued_at: Moment
    valid_until: Moment
    notice: str
    law_unread: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A fact in words: `code` for programs, `text` for people, in the language asked for."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class PayeeCheck:
    """Whose account an address leads to. `display_name` may be masked, `account` is.

    `source` is who answers (`nexus`, `duitnow`, `raast`, `vop`, verification of payee in the
    Union, or `here`, our own book about another customer of ours). `match` compares `name` with
    the account holder's: `MTCH`, `CMTC` (close), `NMTC` (another), `NOAP` (not possible); null
    where no name was said. `warning` is what the sender must be told before going on; after
    `valid_until` nothing can be paid on this check.
    """

    id: str
    state: str
    country: Country
    address_type: str
    address: str
    name: str | None
    source: Literal["nexus", "duitnow", "raast", "vop", "here"]
    match: Literal["MTCH", "CMTC", "NMTC", "NOAP"] | None
    display_name: str | None
    account: str | None
    agent_bic: str | None
    valid_until: Moment | None
    warning: Told | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is behind a `reason`; `iso_code` is the scheme's own where it gave one."""

    text: str
    iso_code: str | None
    rule: str | None
    citation: str | None


@dataclass(frozen=True, slots=True)
class Event:
    sequence: int
    state: str
    recorded_at: Moment


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Who holds the money now, and since when: `sender`, `institution` (reserved here), `system`
    (on its way through the payment system), `recipient_institution`, or `authority` (blocked).
    """

    holder: Literal["sender", "institution", "system", "recipient_institution", "authority"]
    party: str | None
    since: Moment | None


@dataclass(frozen=True, slots=True)
class Corridor:
    """The way the payment takes, its systems in the order in which it passes them."""

    source_country: Country
    destination_country: Country
    rails: list[str]


@dataclass(frozen=True, slots=True)
class Letter:
    """One ISO 20022 message of a payment; `valid` is judged anew by the rail's guideline."""

    name: str
    direction: Literal["in", "out"]
    peer: str
    recorded_at: Moment
    valid: bool


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A payment that came in and gave (part of) this one back."""

    uetr: str
    amount: Money
    recorded_at: Moment


@dataclass(frozen=True, slots=True)
class ReviewGround:
    """A rule that wants a person to see a payment; `label` is `example` where the figure is an
    illustration.
    """

    rule: str
    provision: str
    label: str


@dataclass(frozen=True, slots=True)
class SenderReview:
    """A payment that a person looks at, or has looked at, before it leaves: `waiting`,
    `released`, `refused` or `lapsed`. `text` says what that means for the sender.
    """

    state: str
    since: Moment
    ended_at: Moment | None
    text: str | None
    grounds: list[ReviewGround]


@dataclass(frozen=True, slots=True)
class Remittance:
    """`events` and `messages` come with a single remittance and not with a list. In state
    `in_review` the money is held and nothing has left: `review` says why.
    """

    id: str
    quote_id: str
    state: str
    final: bool
    uetr: str | None
    account_id: str
    destination_country: Country
    corridor: Corridor
    priority: Literal["NORM", "HIGH"]
    money: Whereabouts
    total_debit: Money
    sender_fee: Money
    exchange_rate: str
    recipient_fee: Money
    received: Money
    payee_check_id: str | None
    payee_display_name: str | None
    purpose: str | None
    note: str | None
    reference: str | None
    accepted_at: Moment | None
    finished_at: Moment | None
    reason: str | None
    refusal: Refusal | None
    returned_by: list[GivenBack]
    review: SenderReview | None
    events: list[Event] | None = None
    messages: list[Letter] | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """`available` is the balance less what is held for payments on their way. `rails_name` is
    the holder's name as payments carry it: in plain Latin letters, fixed at registration.
    """

    id: str
    number: str
    rails_name: str
    country: Country
    currency: str
    status: str
    balance: Amount
    held: Amount
    available: Amount


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of all that had happened by `at`."""

    account_id: str
    currency: str
    balance: Amount
    at: Moment


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a statement: `amount` is signed, `balance` is what stood after it."""

    sequence: int
    transfer_id: str
    code: str
    reference: str
    amount: Amount
    balance: Amount
    currency: str
    occurred_at: Moment
    recorded_at: Moment


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act that waits for a second person."""

    id: str
    action: str
    state: str
    payload: dict[str, Any]
    proposed_by: str
    proposed_at: Moment
    expires_at: Moment
    decided_by: str | None
    decided_at: Moment | None


@dataclass(frozen=True, slots=True)
class RemittancePage:
    data: list[Remittance]
    has_more: bool


@dataclass(frozen=True, slots=True)
class LetterPage:
    data: list[Letter]
    has_more: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    data: list[Account]
    has_more: bool


@dataclass(frozen=True, slots=True)
class EntryPage:
    data: list[Entry]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ProposalPage:
    data: list[Proposal]
    has_more: bool


def money(amount: Sum) -> Money:
    return Money(str(amount), amount.asset.code)
