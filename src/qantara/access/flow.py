"""The verbs of access."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from qantara import ids
from qantara.access import rules, store
from qantara.access.model import (
    ACTIONS,
    INSTALLER,
    Action,
    AuditEntry,
    AuditRecord,
    Event,
    IssuedKey,
    Key,
    NewPrincipal,
    Principal,
    Proposal,
    Scope,
    State,
)
from qantara.db import Tx
from qantara.errors import Conflict, Malformed, NotFound, Reason, Refused, Unauthorised
from qantara.ids import PrincipalId

PAGE = 100
_NEWEST = 2**63 - 1
_SECRET_BYTES = 32


async def register_principals(
    tx: Tx, new: Sequence[NewPrincipal], now: datetime, by: Principal = INSTALLER
) -> list[Principal | Conflict]:
    """Make principals; the same id with the same content is answered again, with other content
    it is a `Conflict`.
    """
    known = await store.principals(tx, [principal.id for principal in new])
    fresh = list({asked.id: asked for asked in reversed(new) if asked.id not in known}.values())
    await store.insert_principals(tx, fresh, now)
    stored = await store.principals(tx, [principal.id for principal in new])
    await record(
        tx, [AuditEntry(by.id, "principal_registered", principal.id) for principal in fresh], now
    )
    return [_same_or_conflict(stored[principal.id], principal) for principal in new]


def _same_or_conflict(stored: Principal, asked: NewPrincipal) -> Principal | Conflict:
    same = (stored.kind, stored.name, stored.roles, stored.subject) == (
        asked.kind,
        asked.name,
        asked.roles,
        asked.subject,
    )
    return stored if same else Conflict(Reason.ID_REUSED, id=asked.id)


async def principals(tx: Tx, wanted: Sequence[PrincipalId]) -> list[Principal | NotFound]:
    found = await store.principals(tx, wanted)
    return [
        found.get(principal_id) or NotFound(Reason.PRINCIPAL_NOT_FOUND, id=principal_id)
        for principal_id in wanted
    ]


async def issue_key(
    tx: Tx,
    by: Principal,
    principal_id: PrincipalId,
    scopes: Iterable[Scope],
    now: datetime,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """A new key for a principal. Its text is returned here and cannot be had again.

    `by` needs `keys:manage`; a key can narrow what its holder's roles give and never widen it
    (`Unauthorised`). `expires_at` must lie ahead (`Malformed`).
    """
    require(by, Scope.KEYS_MANAGE)
    holder = (await store.principals(tx, [principal_id])).get(principal_id)
    if holder is None:
        raise NotFound(Reason.PRINCIPAL_NOT_FOUND, id=principal_id)
    asked = frozenset(scopes)
    for scope in sorted(asked):
        require(holder, scope)
    if expires_at is not None and expires_at <= now:
        raise Malformed(Reason.FIELD_INVALID, param="expires_at", value=expires_at.isoformat())
    key_id, secret = ids.new("key"), secrets.token_urlsafe(_SECRET_BYTES)
    key = Key(key_id, principal_id, rules.digest(key_id, secret), asked, now, expires_at)
    await store.insert_key(tx, key)
    details = {"principal": principal_id, "scopes": sorted(asked)}
    await record(tx, [AuditEntry(by.id, "key_issued", key_id, details)], now)
    return IssuedKey(key_id, rules.presented(key_id, secret))


async def revoke_key(tx: Tx, by: Principal, key_id: str, now: datetime) -> bool:
    """Close a key for ever; False if it was closed already or never existed."""
    require(by, Scope.KEYS_MANAGE)
    revoked = await store.revoke_key(tx, key_id, now)
    if revoked:
        await record(tx, [AuditEntry(by.id, "key_revoked", key_id)], now)
    return revoked


async def authenticate(
    tx: Tx, presented_keys: Collection[str], now: datetime
) -> dict[str, Principal]:
    """Whose keys these are, each with the scopes it carries. One that does not open is left out,
    without saying why.
    """
    parts = {text: rules.split_presented(text) for text in presented_keys}
    found = await store.keys(tx, [part[0] for part in parts.values() if part is not None])
    opened = {}
    for text, part in parts.items():
        if part is None or part[0] not in found:
            continue
        key, principal = found[part[0]]
        if rules.key_opens(key, part[1], now):
            scopes = principal.scopes & key.scopes
            opened[text] = replace(principal, scopes=scopes, key_id=key.id)
    return opened


async def holders(tx: Tx, key_ids: Collection[str], now: datetime) -> dict[str, Principal]:
    """Who holds these keys, with the scopes each carries; a key that opens no more is left out.
    For those who were let in by a key before.
    """
    found = await store.keys(tx, list(key_ids))
    return {
        key.id: replace(principal, scopes=principal.scopes & key.scopes, key_id=key.id)
        for key, principal in found.values()
        if rules.key_stands(key, now)
    }


def require(principal: Principal, scope: Scope) -> None:
    """`Unauthorised` (403) unless the principal holds the scope."""
    if scope not in principal.scopes:
        raise Unauthorised(Reason.KEY_SCOPE, scope=scope.value)


async def propose(
    tx: Tx,
    principal: Principal,
    action: Action,
    payload: Mapping[str, Any],
    now: datetime,
    proposal_id: str | None = None,
) -> Proposal:
    """Ask for an act that a second person must approve; the payload is what will be done.

    The same `proposal_id` again is answered with the first proposal; it must stand for the same
    request.
    """
    facts = ACTIONS[action]
    require(principal, facts.scope)
    before = None if proposal_id is None else await store.lock_proposal(tx, proposal_id)
    if before is not None:
        return before
    expires_at = now + timedelta(seconds=facts.lifetime_seconds)
    proposal = Proposal(
        proposal_id or ids.new("prp"),
        action,
        payload,
        State.PENDING,
        principal.id,
        now,
        expires_at,
    )
    await store.insert_proposal(tx, proposal)
    details = {"action": action.value}
    await record(tx, [AuditEntry(principal.id, "proposed", proposal.id, details)], now)
    return proposal


async def approve(
    tx: Tx, principal: Principal, proposal_id: str, now: datetime
) -> Proposal | Refused | Conflict | NotFound:
    """Approve somebody else's proposal; the caller then does the act in the same transaction.

    `Refused` for the proposer, `Conflict` for what is decided or past its expiry.
    """
    proposal = await store.lock_proposal(tx, proposal_id)
    if proposal is None:
        return NotFound(Reason.APPROVAL_NOT_FOUND, id=proposal_id)
    require(principal, rules.scope_needed(proposal))
    refusal = rules.may_approve(proposal, principal)
    if refusal is not None:
        await record(tx, [AuditEntry(principal.id, "approval_refused", proposal.id)], now)
        return refusal
    return await _decide(tx, proposal, Event.APPROVE, principal, now)


async def reject(
    tx: Tx, principal: Principal, proposal_id: str, now: datetime
) -> Proposal | Conflict | NotFound:
    """Reject a proposal; the proposer may, too: that is withdrawing it."""
    proposal = await store.lock_proposal(tx, proposal_id)
    if proposal is None:
        return NotFound(Reason.APPROVAL_NOT_FOUND, id=proposal_id)
    require(principal, rules.scope_needed(proposal))
    return await _decide(tx, proposal, Event.REJECT, principal, now)


async def _decide(
    tx: Tx, proposal: Proposal, event: Event, principal: Principal, now: datetime
) -> Proposal | Conflict:
    after = rules.advance(proposal, event, now)
    if isinstance(after, Conflict):
        return after
    if after is State.EXPIRED:
        await store.move_proposal(tx, proposal.id, Event.EXPIRE, after, None, now)
        return Conflict(Reason.APPROVAL_NOT_PENDING, proposal=proposal.id, state=after.value)
    await store.move_proposal(tx, proposal.id, event, after, principal.id, now)
    await record(tx, [AuditEntry(principal.id, f"proposal_{after}", proposal.id)], now)
    return replace(proposal, state=after, decided_by=principal.id, decided_at=now)


async def proposal(tx: Tx, proposal_id: str) -> Proposal | NotFound:
    """A proposal as it stands, to be looked at only."""
    found = await store.proposal(tx, proposal_id)
    return found or NotFound(Reason.APPROVAL_NOT_FOUND, id=proposal_id)


async def expire(tx: Tx, now: datetime) -> list[str]:
    """Close proposals nobody decided in time; the ids closed. A job calls this."""
    return await store.expire_proposals(tx, now)


async def pending(
    tx: Tx, now: datetime, limit: int = PAGE, actions: Iterable[Action] = Action
) -> list[Proposal]:
    """What waits for a decision on one of these acts, the soonest to expire first."""
    return await store.pending_proposals(tx, list(actions), now, limit)


async def record(tx: Tx, entries: Sequence[AuditEntry], now: datetime) -> None:
    """Append to the audit trail, in the transaction of the act itself."""
    if entries:
        await store.append_audit(tx, entries, now)


async def audit(
    tx: Tx, target: str | None = None, before_sequence: int = _NEWEST, limit: int = PAGE
) -> list[AuditRecord]:
    """The trail, newest first: of everything, or of what was done on one target."""
    return await store.audit_trail(tx, target, before_sequence, limit)


async def audit_of(tx: Tx, targets: Sequence[str], limit: int = PAGE) -> list[AuditRecord]:
    """What was done on any of these targets, newest first."""
    return await store.audit_of(tx, targets, limit)
