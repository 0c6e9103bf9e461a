"""What the API answers, as records; fields this version does not know are passed over.

Amounts are decimal text in major units, moments UTC text, as on the wire.
"""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Money(msgspec.Struct, frozen=True):
    amount: str
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Fee(msgspec.Struct, frozen=True):
    """`label` is `example` where the figure is an illustration."""

    amount: str
    currency: str
    label: str | None = None


class Rate(msgspec.Struct, frozen=True):
    rate: str
    source: str
    as_of: str


class Account(msgspec.Struct, frozen=True):
    id: str
    number: str
    country: str
    currency: str
    status: str
    balance: str
    held: str
    available: str


class Entry(msgspec.Struct, frozen=True):
    """A line of a statement."""

    sequence: int
    transfer_id: str
    code: str
    reference: str
    amount: str
    balance: str
    currency: str
    occurred_at: str
    recorded_at: str


class Quote(msgspec.Struct, frozen=True):
    id: str
    account_id: str
    source_country: str
    destination_country: str
    fixed: str
    total_debit: Money
    sender_fee: Fee
    exchanged: Money
    exchange_rate: Rate
    mid_market_rate: Rate
    recipient_fee: Fee
    received: Money
    total_cost_percent: str
    issued_at: str
    valid_until: str
    notice: str


class Told(msgspec.Struct, frozen=True):
    code: str
    text: str


class PayeeCheck(msgspec.Struct, frozen=True):
    """Whose account an address leads to. `name` is what the asker believed; `match` compares it
    (MTCH, CMTC, NMTC, NOAP); `source` says whose custom of naming answered.
    """

    id: str
    state: str
    country: str
    address_type: str
    address: str
    display_name: str | None
    account: str | None
    agent_bic: str | None
    warning: Told | None
    name: str | None = None
    source: str | None = None
    match: str | None = None
    valid_until: str | None = None


class Refusal(msgspec.Struct, frozen=True):
    text: str
    iso_code: str | None
    rule: str | None
    citation: str | None


class Event(msgspec.Struct, frozen=True):
    sequence: int
    state: str
    recorded_at: str


class ReviewGround(msgspec.Struct, frozen=True):
    rule: str
    provision: str
    label: str = ""


class Review(msgspec.Struct, frozen=True):
    """A person looks at a payment before it leaves, or has looked; `text` says what that means."""

    state: str
    since: str
    text: str | None
    grounds: list[ReviewGround]


class Remittance(msgspec.Struct, frozen=True):
    id: str
    quote_id: str
    state: str
    final: bool
    uetr: str | None
    account_id: str
    destination_country: str
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
    accepted_at: str | None
    finished_at: str | None
    reason: str | None
    refusal: Refusal | None
    review: Review | None = None
    events: list[Event] | None = None


class Letter(msgspec.Struct, frozen=True):
    """One ISO 20022 message of a payment."""

    name: str
    direction: str
    peer: str
    recorded_at: str
    valid: bool


class Page(msgspec.Struct, Generic[T], frozen=True):
    data: list[T]
    has_more: bool


class Payee(msgspec.Struct, frozen=True):
    """Whom to pay: a country, a kind of address (`MBNO`, `IBAN`, `ACCT`) and the address. `name`
    is what the sender believes the payee is called; it is then compared.
    """

    country: str
    address_type: str
    address: str
    agent_bic: str | None = None
    name: str | None = None

    @property
    def addressed_by(self) -> str:
        return {"IBAN": "iban", "ACCT": "account"}.get(self.address_type, "alias")


class Order(msgspec.Struct, frozen=True):
    """What a customer wants: this much, in this currency, to this payee.

    `fixed` is `source` (what leaves the account) or `destination` (what arrives).
    """

    account_id: str
    payee: Payee
    amount: str
    currency: str
    fixed: str = "source"
    purpose: str | None = None
    note: str | None = None
    reference: str | None = None


class Paid(msgspec.Struct, frozen=True):
    """The three answers of one payment; `elapsed_ms` from the yes to the final state."""

    quote: Quote
    check: PayeeCheck
    remittance: Remittance
    elapsed_ms: int
