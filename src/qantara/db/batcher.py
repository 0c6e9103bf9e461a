"""Group commit: while one batch commits, the next one gathers. No timer: a batch waits at most for
a few turns of the event loop, which are microseconds when it is idle; when it is busy, what others
are just about to ask comes along.

Where more is waiting, the outcomes of a batch are told when the next one's first statement is on
its way: whoever asked works with them while the database works too, and not while it waits.

A verb takes a list of commands in one transaction and returns as many outcomes. Every posting
verb of a role goes through its one batcher and so through its one writer connection, which
gives order without locks between writers.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import asyncpg

from qantara.clock import Clock
from qantara.db import leaving, mail
from qantara.db.database import Database, Tx
from qantara.db.fence import Fence, Replaced
from qantara.db.mail import Queued
from qantara.db.turns import Turns, step_of
from qantara.errors import Reason, Unavailable
from qantara.telemetry import Witness, traces

Verb = Callable[[Tx, Any, Sequence[Any], datetime], Awaitable[Sequence[Any]]]
Committed = Callable[[Sequence[Queued]], None]
CAP = 128
GATHER_TURNS = 2
RIDE_SECONDS = 0.05
log = logging.getLogger(__name__)
# What a verb may see while its connection is being ended; afterwards the connection is closed.
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    OSError,
)


@dataclass(slots=True)
class _Group:
    """Commands that came together and are answered together."""

    answered: "asyncio.Future[list[Any]]"
    outcomes: list[Any]
    left: int
    asked: traces.Asked

    def tell(self, place: int, outcome: object) -> None:
        self.outcomes[place] = outcome
        self.left -= 1
        if not self.left and not self.answered.done():
            self.answered.set_result(self.outcomes)


@dataclass(slots=True)
class _Item:
    verb: Verb
    command: Any
    group: _Group
    place: int


class Batcher:
    """The one writer of a role.

    `node` is the role's own configuration, handed to every verb; `committed` is called after
    each commit with the messages it left for delivery, and `witness` notes what every batch was.
    With a `fence` it is the only one that writes in its database, or it does not write; with
    `turns` it shares them with the other roles of its process.
    """

    def __init__(
        self,
        database: Database,
        node: object,
        clock: Clock,
        committed: Committed = lambda _: None,
        cap: int = CAP,
        witness: Witness | None = None,
        fence: Fence | None = None,
        turns: Turns | None = None,
    ) -> None:
        self._turns = turns
        self._database, self._node, self._clock = database, node, clock
        self._committed, self._cap = committed, cap
        self._witness, self._fence = witness or Witness(""), fence
        self.replaced: asyncio.Future[Replaced] | None = None
        """Done when another writer has taken over; from then on everything is refused."""
        self._waiting: deque[_Item] = deque()
        self._beginning: dict[asyncio.Future[list[Any]], list[_Item]] = {}
        self._filled = asyncio.Event()
        self._connection: Tx | None = None
        self._task: asyncio.Task[None] | None = None
        self._untold: tuple[list[_Item], list[Any]] = ([], [])
        self._stopping = False
        self.ride_seconds = RIDE_SECONDS
        self.transactions = self.commands = 0
        """How many were committed since it was made."""

    async def start(self, *, wait: bool = False) -> None:
        """Write from now on; with `wait`, once no other process does."""
        self._connection = await self._writer(wait=wait)
        self.replaced = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._loop())

    async def stop(self) -> None:
        """Take nothing new, finish what waits or runs, then close the writer."""
        self._stopping = True
        for answered in list(self._beginning):
            self._begin(answered)
        self._filled.set()
        if self._task is not None:
            await self._task
        if self._connection is not None:
            await self._connection.close()

    async def run(self, verb: Verb, command: object, *, rides: bool = False) -> Any:
        """The verb's outcome for this command, after its batch is durable.

        A `QantaraError` among the outcomes is raised here; a `Refused` is returned. A command
        that `rides` asks for no batch of its own: it goes with the next one, or after
        `ride_seconds` where none comes.
        """
        (outcome,) = await self.submit(verb, (command,), rides=rides)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def run_all(
        self, verb: Verb, commands: Sequence[object], *, rides: bool = False
    ) -> list[Any]:
        """Outcomes of many commands, errors among them as values."""
        return await self.submit(verb, commands, rides=rides)

    def submit(
        self, verb: Verb, commands: Sequence[object], *, rides: bool = False
    ) -> "asyncio.Future[list[Any]]":
        """The same, at once: one future for all, done when the last of them is durable."""
        answered: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        if self._stopping or self._gone() or self._task is None or self._task.done():
            answered.set_result([self._closed()] * len(commands))
        elif not commands:
            answered.set_result([])
        else:
            group = _Group(answered, [None] * len(commands), len(commands), traces.asked())
            items = [_Item(verb, command, group, place) for place, command in enumerate(commands)]
            step = step_of(verb)
            if rides:
                self._waiting.extend(items)
                asyncio.get_running_loop().call_later(self.ride_seconds, self._filled.set)
            elif self._turns is None or step is None:
                self._admit(items)
            else:
                self._beginning[answered] = items
                self._turns.admit(step, partial(self._begin, answered))
        return answered

    def _begin(self, answered: "asyncio.Future[list[Any]]") -> None:
        """It is their turn, if they have not gone before."""
        items = self._beginning.pop(answered, None)
        if items is not None:
            self._admit(items)

    def _admit(self, items: list[_Item]) -> None:
        if self._gone() or self._task is None or self._task.done():
            _fail(items, self._closed())
            return
        if self._turns is not None:
            turns = self._turns
            turns.began(1)
            items[0].group.answered.add_done_callback(lambda _: turns.ended(1))
        self._waiting.extend(items)
        self._filled.set()

    async def _loop(self) -> None:
        try:
            while (self._waiting or not self._stopping) and not self._gone():
                await self._filled.wait()
                for _ in range(GATHER_TURNS):
                    await asyncio.sleep(0)
                count = min(len(self._waiting), self._cap)
                batch = [self._waiting.popleft() for _ in range(count)]
                if not self._waiting and not self._stopping:
                    self._filled.clear()
                if batch:
                    await self._commit(batch)
        finally:  # a defect in what hears of commits ends the writer: nobody may wait for ever
            self._tell()
            _fail(self._waiting, self._closed())
            self._waiting.clear()

    async def _commit(self, batch: list[_Item], *, again: bool = True) -> None:
        """Commit a batch or tell why not; a writer that was replaced does no more."""
        try:
            await self._attempt(batch, again=again)
        except Replaced as error:
            log.critical("another writer has taken over, this one stops: %s", error)
            self._step_down(error)
            _fail(batch, error)

    async def _attempt(self, batch: list[_Item], *, again: bool) -> None:
        """Run a batch; after a lost writer once more as it is, after an error item by item."""
        try:
            with self._witness.batch(batch) as seen, mail.gathered() as left:
                try:
                    outcomes = seen.outcomes = await self._transact(batch)
                finally:
                    self._tell()
        except Replaced:
            raise
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
        self.transactions += 1
        self.commands += len(batch)
        self._untold = batch, outcomes
        self._committed(left)
        if not (self._waiting and self._filled.is_set()):
            self._tell()

    def _tell(self) -> None:
        batch, outcomes = self._untold
        self._untold = ([], [])
        for item, outcome in zip(batch, outcomes, strict=True):
            item.group.tell(item.place, outcome)

    async def _transact(self, batch: list[_Item]) -> list[Any]:
        """Run the batch grouped by verb, in order of first arrival; one transaction."""
        if self._connection is None or self._connection.is_closed():
            raise asyncpg.InterfaceError("the writer connection is closed")
        groups: dict[Verb, list[int]] = {}
        for place, item in enumerate(batch):
            groups.setdefault(item.verb, []).append(place)
        outcomes: list[Any] = [None] * len(batch)
        now = self._clock()
        async with self._transaction(self._connection):
            for verb, places in groups.items():
                commands = [batch[place].command for place in places]
                asked = asyncio.ensure_future(verb(self._connection, self._node, commands, now))
                await asyncio.sleep(0)
                self._tell()
                answers = await asked
                for place, answer in zip(places, answers, strict=True):
                    outcomes[place] = answer
            await leaving.written(self._connection)
        return outcomes

    def _lost(self, error: Exception) -> bool:
        closed = self._connection is None or self._connection.is_closed()
        return closed or isinstance(error, _LOST)

    async def _reconnect(self) -> bool:
        """Replace the writer; commands carry their own ids, so running them again is safe."""
        if self._connection is not None:
            self._connection.terminate()
        try:
            self._connection = await self._writer()
        except Replaced:
            raise
        except (Unavailable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            self._connection = None
        return self._connection is not None

    async def _writer(self, *, wait: bool = False) -> Tx:
        if self.replaced is not None and self.replaced.done() and not wait:
            raise self.replaced.result()
        if self._fence is None:
            return await self._database.writer()
        return await self._fence.writer(self._database, wait=wait)

    def _transaction(self, connection: Tx) -> AbstractAsyncContextManager[object]:
        if self._fence is None:
            return connection.transaction()
        return self._fence.transaction(connection)

    def _step_down(self, error: Replaced) -> None:
        """Leave the writing to the other one: what waits is refused, and so is what comes."""
        if self._connection is not None:
            self._connection.terminate()
        self._connection = None
        if self._fence is not None:
            self._fence.leave()
        _fail(self._waiting, error)
        self._waiting.clear()
        if self.replaced is not None and not self.replaced.done():
            self.replaced.set_result(error)

    def _gone(self) -> bool:
        return self.replaced is not None and self.replaced.done()

    def _closed(self) -> Unavailable:
        if self.replaced is not None and self.replaced.done():
            return self.replaced.result()
        return Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party="database", detail="closed")


def _fail(batch: Iterable[_Item], error: Exception) -> None:
    for item in batch:
        item.group.tell(item.place, error)


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party="database", detail=str(error))
