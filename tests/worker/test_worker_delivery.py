"""The deliverer against real inboxes, over a road that fails as it is told to."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from worker_roles import POISON, REFUSED, Road, Role, effects, role

from qantara.db import Server, Tx, mail
from qantara.db.mail import Outgoing
from qantara.worker import Deliverer
from qantara.worker.delivery import SWEEP_SECONDS

Servers = Callable[[int], Server]
_REFUSED = "SELECT 1 FROM db.outbox WHERE refused IS NOT NULL"


@dataclass
class Told:
    """What the role's own verbs were told."""

    acknowledged: list[str] = field(default_factory=list)
    bounced: list[tuple[str, str]] = field(default_factory=list)

    async def acknowledge(
        self, _tx: Tx, _node: object, keys: Sequence[str], _now: datetime
    ) -> list[None]:
        self.acknowledged += keys
        return [None] * len(keys)

    async def bounce(
        self, _tx: Tx, _node: object, items: Sequence[tuple[str, str]], _now: datetime
    ) -> list[None]:
        self.bounced += items
        return [None] * len(items)


@dataclass
class Pair:
    here: Role
    road: Road
    side_road: Road
    told: Told
    deliverer: Deliverer

    def again(self) -> Deliverer:
        """A second deliverer of the same role, as after a restart."""
        links = {"there": self.road, "other": self.side_road}
        return _deliverer(self.here, links, self.told)


def _deliverer(here: Role, links: Mapping[str, Any], told: Told) -> Deliverer:
    return Deliverer(here.database, here.batcher, links, here.clock, told.acknowledge, told.bounce)


@pytest.fixture
async def pair(servers: Servers) -> AsyncIterator[Pair]:
    server, hands = servers(18), []
    async with role(server, lambda left: [hand(left) for hand in hands]) as here:
        road, side, told = Road(here, "there"), Road(here, "other"), Told()
        deliverer = _deliverer(here, {"there": road, "other": side}, told)
        hands.append(deliverer.hand)
        yield Pair(here, road, side, told, deliverer)
        await deliverer.stop()


@asynccontextmanager
async def delivering(deliverer: Deliverer) -> AsyncIterator[None]:
    deliverer.start()
    try:
        yield
    finally:
        await deliverer.stop()


async def test_each_recipient_gets_its_messages_once_in_the_order_they_were_left(
    pair: Pair,
) -> None:
    async with delivering(pair.deliverer):
        keys: dict[str, list[str]] = {"there": [], "other": []}
        for number in range(40):
            recipient = "there" if number % 3 else "other"
            raws = [b"%d" % number] * (1 + number % 25)
            keys[recipient] += await pair.here.send(recipient, raws)
        await pair.here.waits()
    assert await effects(pair.here) == keys["there"]
    assert await effects(pair.here, "other") == keys["other"]
    assert sorted(pair.told.acknowledged) == sorted(keys["there"] + keys["other"])


async def test_what_a_commit_left_is_delivered_without_waiting_for_the_sweep(pair: Pair) -> None:
    async with delivering(pair.deliverer):
        await asyncio.sleep(0.1)
        began = asyncio.get_running_loop().time()
        await pair.here.send("there", [b"now"])
        while not pair.road.calls:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        assert asyncio.get_running_loop().time() - began < 0.5


async def test_a_deliverer_that_is_handed_work_and_stopped_at_once_does_stop(pair: Pair) -> None:
    deliverer = pair.again()
    for _ in range(5):
        deliverer.start()
        await asyncio.sleep(0.05)
        await pair.here.send("there", [b"work"])
        async with asyncio.timeout(5):
            await deliverer.stop()


async def test_a_lost_answer_makes_a_second_delivery_and_no_second_effect(pair: Pair) -> None:
    pair.road.faults = deque(["lost", "lost"])
    async with delivering(pair.deliverer):
        keys = await pair.here.send("there", [b"a", b"b", b"c"])
        await pair.here.waits()
    assert len(pair.road.calls) == 3
    assert await effects(pair.here) == keys
    assert sorted(pair.told.acknowledged) == sorted(keys)


async def test_messages_wait_for_a_recipient_that_is_down_and_arrive_when_it_is_back(
    pair: Pair,
) -> None:
    pair.road.faults = deque(["down", "down"])
    async with delivering(pair.deliverer):
        keys = await pair.here.send("there", [b"1", b"2", b"3"])
        await pair.here.waits()
    assert await effects(pair.here) == keys
    assert len(pair.road.calls) == 3


async def test_a_recipient_that_is_down_does_not_hold_up_another(pair: Pair) -> None:
    pair.road.faults = deque(["down"] * 50)
    async with delivering(pair.deliverer):
        await pair.here.send("there", [b"1"])
        keys = await pair.here.send("other", [b"2"])
        await pair.here.waits(1)
        tried = await pair.here.rows("SELECT attempts, refused FROM db.outbox")
    assert await effects(pair.here, "other") == keys
    assert tried[0][0] >= 1
    assert tried[0][1] is None


async def test_a_poison_message_is_postponed_and_told_while_the_others_are_marked(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    raws = [b"good", POISON, b"good", b"good"]
    keys = await pair.here.send("there", raws)
    async with delivering(pair.deliverer):
        await pair.here.waits(1)
        left = await pair.here.rows(
            "SELECT s.key, o.attempts, o.refused FROM db.outbox o JOIN db.sent s USING (sequence)"
        )
        later = await pair.here.send("there", [b"later"])
        await pair.here.waits(1)
    assert left == [(keys[1], 1, None)]
    assert await effects(pair.here) == [keys[0], *keys[2:], *later]
    assert "failed to take" in caplog.text


async def test_a_message_refused_for_good_is_kept_with_what_was_said_and_bounces(
    pair: Pair,
) -> None:
    async with delivering(pair.deliverer):
        keys = await pair.here.send("there", [b"good", REFUSED, b"good"])
        async with asyncio.timeout(5):
            while not pair.told.bounced:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await pair.here.waits(1)
        await asyncio.sleep(1.3)  # a sweep has passed
    async with pair.here.database.read() as tx:
        kept = await mail.undeliverable(tx)
    assert kept == [("there", keys[1], "message_schema: /Document")]
    assert pair.told.bounced == [(keys[1], "message_schema")]
    assert [call.count(keys[1]) for call in pair.road.calls] == [1]
    assert sorted(pair.told.acknowledged) == sorted([keys[0], keys[2]])


async def test_what_was_taken_once_does_not_bounce_when_it_is_refused_later(pair: Pair) -> None:
    """It was acted on there: undone here, a payment would be both rejected and paid."""
    message = Outgoing("there", "k" * 32, "note", "uetr-1", b"payment")

    async def leave(tx: Any, _node: Any, commands: Any, now: datetime) -> list[None]:
        await mail.send(tx, [message], now)
        return [None] * len(commands)

    async def again(tx: Any, _node: Any, commands: Any, now: datetime) -> list[None]:
        await mail.send_again(tx, "there", [("uetr-1", message.key)], now)
        return [None] * len(commands)

    async with delivering(pair.deliverer):
        await pair.here.batcher.run(leave, None)
        await pair.here.waits()
        pair.road.faults = deque(["no"])
        await pair.here.batcher.run(again, None)
        async with asyncio.timeout(5):
            while not await pair.here.rows(_REFUSED):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert pair.told.bounced == []
    assert await effects(pair.here) == [message.key]


async def test_what_a_crash_left_is_delivered_after_the_restart(pair: Pair) -> None:
    keys = await pair.here.send("there", [b"left"] * 600)  # more than a page
    async with delivering(pair.again()):
        await pair.here.waits()
    assert await effects(pair.here) == keys


async def test_a_crash_between_delivery_and_mark_repeats_without_effect(pair: Pair) -> None:
    pair.road.faults = deque(["lost"])
    pair.deliverer.start()
    keys = await pair.here.send("there", [b"x"])
    async with asyncio.timeout(5):
        while not await effects(pair.here):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await pair.deliverer.stop()
    async with delivering(pair.again()):
        await pair.here.waits()
    assert await effects(pair.here) == keys


async def test_a_peer_that_answers_too_little_is_tried_again(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    pair.road.faults = deque(["short"])
    async with delivering(pair.deliverer):
        keys = await pair.here.send("there", [b"1", b"2"])
        await pair.here.waits()
        more = await pair.here.send("there", [b"3"])
        await pair.here.waits()
    assert await effects(pair.here) == keys + more
    assert caplog.text


async def test_a_message_without_a_link_stays_and_is_told(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    async with delivering(pair.deliverer):
        await pair.here.send("nowhere", [b"?"])
        keys = await pair.here.send("there", [b"!"])
        await pair.here.waits(1)
    assert await effects(pair.here) == keys
    assert "no link leads there" in caplog.text


async def test_the_reader_outlives_a_moment_without_its_database(
    pair: Pair, servers: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    async with delivering(pair.deliverer):
        await pair.here.send("there", [b"before"])
        await pair.here.waits()
        name = pair.here.database.url.partition("?")[0].rpartition("/")[2]
        owner = await servers(18).connect()
        await owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        await asyncio.sleep(SWEEP_SECONDS + 0.2)
        await owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await owner.close()
        await pair.here.send("there", [b"after"])
        await pair.here.waits()
    assert len(await effects(pair.here)) == 2
