"""Due work: its rhythm, its failures, and two runners beside each other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from worker_roles import Role, role

from qantara.db import Batcher, Server, Tx, jobs
from qantara.db.jobs import Job
from qantara.worker import JobRunner

Servers = Callable[[int], Server]


@pytest.fixture
async def here(servers: Servers) -> AsyncIterator[Role]:
    async with role(servers(18)) as made:
        yield made


async def add(here: Role, *wanted: Job) -> None:
    async def verb(tx: Tx, _node: object, commands: Sequence[Any], _now: datetime) -> list[None]:
        await jobs.enqueue(tx, wanted)
        return [None] * len(commands)

    await here.batcher.run(verb, None)


def job(here: Role, name: str, every_seconds: int | None = None) -> Job:
    return Job(name, name, {}, here.clock(), every_seconds)


class Done:
    """A verb that counts its turns, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.times, self.failures = 0, failures

    async def verb(
        self, _tx: Tx, _node: object, commands: Sequence[Any], _now: datetime
    ) -> list[None]:
        self.times += len(commands)
        if self.failures:
            self.failures -= 1
            raise ZeroDivisionError("not today")
        return [None] * len(commands)


async def test_a_single_job_is_done_once_and_goes(here: Role) -> None:
    done = Done()
    runner = JobRunner(here.batcher, {"one": done.verb}, here.clock)
    await add(here, job(here, "one"))
    assert [await runner.run_due(), await runner.run_due()] == [1, 0]
    assert done.times == 1
    assert await here.rows("SELECT id FROM db.job") == []


async def test_a_rhythmic_job_comes_round_after_its_seconds_and_not_before(here: Role) -> None:
    done = Done()
    runner = JobRunner(here.batcher, {"beat": done.verb}, here.clock)
    await add(here, job(here, "beat", 60))
    assert await runner.run_due() == 1
    here.clock.forward(58)
    assert await runner.run_due() == 0
    here.clock.forward(3)
    assert await runner.run_due() == 1
    assert done.times == 2


async def test_a_failure_is_kept_tried_again_and_forgotten_when_it_works(
    here: Role, caplog: pytest.LogCaptureFixture
) -> None:
    done = Done(failures=1)
    runner = JobRunner(here.batcher, {"beat": done.verb}, here.clock)
    await add(here, job(here, "beat", 60))
    await runner.run_due()
    kept = await here.rows("SELECT error, attempts FROM db.job")
    assert kept == [("ZeroDivisionError('not today')", 1)]
    assert "a job failed" in caplog.text
    assert await runner.run_due() == 0
    here.clock.forward(3)
    assert await runner.run_due() == 1
    assert await here.rows("SELECT error, attempts FROM db.job") == [(None, 0)]


async def test_a_failing_job_does_not_hold_up_the_others(here: Role) -> None:
    bad, good = Done(failures=9), Done()
    runner = JobRunner(here.batcher, {"bad": bad.verb, "good": good.verb}, here.clock)
    await add(here, job(here, "bad"), job(here, "good"), job(here, "nameless"))
    assert await runner.run_due() == 3
    assert good.times == 1
    kept = await here.rows("SELECT id, error FROM db.job ORDER BY id")
    assert kept == [("bad", "ZeroDivisionError('not today')"), ("nameless", "KeyError('nameless')")]


async def test_two_runners_never_do_one_job_at_once(here: Role) -> None:
    done = Done()
    second = Batcher(here.database, None, here.clock)
    await second.start()
    try:
        runners = [JobRunner(b, {"one": done.verb}, here.clock) for b in (here.batcher, second)]
        await add(here, *(Job(f"j{n}", "one", {}, here.clock()) for n in range(50)))
        counts = await asyncio.gather(*(runner.run_due() for runner in runners * 3))
    finally:
        await second.stop()
    assert sum(counts) == 50
    assert done.times == 50


async def test_a_job_whose_worker_died_comes_round_when_its_lease_ends(here: Role) -> None:
    await add(here, job(here, "one"))
    async with asyncio.timeout(5):
        claimed = await here.batcher.run(_claim, None)
    done = Done()
    runner = JobRunner(here.batcher, {"one": done.verb}, here.clock)
    assert [each.id for each in claimed] == ["one"]
    assert await runner.run_due() == 0
    here.clock.forward(jobs.LEASE_SECONDS + 1)
    assert await runner.run_due() == 1
    assert done.times == 1


async def _claim(tx: Tx, _node: object, commands: Sequence[Any], now: datetime) -> list[list[Job]]:
    return [await jobs.claim(tx, 1, now) for _ in commands]


async def test_the_loop_keeps_the_rhythm_by_itself(here: Role) -> None:
    done = Done()
    runner = JobRunner(here.batcher, {"beat": done.verb}, here.clock)
    await add(here, job(here, "beat", 1))
    runner.start()
    with suppress(TimeoutError):
        async with asyncio.timeout(4):
            while done.times < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    await runner.stop()
    assert done.times == 2
