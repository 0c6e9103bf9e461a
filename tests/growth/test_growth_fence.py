"""One writer per database: a second waits, takes over when the first is gone, and the first can
commit nothing afterwards.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from urllib.parse import urlsplit

import asyncpg
import pytest

from moments import NOW, Fresh
from qantara.db import Batcher, Database, Fence, Server, Tx, fence
from qantara.db.fence import Replaced
from qantara.errors import Reason, Unavailable

WRITER = Path(__file__).with_name("growth_writer.py")


async def keep(tx: Tx, _node: object, names: Sequence[str], _now: datetime) -> list[int]:
    await tx.execute(
        "INSERT INTO db.job (id, name, due_at) SELECT n, 'test', $2 FROM unnest($1::text[]) AS n",
        names,
        NOW,
    )
    return [await tx.fetchval("SELECT pg_backend_pid()")] * len(names)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "PATIENCE_SECONDS", 1.5)


@pytest.fixture
async def database(fresh_both: Fresh, request: pytest.FixtureRequest) -> Database:
    connection = await fresh_both()
    version = connection.get_server_version().major
    name = await connection.fetchval("SELECT current_database()")
    servers: Callable[[int], Server] = request.getfixturevalue("servers")
    return Database(servers(version).url_of(name))


@pytest.fixture
async def writers(database: Database) -> AsyncIterator[Callable[[], Batcher]]:
    made: list[Batcher] = []

    def make() -> Batcher:
        made.append(Batcher(database, None, lambda: NOW, fence=Fence("my")))
        return made[-1]

    yield make
    for each in made:
        await each.stop()


async def rows(database: Database, sql: str) -> list[asyncpg.Record]:
    connection = await database.writer()
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


async def stored(database: Database) -> list[str]:
    return [row["id"] for row in await rows(database, "SELECT id FROM db.job ORDER BY id")]


async def epoch(database: Database) -> int:
    return int((await rows(database, "SELECT epoch FROM db.writer"))[0]["epoch"])


async def as_owner(database: Database, sql: str) -> None:
    owner = await asyncpg.connect(database.url)
    try:
        await owner.execute(sql)
    finally:
        await owner.close()


END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_a_second_writer_is_told_who_is_in_its_way_or_waits_its_turn(
    database: Database, writers: Callable[[], Batcher]
) -> None:
    first, second, third = writers(), writers(), writers()
    await first.start()
    with pytest.raises(Unavailable) as told:
        await second.start()
    assert told.value.reason is Reason.WRITER_ELSEWHERE
    waiting = asyncio.create_task(third.start(wait=True))
    await first.run(keep, "a")
    assert not waiting.done()
    await first.stop()
    await waiting
    await third.run(keep, "b")
    assert await stored(database) == ["a", "b"]
    assert await epoch(database) == 2


async def test_a_writer_that_was_replaced_commits_nothing_more(
    database: Database, writers: Callable[[], Batcher]
) -> None:
    """Its session lives: the lock was taken from it and only the epoch keeps it out."""
    first = writers()
    await first.start()
    await first.run(keep, "before")
    await as_owner(database, "UPDATE db.writer SET epoch = epoch + 1, holder = 'another'")
    outcomes = await first.run_all(keep, ["after-1", "after-2"])
    assert [type(each) for each in outcomes] == [Replaced, Replaced]
    with pytest.raises(Replaced):
        await first.run(keep, "after-3")
    assert await stored(database) == ["before"]
    assert first.replaced is not None
    assert first.replaced.result().reason is Reason.WRITER_REPLACED


async def test_a_writer_cut_off_goes_on_if_nobody_wrote_meanwhile(
    database: Database, writers: Callable[[], Batcher]
) -> None:
    first = writers()
    await first.start()
    before = await first.run(keep, "a")
    await as_owner(database, END_SESSIONS)
    assert await first.run(keep, "b") != before
    assert await stored(database) == ["a", "b"]
    assert await epoch(database) == 2


async def test_a_writer_cut_off_is_out_when_the_waiting_one_was_quicker(
    database: Database, writers: Callable[[], Batcher]
) -> None:
    first, second = writers(), writers()
    await first.start()
    await first.run(keep, "a")
    waiting = asyncio.create_task(second.start(wait=True))
    while not waiting.done():
        await as_owner(database, END_SESSIONS)
        await asyncio.sleep(0.3)
    with pytest.raises(Replaced):
        await first.run(keep, "b")
    await second.run(keep, "c")
    assert await stored(database) == ["a", "c"]


async def test_a_replaced_writer_may_stand_by_and_write_again(
    database: Database, writers: Callable[[], Batcher]
) -> None:
    first, second = writers(), writers()
    await first.start()
    await as_owner(database, END_SESSIONS)
    await second.start()
    with pytest.raises(Replaced):
        await first.run(keep, "a")
    waiting = asyncio.create_task(first.start(wait=True))
    await second.stop()
    await waiting
    await first.run(keep, "b")
    assert await stored(database) == ["b"]
    assert await epoch(database) == 3


async def test_an_epoch_cannot_change_while_a_batch_of_the_old_one_commits(
    database: Database, writers: Callable[[], Batcher]
) -> None:
    first, gate, entered = writers(), asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx, _node: object, names: Sequence[str], now: datetime) -> list[int]:
        entered.set()
        await gate.wait()
        return await keep(tx, None, names, now)

    await first.start()
    running = asyncio.create_task(first.run(slow, "a"))
    await entered.wait()
    rising = asyncio.create_task(
        as_owner(database, "UPDATE db.writer SET epoch = epoch + 1, holder = 'another'")
    )
    done, _ = await asyncio.wait([rising], timeout=0.2)
    assert not done
    gate.set()
    await running
    await rising
    assert await stored(database) == ["a"]


@pytest.mark.parametrize(
    "change", ["epoch = epoch", "epoch = epoch - 1", "epoch = epoch + 2", "holder = 'x'"]
)
async def test_an_epoch_only_grows_by_one(database: Database, change: str) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await as_owner(database, f"UPDATE db.writer SET {change}")


async def test_the_row_of_the_epoch_cannot_go_nor_have_a_brother(database: Database) -> None:
    for sql in ("DELETE FROM db.writer", "TRUNCATE db.writer"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await as_owner(database, sql)
    with pytest.raises(asyncpg.UniqueViolationError):
        await as_owner(database, "INSERT INTO db.writer VALUES (true, 9, 'x', now())")


async def test_an_older_history_is_not_written_on(
    database: Database, servers: Callable[[int], Server], fresh: Fresh
) -> None:
    """Another server of the same name, left behind by a failover, knows an earlier epoch."""
    mine = Fence("my")
    connection = await mine.writer(database)
    await connection.close()
    connection = await mine.writer(database)
    await connection.close()
    behind = await fresh()
    name = await behind.fetchval("SELECT current_database()")
    left = Database(servers(18).url_of(name))
    with pytest.raises(Replaced, match="older history"):
        await mine.writer(left)
    mine.leave()
    with pytest.raises(Replaced, match="older history"):
        await mine.writer(left)
    assert await epoch(left) == 0


async def test_a_failure_hidden_in_a_batch_is_no_commit(
    database: Database, writers: Callable[[], Batcher]
) -> None:
    async def hides(tx: Tx, _node: object, names: Sequence[str], now: datetime) -> list[int]:
        await keep(tx, None, names, now)
        try:
            await tx.execute("SELECT 1 / 0")
        except asyncpg.DivisionByZeroError:
            return [0] * len(names)
        raise AssertionError

    first = writers()
    await first.start()
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        await first.run(hides, "a")
    await first.run(keep, "b")
    assert await stored(database) == ["b"]


@contextmanager
def started(database: Database, name: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, str(WRITER), database.url, name], stdout=subprocess.PIPE, text=True
    )
    with process:
        yield process
        process.send_signal(SIGCONT)
        process.kill()


async def said(process: "subprocess.Popen[str]", word: str) -> str:
    """The next line that begins with the word."""
    assert process.stdout is not None
    async with asyncio.timeout(20):
        while True:
            line = await asyncio.to_thread(process.stdout.readline)
            assert line, "the process ended"
            if line.startswith(word):
                return line.strip()


@pytest.fixture
async def plain(fresh: Fresh, servers: Callable[[int], Server]) -> Database:
    connection = await fresh()
    name = await connection.fetchval("SELECT current_database()")
    return Database(servers(18).url_of(name))


async def test_the_waiting_process_takes_over_from_one_that_was_killed(plain: Database) -> None:
    with started(plain, "first") as first:
        await said(first, "writing 1")
        with started(plain, "second") as second:
            await said(first, "kept first-5")
            first.send_signal(SIGKILL)
            await said(second, "writing 2")
            await said(second, "kept second-3")
    in_order = await rows(plain, "SELECT id FROM db.job ORDER BY xmin::text::int")
    by = [row["id"].partition("-")[0] for row in in_order]
    assert by == sorted(by)


async def test_a_paused_process_is_put_out_and_its_next_batch_changes_nothing(
    plain: Database,
) -> None:
    with started(plain, "first") as first:
        await said(first, "kept first-3")
        first.send_signal(SIGSTOP)
        with started(plain, "second") as second:
            await said(second, "kept second-3")
            known = [each for each in await stored(plain) if each.startswith("first")]
            first.send_signal(SIGCONT)
            assert "writer_replaced" in await said(first, "refused")
            await said(second, "kept second-5")
    assert [each for each in await stored(plain) if each.startswith("first")] == known


def test_the_url_is_the_only_place_that_knows_of_hosts() -> None:
    assert urlsplit(Server("postgresql://q@a:1,b:2/postgres").url_of("x")).path == "/x"
