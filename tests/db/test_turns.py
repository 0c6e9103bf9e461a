"""What is under way goes before what would begin; what begins together stays together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from moments import NOW, Fresh
from qantara.db import Batcher, Database, Server, Tx
from qantara.db.turns import Turns, begins

FOR_EVER = 3600.0


class Node:
    """Remembers the batches, and lets a test hold what is under way."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[int]]] = []
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()


async def goes_on(_tx: Tx, node: Node, numbers: Sequence[int], _now: datetime) -> list[int]:
    node.batches.append(("goes on", list(numbers)))
    node.entered.set()
    await node.gate.wait()
    return list(numbers)


@begins(1)
async def asks(_tx: Tx, node: Node, numbers: Sequence[int], _now: datetime) -> list[int]:
    node.batches.append(("asks", list(numbers)))
    return list(numbers)


@begins(2)
async def accepts(_tx: Tx, node: Node, numbers: Sequence[int], _now: datetime) -> list[int]:
    node.batches.append(("accepts", list(numbers)))
    return list(numbers)


@pytest.fixture
async def database(fresh: Fresh, servers: Callable[[int], Server]) -> Database:
    connection = await fresh()
    return Database(servers(18).url_of(await connection.fetchval("SELECT current_database()")))


@asynccontextmanager
async def running(database: Database, turns: Turns | None) -> AsyncIterator[tuple[Batcher, Node]]:
    node = Node()
    batcher = Batcher(database, node, lambda: NOW, turns=turns)
    await batcher.start()
    try:
        yield batcher, node
    finally:
        node.gate.set()
        await batcher.stop()


async def under_way(batcher: Batcher, node: Node) -> "asyncio.Task[int]":
    task = asyncio.create_task(batcher.run(goes_on, 0))
    await node.entered.wait()
    return task


async def test_what_begins_goes_at_once_where_nothing_is_under_way(database: Database) -> None:
    async with running(database, Turns(FOR_EVER)) as (batcher, node):
        assert await batcher.run(asks, 1) == 1
        assert await batcher.run(accepts, 2) == 2
    assert node.batches == [("asks", [1]), ("accepts", [2])]


async def test_what_begins_waits_for_what_is_under_way_at_any_role(database: Database) -> None:
    turns = Turns(FOR_EVER)
    async with running(database, turns) as (here, one), running(database, turns) as (there, other):
        going = await under_way(here, one)
        asked = [asyncio.ensure_future(there.submit(asks, [number])) for number in (1, 2, 3)]
        await there.run(goes_on_at_once, 0)
        assert other.batches == [("at once", [0])]
        one.gate.set()
        assert await going == 0
        assert await asyncio.gather(*asked) == [[1], [2], [3]]
    assert other.batches[1:] == [("asks", [1, 2, 3])]


async def goes_on_at_once(_tx: Tx, node: Node, numbers: Sequence[int], _now: datetime) -> list[int]:
    node.batches.append(("at once", list(numbers)))
    return list(numbers)


async def test_of_those_that_wait_the_later_step_goes_first(database: Database) -> None:
    async with running(database, Turns(FOR_EVER)) as (batcher, node):
        going = await under_way(batcher, node)
        asked, accepted = batcher.submit(asks, [1]), batcher.submit(accepts, [2])
        node.gate.set()
        await asyncio.gather(going, asked, accepted)
    assert node.batches == [("goes on", [0]), ("accepts", [2]), ("asks", [1])]


async def test_nobody_waits_longer_than_the_patience(database: Database) -> None:
    turns = Turns(0.01)
    async with running(database, turns) as (here, one), running(database, turns) as (there, _):
        going = await under_way(here, one)
        assert await there.run(asks, 1) == 1
        assert not going.done()
        one.gate.set()
        await going


async def test_who_waits_when_the_writer_stops_is_answered(database: Database) -> None:
    async with running(database, Turns(FOR_EVER)) as (batcher, node):
        await under_way(batcher, node)
        asked = batcher.submit(asks, [1, 2])
        node.gate.set()
        await batcher.stop()
        assert await asked == [1, 2]
        assert [type(each).__name__ for each in await batcher.submit(asks, [3])] == ["Unavailable"]


async def test_a_caller_who_goes_away_holds_nobody_up(database: Database) -> None:
    async with running(database, Turns(FOR_EVER)) as (batcher, node):
        going = await under_way(batcher, node)
        going.cancel()
        away = asyncio.create_task(batcher.run(asks, 1))
        await asyncio.sleep(0)
        away.cancel()
        node.gate.set()
        assert await batcher.run(asks, 2) == 2
