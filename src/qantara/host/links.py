"""The two real links: a call inside the process, and a batched POST between processes."""

import ssl
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol

from qantara.edge.envelope import MEDIA_TYPE, Ack, Envelope, decode_acks, encode
from qantara.edge.peers import LOCAL
from qantara.edge.problems import of_answer
from qantara.errors import Conflict, Reason, Unavailable
from qantara.host import tls
from qantara.host.wire import Answer, Wire
from qantara.telemetry import traces

Message = MutableMapping[str, Any]
Asgi = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
Take = Callable[[str, list[Envelope]], Awaitable[list[Ack]]]
_GOOD, _BUG = 200, 500
_LIST = {"content-type": MEDIA_TYPE}
TIMEOUT_SECONDS = 30.0


class Present(Protocol):
    """A role of this process as it runs now."""

    @property
    def take(self) -> Take: ...

    @property
    def app(self) -> Asgi: ...


class LocalLink:
    """To a role in this process: its intake is called, its app is asked, no socket between.

    `there` is asked for each time, as the role may have been started anew.
    """

    def __init__(self, sender: str, there: Callable[[], Present], key: str) -> None:
        self._sender, self._there = sender, there
        self._headers = [(b"host", b"local"), (b"authorization", f"Bearer {key}".encode())]
        self._extensions = {LOCAL: sender}

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        return await self._there().take(self._sender, envelopes)

    async def ask(self, path: str) -> bytes:
        told = [(name.encode(), value.encode()) for name, value in traces.sent_along().items()]
        headers = [*self._headers, *told]
        status, body = await _call(self._there().app, path, headers, self._extensions)
        return _checked(status, body)


async def _call(
    app: Asgi, path: str, headers: list[tuple[bytes, bytes]], extensions: Message
) -> tuple[int, bytes]:
    """One GET at an ASGI app, as its server would make it."""
    target, _, query = path.partition("?")
    scope: Message = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": target,
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "server": ("local", 0),
        "client": ("local", 0),
        "extensions": extensions,
    }
    status, parts = 0, []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(parts)


def _checked(status: int, body: bytes) -> bytes:
    if status == _GOOD:
        return body
    raise of_answer(status, body)


class HttpLink:
    """To a role in another process; key and certificate say who is asking, and the peer proves
    by its own certificate that it is the one meant. `address` is where it answers now.
    """

    def __init__(
        self, peer: str, address: Callable[[], str], key: str, proof: ssl.SSLContext
    ) -> None:
        self._peer = peer
        self._key = {"authorization": f"Bearer {key}"}
        self._wire = Wire(address, tls.name_of(peer), proof, TIMEOUT_SECONDS)

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        status, body = await self._send("POST", "/v1/messages", _LIST, encode(envelopes))
        if status == _BUG:  # it answers, so one of these messages is its trouble
            raise Conflict(Reason.INTERNAL, party=self._peer)
        return decode_acks(_checked(status, body))

    async def ask(self, path: str) -> bytes:
        return _checked(*await self._send("GET", path, traces.sent_along()))

    async def close(self) -> None:
        self._wire.close()

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        try:
            return await self._wire.send(method, path, {**self._key, **headers}, body)
        except OSError as error:
            raise Unavailable(
                Reason.COUNTERPARTY_UNAVAILABLE, party=self._peer, detail=repr(error)
            ) from error
