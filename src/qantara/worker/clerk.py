"""Enters what was posted, so that statements stay quick; beside the writer and never in its way."""

import asyncio
import logging

from qantara.db import Database
from qantara.ledger import flow as ledger

PAUSE_SECONDS = 2.0
log = logging.getLogger(__name__)


class Clerk:
    """Follows the book, at most `PAUSE_SECONDS` and a bulk behind; idle while nothing is posted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Called after each commit of the role's batcher."""
        self._wake.set()

    def start(self) -> None:
        self._wake.set()
        self._task = asyncio.create_task(self._loop())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _loop(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._follow()
            except Exception:  # as in the job runner: one failure must not end the following
                log.exception("entries are not made now")
                self._wake.set()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _follow(self) -> None:
        """Enter until less is left than is entered at once."""
        entered = ledger.ENTERED_AT_ONCE
        while entered == ledger.ENTERED_AT_ONCE:
            async with self._database.look() as connection:
                entered = await ledger.enter(connection)
