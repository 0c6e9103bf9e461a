"""Many who ask at the same moment share a look, and nobody is told what was so before."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping

import pytest

from qantara.db import Database, Server, Tx
from qantara.db.together import Together

Fresh = Callable[..., Awaitable[Tx]]


@pytest.fixture
async def database(fresh: Fresh, servers: Callable[[int], Server]) -> AsyncIterator[Database]:
    name = await (await fresh()).fetchval("SELECT current_database()")
    made = servers(18).database(name)
    await made.open()
    yield made
    await made.close()


class Looks:
    """A look that notes what it was asked, doubles numbers, and may be held up."""

    def __init__(self) -> None:
        self.asked: list[set[int]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, tx: Tx, keys: Collection[int]) -> Mapping[int, int]:
        self.asked.append(set(keys))
        await self.go_on.wait()
        if -1 in keys:
            raise ZeroDivisionError("asked for it")
        sql = "SELECT n, 2 * n AS twice FROM unnest($1::int[]) AS n WHERE n < 100"
        return {row["n"]: row["twice"] for row in await tx.fetch(sql, list(keys))}


async def test_who_asks_at_once_shares_a_look_and_is_told_his_own_answer(
    database: Database,
) -> None:
    looks = Looks()
    together = Together(database, looks)
    found = await asyncio.gather(*(together.find(n) for n in (1, 2, 3, 2, 100)))
    assert found == [2, 4, 6, 4, None]
    assert looks.asked == [{1, 2, 3, 100}]


async def test_who_comes_during_a_look_waits_for_the_next_one(database: Database) -> None:
    looks = Looks()
    together = Together(database, looks)
    looks.go_on.clear()
    first = asyncio.create_task(together.find(1))
    while not looks.asked:  # noqa: ASYNC110 - the look itself is what is waited for
        await asyncio.sleep(0.001)
    later = [asyncio.create_task(together.find(n)) for n in (1, 5)]
    await asyncio.sleep(0.01)
    assert looks.asked == [{1}]
    looks.go_on.set()
    assert [await first, *await asyncio.gather(*later)] == [2, 2, 10]
    assert looks.asked == [{1}, {1, 5}]


async def test_one_who_gives_up_does_not_end_the_look_of_the_others(database: Database) -> None:
    looks = Looks()
    together = Together(database, looks)
    hasty, patient = (asyncio.create_task(together.find(n)) for n in (7, 8))
    await asyncio.sleep(0)
    hasty.cancel()
    assert await patient == 16
    with pytest.raises(asyncio.CancelledError):
        await hasty


async def test_a_look_that_fails_fails_all_its_askers_and_not_the_next(database: Database) -> None:
    together = Together(database, Looks())
    told = await asyncio.gather(together.find(-1), together.find(3), return_exceptions=True)
    assert [type(each) for each in told] == [ZeroDivisionError, ZeroDivisionError]
    assert await together.find(3) == 6
