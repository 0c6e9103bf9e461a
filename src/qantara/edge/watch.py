"""The tail of a role's events, for those who wait at its doors.

One reader for all: it reads what is new once per commit, and only while somebody waits.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import chain

from qantara.db import Database, events
from qantara.db.events import Happening
from qantara.errors import Reason, Unavailable

PAGE = 1000
EVERY = ""
"""The subject that stands for all: whoever follows it hears every event."""
_log = logging.getLogger("qantara.edge.watch")


class Stream:
    """What happens to the subjects followed, from the moment of following on."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Happening | Unavailable | None] = asyncio.Queue()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Happening:
        """The next event; ends when the role closes, raises `Unavailable` when reading failed."""
        item = await self._queue.get()
        if item is None:
            raise StopAsyncIteration
        if isinstance(item, Unavailable):
            raise item
        return item

    def put(self, item: Happening | Unavailable | None) -> None:
        self._queue.put_nowait(item)


class Watch:
    """Committed events, handed to whoever follows their subjects."""

    def __init__(self) -> None:
        self._database: Database | None = None
        self._wake = asyncio.Event()
        self._bells: set[asyncio.Event] = set()
        self._streams: dict[str, set[Stream]] = {}
        self._position: int | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, database: Database) -> None:
        self._database = database

    async def stop(self) -> None:
        """End every stream."""
        task, self._task, self._database = self._task, None, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._tell_all(None)

    def committed(self) -> None:
        """Called after each commit of the role's batcher."""
        self._wake.set()
        for bell in self._bells:
            bell.set()

    @contextmanager
    def rung(self, bell: asyncio.Event) -> Iterator[None]:
        """Every commit sets this, whether or not it has events; who hears it clears it."""
        self._bells.add(bell)
        try:
            yield
        finally:
            self._bells.discard(bell)

    @asynccontextmanager
    async def follow(self, subjects: Collection[str]) -> AsyncIterator[Stream]:
        """A stream of every event of these subjects that is committed from now on."""
        database = self._opened()
        await self._place(database)
        stream = Stream()
        for subject in subjects:
            self._streams.setdefault(subject, set()).add(stream)
        self._attend(database)
        try:
            yield stream
        finally:
            for subject in subjects:
                followers = self._streams[subject]
                followers.discard(stream)
                if not followers:
                    del self._streams[subject]

    async def until(
        self, subject: str, states: Collection[str], timeout_seconds: float
    ) -> str | None:
        """The state the subject reached among `states`, at once if it stands there already; None
        if it has not by then.
        """
        try:
            async with asyncio.timeout(timeout_seconds), self.follow([subject]) as stream:
                async with self._opened().look() as tx:
                    known = await events.of(tx, subject)
                if known and known[-1].state in states:
                    return known[-1].state
                async for happening in stream:
                    if happening.state in states:
                        return happening.state
        except TimeoutError:
            return None
        return None

    async def _place(self, database: Database) -> None:
        """Where the tail begins: at the last event committed before the first follower came."""
        if self._position is None:
            async with database.look() as tx:
                last = await events.last(tx)
            if self._position is None:  # another follower may have been quicker
                self._position = last

    def _opened(self) -> Database:
        if self._database is None:
            raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party="events", detail="closed")
        return self._database

    def _attend(self, database: Database) -> None:
        """Have the reader running; events that came while it rested are read first."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tail(database))
            self._task.add_done_callback(self._ended)
        self._wake.set()

    async def _tail(self, database: Database) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not self._streams:
                self._position = None
            while self._position is not None:
                async with database.look() as tx:
                    page = await events.after(tx, self._position, PAGE)
                for happening in page:
                    followers = self._streams.get(happening.subject, ())
                    for stream in chain(followers, self._streams.get(EVERY, ())):
                        stream.put(happening)
                    self._position = happening.sequence
                if len(page) < PAGE:
                    break

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Whatever ended the reader, nobody waits for ever; who follows next starts it anew."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("the tail of events broke", exc_info=error)
            self._position = None
            self._tell_all(
                Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party="events", detail=str(error))
            )

    def _tell_all(self, item: Unavailable | None) -> None:
        for stream in {stream for streams in self._streams.values() for stream in streams}:
            stream.put(item)
