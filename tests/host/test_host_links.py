"""Both links against a real app behind a real uvicorn: what is said, and what is not known."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from qantara.edge.envelope import MEDIA_TYPE, Ack, Envelope, decode_envelopes, encode
from qantara.errors import Conflict, Malformed, Unavailable
from qantara.host.links import HttpLink, LocalLink

LETTER = Envelope("key-1", "pacs.008.001.13", None, b"<Document/>")
Answer = Callable[[Request], Awaitable[Response]]


def app(answer: Answer) -> FastAPI:
    made = FastAPI()
    made.add_api_route("/v1/messages", answer, methods=["POST"])
    made.add_api_route("/quotes/MY", answer, methods=["GET"])
    return made


async def accepts(request: Request) -> Response:
    envelopes = decode_envelopes(await request.body())
    acks = [Ack(envelope.key, accepted=True) for envelope in envelopes]
    return Response(encode(acks), media_type=MEDIA_TYPE)


def says(status: int) -> Answer:
    async def answer(_request: Request) -> Response:
        return JSONResponse({"code": "internal", "said": status}, status_code=status)

    return answer


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[str, uvicorn.Server]]:
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app(answer), log_level="critical", lifespan="off", access_log=False)
    )
    task = asyncio.create_task(server._serve([bound]))  # noqa: SLF001 - signals stay pytest's
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}", server
    finally:
        server.should_exit = server.force_exit = True
        await task


@asynccontextmanager
async def link(address: str) -> AsyncIterator[HttpLink]:
    made = HttpLink("there", lambda: address, "key", ssl.create_default_context())
    try:
        yield made
    finally:
        await made.close()


async def test_an_accepted_message_is_acknowledged_over_http() -> None:
    async with serving(accepts) as (address, _), link(address) as road:
        assert await road.deliver([LETTER]) == [Ack("key-1", accepted=True)]


async def test_the_key_and_the_media_type_go_along() -> None:
    seen: list[tuple[str, str]] = []

    async def answer(request: Request) -> Response:
        seen.append((request.headers["authorization"], request.headers["content-type"]))
        return await accepts(request)

    async with serving(answer) as (address, _), link(address) as road:
        await road.deliver([LETTER])
    assert seen == [("Bearer key", MEDIA_TYPE)]


def problem(status: int, code: str) -> Answer:
    async def answer(_request: Request) -> Response:
        head = {"type": "x", "title": "x", "status": status, "detail": "why", "code": code}
        body = head | {"iso_code": "NARR", "retryable": False, "request_id": "x"}
        return JSONResponse(body, status, media_type="application/problem+json")

    return answer


async def test_a_peer_that_meets_a_bug_is_told_apart_from_one_that_is_away() -> None:
    """One of the messages is its trouble: they are then tried one by one."""
    async with serving(says(500)) as (address, _), link(address) as road:
        with pytest.raises(Conflict, match="internal: party=there"):
            await road.deliver([LETTER])
        with pytest.raises(Unavailable, match="500"):
            await road.ask("/quotes/MY")


async def test_a_key_that_is_not_known_there_leaves_the_messages_waiting() -> None:
    async with serving(problem(401, "key_invalid")) as (address, _), link(address) as road:
        with pytest.raises(Unavailable, match="why"):
            await road.deliver([LETTER])


async def test_a_refusal_keeps_its_reason_on_the_way() -> None:
    async with serving(problem(422, "rate_missing")) as (address, _), link(address) as road:
        with pytest.raises(Conflict) as caught:
            await road.ask("/quotes/MY")
    assert caught.value.reason == "rate_missing"


async def test_a_peer_that_is_not_ready_is_unavailable() -> None:
    async with serving(says(503)) as (address, _), link(address) as road:
        with pytest.raises(Unavailable):
            await road.deliver([LETTER])
        with pytest.raises(Unavailable):
            await road.ask("/quotes/MY")


async def test_a_peer_that_is_not_there_is_unavailable() -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    port = bound.getsockname()[1]
    bound.close()
    async with link(f"http://127.0.0.1:{port}") as road:
        with pytest.raises(Unavailable, match="there"):
            await road.deliver([LETTER])


async def test_a_peer_killed_before_it_answers_is_unavailable_and_reached_when_it_is_back() -> None:
    reached = asyncio.Event()

    bound = socket.create_server(("127.0.0.1", 0))
    peer = await asyncio.start_server(lambda r, w: _cut(r, w, reached), sock=bound)
    port = bound.getsockname()[1]
    async with link(f"http://127.0.0.1:{port}") as road:
        with pytest.raises(Unavailable):
            await road.deliver([LETTER])
        assert reached.is_set()
        peer.close()
        await peer.wait_closed()
        again = uvicorn.Server(
            uvicorn.Config(app(accepts), port=port, log_level="critical", lifespan="off")
        )
        task = asyncio.create_task(again._serve(None))  # noqa: SLF001 - signals stay pytest's
        while not again.started:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        assert await road.deliver([LETTER]) == [Ack("key-1", accepted=True)]
        again.should_exit = again.force_exit = True
        await task


async def _cut(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reached: asyncio.Event
) -> None:
    """Read a request and die in the middle of the answer."""
    await reader.read(64)
    reached.set()
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    writer.transport.abort()


async def test_an_answer_that_cannot_be_read_is_malformed() -> None:
    async def babble(_request: Request) -> Response:
        return Response(b"\xff\xff", media_type=MEDIA_TYPE)

    async with serving(babble) as (address, _), link(address) as road:
        with pytest.raises(Malformed):
            await road.deliver([LETTER])


async def test_a_local_link_calls_the_intake_as_its_sender_and_asks_the_app() -> None:
    taken: list[tuple[str, list[Envelope]]] = []

    async def take(sender: str, envelopes: list[Envelope]) -> list[Ack]:
        taken.append((sender, envelopes))
        return [Ack(envelope.key, accepted=True) for envelope in envelopes]

    async def answer(request: Request) -> Response:
        return JSONResponse({"asked": request.url.query, "key": request.headers["authorization"]})

    road = LocalLink("here", lambda: SimpleNamespace(take=take, app=app(answer)), "key")
    assert await road.deliver([LETTER]) == [Ack("key-1", accepted=True)]
    assert taken == [("here", [LETTER])]
    assert await road.ask("/quotes/MY?a=1&b=2") == b'{"asked":"a=1&b=2","key":"Bearer key"}'


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (says(503), Unavailable),
        (says(500), Unavailable),
        (problem(422, "rate_missing"), Conflict),
    ],
    ids=["not ready", "a bug", "a refusal"],
)
async def test_a_local_link_says_no_as_http_does(answer: Answer, error: type[Exception]) -> None:
    async def take(_sender: str, _envelopes: list[Envelope]) -> list[Ack]:
        return []

    road = LocalLink("here", lambda: SimpleNamespace(take=take, app=app(answer)), "key")
    with pytest.raises(error):
        await road.ask("/quotes/MY")
