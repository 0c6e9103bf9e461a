"""Who is at the other end of a connection between roles, beside the key it presents.

A server that saw a client certificate says so in `scope["extensions"]["tls"]`, as the ASGI
extension for TLS names it; a call inside the process names its caller under `LOCAL`. Nothing
that comes over a socket can set either.
"""

import hashlib
import ssl
from collections.abc import Mapping
from typing import Any

from fastapi import Request

from qantara.access import certificates
from qantara.edge.calls import CurrentCall, door_of

TLS, LOCAL = "tls", "qantara.local"


def thumbprint(certificate: bytes) -> str:
    """Of a certificate in DER form."""
    return hashlib.sha256(certificate).hexdigest()


def shown(scope: Mapping[str, Any]) -> str | None:
    """The thumbprint of the certificate that the connection proved, if it proved one."""
    chain = scope.get("extensions", {}).get(TLS, {}).get("client_cert_chain") or ()
    return thumbprint(ssl.PEM_cert_to_DER_cert(chain[0])) if chain else None


async def from_peer(request: Request, call: CurrentCall) -> None:
    """A dependency: the caller's certificate is bound to the very counterparty its key names."""
    local = request.scope.get("extensions", {}).get(LOCAL)
    if local is not None and local == call.principal.subject:
        return
    async with door_of(request).database.look() as tx:
        await certificates.must_be_bound(tx, call.principal, shown(request.scope))
