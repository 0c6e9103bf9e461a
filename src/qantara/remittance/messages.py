"""The records our messages carry, made from what the books say."""

from datetime import datetime
from typing import NamedTuple

from qantara import ids
from qantara.errors import Reason
from qantara.parties.model import Holding
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.rails.holders import account_of, milliseconds, party_of
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    Party,
    PaymentStatus,
    Status,
    StatusRequest,
)
from qantara.remittance import rules
from qantara.remittance.model import (
    Accept,
    Inbound,
    InboundState,
    Institution,
    Quote,
    Remittance,
)


class Original(NamedTuple):
    """The pacs.008 that an answer is about."""

    message_id: str
    uetr: str
    end_to_end_id: str
    transaction_id: str
    instructing_bic: str

    @classmethod
    def of(cls, payment: CreditTransfer | Inbound) -> "Original":
        instructing = (
            payment.instructing_agent.bic
            if isinstance(payment, CreditTransfer)
            else payment.instructing_bic
        )
        return cls(
            payment.message_id,
            payment.uetr,
            payment.end_to_end_id,
            payment.transaction_id,
            instructing,
        )


def credit_transfer(
    node: Institution,
    quote: Quote,
    sender: Holding,
    check: PayeeCheck,
    accept: Accept,
    uetr: str,
    now: datetime,
) -> CreditTransfer:
    """pacs.008 of the source leg, as Nexus wants it from the sender's institution."""
    offer, number = quote.offer, uetr.replace("-", "")
    payee = Agent(check.account_agent_bic or "")
    return CreditTransfer(
        message_id=ids.new_message_id(),
        created_at=milliseconds(now),
        clearing_system=node.clearing_system,
        uetr=uetr,
        end_to_end_id=number,
        transaction_id=number,
        settlement_amount=offer.interbank_source,
        settlement_on=now.date(),
        accepted_at=milliseconds(now),
        instructed_amount=quote.request.amount,
        agreed_rate=AgreedRate(
            unit_currency=quote.total_debit.asset.code,
            quoted_currency=offer.received.asset.code,
            rate=offer.rate,
            quote_id=offer.id,
        ),
        charges=(Charge(quote.sender_fee, Agent(node.bic)), Charge(offer.recipient_fee, payee)),
        instructing_agent=Agent(node.bic),
        instructed_agent=Agent(offer.source_sap_bic),
        intermediary1=correspondent(offer.source_sap_bic, offer.source_sap_account),
        intermediary2=correspondent(offer.destination_sap_bic, offer.destination_sap_account),
        debtor=party_of(sender.customer),
        debtor_account=account_of(sender),
        debtor_agent=Agent(node.bic),
        creditor_agent=payee,
        creditor=Party(
            name=payees.payee_name(check, accept.payee_name) or "",
            country=check.country if check.town else None,
            town=check.town,
        ),
        creditor_account=payees.creditor_account(check),
        priority=accept.priority,
        purpose=accept.purpose,
        remittance=accept.note,
        reference=accept.reference,
    )


def correspondent(bic: str, account: str) -> Correspondent:
    return Correspondent(Agent(bic), AccountRef(other=account))


_STATUS_OF = {
    InboundState.RECEIVED: Status.ACCC,
    InboundState.CREDITED: Status.ACCC,
    InboundState.HELD: Status.ACWP,
    InboundState.BLOCKED: Status.BLCK,
}


def status_answer(
    node: Institution, payment: Inbound, original: Original, now: datetime
) -> PaymentStatus:
    """pacs.002 to our payment system: how a payment that it brought us stands.

    The reason stands in the text, too: who knows our words can be as exact as we are.
    """
    status = _STATUS_OF.get(payment.state, Status.RJCT)
    reason = payment.reason
    if status is Status.RJCT and reason is None:
        reason = Reason.TIMED_OUT
    return PaymentStatus(
        message_id=ids.new_message_id(),
        created_at=milliseconds(now),
        original_message_id=original.message_id,
        uetr=original.uetr,
        original_end_to_end_id=original.end_to_end_id,
        original_transaction_id=original.transaction_id,
        status=status,
        instructing_agent=Agent(node.bic),
        instructed_agent=Agent(original.instructing_bic),
        reason=rules.status_code(reason) if reason else None,
        reason_texts=(str(reason),) if reason else (),
        accepted_at=milliseconds(now),
    )


def status_request(node: Institution, remittance: Remittance, now: datetime) -> StatusRequest:
    """pacs.028: what became of a payment that nobody has answered."""
    uetr = remittance.uetr or ""
    return StatusRequest(
        message_id=ids.new_message_id(),
        created_at=milliseconds(now),
        original_message_id=remittance.message_id or "",
        original_end_to_end_id=uetr.replace("-", ""),
        original_transaction_id=uetr.replace("-", ""),
        uetr=uetr,
        instructing_agent=Agent(node.bic),
        instructed_agent=Agent(remittance.quote.offer.source_sap_bic),
    )
