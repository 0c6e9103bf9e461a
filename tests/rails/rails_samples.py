"""Messages of one payment, Kuala Lumpur to Lahore, and of a payroll file."""

from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec.structs import replace

from qantara.money import MYR, PKR, Money
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    Initiation,
    InitiationReport,
    InstructionState,
    InstructionStatus,
    Party,
    PaymentInstruction,
    PaymentStatus,
    Proxy,
    ResolutionReport,
    ResolutionRequest,
    Status,
)

AT = datetime(2026, 3, 2, 8, 0, 0, 250_000, tzinfo=UTC)
UETR = "3f0c1d6e-2b5a-4c7d-9e8f-0a1b2c3d4e5f"
QUOTE = "7b1e0f2a-93c4-4d5e-8f60-1a2b3c4d5e6f"
WALLET, LAHORE = Agent("WAUEMYK0"), Agent("RAVIPKK0")
SAP_MY, SAP_PK = Agent("SAPMMYK0"), Agent("SAPPPKK0")
OPERATOR_MY, OPERATOR_PK = Agent("DNOWMYK0"), Agent("RASTPKK0")
AT_SAP_MY = Correspondent(SAP_MY, AccountRef(other="700100020003"))
AT_SAP_PK = Correspondent(SAP_PK, AccountRef(iban="PK41SAPP0000007001000200"))
PAYER = Party("Aisyah binti Rahman", "MY", "Kuala Lumpur", "Jalan Ampang", "12", "50450")
PAYEE = Party("Bilal Ahmed", "PK", "Lahore")

TRANSFER = CreditTransfer(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d01",
    created_at=AT,
    clearing_system="DUITNOW",
    uetr=UETR,
    end_to_end_id="RENT/2026-03",
    transaction_id="TX20260302000001",
    settlement_amount=Money(498_00, MYR),
    settlement_on=AT.date(),
    accepted_at=AT,
    instructed_amount=Money(500_00, MYR),
    agreed_rate=AgreedRate("MYR", "PKR", Decimal("66.1234"), QUOTE),
    charges=(Charge(Money(2_00, MYR), WALLET), Charge(Money(50_00, PKR), LAHORE)),
    instructing_agent=WALLET,
    instructed_agent=SAP_MY,
    intermediary1=AT_SAP_MY,
    intermediary2=AT_SAP_PK,
    debtor=PAYER,
    debtor_account=AccountRef(other="112233445566", name="Aisyah"),
    debtor_agent=WALLET,
    creditor_agent=LAHORE,
    creditor=PAYEE,
    creditor_account=AccountRef(
        iban="PK70RAVI0000000011223344", proxy=Proxy("MBNO", "+923001234567")
    ),
    purpose="RENT",
    remittance="March rent",
)
ARRIVING = replace(
    TRANSFER,
    message_id="0197a1b2c3d4e5f60718293a4b5c6d02",
    clearing_system="RAAST",
    settlement_amount=Money(32_929_45, PKR),
    instructing_agent=SAP_PK,
    instructed_agent=LAHORE,
    previous=AT_SAP_MY,
    intermediary1=None,
    clearing_reference="RST0000001",
    reference="INV-77",
)
STATUS = PaymentStatus(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d03",
    created_at=AT,
    original_message_id=ARRIVING.message_id,
    uetr=UETR,
    original_end_to_end_id=TRANSFER.end_to_end_id,
    original_transaction_id=TRANSFER.transaction_id,
    status=Status.ACCC,
    instructing_agent=LAHORE,
    instructed_agent=SAP_PK,
    accepted_at=AT,
    clearing_reference="RST0000001",
)
REJECTION = replace(
    STATUS,
    status=Status.RJCT,
    reason="AC04",
    reason_texts=("The account is closed.",),
    accepted_at=None,
)
QUESTION = ResolutionRequest(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d04",
    created_at=AT,
    creator_id="9f86d081884c7d659a2feaa0c55ad015",
    first_agent=WALLET,
    assigner=WALLET,
    assignee=OPERATOR_MY,
    destination_country="PK",
    request_id="ASK1",
    account=AccountRef(proxy=Proxy("MBNO", "+923001234567")),
)
ANSWER = ResolutionReport(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d05",
    created_at=AT,
    first_agent=WALLET,
    assigner=OPERATOR_PK,
    assignee=WALLET,
    original_message_id=QUESTION.message_id,
    original_created_at=AT,
    original_request_id="ASK1",
    original_account=QUESTION.account,
    verified=True,
    payee=PAYEE,
    account=AccountRef(iban="PK70RAVI0000000011223344", name="B***l A***d"),
    agent=LAHORE,
)
NO_ANSWER = replace(ANSWER, verified=False, reason="BE23", payee=None, account=None, agent=None)
FILE = Initiation(
    message_id="PAYROLL-2026-03",
    created_at=AT,
    count=3,
    control_sum=Decimal("2100.00"),
    initiator=Party("Kilang Sinar Sdn Bhd"),
    batch_id="MARCH",
    requested_on=date(2026, 3, 2),
    debtor=Party("Kilang Sinar Sdn Bhd", "MY", "Shah Alam"),
    debtor_account=AccountRef(other="990088007700"),
    debtor_agent=WALLET,
    instructions=(
        PaymentInstruction(
            "E1", "900.00", "MYR", PAYEE, AccountRef(iban="PK70RAVI0000000011223344"), LAHORE,
            instruction_id="L1", purpose="SALA", remittance="Salary March",
        ),
        PaymentInstruction(
            "E2", "700.00", "MYR", Party("Sana Iqbal"),
            AccountRef(proxy=Proxy("MBNO", "+923007654321")),
            uetr=UETR, reference="S-02", remittance="Salary March",
        ),
        PaymentInstruction(
            "E3", "500.00", "MYR", Party("Omar"), AccountRef(iban="PK00RAVI0000000055667788"),
        ),
    ),
)  # fmt: skip
FILE_ANSWER = InitiationReport(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d06",
    created_at=AT,
    initiator=FILE.initiator,
    original_message_id=FILE.message_id,
    original_count=3,
    status=InstructionState.PART,
    original_batch_id="MARCH",
    statuses=(
        InstructionStatus("E1", InstructionState.ACCC, "L1", UETR, accepted_at=AT),
        InstructionStatus("E2", InstructionState.PDNG, clearing_reference="RST0000002"),
        InstructionStatus(
            "E3", InstructionState.RJCT, reason="AC01", reason_texts=("The IBAN is wrong.",)
        ),
    ),
)
