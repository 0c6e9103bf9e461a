"""Answers kept so that a repeated request is given the first one again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara.db import Tx
from qantara.edge import store
from qantara.edge.model import Answer
from qantara.edge.store import carried
from qantara.errors import Conflict, Reason

__all__ = ["KEPT_SECONDS", "answered", "carried", "forget", "remember"]

KEPT_SECONDS = 48 * 3600


async def remember(
    tx: Tx, _node: object, given: Sequence[Answer], now: datetime
) -> list[Answer | Conflict]:
    """Keep answers. Where a twin of the request was quicker, its answer is the one; where the
    key was used for another request, a `Conflict`.
    """
    await store.insert_answers(tx, given, now)
    kept = await store.answers(tx, [(each.principal_id, each.key) for each in given])
    return [_same(kept[each.principal_id, each.key], each.digest) for each in given]


async def answered(tx: Tx, principal_id: str, key: str, digest: bytes) -> Answer | Conflict | None:
    """The answer this request was given before, None if it is new."""
    found = await store.answer(tx, principal_id, key)
    return None if found is None else _same(found, digest)


def _same(kept: Answer, digest: bytes) -> Answer | Conflict:
    if kept.digest == digest:
        return kept
    return Conflict(Reason.IDEMPOTENCY_KEY_REUSED, key=kept.key)


async def forget(tx: Tx, _node: object, commands: Sequence[None], now: datetime) -> list[None]:
    """Let go of answers older than `KEPT_SECONDS`. A job calls this."""
    await store.delete_answers(tx, now - timedelta(seconds=KEPT_SECONDS))
    return [None] * len(commands)
