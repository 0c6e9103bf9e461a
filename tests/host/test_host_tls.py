"""Both ends of a link prove themselves, and a valid certificate of somebody else opens nothing."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from qantara.clock import utc_now
from qantara.edge import peers
from qantara.errors import Unavailable
from qantara.host import tls
from qantara.host.links import HttpLink
from qantara.host.peer_protocol import PeerProtocol
from qantara.host.tls import Identity


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tls")
    tls.issue(made / "ours", ["my", "duitnow", "raast"], utc_now())
    tls.issue(made / "theirs", ["my", "duitnow"], utc_now())
    return made


def ours(folder: Path, role: str) -> Identity:
    return Identity.within(folder / "ours", role)


async def who(request: Request) -> JSONResponse:
    return JSONResponse({"shown": peers.shown(request.scope)})


@asynccontextmanager
async def door(identity: Identity, *, at_once: bool = True) -> AsyncIterator[str]:
    app = FastAPI()
    app.add_api_route("/who", who, methods=["GET"])
    bound = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="off",
        http=PeerProtocol,
        timeout_graceful_shutdown=1,
    )
    config.load()
    config.ssl = tls.for_server(identity)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([bound]))  # noqa: SLF001 - signals stay pytest's
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    try:
        yield f"https://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit, server.force_exit = True, at_once
        await task


@asynccontextmanager
async def link(peer: str, address: str, proof: ssl.SSLContext) -> AsyncIterator[HttpLink]:
    made = HttpLink(peer, lambda: address, "key", proof)
    try:
        yield made
    finally:
        await made.close()


async def test_the_door_learns_which_certificate_the_caller_proved(folder: Path) -> None:
    caller = ours(folder, "my")
    async with (
        door(ours(folder, "duitnow")) as address,
        link("duitnow", address, tls.for_client(caller)) as road,
    ):
        told = await road.ask("/who")
        assert caller.thumbprint.encode() in told
        assert await road.ask("/who") == told  # the same connection again


async def test_a_door_closes_in_peace_although_a_peer_keeps_its_connection(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    proof = tls.for_client(ours(folder, "my"))
    async with AsyncExitStack() as kept, door(ours(folder, "duitnow"), at_once=False) as address:
        road = await kept.enter_async_context(link("duitnow", address, proof))
        await road.ask("/who")
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []


async def test_a_caller_without_a_certificate_is_not_let_in(folder: Path) -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.load_verify_locations(ours(folder, "my").authority)
    async with (
        door(ours(folder, "duitnow")) as address,
        link("duitnow", address, bare) as road,
    ):
        with pytest.raises(Unavailable):
            await road.ask("/who")


async def test_a_certificate_of_another_authority_is_not_let_in(folder: Path) -> None:
    stranger = Identity.within(folder / "theirs", "my")
    proof = tls.for_client(stranger)
    proof.load_verify_locations(ours(folder, "my").authority)
    async with (
        door(ours(folder, "duitnow")) as address,
        link("duitnow", address, proof) as road,
    ):
        with pytest.raises(Unavailable):
            await road.ask("/who")


async def test_a_peer_that_is_another_role_than_the_one_meant_is_not_spoken_to(
    folder: Path,
) -> None:
    async with (
        door(ours(folder, "raast")) as address,
        link("duitnow", address, tls.for_client(ours(folder, "my"))) as road,
    ):
        with pytest.raises(Unavailable, match="certificate"):
            await road.ask("/who")


async def test_plain_text_gets_no_answer_at_a_door_for_peers(folder: Path) -> None:
    async with door(ours(folder, "duitnow")) as address, httpx.AsyncClient() as client:
        with pytest.raises(httpx.HTTPError):
            await client.get(address.replace("https", "http") + "/who")


def test_keys_are_readable_by_their_owner_alone(folder: Path) -> None:
    place = ours(folder, "my")
    assert place.key.stat().st_mode & 0o777 == 0o600
    assert place.certificate.parent.stat().st_mode & 0o777 == 0o700


def test_nothing_sent_over_a_socket_names_a_local_caller() -> None:
    scope = {"headers": [(b"qantara.local", b"duitnow")], "extensions": {peers.TLS: {}}}
    assert peers.shown(scope) is None
    assert peers.LOCAL not in scope["extensions"]
