"""What exactly is confirmed of a payment, made from our own records and never from what a form or
a body says of them: the same for pages, the API and simple phones.
"""

from qantara import ids
from qantara.access.credentials.model import Intent
from qantara.agents.model import Kind, Recipient
from qantara.domestic import flow as domestic
from qantara.money import Money
from qantara.payees.model import PayeeCheck
from qantara.remittance.model import Institution, Quote
from qantara.wallet.model import Beneficiary
from qantara.wallet.request_model import MoneyRequest
from qantara.wallet.schedule_model import Terms

OWN_CASH, STANDING = f"cash_{Kind.WITHDRAWAL.value}", "schedule"


def shown_name(check: PayeeCheck) -> str:
    """By what name a payee stands before whoever confirms."""
    return check.display_name or check.name or check.address


def abroad(quote: Quote, check: PayeeCheck) -> Intent:
    """A quote accepted for a payee: all that leaves the account."""
    return Intent("remittance", quote.id, quote.total_debit, _address(check), shown_name(check))


def inside(node: Institution, reference: str, amount: Money, check: PayeeCheck) -> Intent:
    """A transfer inside the country: the amount and our fee."""
    total = amount + domestic.payer_fee(node.domestic_fee, amount)
    return Intent("transfer", reference, total, _address(check), shown_name(check))


def asked(node: Institution, found: MoneyRequest) -> Intent:
    """What another customer of ours asks for."""
    total = found.amount + domestic.payer_fee(node.domestic_fee, found.amount)
    payee = f"{node.country}/here/{found.customer_id}"
    return Intent("transfer", found.id, total, payee, found.asker_shown)


def cash(
    node: Institution,
    customer_id: str,
    account_id: str,
    amount: Money,
    fee: Money,
    whom: Recipient | None,
) -> Intent:
    """Cash ordered: for whoever has that document, or (without `whom`) for the customer."""
    kind = Kind.WITHDRAWAL if whom is None else Kind.PICKUP
    held_by = customer_id
    if whom is not None:
        held_by = f"{whom.identity_type.value}/{whom.identity_digest.hex()}"
    reference = ids.derived("cso", customer_id, account_id, str(amount), held_by)
    payee, name = f"{node.country}/cash/{held_by}", "" if whom is None else whom.name
    return Intent(f"cash_{kind.value}", reference, amount + fee, payee, name)


def standing(terms: Terms, payee: Beneficiary) -> Intent:
    """A standing order: the most that may leave for it at once, whatever day and rate."""
    said = (terms.account_id, payee.id, terms.amount, terms.amount.asset.code, terms.fixed)
    when = (terms.rhythm, terms.first_on, terms.ends_on, terms.purpose, terms.note)
    reference = ids.derived("sch", terms.customer_id, *(f"{each}" for each in (*said, *when)))
    return Intent(STANDING, reference, terms.ceiling, _address(payee), called(payee))


def called(payee: Beneficiary) -> str:
    """What a customer calls a saved payee."""
    return payee.nickname or payee.name or payee.address


def _address(check: PayeeCheck | Beneficiary) -> str:
    return f"{check.country}/{check.address_type}/{check.address}"
