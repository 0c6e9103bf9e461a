"""Keys by which institutions sign what they tell each other: kept as the others of a world are."""

import os
from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from qantara.errors import Reason, Unavailable
from qantara.host.tls import Identity
from qantara.supervision.flow import Signer, key_id
from qantara.supervision.model import IssuerKey

Identities = Callable[[str], Identity]


def issue(identities: Identities, roles: Iterable[str]) -> None:
    """A key for each role that has none yet; what is there stays."""
    for role in roles:
        place = identities(role)
        if place.verifying.exists():
            continue
        place.signing.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(place.signing, flags, 0o600), "wb") as file:
            file.write(pem)
        place.verifying.write_bytes(
            private.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )


def signer(identities: Identities, role: str) -> Signer:
    """A role's own key."""
    path = identities(role).signing
    private = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(private, Ed25519PrivateKey):
        raise Unavailable(Reason.INTERNAL, detail=f"{path} is no ed25519 key")
    return Signer(private)


def issuers(identities: Identities, roles: Iterable[str]) -> list[IssuerKey]:
    """The public keys of these roles, as far as the world has them."""
    return [_public(identities, role) for role in roles if identities(role).verifying.exists()]


def _public(identities: Identities, role: str) -> IssuerKey:
    path = identities(role).verifying
    public = serialization.load_pem_public_key(path.read_bytes())
    if not isinstance(public, Ed25519PublicKey):
        raise Unavailable(Reason.INTERNAL, detail=f"{path} is no ed25519 key")
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return IssuerKey(role, key_id(raw), raw)
