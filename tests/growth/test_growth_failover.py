"""The primary dies under load and its standby takes over: what was acknowledged is there, once,
and the primary that was left behind commits nothing into the history that went on.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import asyncpg
import pytest
from growth_cluster import Cluster

from moments import NOW
from qantara.clock import utc_now
from qantara.db import Batcher, Database, Fence, Server, Tx
from qantara.db.fence import Replaced
from qantara.errors import Unavailable
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Posted, Transfer
from qantara.money import asset

NAME = "qantara_failover_my"
ACCOUNTS = [f"customer/{number}" for number in range(20)]
CLIENTS, BEFORE, AFTER = 64, 1500, 500
AMOUNT = 100


async def open_book(tx: Tx, _node: object, commands: Sequence[object], now: datetime) -> list[None]:
    wanted = [NewAccount(code, asset("MYR"), AccountClass.E_MONEY) for code in ACCOUNTS]
    await ledger.open_accounts(tx, wanted, now)
    return [None] * len(commands)


async def pay(tx: Tx, _node: object, wishes: Sequence[Transfer], now: datetime) -> list[Posted]:
    return await ledger.post(tx, wishes, now)


def wish(debit: str, credit: str) -> Transfer:
    return Transfer(
        id=str(uuid4()),
        amount=AMOUNT,
        code="test",
        occurred_at=NOW,
        debit=debit,
        credit=credit,
        asset="MYR",
    )


@dataclass
class Load:
    """Clients that pay and pay; one that gets no answer asks again for the very same transfer."""

    batcher: Batcher
    acknowledged: list[str] = field(default_factory=list)
    unanswered: int = 0
    stopping: bool = False
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    async def client(self, number: int) -> None:
        dice = random.Random(number)
        while not self.stopping:
            debit, credit = dice.sample(ACCOUNTS, 2)
            await self._until_answered(wish(debit, credit))

    async def _until_answered(self, wanted: Transfer) -> None:
        while True:
            try:
                posted: Posted = await self.batcher.run(pay, wanted)
            except Unavailable:
                self.unanswered += 1
                await asyncio.sleep(0.05)
                continue
            assert posted.sequence is not None, posted
            self.acknowledged.append(wanted.id)
            self.grown.set()
            return

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.acknowledged) < count:
                self.grown.clear()
                await self.grown.wait()


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    made = Cluster()
    try:
        await made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
async def batcher(cluster: Cluster) -> AsyncIterator[Batcher]:
    server = cluster.server
    await server.prepare()
    database = await server.create(NAME, ("access", "ledger"))
    made = Batcher(database, None, utc_now, fence=Fence("my"))
    await made.start()
    yield made
    await made.stop()


async def test_a_standby_takes_over_under_load_and_nothing_is_lost_or_doubled(
    cluster: Cluster, batcher: Batcher
) -> None:
    await batcher.run(open_book, None)
    load = Load(batcher)
    async with asyncio.TaskGroup() as clients:
        for number in range(CLIENTS):
            clients.create_task(load.client(number))
        await load.reach(BEFORE)
        cluster.one.kill()
        before = len(load.acknowledged)
        await cluster.two.ask("SELECT pg_promote()")
        await load.reach(before + AFTER)
        load.stopping = True
    assert load.unanswered, "the kill came too late to show anything"
    assert await cluster.two.ask("SELECT epoch FROM db.writer", NAME) == 2
    await all_there_once(cluster.server.database(NAME), load.acknowledged)
    await the_one_left_behind_commits_nothing(cluster, batcher, before)


async def all_there_once(database: Database, acknowledged: list[str]) -> None:
    await database.open(readers=1)
    try:
        async with database.read() as tx:
            report = await ledger.verify_book(tx)
            rows = await tx.fetch("SELECT id::text AS id FROM ledger.transfer")
            balances = await ledger.balances(tx, ACCOUNTS)
    finally:
        await database.close()
    stored = [row["id"] for row in rows]
    assert len(stored) == len(set(stored))
    assert set(acknowledged) - set(stored) == set()
    assert (report.clean, report.transfers) == (True, len(stored))
    assert sum(each.posted for each in balances) == 0


async def the_one_left_behind_commits_nothing(
    cluster: Cluster, batcher: Batcher, acknowledged: int
) -> None:
    """It starts again as it was, a primary, first among the hosts of the URL."""
    await cluster.one.start(Cluster.QUORUM)
    assert await cluster.one.ask("SELECT epoch FROM db.writer", NAME) == 1
    timeline = "SELECT timeline_id FROM pg_control_checkpoint()"
    await cluster.two.ask("CHECKPOINT")
    assert (await cluster.one.ask(timeline), await cluster.two.ask(timeline)) == (1, 2)
    count = "SELECT count(*) FROM ledger.transfer"
    left, gone_on = await cluster.one.ask(count, NAME), await cluster.two.ask(count, NAME)
    assert isinstance(left, int)
    assert left >= acknowledged
    await cluster.two.ask(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <>"
        f" pg_backend_pid() AND datname = '{NAME}'"
    )
    with pytest.raises(Replaced, match="older history"):
        await batcher.run(pay, wish(*ACCOUNTS[:2]))
    assert await cluster.one.ask(count, NAME) == left
    await a_newcomer_waits_for_the_quorum(cluster)
    assert await cluster.two.ask(count, NAME) == gone_on


async def a_newcomer_waits_for_the_quorum(cluster: Cluster) -> None:
    """A process that remembers nothing cannot even take the epoch: no standby confirms it."""
    left = Server(cluster.one.url).database(NAME)
    newcomer = Batcher(left, None, utc_now, fence=Fence("my"))
    starting = asyncio.create_task(newcomer.start())
    await cluster.until("SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    assert not starting.done()
    cluster.one.kill()
    with pytest.raises(asyncpg.PostgresConnectionError):
        await starting
