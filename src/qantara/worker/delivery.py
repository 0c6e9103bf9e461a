"""Deliver stored messages, in order per recipient, until each is acknowledged."""

import asyncio
import logging
from collections.abc import Mapping

from qantara.clock import Clock
from qantara.db import Batcher, Database, mail
from qantara.db.batcher import Verb
from qantara.db.mail import Queued
from qantara.edge.envelope import Ack, Envelope
from qantara.errors import QantaraError
from qantara.worker.link import Link

BATCH = 128
IDLE_SECONDS = 1.0
log = logging.getLogger(__name__)


class Deliverer:
    """One task per recipient, so that a slow one does not hold up the others.

    It is woken directly after a commit; the idle look finds what a crash or a postponement
    left behind. `acknowledged` is the role's verb for messages its recipients have taken.
    """

    def __init__(
        self,
        database: Database,
        batcher: Batcher,
        links: Mapping[str, Link],
        clock: Clock,
        acknowledged: Verb | None = None,
    ) -> None:
        self._database, self._batcher, self._links = database, batcher, links
        self._clock, self._acknowledged = clock, acknowledged
        self._wakes = {recipient: asyncio.Event() for recipient in links}
        self._tasks: list[asyncio.Task[None]] = []

    def wake(self) -> None:
        for event in self._wakes.values():
            event.set()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(recipient)) for recipient in self._links]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, recipient: str) -> None:
        wake = self._wakes[recipient]
        while True:
            wake.clear()
            if await self._deliver_some(recipient) == BATCH:
                continue
            try:
                await asyncio.wait_for(wake.wait(), IDLE_SECONDS)
            except TimeoutError:
                continue

    async def _deliver_some(self, recipient: str) -> int:
        """Deliver the oldest messages; how many there were."""
        async with self._database.read() as tx:
            queued = await mail.due(tx, recipient, BATCH, self._clock())
        if not queued:
            return 0
        envelopes = [Envelope(item.key, item.name, item.uetr, item.raw) for item in queued]
        try:
            acks = await self._links[recipient].deliver(envelopes)
        except Exception as error:  # the receiver's failure is not ours: keep, tell, try again
            if not isinstance(error, QantaraError):
                log.exception("%s failed to take %d messages", recipient, len(envelopes))
            await self._batcher.run_all(mail.postponed, queued)
            return 0
        await self._mark(queued, acks)
        return len(queued)

    async def _mark(self, queued: list[Queued], acks: list[Ack]) -> None:
        taken = [item for item, ack in zip(queued, acks, strict=True) if ack.accepted]
        marks = [self._batcher.run_all(mail.delivered, [item.sequence for item in taken])]
        if self._acknowledged is not None and taken:
            keys = [item.key for item in taken]
            marks.append(self._batcher.run_all(self._acknowledged, keys))
        lost = [
            (item.sequence, f"{ack.reason}: {ack.detail}")
            for item, ack in zip(queued, acks, strict=True)
            if not ack.accepted
        ]
        if lost:
            marks.append(self._batcher.run_all(mail.refused, lost))
        for outcomes in await asyncio.gather(*marks):
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
