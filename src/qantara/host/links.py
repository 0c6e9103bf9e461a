"""The two real links: a call inside the process, and a batched POST between processes."""

import ssl
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import httpx

from qantara.edge.envelope import MEDIA_TYPE, Ack, Envelope, decode_acks, encode
from qantara.edge.peers import LOCAL
from qantara.edge.problems import of_answer
from qantara.errors import Conflict, Reason, Unavailable
from qantara.host import tls

Message = MutableMapping[str, Any]
Asgi = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
Take = Callable[[str, list[Envelope]], Awaitable[list[Ack]]]
_GOOD, _BUG = 200, 500
TIMEOUT_SECONDS = 30.0


class LocalLink:
    """To a role in this process: its intake is called, its app is asked, no socket between."""

    def __init__(self, sender: str, take: Take, app: Asgi, key: str) -> None:
        self._sender, self._take, self._app = sender, take, app
        self._headers = [(b"host", b"local"), (b"authorization", f"Bearer {key}".encode())]
        self._extensions = {LOCAL: sender}

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        return await self._take(self._sender, envelopes)

    async def ask(self, path: str) -> bytes:
        status, body = await _call(self._app, path, self._headers, self._extensions)
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
    by its own certificate that it is the one meant.

    `address` is asked for each time: a peer that was started anew may answer elsewhere.
    """

    def __init__(
        self, peer: str, address: Callable[[], str], key: str, proof: ssl.SSLContext
    ) -> None:
        self._peer, self._address = peer, address
        self._named = {"sni_hostname": tls.name_of(peer)}
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS,
            headers={"authorization": f"Bearer {key}"},
            verify=proof,
        )

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        response = await self._send(
            "POST", "/v1/messages", encode(envelopes), {"content-type": MEDIA_TYPE}
        )
        if response.status_code == _BUG:  # it answers, so one of these messages is its trouble
            raise Conflict(Reason.INTERNAL, party=self._peer)
        return decode_acks(_checked(response.status_code, response.content))

    async def ask(self, path: str) -> bytes:
        response = await self._send("GET", path, None, {})
        return _checked(response.status_code, response.content)

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        try:
            url = f"{self._address()}{path}"
            return await self._client.request(
                method, url, content=body, headers=headers, extensions=self._named
            )
        except httpx.HTTPError as error:
            raise Unavailable(
                Reason.COUNTERPARTY_UNAVAILABLE, party=self._peer, detail=repr(error)
            ) from error
