"""The records our messages carry, made from what the books say."""

import hashlib
from datetime import datetime

from qantara import ids
from qantara.errors import Reason
from qantara.parties.model import Customer, Holding
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
    ResolutionReport,
    ResolutionRequest,
    Status,
)
from qantara.remittance import rules
from qantara.remittance.model import Accept, CheckPayee, Institution, PayeeCheck, Quote

NO_ACCOUNT = "AC01"
"""We keep no such open account."""
NO_ANSWER = "AB08"
"""We keep it, and cannot answer for it."""


def milliseconds(moment: datetime) -> datetime:
    """Cut to the precision of the wire, so that a message read back equals the one sent."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def account_ref(address_type: str, address: str, name: str | None = None) -> AccountRef:
    if address_type == "IBAN":
        return AccountRef(iban=address, name=name)
    if address_type == "ACCT":
        return AccountRef(other=address, name=name)
    return AccountRef(proxy=Proxy(address_type, address), name=name)


def resolution_request(
    node: Institution, check: CheckPayee, message_id: str, now: datetime
) -> ResolutionRequest:
    """acmt.023. The asking person travels as a hash: enough to limit a scraper, not to name it."""
    hashed = hashlib.sha256(f"{node.bic}/{check.customer_id}".encode()).hexdigest()[:32]
    return ResolutionRequest(
        message_id=message_id,
        created_at=milliseconds(now),
        creator_id=hashed,
        first_agent=Agent(node.bic),
        assigner=Agent(node.bic),
        assignee=Agent(node.ips_bic),
        destination_country=check.country,
        request_id=message_id,
        account=account_ref(check.address_type, check.address),
        agent=Agent(check.agent_bic) if check.agent_bic else None,
    )


def resolution_report(
    node: Institution,
    asked: ResolutionRequest,
    found: Holding | None,
    now: datetime,
    reason: str = NO_ACCOUNT,
) -> ResolutionReport:
    """acmt.024 about one of our accounts, or the reason why nothing can be said of it."""
    return ResolutionReport(
        message_id=ids.new_message_id(),
        created_at=milliseconds(now),
        first_agent=asked.first_agent,
        assigner=Agent(node.bic),
        assignee=Agent(node.ips_bic),
        original_message_id=asked.message_id,
        original_created_at=asked.created_at,
        original_request_id=asked.request_id,
        original_account=asked.account,
        original_agent=asked.agent,
        verified=found is not None,
        reason=None if found else reason,
        payee=_legal_party(found) if found else None,
        account=_account_of(found, found.shown_name) if found else None,
        agent=Agent(node.bic) if found else None,
    )


def _legal_party(holding: Holding) -> Party:
    customer = holding.customer
    return Party(name=customer.legal_name, country=customer.country, town=customer.address.town)


def _account_of(holding: Holding, name: str | None = None) -> AccountRef:
    number = holding.account.number
    if number[:2].isalpha():
        return AccountRef(iban=number, name=name)
    return AccountRef(other=number, name=name)


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
        charges=(
            Charge(quote.sender_fee, Agent(node.bic)),
            Charge(offer.recipient_fee, Agent(check.account_agent_bic or "")),
        ),
        instructing_agent=Agent(node.bic),
        instructed_agent=Agent(offer.source_sap_bic),
        intermediary1=_correspondent(offer.source_sap_bic, offer.source_sap_account),
        intermediary2=_correspondent(offer.destination_sap_bic, offer.destination_sap_account),
        debtor=_debtor(sender.customer),
        debtor_account=_account_of(sender),
        debtor_agent=Agent(node.bic),
        creditor_agent=Agent(check.account_agent_bic or ""),
        creditor=Party(
            name=payee_name(check, accept) or "",
            country=check.country if check.town else None,
            town=check.town,
        ),
        creditor_account=_creditor_account(check),
        purpose=accept.purpose,
        remittance=accept.note,
        reference=accept.reference,
    )


def _debtor(customer: Customer) -> Party:
    """The sender as FATF R.16 asks: name, address, and a national id where there is one."""
    return Party(
        name=customer.legal_name,
        country=customer.country,
        town=customer.address.town,
        street=customer.address.street,
        national_id=customer.identity.value if customer.identity else None,
    )


def payee_name(check: PayeeCheck, accept: Accept) -> str | None:
    """The best name we have (FATF R.16 wants one): legal, else as the sender says, else shown."""
    return check.legal_name or accept.payee_name or check.display_name


def _correspondent(bic: str, account: str) -> Correspondent:
    return Correspondent(Agent(bic), AccountRef(other=account))


def _creditor_account(check: PayeeCheck) -> AccountRef:
    kind = "IBAN" if check.account_is_iban else "ACCT"
    return account_ref(kind, check.account_number or check.address)


def status_answer(
    node: Institution, of: CreditTransfer, reason: Reason | None, now: datetime
) -> PaymentStatus:
    """pacs.002 to our payment system: credited, or rejected for this reason.

    The reason stands in the text, too: who knows our words can be as exact as we are.
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
        reason=rules.status_code(reason) if reason else None,
        reason_texts=(str(reason),) if reason else (),
        accepted_at=milliseconds(now),
    )
