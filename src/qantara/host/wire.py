"""HTTP/1.1 as roles speak it to each other: few connections, kept, a request at a time on each.

A general client spends more on a request than the message in it costs.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from typing import cast
from urllib.parse import urlsplit

import httptools

LINES = 32
"""How many connections there may be to one peer; whoever comes then waits for one."""
ANSWER_CAP_BYTES = 16 * 1024 * 1024
Answer = tuple[int, bytes]


class Broken(OSError):
    """The connection ended, or what came over it was not an answer."""


class Line(asyncio.Protocol):
    """One connection. `silent` until the first byte of the present answer has come."""

    def __init__(self) -> None:
        self.closed, self.silent = False, True
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answered: asyncio.Future[Answer] | None = None
        self._parts: list[bytes] = []
        self._size = 0

    async def ask(self, request: bytes) -> Answer:
        if self._transport is None or self.closed:
            raise Broken("the connection is closed")
        self._answered = asyncio.get_running_loop().create_future()
        self._parts, self._size, self.silent = [], 0, True
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # By duty and not by name: uvloop's transport over TLS derives from nothing.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.silent = False
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._break(Broken(f"no HTTP: {error!r}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._break(exc or Broken("the connection was closed"))

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > ANSWER_CAP_BYTES:
            self._break(Broken(f"an answer of more than {ANSWER_CAP_BYTES} bytes"))
        else:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self.close()
        if self._answered is not None and not self._answered.done():
            self._answered.set_result((self._parser.get_status_code(), b"".join(self._parts)))

    def _break(self, error: Exception) -> None:
        self.close()
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)


class Wire:
    """The connections to one peer, which must prove that it is `name`; `OSError` if it does not,
    is not there, breaks off or does not answer in time.

    `address` is asked for whenever a connection is made: a peer that was started anew may answer
    elsewhere, and has closed those there were.
    """

    def __init__(
        self, address: Callable[[], str], name: str, proof: ssl.SSLContext, timeout_seconds: float
    ) -> None:
        self._address, self._name, self._proof = address, name, proof
        self._timeout_seconds = timeout_seconds
        self._idle: deque[Line] = deque()
        self._places = asyncio.Semaphore(LINES)
        self._lines: set[Line] = set()

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        async with asyncio.timeout(self._timeout_seconds), self._places:
            request = _request(method, path, self._name, headers, body)
            kept = self._kept()
            if kept is not None:
                try:
                    return await self._ask(kept, request)
                except OSError:
                    if not kept.silent:
                        raise
                # It was closed while it rested; what the peer may have seen it knows by its key.
            return await self._ask(await self._opened(self._address()), request)

    def close(self) -> None:
        for line in self._lines:
            line.close()
        self._lines.clear()
        self._idle.clear()

    def _kept(self) -> Line | None:
        while self._idle:
            line = self._idle.pop()
            if not line.closed:
                return line
            self._drop(line)
        return None

    async def _opened(self, address: str) -> Line:
        secure, host, port = _place(address)
        _, line = await asyncio.get_running_loop().create_connection(
            Line,
            host,
            port,
            ssl=self._proof if secure else None,
            server_hostname=self._name if secure else None,
        )
        self._lines.add(line)
        return line

    async def _ask(self, line: Line, request: bytes) -> Answer:
        answered = False
        try:
            answer = await line.ask(request)
            answered = True
        finally:
            if answered and not line.closed:
                self._idle.append(line)
            else:  # broken off, or given up in the middle: an answer may yet come that nobody reads
                self._drop(line)
        return answer

    def _drop(self, line: Line) -> None:
        line.close()
        self._lines.discard(line)


@cache
def _place(address: str) -> tuple[bool, str, int]:
    parts = urlsplit(address)
    secure = parts.scheme == "https"
    return secure, parts.hostname or "", parts.port or (443 if secure else 80)


def _request(method: str, path: str, host: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """`ValueError` for a header that would end its line."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines)
    if head.count("\r") != len(lines) - 1 or head.count("\n") != len(lines) - 1:
        raise ValueError(f"a line break in the headers of {method} {path!r}")
    return f"{head}\r\n\r\n".encode() + body
