"""What may be changed while the gateway runs, and by whom: each fact is its owner's word."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qantara.money import Money
from qantara.scheme.gateway.model import FeeFormula, FinInst, Tier, relationship_id


class Kind(StrEnum):
    COUNTRY = "country"
    FEE = "fee"
    TIER = "tier"
    RELATIONSHIP = "relationship"
    INSTITUTION = "institution"


class Act(StrEnum):
    ADD = "add"
    """Something new: a Conflict where it is there already."""
    SET = "set"
    """Something else about what is there: NotFound where it is not."""
    REMOVE = "remove"


class FeeKind(StrEnum):
    CREDITOR_AGENT = "creditor-agent-fee"
    """Deducted by the payee's provider."""
    SCHEME = "nexus-scheme-fee"
    """Invoiced to the source system's operator."""


class CountryTerms(Struct, frozen=True):
    code: str
    maximum: Money
    high: bool
    required: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.code


class FeeTerms(Struct, frozen=True):
    kind: FeeKind
    country: str
    formula: FeeFormula

    @property
    def key(self) -> str:
        return f"{self.kind.value}/{self.country}"


class TierTerms(Struct, frozen=True):
    """A provider's tier; another threshold is another tier."""

    fxp: str
    tier: Tier

    @property
    def key(self) -> str:
        return self.tier.id(self.fxp)


class RelationshipTerms(Struct, frozen=True):
    """The provider quotes to this PSP (a BIC) as long as it is `approved`."""

    fxp: str
    psp: str
    bps: int
    approved: bool = True

    @property
    def key(self) -> str:
        return relationship_id(self.fxp, self.psp)


class Listing(Struct, frozen=True):
    """An institution as it is listed."""

    institution: FinInst

    @property
    def key(self) -> str:
        return self.institution.bic


Terms = CountryTerms | FeeTerms | TierTerms | RelationshipTerms | Listing
KINDS: dict[type, Kind] = {
    CountryTerms: Kind.COUNTRY,
    FeeTerms: Kind.FEE,
    TierTerms: Kind.TIER,
    RelationshipTerms: Kind.RELATIONSHIP,
    Listing: Kind.INSTITUTION,
}


class Fact(Struct, frozen=True):
    """One row of the history. `terms` None: it was withdrawn."""

    kind: Kind
    key: str
    terms: Terms | None
    applies_at: datetime
    changed_by: str


class Change(Struct, frozen=True):
    """What a participant (`by`, its role) asks to be changed, from `applies_at` on or now."""

    by: str
    act: Act
    terms: Terms
    applies_at: datetime | None = None
