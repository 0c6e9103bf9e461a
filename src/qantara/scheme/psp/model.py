"""A simulated participant: its accounts and what is the matter with them, and its payments."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qantara.money import Asset, Money
from qantara.rails.model import (
    CreditTransfer,
    DomesticTransfer,
    Party,
    Profile,
    ResolutionRequest,
)

Transfer = CreditTransfer | DomesticTransfer


class Condition(StrEnum):
    """What is the matter with an account, or what its keeper asks of payments to it."""

    CLOSED = "closed"
    """Closed by its holder."""
    RENUMBERED = "renumbered"
    """The number is closed on the books; the account has another one now."""
    BLOCKED = "blocked"
    """Nothing may be booked to it."""
    SEIZED = "seized"
    """An authority has blocked what is paid to it."""
    DECEASED = "deceased"
    """Its holder has died."""
    GONE = "gone"
    """Its holder is no longer in the bank's books."""
    DOMESTIC_ONLY = "domestic_only"
    """It takes no payments from abroad."""
    UNHURRIED = "unhurried"
    """An account of a type that takes no payments of HIGH priority."""
    PURPOSE_REQUIRED = "purpose_required"
    """Payments to it must say what they are for."""
    PAYER_ADDRESS_REQUIRED = "payer_address_required"
    """Its bank books nothing without the payer's address."""
    PAYER_REPORTED = "payer_reported"
    """Payments to it are reported by law with the payer's name and address."""
    PAYEE_ADDRESS_REQUIRED = "payee_address_required"
    """Its bank books nothing without the payee's address."""
    PAYEE_REPORTED = "payee_reported"
    """Payments to it are reported by law with the payee's name and address."""
    NAME_CHECKED = "name_checked"
    """The payee's name in the message must be the holder's."""
    ID_CHECKED = "id_checked"
    """The payee's identifier in the message must be the holder's."""
    PAYERS_LISTED = "payers_listed"
    """It takes payments only from payers whom its holder has named."""
    UNIQUE_PAYMENTS = "unique_payments"
    """Its holder collects bills: what looks like a payment had before is given back."""
    SUSPECTED = "suspected"
    """Its bank suspects fraud."""
    REFUSED_BY_HOLDER = "refused_by_holder"
    """Its holder takes no payments now and does not say why."""
    REFUSED_BY_BANK = "refused_by_bank"
    """Its bank takes no payments to it now and does not say why."""
    UNASKABLE = "unaskable"
    """Its bank answers no questions about it from people who give no identification."""


class Account(Struct, frozen=True):
    """A customer's account. `iban` says which of the two forms the number has. `minimum` and
    `maximum` bound one payment to it, `ceiling` its balance; all three agreed with the holder.
    `payers` are the accounts it may be paid from where its payers are listed.
    """

    number: str
    holder: Party
    iban: bool
    conditions: frozenset[Condition] = frozenset()
    minimum: Money | None = None
    maximum: Money | None = None
    ceiling: Money | None = None
    payers: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """Its account in the bank's own book."""
        return f"customer/{self.number}"


class PspNode(Struct, frozen=True):
    """`name` says that the bank is simulated. `prefix` is what the numbers of its accounts begin
    with (an IBAN's after its check digits). `confirmed`: its system's destination leg has five
    steps, so credits wait for a confirmation.
    """

    role: str
    bic: str
    name: str
    country: str
    asset: Asset
    profile: Profile
    domestic: Profile
    ips: str
    ips_bic: str
    clearing_system: str
    gateway: str
    prefix: str
    confirmed: bool = False
    accounts: tuple[Account, ...] = ()

    @property
    def claim(self) -> str:
        return f"claim/{self.ips}"

    def keeps(self, number: str) -> bool:
        """Whether the number has the form of this bank's own."""
        own = number[4:] if number[:2].isalpha() else number
        return own.startswith(self.prefix)


class State(StrEnum):
    """A payment that came in."""

    ARRIVED = "arrived"
    REFUSED = "refused"
    RESERVED = "reserved"
    CREDITED = "credited"
    RELEASED = "released"
    REVERSED = "reversed"


class Event(StrEnum):
    REFUSE = "refuse"
    RESERVE = "reserve"
    """Credited when the system confirms: five steps, or HIGH priority."""
    CREDIT = "credit"
    CONFIRM = "confirm"
    RELEASE = "release"
    REVERSE = "reverse"
    """The system rejected it after we had credited it: our answer came too late."""


START = State.ARRIVED
FINAL = frozenset({State.REFUSED, State.RELEASED, State.REVERSED})
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.ARRIVED, Event.REFUSE): State.REFUSED,
    (State.ARRIVED, Event.RESERVE): State.RESERVED,
    (State.ARRIVED, Event.CREDIT): State.CREDITED,
    (State.RESERVED, Event.CONFIRM): State.CREDITED,
    (State.RESERVED, Event.RELEASE): State.RELEASED,
    (State.CREDITED, Event.REVERSE): State.REVERSED,
}


class SentState(StrEnum):
    """A payment of a customer of this bank to somebody elsewhere."""

    SENT = "sent"
    COMPLETED = "completed"
    REJECTED = "rejected"


class SentEvent(StrEnum):
    COMPLETE = "complete"
    REJECT = "reject"


SENT_TRANSITIONS: dict[tuple[SentState, SentEvent], SentState] = {
    (SentState.SENT, SentEvent.COMPLETE): SentState.COMPLETED,
    (SentState.SENT, SentEvent.REJECT): SentState.REJECTED,
}


class Arrival(Struct, frozen=True):
    """A payment that came in; the ids are the message's. `account` is the number it names, `fee`
    what the message says this bank keeps of `amount`. `payer` is the debtor's account.
    """

    uetr: str
    message_id: str
    sender_bic: str
    end_to_end_id: str
    transaction_id: str
    instruction_id: str | None
    reference: str | None
    payer: str
    account: str
    amount: Money
    fee: Money
    domestic: bool
    state: State
    reason: str | None
    text: str | None
    recorded_at: datetime


class Pay(Struct, frozen=True):
    """Send this payment as it is, right or wrong. `booked` reserves the customer's money for it
    (amount and the first fee); `raw` is sent instead of the record, as somebody may whose
    messages no schema has judged.
    """

    transfer: Transfer
    booked: bool = True
    raw: bytes | None = None


class Sent(Struct, frozen=True):
    """A payment that was sent, and what the system said of it; `status` is the pacs.002's word."""

    uetr: str
    message_id: str
    account: str
    amount: Money
    fee: Money
    domestic: bool
    booked: bool
    state: SentState
    status: str | None
    reason: str | None
    text: str | None
    recorded_at: datetime


class Enquire(Struct, frozen=True):
    """Ask whose account this is, as the record says; inside the country in the domestic words."""

    request: ResolutionRequest


class Enquiry(Struct, frozen=True):
    """A question and its answer, while `verified` is None there is none yet. `match` is what
    became of a name that was asked with.
    """

    message_id: str
    domestic: bool
    verified: bool | None
    reason: str | None
    display_name: str | None
    match: str | None
    recorded_at: datetime
    answered_at: datetime | None


class Funding(Struct, frozen=True):
    """Money that stands for this bank in its system, as a customer's deposit or, where `account`
    (a number) is None, as its own. `id` makes it happen once.
    """

    id: str
    amount: Money
    account: str | None = None


class Change(Struct, frozen=True):
    """From now on these are the conditions of an account, all of them."""

    number: str
    conditions: frozenset[Condition]
