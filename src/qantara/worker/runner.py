"""Due work: one table from the name of a job to the verb that does it."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from qantara.clock import Clock
from qantara.db import Batcher, Tx, jobs
from qantara.db.batcher import Verb
from qantara.db.jobs import Job

POLL_SECONDS = 0.5
BATCH = 32
log = logging.getLogger(__name__)


class JobRunner:
    """Claims due jobs through the role's batcher and runs them there together: what is due at the
    same moment shares a transaction, with payments if there are any.
    """

    def __init__(self, batcher: Batcher, verbs: Mapping[str, Verb], clock: Clock) -> None:
        self._batcher, self._verbs, self._clock = batcher, verbs, clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._loop())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _loop(self) -> None:
        while True:
            await self.run_due()
            await asyncio.sleep(POLL_SECONDS)

    async def run_due(self) -> int:
        """Run what is due now; how many jobs that was."""
        try:
            claimed: list[Job] = await self._batcher.run(_claim, BATCH, rides=True)
            if claimed:
                await self._run(claimed)
        except Exception:  # one of three places: a job's failure must not end the runner
            log.exception("the job runner could not work")
            return 0
        return len(claimed)

    async def _run(self, claimed: Sequence[Job]) -> None:
        """Run them all, then note of each that it is done or why it is not."""
        asked = [self._begin(job) for job in claimed]
        done: list[Job] = []
        failed: list[tuple[Job, str]] = []
        for job, (outcome,) in zip(claimed, await asyncio.gather(*asked), strict=True):
            if isinstance(outcome, BaseException):
                log.error("a job failed", exc_info=outcome, extra={"job": job.id})
                failed.append((job, repr(outcome)))
            else:
                done.append(job)
        await asyncio.gather(
            self._batcher.run_all(_finish, done, rides=True),
            self._batcher.run_all(_fail, failed, rides=True),
        )

    def _begin(self, job: Job) -> "asyncio.Future[list[Any]]":
        if job.name in self._verbs:
            return self._batcher.submit(self._verbs[job.name], (job.payload or None,))
        unknown: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        unknown.set_result([KeyError(job.name)])
        return unknown


async def _claim(tx: Tx, _node: object, limits: Sequence[int], now: datetime) -> list[list[Job]]:
    claimed = await jobs.claim(tx, sum(limits), now)
    return [claimed, *([] for _ in limits[1:])]


async def _finish(tx: Tx, _node: object, done: Sequence[Job], now: datetime) -> list[None]:
    await jobs.finish(tx, done, now)
    return [None] * len(done)


async def _fail(
    tx: Tx, _node: object, failed: Sequence[tuple[Job, str]], now: datetime
) -> list[None]:
    await jobs.fail(tx, failed, now)
    return [None] * len(failed)
