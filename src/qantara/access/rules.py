"""Pure rules of access: keys, scopes, four eyes."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from qantara.access.model import (
    ACTIONS,
    ROLE_SCOPES,
    TRANSITIONS,
    Event,
    Key,
    Principal,
    Proposal,
    Role,
    Scope,
    State,
)
from qantara.errors import Conflict, Reason, Refused

PRESENTED_LONGEST = 128
FOUR_EYES = "access.four_eyes"


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    return frozenset().union(*(ROLE_SCOPES[role] for role in roles))


def presented(key_id: str, secret: str) -> str:
    """The text a holder sends: `key_….secret`."""
    return f"{key_id}.{secret}"


def split_presented(text: str) -> tuple[str, str] | None:
    """The id and the secret of a presented key, or None for what cannot be one."""
    key_id, dot, secret = text.partition(".")
    fits = len(text) <= PRESENTED_LONGEST and text.isascii() and text.isprintable()
    return (key_id, secret) if fits and key_id.startswith("key_") and dot and secret else None


def digest(key_id: str, secret: str) -> bytes:
    """What is stored. The secret is 256 random bits, so a slow hash would protect nothing more;
    the id in it keeps a digest from being moved to another key.
    """
    return hashlib.sha256(f"{key_id}.{secret}".encode()).digest()


def key_opens(key: Key, secret: str, now: datetime) -> bool:
    """Whether the secret is the key's, compared in constant time, and the key still stands."""
    same = hmac.compare_digest(digest(key.id, secret), key.digest)
    return same and key_stands(key, now)


def key_stands(key: Key, now: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def may_approve(proposal: Proposal, principal: Principal) -> Refused | None:
    """None if this principal may; the proposer never may."""
    if proposal.proposed_by == principal.id:
        return Refused(
            Reason.APPROVAL_NEEDS_SECOND, rule=FOUR_EYES, facts={"proposal": proposal.id}
        )
    return None


def advance(proposal: Proposal, event: Event, now: datetime) -> State | Conflict:
    """The state after an event; a proposal past its expiry can only expire."""
    if event is not Event.EXPIRE and now >= proposal.expires_at:
        event = Event.EXPIRE
    after = TRANSITIONS.get((proposal.state, event))
    if after is None:
        return Conflict(
            Reason.APPROVAL_NOT_PENDING, proposal=proposal.id, state=proposal.state.value
        )
    return after


def scope_needed(proposal: Proposal) -> Scope:
    return ACTIONS[proposal.action].scope
