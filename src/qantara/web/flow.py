"""The verbs of sessions. Each is a batch of one role's writer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara.access import flow as access
from qantara.access.model import AuditEntry
from qantara.db import Tx
from qantara.web import store
from qantara.web.model import Close, Open, Session
from qantara.web.store import sessions

__all__ = ["close_everywhere", "close_sessions", "forget", "open_sessions", "seen", "sessions"]


async def open_sessions(
    tx: Tx, _node: object, asked: Sequence[Open], now: datetime
) -> list[Session]:
    """Let people in; the trail says so."""
    made = [
        Session(
            each.digest,
            each.site,
            each.principal.id,
            each.credential,
            now,
            now,
            now + timedelta(seconds=each.lifetime_seconds),
        )
        for each in asked
    ]
    await store.delete(tx, [each.before for each in asked if each.before])
    await store.insert(tx, made)
    await access.record(tx, [_noted(each, "signed_in") for each in asked], now)
    return made


async def close_sessions(
    tx: Tx, _node: object, asked: Sequence[Close], now: datetime
) -> list[None]:
    """Let people go; who is gone already leaves no second trace."""
    ended = await store.delete(tx, [each.digest for each in asked])
    gone = [each for each in asked if each.digest in ended]
    await access.record(tx, [_noted(each, "signed_out") for each in gone], now)
    return [None] * len(asked)


async def close_everywhere(
    tx: Tx, _node: object, asked: Sequence[Close], now: datetime
) -> list[None]:
    """Let people go from every browser they are signed in with."""
    await store.delete_of(tx, [each.principal.id for each in asked])
    await access.record(tx, [_noted(each, "signed_out") for each in asked], now)
    return [None] * len(asked)


def _noted(said: Open | Close, act: str) -> AuditEntry:
    return AuditEntry(said.principal.id, act, said.credential)


async def seen(tx: Tx, _node: object, digests: Sequence[bytes], now: datetime) -> list[None]:
    """Note that sessions are in use."""
    await store.seen(tx, digests, now)
    return [None] * len(digests)


async def forget(tx: Tx, _node: object, commands: Sequence[None], now: datetime) -> list[None]:
    """Let go of sessions past their end. A job calls this."""
    await store.delete_expired(tx, now)
    return [None] * len(commands)
