"""The messages that are measured: a payment from Kuala Lumpur to Lahore, and its answer."""

from datetime import UTC, datetime
from decimal import Decimal

from qantara.money import MYR, PKR, Money
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    Party,
    PaymentStatus,
    Proxy,
    Status,
)

_AT = datetime(2026, 3, 2, 8, 0, 0, 250_000, tzinfo=UTC)
_UETR = "3f0c1d6e-2b5a-4c7d-9e8f-0a1b2c3d4e5f"
_SENDER, _RECEIVER = Agent("WAUEMYK0"), Agent("RAVIPKK0")

TRANSFER = CreditTransfer(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d01",
    created_at=_AT,
    clearing_system="RPP",
    uetr=_UETR,
    end_to_end_id="SALARY/2026-03",
    transaction_id="TX20260302000001",
    settlement_amount=Money(498_00, MYR),
    settlement_on=_AT.date(),
    accepted_at=_AT,
    instructed_amount=Money(500_00, MYR),
    agreed_rate=AgreedRate(
        "MYR", "PKR", Decimal("63.1962"), "7b1e0f2a-93c4-4d5e-8f60-1a2b3c4d5e6f"
    ),
    charges=(Charge(Money(2_00, MYR), _SENDER), Charge(Money(50_00, PKR), _RECEIVER)),
    instructing_agent=_SENDER,
    instructed_agent=Agent("SAPMMYK0"),
    intermediary1=Correspondent(Agent("SAPMMYK0"), AccountRef(other="880100000001")),
    intermediary2=Correspondent(Agent("SAPPPKK0"), AccountRef(iban="PK00SAPP0000000000000001")),
    debtor=Party("Aisyah binti Rahman", "MY", "Kuala Lumpur", "Jalan Ampang", "12", "50450"),
    debtor_account=AccountRef(other="112233445566", name="Aisyah"),
    debtor_agent=_SENDER,
    creditor_agent=_RECEIVER,
    creditor=Party("Bilal Ahmed", "PK", "Lahore"),
    creditor_account=AccountRef(
        iban="PK70RAVI0000000011223344", proxy=Proxy("MBNO", "+923001234567")
    ),
    purpose="SALA",
    remittance="Salary March",
)
STATUS = PaymentStatus(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d03",
    created_at=_AT,
    original_message_id=TRANSFER.message_id,
    uetr=_UETR,
    original_end_to_end_id=TRANSFER.end_to_end_id,
    original_transaction_id=TRANSFER.transaction_id,
    status=Status.ACCC,
    instructing_agent=_RECEIVER,
    instructed_agent=Agent("SAPPPKK0"),
    accepted_at=_AT,
    clearing_reference="RST0000001",
)
