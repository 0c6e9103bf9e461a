"""What the messages say, as records; how they are written is the business of the other files.

Names follow ISO 20022 (debtor, creditor, agent). Every date-time is aware UTC to the
millisecond, the precision of the wire. Texts are written as they stand: a character outside
the rails' Latin set is a defect, never transliterated.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from qantara.errors import Malformed, Reason
from qantara.money import Money


class Profile(StrEnum):
    """Whose usage guideline a message obeys."""

    NEXUS = "nexus"
    DUITNOW = "duitnow"
    RAAST = "raast"
    CUSTOMER = "customer"


class MessageName(StrEnum):
    """The messages spoken here, each in the one version its guideline names."""

    CREDIT_TRANSFER = "pacs.008.001.13"
    PAYMENT_STATUS = "pacs.002.001.15"
    RESOLUTION_REQUEST = "acmt.023.001.04"
    RESOLUTION_REPORT = "acmt.024.001.04"
    INITIATION = "pain.001.001.12"
    INITIATION_REPORT = "pain.002.001.14"


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


@dataclass(frozen=True, slots=True)
class Birth:
    """All three or nothing: the standard knows no birth date without a place."""

    on: date
    town: str
    country: str


@dataclass(frozen=True, slots=True)
class Party:
    """A person or firm. `country` is ISO 3166 alpha-2; country and town come together."""

    name: str
    country: str | None = None
    town: str | None = None
    street: str | None = None
    building: str | None = None
    postcode: str | None = None
    national_id: str | None = None
    birth: Birth | None = None


@dataclass(frozen=True, slots=True)
class Proxy:
    """An alias: ISO external proxy code (MBNO, EMAL, NIDN, ...) and its value (`+923001234567`)."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class AccountRef:
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


@dataclass(frozen=True, slots=True)
class Agent:
    bic: str


@dataclass(frozen=True, slots=True)
class Correspondent:
    """An agent and the FX provider's account it keeps."""

    agent: Agent
    account: AccountRef


@dataclass(frozen=True, slots=True)
class AgreedRate:
    """One unit of `unit_currency` buys `rate` units of `quoted_currency`.

    This is the FX provider's rate, not the effective one. `quote_id` is a UUID v4.
    """

    unit_currency: str
    quoted_currency: str
    rate: Decimal
    quote_id: str


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee already taken, or to be taken exactly as written; zero is written too."""

    amount: Money
    agent: Agent


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """pacs.008: one payment, on one leg of its way.

    Source leg: `intermediary1` is the source settlement access provider with the FX provider's
    account, `previous` is None. Destination leg: the gateway has moved it to `previous`.
    Exactly one of the two is present. `charges` are the source provider's fee in the source
    currency, then the destination provider's in the destination currency.
    """

    message_id: str
    created_at: datetime
    clearing_system: str
    uetr: str
    end_to_end_id: str
    transaction_id: str
    settlement_amount: Money
    settlement_on: date
    accepted_at: datetime
    instructed_amount: Money
    agreed_rate: AgreedRate
    charges: tuple[Charge, Charge]
    instructing_agent: Agent
    instructed_agent: Agent
    intermediary2: Correspondent
    debtor: Party
    debtor_account: AccountRef
    debtor_agent: Agent
    creditor_agent: Agent
    creditor: Party
    creditor_account: AccountRef
    previous: Correspondent | None = None
    intermediary1: Correspondent | None = None
    instruction_id: str | None = None
    clearing_reference: str | None = None
    priority: Priority = Priority.NORM
    purpose: str | None = None
    category_purpose: str | None = None
    remittance: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """pacs.002: what became of one payment. `reason` is mandatory on RJCT."""

    message_id: str
    created_at: datetime
    original_message_id: str
    uetr: str
    original_end_to_end_id: str
    original_transaction_id: str
    status: Status
    instructing_agent: Agent
    instructed_agent: Agent
    original_name: MessageName = MessageName.CREDIT_TRANSFER
    reason: str | None = None
    reason_texts: tuple[str, ...] = ()
    accepted_at: datetime | None = None
    clearing_reference: str | None = None


@dataclass(frozen=True, slots=True)
class ResolutionRequest:
    """acmt.023: whose account is this? `creator_id` is the asking person's hashed id.

    `destination_country` is the routing key; on its way only `assignee` changes.
    """

    message_id: str
    created_at: datetime
    creator_id: str
    first_agent: Agent
    assigner: Agent
    assignee: Agent
    destination_country: str
    request_id: str
    account: AccountRef
    agent: Agent | None = None


@dataclass(frozen=True, slots=True)
class ResolutionReport:
    """acmt.024: the answer. `payee.name` is the full legal name, for screening, never shown;
    `account.name` is what the sender may see. A `reason` stands when not `verified`.
    """

    message_id: str
    created_at: datetime
    first_agent: Agent
    assigner: Agent
    assignee: Agent
    original_message_id: str
    original_created_at: datetime
    original_request_id: str
    original_account: AccountRef
    verified: bool
    original_agent: Agent | None = None
    reason: str | None = None
    payee: Party | None = None
    account: AccountRef | None = None
    agent: Agent | None = None

    @property
    def display_name(self) -> str | None:
        return self.account.name if self.account else None


@dataclass(frozen=True, slots=True)
class PaymentInstruction:
    """One line of a payment file, its contents as the customer wrote them.

    `amount`, `currency`, account, agent, purpose and names are unchecked text: one wrong line
    must not make a thousand right ones unreadable, so the caller judges and answers each.
    """

    end_to_end_id: str
    amount: str
    currency: str
    creditor: Party
    creditor_account: AccountRef
    creditor_agent: Agent | None = None
    instruction_id: str | None = None
    uetr: str | None = None
    purpose: str | None = None
    remittance: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Initiation:
    """pain.001: one file, one account to debit, one day.

    `count` and `control_sum` are what the sender claims; reading refuses a file whose `count`
    is not the number of its instructions.
    """

    message_id: str
    created_at: datetime
    count: int
    initiator: Party
    batch_id: str
    requested_on: date
    debtor: Party
    debtor_account: AccountRef
    debtor_agent: Agent
    instructions: tuple[PaymentInstruction, ...]
    control_sum: Decimal | None = None


class InstructionState(StrEnum):
    """pain.002 status of a file, of its batch, or of one instruction."""

    ACTC = "ACTC"
    """Technically accepted: the file was readable."""
    ACCP = "ACCP"
    """Accepted, the customer's profile was checked."""
    ACSP = "ACSP"
    """Accepted, settlement in process."""
    ACCC = "ACCC"
    """Credited to the creditor's account."""
    PART = "PART"
    """Some instructions accepted, some not (file and batch only)."""
    PDNG = "PDNG"
    """Not decided yet."""
    RJCT = "RJCT"
    """Rejected."""


@dataclass(frozen=True, slots=True)
class InstructionStatus:
    end_to_end_id: str
    status: InstructionState
    instruction_id: str | None = None
    uetr: str | None = None
    reason: str | None = None
    reason_texts: tuple[str, ...] = ()
    accepted_at: datetime | None = None
    clearing_reference: str | None = None


@dataclass(frozen=True, slots=True)
class InitiationReport:
    """pain.002: the answer to a payment file, for all of it and for each instruction.

    A file refused whole has a `reason`, no `statuses` and perhaps no known batch; what could not
    be read of its identity is `NOTPROVIDED`.
    """

    message_id: str
    created_at: datetime
    initiator: Party
    original_message_id: str
    original_count: int
    status: InstructionState
    original_batch_id: str | None
    statuses: tuple[InstructionStatus, ...]
    reason: str | None = None
    reason_texts: tuple[str, ...] = ()


Message = (
    CreditTransfer
    | PaymentStatus
    | ResolutionRequest
    | ResolutionReport
    | Initiation
    | InitiationReport
)


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong with a message: where, which kind, and a sentence.

    `code` gives the ISO 20022 reason through `qantara.errors.REASONS`. `xpath` names elements
    without prefixes and counts only repeated ones (`/Document/.../ChrgsInf[2]/Amt/@Ccy`).
    """

    xpath: str
    code: Reason
    message: str


class InvalidMessage(Malformed):
    """A message from outside that cannot be taken; `defects` has at least one."""

    def __init__(self, reason: Reason, defects: tuple[Defect, ...]) -> None:
        first = defects[0]
        super().__init__(reason, xpath=first.xpath, message=first.message)
        self.defects = defects


class UnwritableMessage(Exception):
    """We built what our own guideline forbids: a bug, or a text nobody checked on its way in."""

    def __init__(self, name: str, defects: tuple[Defect, ...]) -> None:
        first = defects[0]
        super().__init__(f"{name}: {first.xpath}: {first.message}")
        self.defects = defects
