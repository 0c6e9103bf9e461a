"""Requests with one idempotency key wait for each other, whichever process they come to."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from qantara import ids
from qantara.clock import Clock
from qantara.db import Database
from qantara.edge import flow
from qantara.edge.flow import LEASE_SECONDS
from qantara.edge.model import Answer
from qantara.errors import Conflict, QantaraError, Reason

WAIT_SECONDS = 30.0
"""How long a request waits for its twin in another process."""
_LOOK_SECONDS, _LOOK_MOST_SECONDS = 0.02, 0.5
_log = logging.getLogger("qantara.edge.turns")


class Turns:
    """A lock for each key in use: of two requests that come together, the second finds the
    first one's answer, so that a key never does two different things.

    Between processes the lock is a lease in the database, prolonged for as long as its holder
    works; taking it costs nothing beyond the look for an answer.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._holder = ids.new("prc")
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def of(self, principal_id: str, key: str) -> asyncio.Lock:
        """Hold on to the lock: who comes meanwhile gets the same one."""
        return self._locks.setdefault((principal_id, key), asyncio.Lock())

    async def begin(self, principal_id: str, key: str, digest: bytes) -> Answer | None:
        """The answer given before; None once the turn is ours.

        Raises `Conflict` if the key was used for another request, or if a twin in another
        process works on and on.
        """
        loop = asyncio.get_running_loop()
        ends, pause = loop.time() + WAIT_SECONDS, _LOOK_SECONDS
        while True:
            async with self._database.look() as tx:
                found = await flow.begin(tx, principal_id, key, digest, self._holder, self._clock())
            if isinstance(found, Conflict):
                raise found
            if isinstance(found, Answer):
                return found
            if found:
                return None
            if loop.time() >= ends:
                raise Conflict(Reason.REQUEST_IN_PROGRESS, key=key)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LOOK_MOST_SECONDS)

    @asynccontextmanager
    async def held(self, principal_id: str, key: str) -> AsyncIterator[None]:
        """Show signs of life while the request is worked on."""
        lease = _Lease(self._database, self._clock, (principal_id, key, self._holder))
        lease.wait()
        try:
            yield
        finally:
            lease.end()

    async def release(self, principal_id: str, key: str) -> None:
        """Leave the key free: nothing was kept under it."""
        async with self._database.look() as tx:
            await flow.release(tx, principal_id, key, self._holder)


class _Lease:
    """Prolongs a turn every third of its lease. Most requests end before the first time."""

    def __init__(self, database: Database, clock: Clock, whose: tuple[str, str, str]) -> None:
        self._database, self._clock, self._whose = database, clock, whose
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LEASE_SECONDS / 3, self._begin)

    def end(self) -> None:
        for each in (self._timer, self._task):
            if each is not None:
                each.cancel()

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._prolong())

    async def _prolong(self) -> None:
        try:
            async with self._database.look() as tx:
                await flow.prolong(tx, *self._whose, self._clock())
        except QantaraError as error:
            _log.warning("a turn could not be prolonged", exc_info=error)
        self.wait()
