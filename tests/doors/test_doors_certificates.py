"""A key opens the door for messages only together with a certificate bound to its holder."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn
from door_world import World, opened

from qantara.access import certificates
from qantara.access.model import INSTALLER, Role
from qantara.clock import utc_now
from qantara.db import Tx
from qantara.edge.envelope import Envelope
from qantara.errors import Conflict, Reason, Unavailable
from qantara.host import tls
from qantara.host.links import HttpLink
from qantara.host.peer_protocol import PeerProtocol
from qantara.host.tls import Identity
from qantara.ids import PrincipalId

LETTER = Envelope("key-1", "pacs.002.001.15", None, b"<Document/>")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("certificates")
    tls.issue(made, ["my", "duitnow", "raast"], utc_now())
    return made


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        made.keys["duitnow"] = await made.my.key("duitnow", Role.COUNTERPARTY, "duitnow")
        made.keys["raast"] = await made.my.key("raast", Role.COUNTERPARTY, "raast")
        yield made


async def bound(world: World, name: str, identity: Identity) -> None:
    async def bind(tx: Tx, _node: object, asked: Sequence[object], now: datetime) -> list[None]:
        holder = PrincipalId(f"prn_{name}")
        await certificates.bind(tx, INSTALLER, holder, identity.thumbprint, now)
        return [None] * len(asked)

    await world.my.do(bind, None)


async def unbound(world: World, name: str, identity: Identity) -> None:
    async def unbind(tx: Tx, _node: object, asked: Sequence[object], now: datetime) -> list[bool]:
        holder = PrincipalId(f"prn_{name}")
        done = await certificates.unbind(tx, INSTALLER, holder, identity.thumbprint, now)
        return [done] * len(asked)

    assert await world.my.do(unbind, None)


@asynccontextmanager
async def road(world: World, folder: Path, proof: str, key: str) -> AsyncIterator[HttpLink]:
    """A link to the institution's door for peers, with one party's certificate and one's key."""
    bound_to = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(world.my.app, log_level="critical", lifespan="off", http=PeerProtocol)
    config.load()
    config.ssl = tls.for_server(Identity.within(folder, "my"))
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([bound_to]))  # noqa: SLF001 - signals stay pytest's
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    address = f"https://127.0.0.1:{bound_to.getsockname()[1]}"
    context = tls.for_client(Identity.within(folder, proof))
    link = HttpLink("my", lambda: address, world.keys[key], context)
    try:
        yield link
    finally:
        await link.close()
        server.should_exit = server.force_exit = True
        await task


async def test_the_own_certificate_with_the_own_key_delivers(world, folder):
    await bound(world, "duitnow", Identity.within(folder, "duitnow"))
    async with road(world, folder, "duitnow", "duitnow") as link:
        acks = await link.deliver([LETTER])
    assert [(ack.key, ack.accepted) for ack in acks] == [("key-1", False)]
    assert acks[0].reason == Reason.MESSAGE_SCHEMA


async def test_a_valid_certificate_of_another_party_opens_nothing(world, folder):
    """Raast's certificate is good and known here; with DuitNow's key it speaks for nobody."""
    await bound(world, "duitnow", Identity.within(folder, "duitnow"))
    await bound(world, "raast", Identity.within(folder, "raast"))
    async with road(world, folder, "raast", "duitnow") as link:
        with pytest.raises((Conflict, Unavailable), match=r"[Cc]ertificate"):
            await link.deliver([LETTER])
    assert await world.my.count("db.inbox") == 0


async def test_a_certificate_nobody_bound_opens_nothing(world, folder):
    async with road(world, folder, "duitnow", "duitnow") as link:
        with pytest.raises((Conflict, Unavailable), match=r"[Cc]ertificate"):
            await link.deliver([LETTER])


async def test_a_revoked_certificate_opens_nothing_any_more(world, folder):
    own = Identity.within(folder, "duitnow")
    await bound(world, "duitnow", own)
    await unbound(world, "duitnow", own)
    await bound(world, "duitnow", own)  # what was revoked stays so
    async with road(world, folder, "duitnow", "duitnow") as link:
        with pytest.raises((Conflict, Unavailable), match=r"[Cc]ertificate"):
            await link.deliver([LETTER])


async def test_over_plain_http_a_key_delivers_nothing(world):
    headers = {
        "authorization": f"Bearer {world.keys['duitnow']}",
        "content-type": "application/msgpack",
    }
    answer = await world.my.client.post("/v1/messages", content=b"\x90", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "certificate_missing")
