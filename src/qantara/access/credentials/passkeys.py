"""Passkeys: what is asked of an authenticator, once, and the keys that answered."""

from collections.abc import Sequence
from datetime import datetime

from qantara.access import flow as access
from qantara.access.credentials import passkey_store
from qantara.access.credentials.model import Challenge, Passkey, Register, Revoke, Take, Used
from qantara.access.credentials.passkey_store import by_handle, of_principal
from qantara.access.model import AuditEntry, Scope
from qantara.db import Tx
from qantara.errors import Conflict, NotFound, Reason, Refused

__all__ = ["advance", "ask", "by_handle", "forget", "of_principal", "register", "revoke", "take"]
_RULE = "credentials.challenge"


async def ask(tx: Tx, _node: object, new: Sequence[Challenge], _now: datetime) -> list[Challenge]:
    await passkey_store.insert_challenges(tx, new)
    return list(new)


async def take(
    tx: Tx, _node: object, asked: Sequence[Take], now: datetime
) -> list[Challenge | Refused]:
    """The challenges that are being answered: each is given out once, to whoever it was put to
    and for what it was put.
    """
    found = await passkey_store.take(tx, [each.id for each in asked])
    outcomes: list[Challenge | Refused] = []
    for each in asked:
        known = found.pop(each.id, None)
        fits = known is not None and (known.purpose, known.principal_id) == (
            each.purpose,
            each.principal_id,
        )
        gone = Refused(Reason.CHALLENGE_GONE, rule=_RULE)
        lives = fits and known is not None and now < known.expires_at
        outcomes.append(known if lives and known is not None else gone)
    return outcomes


async def register(
    tx: Tx, _node: object, new: Sequence[Register], now: datetime
) -> list[Passkey | Conflict]:
    """Keep passkeys whose registration was verified; a handle known before is a `Conflict`."""
    await passkey_store.insert(tx, new, now)
    found = await passkey_store.by_ids(tx, [each.id for each in new])
    entries = [
        AuditEntry(each.by.id, "passkey_registered", each.id) for each in new if each.id in found
    ]
    await access.record(tx, entries, now)
    return [found.get(each.id) or Conflict(Reason.ID_REUSED, id=each.id) for each in new]


async def revoke(
    tx: Tx, _node: object, asked: Sequence[Revoke], now: datetime
) -> list[Passkey | NotFound]:
    """Close passkeys for ever: one's own, or with `accounts:freeze` anybody's."""
    found = await passkey_store.by_ids(tx, [each.id for each in asked])
    may = [
        each
        for each in asked
        if each.id in found
        and (each.by.id == found[each.id].principal_id or Scope.ACCOUNTS_FREEZE in each.by.scopes)
    ]
    revoked = await passkey_store.revoke(tx, [each.id for each in may], now)
    entries = [AuditEntry(e.by.id, "passkey_revoked", e.id) for e in may if e.id in revoked]
    await access.record(tx, entries, now)
    fresh = await passkey_store.by_ids(tx, [each.id for each in may])
    return [fresh.get(each.id) or NotFound(Reason.PASSKEY_NOT_FOUND, id=each.id) for each in asked]


async def advance(tx: Tx, used: Sequence[Used], now: datetime) -> set[str]:
    """Note what each passkey counts; the ids of those that counted on."""
    if not used:
        return set()
    advanced = await passkey_store.use(tx, used, now)
    found = await passkey_store.by_ids(tx, [each.credential_id for each in used])
    behind = [
        AuditEntry(
            found[each.credential_id].principal_id, "passkey_counted_back", each.credential_id
        )
        for each in used
        if each.credential_id in found and each.credential_id not in advanced
    ]
    await access.record(tx, behind, now)
    return advanced


async def forget(tx: Tx, now: datetime) -> None:
    await passkey_store.forget(tx, now)
