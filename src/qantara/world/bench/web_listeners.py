"""`python -m qantara.world.bench.web_listeners`: many open streams, in a process of their own.

Reads one JSON object (`address`, `path`, `cookies`, `count`), opens the streams, and writes a line
whenever all of them have heard one event more: the moment by the clock that all processes of a
machine share.
"""

import asyncio
import resource
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import msgspec
import uvloop

from qantara.clock import ticks
from qantara.errors import Reason, Unavailable
from qantara.world.bench.web_line import Line

MODULE = "qantara.world.bench.web_listeners"
TIMEOUT_SECONDS = 120
_AT_ONCE = 32
_PLACED, _EVENT = b"id:", b"event:"


class Asked(msgspec.Struct):
    address: str
    path: str
    cookies: list[dict[str, str]]
    count: int


@dataclass
class Listeners:
    """The process that listens, as whoever started it asks it."""

    process: asyncio.subprocess.Process

    async def told(self) -> float:
        """When the last stream had the next event."""
        if self.process.stdout is None:
            raise TypeError("the listeners were started without pipes")
        async with asyncio.timeout(TIMEOUT_SECONDS):
            line = await self.process.stdout.readline()
        if not line:
            raise Unavailable(Reason.INTERNAL, detail="the listeners ended")
        return float(line)


@asynccontextmanager
async def started(
    address: str, path: str, cookies: Sequence[Mapping[str, str]], count: int
) -> AsyncIterator[Listeners]:
    """Listeners that all hear."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", MODULE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdin is None:
        raise TypeError("the listeners were started without pipes")
    asked = Asked(address, path, [dict(each) for each in cookies], count)
    try:
        process.stdin.write(msgspec.json.encode(asked) + b"\n")
        listeners = Listeners(process)
        await listeners.told()
        yield listeners
    finally:
        process.stdin.close()
        await process.wait()


class Hall:
    """Counts who has heard how much; a line is written when everybody has."""

    def __init__(self, count: int) -> None:
        self._count, self._heard = count, Counter[int]()

    def heard(self, number: int) -> None:
        self._heard[number] += 1
        if self._heard[number] == self._count:
            sys.stdout.write(f"{ticks()!r}\n")
            sys.stdout.flush()


async def _listen(asked: Asked, number: int, hall: Hall, turns: asyncio.Semaphore) -> None:
    """The first thing said is the place; from there on events are counted."""
    cookies = asked.cookies[number % len(asked.cookies)]
    async with AsyncExitStack() as stack:
        async with turns:
            line = await stack.enter_async_context(Line.to(asked.address, cookies))
            await line.asked(asked.path)
            while not (await line.reader.readline()).startswith(_PLACED):
                pass
        heard = 0
        hall.heard(heard)
        while said := await line.reader.readline():
            if said.startswith(_EVENT):
                heard += 1
                hall.heard(heard)


async def run() -> None:
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most) if most > limit else (limit, most))
    reader = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    asked = msgspec.json.decode(await reader.readline(), type=Asked)
    hall, turns = Hall(asked.count), asyncio.Semaphore(_AT_ONCE)
    tasks = [
        asyncio.create_task(_listen(asked, number, hall, turns)) for number in range(asked.count)
    ]
    await reader.read()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    uvloop.run(run())
