"""Typed, prefixed, sortable ids: `rem_` and 26 characters of base 32 over a UUID.

An id is made new (version 7: sorted by time) or derived (version 8: the same words always
give the same id, so a repeated request finds its first answer).
"""

import base64
import hashlib
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
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
_ZEROS = bytes(4)
"""Before the 16 octets of a UUID: 20 are a whole number of letters."""
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET)


@dataclass(frozen=True, slots=True)
class Source:
    """Where new ids take their time (milliseconds) and their chance (that many bits) from."""

    milliseconds: Callable[[], int]
    bits: Callable[[int], int]


_SYSTEM = Source(lambda: time.time_ns() // 1_000_000, secrets.randbits)
_source = ContextVar("source of ids", default=_SYSTEM)


@contextmanager
def taken_from(source: Source) -> Iterator[None]:
    """A world that can be replayed: in this context, and in tasks begun in it, new ids come from
    `source`. Secrets never do.
    """
    before = _source.set(source)
    try:
        yield
    finally:
        _source.reset(before)


def uuid7() -> uuid.UUID:
    """A version-7 UUID: 48 bits of milliseconds, then random bits (RFC 9562)."""
    return uuid.UUID(int=_seven())


def _seven() -> int:
    source = _source.get()
    value = source.milliseconds() << 80 | source.bits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    return value & ~(0x3 << 62) | (0x2 << 62)


def uuid4() -> uuid.UUID:
    """A version-4 UUID: nothing but random bits."""
    return uuid.UUID(int=_source.get().bits(128), version=4)


def uuid_derived(*words: str) -> uuid.UUID:
    """A version-8 UUID that depends on the words alone."""
    return uuid.UUID(hex=uuid_hex(*words))


def uuid_hex(*words: str) -> str:
    """The same as 32 hex digits."""
    return _eight(words).hex()


def _eight(words: tuple[str, ...]) -> bytearray:
    octets = bytearray(hashlib.sha256("\x1f".join(words).encode()).digest()[:16])
    octets[6] = octets[6] & 0x0F | 0x80
    octets[8] = octets[8] & 0x3F | 0x80
    return octets


def uuid_text(*words: str) -> str:
    """The same as a UUID is written."""
    digits = uuid_hex(*words)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def encode(prefix: str, value: uuid.UUID) -> str:
    return _lettered(prefix, value.bytes)


def _lettered(prefix: str, octets: bytes | bytearray) -> str:
    # In the library's alphabet of 32, whose letters stand for the same numbers as ours.
    letters = base64.b32encode(_ZEROS + octets).decode()
    return f"{prefix}_{letters[-_LENGTH:].translate(_LETTERS)}"


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
    return _lettered(prefix, _seven().to_bytes(16, "big"))


def derived(prefix: str, *words: str) -> str:
    return _lettered(prefix, _eight(words))


def new_uetr() -> str:
    """A Unique End-to-end Transaction Reference: UUID version 4, lower-case hex (ISO 20022)."""
    return str(uuid4())


def new_message_id() -> str:
    """A message id of 32 hex digits: a hyphenated UUID would pass the 35 characters allowed."""
    return uuid7().hex
