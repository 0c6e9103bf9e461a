"""A payment at an access provider comes to its end."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer, TransferKind
from qantara.rails.model import PaymentStatus, Status
from qantara.scheme import letters
from qantara.scheme.model import advance
from qantara.scheme.sap import store
from qantara.scheme.sap.model import TRANSITIONS, Event, Payment, SapNode, State
from qantara.scheme.steps import Step, move

_EVENTS = {
    Status.ACCC: (Event.SETTLE, TransferKind.POST),
    Status.BLCK: (Event.SETTLE, TransferKind.POST),
    Status.RJCT: (Event.REJECT, TransferKind.VOID),
}


async def finish(
    tx: Tx, node: SapNode, received: Sequence[mail.Received[PaymentStatus]], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.002 of the system: what was reserved moves, or is given back (RJCT).

    It moves on ACCC and on BLCK: blocked money has left us like any other. As nothing of ours
    is final before the system says so, giving back releases and never needs a reversal.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    steps: list[Step[State, Event]] = []
    transfers: list[Transfer] = []
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        try:
            step = _step(node, known, item) if is_fresh else None
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        outcomes.append(None)
        if step is not None:
            steps.append(step)
            transfers.append(_release(node, step, item.record.status, now))
            known[step.uetr] = replace(known[step.uetr], state=step.state)
    for outcome in await ledger.post(tx, transfers, now):
        if outcome.refusal is not None:
            raise Conflict(outcome.refusal.reason, transfer=outcome.id)
    await move(tx, "sap", steps, now)
    return outcomes


def _step(
    node: SapNode, known: dict[str, Payment], item: mail.Received[PaymentStatus]
) -> Step[State, Event] | None:
    record, payment = item.record, known.get(item.record.uetr)
    if item.message.sender != node.ips:
        raise Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender)
    if payment is None:
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=record.uetr)
    letters.must_answer(record, payment.message_id)
    if record.status not in _EVENTS:
        raise Conflict(Reason.STATE_CONFLICT, status=record.status)
    event, _ = _EVENTS[record.status]
    reached = TRANSITIONS[State.RESERVED, event]
    if payment.state is reached:
        return None
    state = advance(TRANSITIONS, payment.state, event)
    said = letters.verdict(record) if event is Event.REJECT else letters.ACCEPTED
    return Step(record.uetr, payment.state, event, state, said.reason, said.text)


def _release(node: SapNode, step: Step[State, Event], status: Status, now: datetime) -> Transfer:
    _, kind = _EVENTS[status]
    return Transfer(
        id=letters.transfer_id(node.role, step.uetr, kind),
        amount=0,
        kind=kind,
        hold_id=letters.transfer_id(node.role, step.uetr, "hold"),
        code="sap.settle" if kind is TransferKind.POST else "sap.release",
        reference=step.uetr,
        occurred_at=now,
    )
