"""Access providers that are asked by API: the request, and its answer."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx, mail
from qantara.errors import QantaraError
from qantara.rails.model import CreditTransfer, PaymentStatus, Status
from qantara.scheme import letters
from qantara.scheme.ips import payments, statuses
from qantara.scheme.ips.model import Initiation, IpsNode, ParticipantKind, Payment, Route
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import (
    AUTHORISATION_REQUEST,
    Authorisation,
    AuthorisationRequest,
    write_notice,
)


def is_asked(node: IpsNode, payment: Payment) -> bool:
    """Whether the access provider of a payment that comes in is asked this way."""
    sap = node.agent(payment.pays_bic, ParticipantKind.SAP)
    by_request = sap is not None and sap.initiation is Initiation.AUTHORISATION
    return by_request and payment.route is Route.IN


def request(node: IpsNode, record: CreditTransfer, payment: Payment) -> mail.Outgoing:
    """The full information of a payment, under the id that its pacs.008 would bear."""
    own_id = statuses.leg_id(node, payment.uetr, "sap")
    asked = AuthorisationRequest(
        message_id=own_id,
        asked_at=payment.recorded_at,
        uetr=payment.uetr,
        account=record.intermediary2.account.number or "",
        currency=payment.amount.asset.code,
        amount=str(payment.amount),
        debtor=record.debtor.name,
        debtor_agent=record.debtor_agent.bic,
        creditor=record.creditor.name,
        creditor_agent=record.creditor_agent.bic,
    )
    raw = write_notice(asked)
    return mail.Outgoing(payment.pays, own_id, AUTHORISATION_REQUEST, payment.uetr, raw)


async def authorised(
    tx: Tx, node: IpsNode, received: Sequence[mail.Received[Authorisation]], now: datetime
) -> list[QantaraError | None]:
    """Each answer of an access provider, which moves its payment as a pacs.002 would."""
    statuses_ = [
        mail.Received(item.message, _status(node, item, now), item.refusal) for item in received
    ]
    return await payments.progress(tx, node, statuses_, now)


def _status(node: IpsNode, item: mail.Received[Authorisation], now: datetime) -> PaymentStatus:
    told = item.record
    said = Verdict(Status.ACTC if told.granted else Status.RJCT, told.reason, told.text)
    original = Original(told.original_id, told.uetr, "", "")
    return letters.answer(told.message_id, original, said, (node.bic, node.bic), now)
