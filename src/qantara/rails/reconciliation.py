"""What a payment system paid and was paid in a period, as records (camt.054)."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qantara.money import Money
from qantara.rails.vocabulary import Agent, Status


class Booking(StrEnum):
    CRDT = "CRDT"
    DBIT = "DBIT"


class NotificationEntry(Struct, frozen=True):
    """One final payment as a payment system reconciles it: paid to it (CRDT, it was the
    destination) or by it (DBIT, it was the source). `status` is ACCC, RJCT or BLCK; only ACCC
    counts in the totals.
    """

    status: Status
    booking: Booking
    amount: Money
    concluded_at: datetime
    message_id: str
    uetr: str
    end_to_end_id: str
    transaction_id: str
    debtor_agent: Agent
    creditor_agent: Agent
    instruction_id: str | None = None
    clearing_reference: str | None = None
    quote_id: str | None = None
    reason: str | None = None


class Notification(Struct, frozen=True):
    """camt.054: what one payment system paid and was paid through the gateway in a period.

    A long period has several pages, each a message of its own; `entries` are this page's, and
    its totals are computed from them. `owner` is the system's BIC, `account` the name under
    which the gateway reports it (Nexus keeps no accounts).
    """

    message_id: str
    created_at: datetime
    id: str
    page: int
    last_page: bool
    account: str
    currency: str
    owner: Agent
    begins_at: datetime
    ends_at: datetime
    entries: tuple[NotificationEntry, ...]
