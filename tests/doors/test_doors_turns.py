"""One request, two processes: whoever comes second hears the first answer."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from door_world import WISH, World, opened

from qantara import api
from qantara.access import flow as access
from qantara.db import Batcher
from qantara.edge import Door, flow, turns


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


@asynccontextmanager
async def second_process(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The same role's doors once more: a writer, locks and memory of their own."""
    first = world.my.door
    batcher = Batcher(first.database, first.node, first.clock)
    await batcher.start()
    door = Door(
        first.role, first.node, first.database, batcher, first.clock, first.ask, first.watch
    )
    transport = httpx.ASGITransport(api.app("institution", door), raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            yield client
    finally:
        await batcher.stop()


def headers(world: World, key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {world.keys['aisha']}", "idempotency-key": key}


async def test_twins_in_two_processes_act_once_and_hear_the_same(world):
    async with second_process(world) as there:
        for _ in range(5):
            quote, check = await world.quoted(amount="100.00"), await world.checked()
            body = {"quote_id": quote["id"], "payee_check_id": check["id"], "purpose": "FAMI"}
            key = uuid.uuid4().hex
            answers = await asyncio.gather(
                world.post("/v1/remittances", body, key=key),
                there.post("/v1/remittances", json=body, headers=headers(world, key)),
                world.post("/v1/remittances", body, key=key),
                there.post("/v1/remittances", json=body, headers=headers(world, key)),
            )
            assert {each.status_code for each in answers} == {201}
            assert len({each.content for each in answers}) == 1
            replayed = [each.headers.get("idempotent-replayed") for each in answers]
            assert sorted(map(str, replayed)) == ["None", "true", "true", "true"]
    assert len(await world.my.sent("pacs.008.001.13")) == 5


async def test_a_refusal_is_heard_by_both(world):
    body = await world.yes()
    world.clock.forward(600)
    async with second_process(world) as there:
        answers = await asyncio.gather(
            world.post("/v1/remittances", body, key="one"),
            there.post("/v1/remittances", json=body, headers=headers(world, "one")),
        )
    assert {(each.status_code, each.content) for each in answers} == {
        (422, answers[0].content),
    }


async def begun_elsewhere(world: World, key: str, holder: str = "prc_dead") -> str:
    """Another process has just begun to work on a request."""
    async with world.my.door.database.look() as tx:
        (caller,) = (await access.authenticate(tx, [world.keys["aisha"]], world.clock())).values()
        begun = await flow.begin(tx, caller.id, key, b"", holder, world.clock())
    assert begun is True
    return caller.id


async def test_what_a_dead_process_began_is_taken_over_when_its_lease_ends(world):
    await begun_elsewhere(world, "one")
    waiting = asyncio.create_task(world.post("/v1/quotes", WISH, key="one"))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    world.clock.forward(flow.LEASE_SECONDS)
    answer = await waiting
    assert answer.status_code == 201
    assert "idempotent-replayed" not in answer.headers


async def test_a_process_that_lives_keeps_its_turn(world):
    principal = await begun_elsewhere(world, "one", "prc_alive")
    waiting = asyncio.create_task(world.post("/v1/quotes", WISH, key="one"))
    for _ in range(3):
        world.clock.forward(flow.LEASE_SECONDS - 1)
        async with world.my.door.database.look() as tx:
            await flow.prolong(tx, principal, "one", "prc_alive", world.clock())
        await asyncio.sleep(0.6)
    assert not waiting.done()
    async with world.my.door.database.look() as tx:
        await flow.release(tx, principal, "one", "prc_alive")
    assert (await waiting).status_code == 201


async def test_who_waits_too_long_is_told_to_repeat_it(world, monkeypatch):
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.3)
    await begun_elsewhere(world, "one")
    answer = await world.post("/v1/quotes", WISH, key="one")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "request_in_progress")
    assert told["retryable"] is True
    assert await world.my.count("edge.answer") == 0
    world.clock.forward(flow.LEASE_SECONDS)
    assert (await world.post("/v1/quotes", WISH, key="one")).status_code == 201


async def test_what_was_not_kept_leaves_the_key_free_in_every_process(world):
    wrong = await world.post("/v1/quotes", WISH | {"amount": "1"}, key="one")
    assert wrong.status_code == 400
    async with second_process(world) as there:
        right = await there.post("/v1/quotes", json=WISH, headers=headers(world, "one"))
    assert right.status_code == 201


async def test_a_lease_is_prolonged_while_its_request_takes_long(world, monkeypatch):
    monkeypatch.setattr(turns, "LEASE_SECONDS", 0.3)
    held = world.my.app.state.turns
    async with world.my.door.database.look() as tx:
        (caller,) = (await access.authenticate(tx, [world.keys["aisha"]], world.clock())).values()
    assert await held.begin(caller.id, "one", b"") is None
    async with held.held(caller.id, "one"):
        world.clock.forward(flow.LEASE_SECONDS - 1)
        await asyncio.sleep(0.5)
        async with world.my.door.database.look() as tx:
            until = await tx.fetchval("SELECT lease_until FROM edge.turn WHERE key = 'one'")
    assert (until - world.clock()).total_seconds() == flow.LEASE_SECONDS


async def test_old_turns_are_let_go(world):
    await world.post("/v1/quotes", WISH, key="one")
    assert await world.my.count("edge.turn") == 1
    world.clock.forward(2 * 3600)
    await world.my.do(flow.forget, None)
    assert await world.my.count("edge.turn") == 0
    assert await world.my.count("edge.answer") == 1
