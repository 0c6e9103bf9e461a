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
    STATUS_REQUEST = "pacs.028.001.06"
    CANCELLATION_REQUEST = "camt.056.001.11"
    INVESTIGATION_RESOLUTION = "camt.029.001.13"
    NOTIFICATION = "camt.054.001.11"
    PAYMENT_REQUEST = "pain.013.001.11"
    PAYMENT_REQUEST_REPORT = "pain.014.001.11"


RETURN_MARK = "NexusOrgnlUETR"
"""With a colon and a UETR it begins the remittance text of a payment that gives one back."""
DOMESTIC = frozenset({Profile.DUITNOW_DOMESTIC, Profile.RAAST_DOMESTIC, Profile.SCT_INST})


def envelope_name(name: MessageName, profile: Profile) -> str:
    """How a message is named between roles: the standard's name and, for payments that stay
    inside a system, the service it belongs to (`pacs.008.001.08/sct_inst`), as the two may run
    side by side between the same parties.
    """
    return f"{name.value}/{profile.value}" if profile in DOMESTIC else name.value


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

    This is the FX provider's rate, not the effective one. `quote_id` is a UUID v4; None says
    that the source provider exchanges the money itself (own FX) and no quote was asked for.
    """

    unit_currency: str
    quoted_currency: str
    rate: Decimal
    quote_id: str | None


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
    ultimate_debtor: Party | None = None
    """Whom a sponsored sender pays for."""
    ultimate_creditor: Party | None = None

    @property
    def returns(self) -> str | None:
        """The UETR of the payment that this one gives back, where the remittance text says so."""
        mark, _, uetr = (self.remittance or "").partition(":")
        return uetr[:36] if mark == RETURN_MARK else None


@dataclass(frozen=True, slots=True)
class DomesticTransfer:
    """pacs.008 of a payment that stays inside one payment system: one currency, no fee taken
    from it. `instructed_agent` is the creditor agent. Paid on request, its
    `end_to_end_id` is the request's.
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
    instructing_agent: Agent
    instructed_agent: Agent
    debtor: Party
    debtor_account: AccountRef
    debtor_agent: Agent
    creditor_agent: Agent
    creditor: Party
    creditor_account: AccountRef
    instruction_id: str | None = None
    clearing_reference: str | None = None
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


class Match(StrEnum):
    """The four answers of verification of payee."""

    MTCH = "MTCH"
    """The name is the account holder's."""
    CMTC = "CMTC"
    """Close; the answer may tell the holder's name."""
    NMTC = "NMTC"
    """Not the holder's name."""
    NOAP = "NOAP"
    """Verification is not possible for this account."""


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
    name: str | None = None
    """What the asking person believes the payee is called (verification of payee)."""


@dataclass(frozen=True, slots=True)
class ResolutionReport:
    """acmt.024: the answer. `match` compares the name that was asked with the account's, where
    the scheme verifies payees (SCT Inst; on OCT Inst our choice). `payee.name` is the full legal name, for screening, never shown;
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
    match: Match | None = None

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


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """pacs.028: what became of this payment?"""

    message_id: str
    created_at: datetime
    original_message_id: str
    original_end_to_end_id: str
    original_transaction_id: str
    uetr: str
    instructing_agent: Agent
    instructed_agent: Agent
    original_name: MessageName = MessageName.CREDIT_TRANSFER


@dataclass(frozen=True, slots=True)
class PaymentReturn:
    """pacs.004: the receiving side gives a settled payment back; `reason` is an ISO external
    return reason (`FOCR` follows a cancellation request).
    """

    message_id: str
    created_at: datetime
    clearing_system: str
    return_id: str
    original_message_id: str
    original_end_to_end_id: str
    original_transaction_id: str
    uetr: str
    original_amount: Money
    returned_amount: Money
    settlement_on: date
    instructing_agent: Agent
    instructed_agent: Agent
    reason: str
    original_name: MessageName = MessageName.CREDIT_TRANSFER
    reason_texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CancellationRequest:
    """camt.056: please give this settled payment back (a recall). `reason` is an ISO external
    cancellation reason: DUPL, TECH, FRAD, AC03, AM09, CUST.
    """

    message_id: str
    created_at: datetime
    assigner: Agent
    assignee: Agent
    case_id: str
    case_creator: Agent
    cancellation_id: str
    original_message_id: str
    original_end_to_end_id: str
    original_transaction_id: str
    uetr: str
    original_amount: Money
    reason: str
    original_name: MessageName = MessageName.CREDIT_TRANSFER
    reason_texts: tuple[str, ...] = ()


class Investigation(StrEnum):
    """What became of a recall (camt.029)."""

    CNCL = "CNCL"
    """Cancelled as asked: the money comes back."""
    RJCR = "RJCR"
    """Refused."""
    PDCR = "PDCR"
    """Pending."""


@dataclass(frozen=True, slots=True)
class InvestigationResolution:
    """camt.029: the answer to a recall; `reason` (CUST, LEGL, NOAS, AC04, AM04, NOOR, ARDT)
    stands with RJCR.
    """

    message_id: str
    created_at: datetime
    assigner: Agent
    assignee: Agent
    case_id: str
    case_creator: Agent
    status: Investigation
    original_cancellation_id: str
    original_message_id: str
    original_end_to_end_id: str
    original_transaction_id: str
    uetr: str
    original_name: MessageName = MessageName.CREDIT_TRANSFER
    reason: str | None = None
    reason_texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """pain.013: a payee asks to be paid, now (`pay_on` None) or on a day; one request a message."""

    message_id: str
    created_at: datetime
    request_id: str
    end_to_end_id: str
    amount: Money
    expires_at: datetime
    creditor: Party
    creditor_account: AccountRef
    creditor_agent: Agent
    debtor: Party
    debtor_account: AccountRef
    debtor_agent: Agent
    pay_on: date | None = None
    remittance: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentRequestReport:
    """pain.014: RCVD shown to the payer, ACCP will be paid (the pacs.008 follows), RJCT."""

    message_id: str
    created_at: datetime
    original_message_id: str
    original_request_id: str
    original_end_to_end_id: str
    creditor_agent: Agent
    debtor_agent: Agent
    status: str
    reason: str | None = None
    reason_texts: tuple[str, ...] = ()


class Booking(StrEnum):
    CRDT = "CRDT"
    DBIT = "DBIT"


@dataclass(frozen=True, slots=True)
class NotificationEntry:
    """One final payment as a payment system reconciles it: paid to it (CRDT, it was the
    destination) or by it (DBIT, it was the source). `status` is ACCC, RJCT or BLCK; only ACCC
    counts in the totals.
    """

    status: Status
    booking: Booking
    amount: Money
    concluded_at: datetime
    message_id: str
    uetr: str
    end_to_end_id: str
    transaction_id: str
    debtor_agent: Agent
    creditor_agent: Agent
    instruction_id: str | None = None
    clearing_reference: str | None = None
    quote_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """camt.054: what one payment system paid and was paid through the gateway in a period.

    A long period has several pages, each a message of its own; `entries` are this page's, and
    its totals are computed from them. `owner` is the system's BIC, `account` the name under
    which the gateway reports it (Nexus keeps no accounts).
    """

    message_id: str
    created_at: datetime
    id: str
    page: int
    last_page: bool
    account: str
    currency: str
    owner: Agent
    begins_at: datetime
    ends_at: datetime
    entries: tuple[NotificationEntry, ...]


Message = (
    CreditTransfer
    | DomesticTransfer
    | PaymentStatus
    | ResolutionRequest
    | ResolutionReport
    | Initiation
    | InitiationReport
    | StatusRequest
    | PaymentReturn
    | CancellationRequest
    | InvestigationResolution
    | PaymentRequest
    | PaymentRequestReport
    | Notification
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
