"""Standing orders and their runs, as they are kept."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from qantara.errors import Reason, Refused
from qantara.ids import AccountId, CustomerId
from qantara.money import Money
from qantara.remittance.model import Fixed, GatewayQuote, PriceRequest
from qantara.wallet.model import RunEvent, RunState, ScheduleState


class Rhythm(StrEnum):
    ONCE = "once"
    MONTHLY = "monthly"


class Terms(Struct, frozen=True):
    """What is paid: to a saved payee, `amount` as it is `fixed`, and never for a total debit
    above `ceiling`.
    """

    customer_id: CustomerId
    account_id: AccountId
    beneficiary_id: str
    amount: Money
    fixed: Fixed
    ceiling: Money
    rhythm: Rhythm
    first_on: date
    ends_on: date | None = None
    purpose: str | None = None
    note: str | None = None
    reference: str | None = None


class Plan(Struct, frozen=True):
    """A wish for a standing order."""

    id: str
    terms: Terms


class Schedule(Struct, frozen=True):
    """A standing order as it stands; `next_on` is its next day, None once there is none."""

    id: str
    terms: Terms
    state: ScheduleState
    next_on: date | None
    planned_at: datetime
    ended_at: datetime | None = None
    sequence: int = 0


class Cancel(Struct, frozen=True):
    id: str
    customer_id: CustomerId


class Run(Struct, frozen=True):
    """One day's payment: `payment_id` is what was placed, `reason` why nothing was."""

    id: str
    schedule_id: str
    state: RunState
    due_on: date
    check_id: str
    begun_at: datetime
    payment_id: str | None = None
    reason: Reason | None = None
    rule: str | None = None
    citation: str | None = None
    ended_at: datetime | None = None


class RunMove(Struct, frozen=True):
    """What happens to a run."""

    run: Run
    event: RunEvent
    payment_id: str | None = None
    refusal: Refused | None = None


class Wanted(Struct, frozen=True):
    """A run that waits for the gateway's offers, and what to ask for."""

    run_id: str
    request: PriceRequest


class Offered(Struct, frozen=True):
    """What the gateway answered for a run, or why it was not asked."""

    run_id: str
    offers: tuple[GatewayQuote, ...] | Refused
