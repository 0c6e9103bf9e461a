"""A settlement access provider: the accounts it keeps, and a payment's reservation there."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qantara.money import Asset, Money
from qantara.rails.model import Profile


class Customer(Struct, frozen=True):
    """An FX provider with an account here; `number` is how messages name the account."""

    role: str
    bic: str
    number: str

    @property
    def account(self) -> str:
        return f"customer/{self.role}"


class SapNode(Struct, frozen=True):
    """`ips` is the system in which it takes part, with `profile` its dialect. After
    `reminder_seconds` (example) it asks how a payment ended that is still reserved.
    """

    role: str
    bic: str
    ips: str
    profile: Profile
    asset: Asset
    customers: tuple[Customer, ...]
    reminder_seconds: int = 60

    @property
    def claim(self) -> str:
        return f"claim/{self.ips}"

    def customer(self, number: str | None) -> Customer | None:
        return next((found for found in self.customers if found.number == number), None)


class State(StrEnum):
    RECEIVED = "received"
    RESERVED = "reserved"
    SETTLED = "settled"
    REJECTED = "rejected"


class Event(StrEnum):
    REFUSE = "refuse"
    RESERVE = "reserve"
    SETTLE = "settle"
    REJECT = "reject"


START = State.RECEIVED
FINAL = frozenset({State.SETTLED, State.REJECTED})
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.RECEIVED, Event.REFUSE): State.REJECTED,
    (State.RECEIVED, Event.RESERVE): State.RESERVED,
    (State.RESERVED, Event.SETTLE): State.SETTLED,
    (State.RESERVED, Event.REJECT): State.REJECTED,
}


class Side(StrEnum):
    """SOURCE: the customer's account grows, ACCC is answered. DESTINATION: it pays, ACTC."""

    SOURCE = "source"
    DESTINATION = "destination"


class Payment(Struct, frozen=True):
    """`sender` and `message_id` are those of the pacs.008 as it came; `customer` is the role
    whose account it moves, empty where there is none. `remind_at` is when to ask again how it
    ended, once that was asked.
    """

    uetr: str
    message_id: str
    sender: str
    side: Side
    customer: str
    amount: Money
    state: State
    reason: str | None
    text: str | None
    recorded_at: datetime
    remind_at: datetime | None = None


class Funding(Struct, frozen=True):
    """Money that reached us in our system: a customer's deposit, or our own where `customer`
    (a role) is None. `id` makes it happen once.
    """

    id: str
    amount: Money
    customer: str | None = None
