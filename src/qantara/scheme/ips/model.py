"""An instant payment system: who takes part, how it settles, and a payment's way through it.

The same system is source side for payments that leave the country and destination side for
those that come in; both sides share one machine.
"""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from qantara.money import Asset, Money
from qantara.rails.model import AccountRef, Profile, Proxy
from qantara.scheme.model import EXAMPLE


class Settlement(StrEnum):
    """GROSS moves central-bank money per payment; DEFERRED_NET moves positions, and the
    positions settle in cycles.
    """

    GROSS = "gross"
    DEFERRED_NET = "deferred_net"


class ParticipantKind(StrEnum):
    PSP = "psp"
    SAP = "sap"


@dataclass(frozen=True, slots=True)
class Participant:
    role: str
    bic: str
    kind: ParticipantKind


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `opens` until `closes`, UTC; overnight where it closes before it opens."""

    opens: time
    closes: time

    def contains(self, now: datetime) -> bool:
        at = now.timetz().replace(tzinfo=None)
        if self.opens <= self.closes:
            return self.opens <= at < self.closes
        return at >= self.opens or at < self.closes


@dataclass(frozen=True, slots=True)
class IpsNode:
    """`net_debit_cap`: how far below zero a deferred-net position may fall; unpublished, an
    example. `window` None is around the clock.
    """

    role: str
    bic: str
    name: str
    country: str
    asset: Asset
    profile: Profile
    settlement: Settlement
    maximum: Money
    participants: tuple[Participant, ...]
    gateway: str
    gateway_bic: str
    clearing_system: str
    steps: int = 4
    net_debit_cap: Money | None = None
    window: Window | None = None
    label: str = EXAMPLE

    def __post_init__(self) -> None:
        net = self.settlement is Settlement.DEFERRED_NET
        if self.steps not in {4, 5} or net != (self.net_debit_cap is not None):
            raise ValueError(f"{self.role}: {self.steps} steps, {self.settlement} settlement")

    def participant(self, role: str) -> Participant | None:
        return next((found for found in self.participants if found.role == role), None)

    def agent(self, bic: str, kind: ParticipantKind) -> Participant | None:
        found = (p for p in self.participants if p.bic == bic and p.kind is kind)
        return next(found, None)

    def account_of(self, role: str) -> str:
        """The account in which a participant pays and is paid, payment by payment."""
        kind = "settlement" if self.settlement is Settlement.GROSS else "position"
        return f"{kind}/{role}"


class State(StrEnum):
    RECEIVED = "received"
    AT_SOURCE_SAP = "at_source_sap"
    AT_GATEWAY = "at_gateway"
    AT_DESTINATION_SAP = "at_destination_sap"
    AT_PAYEE_PSP = "at_payee_psp"
    AT_CONFIRMATION = "at_confirmation"
    SETTLED = "settled"
    REJECTED = "rejected"


class Event(StrEnum):
    REFUSE = "refuse"
    """This system cannot or may not carry it."""
    SUBMIT = "submit"
    """Source side: the sender's money is reserved."""
    SAP_ACCEPT = "sap_accept"
    SAP_REJECT = "sap_reject"
    DELIVER = "deliver"
    """Destination side: the gateway sent it."""
    PSP_ACCEPT = "psp_accept"
    """Four steps: credited. Both sides of the money are final."""
    PSP_VALIDATE = "psp_validate"
    """Five steps: the payee's provider will credit once the gateway has confirmed."""
    PSP_REJECT = "psp_reject"
    CONFIRM = "confirm"
    REJECT = "reject"


START = State.RECEIVED
FINAL = frozenset({State.SETTLED, State.REJECTED})
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.RECEIVED, Event.REFUSE): State.REJECTED,
    (State.RECEIVED, Event.SUBMIT): State.AT_SOURCE_SAP,
    (State.AT_SOURCE_SAP, Event.SAP_ACCEPT): State.AT_GATEWAY,
    (State.AT_SOURCE_SAP, Event.SAP_REJECT): State.REJECTED,
    (State.AT_GATEWAY, Event.CONFIRM): State.SETTLED,
    (State.AT_GATEWAY, Event.REJECT): State.REJECTED,
    (State.RECEIVED, Event.DELIVER): State.AT_DESTINATION_SAP,
    (State.AT_DESTINATION_SAP, Event.SAP_ACCEPT): State.AT_PAYEE_PSP,
    (State.AT_DESTINATION_SAP, Event.SAP_REJECT): State.REJECTED,
    (State.AT_DESTINATION_SAP, Event.REFUSE): State.REJECTED,
    (State.AT_PAYEE_PSP, Event.PSP_ACCEPT): State.SETTLED,
    (State.AT_PAYEE_PSP, Event.PSP_VALIDATE): State.AT_CONFIRMATION,
    (State.AT_PAYEE_PSP, Event.PSP_REJECT): State.REJECTED,
    (State.AT_CONFIRMATION, Event.CONFIRM): State.SETTLED,
    (State.AT_CONFIRMATION, Event.REJECT): State.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Payment:
    """`message_id` and `sender` are those of the pacs.008 as it came. `psp` and `sap` are the
    roles of its two participants here, `psp_bic` and `sap_bic` their BICs. `onward` is the
    pacs.008 for the party after next, written when the payment came in.
    """

    uetr: str
    message_id: str
    sender: str
    end_to_end_id: str
    transaction_id: str
    amount: Money
    psp: str
    psp_bic: str
    sap: str
    sap_bic: str
    state: State
    reason: str | None
    text: str | None
    onward: bytes
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Funding:
    """Central-bank money put into a participant's settlement account; `id` makes it happen once."""

    id: str
    role: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Cycle:
    """A wish to settle; the same `id` settles once."""

    id: str


@dataclass(frozen=True, slots=True)
class NetPosition:
    """What a participant is owed (positive) or owes (negative), in minor units."""

    role: str
    net: int


@dataclass(frozen=True, slots=True)
class CycleReport:
    """What a cycle settled; `total` is the sum of the positive positions."""

    id: str
    positions: tuple[NetPosition, ...]
    total: Money
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class Alias:
    """A directory entry: an alias and what stands behind it. `name` is the full legal name."""

    proxy: Proxy
    account: AccountRef
    agent: str
    name: str
    country: str
    town: str
