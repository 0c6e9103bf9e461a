"""Answers kept so that a repeated request is given the first one again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara.db import Tx
from qantara.edge import store
from qantara.edge.model import Answer
from qantara.edge.store import carried, exchanged, release
from qantara.errors import Conflict, Reason

__all__ = [
    "KEPT_SECONDS",
    "LEASE_SECONDS",
    "begin",
    "carried",
    "exchanged",
    "forget",
    "prolong",
    "release",
    "remember",
]

KEPT_SECONDS = 48 * 3600
LEASE_SECONDS = 15
"""How long a process that works on a request is waited for without a sign of life."""
_TURNS_KEPT_SECONDS = 3600


async def remember(
    tx: Tx, _node: object, given: Sequence[Answer], now: datetime
) -> list[Answer | Conflict]:
    """Keep answers. Where a twin of the request was quicker, its answer is the one; where the
    key was used for another request, a `Conflict`.
    """
    await store.insert_answers(tx, given, now)
    kept = await store.answers(tx, [(each.principal_id, each.key) for each in given])
    return [_same(kept[each.principal_id, each.key], each.digest) for each in given]


async def begin(
    tx: Tx, principal_id: str, key: str, digest: bytes, holder: str, now: datetime
) -> Answer | Conflict | bool:
    """The answer this request was given before, else whether the turn to work on it is ours."""
    until = now + timedelta(seconds=LEASE_SECONDS)
    found = await store.begin(tx, principal_id, key, holder, now, until)
    return found if isinstance(found, bool) else _same(found, digest)


async def prolong(tx: Tx, principal_id: str, key: str, holder: str, now: datetime) -> None:
    """The holder of a turn still works on it."""
    until = now + timedelta(seconds=LEASE_SECONDS)
    await store.prolong(tx, principal_id, key, holder, until)


def _same(kept: Answer, digest: bytes) -> Answer | Conflict:
    if kept.digest == digest:
        return kept
    return Conflict(Reason.IDEMPOTENCY_KEY_REUSED, key=kept.key)


async def forget(tx: Tx, _node: object, commands: Sequence[None], now: datetime) -> list[None]:
    """Let go of answers older than `KEPT_SECONDS`. A job calls this."""
    await store.delete_answers(tx, now - timedelta(seconds=KEPT_SECONDS))
    await store.delete_turns(tx, now - timedelta(seconds=_TURNS_KEPT_SECONDS))
    return [None] * len(commands)
