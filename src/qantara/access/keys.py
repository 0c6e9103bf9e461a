"""Keys in their holders' hands: issued by those who may, replaced and closed by their holders.

A secret is drawn where the answer is made and only its digest goes further, so no queue, no
proposal and no second person ever holds it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from qantara.access import key_store, rules, store
from qantara.access.flow import propose, record, require
from qantara.access.model import (
    GUARDED_SCOPES,
    Action,
    AuditEntry,
    Key,
    NewKey,
    Principal,
    Proposal,
    ReplaceKey,
    RevokeKey,
    Scope,
)
from qantara.clock import from_text, to_text
from qantara.db import Tx
from qantara.errors import Conflict, Malformed, NotFound, Reason
from qantara.ids import PrincipalId

USE_SECONDS = 60
"""How finely the last use of a key is known."""
_SECRET_BYTES = 32


class Drawn(NamedTuple):
    """`presented` is what the holder sends; it exists here and nowhere else."""

    presented: str
    digest: bytes


def draw(key_id: str) -> Drawn:
    """A new secret for a key that is to have this id."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return Drawn(rules.presented(key_id, secret), rules.digest(key_id, secret))


async def issue(
    tx: Tx, _node: object, new: Sequence[NewKey], now: datetime
) -> list[Key | Proposal]:
    """Issue keys, or propose those that a second person must approve.

    One issued before is answered as it stands: its digest says whether the secret just drawn is
    its own. Raises `Unauthorised` for a scope the holder does not have.
    """
    return [await _issued(tx, each, now) for each in new]


async def _issued(tx: Tx, new: NewKey, now: datetime) -> Key | Proposal:
    require(new.by, Scope.KEYS_MANAGE)
    before = (await key_store.keys(tx, [new.id])).get(new.id)
    if before is not None:
        return before
    await _check(tx, new.principal_id, new.scopes, new.expires_at, now)
    if new.scopes & GUARDED_SCOPES:
        proposal_id = f"prp_{new.id.partition('_')[2]}"
        return await propose(tx, new.by, Action.KEY_ISSUE, _payload(new), now, proposal_id)
    key = Key(
        new.id, new.principal_id, new.digest, new.scopes, now, new.expires_at, label=new.label
    )
    await _insert(tx, key, new.by.id, now, {})
    return key


async def _check(
    tx: Tx,
    principal_id: PrincipalId,
    scopes: frozenset[Scope],
    expires_at: datetime | None,
    now: datetime,
) -> None:
    holder = (await store.principals(tx, [principal_id])).get(principal_id)
    if holder is None:
        raise NotFound(Reason.PRINCIPAL_NOT_FOUND, id=principal_id)
    if not scopes:
        raise Malformed(Reason.FIELD_MISSING, param="scopes")
    for scope in sorted(scopes):
        require(holder, scope)
    if expires_at is not None and expires_at <= now:
        raise Malformed(Reason.FIELD_INVALID, param="expires_at", value=to_text(expires_at))


def _payload(new: NewKey) -> dict[str, object]:
    return {
        "key_id": new.id,
        "principal_id": new.principal_id,
        "digest": new.digest.hex(),
        "scopes": sorted(new.scopes),
        "expires_at": None if new.expires_at is None else to_text(new.expires_at),
        "label": new.label,
    }


async def issue_approved(tx: Tx, proposal: Proposal, by: Principal, now: datetime) -> Key:
    """The act of an approved `KEY_ISSUE`: from now on the key that was drawn opens."""
    said = proposal.payload
    ends = None if said["expires_at"] is None else from_text(said["expires_at"])
    scopes = frozenset(Scope(scope) for scope in said["scopes"])
    principal_id = PrincipalId(said["principal_id"])
    await _check(tx, principal_id, scopes, ends, now)
    digest = bytes.fromhex(said["digest"])
    key = Key(said["key_id"], principal_id, digest, scopes, now, ends, label=said["label"])
    await _insert(tx, key, by.id, now, {"proposal": proposal.id})
    return key


async def _insert(
    tx: Tx, key: Key, by: PrincipalId, now: datetime, details: dict[str, object]
) -> None:
    await store.insert_key(tx, key)
    said = {"principal": key.principal_id, "scopes": sorted(key.scopes), **details}
    await record(tx, [AuditEntry(by, "key_issued", key.id, said)], now)


async def replace_keys(
    tx: Tx, _node: object, commands: Sequence[ReplaceKey], now: datetime
) -> list[Key | NotFound | Conflict]:
    """New keys in the place of their holders' own: the same scopes, the same end of life.

    A key replaces only keys that can do no more than itself. The old one stands beside the new
    for as long as was asked; without, it is closed at once.
    """
    return [await _replaced(tx, each, now) for each in commands]


async def _replaced(tx: Tx, asked: ReplaceKey, now: datetime) -> Key | NotFound | Conflict:
    found = await key_store.keys(tx, [asked.id, asked.old])
    if asked.id in found:
        return found[asked.id]
    old = found.get(asked.old)
    if old is None or old.principal_id != asked.by.id:
        return NotFound(Reason.KEY_NOT_FOUND, id=asked.old)
    _covers(asked.by, old)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        return Conflict(Reason.STATE_CONFLICT, key=old.id, state="closed")
    key = Key(
        asked.id,
        old.principal_id,
        asked.digest,
        old.scopes,
        now,
        old.expires_at,
        label=old.label,
        replaces=old.id,
    )
    await _insert(tx, key, asked.by.id, now, {"replaces": old.id})
    if asked.overlap_seconds:
        await key_store.shorten(tx, old.id, now + timedelta(seconds=asked.overlap_seconds))
    else:
        await store.revoke_key(tx, old.id, now)
        await record(tx, [AuditEntry(asked.by.id, "key_revoked", old.id)], now)
    return key


def _covers(by: Principal, key: Key) -> None:
    """Who holds a narrow key must not come by a wide one, nor close it."""
    for scope in sorted(key.scopes):
        require(by, scope)


async def revoke(
    tx: Tx, _node: object, commands: Sequence[RevokeKey], now: datetime
) -> list[Key | NotFound]:
    """Close keys for ever: one's own, or with `keys:manage` anybody's."""
    return [await _revoked(tx, each, now) for each in commands]


async def _revoked(tx: Tx, asked: RevokeKey, now: datetime) -> Key | NotFound:
    found = await seen(tx, asked.by, asked.id)
    if isinstance(found, NotFound):
        return found
    if Scope.KEYS_MANAGE not in asked.by.scopes:
        _covers(asked.by, found)
    if await store.revoke_key(tx, found.id, now):
        await record(tx, [AuditEntry(asked.by.id, "key_revoked", found.id)], now)
    return (await key_store.keys(tx, [found.id]))[found.id]


async def seen(tx: Tx, by: Principal, key_id: str) -> Key | NotFound:
    """A key, if it is the caller's own or the caller manages keys."""
    found = (await key_store.keys(tx, [key_id])).get(key_id)
    if found is None or not (found.principal_id == by.id or Scope.KEYS_MANAGE in by.scopes):
        return NotFound(Reason.KEY_NOT_FOUND, id=key_id)
    return found


async def of_principal(tx: Tx, principal_id: str, before: str | None, limit: int) -> list[Key]:
    """A principal's keys, open and closed, the newest first."""
    return await key_store.of_principal(tx, principal_id, before, limit)


async def used(tx: Tx, _node: object, key_ids: Sequence[str], now: datetime) -> list[None]:
    """Note that keys were used, as finely as `USE_SECONDS`."""
    await key_store.used(tx, key_ids, now, now - timedelta(seconds=USE_SECONDS))
    return [None] * len(key_ids)
