"""Who runs an instant payment system, who takes part in it, and by which terms."""

from datetime import datetime, time
from enum import StrEnum

from msgspec import Struct

from qantara.money import Asset, Money
from qantara.rails.model import Priority, Profile
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


class Initiation(StrEnum):
    """How an access provider is asked to pay. MESSAGE: pacs.008, answered by pacs.002 ACTC.
    AUTHORISATION: the full information in a JSON request, answered at once.
    """

    MESSAGE = "message"
    AUTHORISATION = "authorisation"


class Participant(Struct, frozen=True):
    """A bank that provides accounts and access takes part twice, once of each kind."""

    role: str
    bic: str
    kind: ParticipantKind
    initiation: Initiation = Initiation.MESSAGE


class Route(StrEnum):
    """Where a payment goes: abroad through the gateway, in from it, or from one participant to
    another.
    """

    OUT = "out"
    IN = "in"
    INSIDE = "inside"


class Window(Struct, frozen=True):
    """Open from `opens` until `closes`, UTC; overnight where it closes before it opens."""

    opens: time
    closes: time

    def contains(self, now: datetime) -> bool:
        at = now.timetz().replace(tzinfo=None)
        if self.opens <= self.closes:
            return self.opens <= at < self.closes
        return at >= self.opens or at < self.closes


class Limits(Struct, frozen=True):
    """The least and the most one payment may carry; None is no bound."""

    minimum: Money | None = None
    maximum: Money | None = None


class Timers(Struct, frozen=True):
    """How long a party may take to answer on one leg. No scheme has published its figures
    (Raast credits within 20 s, SCT Inst within 10 s): examples. A rejection of what the payee's
    provider credits at once is said again after `reminder_seconds` without its answer.
    """

    high_seconds: int = 10
    norm_seconds: int = 20
    inside_seconds: int = 20
    reminder_seconds: int = 60

    def seconds(self, route: Route, priority: Priority) -> int:
        if route is Route.INSIDE:
            return self.inside_seconds
        return self.high_seconds if priority is Priority.HIGH else self.norm_seconds


_ALIASES: dict[Profile, frozenset[str]] = {
    Profile.DUITNOW: frozenset({"MBNO", "NIDN", "CCPT", "SHID", "CINC"}),
    Profile.RAAST: frozenset({"MBNO"}),
}
"""DuitNow: mobile, NRIC, passport, army or police number (SHID: ISO has no code for it),
business registration. Raast: mobile. The euro schemes know no alias.
"""
FIVE_STEPS = 5


class IpsNode(Struct, frozen=True):
    """`net_debit_cap`: how far below zero a deferred-net position may fall. `window` None is
    around the clock. `maximum` bounds what crosses the border, `inside` what stays in the system.

    `steps`: how a payment that arrives becomes final: 4, when the payee's provider has credited
    it; 5, when the gateway has confirmed. `source_steps`: how one that leaves is secured: 4
    settles at submit and reverses by a new transfer; 5 reserves and releases.

    `cycle_times`, UTC, are a deferred-net system's cycles; empty, its owner's rhythm decides.
    `lookups` per `lookup_seconds` are what one hashed person may ask of the alias directory.
    `aliases` are the proxy codes of its directory, where they are not those of its profile.
    `exceptions` lets participants send pacs.028, pacs.004, camt.056 and camt.029.
    Every figure is an example: none is published.
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
    source_steps: int = FIVE_STEPS
    minimum: Money | None = None
    inside: Limits = Limits()
    timers: Timers = Timers()
    cycle_times: tuple[time, ...] = ()
    lookups: int | None = None
    lookup_seconds: int = 60
    exceptions: bool = False
    aliases: frozenset[str] | None = None

    def __post_init__(self) -> None:
        net = self.settlement is Settlement.DEFERRED_NET
        steps = {self.steps, self.source_steps} <= {4, FIVE_STEPS}
        if not steps or net != (self.net_debit_cap is not None):
            told = f"{self.steps} and {self.source_steps} steps, {self.settlement} settlement"
            raise ValueError(f"{self.role}: {told}")

    @property
    def domestic(self) -> Profile:
        """The guideline of payments that stay inside."""
        return self.profile.inside

    @property
    def takes_requests(self) -> bool:
        """Whether payees may ask to be paid here; the euro has a scheme of its own for that."""
        return self.domestic is not Profile.SCT_INST

    @property
    def alias_types(self) -> frozenset[str]:
        """The ISO proxy codes that the directory registers."""
        if self.aliases is not None:
            return self.aliases
        return _ALIASES.get(self.profile, frozenset())

    @property
    def roles(self) -> tuple[str, ...]:
        """Every participant once."""
        return tuple(dict.fromkeys(participant.role for participant in self.participants))

    def participant(self, role: str) -> Participant | None:
        return next((found for found in self.participants if found.role == role), None)

    def agent(self, bic: str, kind: ParticipantKind) -> Participant | None:
        found = (p for p in self.participants if p.bic == bic and p.kind is kind)
        return next(found, None)

    def knows(self, bic: str) -> bool:
        return any(participant.bic == bic for participant in self.participants)

    def limits(self, route: Route) -> Limits:
        return self.inside if route is Route.INSIDE else Limits(self.minimum, self.maximum)

    def account_of(self, role: str) -> str:
        """The account in which a participant pays and is paid, payment by payment."""
        kind = "settlement" if self.settlement is Settlement.GROSS else "position"
        return f"{kind}/{role}"
