import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import pytest
from door_world import World, opened

from qantara.access import flow as access
from qantara.access.model import INSTALLER
from qantara.db import Tx
from qantara.edge import sse
from qantara.errors import Unavailable
from qantara.rails.model import Status


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


def events(text: str) -> list[dict[str, str]]:
    """The events of a stream, comments left out."""
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


async def _revoke(tx: Tx, _node: object, keys: Sequence[str], now: datetime) -> list[bool]:
    return [await access.revoke_key(tx, INSTALLER, key, now) for key in keys]


async def test_a_stream_tells_what_was_then_what_comes_and_ends_with_the_payment(world):
    made = await world.remitted()
    path = f"/v1/remittances/{made['id']}/events"
    reading = asyncio.create_task(world.get(path))
    await asyncio.sleep(0.1)
    await world.concluded(Status.ACCC)
    answer = await reading
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = events(answer.text)
    assert [each["event"] for each in told] == ["quoted", "accepted", "completed"]
    data = json.loads(told[-1]["data"])
    assert data == {
        "id": made["id"],
        "state": "completed",
        "recorded_at": "2026-03-02T08:00:00.000Z",
    }
    numbers = [int(each["id"]) for each in told]
    assert numbers == sorted(numbers)


async def test_a_reader_goes_on_where_it_stopped(world):
    made = await world.remitted()
    await world.concluded(Status.RJCT, "AC04")
    path = f"/v1/remittances/{made['id']}/events"
    every = events((await world.get(path)).text)
    rest = events((await world.get(path, **{"last-event-id": every[1]["id"]})).text)
    assert rest == every[2:]
    wrong = await world.get(path, **{"last-event-id": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "cursor_malformed")


async def test_a_stream_ends_soon_after_its_key_is_revoked(world, monkeypatch):
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.05)
    made = await world.remitted()
    reading = asyncio.create_task(world.get(f"/v1/remittances/{made['id']}/events"))
    await asyncio.sleep(0.2)
    assert not reading.done()
    await world.my.do(_revoke, world.keys["aisha"].split(".")[0])
    answer = await asyncio.wait_for(reading, 5)
    assert ": alive" in answer.text


async def test_a_stream_ends_when_the_role_stops(world):
    made = await world.remitted()
    reading = asyncio.create_task(world.get(f"/v1/remittances/{made['id']}/events"))
    await asyncio.sleep(0.1)
    await world.my.door.watch.stop()
    answer = await asyncio.wait_for(reading, 5)
    assert [each["event"] for each in events(answer.text)] == ["quoted", "accepted"]


async def test_a_hundred_readers_of_one_payment_hear_the_same(world):
    made = await world.remitted()
    watch = world.my.door.watch
    waiting = [asyncio.create_task(watch.until(made["id"], {"completed"}, 10)) for _ in range(100)]
    await asyncio.sleep(0.1)
    await world.concluded(Status.ACCC)
    assert set(await asyncio.gather(*waiting)) == {"completed"}


async def test_waiting_for_what_does_not_happen_ends_in_time(world):
    made = await world.remitted()
    assert await world.my.door.watch.until(made["id"], {"completed"}, 0.05) is None


async def test_a_tail_that_breaks_tells_everybody_and_is_mended_by_the_next(world, monkeypatch):
    made = await world.remitted()
    watch, door = world.my.door.watch, world.my.door
    waiting = asyncio.create_task(watch.until(made["id"], {"completed"}, 10))
    await asyncio.sleep(0.1)
    await door.database.close()
    watch.committed()
    with pytest.raises(Unavailable):
        await waiting
    await door.database.open()
    await world.concluded(Status.ACCC)
    assert await watch.until(made["id"], {"completed"}, 10) == "completed"
