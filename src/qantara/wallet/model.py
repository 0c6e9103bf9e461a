"""What a wallet shows and keeps: balances and limits, saved payees, pots."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from qantara.errors import Refused
from qantara.ids import AccountId, CustomerId, PrincipalId
from qantara.money import Money
from qantara.parties.model import Account


class Consequence(StrEnum):
    """What happens above a limit: nothing goes, or a person looks first."""

    REFUSED = "refused"
    REVIEW = "review"


class Limit(Struct, frozen=True):
    """The most that one payment may be, as policy says it today, and where that stands."""

    most: Money
    consequence: Consequence
    side: str
    rule: str
    provision: str
    confidence: str
    label: str


class Way(Struct, frozen=True):
    """How a customer can send: inside the own system, or to one country. `refusal` is why
    nothing goes there at all; the strictest limit comes first.
    """

    country: str
    rails: tuple[str, ...]
    limits: tuple[Limit, ...]
    refusal: Refused | None = None


class Standing(Struct, frozen=True):
    """An account's money. `balance` is all of it, `held` what is reserved of it, `available`
    what can be spent; `in_review` is the part of `held` that waits for a person.
    `pending_in` is on its way in and in no balance yet; `in_pots` is set apart, beside `balance`.
    """

    account: Account
    status: str
    balance: Money
    held: Money
    available: Money
    in_review: Money
    pending_in: Money
    in_pots: Money


class Overview(Struct, frozen=True):
    customer_id: CustomerId
    accounts: tuple[Standing, ...]
    ways: tuple[Way, ...]


class BeneficiaryState(StrEnum):
    SAVED = "saved"
    REMOVED = "removed"


class BeneficiaryEvent(StrEnum):
    REMOVE = "remove"


BENEFICIARY_TRANSITIONS: dict[tuple[BeneficiaryState, BeneficiaryEvent], BeneficiaryState] = {
    (BeneficiaryState.SAVED, BeneficiaryEvent.REMOVE): BeneficiaryState.REMOVED,
}


class Save(Struct, frozen=True):
    """A wish to keep the payee whom a check confirmed, under a name of the customer's own."""

    id: str
    customer_id: CustomerId
    payee_check_id: str
    nickname: str | None = None


class Beneficiary(Struct, frozen=True):
    """A saved payee: `address` is what was asked for, `name` what the customer was shown then.

    `used_at` is when a payment to it was last begun.
    """

    id: str
    customer_id: CustomerId
    state: BeneficiaryState
    payee_check_id: str
    country: str
    address_type: str
    address: str
    agent_bic: str | None
    name: str | None
    asked_name: str | None
    nickname: str | None
    saved_at: datetime
    used_at: datetime | None = None
    removed_at: datetime | None = None
    sequence: int = 0


class Rename(Struct, frozen=True):
    id: str
    customer_id: CustomerId
    nickname: str | None


class Remove(Struct, frozen=True):
    id: str
    customer_id: CustomerId


class Use(Struct, frozen=True):
    """A payment to a saved payee begins: `check_id` is the payee check that is asked for it."""

    id: str
    customer_id: CustomerId
    check_id: str


class PotState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class PotEvent(StrEnum):
    CLOSE = "close"


POT_TRANSITIONS: dict[tuple[PotState, PotEvent], PotState] = {
    (PotState.OPEN, PotEvent.CLOSE): PotState.CLOSED,
}


class OpenPot(Struct, frozen=True):
    """Set money of an account apart under a name, perhaps until there is enough of it."""

    id: str
    customer_id: CustomerId
    account_id: AccountId
    name: str
    goal: Money | None = None
    goal_on: date | None = None


class Pot(Struct, frozen=True):
    """A pot as it stands; its money stands in the ledger, under `ledger_code`."""

    id: str
    customer_id: CustomerId
    account_id: AccountId
    state: PotState
    ledger_code: str
    account_code: str
    currency: str
    name: str
    opened_at: datetime
    goal: Money | None = None
    goal_on: date | None = None
    closed_at: datetime | None = None
    sequence: int = 0


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class MovePot(Struct, frozen=True):
    """Move money between an account and one of its pots."""

    id: str
    customer_id: CustomerId
    pot_id: str
    direction: Direction
    amount: Money


class ChangePot(Struct, frozen=True):
    """The name and the goal a pot shall have from now on."""

    id: str
    customer_id: CustomerId
    name: str
    goal: Money | None = None
    goal_on: date | None = None


class ClosePot(Struct, frozen=True):
    id: str
    customer_id: CustomerId


class Filled(Struct, frozen=True):
    """A pot with what is in it."""

    pot: Pot
    balance: Money


class Switch(Struct, frozen=True):
    """The holder's word to stop or resume sending from an account; `by` is the principal."""

    account_id: AccountId
    customer_id: CustomerId
    by: PrincipalId
    stop: bool


class ScheduleState(StrEnum):
    """A standing order: `ended` after its last day, `cancelled` by its owner."""

    ACTIVE = "active"
    ENDED = "ended"
    CANCELLED = "cancelled"


class ScheduleEvent(StrEnum):
    END = "end"
    CANCEL = "cancel"


SCHEDULE_TRANSITIONS: dict[tuple[ScheduleState, ScheduleEvent], ScheduleState] = {
    (ScheduleState.ACTIVE, ScheduleEvent.END): ScheduleState.ENDED,
    (ScheduleState.ACTIVE, ScheduleEvent.CANCEL): ScheduleState.CANCELLED,
}


class RunState(StrEnum):
    """One payment of a standing order until it is placed, and then has a state of its own:
    the payee is asked for anew, a payment abroad is quoted.
    """

    CHECKING = "checking"
    QUOTING = "quoting"
    PLACED = "placed"
    REFUSED = "refused"


class RunEvent(StrEnum):
    CONFIRM = "confirm"
    PLACE = "place"
    REFUSE = "refuse"
    TIME_OUT = "time_out"


RUN_TRANSITIONS: dict[tuple[RunState, RunEvent], RunState] = {
    (RunState.CHECKING, RunEvent.CONFIRM): RunState.QUOTING,
    (RunState.CHECKING, RunEvent.PLACE): RunState.PLACED,
    (RunState.CHECKING, RunEvent.REFUSE): RunState.REFUSED,
    (RunState.CHECKING, RunEvent.TIME_OUT): RunState.REFUSED,
    (RunState.QUOTING, RunEvent.PLACE): RunState.PLACED,
    (RunState.QUOTING, RunEvent.REFUSE): RunState.REFUSED,
    (RunState.QUOTING, RunEvent.TIME_OUT): RunState.REFUSED,
}
