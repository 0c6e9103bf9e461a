"""The third fate of a message: neither new nor taken before, but refused before.

A refusal is an answer like any other, so the same message sent again is given it again: taken
silently, its sender would believe that it had its effect after all.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from qantara.db.batcher import Verb
from qantara.db.database import Tx
from qantara.db.mail import Incoming, Received
from qantara.errors import Conflict, QantaraError, Reason, Refused, Unavailable

_Id = tuple[str, str, bytes]


def _id(message: Incoming) -> _Id:
    return message.sender, message.key, sha256(message.raw).digest()


async def known(tx: Tx, messages: Sequence[Incoming]) -> list[Conflict | None]:
    """What each of these very messages was refused with before; None for one that was not."""
    rows = await tx.fetch(
        "SELECT r.sender, r.key, r.digest, r.reason, r.facts FROM db.refusal r"
        " JOIN unnest($1::text[], $2::text[]) AS m(sender, key)"
        " ON r.sender = m.sender AND r.key = m.key",
        [message.sender for message in messages],
        [message.key for message in messages],
    )
    if not rows:
        return [None] * len(messages)
    said = {
        (row["sender"], row["key"], row["digest"]): Conflict(
            Reason(row["reason"]), **json.loads(row["facts"])
        )
        for row in rows
    }
    return [said.get(_id(message)) for message in messages]


async def keep(
    tx: Tx, refused: Sequence[tuple[Incoming, QantaraError | Refused]], now: datetime
) -> None:
    """Remember what these messages were refused with."""
    if not refused:
        return
    ids = [_id(message) for message, _ in refused]
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
    """The verb for messages, with a memory: one look-up a batch, and one more statement only
    where something is refused for the first time. The same verb always gives the same one, so
    that a batch stays one group.
    """

    async def remembered(
        tx: Tx, node: Any, received: Sequence[Received[Any]], now: datetime
    ) -> list[Any]:
        before = await known(tx, [each.message for each in received])
        fresh = [each for each, said in zip(received, before, strict=True) if said is None]
        told = iter(await verb(tx, node, fresh, now) if fresh else [])
        outcomes = [next(told) if said is None else said for said in before]
        new = [
            (each.message, outcome)
            for each, said, outcome in zip(received, before, outcomes, strict=True)
            if said is None and _is_final(outcome)
        ]
        await keep(tx, new, now)
        return _repeated(received, outcomes, new)

    return remembered


def _is_final(outcome: object) -> bool:
    """Whether it is a refusal, and not only a wish to be asked again later."""
    return isinstance(outcome, QantaraError | Refused) and not isinstance(outcome, Unavailable)


def _repeated(
    received: Sequence[Received[Any]],
    outcomes: list[Any],
    new: Sequence[tuple[Incoming, QantaraError | Refused]],
) -> list[Any]:
    """The outcomes, where the batch itself has a message again that it refuses."""
    if not new:
        return outcomes
    said = {_id(message): outcome for message, outcome in reversed(new)}
    return [
        said.get(_id(each.message), outcome)
        for each, outcome in zip(received, outcomes, strict=True)
    ]
