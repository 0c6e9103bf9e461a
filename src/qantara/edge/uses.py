"""When a key was used last: noted once a minute at most, and never waited for."""

import asyncio
import logging
import time
from collections.abc import Callable

from qantara.access import keys
from qantara.db import Batcher
from qantara.errors import QantaraError

FORGET_COUNT = 10_000
_log = logging.getLogger("qantara.edge.uses")


class Uses:
    """The keys whose use this process has noted within the last minute."""

    def __init__(self, batcher: Batcher, ticks: Callable[[], float] = time.monotonic) -> None:
        self._batcher, self._ticks = batcher, ticks
        self._noted: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, key_id: str | None) -> None:
        if key_id is None:
            return
        now = self._ticks()
        last = self._noted.get(key_id)
        if last is not None and now - last < keys.USE_SECONDS:
            return
        if len(self._noted) >= FORGET_COUNT:
            self._noted.clear()
        self._noted[key_id] = now
        task = asyncio.create_task(self._write(key_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, key_id: str) -> None:
        try:
            await self._batcher.run(keys.used, key_id, rides=True)
        except QantaraError:
            _log.warning("the use of a key could not be noted", extra={"key": key_id})
