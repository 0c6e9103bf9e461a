"""How a scheme role writes: message ids that a repeat finds again, and answers to a payment.

An id is derived from role, payment and purpose, so a message written twice is one message and
its receiver's inbox takes it once.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct

from qantara.db.mail import Outgoing, Received
from qantara.errors import NotFound, Reason, Refused
from qantara.ids import uuid_hex, uuid_text
from qantara.rails import flow as rails
from qantara.rails.model import (
    Agent,
    CreditTransfer,
    DomesticTransfer,
    Message,
    MessageName,
    PaymentReturn,
    PaymentStatus,
    Profile,
    Status,
    envelope_name,
)
from qantara.reasons import REASONS

Letter = Message
TEXT_MAX = 105
ORDERED = "ordered by the operator of this simulated role"


class Verdict(Struct, frozen=True):
    """What became of a payment; `reason` is an ISO 20022 status reason code, on RJCT only."""

    status: Status
    reason: str | None = None
    text: str | None = None


ACCEPTED = Verdict(Status.ACCC)


class Original(Struct, frozen=True):
    """The pacs.008 (or pacs.004) that a status answers, as its receiver knows it."""

    message_id: str
    uetr: str
    end_to_end_id: str
    transaction_id: str
    name: MessageName = MessageName.CREDIT_TRANSFER

    @classmethod
    def of(cls, record: CreditTransfer | DomesticTransfer) -> "Original":
        return cls(record.message_id, record.uetr, record.end_to_end_id, record.transaction_id)

    @classmethod
    def returned(cls, record: PaymentReturn) -> "Original":
        return cls(
            record.message_id,
            record.uetr,
            record.original_end_to_end_id,
            record.original_transaction_id,
            MessageName.PAYMENT_RETURN,
        )


def message_id(role: str, *words: str) -> str:
    """32 hex digits that depend on the words alone."""
    return uuid_hex(role, "message", *words)


def transfer_id(role: str, uetr: str, act: str) -> str:
    return uuid_text(role, uetr, act)


def refusal(refused: Refused) -> Verdict:
    """A rejection in the rails' words: the reason's code, then the reason itself and its facts.

    The text begins with our own reason, so a receiver that knows it can word it exactly.
    """
    facts = "".join(f", {name} {value}" for name, value in refused.facts.items())
    text = f"{refused.reason}{facts}"[:TEXT_MAX].rstrip()
    return Verdict(Status.RJCT, REASONS[refused.reason].iso, text)


def refuse(reason: Reason, **facts: str) -> Verdict:
    return refusal(Refused(reason, facts=facts))


def ordered(item: Received[Any]) -> Verdict | None:
    """The rejection that this role's operator ordered for a message, by a trigger."""
    return None if item.refusal is None else Verdict(Status.RJCT, item.refusal, ORDERED)


def verdict(record: PaymentStatus) -> Verdict:
    text = record.reason_texts[0] if record.reason_texts else None
    return Verdict(record.status, record.reason, text)


def must_answer(record: PaymentStatus, original_id: str) -> None:
    """`NotFound` unless the status is on the pacs.008 of this id.

    The UETR alone could name another message with it, one that was refused as a duplicate.
    """
    if record.original_message_id != original_id:
        raise NotFound(
            Reason.REMITTANCE_NOT_FOUND, uetr=record.uetr, message=record.original_message_id
        )


def answer(
    own_id: str, original: Original, said: Verdict, agents: tuple[str, str], now: datetime
) -> PaymentStatus:
    """pacs.002 on `original`; `agents` are the BICs of the instructing and instructed agent."""
    return PaymentStatus(
        message_id=own_id,
        created_at=now,
        original_message_id=original.message_id,
        uetr=original.uetr,
        original_end_to_end_id=original.end_to_end_id,
        original_transaction_id=original.transaction_id,
        status=said.status,
        instructing_agent=Agent(agents[0]),
        instructed_agent=Agent(agents[1]),
        original_name=original.name,
        reason=said.reason,
        reason_texts=(said.text,) if said.text else (),
    )


def letter(recipient: str, record: Message, profile: Profile) -> Outgoing:
    """The message, written and checked, ready for the outbox."""
    name = envelope_name(rails.name_of(record, profile), profile)
    uetr: str | None = getattr(record, "uetr", None)
    return Outgoing(recipient, record.message_id, name, uetr, rails.build(record, profile))
