"""An instant payment system: its terms, and a payment's way through it.

The same system is source side for payments that leave the country, destination side for those
that come in, and both for those that stay; all share one machine.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qantara.money import Money
from qantara.rails.model import AccountRef, Priority, Proxy
from qantara.scheme.ips.node import (
    FIVE_STEPS,
    Initiation,
    IpsNode,
    Limits,
    Participant,
    ParticipantKind,
    Route,
    Settlement,
    Timers,
    Window,
)

__all__ = [
    "FINAL",
    "FIVE_STEPS",
    "REQUEST_TRANSITIONS",
    "START",
    "TRANSITIONS",
    "Alias",
    "AliasRemoval",
    "Cycle",
    "CycleReport",
    "Event",
    "Funding",
    "Initiation",
    "IpsNode",
    "Limits",
    "Membership",
    "NetPosition",
    "Participant",
    "ParticipantKind",
    "Payment",
    "PaymentFilter",
    "Request",
    "RequestEvent",
    "RequestState",
    "Route",
    "Settlement",
    "Side",
    "Standing",
    "State",
    "Suspension",
    "Timers",
    "Window",
]


class Side(StrEnum):
    """Who can be written to about a payment. PSP is the provider of the customer here, of the
    payee where both are here; PAYER then is the payer's.
    """

    PSP = "psp"
    SAP = "sap"
    GATEWAY = "gateway"
    PAYER = "payer"


class State(StrEnum):
    RECEIVED = "received"
    AT_SOURCE_SAP = "at_source_sap"
    AT_GATEWAY = "at_gateway"
    AT_DESTINATION_SAP = "at_destination_sap"
    AT_PAYEE_PSP = "at_payee_psp"
    AT_CONFIRMATION = "at_confirmation"
    AT_BLOCK_CONFIRMATION = "at_block_confirmation"
    """The payee's provider blocks the money once the gateway has confirmed."""
    HELD = "held"
    """The payee's provider looks into it (ACWP); no timer runs."""
    SETTLED = "settled"
    BLOCKED = "blocked"
    """Settled, and kept by the payee's provider: neither credited nor given back."""
    REJECTED = "rejected"


class Event(StrEnum):
    REFUSE = "refuse"
    """This system cannot or may not carry it."""
    SUBMIT = "submit"
    """Source side: the sender's money is reserved."""
    SUBMIT_OWN = "submit_own"
    """The sender's provider is its own access provider: nothing moves here."""
    SAP_ACCEPT = "sap_accept"
    SAP_REJECT = "sap_reject"
    DELIVER = "deliver"
    """Destination side: the gateway sent it."""
    DELIVER_OWN = "deliver_own"
    """The payee's provider is its own access provider: nothing moves here."""
    CARRY = "carry"
    """From one participant to another: the payer's provider's money is reserved."""
    PSP_ACCEPT = "psp_accept"
    """Four steps: credited. Both sides of the money are final."""
    PSP_VALIDATE = "psp_validate"
    """Five steps: the payee's provider will credit once the gateway has confirmed."""
    PSP_HOLD = "psp_hold"
    PSP_BLOCK = "psp_block"
    PSP_WILL_BLOCK = "psp_will_block"
    """Five steps: it will block the money once the gateway has confirmed."""
    PSP_REJECT = "psp_reject"
    HOLD = "hold"
    """Source side: the gateway passes on that the payee's provider looks into it."""
    CONFIRM = "confirm"
    BLOCK = "block"
    REJECT = "reject"
    EXPIRE = "expire"
    """Who was asked took too long."""


START = State.RECEIVED
FINAL = frozenset({State.SETTLED, State.BLOCKED, State.REJECTED})
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.RECEIVED, Event.REFUSE): State.REJECTED,
    (State.RECEIVED, Event.SUBMIT): State.AT_SOURCE_SAP,
    (State.RECEIVED, Event.SUBMIT_OWN): State.AT_GATEWAY,
    (State.RECEIVED, Event.DELIVER): State.AT_DESTINATION_SAP,
    (State.RECEIVED, Event.DELIVER_OWN): State.AT_PAYEE_PSP,
    (State.RECEIVED, Event.CARRY): State.AT_PAYEE_PSP,
    (State.AT_SOURCE_SAP, Event.SAP_ACCEPT): State.AT_GATEWAY,
    (State.AT_SOURCE_SAP, Event.SAP_REJECT): State.REJECTED,
    (State.AT_SOURCE_SAP, Event.EXPIRE): State.REJECTED,
    (State.AT_GATEWAY, Event.CONFIRM): State.SETTLED,
    (State.AT_GATEWAY, Event.BLOCK): State.BLOCKED,
    (State.AT_GATEWAY, Event.HOLD): State.HELD,
    (State.AT_GATEWAY, Event.REJECT): State.REJECTED,
    (State.AT_DESTINATION_SAP, Event.SAP_ACCEPT): State.AT_PAYEE_PSP,
    (State.AT_DESTINATION_SAP, Event.SAP_REJECT): State.REJECTED,
    (State.AT_DESTINATION_SAP, Event.REFUSE): State.REJECTED,
    (State.AT_DESTINATION_SAP, Event.REJECT): State.REJECTED,
    (State.AT_DESTINATION_SAP, Event.EXPIRE): State.REJECTED,
    (State.AT_PAYEE_PSP, Event.PSP_ACCEPT): State.SETTLED,
    (State.AT_PAYEE_PSP, Event.PSP_VALIDATE): State.AT_CONFIRMATION,
    (State.AT_PAYEE_PSP, Event.PSP_HOLD): State.HELD,
    (State.AT_PAYEE_PSP, Event.PSP_BLOCK): State.BLOCKED,
    (State.AT_PAYEE_PSP, Event.PSP_WILL_BLOCK): State.AT_BLOCK_CONFIRMATION,
    (State.AT_PAYEE_PSP, Event.PSP_REJECT): State.REJECTED,
    (State.AT_PAYEE_PSP, Event.REJECT): State.REJECTED,
    (State.AT_PAYEE_PSP, Event.EXPIRE): State.REJECTED,
    (State.HELD, Event.PSP_ACCEPT): State.SETTLED,
    (State.HELD, Event.PSP_VALIDATE): State.AT_CONFIRMATION,
    (State.HELD, Event.PSP_BLOCK): State.BLOCKED,
    (State.HELD, Event.PSP_WILL_BLOCK): State.AT_BLOCK_CONFIRMATION,
    (State.HELD, Event.PSP_REJECT): State.REJECTED,
    (State.HELD, Event.CONFIRM): State.SETTLED,
    (State.HELD, Event.BLOCK): State.BLOCKED,
    (State.HELD, Event.REJECT): State.REJECTED,
    (State.AT_CONFIRMATION, Event.CONFIRM): State.SETTLED,
    (State.AT_CONFIRMATION, Event.REJECT): State.REJECTED,
    (State.AT_BLOCK_CONFIRMATION, Event.BLOCK): State.BLOCKED,
    (State.AT_BLOCK_CONFIRMATION, Event.REJECT): State.REJECTED,
}


class Payment(Struct, frozen=True):
    """`message_id` and `sender` are those of the pacs.008 as it came. The money moves from the
    participant `pays` to the participant `paid` (roles, with their BICs); where the two are
    one bank, nothing moves here. `onward` is the pacs.008 for the party after next, written when
    the payment came in; empty where it was not read. `steps` are those it became final by; HIGH
    is always conditional, so it arrives by five. Once `due_at` is over, whoever was asked is
    late; the gateway is reminded.
    """

    uetr: str
    message_id: str
    sender: str
    route: Route
    priority: Priority
    steps: int
    end_to_end_id: str
    transaction_id: str
    amount: Money
    pays: str
    pays_bic: str
    paid: str
    paid_bic: str
    state: State
    reason: str | None
    text: str | None
    due_at: datetime | None
    recorded_at: datetime
    onward: bytes = b""

    @property
    def own(self) -> bool:
        """Whether one bank stands on both ends here."""
        return self.pays == self.paid

    @property
    def origin(self) -> Side:
        """The side from which the pacs.008 came to us."""
        return {Route.OUT: Side.PSP, Route.IN: Side.GATEWAY, Route.INSIDE: Side.PAYER}[self.route]

    @property
    def parties(self) -> dict[Side, str]:
        """The participants that are asked or told, by what they are in this payment."""
        match self.route:
            case Route.OUT:
                found = {Side.PSP: self.pays, Side.SAP: self.paid}
            case Route.IN:
                found = {Side.PSP: self.paid, Side.SAP: self.pays}
            case Route.INSIDE:
                return {Side.PSP: self.paid, Side.PAYER: self.pays}
        if self.own:
            del found[Side.SAP]
        return found


class Funding(Struct, frozen=True):
    """Central-bank money put into a participant's settlement account; `id` makes it happen once."""

    id: str
    role: str
    amount: Money


class Cycle(Struct, frozen=True):
    """A wish to settle; the same `id` settles once."""

    id: str


class NetPosition(Struct, frozen=True):
    """What a participant is owed (positive) or owes (negative), in minor units."""

    role: str
    net: int


class CycleReport(Struct, frozen=True):
    """What a cycle settled; `total` is the sum of the positive positions."""

    id: str
    positions: tuple[NetPosition, ...]
    total: Money
    settled_at: datetime


class Alias(Struct, frozen=True):
    """A directory entry: an alias and what stands behind it. `name` is the full legal name."""

    proxy: Proxy
    account: AccountRef
    agent: str
    name: str
    country: str
    town: str


class RequestState(StrEnum):
    """A request to pay (pain.013) on its way to the payer's provider and back."""

    RECEIVED = "received"
    ASKED = "asked"
    SHOWN = "shown"
    ACCEPTED = "accepted"
    PAID = "paid"
    REFUSED = "refused"
    EXPIRED = "expired"


class RequestEvent(StrEnum):
    ASK = "ask"
    DECLINE = "decline"
    """This system cannot or may not carry it."""
    SHOW = "show"
    ACCEPT = "accept"
    REFUSE = "refuse"
    PAY = "pay"
    """A payment with its end-to-end id, amount and parties was settled."""
    EXPIRE = "expire"


_OPEN = (RequestState.ASKED, RequestState.SHOWN, RequestState.ACCEPTED)
REQUEST_TRANSITIONS: dict[tuple[RequestState, RequestEvent], RequestState] = {
    (RequestState.RECEIVED, RequestEvent.ASK): RequestState.ASKED,
    (RequestState.RECEIVED, RequestEvent.DECLINE): RequestState.REFUSED,
    (RequestState.ASKED, RequestEvent.SHOW): RequestState.SHOWN,
    (RequestState.ASKED, RequestEvent.ACCEPT): RequestState.ACCEPTED,
    (RequestState.SHOWN, RequestEvent.ACCEPT): RequestState.ACCEPTED,
    **{(state, RequestEvent.REFUSE): RequestState.REFUSED for state in _OPEN},
    **{(state, RequestEvent.PAY): RequestState.PAID for state in _OPEN},
    **{(state, RequestEvent.EXPIRE): RequestState.EXPIRED for state in _OPEN},
}


class Request(Struct, frozen=True):
    """A request to pay; `creditor` and `debtor` are the roles of the two providers, `message_id`
    and `created_at` those of the pain.013 as it came.
    """

    creditor_bic: str
    request_id: str
    message_id: str
    created_at: datetime
    end_to_end_id: str
    creditor: str
    debtor: str
    debtor_bic: str
    amount: Money
    expires_at: datetime
    state: RequestState

    @property
    def key(self) -> tuple[str, str]:
        return self.creditor_bic, self.request_id


class AliasRemoval(Struct, frozen=True):
    """The provider that registered an alias gives it up, so that it can move elsewhere."""

    proxy: Proxy
    agent: str


class Suspension(Struct, frozen=True):
    """A participant stopped, or let in again; `by` is who decided."""

    role: str
    why: str
    by: str


class Membership(Struct, frozen=True):
    """A participant as it stands; `why` tells a suspension."""

    role: str
    bic: str
    kinds: tuple[ParticipantKind, ...]
    suspended_at: datetime | None
    why: str | None


class PaymentFilter(Struct, frozen=True):
    """What to list; None is no condition. `before` is the last line of the page before."""

    state: State | None = None
    route: Route | None = None
    role: str | None = None
    since: datetime | None = None
    before: tuple[datetime, str] | None = None
    limit: int = 50


class Standing(Struct, frozen=True):
    """A participant's money in this system, in minor units. `net` is its deferred position,
    `floor` how far that may fall; both None in a gross system. `reserved` may still leave.
    """

    role: str
    settlement: int
    net: int | None
    reserved: int
    floor: int | None
