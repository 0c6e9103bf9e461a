"""SQL of access."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from qantara.access.model import (
    Action,
    AuditEntry,
    AuditRecord,
    Event,
    Key,
    NewPrincipal,
    Principal,
    PrincipalKind,
    Proposal,
    Role,
    Scope,
    State,
)
from qantara.access.rules import scopes_of
from qantara.db import Row, Tx
from qantara.db.arrays import texts
from qantara.ids import PrincipalId

_INSERT_PRINCIPALS = """
INSERT INTO access.principal (id, kind, name, roles, subject, recorded_at)
SELECT id, kind, name, string_to_array(roles, ','), subject, $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    AS new (id, kind, name, roles, subject)
ON CONFLICT (id) DO NOTHING
"""

_PRINCIPALS = """
SELECT id, kind, name, roles, subject FROM access.principal WHERE id = ANY($1::text[])
"""

_INSERT_KEY = """
INSERT INTO access.api_key
    (id, principal_id, digest, scopes, issued_at, expires_at, label, replaces)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

_KEYS = """
SELECT k.id AS key_id, k.digest, k.scopes, k.issued_at, k.expires_at, k.revoked_at, k.label,
       k.replaces, k.last_used_at, p.id, p.kind, p.name, p.roles, p.subject,
       ARRAY(SELECT c.thumbprint FROM access.certificate c
             WHERE c.principal_id = p.id AND c.revoked_at IS NULL) AS certificates
FROM access.api_key k JOIN access.principal p ON p.id = k.principal_id
WHERE k.id = ANY($1::text::text[])
"""

_REVOKE_KEY = """
UPDATE access.api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id
"""

_INSERT_PROPOSAL = """
INSERT INTO access.proposal
    (id, action, payload, state, proposed_by, proposed_at, expires_at)
VALUES ($1, $2, $3::text::jsonb, $4, $5, $6, $7)
"""

_PROPOSAL = """
SELECT id, action, payload::text AS payload, state, proposed_by, proposed_at, expires_at,
       decided_by, decided_at
FROM access.proposal WHERE id = $1
"""
_LOCK_PROPOSAL = _PROPOSAL + " FOR UPDATE"

_PENDING = """
SELECT id, action, payload::text AS payload, state, proposed_by, proposed_at, expires_at,
       decided_by, decided_at
FROM access.proposal WHERE state = 'pending' AND expires_at > $1 AND action = ANY($3::text[])
ORDER BY expires_at, id LIMIT $2
"""

_MOVE_PROPOSAL = """
WITH moved AS (
    UPDATE access.proposal SET state = $3, decided_by = $4, decided_at = $5
    WHERE id = $1 AND state = 'pending' RETURNING id
)
INSERT INTO access.proposal_event (proposal_id, event, state, principal_id, recorded_at)
SELECT id, $2, $3, $4, $5 FROM moved
"""

_EXPIRE_PROPOSALS = """
WITH moved AS (
    UPDATE access.proposal SET state = 'expired', decided_at = $1
    WHERE state = 'pending' AND expires_at <= $1 RETURNING id
)
INSERT INTO access.proposal_event (proposal_id, event, state, recorded_at)
SELECT id, 'expire', 'expired', $1 FROM moved RETURNING proposal_id
"""

_INSERT_AUDIT = """
INSERT INTO access.audit_entry (actor, act, target, details, recorded_at)
SELECT actor, act, target, details::jsonb, $5
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
    AS new (actor, act, target, details, place)
ORDER BY place
"""

_AUDIT = """
SELECT sequence, actor, act, target, details::text AS details, recorded_at
FROM access.audit_entry
WHERE ($1::text[] IS NULL OR target = ANY($1)) AND sequence < $2
ORDER BY sequence DESC LIMIT $3
"""


_AUDIT_OF = """
SELECT sequence, actor, act, target, details::text AS details, recorded_at
FROM access.audit_entry WHERE target = ANY($1::text[]) ORDER BY sequence DESC LIMIT $2
"""


async def insert_principals(tx: Tx, new: Sequence[NewPrincipal], now: datetime) -> None:
    await tx.execute(
        _INSERT_PRINCIPALS,
        [principal.id for principal in new],
        [principal.kind.value for principal in new],
        [principal.name for principal in new],
        [",".join(principal.roles) for principal in new],
        [principal.subject for principal in new],
        now,
    )


async def principals(tx: Tx, ids: Sequence[str]) -> dict[str, Principal]:
    rows = await tx.fetch(_PRINCIPALS, list(ids))
    return {row["id"]: _principal(row) for row in rows}


async def insert_key(tx: Tx, key: Key) -> None:
    scopes = sorted(scope.value for scope in key.scopes)
    await tx.execute(
        _INSERT_KEY,
        key.id,
        key.principal_id,
        key.digest,
        scopes,
        key.issued_at,
        key.expires_at,
        key.label,
        key.replaces,
    )


async def keys(tx: Tx, key_ids: Sequence[str]) -> dict[str, tuple[Key, Principal]]:
    rows = await tx.fetch(_KEYS, texts(key_ids)) if key_ids else []
    return {
        row["key_id"]: (
            _key(row),
            replace(_principal(row), certificates=frozenset(row["certificates"])),
        )
        for row in rows
    }


def _key(row: Row) -> Key:
    return Key(
        row["key_id"],
        row["id"],
        row["digest"],
        frozenset(Scope(scope) for scope in row["scopes"]),
        row["issued_at"],
        row["expires_at"],
        row["revoked_at"],
        row["label"],
        row["replaces"],
        row["last_used_at"],
    )


async def revoke_key(tx: Tx, key_id: str, now: datetime) -> bool:
    return await tx.fetchval(_REVOKE_KEY, key_id, now) is not None


async def insert_proposal(tx: Tx, proposal: Proposal) -> None:
    await tx.execute(
        _INSERT_PROPOSAL,
        proposal.id,
        proposal.action.value,
        json.dumps(proposal.payload),
        proposal.state.value,
        proposal.proposed_by,
        proposal.proposed_at,
        proposal.expires_at,
    )


async def lock_proposal(tx: Tx, proposal_id: str) -> Proposal | None:
    row = await tx.fetchrow(_LOCK_PROPOSAL, proposal_id)
    return None if row is None else _proposal(row)


async def proposal(tx: Tx, proposal_id: str) -> Proposal | None:
    row = await tx.fetchrow(_PROPOSAL, proposal_id)
    return None if row is None else _proposal(row)


async def pending_proposals(
    tx: Tx, actions: Sequence[Action], now: datetime, limit: int
) -> list[Proposal]:
    rows = await tx.fetch(_PENDING, now, limit, [action.value for action in actions])
    return [_proposal(row) for row in rows]


async def move_proposal(
    tx: Tx, proposal_id: str, event: Event, state: State, by: PrincipalId | None, now: datetime
) -> None:
    """Move a proposal the caller has locked, and append the event."""
    await tx.execute(_MOVE_PROPOSAL, proposal_id, event.value, state.value, by, now)


async def expire_proposals(tx: Tx, now: datetime) -> list[str]:
    return [row["proposal_id"] for row in await tx.fetch(_EXPIRE_PROPOSALS, now)]


async def append_audit(tx: Tx, entries: Sequence[AuditEntry], now: datetime) -> None:
    await tx.execute(
        _INSERT_AUDIT,
        [entry.actor for entry in entries],
        [entry.act for entry in entries],
        [entry.target for entry in entries],
        [json.dumps(entry.details) for entry in entries],
        now,
    )


async def audit_trail(
    tx: Tx, targets: Sequence[str] | None, before_sequence: int, limit: int
) -> list[AuditRecord]:
    return [_record(row) for row in await tx.fetch(_AUDIT, targets, before_sequence, limit)]


def _record(row: Row) -> AuditRecord:
    entry = AuditEntry(row["actor"], row["act"], row["target"], json.loads(row["details"]))
    return AuditRecord(row["sequence"], entry, row["recorded_at"])


def _principal(row: Row) -> Principal:
    roles = tuple(Role(role) for role in row["roles"])
    return Principal(
        row["id"],
        PrincipalKind(row["kind"]),
        row["name"],
        roles,
        scopes_of(roles),
        row["subject"],
    )


def _proposal(row: Row) -> Proposal:
    return Proposal(
        row["id"],
        Action(row["action"]),
        json.loads(row["payload"]),
        State(row["state"]),
        row["proposed_by"],
        row["proposed_at"],
        row["expires_at"],
        row["decided_by"],
        row["decided_at"],
    )
