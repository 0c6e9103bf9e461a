"""Messages of the French corridor, and payments inside each of the three systems."""

from datetime import date, timedelta
from decimal import Decimal

from msgspec.structs import replace
from rails_samples import (
    ANSWER,
    AT,
    AT_SAP_MY,
    LAHORE,
    NO_ANSWER,
    OPERATOR_MY,
    OPERATOR_PK,
    PAYEE,
    PAYER,
    QUESTION,
    QUOTE,
    REJECTION,
    SAP_MY,
    STATUS,
    TRANSFER,
    UETR,
    WALLET,
)

from qantara.money import EUR, MYR, PKR, Money
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    DomesticTransfer,
    Match,
    Party,
    PaymentRequest,
    PaymentRequestReport,
    Proxy,
)

PARIS, LYON, SAP_FR, TIPS = (
    Agent("PONTFRP0"), Agent("LYONFRP0"), Agent("SAPFFRP0"), Agent("TIPSFRP0"),
)  # fmt: skip
AT_SAP_FR = Correspondent(SAP_FR, AccountRef(iban="FR7630006000011234567890189"))
CLAIRE = Party("Claire Dubois", "FR", "Paris", "Rue de Rivoli", "7", "75001")
CLAIRES = AccountRef(iban="FR1420041010050500013M02606")
YANN = Party("Yann Le Goff", "FR", "Lyon")
YANNS = AccountRef(iban="FR7610107001011234567890129")

OUT = replace(
    TRANSFER,
    clearing_system="TIPS",
    settlement_amount=Money(99_00, EUR),
    instructed_amount=Money(100_00, EUR),
    agreed_rate=AgreedRate("EUR", "MYR", Decimal("4.8812"), QUOTE),
    charges=(Charge(Money(1_00, EUR), PARIS), Charge(Money(1_50, MYR), WALLET)),
    instructing_agent=PARIS,
    instructed_agent=SAP_FR,
    intermediary1=AT_SAP_FR,
    intermediary2=AT_SAP_MY,
    debtor=CLAIRE,
    debtor_account=CLAIRES,
    debtor_agent=PARIS,
    creditor_agent=WALLET,
    creditor=PAYER,
    creditor_account=AccountRef(other="112233445566"),
)
OUT_OWN_FX = replace(
    OUT,
    agreed_rate=replace(OUT.agreed_rate, quote_id=None),
    instructed_agent=PARIS,
    intermediary1=Correspondent(PARIS, AccountRef(iban="FR7610107001011234567890129")),
)
IN = replace(
    OUT,
    settlement_amount=Money(102_43, EUR),
    instructed_amount=Money(500_00, MYR),
    agreed_rate=AgreedRate("MYR", "EUR", Decimal("0.2049"), QUOTE),
    charges=(Charge(Money(2_00, MYR), WALLET), Charge(Money(50, EUR), PARIS)),
    instructing_agent=SAP_FR,
    instructed_agent=PARIS,
    previous=AT_SAP_MY,
    intermediary1=None,
    intermediary2=AT_SAP_FR,
    debtor=PAYER,
    debtor_account=AccountRef(other="112233445566"),
    debtor_agent=WALLET,
    creditor_agent=PARIS,
    creditor=CLAIRE,
    creditor_account=CLAIRES,
    ultimate_debtor=Party("Kilang Sinar Sdn Bhd", "MY", "Shah Alam"),
    ultimate_creditor=Party("Atelier Dubois", "FR", "Paris"),
)
OWN_FX = replace(
    TRANSFER,
    agreed_rate=replace(TRANSFER.agreed_rate, quote_id=None),
    instructed_agent=WALLET,
    intermediary1=Correspondent(WALLET, AccountRef(other="112200000001")),
    ultimate_debtor=Party("Kilang Sinar Sdn Bhd", "MY", "Shah Alam"),
)
EURO_STATUS = replace(STATUS, instructing_agent=PARIS, instructed_agent=SAP_FR)
EURO_REJECTION = replace(REJECTION, instructing_agent=PARIS, instructed_agent=SAP_FR)
EURO_QUESTION = replace(
    QUESTION,
    first_agent=LYON,
    assigner=LYON,
    assignee=TIPS,
    destination_country="FR",
    account=CLAIRES,
    agent=PARIS,
    name="Clare Dubois",
)
CLOSE = replace(
    ANSWER,
    first_agent=LYON,
    assigner=PARIS,
    assignee=LYON,
    original_account=CLAIRES,
    original_agent=PARIS,
    payee=Party("Claire Dubois"),
    account=None,
    agent=None,
    match=Match.CMTC,
)
NO_MATCH = replace(CLOSE, payee=None, match=Match.NMTC)
EURO_UNKNOWN = replace(NO_ANSWER, reason="AC01", original_account=CLAIRES)

SEPA = DomesticTransfer(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d11",
    created_at=AT,
    clearing_system="TIPS",
    uetr=UETR,
    end_to_end_id="LOYER/2026-03",
    transaction_id="TX20260302000011",
    settlement_amount=Money(850_00, EUR),
    settlement_on=AT.date(),
    accepted_at=AT,
    instructing_agent=LYON,
    instructed_agent=PARIS,
    debtor=YANN,
    debtor_account=YANNS,
    debtor_agent=LYON,
    creditor_agent=PARIS,
    creditor=CLAIRE,
    creditor_account=CLAIRES,
    clearing_reference="TIPS0000001",
    category_purpose="SUPP",
    remittance="Loyer mars",
)
IN_MALAYSIA = replace(
    SEPA,
    clearing_system="DUITNOW",
    settlement_amount=Money(30_00, MYR),
    instructing_agent=SAP_MY,
    instructed_agent=WALLET,
    debtor=Party("Tan Wei Ming", "MY", "Penang"),
    debtor_account=AccountRef(other="700100099001"),
    debtor_agent=SAP_MY,
    creditor_agent=WALLET,
    creditor=PAYER,
    creditor_account=AccountRef(other="112233445566", proxy=Proxy("MBNO", "+60123456789")),
    category_purpose=None,
    purpose="FOOD",
    reference="TABLE-7",
)
IN_PAKISTAN = replace(
    SEPA,
    clearing_system="RAAST",
    settlement_amount=Money(1_500_00, PKR),
    instructing_agent=Agent("SAPPPKK0"),
    instructed_agent=LAHORE,
    debtor=Party("Sana Iqbal", "PK", "Karachi"),
    debtor_account=AccountRef(iban="PK41SAPP0000007001000777"),
    debtor_agent=Agent("SAPPPKK0"),
    creditor_agent=LAHORE,
    creditor=PAYEE,
    creditor_account=AccountRef(iban="PK70RAVI0000000011223344"),
    category_purpose=None,
    remittance=None,
)
NOW_PLEASE = PaymentRequest(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d21",
    created_at=AT,
    request_id="RTP-1",
    end_to_end_id="BILL-2026-77",
    amount=Money(1_500_00, PKR),
    expires_at=AT + timedelta(days=3),
    creditor=PAYEE,
    creditor_account=IN_PAKISTAN.creditor_account,
    creditor_agent=LAHORE,
    debtor=IN_PAKISTAN.debtor,
    debtor_account=IN_PAKISTAN.debtor_account,
    debtor_agent=IN_PAKISTAN.debtor_agent,
    remittance="Tuition",
)
LATER_PLEASE = replace(
    NOW_PLEASE,
    amount=Money(30_00, MYR),
    creditor=PAYER,
    creditor_account=AccountRef(other="112233445566"),
    creditor_agent=WALLET,
    debtor=IN_MALAYSIA.debtor,
    debtor_account=AccountRef(proxy=Proxy("MBNO", "+60123456789")),
    debtor_agent=SAP_MY,
    pay_on=date(2026, 3, 4),
    reference="BILL-77",
)
SHOWN = PaymentRequestReport(
    message_id="0197a1b2c3d4e5f60718293a4b5c6d22",
    created_at=AT,
    original_message_id=NOW_PLEASE.message_id,
    original_request_id="RTP-1",
    original_end_to_end_id="BILL-2026-77",
    creditor_agent=LAHORE,
    debtor_agent=IN_PAKISTAN.debtor_agent,
    status="RCVD",
)
NOT_PAID = replace(SHOWN, status="RJCT", reason="CUST", reason_texts=("I do not know this.",))
ASKED_IN_MALAYSIA = replace(QUESTION, destination_country="MY", assignee=OPERATOR_MY)
ASKED_IN_PAKISTAN = replace(QUESTION, destination_country="PK", assignee=OPERATOR_PK)
