"""One role, assembled: database, writer, doors, delivery, due work."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from qantara import api
from qantara.clock import Clock
from qantara.db import Batcher, Database, Server, Tx, jobs
from qantara.db.jobs import Job
from qantara.edge import Door, Watch
from qantara.errors import NotFound, Reason
from qantara.host import terms
from qantara.host.config import RoleSpec, WorldSpec
from qantara.host.faulty import FaultyLink
from qantara.host.kinds import KINDS, Work
from qantara.host.links import Asgi, Take
from qantara.scheme.triggers.flow import RELEASE
from qantara.worker import Deliverer, JobRunner, Link, Webhooks

WEBHOOKS = "access.webhooks"


class Role:
    """A role that runs. Build it with `prepare`, give it its links with `connect`."""

    def __init__(self, world: WorldSpec, spec: RoleSpec, database: Database, clock: Clock) -> None:
        self.spec, self.database = spec, database
        self._kind, self._clock = KINDS[spec.kind], clock
        self.node = self._kind.node(world, spec, clock().date())
        self.watch = Watch()
        self.batcher = Batcher(database, self.node, clock, self._committed)
        self._links: Mapping[str, Link] = {}
        self._deliverer: Deliverer | None = None
        self._runner: JobRunner | None = None
        self.door = Door(
            role=spec.name,
            node=self.node,
            database=database,
            batcher=self.batcher,
            clock=clock,
            ask=self._ask,
            watch=self.watch,
            rates=terms.rates(spec),
            webhooks=terms.webhooks(spec),
        )
        self.webhooks = Webhooks(spec.name, database, self.batcher, self.door.webhooks, clock)
        self.app: Asgi = api.app(spec.kind, self.door)
        self._intake = api.intake(spec.kind, self.door)
        self.take: Take = self._intake.take

    @classmethod
    async def prepare(
        cls, world: WorldSpec, spec: RoleSpec, server: Server, clock: Clock
    ) -> "Role":
        """Create or migrate the database and start the writer; nothing is delivered yet."""
        database = await server.create(world.database(spec.name), KINDS[spec.kind].packages)
        await database.open()
        role = cls(world, spec, database, clock)
        await role.batcher.start()
        role.watch.start(database)
        for verb in role._kind.begin:
            await role.batcher.run(verb, None)
        return role

    async def connect(self, links: Mapping[str, Link]) -> None:
        """Join this role to its peers: from now on it delivers, and does its recurring work."""
        self._links = links
        if self.spec.kind != "institution":
            links = {peer: FaultyLink(peer, link, self.door) for peer, link in links.items()}
        self._deliverer = Deliverer(
            self.database,
            self.batcher,
            links,
            self._clock,
            self._kind.acknowledged,
            self._kind.bounced,
        )
        self._deliverer.start()
        if WEBHOOKS in self._kind.packages:
            self.webhooks.start()
        if self._kind.work:
            await self.batcher.run(_schedule, [self._job(n, w) for n, w in self._kind.work.items()])
            verbs = {name: work.verb for name, work in self._kind.work.items()}
            verbs[RELEASE] = self._intake.release
            self._runner = JobRunner(self.batcher, verbs, self._clock)
            self._runner.start()

    def _job(self, name: str, work: Work) -> Job:
        seconds = work.seconds
        if isinstance(seconds, str):
            seconds = int(self.spec.take(seconds, int))
        first = self._clock() + timedelta(seconds=seconds)
        return Job(name, name, {}, first, every_seconds=seconds)

    async def stop(self) -> None:
        for part in (self.webhooks, self._runner, self._deliverer):
            if part is not None:
                await part.stop()
        await self.watch.stop()
        await self.batcher.stop()
        await self.database.close()

    def _committed(self) -> None:
        self.watch.committed()
        self.webhooks.wake()
        if self._deliverer is not None:
            self._deliverer.wake()

    async def _ask(self, peer: str, path: str) -> bytes:
        link = self._links.get(peer)
        if link is None:
            raise NotFound(Reason.INSTITUTION_UNKNOWN, institution=peer)
        return await link.ask(path)


async def _schedule(tx: Tx, _node: object, groups: Any, _now: object) -> list[None]:
    await jobs.enqueue(tx, [job for group in groups for job in group])
    return [None] * len(groups)


async def stop_all(roles: Mapping[str, Role]) -> None:
    await asyncio.gather(*(role.stop() for role in roles.values()))
