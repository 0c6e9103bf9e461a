"""What the gateway says of a payment: to its source, to its destination, to the FX provider.

Message ids depend on the payment and the purpose, so what is said twice is one message.
"""

from datetime import datetime

from qantara.db import mail
from qantara.rails.model import Priority, Profile, Status
from qantara.scheme import letters
from qantara.scheme.gateway.model import (
    CONFIRMING_STEPS,
    Country,
    GatewayNode,
    Payment,
    Quote,
    State,
    relationship_id,
)
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import EXCHANGE_NOTICE, ExchangeNotice, write_notice

DEADLINES = "gateway"
_STATUSES = {
    State.COMPLETED: Status.ACCC,
    State.REJECTED: Status.RJCT,
    State.BLOCKED: Status.BLCK,
}


def final(payment: Payment) -> Verdict:
    """What became of a payment that has come to its end."""
    if payment.state is State.COMPLETED:
        return letters.ACCEPTED
    return Verdict(_STATUSES[payment.state], payment.reason, payment.text)


def onward_id(node: GatewayNode, uetr: str) -> str:
    """The id of the pacs.008 that leaves here."""
    return letters.message_id(node.role, uetr, "onward")


def answer(
    node: GatewayNode, payment: Payment, said: Verdict, purpose: str = "answer"
) -> mail.Outgoing:
    """pacs.002 to the source system."""
    original = Original(
        payment.message_id, payment.uetr, payment.end_to_end_id, payment.transaction_id
    )
    status = letters.answer(
        letters.message_id(node.role, payment.uetr, purpose),
        original,
        said,
        (payment.source_sap, payment.source_psp),
        payment.recorded_at,
    )
    return letters.letter(payment.answer_to or payment.source_ips, status, Profile.NEXUS)


def is_confirmed(payment: Payment, destination: Country) -> bool:
    """Whether the destination settles only on the gateway's word."""
    return payment.priority is Priority.HIGH or destination.steps == CONFIRMING_STEPS


def confirmation(
    node: GatewayNode, payment: Payment, destination: Country, *words: str
) -> mail.Outgoing:
    """pacs.002 to the destination system: how the payment ended here. `words` tell it from the
    one that was sent when it ended.
    """
    original = Original(
        onward_id(node, payment.uetr), payment.uetr, payment.end_to_end_id, payment.transaction_id
    )
    status = letters.answer(
        letters.message_id(node.role, payment.uetr, "confirmation", *words),
        original,
        final(payment),
        (payment.destination_sap, payment.destination_psp),
        payment.recorded_at,
    )
    return letters.letter(destination.ips, status, Profile.NEXUS)


def notification(node: GatewayNode, payment: Payment, quote: Quote, now: datetime) -> mail.Outgoing:
    """To the FX provider whose quote it was, once its money has moved: credited or blocked."""
    terms = quote.terms
    notice = ExchangeNotice(
        message_id=letters.message_id(node.role, payment.uetr, "notification"),
        uetr=payment.uetr,
        completed_at=now,
        source=terms.source.asset.code,
        source_amount=str(terms.source),
        destination=terms.destination.asset.code,
        destination_amount=str(terms.destination),
        rate=terms.rate.value,
        rate_id=quote.rate_id,
        quote_id=quote.id,
        source_psp=payment.source_psp,
        destination_psp=payment.destination_psp,
        tier_id=quote.tier.id(quote.fxp),
        tier_threshold=str(quote.tier.threshold),
        relationship_id=relationship_id(quote.fxp, quote.psp),
        psp_bps=quote.psp_bps,
    )
    raw = write_notice(notice)
    return mail.Outgoing(quote.fxp, notice.message_id, EXCHANGE_NOTICE, payment.uetr, raw)
