"""What is asked of the verbs of cash. Codes and numbers of documents never come in clear."""

from enum import StrEnum

from msgspec import Struct

from qantara.agents.model import AgentEvent, Kind, Recipient
from qantara.ids import AccountId, CustomerId
from qantara.money import Money


class Register(Struct, frozen=True):
    """Make an agent of the customer who holds this account here."""

    id: str
    name: str
    district: str
    account_id: AccountId


class MoveAgent(Struct, frozen=True):
    """`by` is the principal who decided it."""

    agent_id: str
    event: AgentEvent
    by: str


class Move(StrEnum):
    FUND = "fund"
    """From the agent's account into its float."""
    DRAW = "draw"
    """From its float into its account."""
    COLLECT = "collect"
    """Its commission, into its account."""


class MoveFloat(Struct, frozen=True):
    id: str
    agent_id: str
    move: Move
    amount: Money


class Deposit(Struct, frozen=True):
    """Cash taken for the account behind an alias, or a number (`IBAN`, `ACCT`)."""

    id: str
    agent_id: str
    address_type: str
    address: str
    amount: Money


class NewOrder(Struct, frozen=True):
    """A customer's wish that cash be paid: to the customer, or to `recipient`."""

    id: str
    customer_id: CustomerId
    account_id: AccountId
    amount: Money
    reference: str
    code_digest: bytes
    recipient: Recipient | None = None

    @property
    def kind(self) -> Kind:
        return Kind.WITHDRAWAL if self.recipient is None else Kind.PICKUP


class Redeem(Struct, frozen=True):
    """What was told at a counter: `identity_digest` is of the document's number, made as the
    order's was; `identity_last` are its last four characters.
    """

    id: str
    agent_id: str
    reference: str
    code_digest: bytes
    identity_last: str
    identity_digest: bytes


class Cancel(Struct, frozen=True):
    order_id: str
    customer_id: CustomerId


class Renew(Struct, frozen=True):
    """A new code in the place of the old; `id` is of the wish."""

    id: str
    order_id: str
    customer_id: CustomerId
    code_digest: bytes
