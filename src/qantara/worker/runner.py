"""Due work: one table from the name of a job to the verb that does it."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from qantara.clock import Clock
from qantara.db import Batcher, Tx, jobs
from qantara.db.batcher import Verb
from qantara.db.jobs import Job

POLL_SECONDS = 0.5
BATCH = 32
log = logging.getLogger(__name__)


class JobRunner:
    """Claims due jobs through the role's batcher and runs each in a batch of its own verb."""

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
            claimed: list[Job] = await self._batcher.run(_claim, BATCH)
            for job in claimed:
                await self._run(job)
        except Exception:  # one of three places: a job's failure must not end the runner
            log.exception("the job runner could not work")
            return 0
        return len(claimed)

    async def _run(self, job: Job) -> None:
        try:
            await self._batcher.run(self._verbs[job.name], job.payload or None)
        except Exception as error:  # as above; the error is kept with the job
            log.exception("a job failed", extra={"job": job.id})
            await self._batcher.run(_fail, (job, repr(error)))
        else:
            await self._batcher.run(_finish, job)


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
