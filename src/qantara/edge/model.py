"""Answers kept for repeated requests, and the messages a payment was carried by."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered. `digest` is of the request: the same key with another
    request is told apart by it.
    """

    principal_id: str
    key: str
    digest: bytes
    status: int
    media_type: str
    location: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Carried:
    """A message of one payment; `peer` sent it to us (`inward`) or was sent it. `place` is its
    key in what came in, or its number in what was sent.
    """

    name: str
    peer: str
    inward: bool
    raw: bytes
    recorded_at: datetime
    place: str
