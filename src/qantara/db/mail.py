"""Inbox and outbox: delivery is at least once, effect exactly once by key.

A flow takes what came in and leaves what goes out in its own transaction; the worker delivers
afterwards and deletes a queue row only when the receiver has committed.
"""

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Struct

from qantara.db.arrays import plain, texts
from qantara.db.database import Tx
from qantara.db.leaving import Left, leave
from qantara.telemetry import traces

RecordT = TypeVar("RecordT")
RETRY_SECONDS = (0.2, 1, 5, 15, 60)


class Incoming(Struct, frozen=True):
    """A message as it came: `key` is the sender's message id, unique per sender for ever."""

    sender: str
    key: str
    name: str
    uetr: str | None
    raw: bytes


class Received(Struct, Generic[RecordT], frozen=True):
    """A message as it came, beside what the door read in it.

    `refusal` is the ISO 20022 code with which the operator of a simulated scheme role has it
    refused, through that role's own refusals; None everywhere else.
    """

    message: Incoming
    record: RecordT
    refusal: str | None = None


class Outgoing(Struct, frozen=True):
    recipient: str
    key: str
    name: str
    uetr: str | None
    raw: bytes


class Sent(Struct, frozen=True):
    """A message that left, or will."""

    recipient: str
    key: str
    name: str
    raw: bytes
    recorded_at: datetime


class Queued(Struct, frozen=True):
    """A message that waits for delivery; `again` where its recipient has taken it before."""

    sequence: int
    recipient: str
    key: str
    name: str
    uetr: str | None
    raw: bytes
    attempts: int
    again: bool = False


class Arrived:
    """What one statement has recorded already for the verb that will take it."""

    def __init__(self, recorded: Collection[Incoming], new: Collection[tuple[str, str]]) -> None:
        self._recorded = {(message.sender, message.key) for message in recorded}
        self.new = set(new)
        self.untaken = set(self._recorded)

    def has(self, message: Incoming) -> bool:
        """Whether it is recorded; that it is, is told from now on."""
        key = (message.sender, message.key)
        self.untaken.discard(key)
        return key in self._recorded


_ARRIVED: ContextVar[Arrived | None] = ContextVar("arrived", default=None)


@contextmanager
def recorded(arrived: Arrived) -> Iterator[None]:
    """Inside, `take` tells of these messages what is known already."""
    token = _ARRIVED.set(arrived)
    try:
        yield
    finally:
        _ARRIVED.reset(token)


async def take(tx: Tx, incoming: Sequence[Incoming], now: datetime) -> list[bool]:
    """Record what came in. True for a message never seen before, False for a repeat."""
    arrived = _ARRIVED.get() or Arrived((), ())
    missing = [message for message in incoming if not arrived.has(message)]
    if missing:
        arrived.new |= await _record(tx, missing, now)
    fresh = []
    for message in incoming:
        key = (message.sender, message.key)
        fresh.append(key in arrived.new)
        arrived.new.discard(key)
    return fresh


async def _record(tx: Tx, incoming: Sequence[Incoming], now: datetime) -> set[tuple[str, str]]:
    rows = await tx.fetch(
        "INSERT INTO db.inbox (sender, key, name, uetr, raw, recorded_at)"
        " SELECT *, $6 FROM unnest($1::text::text[], $2::text::text[], $3::text::text[],"
        " $4::text::text[], $5::bytea[])"
        " ON CONFLICT DO NOTHING RETURNING sender, key",
        *columns(incoming),
        now,
    )
    return {(row["sender"], row["key"]) for row in rows}


def columns(incoming: Sequence[Incoming]) -> tuple[str, str, str, str, list[bytes]]:
    """Messages as arrays: sender, key, name, UETR, bytes."""
    return (
        texts([message.sender for message in incoming]),
        texts([message.key for message in incoming]),
        texts([message.name for message in incoming]),
        texts([message.uetr for message in incoming]),
        [message.raw for message in incoming],
    )


_LEFT: ContextVar[list[Queued] | None] = ContextVar("left", default=None)


@contextmanager
def gathered() -> Iterator[list[Queued]]:
    """What `send` leaves for delivery inside; it waits for delivery only once it is committed."""
    left: list[Queued] = []
    token = _LEFT.set(left)
    try:
        yield left
    finally:
        _LEFT.reset(token)


_SEND = Left(
    "sent AS (INSERT INTO db.sent (recipient, key, name, uetr, raw, recorded_at)"
    " SELECT *, $6 FROM unnest($1::text::text[], $2::text::text[], $3::text::text[],"
    " $4::text::text[], $5::bytea[])"
    " RETURNING sequence, recipient), queued AS ("
    "INSERT INTO db.outbox (sequence, recipient, due_at) SELECT sequence, recipient, $6 FROM sent)",
    said="SELECT array_agg(sequence ORDER BY sequence) FROM sent",
)


async def send(tx: Tx, outgoing: Sequence[Outgoing], now: datetime) -> None:
    """Leave messages for delivery."""
    if not outgoing:
        return
    left = _LEFT.get()

    def hand_over(sequences: Sequence[int]) -> None:
        if left is not None:
            left.extend(
                Queued(sequence, each.recipient, each.key, each.name, each.uetr, each.raw, 0)
                for sequence, each in zip(sequences, outgoing, strict=True)
            )

    await leave(
        tx,
        _SEND,
        texts([message.recipient for message in outgoing]),
        texts([message.key for message in outgoing]),
        texts([message.name for message in outgoing]),
        texts([message.uetr for message in outgoing]),
        [message.raw for message in outgoing],
        now,
        told=hand_over,
    )
    traces.note_stored((each.uetr, each.name, each.key, each.recipient) for each in outgoing)


async def send_again(
    tx: Tx, recipient: str, about: Sequence[tuple[str, str]], now: datetime
) -> None:
    """Leave messages that were sent before, each by its UETR and key, for delivery once more,
    the very same bytes; one that still waits, or was refused for good, is left as it is.
    """
    if about:
        await tx.execute(
            "INSERT INTO db.outbox (sequence, recipient, due_at, again)"
            " SELECT s.sequence, s.recipient, $4, true"
            " FROM unnest($2::text[], $3::text[]) AS a(uetr, key)"
            " JOIN db.sent s ON s.uetr = a.uetr AND s.key = a.key WHERE s.recipient = $1"
            " ON CONFLICT DO NOTHING",
            recipient,
            [uetr for uetr, _ in about],
            [key for _, key in about],
            now,
        )


_QUEUED = (
    "SELECT o.sequence, o.recipient, s.key, s.name, s.uetr, s.raw, o.attempts, o.again"
    " FROM db.outbox o JOIN db.sent s USING (sequence)"
)


async def due(
    tx: Tx, limit: int, now: datetime, without: AbstractSet[int] = frozenset()
) -> list[Queued]:
    """What waits and may be tried now: of the oldest so many, those that are not `without`."""
    waiting = await tx.fetchval(
        "SELECT array_agg(sequence) FROM (SELECT sequence FROM db.outbox"
        " WHERE due_at <= $2 AND refused IS NULL ORDER BY sequence LIMIT $1) AS first",
        limit,
        now,
    )
    wanted = [sequence for sequence in waiting or () if sequence not in without]
    if not wanted:
        return []
    rows = await tx.fetch(
        _QUEUED + " WHERE o.sequence = ANY($1::text::bigint[]) ORDER BY o.sequence", plain(wanted)
    )
    return [Queued(**dict(row)) for row in rows]


async def waiting(tx: Tx) -> int:
    """How many messages of this role are not yet delivered."""
    return int(await tx.fetchval("SELECT count(*) FROM db.outbox WHERE refused IS NULL"))


async def sent_about(tx: Tx, uetr: str) -> list[Sent]:
    """Every message this role sent for one payment, oldest first."""
    rows = await tx.fetch(
        "SELECT recipient, key, name, raw, recorded_at FROM db.sent WHERE uetr = $1"
        " ORDER BY sequence",
        uetr,
    )
    return [Sent(**dict(row)) for row in rows]


async def sent_after(tx: Tx, sequence: int, limit: int) -> list[tuple[int, Sent]]:
    """What this role ever sent, in order, from after a sequence number on."""
    rows = await tx.fetch(
        "SELECT sequence, recipient, key, name, raw, recorded_at FROM db.sent"
        " WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        sequence,
        limit,
    )
    return [(row["sequence"], Sent(*tuple(row)[1:])) for row in rows]


async def taken(tx: Tx, sender: str, key: str) -> bytes | None:
    """A message as it came in, byte for byte; None for one that never did."""
    raw: bytes | None = await tx.fetchval(
        "SELECT raw FROM db.inbox WHERE sender = $1 AND key = $2", sender, key
    )
    return raw


async def undeliverable(tx: Tx) -> list[tuple[str, str, str]]:
    """Messages their recipient refused for good: recipient, key, what it said."""
    rows = await tx.fetch(
        "SELECT o.recipient, s.key, o.refused FROM db.outbox o JOIN db.sent s USING (sequence)"
        " WHERE o.refused IS NOT NULL ORDER BY o.sequence"
    )
    return [(row["recipient"], row["key"], row["refused"]) for row in rows]


_DELIVERED = Left("taken AS (DELETE FROM db.outbox WHERE sequence = ANY($1::bigint[]))")


async def delivered(
    tx: Tx, _node: object, taken: Sequence[Sequence[int]], _now: datetime
) -> list[None]:
    """Mark the messages of each delivery as acknowledged by their recipient. A verb: it rides in
    the next batch.
    """
    await leave(
        tx,
        _DELIVERED,
        [sequence for delivery in taken for sequence in delivery],
    )
    return [None] * len(taken)


async def postponed(tx: Tx, _node: object, items: Sequence[Queued], now: datetime) -> list[None]:
    """Try again later: the recipient did not answer."""
    waits = [RETRY_SECONDS[min(item.attempts, len(RETRY_SECONDS) - 1)] for item in items]
    await tx.execute(
        "UPDATE db.outbox o SET attempts = attempts + 1, due_at = d.due_at"
        " FROM unnest($1::bigint[], $2::timestamptz[]) AS d(sequence, due_at)"
        " WHERE o.sequence = d.sequence",
        [item.sequence for item in items],
        [now + timedelta(seconds=wait) for wait in waits],
    )
    return [None] * len(items)


async def refused(
    tx: Tx, _node: object, items: Sequence[tuple[int, str]], _now: datetime
) -> list[None]:
    """Keep what the recipient will never take, with what it said; nothing is dropped silently."""
    await tx.execute(
        "UPDATE db.outbox o SET refused = d.said"
        " FROM unnest($1::bigint[], $2::text[]) AS d(sequence, said) WHERE o.sequence = d.sequence",
        [sequence for sequence, _ in items],
        [said for _, said in items],
    )
    return [None] * len(items)
