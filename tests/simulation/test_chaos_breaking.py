"""A process that ends at a chosen statement: what it had committed stands, nothing else."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from moments import NOW
from qantara.db import Batcher, Fence, Server, Tx
from qantara.errors import Unavailable
from qantara.world.chaos.breaking import BreakableServer, Moment

Opened = tuple[BreakableServer, str, Batcher]


async def count(tx: Tx, _node: object, steps: Sequence[int], now: datetime) -> list[Any]:
    for step in steps:
        await tx.execute("UPDATE counted SET n = n + $1", step)
    return [await tx.fetchval("SELECT n FROM counted")] * len(steps)


@pytest.fixture
async def opened(servers: Callable[[int], Server]) -> AsyncIterator[Opened]:
    plain, name = servers(18), f"qantara_test_{uuid4().hex[:12]}"
    await plain.prepare()
    await plain.create(name, ())
    owner = await plain.connect(name)
    await owner.execute("CREATE TABLE counted (n int); INSERT INTO counted VALUES (0)")
    await owner.execute("GRANT SELECT, UPDATE ON counted TO qantara_app")
    await owner.close()
    server = BreakableServer(plain.url)
    batcher = Batcher(server.database(name), None, lambda: NOW, fence=Fence("r"))
    await batcher.start()
    yield server, name, batcher
    await batcher.stop()
    await plain.drop(name)


async def stands(server: Server, name: str) -> int:
    owner = await server.connect(name)
    try:
        return int(await owner.fetchval("SELECT n FROM counted"))
    finally:
        await owner.close()


@pytest.mark.parametrize(
    ("moment", "left", "after"),
    [
        (Moment.STATEMENT, 1, 1),
        (Moment.STATEMENT, 2, 1),
        (Moment.STATEMENT, 3, 1),
        (Moment.STATEMENT, 4, 1),
        (Moment.BEFORE_COMMIT, 1, 1),
        (Moment.AFTER_COMMIT, 1, 3),
    ],
)
async def test_a_process_that_ends_leaves_what_it_had_committed(
    opened: Opened, moment: Moment, left: int, after: int
) -> None:
    server, name, batcher = opened
    assert await batcher.run(count, 1) == 1
    fuse = server.fuses[name]
    fuse.moment, fuse.left = moment, left
    with pytest.raises(Unavailable):
        await batcher.run(count, 2)
    assert fuse.blown
    assert await stands(server, name) == after
    with pytest.raises(Unavailable):
        await batcher.run(count, 4)
    assert await stands(server, name) == after
    again = Batcher(server.database(name), None, lambda: NOW, fence=Fence("r"))
    await again.start()
    assert await again.run(count, 4) == after + 4
    await again.stop()


async def test_a_fuse_that_is_longer_than_the_act_ends_nothing(opened: Opened) -> None:
    server, name, batcher = opened
    fuse = server.fuses[name]
    fuse.moment, fuse.left = Moment.AFTER_COMMIT, 3
    assert [await batcher.run(count, 1) for _ in range(2)] == [1, 2]
    assert not fuse.blown
