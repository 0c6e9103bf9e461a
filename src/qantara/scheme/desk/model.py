"""A case at the desk: what it is, whose turn it is, by when, and the states it passes."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from qantara.money import Money
from qantara.rails.cases import Act, Cause, Kind

KIND = "desk"
"""Whose deadlines these are, among those of the role."""
EXAMPLE = "example"
DAY_SECONDS = 86_400


class DeskTerms(Struct, frozen=True):
    """How long things may take at the desk. The Rulebook's figures are not published: examples.

    `answer_seconds`: for the first answer, by kind. Not answered by then a case is escalated to
    the desk's own inbox, and expires after `expiry_seconds` more. `return_seconds`: from a yes
    to the money. `close_seconds`: from the last word to the end. `members` are the roles that
    have a line to the desk; it speaks for all others itself.
    """

    answer_seconds: Mapping[Kind, int] = field(
        default_factory=lambda: {
            Kind.INVESTIGATION: DAY_SECONDS,
            Kind.RECALL: 10 * DAY_SECONDS,
            Kind.DISPUTE: 5 * DAY_SECONDS,
        }
    )
    expiry_seconds: int = 5 * DAY_SECONDS
    return_seconds: int = 2 * DAY_SECONDS
    close_seconds: int = 5 * DAY_SECONDS
    members: frozenset[str] = frozenset()
    label: str = EXAMPLE


class State(StrEnum):
    OPENED = "opened"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CLOSED = "closed"


class Event(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    RETURN = "return"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    TIME_OUT = "time_out"
    EXPIRE = "expire"


# A yes may cross a withdrawal, or come as the case expires: money is on its way by then, so it
# counts. What nobody answers in time is first escalated and stays open.
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.OPENED, Event.ACCEPT): State.ACCEPTED,
    (State.OPENED, Event.REFUSE): State.REFUSED,
    (State.OPENED, Event.RETURN): State.RETURNED,
    (State.OPENED, Event.WITHDRAW): State.WITHDRAWN,
    (State.OPENED, Event.CLOSE): State.CLOSED,
    (State.OPENED, Event.TIME_OUT): State.OPENED,
    (State.OPENED, Event.EXPIRE): State.EXPIRED,
    (State.ACCEPTED, Event.RETURN): State.RETURNED,
    (State.ACCEPTED, Event.CLOSE): State.CLOSED,
    (State.ACCEPTED, Event.TIME_OUT): State.ACCEPTED,
    (State.REFUSED, Event.WITHDRAW): State.WITHDRAWN,
    (State.REFUSED, Event.CLOSE): State.CLOSED,
    (State.REFUSED, Event.TIME_OUT): State.CLOSED,
    (State.RETURNED, Event.CLOSE): State.CLOSED,
    (State.RETURNED, Event.TIME_OUT): State.CLOSED,
    (State.WITHDRAWN, Event.ACCEPT): State.ACCEPTED,
    (State.WITHDRAWN, Event.RETURN): State.RETURNED,
    (State.EXPIRED, Event.ACCEPT): State.ACCEPTED,
    (State.EXPIRED, Event.RETURN): State.RETURNED,
}
OPEN = frozenset({State.OPENED, State.ACCEPTED})
"""In these somebody's move is awaited."""
EVENTS: Mapping[Act, Event] = {
    Act.ACCEPT: Event.ACCEPT,
    Act.REFUSE: Event.REFUSE,
    Act.RETURN: Event.RETURN,
    Act.WITHDRAW: Event.WITHDRAW,
    Act.CLOSE: Event.CLOSE,
    Act.EXPIRE: Event.EXPIRE,
    Act.ESCALATE: Event.TIME_OUT,
}
"""A note moves nothing, and OPEN is how a case begins."""


class Case(Struct, frozen=True):
    """`opened_by` and `assigned_to` are BICs. `owes_return`: the assigned side is the one that
    was paid, and its yes means giving back. `source` and `destination` are the payment's amounts
    as they passed the gateway.
    """

    id: str
    kind: Kind
    cause: Cause
    uetr: str
    opened_by: str
    assigned_to: str
    state: State
    text: str | None
    source: Money
    destination: Money | None
    owes_return: bool
    message_id: str
    opened_at: datetime
    due_at: datetime | None
    escalated_at: datetime | None = None
    reason: str | None = None
    returned_by: str | None = None
    sequence: int = 0


class Happened(Struct, frozen=True):
    """One move or note; `event` is an act, in the words of the notices."""

    case_id: str
    event: Act
    state: State
    by: str
    reason: str | None
    text: str | None
    occurred_at: datetime
    recorded_at: datetime


class Wanted(Struct, frozen=True):
    """Which cases: None is no condition. `waiting_for` is a BIC whose move is awaited;
    `escalated` the desk's own inbox; `after` the sequence of the last one already seen.
    """

    waiting_for: str | None = None
    escalated: bool = False
    party: str | None = None
    state: State | None = None
    kind: Kind | None = None
    after: int | None = None
    limit: int = 50


class Say(Struct, frozen=True):
    """What the desk's operator does: a NOTE, CLOSE, or REFUSE in the name of an institution that
    has no line to the desk. `by` is a principal.
    """

    case_id: str
    act: Act
    by: str
    text: str | None = None
    reason: str | None = None
