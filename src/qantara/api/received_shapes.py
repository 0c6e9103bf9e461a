"""What the doors say about payments that arrived."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from qantara.api.shapes import Event, Money, Request


class NewVerdict(Request):
    """Why a held payment shall be released, refused or blocked, and which text says so. `reason`
    is told to the sending side on refuse and block.
    """

    legal_reason: str = Field(min_length=1, max_length=400)
    citation: str = Field(min_length=1, max_length=400)
    reason: str | None = Field(None, max_length=64, examples=["payee_name_mismatch"])


@dataclass(frozen=True, slots=True)
class Received:
    """A payment that arrived for an account here.

    `held` waits for staff, `received` for the payment system; a `reversed` one was taken back:
    `taken_back` out of the account, the rest at this institution's expense.
    """

    uetr: str
    state: str
    final: bool
    account_id: str | None
    priority: Literal["NORM", "HIGH"]
    sender_name: str
    sent: Money
    arrived: Money
    fee: Money
    credited: Money
    taken_back: Money | None
    note: str | None
    reason: str | None
    events: list[Event] | None = None


@dataclass(frozen=True, slots=True)
class ReceivedPage:
    data: list[Received]
    has_more: bool
