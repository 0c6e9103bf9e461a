"""What is asked and answered about a payment after it was sent, as records: status requests,
returns, recalls (pacs.028, pacs.004, camt.056, camt.029).
"""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from qantara.money import Money
from qantara.rails.vocabulary import Agent, MessageName


class StatusRequest(Struct, frozen=True):
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


class PaymentReturn(Struct, frozen=True):
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


class CancellationRequest(Struct, frozen=True):
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


class InvestigationResolution(Struct, frozen=True):
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
