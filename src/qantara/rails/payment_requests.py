"""A payee's request to be paid and its answer, as records (pain.013, pain.014)."""

from datetime import date, datetime

from msgspec import Struct

from qantara.money import Money
from qantara.rails.vocabulary import AccountRef, Agent, Party


class PaymentRequest(Struct, frozen=True):
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


class PaymentRequestReport(Struct, frozen=True):
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
