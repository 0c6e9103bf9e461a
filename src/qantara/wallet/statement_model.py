"""A period's statement of an account."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from qantara.money import Money
from qantara.parties.model import Holding


class LineKind(StrEnum):
    """What moved the money, as its owner knows it."""

    TRANSFER_SENT = "transfer_sent"
    TRANSFER_RECEIVED = "transfer_received"
    REMITTANCE_SENT = "remittance_sent"
    REMITTANCE_RECEIVED = "remittance_received"
    RETURNED = "returned"
    GIVEN_BACK = "given_back"
    TAKEN_BACK = "taken_back"
    FEE = "fee"
    POT_IN = "pot_in"
    POT_OUT = "pot_out"
    OTHER = "other"


class Line(Struct, frozen=True):
    """One movement. `amount` is signed; `balance` is the account's just after it. `counterpart`
    is what the owner may see of the other side, for a pot its name. `fee` is the part of the
    amount that is ours, or what was kept of a payment before it came.
    """

    sequence: int
    entry_id: str
    kind: LineKind
    amount: Money
    balance: Money
    booked_at: datetime
    happened_at: datetime
    counterpart: str | None = None
    note: str | None = None
    reference: str | None = None
    uetr: str | None = None
    fee: Money | None = None


class Statement(Struct, frozen=True):
    """What was booked from `begins_at` until before `ends_at`: the days `begins_on` to `ends_on`
    by UTC, as far as they are over. `opening` and all lines add up to `closing`.
    """

    holding: Holding
    begins_on: date
    ends_on: date
    begins_at: datetime
    ends_at: datetime
    opening: Money
    closing: Money
    lines: tuple[Line, ...]

    @property
    def came(self) -> Money:
        minors = [each.amount.minor for each in self.lines if each.amount.minor > 0]
        return Money(sum(minors), self.opening.asset)

    @property
    def went(self) -> Money:
        minors = [-each.amount.minor for each in self.lines if each.amount.minor < 0]
        return Money(sum(minors), self.opening.asset)
