"""A customer's payment file and its answer, as records (pain.001, pain.002)."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from qantara.rails.vocabulary import AccountRef, Agent, Party


class PaymentInstruction(Struct, frozen=True):
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


class Initiation(Struct, frozen=True):
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


class InstructionStatus(Struct, frozen=True):
    end_to_end_id: str
    status: InstructionState
    instruction_id: str | None = None
    uetr: str | None = None
    reason: str | None = None
    reason_texts: tuple[str, ...] = ()
    accepted_at: datetime | None = None
    clearing_reference: str | None = None


class InitiationReport(Struct, frozen=True):
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
