"""Signatures over aggregates: ed25519 (RFC 8032), keys known by the hash of their public part."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_MARK = b"qantara supervision.aggregate/1\0"
"""What is signed begins with what it is, so that no signature serves as one over something else."""


def key_id(public_key: bytes) -> str:
    """How a key is named in documents."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def public_part(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


class Signer:
    """An institution's own key; it is shown nowhere."""

    __slots__ = ("_private", "key_id", "public_key")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_key = public_part(private)
        self.key_id = key_id(self.public_key)

    def sign(self, body: bytes) -> bytes:
        return self._private.sign(_MARK + body)


def verified(public_key: bytes, signature: bytes, body: bytes) -> bool:
    """Whether the holder of the key signed exactly these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _MARK + body)
    except InvalidSignature:
        return False
    return True
