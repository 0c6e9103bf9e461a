"""Certificates between roles: made for a world of examples, used by every world.

Both ends prove themselves. A role is known by its certificate's DNS name, `<role>.qantara`, and
to its counterparties by the certificate's thumbprint, which they keep bound to their principal.
"""

import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from qantara.edge.peers import thumbprint

LIFE_DAYS = 397
_AUTHORITY, _VERIFYING = "authority.pem", ".signing.pem"
_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a role proves itself with: files of its certificate and key, and whom it believes."""

    certificate: Path
    key: Path
    authority: Path

    @classmethod
    def within(cls, folder: Path, role: str) -> "Identity":
        return cls(folder / f"{role}.pem", folder / f"{role}.key", folder / _AUTHORITY)

    @property
    def signing(self) -> Path:
        """The key with which an institution signs what it tells others (ed25519, PEM)."""
        return self.key.with_suffix(".signing.key")

    @property
    def verifying(self) -> Path:
        """Its public part, which the other institutions of the world have."""
        return self.key.with_suffix(_VERIFYING)

    @property
    def thumbprint(self) -> str:
        found = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        return thumbprint(found.public_bytes(serialization.Encoding.DER))


def name_of(role: str) -> str:
    """The DNS name in a role's certificate; it is never looked up."""
    return f"{role}.qantara"


def certificates(folder: Path) -> list[Path]:
    """The files of a folder that are certificates; keys that verify what was signed are none."""
    return [file for file in folder.glob("*.pem") if not file.name.endswith(_VERIFYING)]


def issue(folder: Path, roles: Iterable[str], now: datetime) -> None:
    """An authority for one world and a certificate for each role; the authority's own key is
    thrown away, so nobody can add a role afterwards.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example world authority")])
    authority = (
        _certificate(subject, subject, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    _write(folder / _AUTHORITY, authority.public_bytes(serialization.Encoding.PEM))
    for role in roles:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, role)])
        made = (
            _certificate(name, subject, key.public_key(), now)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name_of(role))]), False)  # noqa: FBT003
            .add_extension(
                x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
                ),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(authority_key, hashes.SHA256())
        )
        place = Identity.within(folder, role)
        _write(place.certificate, made.public_bytes(serialization.Encoding.PEM))
        _write(place.key, _private(key))


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + timedelta(days=LIFE_DAYS))
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def for_server(identity: Identity) -> ssl.SSLContext:
    """TLS 1.3 only, and nobody without a certificate of our authority gets in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    return _proving(context, identity)


def for_client(identity: Identity) -> ssl.SSLContext:
    return _proving(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), identity)


def _proving(context: ssl.SSLContext, identity: Identity) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(identity.certificate, identity.key)
    context.load_verify_locations(identity.authority)
    return context
