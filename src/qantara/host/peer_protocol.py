"""A server that tells its app which client certificate a connection proved.

uvicorn keeps that to itself. The words are those of the ASGI extension for TLS.
"""

import asyncio
import ssl
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from qantara.edge.peers import TLS


class PeerProtocol(HttpToolsProtocol):
    _chain: tuple[str, ...] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        session: Any = transport.get_extra_info("ssl_object")
        proved = None if session is None else session.getpeercert(binary_form=True)
        self._chain = (ssl.DER_cert_to_PEM_cert(proved),) if proved else ()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TLS: {"client_cert_chain": self._chain}}

    def shutdown(self) -> None:
        """A peer that keeps an idle connection reads nothing meanwhile and would never answer
        the farewell of TLS, so the door goes without.
        """
        cycle: Any = getattr(self, "cycle", None)
        if cycle is None or cycle.response_complete:
            self.transport.abort()
        else:
            super().shutdown()
