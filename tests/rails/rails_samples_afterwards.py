"""What is asked, answered and added up about payments that were sent."""

from datetime import timedelta

from msgspec.structs import replace
from rails_samples import AT, LAHORE, QUOTE, TRANSFER, UETR, WALLET
from rails_samples_euro import LYON, PARIS

from qantara.money import EUR, MYR, PKR, Money
from qantara.rails.model import (
    Agent,
    Booking,
    CancellationRequest,
    Investigation,
    InvestigationResolution,
    Notification,
    NotificationEntry,
    PaymentReturn,
    Status,
    StatusRequest,
)

WHERE_IS_IT = StatusRequest(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d31",
    created_at=AT,
    original_message_id=TRANSFER.message_id,
    original_end_to_end_id=TRANSFER.end_to_end_id,
    original_transaction_id=TRANSFER.transaction_id,
    uetr=UETR,
    instructing_agent=WALLET,
    instructed_agent=LAHORE,
)
GIVEN_BACK = PaymentReturn(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d32",
    created_at=AT,
    clearing_system="RAAST",
    return_id="RET-1",
    original_message_id=TRANSFER.message_id,
    original_end_to_end_id=TRANSFER.end_to_end_id,
    original_transaction_id=TRANSFER.transaction_id,
    uetr=UETR,
    original_amount=Money(32_929_45, PKR),
    returned_amount=Money(32_929_45, PKR),
    settlement_on=AT.date(),
    instructing_agent=LAHORE,
    instructed_agent=Agent("SAPPPKK0"),
    reason="FOCR",
    reason_texts=("As you asked.",),
)
GIVEN_BACK_IN_RINGGIT = replace(
    GIVEN_BACK, original_amount=Money(30_00, MYR), returned_amount=Money(29_00, MYR)
)
GIVEN_BACK_IN_EURO = replace(
    GIVEN_BACK,
    original_amount=Money(850_00, EUR),
    returned_amount=Money(850_00, EUR),
    instructing_agent=PARIS,
    instructed_agent=LYON,
)
RECALL = CancellationRequest(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d33",
    created_at=AT,
    assigner=WALLET,
    assignee=LAHORE,
    case_id="CASE-1",
    case_creator=WALLET,
    cancellation_id="CXL-1",
    original_message_id=TRANSFER.message_id,
    original_end_to_end_id=TRANSFER.end_to_end_id,
    original_transaction_id=TRANSFER.transaction_id,
    uetr=UETR,
    original_amount=Money(498_00, MYR),
    reason="DUPL",
    reason_texts=("Sent twice.",),
)
RECALL_IN_RUPEES = replace(RECALL, original_amount=Money(1_500_00, PKR))
RECALL_IN_EURO = replace(
    RECALL,
    assigner=LYON,
    assignee=PARIS,
    case_creator=LYON,
    original_amount=Money(850_00, EUR),
    reason="FRAD",
)
AGREED = InvestigationResolution(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d34",
    created_at=AT,
    assigner=LAHORE,
    assignee=WALLET,
    case_id="CASE-1",
    case_creator=WALLET,
    status=Investigation.CNCL,
    original_cancellation_id="CXL-1",
    original_message_id=TRANSFER.message_id,
    original_end_to_end_id=TRANSFER.end_to_end_id,
    original_transaction_id=TRANSFER.transaction_id,
    uetr=UETR,
)
REFUSED = replace(
    AGREED,
    status=Investigation.RJCR,
    reason="CUST",
    reason_texts=("The payee does not agree.",),
)

_PAID = NotificationEntry(
    status=Status.ACCC,
    booking=Booking.DBIT,
    amount=Money(498_00, MYR),
    concluded_at=AT,
    message_id=TRANSFER.message_id,
    uetr=UETR,
    end_to_end_id=TRANSFER.end_to_end_id,
    transaction_id=TRANSFER.transaction_id,
    debtor_agent=WALLET,
    creditor_agent=LAHORE,
    instruction_id="I-1",
    clearing_reference="DNW0000001",
    quote_id=QUOTE,
)
DAY = Notification(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d41",
    created_at=AT,
    id="DUITNOW-2026-03-02",
    page=1,
    last_page=False,
    account="NEXUS-DUITNOW",
    currency="MYR",
    owner=Agent("DNOWMYK0"),
    begins_at=AT - timedelta(days=1),
    ends_at=AT,
    entries=(
        _PAID,
        replace(
            _PAID,
            booking=Booking.CRDT,
            amount=Money(120_50, MYR),
            debtor_agent=LAHORE,
            creditor_agent=WALLET,
            quote_id=None,
        ),
        replace(_PAID, status=Status.RJCT, reason="AC04", instruction_id=None),
        replace(_PAID, status=Status.BLCK, clearing_reference=None),
    ),
)
QUIET_DAY = replace(DAY, page=2, last_page=True, entries=())
