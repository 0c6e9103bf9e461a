"""The records that our messages carry, made from what is kept."""

from datetime import datetime

from msgspec.structs import replace

from qantara import ids
from qantara.db.mail import Outgoing
from qantara.domestic.model import Member
from qantara.domestic.records import Arrival, Demand, Recall, Refusal, Request, Return, Transfer
from qantara.errors import Reason, Refused
from qantara.parties.model import Holding
from qantara.rails import flow as rails
from qantara.rails.holders import account_of, milliseconds, party_of
from qantara.rails.model import (
    Agent,
    CancellationRequest,
    DomesticTransfer,
    Investigation,
    InvestigationResolution,
    Message,
    Party,
    PaymentRequest,
    PaymentRequestReport,
    PaymentReturn,
    PaymentStatus,
    Status,
    UnwritableMessage,
    envelope_name,
)
from qantara.rails.reasons import status_code

SHOWN, AGREED, REJECTED = "RCVD", "ACCP", "RJCT"
"""The words of pain.014: shown to the payer, will be paid, will not."""


def letter(node: Member, record: Message, uetr: str | None) -> Outgoing:
    """A message to the payment system, written and checked."""
    profile = node.profile.inside
    raw = rails.build(record, profile)
    name = envelope_name(rails.name_of(record, profile), profile)
    return Outgoing(node.ips, record.message_id, name, uetr, raw)


def writable(node: Member, record: Message, uetr: str | None) -> Outgoing | Refused:
    """The same; what our customer's words make unwritable is refused before anything is done."""
    try:
        return letter(node, record, uetr)
    except UnwritableMessage as error:
        defect = error.defects[0]
        return Refused(Reason.FIELD_INVALID, facts={"param": defect.xpath, "value": defect.message})


def credit_transfer(
    node: Member, transfer: Transfer, payer: Holding, now: datetime
) -> DomesticTransfer:
    """pacs.008 inside the system. `TxId` is the UETR without hyphens, one per payment."""
    return DomesticTransfer(
        message_id=transfer.message_id,
        created_at=milliseconds(now),
        clearing_system=node.clearing_system,
        uetr=transfer.uetr,
        end_to_end_id=transfer.end_to_end_id,
        transaction_id=transfer.uetr.replace("-", ""),
        settlement_amount=transfer.amount,
        settlement_on=now.date(),
        accepted_at=milliseconds(now),
        instructing_agent=Agent(node.bic),
        instructed_agent=Agent(transfer.payee.bic),
        debtor=party_of(payer.customer),
        debtor_account=account_of(payer),
        debtor_agent=Agent(node.bic),
        creditor_agent=Agent(transfer.payee.bic),
        creditor=Party(name=transfer.payee.name),
        creditor_account=transfer.payee.account,
        purpose=transfer.purpose,
        remittance=transfer.note,
        reference=transfer.reference,
    )


def status_answer(
    node: Member, of: DomesticTransfer, reason: Reason | None, now: datetime
) -> PaymentStatus:
    """pacs.002: credited, or rejected for this reason. It stands in the text, too: who knows our
    words can be as exact as we are.
    """
    return PaymentStatus(
        message_id=ids.new_message_id(),
        created_at=milliseconds(now),
        original_message_id=of.message_id,
        uetr=of.uetr,
        original_end_to_end_id=of.end_to_end_id,
        original_transaction_id=of.transaction_id,
        status=Status.RJCT if reason else Status.ACCC,
        instructing_agent=Agent(node.bic),
        instructed_agent=of.instructing_agent,
        original_name=rails.name_of(of, node.profile.inside),
        reason=status_code(reason) if reason else None,
        reason_texts=(str(reason),) if reason else (),
        accepted_at=milliseconds(now),
    )


def agreement(node: Member, rejection: PaymentStatus, now: datetime) -> PaymentStatus:
    """pacs.002 on what the system has rejected: we have heard it, and have not kept the money."""
    return replace(
        rejection,
        message_id=ids.new_message_id(),
        created_at=milliseconds(now),
        instructing_agent=Agent(node.bic),
        instructed_agent=rejection.instructing_agent,
        accepted_at=None,
    )


def payment_request(
    node: Member, request: Request, payee: Holding, now: datetime
) -> PaymentRequest:
    """pain.013: our customer asks to be paid."""
    return PaymentRequest(
        message_id=request.message_id,
        created_at=milliseconds(now),
        request_id=request.end_to_end_id,
        end_to_end_id=request.end_to_end_id,
        amount=request.amount,
        expires_at=milliseconds(request.expires_at),
        creditor=party_of(payee.customer),
        creditor_account=account_of(payee),
        creditor_agent=Agent(node.bic),
        debtor=Party(name=request.payer.name),
        debtor_account=request.payer.account,
        debtor_agent=Agent(request.payer.bic),
        pay_on=request.pay_on,
        remittance=request.note,
        reference=request.reference,
    )


def request_answer(
    node: Member, demand: Demand, word: str, reason: Reason | None, now: datetime
) -> PaymentRequestReport:
    """pain.014: what our customer, or we, say to a request."""
    return PaymentRequestReport(
        message_id=ids.new_message_id(),
        created_at=milliseconds(now),
        original_message_id=demand.message_id,
        original_request_id=demand.request_id,
        original_end_to_end_id=demand.end_to_end_id,
        creditor_agent=Agent(demand.payee.bic),
        debtor_agent=Agent(node.bic),
        status=word,
        reason=status_code(reason) if reason else None,
        reason_texts=(str(reason),) if reason else (),
    )


def cancellation_request(
    node: Member, recall: Recall, transfer: Transfer, now: datetime
) -> CancellationRequest:
    """camt.056: please give this one back."""
    number = recall.message_id
    return CancellationRequest(
        message_id=number,
        created_at=milliseconds(now),
        assigner=Agent(node.bic),
        assignee=Agent(transfer.payee.bic),
        case_id=number,
        case_creator=Agent(node.bic),
        cancellation_id=number,
        original_message_id=transfer.message_id,
        original_end_to_end_id=transfer.end_to_end_id,
        original_transaction_id=transfer.uetr.replace("-", ""),
        uetr=transfer.uetr,
        original_amount=transfer.amount,
        reason=recall.reason.value,
    )


def resolution(
    node: Member, back: Return, refusal: Refusal | None, now: datetime
) -> InvestigationResolution:
    """camt.029: whether we give it back."""
    return InvestigationResolution(
        message_id=ids.new_message_id(),
        created_at=milliseconds(now),
        assigner=Agent(node.bic),
        assignee=Agent(back.case_creator_bic),
        case_id=back.case_id,
        case_creator=Agent(back.case_creator_bic),
        status=Investigation.RJCR if refusal else Investigation.CNCL,
        original_cancellation_id=back.cancellation_id,
        original_message_id=back.original_message_id,
        original_end_to_end_id=back.end_to_end_id,
        original_transaction_id=back.transaction_id,
        uetr=back.uetr,
        reason=refusal.value if refusal else None,
    )


def payment_return(
    node: Member, back: Return, message_id: str, of: Arrival, now: datetime
) -> PaymentReturn:
    """pacs.004: the money goes back, following a recall (FOCR)."""
    return PaymentReturn(
        message_id=message_id,
        created_at=milliseconds(now),
        clearing_system=node.clearing_system,
        return_id=message_id,
        original_message_id=of.message_id,
        original_end_to_end_id=of.end_to_end_id,
        original_transaction_id=of.transaction_id,
        uetr=back.uetr,
        original_amount=of.amount,
        returned_amount=back.amount,
        settlement_on=now.date(),
        instructing_agent=Agent(node.bic),
        instructed_agent=Agent(of.sender_bic),
        reason="FOCR",
    )
