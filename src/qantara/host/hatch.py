"""Doors in processes of their own: commands go to the role's writer over a local socket.

The writer opens a hatch, a socket that only its own user may open, and tells each door after every
commit, so that whoever waits there looks for events. A door has its own readers; what it wants
written, or asked of another role, it hands in. Both sides are of one version, as values travel
by the names they have in it.
"""

import asyncio
import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from qantara import __version__
from qantara.clock import Clock
from qantara.db import Batcher, Database
from qantara.db.batcher import Committed, Verb
from qantara.errors import QantaraError, Reason, Unavailable
from qantara.host import codec

_HELLO, _RUN, _ASK, _DONE, _COMMITTED = "hello", "run", "ask", "done", "committed"
_AGAIN_SECONDS = 0.25
_BACKLOG = 128
Ask = Callable[[str, str], Awaitable[bytes]]
log = logging.getLogger(__name__)


class Hatch:
    """Where doors hand in what they want written; opened by whoever writes for the role."""

    def __init__(self, role: str, batcher: Batcher, ask: Ask, path: Path) -> None:
        self._role, self._batcher, self._ask, self._path = role, batcher, ask, path
        self._server: asyncio.Server | None = None
        self._doors: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Answer at the path; a socket that a dead process left there is replaced."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(self._path.parent):
            raise Unavailable(Reason.INTERNAL, detail=f"{self._path.parent} is not ours alone")
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        partial = self._path.with_suffix(f".{os.getpid()}")
        partial.unlink(missing_ok=True)
        bound.bind(str(partial))
        partial.chmod(stat.S_IRUSR | stat.S_IWUSR)
        bound.listen(_BACKLOG)
        partial.replace(self._path)
        self._server = await asyncio.start_unix_server(self._serve, sock=bound)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for door in [*self._doors]:
            door.close()
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def committed(self) -> None:
        """Called after each commit of the role's batcher."""
        if self._doors:
            told = codec.framed([_COMMITTED])
            for door in self._doors:
                door.write(told)

    async def _serve(self, source: asyncio.StreamReader, door: asyncio.StreamWriter) -> None:
        door.write(codec.framed([_HELLO, self._role, __version__]))
        self._doors.add(door)
        try:
            while True:
                word, number, *said = await codec.read(source)
                act = self._ran(*said) if word == _RUN else self._asked(*said)
                task = asyncio.create_task(self._answer(door, number, act))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                await door.drain()
        except (EOFError, OSError):
            log.info("a door of %s has gone", self._role)
        except QantaraError as error:
            log.warning("a door of %s says what it must not: %s", self._role, error)
        finally:
            self._doors.discard(door)
            door.close()

    async def _answer(
        self, door: asyncio.StreamWriter, number: int, act: Awaitable[list[Any]]
    ) -> None:
        try:
            told = codec.framed([_DONE, number, await act])
        except TypeError as error:
            log.exception("an answer cannot be told to a door of %s", self._role)
            told = codec.framed([_DONE, number, repr(error)])
        if not door.is_closing():
            door.write(told)

    async def _ran(self, name: str, commands: list[Any], *how: bool) -> list[Any]:
        (rides,) = how
        outcomes = await self._batcher.submit(codec.verb_of(name), commands, rides=rides)
        return [_tellable(each) for each in outcomes]

    async def _asked(self, peer: str, path: str) -> list[Any]:
        try:
            return [await self._ask(peer, path)]
        except QantaraError as error:
            return [error]


def _is_ours(folder: Path) -> bool:
    """Whoever may write in the folder of a socket can pose as its owner."""
    found = folder.lstat()
    alone = not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and alone


def _tellable(outcome: Any) -> Any:
    """What is no error of ours is a bug: told as such, and kept in the writer's log."""
    if isinstance(outcome, BaseException) and not isinstance(outcome, QantaraError):
        log.error("a command from a door broke", exc_info=outcome)
        return Unavailable(Reason.INTERNAL, detail=repr(outcome))
    return outcome


class RemoteBatcher(Batcher):
    """The role's writer as its other doors see it.

    A command whose answer was lost with the connection is `Unavailable`: it may have been done,
    and the same request under the same key finds out.
    """

    def __init__(
        self,
        role: str,
        database: Database,
        clock: Clock,
        committed: Committed,
        path: Path,
    ) -> None:
        super().__init__(database, None, clock, committed)
        self._role, self._path = role, path
        self._door: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._number = 0
        self._open: dict[int, tuple[asyncio.Future[list[Any]], int]] = {}

    async def start(self, *, wait: bool = False) -> None:
        """Find the writer, with `wait` once there is one, and anew whenever it was lost."""
        source = await (self._found() if wait else self._joined())
        self._reading = asyncio.create_task(self._read(source))

    async def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        self._lose()

    def submit(
        self, verb: Verb, commands: Sequence[object], *, rides: bool = False
    ) -> "asyncio.Future[list[Any]]":
        try:
            name = codec.name_of(verb)
        except TypeError as error:  # messages of peers go to the writer's own door
            log.warning("what only the writer of %s takes came to a door: %s", self._role, error)
            answered = asyncio.get_running_loop().create_future()
            answered.set_result([self._unavailable("only its writer takes this")] * len(commands))
            return answered
        return self._send(len(commands), _RUN, name, list(commands), rides)

    async def ask(self, peer: str, path: str) -> bytes:
        """What another role answers, asked by the writer's process."""
        (answer,) = await self._send(1, _ASK, peer, path)
        if isinstance(answer, QantaraError):
            raise answer
        return bytes(answer)

    def _send(self, count: int, word: str, *said: object) -> "asyncio.Future[list[Any]]":
        answered: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        if self._door is None or self._door.is_closing():
            answered.set_result([self._unavailable()] * count)
        elif not count:
            answered.set_result([])
        else:
            self._number += 1
            self._open[self._number] = (answered, count)
            self._door.write(codec.framed([word, self._number, *said]))
        return answered

    async def _joined(self) -> asyncio.StreamReader:
        try:
            if not _is_ours(self._path.parent):
                raise self._unavailable()
            source, door = await asyncio.open_unix_connection(str(self._path))
            word, role, version = await codec.read(source)
        except (OSError, EOFError) as error:
            raise self._unavailable() from error
        if (word, role, version) != (_HELLO, self._role, __version__):
            door.close()
            told = f"the writer is {role} of version {version}, this door {__version__}"
            raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=self._role, detail=told)
        self._door = door
        return source

    async def _read(self, source: asyncio.StreamReader) -> None:
        while True:
            with suppress(EOFError, OSError):
                await self._take(source)
            log.warning("the writer of %s has gone", self._role)
            self._lose()
            source = await self._found()
            self._committed(())

    async def _take(self, source: asyncio.StreamReader) -> None:
        while True:
            word, *said = await codec.read(source)
            if word == _COMMITTED:
                self._committed(())
                continue
            number, outcomes = said
            answered, count = self._open.pop(number)
            if answered.done():
                continue
            if isinstance(outcomes, list):
                answered.set_result(outcomes)
            else:
                answered.set_result([Unavailable(Reason.INTERNAL, detail=outcomes)] * count)

    async def _found(self) -> asyncio.StreamReader:
        told = ""
        while True:
            try:
                return await self._joined()
            except Unavailable as error:
                if str(error) != told:
                    told = str(error)
                    log.warning("waiting for the writer of %s: %s", self._role, told)
            await asyncio.sleep(_AGAIN_SECONDS)

    def _lose(self) -> None:
        door, self._door = self._door, None
        if door is not None:
            door.close()
        lost, self._open = self._open, {}
        for answered, count in lost.values():
            if not answered.done():
                answered.set_result([self._unavailable()] * count)

    def _unavailable(self, told: str = "its writer does not answer") -> Unavailable:
        return Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=self._role, detail=told)
