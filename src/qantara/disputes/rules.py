"""Numbers, clocks, moves and files of disputes: pure functions."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from qantara.disputes.model import (
    ENDS,
    FILE_BYTES,
    FILES_MOST,
    TRANSITIONS,
    Act,
    Answering,
    Dispute,
    DisputeState,
    MediaType,
    NewFile,
    OpenDispute,
    Say,
)
from qantara.errors import Conflict, Malformed, Reason

_KINDS = "PNG, JPEG, WebP, PDF"
_MEGABYTE = 1024 * 1024


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


def given(content: bytes) -> NewFile:
    """A file as it came; `Malformed` where it is too large, or by its bytes none that we take.
    What it is called or said to be counts for nothing.
    """
    if len(content) > FILE_BYTES:
        raise Malformed(Reason.FILE_TOO_LARGE, limit=f"{FILE_BYTES // _MEGABYTE} MB")
    kind = _media_type(content)
    if kind is None:
        raise Malformed(Reason.FILE_UNREADABLE, detail=_KINDS)
    return NewFile(kind, hashlib.sha256(content).digest(), content)


def _media_type(content: bytes) -> MediaType | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return MediaType.WEBP
    return MediaType.PDF if content.startswith(b"%PDF-") else None


def with_room(said: Sequence[Say], held: Mapping[str, int]) -> list[bool]:
    """Whether each finds room for its file, in the order of the list; `held` are how many files
    the disputes have.
    """
    counts = dict(held)
    fits = []
    for each in said:
        if each.file is None:
            fits.append(True)
            continue
        count = counts.get(each.dispute_id, 0)
        fits.append(count < FILES_MOST)
        counts[each.dispute_id] = min(count + 1, FILES_MOST)
    return fits
