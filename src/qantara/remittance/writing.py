"""The pacs.008 of a payment that leaves, and what keeps a payment from leaving."""

from datetime import datetime

from msgspec.structs import replace

from qantara import ids
from qantara.db.mail import Outgoing
from qantara.errors import Reason, Refused
from qantara.parties.model import CustomerState, Holding
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.rails import flow as rails
from qantara.rails.model import Priority, UnwritableMessage, returned_uetr
from qantara.remittance import messages
from qantara.remittance.model import Accept, Institution, Quote


def unfit(
    node: Institution, quote: Quote, each: Accept, check: PayeeCheck, holding: Holding
) -> Refused | None:
    """What the sender can put right, or nobody can; the quote stays as it is.

    The mark of a return is the institution's to write, and no sender's.
    """
    if returned_uetr(each.note) is not None:
        return Refused(Reason.FIELD_INVALID, facts={"param": "note", "value": each.note})
    if holding.account.stopped:
        return Refused(Reason.ACCOUNT_STOPPED, rule="account.stopped")
    destination = quote.request.destination_country
    if check.country != destination:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.country")
    if holding.customer.state is CustomerState.DECEASED:
        return Refused(Reason.CUSTOMER_DECEASED, rule="sender.alive")
    if each.priority is Priority.HIGH and not node.corridors[destination].high:
        return Refused(Reason.PRIORITY_UNSUPPORTED, rule="corridor.high")
    offer = quote.offer
    ours = offer.id is not None and offer.source_sap_bic == node.bic
    if ours and node.correspondent(offer.source_sap_bic, offer.source_sap_account) is None:
        return Refused(Reason.FX_ACCOUNT_FOREIGN, rule="correspondent.ours")
    return None


def write(
    node: Institution,
    each: Accept,
    quote: Quote,
    check: PayeeCheck,
    holding: Holding,
    now: datetime,
    message_id: str | None = None,
) -> Outgoing | Refused:
    """The pacs.008 as it would leave, under an id that was kept for it where there is one; what
    cannot be written is refused before money is held.
    """
    if not payees.payee_name(check, each.payee_name):
        return Refused(Reason.FIELD_MISSING, facts={"param": "payee_name"})
    uetr = ids.new_uetr()
    record = messages.credit_transfer(node, quote, holding, check, each, uetr, now)
    if message_id is not None:
        record = replace(record, message_id=message_id)
    try:
        raw = rails.build(record, node.profile)
    except UnwritableMessage as error:
        defect = error.defects[0]
        return Refused(Reason.FIELD_INVALID, facts={"param": defect.xpath, "value": defect.message})
    name = rails.name_of(record, node.profile)
    return Outgoing(node.ips, record.message_id, name, uetr, raw)


def payee_of(check: PayeeCheck) -> str:
    """Who is paid, as a digest: equal for the same account at the same institution."""
    number = payees.creditor_account(check).number or ""
    return ids.uuid_hex("payee", check.country, check.account_agent_bic or "", number)
