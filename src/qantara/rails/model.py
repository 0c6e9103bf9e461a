"""What the messages say, as records; how they are written is the business of the other files.

Names follow ISO 20022 (debtor, creditor, agent). Every date-time is aware UTC to the
millisecond, the precision of the wire. Texts are written as they stand: a character outside
the rails' Latin set is a defect, never transliterated.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from qantara.errors import Malformed, Reason
from qantara.money import Money
from qantara.rails.afterwards import (
    CancellationRequest,
    Investigation,
    InvestigationResolution,
    PaymentReturn,
    StatusRequest,
)
from qantara.rails.bank_statements import BankStatement, BankStatementEntry, Family
from qantara.rails.payment_files import (
    Initiation,
    InitiationReport,
    InstructionState,
    InstructionStatus,
    PaymentInstruction,
)
from qantara.rails.payment_requests import (
    PaymentRequest,
    PaymentRequestReport,
)
from qantara.rails.reconciliation import (
    Booking,
    Notification,
    NotificationEntry,
)
from qantara.rails.vocabulary import (
    DOMESTIC,
    RETURN_MARK,
    AccountRef,
    Agent,
    Birth,
    Correspondent,
    MessageName,
    Party,
    Priority,
    Profile,
    Proxy,
    Status,
    envelope_name,
    guideline,
    returned_uetr,
)

__all__ = [
    "DOMESTIC",
    "RETURN_MARK",
    "AccountRef",
    "Agent",
    "AgreedRate",
    "BankStatement",
    "BankStatementEntry",
    "Birth",
    "Booking",
    "CancellationRequest",
    "Charge",
    "Correspondent",
    "CreditTransfer",
    "Defect",
    "DomesticTransfer",
    "Family",
    "Initiation",
    "InitiationReport",
    "InstructionState",
    "InstructionStatus",
    "InvalidMessage",
    "Investigation",
    "InvestigationResolution",
    "Match",
    "Message",
    "MessageName",
    "Notification",
    "NotificationEntry",
    "Party",
    "PaymentInstruction",
    "PaymentRequest",
    "PaymentRequestReport",
    "PaymentReturn",
    "PaymentStatus",
    "Priority",
    "Profile",
    "Proxy",
    "ResolutionReport",
    "ResolutionRequest",
    "Status",
    "StatusRequest",
    "UnwritableMessage",
    "envelope_name",
    "guideline",
    "returned_uetr",
]


class AgreedRate(Struct, frozen=True):
    """One unit of `unit_currency` buys `rate` units of `quoted_currency`.

    This is the FX provider's rate, not the effective one. `quote_id` is a UUID v4; None says
    that the source provider exchanges the money itself (own FX) and no quote was asked for.
    """

    unit_currency: str
    quoted_currency: str
    rate: Decimal
    quote_id: str | None


class Charge(Struct, frozen=True):
    """A fee already taken, or to be taken exactly as written; zero is written too."""

    amount: Money
    agent: Agent


class CreditTransfer(Struct, frozen=True):
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
        return returned_uetr(self.remittance)


class DomesticTransfer(Struct, frozen=True):
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


class PaymentStatus(Struct, frozen=True):
    """pacs.002: what became of one payment. `reason` is mandatory on RJCT. `original_name` names
    the message's newest version, in every profile.
    """

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


class ResolutionRequest(Struct, frozen=True):
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


class ResolutionReport(Struct, frozen=True):
    """acmt.024: the answer. `verified` says that the account is there, `reason` why it is not.
    `match` compares the name that was asked with the account's, where the scheme verifies payees
    (SCT Inst; on OCT Inst our choice); it stands in the place of a reason, and only with it may
    a verified answer leave out whose the account is. `payee.name` is the full legal name, for
    screening, never shown; `account.name` is what the sender may see.
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


class Defect(Struct, frozen=True):
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
