"""Many schedules, each from the same snapshot, and what the auditor says of every one."""

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from qantara.db import Server
from qantara.db.embedded import EmbeddedServer
from qantara.settings import Settings
from qantara.world import kills, worlds
from qantara.world.audit import audit
from qantara.world.chaos import corrupting, settling, snapshot, standing
from qantara.world.chaos.dice import dice
from qantara.world.chaos.model import Chaos, Ran, Record
from qantara.world.chaos.playing import STEPS, Player
from qantara.world.chaos.snapshot import Snapshot

Progress = Callable[[str], None]
FOLDER = "chaos"
AT_ONCE = 2
TELLING = 10
"""Every so many schedules somebody who waits is told."""
CONFIGURATION = """\
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
"""
"""Processes end in this world and the machine never does: what the kernel was given is safe."""


@asynccontextmanager
async def server(settings: Settings, progress: Progress) -> AsyncIterator[Server]:
    """The server that the settings name, or an embedded one of its own, without fsync."""
    if settings.database_url is None:
        settings = replace(settings, home=settings.home / FOLDER)
        own = EmbeddedServer(settings).own_configuration
        own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own.write_text(CONFIGURATION)
    async with worlds.database_server(settings, progress) as found:
        yield found


async def one(
    taken: Snapshot, seed: int, number: int, steps: int = STEPS, *, corrupted: bool = False
) -> Ran:
    """One schedule from its beginning to the auditor's word; `corrupted`, a row of it is then
    changed on purpose.
    """
    words, record = f"{seed}/{number}", Record()
    name = f"{taken.spec.name}n{number}"
    async with snapshot.staged(taken, name, words, record) as stage:
        player = Player(stage, dice(f"{words}/play"), record)
        await player.play(steps)
        await settling.settle(player)
        server, spec, dropped = stage.server, stage.spec, stage.roads.dropped
        audited = await audit(server, spec, dropped=dropped)
        ended = await standing.ended(stage.roles)
        digest = await standing.digest(stage.roles, record.lines)
        found = None
        if corrupted:
            found = await corrupting.corrupt(stage, audited, dice(f"{words}/corrupt"))
    return Ran(
        seed=seed,
        number=number,
        digest=digest,
        payments=sum(order.said == "accepted" for order in player.orders),
        ended=ended,
        faults=record.faults,
        acts=record.acts,
        audit=audited,
        lines=tuple(record.lines),
        found=found,
    )


async def run(
    settings: Settings, seed: int, numbers: Sequence[int], real_kills: int, progress: Progress
) -> Chaos:
    """Every schedule of these numbers, a corrupted row in the last one, and then real kills."""
    async with server(settings, progress) as found:
        progress("populating the world that every schedule begins with")
        async with snapshot.taken(found, world_name()) as taken:
            ran = await _all(taken, seed, numbers, progress)
    killed = None
    if real_kills:
        progress(f"{real_kills} real kills")
        killed = await kills.run(settings, seed, real_kills, progress)
    return Chaos(seed, tuple(ran), killed)


async def _all(taken: Snapshot, seed: int, numbers: Sequence[int], progress: Progress) -> list[Ran]:
    """Some at a time: while one waits for the database, another one thinks. None knows of any
    other, so that each would go the same way alone.
    """
    waiting, ran = deque(numbers), list[Ran]()

    async def play() -> None:
        while waiting:
            number = waiting.popleft()
            done = await one(taken, seed, number, corrupted=number == numbers[-1])
            ran.append(done)
            if len(ran) % TELLING == 0 or len(ran) == len(numbers) or not done.audit.clean:
                said = "clean" if done.audit.clean else f"WRONG: {done.replay}"
                progress(f"{len(ran)} of {len(numbers)} schedules; number {number} is {said}")

    async with asyncio.TaskGroup() as players:
        for _ in range(AT_ONCE):
            players.create_task(play())
    return sorted(ran, key=lambda each: each.number)


def world_name() -> str:
    """Of a snapshot: several may be in use on one server at the same time."""
    return f"chaos{uuid.uuid4().hex[:6]}"
