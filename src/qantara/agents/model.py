"""Agents, what they are ordered to pay in cash, and the states of both.

What is asked of the verbs stands in `commands`.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from qantara.errors import Reason
from qantara.ids import AccountId, CustomerId
from qantara.money import Asset, Money
from qantara.parties.model import IdentityType
from qantara.policy.model import Rulebook, Tariff


class Kind(StrEnum):
    """What an agent does with cash: takes it, pays it to a customer, or to whom one names."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    PICKUP = "pickup"


class Member(Protocol):
    """What these verbs must know of the institution; the role's own configuration tells it.

    `cash_prices` is what its customers pay by `Kind`, `cash_commissions` what its agents earn;
    without an entry nothing is paid. A code to withdraw stands for `cash_code_seconds`, an order
    to be picked up for `cash_pickup_seconds`; after `cash_attempts` wrong words it is locked.
    All of it is configuration, labelled `example`.
    """

    @property
    def role(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def asset(self) -> Asset: ...
    @property
    def rulebook(self) -> Rulebook: ...
    @property
    def ips(self) -> str: ...
    @property
    def claim(self) -> str: ...
    @property
    def own(self) -> str: ...
    @property
    def cash_prices(self) -> Mapping[str, Tariff]: ...
    @property
    def cash_commissions(self) -> Mapping[str, Tariff]: ...
    @property
    def cash_code_seconds(self) -> int: ...
    @property
    def cash_pickup_seconds(self) -> int: ...
    @property
    def cash_attempts(self) -> int: ...


DEADLINES = "agents"
"""Whose deadlines these are, among those of the role."""
FEES, COMMISSIONS, UNCLAIMED = "income/fee", "expense/agent_commission", "unclaimed/returns"
PICKUPS = "cash_pickup"
"""Customers' money that waits to be picked up: e-money, and safeguarded as such."""
PASSING = "clearing/cash"
"""What was held for a withdrawal passes here on its way to the agent who has paid it."""


class AgentState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class AgentEvent(StrEnum):
    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE = "close"


AGENT_TRANSITIONS: dict[tuple[AgentState, AgentEvent], AgentState] = {
    (AgentState.ACTIVE, AgentEvent.SUSPEND): AgentState.SUSPENDED,
    (AgentState.SUSPENDED, AgentEvent.RESUME): AgentState.ACTIVE,
    (AgentState.ACTIVE, AgentEvent.CLOSE): AgentState.CLOSED,
    (AgentState.SUSPENDED, AgentEvent.CLOSE): AgentState.CLOSED,
}


class Agent(Struct, frozen=True):
    """Somebody at whose counter our customers pay in and are paid out.

    The agent is itself a customer: `account_code` is its account here, out of which the float
    is filled and into which it and the commission are drawn.
    """

    id: str
    name: str
    district: str
    state: AgentState
    customer_id: CustomerId
    account_id: AccountId
    account_code: str
    registered_at: datetime

    @property
    def float_code(self) -> str:
        """The ledger account of the e-money it sells for cash, and is given for cash."""
        return f"agent/{self.id}/float"

    @property
    def commission_code(self) -> str:
        return f"agent/{self.id}/commission"


class Till(Struct, frozen=True):
    """An agent and what it has here."""

    agent: Agent
    float: Money
    commission: Money


class OrderState(StrEnum):
    WAITING = "waiting"
    LOCKED = "locked"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class OrderEvent(StrEnum):
    MISS = "miss"
    LOCK = "lock"
    RENEW = "renew"
    PAY = "pay"
    CANCEL = "cancel"
    TIME_OUT = "time_out"


# Who ordered may have a new code, also for what wrong codes have locked; nobody else can.
ORDER_TRANSITIONS: dict[tuple[OrderState, OrderEvent], OrderState] = {
    (OrderState.WAITING, OrderEvent.MISS): OrderState.WAITING,
    (OrderState.WAITING, OrderEvent.LOCK): OrderState.LOCKED,
    (OrderState.WAITING, OrderEvent.RENEW): OrderState.WAITING,
    (OrderState.WAITING, OrderEvent.PAY): OrderState.PAID,
    (OrderState.WAITING, OrderEvent.CANCEL): OrderState.CANCELLED,
    (OrderState.WAITING, OrderEvent.TIME_OUT): OrderState.EXPIRED,
    (OrderState.LOCKED, OrderEvent.RENEW): OrderState.WAITING,
    (OrderState.LOCKED, OrderEvent.CANCEL): OrderState.CANCELLED,
    (OrderState.LOCKED, OrderEvent.TIME_OUT): OrderState.EXPIRED,
}
ORDER_ENDS = frozenset(OrderState) - {state for state, _ in ORDER_TRANSITIONS}


class Recipient(Struct, frozen=True):
    """Who is to be paid, as the sender names them. Of the document only the last four
    characters and a slow digest of the number are kept.
    """

    name: str
    phone: str | None
    identity_type: IdentityType
    identity_last: str
    identity_digest: bytes


class Order(Struct, frozen=True):
    """Cash to be paid out: to its customer (`withdrawal`) or to `recipient` (`pickup`).

    `reference` finds it at a counter; the code that opens it is kept as a digest, and
    `identity_last` are the last four characters of the document that must be shown. `fee` comes
    on top of `amount`; `misses` counts wrong words since the code was drawn.
    """

    id: str
    kind: Kind
    reference: str
    customer_id: CustomerId
    account_id: AccountId
    account_code: str
    state: OrderState
    amount: Money
    fee: Money
    code_digest: bytes
    identity_last: str
    ordered_at: datetime
    expires_at: datetime
    recipient: Recipient | None = None
    misses: int = 0
    renewal: str | None = None
    finished_at: datetime | None = None
    receipt_id: str | None = None
    sequence: int = 0


class Receipt(Struct, frozen=True):
    """Cash that went over a counter; the agent and the customer are shown the same number.

    `person` is who paid it in or took it: a customer, or the digest of a document. `commission`
    is what the agent earned.
    """

    id: str
    kind: Kind
    agent_id: str
    customer_id: CustomerId
    account_id: AccountId
    person: str
    amount: Money
    fee: Money
    commission: Money
    recorded_at: datetime
    order_id: str | None = None
    reference: str | None = None
    sequence: int = 0

    @property
    def number(self) -> str:
        return f"{self.sequence:010d}"


class Miss(Struct, frozen=True):
    """A wrong code or a wrong document, kept under the id of the attempt."""

    id: str
    order_id: str
    agent_id: str
    reason: Reason
