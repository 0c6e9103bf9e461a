"""A statement as it is answered."""

from dataclasses import dataclass
from typing import Literal

from qantara.api.shapes import Amount, Moment
from qantara.api.wallet_shapes import Day


@dataclass(frozen=True, slots=True)
class StatementLine:
    """`amount` is signed; `balance` is the account's just after it. `fee` is the part of the
    amount that is ours, or what was kept of a payment before it came. `counterpart` is what may be
    seen of the other side, for a pot its name.
    """

    sequence: int
    transfer_id: str
    kind: str
    amount: Amount
    balance: Amount
    booked_at: Moment
    occurred_at: Moment
    counterpart: str | None
    note: str | None
    reference: str | None
    uetr: str | None
    fee: Amount | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What was booked on the days `begins_on` to `ends_on`, by UTC, as far as they are over.
    `opening_balance` + `credits` - `debits` = `closing_balance`.
    """

    object: Literal["statement"]
    account_id: str
    number: str
    owner: str
    currency: str
    begins_on: Day
    ends_on: Day
    begins_at: Moment
    ends_at: Moment
    opening_balance: Amount
    credits: Amount
    debits: Amount
    closing_balance: Amount
    lines: list[StatementLine]
