"""Answers posted to registered addresses, over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from qantara.edge import Ack, Envelope
from qantara.errors import Unavailable
from qantara.host.posting import PostingLink

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ONE = Envelope("m1", "pacs.002.001.15", None, b"<Document>one</Document>")
TWO = Envelope("m2", "pacs.002.001.15", None, b"<Document>two</Document>")


@asynccontextmanager
async def answering(status: str, seen: list[bytes], headers: str = "") -> AsyncIterator[str]:
    """A server that answers everything so, and its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        seen.append(head + await reader.readexactly(length))
        writer.write(
            f"HTTP/1.1 {status}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/answers"


async def test_each_answer_is_posted_as_it_is() -> None:
    seen: list[bytes] = []
    async with answering("202 Accepted", seen) as address:
        link = PostingLink(address)
        assert await link.deliver([ONE, TWO]) == [
            Ack("m1", accepted=True),
            Ack("m2", accepted=True),
        ]
        await link.close()
    assert [each.rpartition(b"\r\n\r\n")[2] for each in seen] == [ONE.raw, TWO.raw]
    assert all(b"content-type: application/xml" in each.lower() for each in seen)


@pytest.mark.parametrize("status", ["500 Broken", "503 Later", "429 Slow", "302 Found"])
async def test_what_is_not_taken_is_tried_again(status: str) -> None:
    seen: list[bytes] = []
    async with answering(status, seen, "location: http://169.254.169.254/\r\n") as address:
        link = PostingLink(address)
        with pytest.raises(Unavailable):
            await link.deliver([ONE])
        await link.close()
    assert len(seen) == 1
    gone = PostingLink(address)
    with pytest.raises(Unavailable):
        await gone.deliver([ONE])
    await gone.close()


async def test_what_is_refused_is_refused_for_good() -> None:
    async with answering("400 No", []) as address:
        link = PostingLink(address)
        (ack,) = await link.deliver([ONE])
        await link.close()
    assert (ack.accepted, ack.reason) == (False, "rejected_by_receiver")
