"""Payments abroad added up by day, what providers offered, and a day held against its report."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from qantara.money import Money
from qantara.rails.model import Booking, Status


class SentDay(Struct, frozen=True):
    """What was sent to one country and completed on one day.

    `exchanged` went to the FX providers, who paid out `arrived`; `at_mid` is what that costs at
    the mid-market rate of each quote. What is between them is the exchange margin.
    """

    on: date
    country: str
    count: int
    debited: Money
    fee: Money
    exchanged: Money
    arrived: Money
    at_mid: Money

    @property
    def margin(self) -> Money:
        return self.exchanged - self.at_mid


class ReceivedDay(Struct, frozen=True):
    """What arrived and was credited on one day: between the banks, our fee, to the recipients."""

    on: date
    count: int
    interbank: Money
    fee: Money
    credited: Money


class Offered(Struct, frozen=True):
    """The last quote of ours in which an FX provider's rate stood, with the mid-market rate of
    that moment.
    """

    fxp_bic: str
    source: str
    destination: str
    rate: Decimal
    mid: Decimal
    recorded_at: datetime

    @property
    def margin(self) -> Decimal:
        """How far the rate lies from the middle, as a part of it: above zero costs the sender."""
        return (self.mid - self.rate) / self.mid


class Outcome(StrEnum):
    """How a payment ended, seen from here."""

    COMPLETED = "completed"
    RECEIVED = "received"
    REJECTED = "rejected"
    REFUSED = "refused"


class Ended(Struct, frozen=True):
    """So many payments ended in one way in a step of time."""

    at: datetime
    outcome: Outcome
    count: int


class Unequal(StrEnum):
    """How a report and our records differ about one payment."""

    UNKNOWN_HERE = "unknown_here"
    NOT_REPORTED = "not_reported"
    AMOUNT = "amount"
    STATUS = "status"


class Own(Struct, frozen=True):
    """A payment of ours as a report should tell of it; `subject` is its id here."""

    uetr: str
    subject: str
    booking: Booking
    amount: Money
    status: Status | None
    finished_at: datetime | None


class Difference(Struct, frozen=True):
    """One payment about which a report says something else than our records."""

    kind: Unequal
    uetr: str
    booking: Booking
    reported: Money | None
    own: Money | None
    reported_status: Status | None
    own_status: Status | None
    subject: str | None


class Side(Struct, frozen=True):
    """One side of a report: so many payments in the end credited, so much."""

    booking: Booking
    reported_count: int
    reported: Money
    own_count: int
    own: Money


class Compared(Struct, frozen=True):
    """A report held against our records: both sides added up, and each payment that differs."""

    sides: Sequence[Side]
    differences: Sequence[Difference]
    foreign: int
    """Entries between other institutions: none of our business."""

    @property
    def equal(self) -> bool:
        return not self.differences
