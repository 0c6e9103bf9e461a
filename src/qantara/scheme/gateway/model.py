"""The gateway's reference data, its quotes, and the life of a payment that passes through it."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct, field

from qantara.ids import uuid_text
from qantara.money import Asset, Money, Rate
from qantara.rails.model import Correspondent, Priority
from qantara.scheme.desk.model import DeskTerms
from qantara.scheme.model import EXAMPLE

CONFIRMING_STEPS = 5


class FeeFormula(Struct, frozen=True):
    """The destination provider's fee: `nominal` + `ratio` x the destination amount."""

    nominal: Money
    ratio: Decimal
    label: str = EXAMPLE

    def __post_init__(self) -> None:
        if self.nominal.minor < 0 or not 0 <= self.ratio < 1:
            raise ValueError(f"no fee formula: {self.nominal} + {self.ratio}")


class Tier(Struct, frozen=True):
    """From `threshold` of source currency on, the base rate is improved by `bps`."""

    threshold: Money
    bps: int
    label: str = EXAMPLE

    def id(self, fxp: str) -> str:
        """The tier's id: a provider has one tier at each threshold of a currency."""
        return uuid_text("tier", fxp, self.threshold.asset.code, str(self.threshold.minor))


def relationship_id(fxp: str, psp: str) -> str:
    """The id of what a provider has agreed with a PSP (a BIC): they have one agreement."""
    return uuid_text("relationship", fxp, psp)


class Country(Struct, frozen=True):
    """A country on Nexus in one currency.

    `ips` and `ips_bic` are the role and BIC of its instant payment system, `steps` whether the
    system's destination leg has 4 or 5 steps, `maximum` the most one payment may carry there,
    `high` whether it takes payments of priority HIGH, `required` what a pacs.008 to it should
    say (`purposeCode`; Nexus tells it and never rejects for it). `scheme_fee` is invoiced to
    the system's operator, never taken from a payment. `endpoints` are the addresses to which
    answers may be posted that were asked for over REST.
    """

    code: str
    currency: Asset
    ips: str
    ips_bic: str
    clearing_system: str
    maximum: Money
    fee: FeeFormula
    steps: int = 4
    required: tuple[str, ...] = ()
    label: str = EXAMPLE
    high: bool = False
    scheme_fee: FeeFormula | None = None
    endpoints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.steps not in {4, CONFIRMING_STEPS} or self.maximum.asset != self.currency:
            raise ValueError(f"country {self.code}: {self.steps} steps, maximum {self.maximum}")


class InstitutionRole(StrEnum):
    PSP = "psp"
    FXP = "fxp"
    SAP = "sap"


class FinInst(Struct, frozen=True):
    """A financial institution as its country's system lists it. All PSPs are listed, also those
    that are not on Nexus (`participant` false). `messages` are what it can answer (`acmt.023`).
    """

    bic: str
    name: str
    country: str
    roles: tuple[InstitutionRole, ...]
    lei: str | None = None
    other_ids: tuple[str, ...] = ()
    participant: bool = True
    live_on: date | None = None
    messages: tuple[str, ...] = ()


class FxProvider(Struct, frozen=True):
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


class GatewayNode(Struct, frozen=True):
    """How the gateway begins: what of it changes while it runs is kept in its own tables, and
    `reference.current` gives the node as it stands.

    `psps`: the BIC of each institution that may ask for quotes, by its role. `own_accounts`:
    per PSP's BIC and currency, the account registered for its own FX. A HIGH payment without a
    final answer after `time_out_seconds` is rejected. Each system's day is reported when it
    ends at `reconciled_at` (UTC). `acceptance_stale_seconds` and `clock_skew_seconds`: how old
    an acceptance may be, and how far ahead a participant's clock; `desk` the clocks of its
    service desk. None of these has a published figure: examples.
    """

    role: str
    bic: str
    countries: tuple[Country, ...]
    fxps: tuple[FxProvider, ...]
    psps: dict[str, str]
    quote_validity_seconds: int
    acceptance_stale_seconds: int = 3600
    clock_skew_seconds: int = 60
    time_out_seconds: int = 5
    reconciled_at: time = time(0)
    institutions: tuple[FinInst, ...] = ()
    own_accounts: dict[str, dict[str, Correspondent]] = field(default_factory=dict)
    desk: DeskTerms = field(default_factory=DeskTerms)

    def country(self, code: str) -> Country | None:
        return next((country for country in self.countries if country.code == code), None)

    def country_of(self, ips: str) -> Country | None:
        return next((country for country in self.countries if country.ips == ips), None)

    def fxp(self, role: str) -> FxProvider | None:
        return next((fxp for fxp in self.fxps if fxp.role == role), None)


class BaseRate(Struct, frozen=True):
    """A rate as its provider pushed it, and whether it took it back."""

    id: str
    fxp: str
    source: str
    destination: str
    value: Decimal
    created_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None = None


class Terms(Struct, frozen=True):
    """The amounts of a payment at one rate: `destination` = `fee` + `credited`, to the minor
    unit. `capped` where a system's maximum made it smaller than what was asked for.
    """

    rate: Rate
    source: Money
    destination: Money
    fee: Money
    credited: Money
    capped: bool = False


class QuoteRequest(Struct, frozen=True):
    """`amount` in the source currency is what leaves the source provider (its own fee already
    taken); in the destination currency, what the recipient shall be credited.
    """

    source_country: str
    destination_country: str
    amount: Money
    psp: str


class Quote(Struct, frozen=True):
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


class QuoteAgents(Struct, frozen=True):
    """Who carries the money: the access providers and the FX provider's accounts there."""

    quote_id: str
    intermediary1: Correspondent
    intermediary2: Correspondent


class QuoteSet(Struct, frozen=True):
    """The answer to one request: a quote of every provider that approved the PSP.

    `scheme_fees`: what each would cost the source system's operator.
    """

    request: QuoteRequest
    quotes: tuple[Quote, ...]
    agents: tuple[QuoteAgents, ...] = field(default=())
    scheme_fees: tuple[Money, ...] = field(default=())


class State(StrEnum):
    RECEIVED = "received"
    FORWARDED = "forwarded"
    COMPLETED = "completed"
    REJECTED = "rejected"
    BLOCKED = "blocked"


class Event(StrEnum):
    REFUSE = "refuse"
    FORWARD = "forward"
    POSTPONE = "postpone"
    """The payee's provider holds the payment for a check (ACWP): told on, nothing final."""
    COMPLETE = "complete"
    REJECT = "reject"
    BLOCK = "block"
    TIME_OUT = "time_out"
    """A HIGH payment had no final answer in time."""


START = State.RECEIVED
FINAL = frozenset({State.COMPLETED, State.REJECTED, State.BLOCKED})
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.RECEIVED, Event.REFUSE): State.REJECTED,
    (State.RECEIVED, Event.FORWARD): State.FORWARDED,
    (State.FORWARDED, Event.POSTPONE): State.FORWARDED,
    (State.FORWARDED, Event.COMPLETE): State.COMPLETED,
    (State.FORWARDED, Event.REJECT): State.REJECTED,
    (State.FORWARDED, Event.BLOCK): State.BLOCKED,
    (State.FORWARDED, Event.TIME_OUT): State.REJECTED,
}


class Payment(Struct, frozen=True):
    """A payment as the gateway keeps it: no names, no accounts of people, no balances.

    `message_id` is that of the pacs.008 as it came; the four agents are those of its legs.
    `destination`, `fee` and `rate` are None where it was refused before it went on. `quote_id`
    None with those set: the PSP exchanged the money itself. `answer_to` is the address its
    answers are posted to, None for the link; `returns` the payment that it gives back.
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
    source: Money
    priority: Priority = Priority.NORM
    instruction_id: str | None = None
    clearing_reference: str | None = None
    destination: Money | None = None
    fee: Money | None = None
    rate: Decimal | None = None
    answer_to: str | None = None
    returns: str | None = None
