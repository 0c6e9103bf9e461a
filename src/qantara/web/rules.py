"""Pure rules of sessions: what is stored of a secret, what proves a form, when a session ends."""

import hashlib
import hmac
from datetime import datetime, timedelta

from qantara.access.model import Principal, Role
from qantara.web.model import Session, Terms

STAFF = frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.COMPLIANCE, Role.OPERATIONS})
_OTHERS = frozenset({Role.CUSTOMER, Role.COUNTERPARTY})
_CHECKED = 6
"""So many last characters of an id are typed by whoever approves."""


def digest(secret: str) -> bytes:
    return hashlib.sha256(f"session.{secret}".encode()).digest()


def token(secret: str) -> str:
    """What every form of this browser carries: it follows from the cookie, which no other site
    can read or send.
    """
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def proves(secret: str, presented: str) -> bool:
    return hmac.compare_digest(token(secret).encode(), presented.encode())


def is_open(session: Session, terms: Terms, now: datetime) -> bool:
    idle_until = session.seen_at + timedelta(seconds=terms.idle_seconds)
    return now < min(session.expires_at, idle_until)


def is_staff(principal: Principal) -> bool:
    """Whoever works for the institution and is not also its customer or its counterparty."""
    return not STAFF.isdisjoint(principal.roles) and _OTHERS.isdisjoint(principal.roles)


def is_supervisor(principal: Principal) -> bool:
    """Whoever looks for an authority and is nothing else here."""
    return principal.roles == (Role.SUPERVISOR,)


def is_agent(principal: Principal) -> bool:
    """An agent, who comes to serve others at a counter and is nothing else here."""
    return principal.roles == (Role.AGENT,) and principal.subject is not None


def is_customer(principal: Principal) -> bool:
    """A customer of the institution, who comes for the own things alone."""
    return principal.roles == (Role.CUSTOMER,) and principal.subject is not None


def check_of(subject: str) -> str:
    """What the second person types to show that they looked at this very thing."""
    return subject[-_CHECKED:]
