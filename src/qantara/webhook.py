"""Webhooks as the Standard Webhooks specification signs them: HMAC-SHA256 over id, time and body.

What is signed is `<webhook-id>.<webhook-timestamp>.<body>`, the body byte for byte as it was
sent; the time is in whole seconds since 1970. While a secret is being replaced, a message
carries the signatures of both, a space between.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from enum import StrEnum

from qantara.errors import Malformed, Reason

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
SECRET_PREFIX, VERSION = "whsec_", "v1"
SECRET_BYTES = 32
SECRET_LEAST_BYTES, SECRET_MOST_BYTES = 24, 64
TOLERANCE_SECONDS = 300
_DIGITS_MOST = 15


class Fault(StrEnum):
    """What is wrong with a message that claims to be a webhook."""

    HEADERS_MISSING = "headers_missing"
    TIMESTAMP_MALFORMED = "timestamp_malformed"
    TIMESTAMP_STALE = "timestamp_stale"
    SIGNATURE_WRONG = "signature_wrong"


def new_secret() -> str:
    """`whsec_` and 256 random bits in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key in a secret; `Malformed` for what cannot be one."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not SECRET_LEAST_BYTES <= len(key) <= SECRET_MOST_BYTES:
        raise Malformed(Reason.FIELD_INVALID, param="secret")  # never told: it may be a secret
    return key


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, `v1,<base64>`."""
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return f"{VERSION},{base64.b64encode(digest).decode()}"


def headers(keys: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message, signed with each of the secrets."""
    return {
        ID: message_id,
        TIMESTAMP: str(timestamp),
        SIGNATURE: " ".join(sign(secret, message_id, timestamp, body) for secret in keys),
    }


def message(event_type: str, timestamp: str, data: Mapping[str, object]) -> bytes:
    """The body of a message as the specification lays it out; `timestamp` is ISO 8601."""
    told = {"type": event_type, "timestamp": timestamp, "data": data}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()


def fault(
    secret: str,
    received: Mapping[str, str],
    body: bytes,
    now: int,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> Fault | None:
    """What is wrong with a message, None if it is genuine and fresh.

    `received` are its headers, in any case; `now` is in seconds since 1970. A message older or
    newer than the tolerance is stale: it may be one that somebody recorded and plays again.
    """
    found = {name.lower(): value for name, value in received.items()}
    if not all(found.get(name) for name in (ID, TIMESTAMP, SIGNATURE)):
        return Fault.HEADERS_MISSING
    said = found[TIMESTAMP]
    if not (said.isascii() and said.isdigit() and len(said) <= _DIGITS_MOST):
        return Fault.TIMESTAMP_MALFORMED
    if abs(now - int(said)) > tolerance_seconds:
        return Fault.TIMESTAMP_STALE
    wanted = sign(secret, found[ID], int(said), body).encode()
    offered = found[SIGNATURE].split(" ")
    # Every signature is compared, so that the time taken tells nothing.
    same = [hmac.compare_digest(wanted, each.encode()) for each in offered]
    return None if any(same) else Fault.SIGNATURE_WRONG


def verify(
    secret: str,
    received: Mapping[str, str],
    body: bytes,
    now: int,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> bool:
    """Whether a message is genuine and fresh; `fault` says what is wrong with one that is not."""
    return fault(secret, received, body, now, tolerance_seconds) is None
