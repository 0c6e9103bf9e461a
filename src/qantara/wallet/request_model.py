"""Money asked for among customers of one institution, and bills split by it."""

from datetime import datetime

from msgspec import Struct

from qantara.ids import AccountId, CustomerId
from qantara.money import Money
from qantara.wallet.model import MoneyRequestEvent, MoneyRequestState


class AskMoney(Struct, frozen=True):
    """A wish to be paid by another customer of ours, whom the check `payer_check_id` found."""

    id: str
    customer_id: CustomerId
    account_id: AccountId
    payer_check_id: str
    amount: Money
    expires_at: datetime
    note: str | None = None
    split_id: str | None = None


class PayMoney(Struct, frozen=True):
    """The asked one's yes; `id` makes the transfer that pays."""

    id: str
    request_id: str
    customer_id: CustomerId
    account_id: AccountId


class EndMoney(Struct, frozen=True):
    """A no of the one who is asked, or second thoughts of the one who asks."""

    request_id: str
    customer_id: CustomerId


class MoneyRequest(Struct, frozen=True):
    """What is asked for: `customer_id` asks and `payer_id` is asked. Each is told the other's
    masked name: `asker_shown`, `payer_shown`. `transfer_id` is what paid it.
    """

    id: str
    customer_id: CustomerId
    account_id: AccountId
    asker_shown: str
    payer_id: CustomerId
    payer_check_id: str
    payer_shown: str
    state: MoneyRequestState
    amount: Money
    expires_at: datetime
    asked_at: datetime
    note: str | None = None
    split_id: str | None = None
    transfer_id: str | None = None
    ended_at: datetime | None = None
    sequence: int = 0


class RequestMove(Struct, frozen=True):
    """What happens to a request."""

    request: MoneyRequest
    event: MoneyRequestEvent
    transfer_id: str | None = None


class Part(Struct, frozen=True):
    """Somebody's part of a bill; without an amount it is an equal one."""

    payer_check_id: str
    amount: Money | None = None


class SplitBill(Struct, frozen=True):
    """A wish to share a bill that its owner has paid.

    Parts without amounts are equal, and with `include_self` the owner's is one more, the last;
    minor units that are left over go to early parts. Stated parts and `own` together
    are `total` exactly.
    """

    id: str
    customer_id: CustomerId
    account_id: AccountId
    total: Money
    parts: tuple[Part, ...]
    expires_at: datetime
    own: Money | None = None
    include_self: bool = True
    note: str | None = None


class Split(Struct, frozen=True):
    """A bill as it was shared: `own` is its owner's part, each other part a request."""

    id: str
    customer_id: CustomerId
    account_id: AccountId
    total: Money
    own: Money
    made_at: datetime
    expires_at: datetime
    note: str | None = None
    requests: tuple[MoneyRequest, ...] = ()
    sequence: int = 0

    @property
    def paid(self) -> Money:
        return self._sum(MoneyRequestState.PAID)

    @property
    def waiting(self) -> Money:
        return self._sum(MoneyRequestState.OPEN)

    def _sum(self, state: MoneyRequestState) -> Money:
        minor = sum(each.amount.minor for each in self.requests if each.state is state)
        return Money(minor, self.total.asset)
