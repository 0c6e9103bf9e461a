"""What one role hands another: a list of messages, and an answer for each after the commit.

Between processes the list travels as MessagePack, `application/msgpack`.
"""

from collections.abc import Sequence

import msgspec

from qantara.errors import Malformed, Reason

MEDIA_TYPE = "application/msgpack"
CAP_BYTES = 4 * 1024 * 1024
CAP_COUNT = 256


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """One message on its way: `key` is its own message id, `name` which message it is."""

    key: str
    name: str
    uetr: str | None
    raw: bytes


class Ack(msgspec.Struct, frozen=True, array_like=True):
    """What became of one envelope: durable with all its effects, or refused for good.

    `reason` is a `Reason` value and `detail` says where; both are empty when accepted.
    """

    key: str
    accepted: bool
    reason: str | None = None
    detail: str = ""


_encoder = msgspec.msgpack.Encoder()
_envelopes = msgspec.msgpack.Decoder(list[Envelope])
_acks = msgspec.msgpack.Decoder(list[Ack])
# What decoding raises: text that is no UTF-8 and nesting without end are not its own errors.
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def encode(items: Sequence[Envelope] | Sequence[Ack]) -> bytes:
    return _encoder.encode(items)


def decode_envelopes(raw: bytes) -> list[Envelope]:
    """`Malformed` if it is no list of envelopes, or one that is too long."""
    try:
        envelopes = _envelopes.decode(raw)
    except _UNREADABLE as error:
        raise Malformed(Reason.BODY_MALFORMED, detail=str(error)) from error
    if len(envelopes) > CAP_COUNT:
        raise Malformed(Reason.BODY_TOO_LARGE, limit=f"{CAP_COUNT} messages")
    return envelopes


def decode_acks(raw: bytes) -> list[Ack]:
    try:
        return _acks.decode(raw)
    except _UNREADABLE as error:
        raise Malformed(Reason.BODY_MALFORMED, detail=str(error)) from error
