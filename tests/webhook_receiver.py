"""Somebody's program that takes webhooks: a real HTTP server that does as it is told."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body, type=dict[str, Any])


@dataclass(frozen=True)
class Answer:
    """`seconds` is how long it thinks; `hangs_up` closes without a word."""

    status: int = 204
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0
    hangs_up: bool = False


@dataclass
class Receiver:
    """Gives the `answers` one after the other, then `always`."""

    port: int = 0
    scheme: str = "http"
    always: Answer = field(default_factory=Answer)
    answers: deque[Answer] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?of=us"

    async def waits(self, count: int) -> list[Received]:
        """What came, once it is so much."""
        async with asyncio.timeout(15):
            while len(self.received) < count:  # noqa: ASYNC110 - as a person looks
                await asyncio.sleep(0.01)
        return list(self.received)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) and await self._one(
                head, reader, writer
            ):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _one(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        first, *lines = head.decode().rstrip().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.received.append(Received(first.split(" ")[1], headers, body))
        answer = self.answers.popleft() if self.answers else self.always
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(answer.seconds)
        finally:
            self.at_once -= 1
        if answer.hangs_up:
            return False
        said = [f"HTTP/1.1 {answer.status} Said", f"content-length: {len(answer.body)}"]
        said += [f"{name}: {value}" for name, value in answer.headers.items()]
        writer.write("\r\n".join([*said, "", ""]).encode() + answer.body)
        await writer.drain()
        return True


@asynccontextmanager
async def listening(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver(scheme="https" if tls else "http")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
