"""Group commit: while one batch commits, the next one gathers. No timer.

A verb takes a list of commands in one transaction and returns as many outcomes. Every posting
verb of a role goes through its one batcher and so through its one writer connection, which
gives order without locks between writers.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from qantara.clock import Clock
from qantara.db.database import Database, Tx
from qantara.errors import QantaraError, Reason, Unavailable

Verb = Callable[[Tx, Any, Sequence[Any], datetime], Awaitable[Sequence[Any]]]
CAP = 128
RIDE_SECONDS = 0.05
# What a verb may see while its connection is being ended; afterwards the connection is closed.
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    OSError,
)


@dataclass(slots=True)
class _Item:
    verb: Verb
    command: Any
    outcome: "asyncio.Future[Any]"


class Batcher:
    """The one writer of a role.

    `node` is the role's own configuration, handed to every verb; `committed` is called after
    each commit (it wakes the deliverer).
    """

    def __init__(
        self,
        database: Database,
        node: object,
        clock: Clock,
        committed: Callable[[], None] = lambda: None,
        cap: int = CAP,
    ) -> None:
        self._database, self._node, self._clock = database, node, clock
        self._committed, self._cap = committed, cap
        self._waiting: deque[_Item] = deque()
        self._filled = asyncio.Event()
        self._connection: Tx | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        self._connection = await self._database.writer()
        self._task = asyncio.create_task(self._loop())

    async def stop(self) -> None:
        """Take nothing new, finish what waits or runs, then close the writer."""
        self._stopping = True
        self._filled.set()
        if self._task is not None:
            await self._task
        if self._connection is not None:
            await self._connection.close()

    async def run(self, verb: Verb, command: object, *, rides: bool = False) -> Any:
        """The verb's outcome for this command, after its batch is durable.

        A `QantaraError` among the outcomes is raised here; a `Refused` is returned. A command
        that `rides` asks for no batch of its own: it goes with the next one, or after
        `RIDE_SECONDS` where none comes.
        """
        if self._stopping or self._task is None or self._task.done():
            raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party="database", detail="closed")
        outcome = asyncio.get_running_loop().create_future()
        self._waiting.append(_Item(verb, command, outcome))
        if rides:
            asyncio.get_running_loop().call_later(RIDE_SECONDS, self._filled.set)
        else:
            self._filled.set()
        return await outcome

    async def run_all(
        self, verb: Verb, commands: Sequence[object], *, rides: bool = False
    ) -> list[Any]:
        """Outcomes of many commands, errors among them as values."""
        return await asyncio.gather(
            *(self.run(verb, command, rides=rides) for command in commands),
            return_exceptions=True,
        )

    async def _loop(self) -> None:
        while self._waiting or not self._stopping:
            await self._filled.wait()
            count = min(len(self._waiting), self._cap)
            batch = [self._waiting.popleft() for _ in range(count)]
            if not self._waiting and not self._stopping:
                self._filled.clear()
            if batch:
                await self._commit(batch)

    async def _commit(self, batch: list[_Item], *, again: bool = True) -> None:
        """Run a batch; after a lost writer once more as it is, after an error item by item."""
        try:
            outcomes = await self._transact(batch)
        except Exception as error:  # noqa: BLE001 - one of three places: the guilty item must be found
            lost = self._lost(error)
            if lost and not await self._reconnect():
                _fail(batch, _unavailable(error))
            elif lost and again:
                await self._commit(batch, again=False)
            elif len(batch) > 1:
                for item in batch:
                    await self._commit([item])
            else:
                _fail(batch, _unavailable(error) if lost else error)
            return
        self._committed()
        for item, outcome in zip(batch, outcomes, strict=True):
            if item.outcome.done():
                continue
            if isinstance(outcome, QantaraError):
                item.outcome.set_exception(outcome)
            else:
                item.outcome.set_result(outcome)

    async def _transact(self, batch: list[_Item]) -> list[Any]:
        """Run the batch grouped by verb, in order of first arrival; one transaction."""
        if self._connection is None or self._connection.is_closed():
            raise asyncpg.InterfaceError("the writer connection is closed")
        groups: dict[Verb, list[int]] = {}
        for place, item in enumerate(batch):
            groups.setdefault(item.verb, []).append(place)
        outcomes: list[Any] = [None] * len(batch)
        now = self._clock()
        async with self._connection.transaction():
            for verb, places in groups.items():
                commands = [batch[place].command for place in places]
                answers = await verb(self._connection, self._node, commands, now)
                for place, answer in zip(places, answers, strict=True):
                    outcomes[place] = answer
        return outcomes

    def _lost(self, error: Exception) -> bool:
        closed = self._connection is None or self._connection.is_closed()
        return closed or isinstance(error, _LOST)

    async def _reconnect(self) -> bool:
        """Replace the writer; commands carry their own ids, so running them again is safe."""
        if self._connection is not None:
            self._connection.terminate()
        try:
            self._connection = await self._database.writer()
        except (Unavailable, asyncpg.PostgresError):
            self._connection = None
        return self._connection is not None


def _fail(batch: Sequence[_Item], error: Exception) -> None:
    for item in batch:
        if not item.outcome.done():
            item.outcome.set_exception(error)


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party="database", detail=str(error))
