"""The third fate of a message: neither new nor taken before, but refused before.

A refusal is an answer like any other, so the same message sent again is given it again: taken
silently, its sender would believe that it had its effect after all.
"""

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cache, wraps
from hashlib import sha256
from typing import Any

from qantara.db.batcher import Verb
from qantara.db.database import Tx
from qantara.db.mail import Arrived, Incoming, Received, columns, recorded
from qantara.errors import Conflict, QantaraError, Reason, Refused, Unavailable

_Id = tuple[str, str, bytes]


def message_id(message: Incoming) -> _Id:
    """By what a message is known again: who sent it, its key, and a digest of its bytes."""
    return message.sender, message.key, sha256(message.raw).digest()


async def arrive(
    tx: Tx, messages: Sequence[Incoming], now: datetime
) -> tuple[list[Conflict | None], Arrived]:
    """What each of these very messages was refused with before, None for one that was not; and
    those recorded by the same statement: all that nothing like them was ever refused of.
    """
    rows = await tx.fetch(
        "WITH taken AS ("
        " INSERT INTO db.inbox (sender, key, name, uetr, raw, recorded_at)"
        " SELECT m.*, $6 FROM unnest($1::text::text[], $2::text::text[], $3::text::text[],"
        " $4::text::text[], $5::bytea[]) AS m(sender, key, name, uetr, raw)"
        " WHERE NOT EXISTS (SELECT FROM db.refusal r WHERE r.sender = m.sender AND r.key = m.key)"
        " ON CONFLICT DO NOTHING RETURNING sender, key)"
        " SELECT sender, key, NULL::bytea AS digest, NULL AS reason, NULL AS facts FROM taken"
        " UNION ALL SELECT r.sender, r.key, r.digest, r.reason, r.facts FROM db.refusal r"
        " JOIN unnest($1::text::text[], $2::text::text[]) AS m(sender, key)"
        " ON r.sender = m.sender AND r.key = m.key",
        *columns(messages),
        now,
    )
    new = {(row["sender"], row["key"]) for row in rows if row["digest"] is None}
    refused = [row for row in rows if row["digest"] is not None]
    if not refused:
        return [None] * len(messages), Arrived(messages, new)
    said = {
        (row["sender"], row["key"], row["digest"]): Conflict(
            Reason(row["reason"]), **json.loads(row["facts"])
        )
        for row in refused
    }
    named = {(sender, key) for sender, key, _ in said}
    rest = [message for message in messages if (message.sender, message.key) not in named]
    return [said.get(message_id(message)) for message in messages], Arrived(rest, new)


async def accepted(tx: Tx, messages: Sequence[Incoming]) -> set[_Id]:
    """Which of these very messages an earlier transaction took: their senders may not know it.

    A receiver that judges the same bytes otherwise today has changed, not the message. Refused
    now, it would be undone at its sender and go on here.
    """
    rows = await tx.fetch(
        "SELECT i.sender, i.key, sha256(i.raw) AS digest FROM db.inbox i"
        " JOIN unnest($1::text[], $2::text[]) AS m(sender, key)"
        " ON i.sender = m.sender AND i.key = m.key"
        " WHERE i.xmin IS DISTINCT FROM pg_current_xact_id_if_assigned()::xid"
        " AND NOT EXISTS (SELECT FROM db.refusal r"
        " WHERE r.sender = i.sender AND r.key = i.key AND r.digest = sha256(i.raw))",
        [message.sender for message in messages],
        [message.key for message in messages],
    )
    taken = {(row["sender"], row["key"], row["digest"]) for row in rows}
    return taken & {message_id(message) for message in messages}


async def keep(
    tx: Tx, refused: Sequence[tuple[Incoming, QantaraError | Refused]], now: datetime
) -> None:
    """Remember what these messages were refused with."""
    if not refused:
        return
    ids = [message_id(message) for message, _ in refused]
    await tx.execute(
        "INSERT INTO db.refusal (sender, key, digest, reason, facts, recorded_at)"
        " SELECT *, $6 FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[])"
        " ON CONFLICT DO NOTHING",
        [sender for sender, _, _ in ids],
        [key for _, key, _ in ids],
        [digest for _, _, digest in ids],
        [said.reason.value for _, said in refused],
        [json.dumps(said.facts, default=str) for _, said in refused],
        now,
    )


@cache
def remembering(verb: Verb) -> Verb:
    """The verb for messages, with a memory: one statement looks it up and records what came, and
    one more is needed only where something is refused for the first time. The same verb always
    gives the same one, so that a batch stays one group.
    """

    @wraps(verb)
    async def remembered(
        tx: Tx, node: Any, received: Sequence[Received[Any]], now: datetime
    ) -> list[Any]:
        before, arrived = await arrive(tx, [each.message for each in received], now)
        fresh = [each for each, said in zip(received, before, strict=True) if said is None]
        with recorded(arrived):
            told = iter(await verb(tx, node, fresh, now) if fresh else [])
        if arrived.untaken:
            raise TypeError(f"a verb for messages left some untaken: {verb.__qualname__}")
        outcomes = [next(told) if said is None else said for said in before]
        wrong = [
            (each.message, outcome)
            for each, said, outcome in zip(received, before, outcomes, strict=True)
            if said is None and _is_final(outcome)
        ]
        if not wrong:
            return outcomes
        kept = await accepted(tx, [message for message, _ in wrong])
        new = [pair for pair in wrong if message_id(pair[0]) not in kept]
        await keep(tx, new, now)
        return _repeated(received, outcomes, new, kept)

    return remembered


def _is_final(outcome: object) -> bool:
    """Whether it is a refusal, and not only a wish to be asked again later."""
    return isinstance(outcome, QantaraError | Refused) and not isinstance(outcome, Unavailable)


def _repeated(
    received: Sequence[Received[Any]],
    outcomes: list[Any],
    new: Sequence[tuple[Incoming, QantaraError | Refused]],
    kept: AbstractSet[_Id],
) -> list[Any]:
    """The outcomes, where the batch itself has a message again that it refuses; what is `kept`
    was taken, whatever is said of it now.
    """
    said: dict[_Id, Any] = {message_id(message): outcome for message, outcome in reversed(new)}
    said |= dict.fromkeys(kept)
    return [
        said.get(message_id(each.message), outcome)
        for each, outcome in zip(received, outcomes, strict=True)
    ]
