"""Typed, prefixed, sortable ids: `rem_` and 26 characters of base 32 over a UUID.

An id is made new (version 7: sorted by time) or derived (version 8: the same words always
give the same id, so a repeated request finds its first answer).
"""

import hashlib
import secrets
import time
import uuid
from typing import NewType

from qantara.errors import Malformed, Reason

AccountId = NewType("AccountId", str)
CustomerId = NewType("CustomerId", str)
PrincipalId = NewType("PrincipalId", str)
QuoteId = NewType("QuoteId", str)
RemittanceId = NewType("RemittanceId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 26


def uuid7() -> uuid.UUID:
    """A version-7 UUID: 48 bits of milliseconds, then random bits (RFC 9562)."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return uuid.UUID(int=value)


def uuid_derived(*words: str) -> uuid.UUID:
    """A version-8 UUID that depends on the words alone."""
    digest = hashlib.sha256("\x1f".join(words).encode()).digest()
    value = int.from_bytes(digest[:16], "big")
    value = value & ~(0xF << 76) | (0x8 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return uuid.UUID(int=value)


def encode(prefix: str, value: uuid.UUID) -> str:
    number, letters = value.int, []
    for _ in range(_LENGTH):
        number, rest = divmod(number, 32)
        letters.append(_ALPHABET[rest])
    return f"{prefix}_{''.join(reversed(letters))}"


def decode(prefix: str, text: str) -> uuid.UUID:
    """The UUID in a prefixed id; `Malformed` for another prefix or a foreign letter."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != _LENGTH or any(letter not in _VALUES for letter in tail):
        raise Malformed(Reason.ID_MALFORMED, param="id", value=text)
    number = 0
    for letter in tail:
        number = number * 32 + _VALUES[letter]
    if number >> 128:
        raise Malformed(Reason.ID_MALFORMED, param="id", value=text)
    return uuid.UUID(int=number)


def new(prefix: str) -> str:
    return encode(prefix, uuid7())


def derived(prefix: str, *words: str) -> str:
    return encode(prefix, uuid_derived(*words))


def new_uetr() -> str:
    """A Unique End-to-end Transaction Reference: UUID version 4, lower-case hex (ISO 20022)."""
    return str(uuid.uuid4())


def new_message_id() -> str:
    """A message id of 32 hex digits: a hyphenated UUID would pass the 35 characters allowed."""
    return uuid7().hex
