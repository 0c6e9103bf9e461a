"""Quotes, payee checks and remittances, and the states they pass through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from qantara.errors import Reason, Refused
from qantara.ids import AccountId, CustomerId, QuoteId, RemittanceId
from qantara.money import Asset, Money, Rate
from qantara.policy.model import Fee, Rulebook
from qantara.rails.model import Profile


class State(StrEnum):
    """A remittance as its sender's institution sees it."""

    QUOTED = "quoted"
    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    OVERDUE = "overdue"
    COMPLETED = "completed"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    REFUSED = "refused"
    EXPIRED = "expired"


class Event(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    ACKNOWLEDGE = "acknowledge"
    SETTLE = "settle"
    REJECT = "reject"
    BLOCK = "block"
    TIME_OUT = "time_out"


INITIAL = State.QUOTED
# An overdue payment stays reserved until the scheme answers: releasing it on our own could pay
# twice. Its deadline comes round again, and the answer, whenever it comes, still counts.
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.QUOTED, Event.ACCEPT): State.ACCEPTED,
    (State.QUOTED, Event.REFUSE): State.REFUSED,
    (State.QUOTED, Event.TIME_OUT): State.EXPIRED,
    (State.ACCEPTED, Event.ACKNOWLEDGE): State.SUBMITTED,
    (State.ACCEPTED, Event.SETTLE): State.COMPLETED,
    (State.ACCEPTED, Event.REJECT): State.REJECTED,
    (State.ACCEPTED, Event.BLOCK): State.BLOCKED,
    (State.ACCEPTED, Event.TIME_OUT): State.OVERDUE,
    (State.SUBMITTED, Event.SETTLE): State.COMPLETED,
    (State.SUBMITTED, Event.REJECT): State.REJECTED,
    (State.SUBMITTED, Event.BLOCK): State.BLOCKED,
    (State.SUBMITTED, Event.TIME_OUT): State.OVERDUE,
    (State.OVERDUE, Event.SETTLE): State.COMPLETED,
    (State.OVERDUE, Event.REJECT): State.REJECTED,
    (State.OVERDUE, Event.BLOCK): State.BLOCKED,
    (State.OVERDUE, Event.TIME_OUT): State.OVERDUE,
}
FINAL = frozenset(State) - {state for state, _ in TRANSITIONS}


class CheckState(StrEnum):
    ASKED = "asked"
    CONFIRMED = "confirmed"
    NOT_FOUND = "not_found"
    TIMED_OUT = "timed_out"


class CheckEvent(StrEnum):
    CONFIRM = "confirm"
    DENY = "deny"
    TIME_OUT = "time_out"


CHECK_TRANSITIONS: dict[tuple[CheckState, CheckEvent], CheckState] = {
    (CheckState.ASKED, CheckEvent.CONFIRM): CheckState.CONFIRMED,
    (CheckState.ASKED, CheckEvent.DENY): CheckState.NOT_FOUND,
    (CheckState.ASKED, CheckEvent.TIME_OUT): CheckState.TIMED_OUT,
}


class InboundState(StrEnum):
    """A payment on the receiving side; `received` holds until the scheme confirms (5 steps)."""

    RECEIVED = "received"
    CREDITED = "credited"
    REFUSED = "refused"
    RELEASED = "released"


class InboundEvent(StrEnum):
    CREDIT = "credit"
    REFUSE = "refuse"
    RELEASE = "release"
    TIME_OUT = "time_out"


INBOUND_TRANSITIONS: dict[tuple[InboundState, InboundEvent], InboundState] = {
    (InboundState.RECEIVED, InboundEvent.CREDIT): InboundState.CREDITED,
    (InboundState.RECEIVED, InboundEvent.REFUSE): InboundState.REFUSED,
    (InboundState.RECEIVED, InboundEvent.RELEASE): InboundState.RELEASED,
    (InboundState.RECEIVED, InboundEvent.TIME_OUT): InboundState.RECEIVED,
}


class Fixed(StrEnum):
    """Which amount the sender fixed: what leaves the account, or what arrives."""

    SOURCE = "source"
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True)
class Corridor:
    """Where an institution sends to. `notice` is what a person must be told (a scenario)."""

    country: str
    currency: Asset
    rails: tuple[str, ...]
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution node's own configuration: who it is and how it is connected.

    `fee` is its price to senders, taken out of the debit (configuration, labelled `example`
    in the demo). `ips` is the role name of its instant payment system; `confirmed` says that
    this system confirms before the credit (5 steps) instead of after it (4 steps).
    """

    role: str
    bic: str
    name: str
    country: str
    asset: Asset
    profile: Profile
    ips: str
    ips_bic: str
    clearing_system: str
    gateway: str
    fee: Fee
    corridors: Mapping[str, Corridor]
    rulebook: Rulebook
    confirmed: bool = False
    overdue_seconds: int = 60
    check_seconds: int = 20

    @property
    def claim(self) -> str:
        """The ledger account of customers' money kept at the payment system."""
        return f"claim/{self.ips}"

    @property
    def own(self) -> str:
        """The ledger account of the institution's own money there."""
        return f"own/{self.ips}"


OUTGOING, INCOMING, FEES, CAPITAL = (
    "clearing/outgoing",
    "clearing/incoming",
    "income/fee",
    "equity/capital",
)


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """What a sender wants to know: this much, from this account, to that country."""

    customer_id: CustomerId
    account_id: AccountId
    destination_country: str
    fixed: Fixed
    amount: Money


@dataclass(frozen=True, slots=True)
class GatewayQuote:
    """One FX provider's offer as the Nexus gateway gives it."""

    id: str
    fxp_bic: str
    rate: Decimal
    interbank_source: Money
    interbank_destination: Money
    recipient_fee: Money
    received: Money
    source_sap_bic: str
    source_sap_account: str
    destination_sap_bic: str
    destination_sap_account: str
    issued_at: datetime
    valid_until: datetime
    capped: bool


@dataclass(frozen=True, slots=True)
class ReferenceRate:
    """A dated mid-market rate with a named source."""

    rate: Rate
    source: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class AskQuote:
    """The request together with what the gateway answered; `id` makes a repeat harmless."""

    id: QuoteId
    request: PriceRequest
    offers: tuple[GatewayQuote, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Everything a sender must see before saying yes, and what binds afterwards."""

    id: QuoteId
    request: PriceRequest
    source_country: str
    total_debit: Money
    sender_fee: Money
    offer: GatewayQuote
    mid: ReferenceRate
    total_cost_percent: Decimal
    recorded_at: datetime

    @property
    def remittance_id(self) -> RemittanceId:
        return remittance_id(self.id)

    @property
    def valid_until(self) -> datetime:
        return self.offer.valid_until


def remittance_id(quote_id: QuoteId) -> RemittanceId:
    """A quote and the remittance it may become share their random part."""
    return RemittanceId("rem_" + quote_id.removeprefix("quo_"))


@dataclass(frozen=True, slots=True)
class CheckPayee:
    """Ask whose account this is. `address_type` is an ISO proxy code, `IBAN` or `ACCT`."""

    id: str
    customer_id: CustomerId
    country: str
    address_type: str
    address: str
    agent_bic: str | None = None


@dataclass(frozen=True, slots=True)
class PayeeCheck:
    """The question and, once it came, the answer.

    `display_name` may be masked and is what the sender sees; `legal_name` is for screening.
    """

    id: str
    customer_id: CustomerId
    state: CheckState
    country: str
    address_type: str
    address: str
    agent_bic: str | None
    message_id: str
    display_name: str | None = None
    legal_name: str | None = None
    town: str | None = None
    account_number: str | None = None
    account_is_iban: bool | None = None
    account_agent_bic: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Accept:
    """The sender's yes. `payee_name` is needed only when the check gave no name at all."""

    quote_id: QuoteId
    customer_id: CustomerId
    payee_check_id: str
    purpose: str | None = None
    note: str | None = None
    reference: str | None = None
    payee_name: str | None = None


@dataclass(frozen=True, slots=True)
class Remittance:
    """A remittance as it stands."""

    id: RemittanceId
    quote: Quote
    state: State
    sequence: int = 0
    uetr: str | None = None
    hold_id: str | None = None
    reason: Reason | None = None
    reason_code: str | None = None
    rule: str | None = None
    citation: str | None = None
    accepted_at: datetime | None = None
    finished_at: datetime | None = None
    payee_name: str | None = None
    payee_check_id: str | None = None
    purpose: str | None = None
    note: str | None = None
    reference: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """A payment that arrived for one of our accounts."""

    uetr: str
    state: InboundState
    account_id: str | None
    account_code: str | None
    interbank: Money
    fee: Money
    credited: Money
    sender_name: str
    sender_account: str
    sender_bic: str
    sent: Money
    end_to_end_id: str
    transaction_id: str
    message_id: str
    note: str | None = None
    hold_id: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One move of one remittance, to be made only if it still stands where it was read."""

    remittance: Remittance
    event: Event
    refusal: Refused | None = None
    reason_code: str | None = None
    uetr: str | None = None
    hold_id: str | None = None
