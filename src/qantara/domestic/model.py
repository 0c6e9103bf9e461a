"""The states that transfers, requests and recalls pass through, and whose they are.

What is kept of each stands in `records`.
"""

from enum import StrEnum
from typing import Protocol

from qantara.money import Asset
from qantara.payees.model import Asker
from qantara.policy.model import Fee, Rulebook


class Member(Asker, Protocol):
    """What these verbs must know of the institution; the role's own configuration tells it.

    `domestic_fee` is its price for a transfer (configuration, labelled `example`), on top of
    the amount; None where there is none. `execution_seconds` holds where the rulebook names no
    time for the system, `recall_days` where it names none for the answer to a recall.
    `exceptions` switches recalls and returns on.
    """

    @property
    def asset(self) -> Asset: ...
    @property
    def clearing_system(self) -> str: ...
    @property
    def domestic_fee(self) -> Fee | None: ...
    @property
    def execution_seconds(self) -> int: ...
    @property
    def recall_days(self) -> int: ...
    @property
    def exceptions(self) -> bool: ...
    @property
    def rulebook(self) -> Rulebook: ...
    @property
    def claim(self) -> str: ...
    @property
    def own(self) -> str: ...


KIND = "domestic"
"""Whose deadlines these are, among those of the role."""
FEES, CAPITAL, LATE_ANSWER = "income/fee", "equity/capital", "expense/late_answer"
UNCLAIMED = "unclaimed/returns"
"""Customers' money given back to an account that can no longer take it: it waits for staff."""


class State(StrEnum):
    """A transfer as its payer's institution sees it; `ordered` is never left standing."""

    ORDERED = "ordered"
    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    OVERDUE = "overdue"
    COMPLETED = "completed"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    REFUSED = "refused"


class Event(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    ACKNOWLEDGE = "acknowledge"
    SETTLE = "settle"
    REJECT = "reject"
    BLOCK = "block"
    TIME_OUT = "time_out"


# An overdue transfer stays reserved until the system answers: releasing it on our own could pay
# twice. It is asked about by the same message again, each time its deadline comes round.
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.ORDERED, Event.ACCEPT): State.ACCEPTED,
    (State.ORDERED, Event.REFUSE): State.REFUSED,
    (State.ACCEPTED, Event.ACKNOWLEDGE): State.SUBMITTED,
    (State.ACCEPTED, Event.SETTLE): State.COMPLETED,
    (State.ACCEPTED, Event.REJECT): State.REJECTED,
    (State.ACCEPTED, Event.BLOCK): State.BLOCKED,
    (State.ACCEPTED, Event.TIME_OUT): State.OVERDUE,
    (State.SUBMITTED, Event.SETTLE): State.COMPLETED,
    (State.SUBMITTED, Event.REJECT): State.REJECTED,
    (State.SUBMITTED, Event.BLOCK): State.BLOCKED,
    (State.SUBMITTED, Event.TIME_OUT): State.OVERDUE,
    (State.OVERDUE, Event.ACKNOWLEDGE): State.OVERDUE,
    (State.OVERDUE, Event.SETTLE): State.COMPLETED,
    (State.OVERDUE, Event.REJECT): State.REJECTED,
    (State.OVERDUE, Event.BLOCK): State.BLOCKED,
    (State.OVERDUE, Event.TIME_OUT): State.OVERDUE,
}
FINAL = frozenset(State) - {state for state, _ in TRANSITIONS}


class ArrivalState(StrEnum):
    """A transfer on the receiving side; `received` is never left standing."""

    RECEIVED = "received"
    CREDITED = "credited"
    REFUSED = "refused"
    REVERSED = "reversed"


class ArrivalEvent(StrEnum):
    CREDIT = "credit"
    REFUSE = "refuse"
    REVERSE = "reverse"


# The system may have given up before our yes came: its word on that is final, ours was late.
ARRIVAL_TRANSITIONS: dict[tuple[ArrivalState, ArrivalEvent], ArrivalState] = {
    (ArrivalState.RECEIVED, ArrivalEvent.CREDIT): ArrivalState.CREDITED,
    (ArrivalState.RECEIVED, ArrivalEvent.REFUSE): ArrivalState.REFUSED,
    (ArrivalState.CREDITED, ArrivalEvent.REVERSE): ArrivalState.REVERSED,
}


class RequestState(StrEnum):
    """A request to be paid, on the side of the payee who made it."""

    SENT = "sent"
    SHOWN = "shown"
    AGREED = "agreed"
    PAID = "paid"
    REJECTED = "rejected"
    EXPIRED = "expired"


class RequestEvent(StrEnum):
    SHOW = "show"
    AGREE = "agree"
    PAY = "pay"
    REJECT = "reject"
    REVERSE = "reverse"
    TIME_OUT = "time_out"


# A payment under way when a request expires still counts; one the system takes back does not.
REQUEST_TRANSITIONS: dict[tuple[RequestState, RequestEvent], RequestState] = {
    (RequestState.SENT, RequestEvent.SHOW): RequestState.SHOWN,
    (RequestState.SENT, RequestEvent.AGREE): RequestState.AGREED,
    (RequestState.SENT, RequestEvent.PAY): RequestState.PAID,
    (RequestState.SENT, RequestEvent.REJECT): RequestState.REJECTED,
    (RequestState.SENT, RequestEvent.TIME_OUT): RequestState.EXPIRED,
    (RequestState.SHOWN, RequestEvent.AGREE): RequestState.AGREED,
    (RequestState.SHOWN, RequestEvent.PAY): RequestState.PAID,
    (RequestState.SHOWN, RequestEvent.REJECT): RequestState.REJECTED,
    (RequestState.SHOWN, RequestEvent.TIME_OUT): RequestState.EXPIRED,
    (RequestState.AGREED, RequestEvent.PAY): RequestState.PAID,
    (RequestState.AGREED, RequestEvent.REJECT): RequestState.REJECTED,
    (RequestState.AGREED, RequestEvent.TIME_OUT): RequestState.EXPIRED,
    (RequestState.EXPIRED, RequestEvent.PAY): RequestState.PAID,
    (RequestState.PAID, RequestEvent.REVERSE): RequestState.REJECTED,
}
REQUEST_ENDS = frozenset({RequestState.PAID, RequestState.REJECTED, RequestState.EXPIRED})


class DemandState(StrEnum):
    """A request to pay, on the side of the payer it was shown to; `received` never stands."""

    RECEIVED = "received"
    SHOWN = "shown"
    ACCEPTED = "accepted"
    PAYING = "paying"
    PAID = "paid"
    REJECTED = "rejected"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUSED = "refused"


class DemandEvent(StrEnum):
    SHOW = "show"
    REFUSE = "refuse"
    ACCEPT = "accept"
    PAY = "pay"
    SETTLE = "settle"
    REJECT = "reject"
    FAIL = "fail"
    TIME_OUT = "time_out"


DEMAND_TRANSITIONS: dict[tuple[DemandState, DemandEvent], DemandState] = {
    (DemandState.RECEIVED, DemandEvent.SHOW): DemandState.SHOWN,
    (DemandState.RECEIVED, DemandEvent.REFUSE): DemandState.REFUSED,
    (DemandState.SHOWN, DemandEvent.ACCEPT): DemandState.ACCEPTED,
    (DemandState.SHOWN, DemandEvent.PAY): DemandState.PAYING,
    (DemandState.SHOWN, DemandEvent.REJECT): DemandState.REJECTED,
    (DemandState.SHOWN, DemandEvent.TIME_OUT): DemandState.EXPIRED,
    (DemandState.ACCEPTED, DemandEvent.PAY): DemandState.PAYING,
    (DemandState.ACCEPTED, DemandEvent.REJECT): DemandState.REJECTED,
    (DemandState.ACCEPTED, DemandEvent.FAIL): DemandState.FAILED,
    (DemandState.PAYING, DemandEvent.SETTLE): DemandState.PAID,
    (DemandState.PAYING, DemandEvent.FAIL): DemandState.FAILED,
}
DEMAND_ENDS = frozenset(DemandState) - {state for state, _ in DEMAND_TRANSITIONS}


class RecallState(StrEnum):
    """A settled transfer that we ask to have back."""

    ASKED = "asked"
    OVERDUE = "overdue"
    GRANTED = "granted"
    REFUSED = "refused"
    RETURNED = "returned"


class RecallEvent(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"
    RETURN = "return"
    TIME_OUT = "time_out"


RECALL_TRANSITIONS: dict[tuple[RecallState, RecallEvent], RecallState] = {
    (RecallState.ASKED, RecallEvent.GRANT): RecallState.GRANTED,
    (RecallState.ASKED, RecallEvent.REFUSE): RecallState.REFUSED,
    (RecallState.ASKED, RecallEvent.RETURN): RecallState.RETURNED,
    (RecallState.ASKED, RecallEvent.TIME_OUT): RecallState.OVERDUE,
    (RecallState.OVERDUE, RecallEvent.GRANT): RecallState.GRANTED,
    (RecallState.OVERDUE, RecallEvent.REFUSE): RecallState.REFUSED,
    (RecallState.OVERDUE, RecallEvent.RETURN): RecallState.RETURNED,
    (RecallState.OVERDUE, RecallEvent.TIME_OUT): RecallState.OVERDUE,
    (RecallState.GRANTED, RecallEvent.RETURN): RecallState.RETURNED,
    (RecallState.GRANTED, RecallEvent.TIME_OUT): RecallState.GRANTED,
}


class ReturnState(StrEnum):
    """A transfer we were paid and are asked to give back; `received` is never left standing."""

    RECEIVED = "received"
    OPEN = "open"
    OVERDUE = "overdue"
    RETURNING = "returning"
    RETURNED = "returned"
    REFUSED = "refused"


class ReturnEvent(StrEnum):
    OPEN = "open"
    GRANT = "grant"
    REFUSE = "refuse"
    SETTLE = "settle"
    REJECT = "reject"
    TIME_OUT = "time_out"


RETURN_TRANSITIONS: dict[tuple[ReturnState, ReturnEvent], ReturnState] = {
    (ReturnState.RECEIVED, ReturnEvent.OPEN): ReturnState.OPEN,
    (ReturnState.RECEIVED, ReturnEvent.REFUSE): ReturnState.REFUSED,
    (ReturnState.OPEN, ReturnEvent.GRANT): ReturnState.RETURNING,
    (ReturnState.OPEN, ReturnEvent.REFUSE): ReturnState.REFUSED,
    (ReturnState.OPEN, ReturnEvent.TIME_OUT): ReturnState.OVERDUE,
    (ReturnState.OVERDUE, ReturnEvent.GRANT): ReturnState.RETURNING,
    (ReturnState.OVERDUE, ReturnEvent.REFUSE): ReturnState.REFUSED,
    (ReturnState.OVERDUE, ReturnEvent.TIME_OUT): ReturnState.OVERDUE,
    (ReturnState.RETURNING, ReturnEvent.SETTLE): ReturnState.RETURNED,
    (ReturnState.RETURNING, ReturnEvent.REJECT): ReturnState.OPEN,
    (ReturnState.RETURNING, ReturnEvent.TIME_OUT): ReturnState.RETURNING,
}
