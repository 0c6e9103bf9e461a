"""The words all messages share: profiles, message names, parties, accounts, agents."""

from datetime import date
from enum import StrEnum

from msgspec import Struct


class Profile(StrEnum):
    """Whose usage guideline a message obeys.

    Each payment system has two: one for its leg of a payment that crosses a border, one for
    payments that stay inside. The euro's two are schemes of their own, OCT Inst and SCT Inst.
    """

    NEXUS = "nexus"
    DUITNOW = "duitnow"
    DUITNOW_DOMESTIC = "duitnow_domestic"
    RAAST = "raast"
    RAAST_DOMESTIC = "raast_domestic"
    OCT_INST = "oct_inst"
    SCT_INST = "sct_inst"
    CUSTOMER = "customer"

    @property
    def inside(self) -> "Profile":
        """The guideline of payments that stay in the system whose leg across borders this is."""
        return _INSIDE.get(self, self)


_INSIDE = {
    Profile.DUITNOW: Profile.DUITNOW_DOMESTIC,
    Profile.RAAST: Profile.RAAST_DOMESTIC,
    Profile.OCT_INST: Profile.SCT_INST,
}


class MessageName(StrEnum):
    """The messages spoken here, each in the one version its guideline names."""

    CREDIT_TRANSFER = "pacs.008.001.13"
    PAYMENT_STATUS = "pacs.002.001.15"
    RESOLUTION_REQUEST = "acmt.023.001.04"
    RESOLUTION_REPORT = "acmt.024.001.04"
    INITIATION = "pain.001.001.12"
    INITIATION_REPORT = "pain.002.001.14"
    CREDIT_TRANSFER_2019 = "pacs.008.001.08"
    PAYMENT_STATUS_2019 = "pacs.002.001.10"
    PAYMENT_RETURN = "pacs.004.001.14"
    PAYMENT_RETURN_2019 = "pacs.004.001.10"
    STATUS_REQUEST = "pacs.028.001.06"
    STATUS_REQUEST_2019 = "pacs.028.001.03"
    CANCELLATION_REQUEST = "camt.056.001.11"
    INVESTIGATION_RESOLUTION = "camt.029.001.13"
    NOTIFICATION = "camt.054.001.11"
    PAYMENT_REQUEST = "pain.013.001.11"
    PAYMENT_REQUEST_REPORT = "pain.014.001.11"


RETURN_MARK = "NexusOrgnlUETR"
"""With a colon and a UETR it begins the remittance text of a payment that gives one back."""
DOMESTIC = frozenset(_INSIDE.values())
_UETR_LENGTH = 36


def returned_uetr(text: str | None) -> str | None:
    """The UETR of the payment that one with this remittance text gives back."""
    mark, _, uetr = (text or "").partition(":")
    return uetr[:_UETR_LENGTH] if mark == RETURN_MARK else None


def envelope_name(name: MessageName, profile: Profile) -> str:
    """How a message is named between roles: the standard's name and, for payments that stay
    inside a system, the service it belongs to (`pacs.008.001.08/sct_inst`), as the two may run
    side by side between the same parties.
    """
    return f"{name.value}/{profile.value}" if profile in DOMESTIC else name.value


def guideline(name: str, profile: Profile) -> Profile:
    """Whose guideline a message obeys: that of the service which its envelope's name says, if it
    says one.
    """
    service = name.partition("/")[2]
    return Profile(service) if service else profile


class Status(StrEnum):
    """Transaction status in the Nexus vocabulary; a dialect maps its own words to these."""

    ACCC = "ACCC"
    """Credited to the creditor's account: final."""
    RJCT = "RJCT"
    """Rejected: final."""
    BLCK = "BLCK"
    """Blocked, the funds will neither be credited nor come back: final."""
    ACWP = "ACWP"
    """Accepted, not yet posted (held for a check; NORM only)."""
    ACTC = "ACTC"
    """Technically accepted: the settlement access provider's acknowledgement."""


class Priority(StrEnum):
    NORM = "NORM"
    HIGH = "HIGH"


class Birth(Struct, frozen=True):
    """All three or nothing: the standard knows no birth date without a place."""

    on: date
    town: str
    country: str


class Party(Struct, frozen=True):
    """A person or firm. `country` is ISO 3166 alpha-2; country and town come together."""

    name: str
    country: str | None = None
    town: str | None = None
    street: str | None = None
    building: str | None = None
    postcode: str | None = None
    national_id: str | None = None
    birth: Birth | None = None


class Proxy(Struct, frozen=True):
    """An alias: ISO external proxy code (MBNO, EMAL, NIDN, ...) and its value (`+923001234567`)."""

    type: str
    value: str


class AccountRef(Struct, frozen=True):
    """An account by IBAN or by another number, an alias, or a number found by its alias.

    `name` is the display name, which may be masked.
    """

    iban: str | None = None
    other: str | None = None
    proxy: Proxy | None = None
    name: str | None = None

    @property
    def number(self) -> str | None:
        """The account number of either kind; None when only the alias is known."""
        return self.iban or self.other


class Agent(Struct, frozen=True):
    bic: str


class Correspondent(Struct, frozen=True):
    """An agent and the FX provider's account it keeps."""

    agent: Agent
    account: AccountRef
