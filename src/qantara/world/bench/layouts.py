"""How the roles of a measured world are spread over processes, and what all of these used."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import msgspec

from qantara.db import Server
from qantara.edge.envelope import Ack, Envelope
from qantara.errors import Malformed, Reason, Unavailable
from qantara.host.links import HttpLink
from qantara.host.runtime import Elsewhere, Runtime
from qantara.settings import Settings
from qantara.worker import Link
from qantara.world import worlds
from qantara.world.bench import costs
from qantara.world.bench.costs import Sampler, Spent
from qantara.world.worlds import Folder, Progress

BATCHED, SINGLE = "batched", "single"
IN_FLIGHT = 16
"""How many POSTs of one message may be on their way from a role to a peer."""
START_SECONDS = 60.0
ELSEWHERE = "qantara.world.bench.elsewhere"


@dataclass(frozen=True, slots=True)
class Layout:
    """`apart`: the kinds of role that run in processes of their own, a process each group; the
    others run where the load does.
    """

    name: str
    apart: tuple[tuple[str, ...], ...] = ()
    form: str = BATCHED


SCHEME = ("ips", "gateway", "sap")
LAYOUTS = (
    Layout("one_process"),
    Layout("http", (SCHEME,)),
    Layout("http_single", (SCHEME,), SINGLE),
)


def named(names: Sequence[str]) -> tuple[Layout, ...]:
    """All of them without names; `Malformed` for one that there is not."""
    for name in names:
        if name not in {each.name for each in LAYOUTS}:
            raise Malformed(Reason.FIELD_INVALID, param="only", value=name)
    return tuple(each for each in LAYOUTS if each.name in names or not names)


class Singly:
    """A link that posts every message alone, several at a time."""

    def __init__(self, link: HttpLink) -> None:
        self._link = link
        self._places = asyncio.Semaphore(IN_FLIGHT)

    async def ask(self, path: str) -> bytes:
        return await self._link.ask(path)

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        outcomes = await asyncio.gather(*map(self._one, envelopes), return_exceptions=True)
        acks: list[Ack] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            acks += outcome
        return acks

    async def _one(self, envelope: Envelope) -> list[Ack]:
        async with self._places:
            return await self._link.deliver([envelope])


class SingleRuntime(Runtime):
    """Roles whose messages to other processes travel one by one."""

    def _link(self, role: str, peer: str, keys: Mapping[str, str], elsewhere: Elsewhere) -> Link:
        link = super()._link(role, peer, keys, elsewhere)
        return Singly(link) if isinstance(link, HttpLink) else link


FORMS: Mapping[str, type[Runtime]] = {BATCHED: Runtime, SINGLE: SingleRuntime}


class Process:
    """Roles in a process of their own; a line to it is a question, a line back what it used."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, settings: Settings, place: Folder, form: str, roles: Sequence[str]
    ) -> "Process":
        environ = {**os.environ, "QANTARA_HOME": str(settings.home)}
        environ["QANTARA_POSTGRES_VERSION"] = str(settings.postgres_version)
        if settings.database_url is not None:
            environ["QANTARA_DATABASE_URL"] = settings.database_url
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", ELSEWHERE, place.name, form, *roles),
            env=environ,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        started = cls(process)
        async with asyncio.timeout(START_SECONDS):
            await started.spent()
        return started

    async def spent(self) -> Spent:
        if self._process.stdin is None or self._process.stdout is None:
            raise TypeError("the process was started without pipes")
        self._process.stdin.write(b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise Unavailable(Reason.INTERNAL, detail="a process of the bench ended")
        return msgspec.json.decode(line, type=Spent)

    async def stop(self) -> None:
        """Its roles close when the pipe does."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        status = await self._process.wait()
        if status != 0:
            raise Unavailable(Reason.INTERNAL, detail=f"a process of the bench ended with {status}")


@dataclass(frozen=True, slots=True)
class Site:
    """A world that runs, and every process it runs in, this one first."""

    runtime: Runtime
    sampler: Sampler
    elsewhere: tuple[Process, ...]

    async def spent(self) -> list[Spent]:
        here = costs.spent(self.sampler, self.runtime.roles)
        return [here, *[await process.spent() for process in self.elsewhere]]


@asynccontextmanager
async def running(
    settings: Settings, server: Server, place: Folder, layout: Layout, progress: Progress
) -> AsyncIterator[Site]:
    """A world made before, spread as the layout says."""
    world = place.spec()
    groups = [
        [role.name for kind in kinds for role in world.of_kind(kind)] for kinds in layout.apart
    ]
    here = [name for name in world.roles if not any(name in group for group in groups)]
    form = FORMS[layout.form]
    async with AsyncExitStack() as stack:
        processes = []
        for group in groups:
            process = await Process.start(settings, place, layout.form, group)
            stack.push_async_callback(process.stop)
            processes.append(process)
        runtime = await stack.enter_async_context(
            worlds.started(server, place, progress, here, form)
        )
        sampler = Sampler()
        sampler.start()
        stack.callback(sampler.stop)
        yield Site(runtime, sampler, tuple(processes))
