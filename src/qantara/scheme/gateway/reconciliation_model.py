"""What is reconciled: a period of one payment system, and a period of the whole gateway."""

from datetime import datetime

from msgspec import Struct

from qantara.money import Money
from qantara.rails.model import Booking, Status

PAGE_ENTRIES = 1000


class Period(Struct, frozen=True):
    """Final statuses of one system from `begins_at` to before `ends_at`."""

    ips: str
    begins_at: datetime
    ends_at: datetime


class Line(Struct, frozen=True):
    """So many payments ended so, adding up to so much: paid by the system (DBIT) or to it."""

    booking: Booking
    status: Status
    count: int
    total: Money


class Totals(Struct, frozen=True):
    period: Period
    currency: str
    lines: tuple[Line, ...]

    @property
    def entries(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def pages(self) -> int:
        """Messages of at most `PAGE_ENTRIES`; an empty period is told by an empty one."""
        return max(1, -(-self.entries // PAGE_ENTRIES))

    def line(self, booking: Booking, status: Status) -> Line | None:
        wanted = (booking, status)
        return next((each for each in self.lines if (each.booking, each.status) == wanted), None)


class Sum(Struct, frozen=True):
    count: int
    total: Money


class Balance(Struct, frozen=True):
    """Completed payments in one currency, as each party to them knows them.

    What source systems paid was quoted to, or set by, their PSPs, and told to FX providers; so
    was what destination systems received. `own_*` are payments whose PSP exchanged itself: no
    quote, nobody to tell, their amounts computed anew from their rates.
    """

    currency: str
    paid: Sum
    quoted_source: Sum
    own_source: Sum
    told_source: Sum
    received: Sum
    quoted_destination: Sum
    own_destination: Sum
    told_destination: Sum

    @property
    def differences(self) -> dict[str, tuple[int, Money]]:
        """What does not agree, by how many payments and how much; empty when all does."""
        pairs = {
            "paid and quoted": (self.paid, _plus(self.quoted_source, self.own_source)),
            "quoted and told, source": (self.quoted_source, self.told_source),
            "received and quoted": (
                self.received,
                _plus(self.quoted_destination, self.own_destination),
            ),
            "quoted and told, destination": (self.quoted_destination, self.told_destination),
        }
        return {
            name: (one.count - other.count, one.total - other.total)
            for name, (one, other) in pairs.items()
            if one != other
        }


def _plus(one: Sum, other: Sum) -> Sum:
    return Sum(one.count + other.count, one.total + other.total)


class Reconciliation(Struct, frozen=True):
    """All currencies of a period. `paid` and `received` count the same payments, so over all
    currencies as many were paid as were received.
    """

    begins_at: datetime
    ends_at: datetime
    balances: tuple[Balance, ...]

    @property
    def balanced(self) -> bool:
        paid = sum(balance.paid.count for balance in self.balances)
        received = sum(balance.received.count for balance in self.balances)
        return paid == received and not any(balance.differences for balance in self.balances)
