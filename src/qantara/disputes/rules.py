"""Numbers, clocks and moves of disputes: pure functions."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from qantara.disputes.model import (
    ENDS,
    TRANSITIONS,
    Act,
    Answering,
    Dispute,
    DisputeState,
    OpenDispute,
)
from qantara.errors import Conflict, Reason


def number(year: int, place: int) -> str:
    """What people say of a dispute, as on the phone: `QD-2026-000123`."""
    return f"QD-{year}-{place:06d}"


def opened(node: Answering, wish: OpenDispute, called: str, now: datetime) -> Dispute:
    return Dispute(
        id=wish.id,
        number=called,
        customer_id=wish.customer_id,
        payment_id=wish.payment_id,
        kind=wish.kind,
        state=DisputeState.OPEN,
        words=wish.words,
        opened_at=now,
        end_due_at=now + timedelta(days=node.dispute_end_days),
        due_at=now + timedelta(days=node.dispute_answer_days),
    )


def moved(node: Answering, dispute: Dispute, act: Act, now: datetime) -> Dispute | Conflict:
    """The dispute after an act, and the clock that then runs: a customer's word is answered anew,
    and never later than all ends; saying more while an answer is awaited moves nothing.
    """
    after = TRANSITIONS.get((dispute.state, act))
    if after is None:
        return Conflict(Reason.STATE_CONFLICT, id=dispute.id, state=dispute.state, event=act)
    if after in ENDS:
        return replace(dispute, state=after, due_at=None, ended_at=now)
    if after is DisputeState.ANSWERED:
        return replace(dispute, state=after, due_at=dispute.end_due_at)
    if dispute.state is DisputeState.OPEN:
        return replace(dispute, state=after)
    again = now + timedelta(days=node.dispute_answer_days)
    return replace(dispute, state=after, due_at=min(again, dispute.end_due_at))


def overdue(dispute: Dispute, now: datetime) -> bool:
    return dispute.due_at is not None and now >= dispute.due_at
