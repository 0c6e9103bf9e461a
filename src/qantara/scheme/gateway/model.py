"""The gateway's reference data, its quotes, and the life of a payment that passes through it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from qantara.money import Asset, Money, Rate
from qantara.rails.model import Correspondent
from qantara.scheme.model import EXAMPLE

QUOTE_VALIDITY_SECONDS = 600


@dataclass(frozen=True, slots=True)
class FeeFormula:
    """The destination provider's fee: `nominal` + `ratio` x the destination amount."""

    nominal: Money
    ratio: Decimal
    label: str = EXAMPLE

    def __post_init__(self) -> None:
        if self.nominal.minor < 0 or not 0 <= self.ratio < 1:
            raise ValueError(f"no fee formula: {self.nominal} + {self.ratio}")


@dataclass(frozen=True, slots=True)
class Tier:
    """From `threshold` of source currency on, the base rate is improved by `bps`."""

    threshold: Money
    bps: int
    label: str = EXAMPLE


@dataclass(frozen=True, slots=True)
class Country:
    """A country on Nexus in one currency.

    `ips` and `ips_bic` are the role and BIC of its instant payment system, `steps` whether the
    system's destination leg has 4 or 5 steps, `maximum` the most one payment may carry there.
    """

    code: str
    currency: Asset
    ips: str
    ips_bic: str
    clearing_system: str
    maximum: Money
    fee: FeeFormula
    steps: int = 4
    purpose_required: bool = False
    label: str = EXAMPLE

    def __post_init__(self) -> None:
        if self.steps not in {4, 5} or self.maximum.asset != self.currency:
            raise ValueError(f"country {self.code}: {self.steps} steps, maximum {self.maximum}")


@dataclass(frozen=True, slots=True)
class FxProvider:
    """`accounts`: per currency, its access provider and account there. `tiers`: per source
    currency, thresholds and bps rising together. `relationships`: bps per approved PSP's BIC;
    a PSP not in it gets no quote.
    """

    role: str
    bic: str
    accounts: dict[str, Correspondent]
    tiers: dict[str, tuple[Tier, ...]]
    relationships: dict[str, int]

    def __post_init__(self) -> None:
        for tiers in self.tiers.values():
            steps = [(tier.threshold.minor, tier.bps) for tier in tiers]
            rising = all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(steps))
            if not steps or steps[0][0] != 0 or not rising:
                raise ValueError(f"{self.role}: tiers begin at 0 and rise in threshold and bps")


@dataclass(frozen=True, slots=True)
class GatewayNode:
    """`psps`: the BIC of each institution that may ask for quotes, by its role.
    `acceptance_stale_seconds` and `clock_skew_seconds`, how old an acceptance may be and how
    far ahead a participant's clock, have no published figures: examples.
    """

    role: str
    bic: str
    countries: tuple[Country, ...]
    fxps: tuple[FxProvider, ...]
    psps: dict[str, str]
    quote_validity_seconds: int = QUOTE_VALIDITY_SECONDS
    acceptance_stale_seconds: int = 3600
    clock_skew_seconds: int = 60

    def country(self, code: str) -> Country | None:
        return next((country for country in self.countries if country.code == code), None)

    def country_of(self, ips: str) -> Country | None:
        return next((country for country in self.countries if country.ips == ips), None)

    def fxp(self, role: str) -> FxProvider | None:
        return next((fxp for fxp in self.fxps if fxp.role == role), None)


@dataclass(frozen=True, slots=True)
class BaseRate:
    """A rate as its provider pushed it."""

    id: str
    fxp: str
    source: str
    destination: str
    value: Decimal
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """The amounts of a payment at one rate: `destination` = `fee` + `credited`, to the minor
    unit. `capped` where a system's maximum made it smaller than what was asked for.
    """

    rate: Rate
    source: Money
    destination: Money
    fee: Money
    credited: Money
    capped: bool = False


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """`amount` in the source currency is what leaves the source provider (its own fee already
    taken); in the destination currency, what the recipient shall be credited.
    """

    source_country: str
    destination_country: str
    amount: Money
    psp: str


@dataclass(frozen=True, slots=True)
class Quote:
    """One provider's offer to one PSP (`psp` is its BIC)."""

    id: str
    psp: str
    fxp: str
    source_country: str
    destination_country: str
    terms: Terms
    rate_id: str
    tier: Tier
    psp_bps: int
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class QuoteAgents:
    """Who carries the money: the access providers and the FX provider's accounts there."""

    quote_id: str
    intermediary1: Correspondent
    intermediary2: Correspondent


@dataclass(frozen=True, slots=True)
class QuoteSet:
    """The answer to one request: a quote of every provider that approved the PSP."""

    request: QuoteRequest
    quotes: tuple[Quote, ...]
    agents: tuple[QuoteAgents, ...] = field(default=())


class State(StrEnum):
    RECEIVED = "received"
    FORWARDED = "forwarded"
    COMPLETED = "completed"
    REJECTED = "rejected"


class Event(StrEnum):
    REFUSE = "refuse"
    FORWARD = "forward"
    COMPLETE = "complete"
    REJECT = "reject"


START = State.RECEIVED
FINAL = frozenset({State.COMPLETED, State.REJECTED})
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.RECEIVED, Event.REFUSE): State.REJECTED,
    (State.RECEIVED, Event.FORWARD): State.FORWARDED,
    (State.FORWARDED, Event.COMPLETE): State.COMPLETED,
    (State.FORWARDED, Event.REJECT): State.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the gateway keeps it: no names, no accounts of people, no balances.

    `message_id` is that of the pacs.008 as it came; the four agents are those of its legs.
    """

    uetr: str
    message_id: str
    end_to_end_id: str
    transaction_id: str
    source_ips: str
    destination_ips: str | None
    source_psp: str
    source_sap: str
    destination_sap: str
    destination_psp: str
    quote_id: str | None
    state: State
    reason: str | None
    text: str | None
    recorded_at: datetime
