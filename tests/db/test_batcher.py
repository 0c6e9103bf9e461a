import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from signal import SIGKILL
from urllib.parse import urlsplit

import asyncpg
import pytest

from moments import NOW, Fresh
from qantara import settings
from qantara.db import Batcher, Database, Server, Tx, mail
from qantara.db.embedded import EmbeddedServer
from qantara.errors import Conflict, Reason, Refused, Unavailable


@dataclass(slots=True)
class Node:
    """Remembers the batches its verbs were given, and lets a test stop the first of them."""

    batches: list[tuple[str, list[int]]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)


async def _insert(tx: Tx, numbers: Sequence[int]) -> None:
    await tx.execute(
        "INSERT INTO db.job (id, name, due_at) SELECT n::text, 'test', $2"
        " FROM unnest($1::int[]) AS n",
        numbers,
        NOW,
    )


async def keep(tx: Tx, node: Node, numbers: Sequence[int], now: datetime) -> list[object]:
    """Stores each number; refuses 13, contradicts 14, breaks on 15, twice the same is an error."""
    node.batches.append(("keep", list(numbers)))
    if 15 in numbers:
        raise ZeroDivisionError
    await _insert(tx, [number for number in numbers if number not in {13, 14}])
    special = {13: Refused(Reason.ACCOUNT_FROZEN), 14: Conflict(Reason.ID_REUSED)}
    return [special.get(number, (number, now)) for number in numbers]


async def wait(_tx: Tx, node: Node, numbers: Sequence[int], _now: datetime) -> list[int]:
    node.batches.append(("wait", list(numbers)))
    node.entered.set()
    await node.gate.wait()
    return list(numbers)


async def transaction(tx: Tx, _node: Node, numbers: Sequence[int], _now: datetime) -> list[int]:
    number = await tx.fetchval("SELECT txid_current()")
    return [number] * len(numbers)


async def backend(tx: Tx, _node: Node, items: Sequence[object], _now: datetime) -> list[int]:
    return [tx.get_server_pid()] * len(items)


@pytest.fixture
async def database(fresh: Fresh, servers: Callable[[int], Server]) -> Database:
    connection = await fresh()
    return Database(servers(18).url_of(await connection.fetchval("SELECT current_database()")))


@asynccontextmanager
async def running(database: Database, **options: object) -> AsyncIterator[tuple[Batcher, Node]]:
    node = Node()
    batcher = Batcher(database, node, lambda: NOW, **options)
    await batcher.start()
    try:
        yield batcher, node
    finally:
        await batcher.stop()


async def _behind_a_running_batch(batcher: Batcher, node: Node, verb_items: list) -> list:
    """Outcomes of commands that all gathered while one earlier batch was running."""
    first = asyncio.create_task(batcher.run(wait, 0))
    await node.entered.wait()
    rest = [asyncio.create_task(batcher.run(verb, item)) for verb, item in verb_items]
    await asyncio.sleep(0)
    node.gate.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


async def _stored(database: Database) -> list[int]:
    connection = await database.writer()
    rows = await connection.fetch("SELECT id::int AS id FROM db.job ORDER BY id::int")
    await connection.close()
    return [row["id"] for row in rows]


def _name(database: Database) -> str:
    return urlsplit(database.url).path.removeprefix("/")


async def _kill_backends(servers: Callable[[int], Server], database: Database) -> None:
    owner = await servers(18).connect()
    await owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
        _name(database),
    )
    await owner.close()


async def test_what_gathers_is_one_batch_grouped_by_verb_in_order(database: Database) -> None:
    async with running(database) as (batcher, node):
        items = [(keep, 3), (wait, 7), (keep, 1), (keep, 2), (wait, 6)]
        outcomes = await _behind_a_running_batch(batcher, node, items)
    assert node.batches == [("wait", [0]), ("keep", [3, 1, 2]), ("wait", [7, 6])]
    assert outcomes == [(3, NOW), 7, (1, NOW), (2, NOW), 6]


async def test_one_batch_is_one_transaction(database: Database) -> None:
    async with running(database) as (batcher, node):
        together = await _behind_a_running_batch(batcher, node, [(transaction, 1)] * 5)
        apart = await batcher.run(transaction, 1)
    assert len(set(together)) == 1
    assert apart not in together


async def test_a_batch_is_capped(database: Database) -> None:
    async with running(database, cap=2) as (batcher, node):
        await _behind_a_running_batch(batcher, node, [(keep, number) for number in range(1, 6)])
    assert [numbers for _, numbers in node.batches] == [[0], [1, 2], [3, 4], [5]]


async def test_outcomes_are_told_while_the_next_batch_is_in_the_database(
    database: Database,
) -> None:
    async with running(database, cap=1) as (batcher, node):
        first = asyncio.create_task(batcher.run(keep, 1))
        second = asyncio.create_task(batcher.run(wait, 2))
        assert await first == (1, NOW)
        assert node.entered.is_set()
        assert not second.done()
        node.gate.set()
        assert await second == 2


async def test_what_is_durable_is_told_when_the_next_batch_breaks(database: Database) -> None:
    async with running(database, cap=1) as (batcher, _):
        outcomes = await batcher.run_all(keep, [1, 15, 2])
        assert [outcomes[0], type(outcomes[1]), outcomes[2]] == [
            (1, NOW),
            ZeroDivisionError,
            (2, NOW),
        ]


async def test_only_the_guilty_item_fails(database: Database) -> None:
    async with running(database) as (batcher, node):
        outcomes = await _behind_a_running_batch(
            batcher, node, [(keep, 1), (keep, 15), (keep, 2), (keep, 1)]
        )
        assert await batcher.run(keep, 3) == (3, NOW)
    assert outcomes[0] == (1, NOW)
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert outcomes[2] == (2, NOW)
    assert isinstance(outcomes[3], asyncpg.UniqueViolationError)
    assert await _stored(database) == [1, 2, 3]


async def test_a_refusal_is_returned_and_a_conflict_raised_to_its_caller(
    database: Database,
) -> None:
    async with running(database) as (batcher, _):
        outcomes = await batcher.run_all(keep, [1, 13, 14, 2])
        with pytest.raises(Conflict):
            await batcher.run(keep, 14)
    assert outcomes[1] == Refused(Reason.ACCOUNT_FROZEN)
    assert isinstance(outcomes[2], Conflict)
    assert await _stored(database) == [1, 2]


async def test_a_value_the_driver_cannot_send_is_its_callers_error(database: Database) -> None:
    async with running(database) as (batcher, _):
        before = await batcher.run(backend, 0)
        with pytest.raises(asyncpg.DataError):
            await batcher.run(keep, 2**70)
        assert await batcher.run(backend, 0) == before


async def test_each_commit_hands_over_what_it_left_for_delivery_and_an_undone_one_does_not(
    database: Database,
) -> None:
    async def write(tx: Tx, node: Node, items: Sequence[int], now: datetime) -> list[None]:
        letters = [mail.Outgoing("there", str(item), "name", None, b"%d" % item) for item in items]
        await mail.send(tx, letters, now)
        await keep(tx, node, items, now)
        return [None] * len(items)

    handed: list[list[tuple[str, bytes, int]]] = []

    def committed(left: Sequence[mail.Queued]) -> None:
        handed.append([(each.key, each.raw, each.sequence) for each in left])

    async with running(database, committed=committed) as (batcher, _):
        await batcher.run(write, 1)
        with pytest.raises(ZeroDivisionError):
            await batcher.run(write, 15)
        await batcher.run(write, 2)
        connection = await database.writer()
        queued = await mail.due(connection, 9, NOW)
        await connection.close()
    stored = [(each.key, each.raw, each.sequence) for each in queued]
    assert [letters for letters in handed if letters] == [[each] for each in stored]
    assert [key for key, _, _ in stored] == ["1", "2"]


async def test_whoever_hears_of_commits_may_break_and_nobody_waits_for_ever(
    database: Database,
) -> None:
    def broken(_left: Sequence[mail.Queued]) -> None:
        raise ZeroDivisionError

    node = Node()
    batcher = Batcher(database, node, lambda: NOW, broken)
    await batcher.start()
    async with asyncio.timeout(10):
        first = asyncio.create_task(batcher.run(wait, 1))
        await node.entered.wait()
        second = asyncio.create_task(batcher.run(keep, 2))
        await asyncio.sleep(0)
        node.gate.set()
        assert await first == 1
        for late in (second, batcher.run(keep, 3)):
            with pytest.raises(Unavailable):
                await late
    with pytest.raises(ZeroDivisionError):
        await batcher.stop()


async def test_an_idle_writer_that_was_killed_is_replaced(
    database: Database, servers: Callable[[int], Server]
) -> None:
    async with running(database) as (batcher, _):
        before = await batcher.run(backend, 0)
        await _kill_backends(servers, database)
        assert await batcher.run(keep, 1) == (1, NOW)
        assert await batcher.run(backend, 0) != before
    assert await _stored(database) == [1]


async def _slow(tx: Tx, node: Node, numbers: Sequence[int], _now: datetime) -> list[int]:
    """Stores, then waits inside the database; only the first attempt is slow."""
    node.batches.append(("slow", list(numbers)))
    await _insert(tx, numbers)
    node.entered.set()
    await tx.execute("SELECT pg_sleep($1)", 30 if len(node.batches) == 1 else 0)
    return list(numbers)


async def test_a_writer_killed_in_the_middle_loses_and_doubles_nothing(
    database: Database, servers: Callable[[int], Server]
) -> None:
    async with running(database) as (batcher, node):
        pending = asyncio.create_task(batcher.run_all(_slow, [1, 2, 3]))
        await node.entered.wait()
        await _kill_backends(servers, database)
        assert await pending == [1, 2, 3]
    assert node.batches == [("slow", [1, 2, 3])] * 2
    assert await _stored(database) == [1, 2, 3]


async def _deadly(tx: Tx, node: Node, numbers: Sequence[int], _now: datetime) -> list[int]:
    """Whoever sends 15 ends the writer, every time."""
    node.batches.append(("deadly", list(numbers)))
    await _insert(tx, numbers)
    if 15 in numbers:
        tx.terminate()
    return list(numbers)


async def test_an_item_that_ends_every_writer_fails_alone(database: Database) -> None:
    async with running(database) as (batcher, _):
        outcomes = await batcher.run_all(_deadly, [1, 15, 2])
        assert await batcher.run(keep, 3) == (3, NOW)
    assert [outcomes[0], outcomes[2]] == [1, 2]
    assert isinstance(outcomes[1], Unavailable)
    assert await _stored(database) == [1, 2, 3]


async def test_while_the_database_is_away_commands_are_unavailable_and_later_work(
    database: Database, servers: Callable[[int], Server]
) -> None:
    name = _name(database)
    owner = await servers(18).connect()
    async with running(database) as (batcher, _):
        await owner.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        await _kill_backends(servers, database)
        outcomes = await batcher.run_all(keep, [1, 2])
        assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]
        await owner.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
        assert await batcher.run(keep, 1) == (1, NOW)
    await owner.close()


async def test_stop_finishes_what_runs_and_what_waits_and_takes_nothing_new(
    database: Database,
) -> None:
    node = Node()
    batcher = Batcher(database, node, lambda: NOW, cap=1)
    await batcher.start()
    first = asyncio.create_task(batcher.run(wait, 0))
    await node.entered.wait()
    second = asyncio.create_task(batcher.run(keep, 1))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(batcher.stop())
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await batcher.run(keep, 2)
    node.gate.set()
    await stopping
    assert (await first, await second) == (0, (1, NOW))
    assert await _stored(database) == [1]


async def test_a_caller_who_leaves_disturbs_nobody(database: Database) -> None:
    async with running(database) as (batcher, node):
        first = asyncio.create_task(batcher.run(wait, 0))
        await node.entered.wait()
        impatient = asyncio.create_task(batcher.run(keep, 1))
        patient = asyncio.create_task(batcher.run(keep, 2))
        await asyncio.sleep(0)
        impatient.cancel()
        node.gate.set()
        assert (await first, await patient) == (0, (2, NOW))


async def _answers_until_gone(batcher: Batcher) -> None:
    """The last processes of a killed server may still answer for a moment."""
    while True:
        await batcher.run(backend, 0)


async def test_a_killed_server_that_came_back_is_found_again(tmp_path: Path) -> None:
    chosen = settings.load({"QANTARA_HOME": str(tmp_path)})
    embedded, again = EmbeddedServer(chosen), EmbeddedServer(chosen)
    server = embedded.start()
    await server.prepare()
    database = await server.create("qantara_test_killed", ())
    async with running(database) as (batcher, _):
        assert await batcher.run(keep, 1) == (1, NOW)
        postmaster = (tmp_path / "postgresql-18" / "postmaster.pid").read_text().split()[0]
        os.kill(int(postmaster), SIGKILL)
        with pytest.raises(Unavailable):
            await _answers_until_gone(batcher)
        again.start()
        assert await batcher.run(keep, 2) == (2, NOW)
        assert await _stored(database) == [1, 2]
    again.stop()
    embedded.stop()


async def test_what_rides_goes_with_the_next_batch_or_soon_after(database: Database) -> None:
    async with running(database) as (batcher, node):
        riding = asyncio.create_task(batcher.run(keep, 1, rides=True))
        await asyncio.sleep(0)
        assert await batcher.run(keep, 2) == (2, NOW)
        assert await riding == (1, NOW)
        assert await batcher.run(keep, 3, rides=True) == (3, NOW)
    assert node.batches == [("keep", [1, 2]), ("keep", [3])]
