"""The connections between roles: kept, opened anew where the peer has closed one, and bounded."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from qantara.host import wire
from qantara.host.wire import Broken, Wire

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
YES = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes"


@asynccontextmanager
async def to(serve: Serve, seconds: float = 5.0) -> AsyncIterator[Wire]:
    writers: list[asyncio.StreamWriter] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await serve(reader, writer)

    peer = await asyncio.start_server(served, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{peer.sockets[0].getsockname()[1]}"
    made = Wire(lambda: address, "there.qantara", ssl.create_default_context(), seconds)
    try:
        yield made
    finally:
        made.close()
        peer.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)
        await peer.wait_closed()


async def read(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def test_one_connection_serves_request_after_request() -> None:
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while True:
            await read(reader)
            writer.write(YES)

    async with to(serve) as road:
        assert [await road.send("GET", "/a", {}) for _ in range(3)] == [(200, b"yes")] * 3
    assert opened == 1


async def test_a_connection_closed_while_it_rested_is_opened_anew() -> None:
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await read(reader)
        writer.write(YES)
        if opened == 1:  # the next request is read and never answered
            await read(reader)
        writer.close()

    async with to(serve) as road:
        assert [await road.send("GET", "/a", {}) for _ in range(2)] == [(200, b"yes")] * 2
    assert opened == 2


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
        b"good day\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n" + 99 * b"x",
    ],
    ids=["nothing", "half an answer", "no HTTP", "too much"],
)
async def test_what_is_no_whole_answer_is_no_answer(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "ANSWER_CAP_BYTES", 98)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)
        writer.write(said)
        writer.close()

    async with to(serve) as road:
        with pytest.raises(Broken):
            await road.send("GET", "/a", {})


async def test_a_peer_that_keeps_silent_is_given_up_and_its_late_answer_is_nobodys() -> None:
    asked: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)
        asked.append(writer)
        if len(asked) > 1:
            writer.write(YES)
            writer.close()

    async with to(serve, 0.2) as road:
        with pytest.raises(TimeoutError):
            await road.send("GET", "/a", {})
        assert await road.send("GET", "/b", {}) == (200, b"yes")
    assert len(asked) == 2


async def test_no_more_connections_than_there_are_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LINES", 2)
    there, most = 0, 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal there, most
        there += 1
        most = max(most, there)
        for _ in range(2):
            await read(reader)
            await asyncio.sleep(0.01)
            writer.write(YES)
        there -= 1
        writer.close()

    async with to(serve) as road:
        answers = await asyncio.gather(*(road.send("GET", "/a", {}) for _ in range(4)))
    assert answers == [(200, b"yes")] * 4
    assert most == 2


async def test_a_header_with_a_line_break_is_not_sent() -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with to(serve) as road:
        for path, headers in (("/a\r\nx: y", {}), ("/a", {"x": "y\r\nz: w"}), ("/a\n", {})):
            with pytest.raises(ValueError, match="line break"):
                await road.send("GET", path, headers)


async def test_a_peer_that_began_anew_elsewhere_is_found_there() -> None:
    served: list[str] = []

    def named(name: str) -> Serve:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read(reader)
            served.append(name)
            writer.write(YES)
            writer.close()

        return serve

    before = await asyncio.start_server(named("before"), "127.0.0.1", 0)
    after = await asyncio.start_server(named("after"), "127.0.0.1", 0)
    at = [f"http://127.0.0.1:{each.sockets[0].getsockname()[1]}" for each in (before, after)]
    road = Wire(lambda: at[0], "there.qantara", ssl.create_default_context(), 5.0)
    try:
        assert await road.send("GET", "/a", {}) == (200, b"yes")
        at.pop(0)
        assert await road.send("GET", "/a", {}) == (200, b"yes")
    finally:
        road.close()
        for each in (before, after):
            each.close()
            await each.wait_closed()
    assert served == ["before", "after"]
