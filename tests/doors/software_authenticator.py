"""An authenticator made of software: it answers as WebAuthn says, with an ES256 key of its own.

It can also be told to answer wrongly, the way a stolen or a foreign one would.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_ES256, _P256, _EC2 = -7, 1, 2


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass
class Authenticator:
    rp_id: str = "localhost"
    origin: str = "http://localhost"
    counts: bool = True
    verified: bool = True
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    handle: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    counter: int = 0
    user: bytes = b""

    def create(self, options: str, **other: Any) -> str:
        """What a browser would send for `navigator.credentials.create`."""
        asked = json.loads(options)
        self.user = base64.urlsafe_b64decode(asked["user"]["id"] + "==")
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps(
            {
                1: _EC2,
                3: _ES256,
                -1: _P256,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        attested = bytes(16) + len(self.handle).to_bytes(2, "big") + self.handle + cose
        data = self._data(_ATTESTED) + attested
        return self._answer(
            {
                "clientDataJSON": b64(self._client("webauthn.create", asked, other)),
                "attestationObject": b64(
                    cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
                ),
                "transports": ["internal"],
            }
        )

    def get(self, options: str, **other: Any) -> str:
        """What a browser would send for `navigator.credentials.get`."""
        asked = json.loads(options)
        if self.counts:
            self.counter += 1
        data, client = self._data(0), self._client("webauthn.get", asked, other)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": b64(client),
                "authenticatorData": b64(data),
                "signature": b64(signed),
                "userHandle": b64(self.user),
            }
        )

    def _data(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verified else 0)
        name = hashlib.sha256(self.rp_id.encode()).digest()
        return name + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, asked: dict[str, Any], other: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": asked["challenge"], "origin": self.origin}
        return json.dumps(said | {"crossOrigin": False} | other).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        name = b64(self.handle)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )
