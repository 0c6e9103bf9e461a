"""Cases on payments across borders as an institution keeps them, and the returns it makes."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from qantara.errors import Reason
from qantara.money import Money
from qantara.rails.cases import Act, Cause, Kind, Side

RETURN_KIND = "remittance.return"
"""Whose deadlines these are, among those of the role."""
RETURNED = "returned"
"""The event of a remittance whose money came back; the remittance stays completed."""


class CaseState(StrEnum):
    """`requested`: by a customer, until staff send it on to the scheme's desk."""

    REQUESTED = "requested"
    OPENED = "opened"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CLOSED = "closed"


class CaseEvent(StrEnum):
    OPEN = "open"
    ACCEPT = "accept"
    REFUSE = "refuse"
    RETURN = "return"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    CLOSE = "close"


# The desk keeps the clock and the last word; words that cross on the way end in the same state
# on both sides: a yes counts more than a withdrawal, as money moves by then, a no does not.
CASE_TRANSITIONS: dict[tuple[CaseState, CaseEvent], CaseState] = {
    (CaseState.REQUESTED, CaseEvent.OPEN): CaseState.OPENED,
    (CaseState.REQUESTED, CaseEvent.WITHDRAW): CaseState.WITHDRAWN,
    (CaseState.OPENED, CaseEvent.ACCEPT): CaseState.ACCEPTED,
    (CaseState.OPENED, CaseEvent.REFUSE): CaseState.REFUSED,
    (CaseState.OPENED, CaseEvent.RETURN): CaseState.RETURNED,
    (CaseState.OPENED, CaseEvent.WITHDRAW): CaseState.WITHDRAWN,
    (CaseState.OPENED, CaseEvent.EXPIRE): CaseState.EXPIRED,
    (CaseState.OPENED, CaseEvent.CLOSE): CaseState.CLOSED,
    (CaseState.ACCEPTED, CaseEvent.RETURN): CaseState.RETURNED,
    (CaseState.ACCEPTED, CaseEvent.CLOSE): CaseState.CLOSED,
    (CaseState.REFUSED, CaseEvent.WITHDRAW): CaseState.WITHDRAWN,
    (CaseState.REFUSED, CaseEvent.EXPIRE): CaseState.EXPIRED,
    (CaseState.REFUSED, CaseEvent.CLOSE): CaseState.CLOSED,
    (CaseState.RETURNED, CaseEvent.CLOSE): CaseState.CLOSED,
    (CaseState.WITHDRAWN, CaseEvent.ACCEPT): CaseState.ACCEPTED,
    (CaseState.WITHDRAWN, CaseEvent.RETURN): CaseState.RETURNED,
    (CaseState.EXPIRED, CaseEvent.ACCEPT): CaseState.ACCEPTED,
    (CaseState.EXPIRED, CaseEvent.RETURN): CaseState.RETURNED,
}
CASE_ENDS = frozenset({CaseState.WITHDRAWN, CaseState.EXPIRED, CaseState.CLOSED})
CASE_EVENTS: dict[Act, CaseEvent] = {
    Act.ACCEPT: CaseEvent.ACCEPT,
    Act.REFUSE: CaseEvent.REFUSE,
    Act.RETURN: CaseEvent.RETURN,
    Act.WITHDRAW: CaseEvent.WITHDRAW,
    Act.CLOSE: CaseEvent.CLOSE,
    Act.EXPIRE: CaseEvent.EXPIRE,
}


class Case(Struct, frozen=True):
    """A case on the payment `uetr`, of which we are the side `side`.

    `opened_by` and `assigned_to` are BICs; the desk says to whom it goes and by when
    (`due_at`). `sent` and `arrived` are the payment's amounts as they passed the gateway.
    `customer_id` is whose payment it is, where the customer asked for the case.
    """

    id: str
    kind: Kind
    cause: Cause
    uetr: str
    side: Side
    opened_by: str
    assigned_to: str | None
    state: CaseState
    text: str | None
    opened_at: datetime
    due_at: datetime | None = None
    customer_id: str | None = None
    fault: Side | None = None
    reason: str | None = None
    returned_by: str | None = None
    sent: Money | None = None
    arrived: Money | None = None
    message_id: str | None = None
    by: str | None = None
    sequence: int = 0

    def owes_return(self, bic: str) -> bool:
        """Whether the yes of this institution means giving the money back."""
        is_paid = self.assigned_to == bic and self.side is Side.DESTINATION
        return is_paid and self.kind is not Kind.INVESTIGATION


class CaseMove(Struct, frozen=True):
    """One move or note of a case; `by` is a principal of ours or the BIC of another party."""

    case_id: str
    act: Act
    state: CaseState
    by: str
    reason: str | None
    text: str | None
    occurred_at: datetime
    recorded_at: datetime


class Box(StrEnum):
    """`waiting`: our move is awaited. `sent`: opened by us and not at its end. `overdue`: a move
    is awaited, by whomever, that should have come.
    """

    WAITING = "waiting"
    SENT = "sent"
    OVERDUE = "overdue"
    ALL = "all"


class WantedCases(Struct, frozen=True):
    """Which cases: None is no condition. `after` is the sequence of the last one seen."""

    box: Box = Box.ALL
    state: CaseState | None = None
    kind: Kind | None = None
    uetr: str | None = None
    customer_id: str | None = None
    now: datetime | None = None
    after: int | None = None
    limit: int = 50


class OpenCase(Struct, frozen=True):
    """Open a case on a payment of ours. With `customer_id` it is that customer's request, which
    staff send on. `by` is a principal.
    """

    id: str
    uetr: str
    kind: Kind
    cause: Cause
    by: str
    text: str | None = None
    customer_id: str | None = None


class AnswerCase(Struct, frozen=True):
    """Staff's word on a case that moves no money: OPEN sends a customer's request on."""

    case_id: str
    act: Act
    by: str
    reason: str | None = None
    text: str | None = None


class Payer(StrEnum):
    """Out of whose money a payment is given back."""

    RECIPIENT = "recipient"
    OWN_FUNDS = "own_funds"


class ReturnState(StrEnum):
    """A payment that gives another back. After `rejected` staff may try again."""

    SENT = "sent"
    OVERDUE = "overdue"
    SETTLED = "settled"
    REJECTED = "rejected"
    BLOCKED = "blocked"


class ReturnEvent(StrEnum):
    SETTLE = "settle"
    REJECT = "reject"
    BLOCK = "block"
    TIME_OUT = "time_out"


# As with every payment sent: overdue is not failed.
RETURN_TRANSITIONS: dict[tuple[ReturnState, ReturnEvent], ReturnState] = {
    (ReturnState.SENT, ReturnEvent.SETTLE): ReturnState.SETTLED,
    (ReturnState.SENT, ReturnEvent.REJECT): ReturnState.REJECTED,
    (ReturnState.SENT, ReturnEvent.BLOCK): ReturnState.BLOCKED,
    (ReturnState.SENT, ReturnEvent.TIME_OUT): ReturnState.OVERDUE,
    (ReturnState.OVERDUE, ReturnEvent.SETTLE): ReturnState.SETTLED,
    (ReturnState.OVERDUE, ReturnEvent.REJECT): ReturnState.REJECTED,
    (ReturnState.OVERDUE, ReturnEvent.BLOCK): ReturnState.BLOCKED,
    (ReturnState.OVERDUE, ReturnEvent.TIME_OUT): ReturnState.OVERDUE,
}
RETURN_ENDS = frozenset({ReturnState.SETTLED, ReturnState.REJECTED, ReturnState.BLOCKED})


class Return(Struct, frozen=True):
    """A payment that gives another one, `original`, back.

    What it takes comes from three purses: `taken` out of the recipient's account, `borne` (what
    the recipient does not give back) and `difference` (what giving back costs beyond what was
    credited) out of our own funds. taken + borne + difference = sent + fee; the `fee` is ours.
    `paid_to` is the ledger account through which it leaves; `abroad` what our own account there
    pays, where we exchange ourselves.
    """

    uetr: str
    case_id: str
    original: str
    state: ReturnState
    fault: Side
    account_id: str
    account_code: str
    country: str
    taken: Money
    borne: Money
    difference: Money
    fee: Money
    sent: Money
    arrives: Money
    recipient_fee: Money
    rate: Decimal
    quote_id: str | None
    paid_to: str
    message_id: str
    by: str
    recorded_at: datetime
    abroad: str | None = None
    paid_abroad: Money | None = None
    hold_id: str | None = None
    reason: Reason | None = None
    reason_code: str | None = None
    resends: int = 0


class GivenBack(Struct, frozen=True):
    """A payment that arrived and gave one of ours back."""

    uetr: str
    amount: Money
    recorded_at: datetime
