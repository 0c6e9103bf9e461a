"""Quotes and remittances, and the states they pass through."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from qantara.errors import Reason, Refused
from qantara.ids import AccountId, CustomerId, QuoteId, RemittanceId
from qantara.money import Asset, Money, Rate
from qantara.rails.model import Priority, returned_uetr
from qantara.remittance.case_model import (
    CASE_TRANSITIONS,
    RETURN_TRANSITIONS,
    RETURNED,
    CaseEvent,
    CaseState,
    ReturnEvent,
    ReturnState,
)
from qantara.remittance.funding_model import CorrespondentFunding, NostroFunding
from qantara.remittance.node import (
    EXECUTION_SECONDS,
    RECALL_DAYS,
    RESEND_SECONDS,
    Corridor,
    ForeignAccount,
    Institution,
    OwnFx,
    Required,
)
from qantara.remittance.review_model import REVIEW_TRANSITIONS, ReviewEvent, ReviewState

__all__ = [
    "BLOCKED",
    "CAPITAL",
    "CASE_TRANSITIONS",
    "EXECUTION_SECONDS",
    "FEES",
    "FINAL",
    "INBOUND_TRANSITIONS",
    "INCOMING",
    "INITIAL",
    "KIND",
    "LATE_ANSWER",
    "OUTGOING",
    "RECALL_DAYS",
    "RESEND_SECONDS",
    "RETURNED",
    "RETURN_TRANSITIONS",
    "REVIEW_TRANSITIONS",
    "TRANSITIONS",
    "Accept",
    "AskQuote",
    "CaseEvent",
    "CaseState",
    "Change",
    "CorrespondentFunding",
    "Corridor",
    "Decide",
    "Event",
    "Fixed",
    "ForeignAccount",
    "GatewayQuote",
    "Inbound",
    "InboundEvent",
    "InboundState",
    "Institution",
    "NostroFunding",
    "OwnFx",
    "PriceRequest",
    "Quote",
    "ReferenceRate",
    "Remittance",
    "Required",
    "ReturnEvent",
    "ReturnState",
    "ReviewEvent",
    "ReviewState",
    "State",
    "Verdict",
    "position",
    "remittance_id",
]


class State(StrEnum):
    """A remittance as its sender's institution sees it."""

    QUOTED = "quoted"
    IN_REVIEW = "in_review"
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
    REVIEW = "review"
    RELEASE = "release"
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
    (State.QUOTED, Event.REVIEW): State.IN_REVIEW,
    (State.IN_REVIEW, Event.RELEASE): State.ACCEPTED,
    (State.IN_REVIEW, Event.REFUSE): State.REFUSED,
    (State.IN_REVIEW, Event.TIME_OUT): State.EXPIRED,
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


class InboundState(StrEnum):
    """A payment on the receiving side.

    `received`: reserved and accepted, until the scheme confirms. `held`: reserved and told as
    ACWP, until staff decide. `blocked`: taken and kept from the recipient, told as BLCK.
    `released`: the scheme let it go before it was credited. `reversed`: it did so afterwards.
    """

    RECEIVED = "received"
    HELD = "held"
    CREDITED = "credited"
    BLOCKED = "blocked"
    REFUSED = "refused"
    RELEASED = "released"
    REVERSED = "reversed"


class InboundEvent(StrEnum):
    RESERVE = "reserve"
    HOLD = "hold"
    CREDIT = "credit"
    BLOCK = "block"
    REFUSE = "refuse"
    RELEASE = "release"
    REVERSE = "reverse"
    TIME_OUT = "time_out"


INBOUND_TRANSITIONS: dict[tuple[InboundState, InboundEvent], InboundState] = {
    (InboundState.RECEIVED, InboundEvent.HOLD): InboundState.HELD,
    (InboundState.RECEIVED, InboundEvent.CREDIT): InboundState.CREDITED,
    (InboundState.RECEIVED, InboundEvent.BLOCK): InboundState.BLOCKED,
    (InboundState.RECEIVED, InboundEvent.REFUSE): InboundState.REFUSED,
    (InboundState.RECEIVED, InboundEvent.RELEASE): InboundState.RELEASED,
    (InboundState.RECEIVED, InboundEvent.TIME_OUT): InboundState.RECEIVED,
    (InboundState.HELD, InboundEvent.RESERVE): InboundState.RECEIVED,
    (InboundState.HELD, InboundEvent.CREDIT): InboundState.CREDITED,
    (InboundState.HELD, InboundEvent.BLOCK): InboundState.BLOCKED,
    (InboundState.HELD, InboundEvent.REFUSE): InboundState.REFUSED,
    (InboundState.HELD, InboundEvent.RELEASE): InboundState.RELEASED,
    (InboundState.HELD, InboundEvent.TIME_OUT): InboundState.HELD,
    (InboundState.CREDITED, InboundEvent.REVERSE): InboundState.REVERSED,
    (InboundState.BLOCKED, InboundEvent.REVERSE): InboundState.REVERSED,
}


class Verdict(StrEnum):
    """What staff decide about a held payment."""

    RELEASE = "release"
    REFUSE = "refuse"
    BLOCK = "block"


class Fixed(StrEnum):
    """Which amount the sender fixed: what leaves the account, or what arrives."""

    SOURCE = "source"
    DESTINATION = "destination"


KIND = "remittance"
"""Whose deadlines these are, among those of the role."""
OUTGOING, INCOMING, FEES, CAPITAL, BLOCKED, LATE_ANSWER = (
    "clearing/outgoing",
    "clearing/incoming",
    "income/fee",
    "equity/capital",
    "blocked/incoming",
    "expense/late_answer",
)


def position(asset: Asset) -> str:
    """The ledger account of our open position in a currency (own FX)."""
    return f"fx/{asset.code}"


class PriceRequest(Struct, frozen=True):
    """What a sender wants to know: this much, from this account, to that country."""

    customer_id: CustomerId
    account_id: AccountId
    destination_country: str
    fixed: Fixed
    amount: Money


class GatewayQuote(Struct, frozen=True):
    """One FX provider's offer as the Nexus gateway gives it; our own rate's has no `id`."""

    id: str | None
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


class ReferenceRate(Struct, frozen=True):
    """A dated rate with a named source: a mid-market rate, or our own (own FX)."""

    rate: Rate
    source: str
    as_of: datetime


class AskQuote(Struct, frozen=True):
    """The request together with what the gateway answered; `id` makes a repeat harmless."""

    id: QuoteId
    request: PriceRequest
    offers: tuple[GatewayQuote, ...]


class Quote(Struct, frozen=True):
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


class Accept(Struct, frozen=True):
    """The sender's yes. `payee_name` is needed only when the check gave no name at all."""

    quote_id: QuoteId
    customer_id: CustomerId
    payee_check_id: str
    purpose: str | None = None
    note: str | None = None
    reference: str | None = None
    payee_name: str | None = None
    priority: Priority = Priority.NORM


class Remittance(Struct, frozen=True):
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
    priority: Priority = Priority.NORM
    resends: int = 0


class Inbound(Struct, frozen=True):
    """A payment that arrived for one of our accounts.

    `paid_from` is the ledger account its money comes from; `confirmed` says that the scheme has
    called it final. Once reversed, `taken_back` came out of the recipient's account, and what
    is missing to `credited` out of our own funds.
    """

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
    paid_from: str = ""
    instructing_bic: str = ""
    priority: Priority = Priority.NORM
    confirmed: bool = False
    taken_back: Money | None = None

    @property
    def returns(self) -> str | None:
        """The UETR of the payment that this one gives back."""
        return returned_uetr(self.note)


class Decide(Struct, frozen=True):
    """Staff's word on a held payment; `reason` is told to the sending side, except on release."""

    uetr: str
    verdict: Verdict
    reason: Reason | None = None


class Change(Struct, frozen=True):
    """One move of one remittance, to be made only if it still stands where it was read."""

    remittance: Remittance
    event: Event
    refusal: Refused | None = None
    reason_code: str | None = None
    uetr: str | None = None
    hold_id: str | None = None
