"""Who is at the other end of a connection between roles, beside the key it presents.

A server that saw a client certificate says so in `scope["extensions"]["tls"]`, as the ASGI
extension for TLS names it; a call inside the process names its caller under `LOCAL`. Nothing
that comes over a socket can set either.
"""

import hashlib
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fastapi import Request

from qantara.edge.calls import CurrentCall
from qantara.errors import Reason, Unauthorised

TLS, LOCAL = "tls", "qantara.local"


def thumbprint(certificate: bytes) -> str:
    """Of a certificate in DER form."""
    return hashlib.sha256(certificate).hexdigest()


def shown(scope: Mapping[str, Any]) -> str | None:
    """The thumbprint of the certificate that the connection proved, if it proved one."""
    chain = scope.get("extensions", {}).get(TLS, {}).get("client_cert_chain") or ()
    return _thumbprint_of(chain[0]) if chain else None


@lru_cache(maxsize=1024)
def _thumbprint_of(pem: str) -> str:
    """A peer shows the same certificate with every request."""
    return thumbprint(ssl.PEM_cert_to_DER_cert(pem))


async def from_peer(request: Request, call: CurrentCall) -> None:
    """A dependency: the caller's certificate is bound to the very counterparty its key names."""
    local = request.scope.get("extensions", {}).get(LOCAL)
    if local is not None and local == call.principal.subject:
        return
    certificate = shown(request.scope)
    if certificate is None:
        raise Unauthorised(Reason.CERTIFICATE_MISSING)
    if certificate not in call.principal.certificates:
        raise Unauthorised(Reason.CERTIFICATE_FOREIGN)
