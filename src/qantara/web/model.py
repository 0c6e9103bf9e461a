"""Sessions of people, and the terms on which they are kept."""

from dataclasses import dataclass
from datetime import datetime

from qantara.access.model import Principal


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a session lasts. Both figures are examples and configuration; `secure` is for
    consoles behind TLS: their cookies then go nowhere else.
    """

    idle_seconds: int = 900
    lifetime_seconds: int = 28_800
    secure: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """`digest` is of the secret in the browser's cookie; the secret itself is stored nowhere.
    `credential` is what let the person in (a key's id, say): the session ends with it.
    """

    digest: bytes
    site: str
    principal_id: str
    credential: str
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """Somebody shows a credential and is let in; `before` is the session this browser had."""

    digest: bytes
    site: str
    principal: Principal
    credential: str
    lifetime_seconds: int
    before: bytes | None = None


@dataclass(frozen=True, slots=True)
class Close:
    digest: bytes
    principal: Principal
    credential: str
