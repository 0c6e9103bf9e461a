"""The open streams of one site: one tail, one look and one heartbeat for all of them.

What happened is written once and handed to everybody who follows it. A browser that does not
read is let go of; it comes back with the last event it saw.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Hashable, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec

from qantara.db.events import Happening
from qantara.edge.watch import EVERY
from qantara.web import flow, visits
from qantara.web.sites import Site

HEARTBEAT_SECONDS = 15.0
"""How often a quiet stream shows that it lives, and whether its session is still open is asked."""
PAUSE_SECONDS = 1.0
"""So long rests what is looked at, however much is committed meanwhile."""
WAITING_MOST = 256
PER_SESSION_MOST = 24
ALIVE, ENDED = b": alive\n\n", b"event: ended\ndata: \n\n"
_encode = msgspec.json.Encoder().encode
_log = logging.getLogger("qantara.web")


class Followed(NamedTuple):
    """One thing that a stream follows: the topic's name, and which."""

    name: str
    key: str


class Told(NamedTuple):
    """What a browser is to be sent; `sequence` is of an event, None of what has no place there."""

    sequence: int | None
    said: bytes


def said(happening: Happening, followed: Iterable[Followed]) -> bytes:
    """An event, once for each topic under which it is followed."""
    names = {each.name for each in followed if each.key == happening.subject}
    return b"".join(_event(name, happening) for name in sorted(names))


def _event(name: str, happening: Happening) -> bytes:
    data = _encode({"id": happening.subject, "state": happening.state})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (happening.sequence, name.encode(), data)


def changed(name: str) -> bytes:
    return b"event: %s\ndata: {}\n\n" % name.encode()


def place(sequence: int) -> bytes:
    """Where a stream stands, for a browser that has to come back."""
    return b"id: %d\n\n" % sequence


class Stream:
    """What one browser has yet to be told. It ends with its session or its role."""

    def __init__(self, session: bytes) -> None:
        self.session = session
        self._queue: asyncio.Queue[Told | None] = asyncio.Queue(WAITING_MOST)

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Told:
        told = await self._queue.get()
        if told is None:
            raise StopAsyncIteration
        return told

    def put(self, told: Told) -> None:
        try:
            self._queue.put_nowait(told)
        except asyncio.QueueFull:
            self.end()

    def end(self, *last: Told) -> None:
        """Say this and no more; what still waited is let go of."""
        while not self._queue.empty():
            self._queue.get_nowait()
        for told in (*last, None):
            self._queue.put_nowait(told)


class Streams:
    """`_open` are the streams by what they follow; the tasks run while there is one."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._looks = {each.name: each.look for each in site.kind.topics if each.look is not None}
        self._told_at_once = [each.name for each in site.kind.topics if each.look is None]
        self._open: dict[Followed, set[Stream]] = {}
        self._known: dict[Followed, Hashable] = {}
        self._all: dict[Stream, None] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._ready = asyncio.Event()
        self._bell = asyncio.Event()
        self._looking = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._all)

    @asynccontextmanager
    async def opened(self, session: bytes, followed: Collection[Followed]) -> AsyncIterator[Stream]:
        """A stream of everything that happens from now on. Of too many of one session the oldest
        ends.
        """
        stream = Stream(session)
        mine = [each for each in self._all if each.session == session]
        if len(mine) >= PER_SESSION_MOST:
            mine[0].end()
        self._all[stream] = None
        for each in followed:
            self._open.setdefault(each, set()).add(stream)
        try:
            self._attend()
            await self._ready.wait()
            await self._first_look(followed)
            yield stream
        finally:
            del self._all[stream]
            for each in followed:
                self._open[each].discard(stream)
                if not self._open[each]:
                    del self._open[each]
                    self._known.pop(each, None)
            if not self._all:
                self._rest()

    def _attend(self) -> None:
        self._bell.set()
        if not self._tasks:
            self._ready.clear()
            work = (self._tail(), self._beat(), *((self._look(),) if self._looks else ()))
            self._tasks = [asyncio.create_task(each) for each in work]
            for task in self._tasks:
                task.add_done_callback(self._ended)

    def _rest(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Whatever ended one of them, nobody waits for ever; who comes next starts them anew."""
        if task not in self._tasks:
            return
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("the streams of %s broke", self._site.path, exc_info=error)
        self._rest()
        self._known.clear()
        for stream in self._all:
            stream.end()
        self._ready.set()

    async def _tail(self) -> None:
        async with self._site.door.watch.follow([EVERY]) as happened:
            self._ready.set()
            async for happening in happened:
                for name in self._told_at_once:
                    self._tell(
                        Followed(name, happening.subject),
                        Told(happening.sequence, _event(name, happening)),
                    )

    def _tell(self, followed: Followed, told: Told) -> None:
        for stream in self._open.get(followed, ()):
            stream.put(told)

    async def _look(self) -> None:
        with self._site.door.watch.rung(self._bell):
            while True:
                await self._bell.wait()
                self._bell.clear()
                for name in self._looks:
                    async with self._looking:
                        await self._look_at(name)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _first_look(self, followed: Collection[Followed]) -> None:
        """What nobody followed yet is looked at before its stream begins: a later look has
        something to differ from, however soon the change comes.
        """
        async with self._looking:
            strange = {each.name for each in followed if each not in self._known}
            for name in strange & self._looks.keys():
                await self._look_at(name)

    async def _look_at(self, name: str) -> None:
        keys = {each.key for each in self._open if each.name == name}
        if not keys:
            return
        async with self._site.door.database.read() as tx:
            found = await self._looks[name](tx, self._site, keys)
        for key, value in found.items():
            followed = Followed(name, key)
            if self._known.get(followed, value) != value:
                self._tell(followed, Told(None, changed(name)))
            if followed in self._open:
                self._known[followed] = value

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            asked = list(self._all)  # who comes while the question is out is asked about next time
            standing = await self._standing({each.session for each in asked})
            for stream in asked:
                if stream.session in standing:
                    stream.put(Told(None, ALIVE))
                else:
                    stream.end(Told(None, ENDED))

    async def _standing(self, digests: Collection[bytes]) -> Collection[bytes]:
        async with self._site.door.database.read() as tx:
            found = await flow.sessions(tx, digests, self._site.name)
            return await visits.standing(tx, self._site, found, self._site.door.clock())
