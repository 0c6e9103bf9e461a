"""Cases are opened: by a party of a payment that the gateway has seen."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from qantara.db import Tx, deadlines, mail
from qantara.errors import Conflict, QantaraError, Reason
from qantara.rails.cases import Act, CaseNotice, Kind
from qantara.rails.cases import Kind as CaseKind
from qantara.scheme.desk import store, telling
from qantara.scheme.desk.model import KIND, Case, Happened, State
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import GatewayNode, Payment
from qantara.scheme.gateway.model import State as PaymentState


async def open_case(
    tx: Tx, node: GatewayNode, received: Sequence[mail.Received[CaseNotice]], now: datetime
) -> list[QantaraError | None]:
    """Take a case in and pass it to the payment's other side; the clock starts.

    Declined, in an answer of its own: a payment that is not the opener's or unknown, a recall by
    another than the sender's side, a recall or dispute of what was never completed, and a second
    case of a kind while the first is open. The same notice again is answered again; one in the
    name of another, or with a known id and other content, is a Conflict.
    """
    await mail.take(tx, [item.message for item in received], now)
    known = await store.lock(tx, [item.record.case_id for item in received])
    uetrs = [item.record.payment for item in received]
    payments, rivals = await gateway.payments(tx, uetrs), await store.open_on(tx, uetrs)
    new: list[Case] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item in received:
        notice, before = item.record, known.get(item.record.case_id)
        wrong = _stranger(node, item) or _other(before, notice)
        outcomes.append(wrong)
        if wrong is not None:
            continue
        if before is None:
            judged = _judge(node, notice, payments, rivals, now)
            if isinstance(judged, Reason):
                out += telling.declined(node, notice, judged, now)
                continue
            new.append(judged)
            known[judged.id] = before = judged
            rivals.add((judged.uetr, judged.kind, judged.opened_by))
        out += [*telling.assigned(node, before), *telling.opened(node, before)]
    await _keep(tx, new, now)
    await mail.send(tx, out, now)
    return outcomes


def _stranger(node: GatewayNode, item: mail.Received[CaseNotice]) -> Conflict | None:
    if node.psps.get(item.message.sender) == item.record.opened_by:
        return None
    return Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender)


def _other(before: Case | None, notice: CaseNotice) -> Conflict | None:
    if before is None or before.message_id == notice.message_id:
        return None
    return Conflict(Reason.ID_REUSED, id=notice.case_id)


def _judge(
    node: GatewayNode,
    notice: CaseNotice,
    payments: Mapping[str, Payment],
    rivals: set[tuple[str, CaseKind, str]],
    now: datetime,
) -> Case | Reason:
    """The case, or why there is none."""
    payment = payments.get(notice.payment)
    ends = () if payment is None else (payment.source_psp, payment.destination_psp)
    if payment is None or notice.opened_by not in ends or len(set(ends)) == 1:
        return Reason.REMITTANCE_NOT_FOUND
    if notice.kind is Kind.RECALL and notice.opened_by != payment.source_psp:
        return Reason.MESSAGE_WRONG_PARTY
    if notice.kind is not Kind.INVESTIGATION and payment.state is not PaymentState.COMPLETED:
        return Reason.STATE_CONFLICT
    if (notice.payment, notice.kind, notice.opened_by) in rivals:
        return Reason.CASE_EXISTS
    assigned = next(bic for bic in ends if bic != notice.opened_by)
    to_destination = assigned == payment.destination_psp
    return Case(
        id=notice.case_id,
        kind=notice.kind,
        cause=notice.cause,
        uetr=notice.payment,
        opened_by=notice.opened_by,
        assigned_to=assigned,
        state=State.OPENED,
        text=notice.text,
        source=payment.source,
        destination=payment.destination,
        owes_return=to_destination and notice.kind is not Kind.INVESTIGATION,
        message_id=notice.message_id,
        opened_at=now,
        due_at=now + timedelta(seconds=node.desk.answer_seconds[notice.kind]),
    )


async def _keep(tx: Tx, new: Sequence[Case], now: datetime) -> None:
    if not new:
        return
    await store.insert(tx, new)
    begun = [
        Happened(each.id, Act.OPEN, each.state, each.opened_by, None, each.text, now, now)
        for each in new
    ]
    await store.add_events(tx, begun)
    await deadlines.set(tx, KIND, [(each.id, each.due_at) for each in new if each.due_at])
