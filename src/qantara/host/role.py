"""One role, assembled: database, writer, doors, delivery, due work."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qantara import api, web
from qantara.clock import Clock
from qantara.db import Batcher, Database, Fence, Server, Tx, jobs
from qantara.db.jobs import Job
from qantara.db.mail import Queued
from qantara.db.turns import Turns
from qantara.edge import Door, Watch
from qantara.edge.offers import offers
from qantara.errors import Malformed, NotFound, Reason, Unavailable
from qantara.host import people_terms, terms
from qantara.host.config import RoleSpec, WorldSpec
from qantara.host.faulty import FaultyLink
from qantara.host.hatch import Hatch, RemoteBatcher
from qantara.host.kinds import KINDS, Work, configured
from qantara.host.links import Asgi, LocalLink, Take
from qantara.scheme.triggers.flow import RELEASE
from qantara.supervision import flow as supervision
from qantara.supervision.flow import Reporter, Signer
from qantara.supervision.model import REPORT, IssuerKey
from qantara.telemetry import Witness
from qantara.worker import Clerk, Deliverer, JobRunner, Link, StandingOrders, Webhooks

if TYPE_CHECKING:
    from qantara.worker.fanout import Fanout

WEBHOOKS = "access.webhooks"
log = logging.getLogger(__name__)


class Role:
    """A role that runs. Build it with `prepare`, give it its links with `connect`."""

    def __init__(
        self,
        world: WorldSpec,
        spec: RoleSpec,
        database: Database,
        clock: Clock,
        writer: Path | None = None,
        turns: Turns | None = None,
    ) -> None:
        self._turns = turns
        self.spec, self.database = spec, database
        self._kind, self._clock = KINDS[spec.kind], clock
        self.node = configured(world, spec, clock().date())
        self.watch = Watch()
        self.witness = Witness(spec.name)
        self.fence = Fence(spec.name)
        self.batcher = self._batcher(writer)
        self._hatch: Hatch | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._links: Mapping[str, Link] = {}
        self.reporter: Reporter | None = None
        self.deliverer: Deliverer | None = None
        self.runner: JobRunner | None = None
        self.door = Door(
            role=spec.name,
            node=self.node,
            database=database,
            batcher=self.batcher,
            clock=clock,
            ask=self.batcher.ask if isinstance(self.batcher, RemoteBatcher) else self._ask,
            watch=self.watch,
            rates=terms.rates(spec),
            webhooks=terms.webhooks(spec),
            credentials=people_terms.credentials(spec),
            onboarding=people_terms.onboarding(spec),
            witness=self.witness,
            packages=self._kind.packages,
        )
        self.webhooks = self._webhooks()
        self.clerk = Clerk(database) if "ledger" in self._kind.packages else None
        self.orders = self._orders()
        self.fanout = self._fanout()
        app = api.app(spec.kind, self.door)
        if "web" in self._kind.packages:
            web.join(app, self.door, terms.sites(spec))
        self.app: Asgi = app
        self._intake = api.intake(spec.kind, self.door)
        self.take: Take = self._intake.take

    @classmethod
    async def prepare(
        cls,
        world: WorldSpec,
        spec: RoleSpec,
        server: Server,
        clock: Clock,
        *,
        standby: bool = False,
        turns: Turns | None = None,
    ) -> "Role":
        """Become the role's writer, create or migrate its database; nothing is delivered yet.

        Where another process writes for this role, a `standby` waits until it ends; without it
        that is `Unavailable`. The database is migrated by whoever may write, and never before.
        """
        name = world.database(spec.name)
        role = cls(world, spec, server.database(name), clock, turns=turns)
        with ExitStack() as undo:
            undo.callback(role.fence.leave)
            if await server.has(name):
                await role.fence.lock(role.database, wait=standby)
            await server.create(name, role._kind.packages)
            await role.batcher.start(wait=standby)
            undo.pop_all()
        await role.database.open()
        role.watch.start(role.database)
        for verb in role._kind.begin:
            await role.batcher.run(verb, None)
        return role

    @classmethod
    async def beside(
        cls, world: WorldSpec, spec: RoleSpec, server: Server, clock: Clock, writer: Path
    ) -> "Role":
        """The doors of a role whose writer is another process of this machine: `writer` is the
        path of its hatch. It reads by itself; nothing is delivered and no work is done here.
        """
        if spec.kind != "institution":
            told = "only an institution's doors may stand apart from its writer"
            raise Malformed(Reason.FIELD_INVALID, param=spec.name, value=told)
        role = cls(world, spec, server.database(world.database(spec.name)), clock, writer)
        await role.batcher.start(wait=True)
        await role.database.open()
        role.watch.start(role.database)
        return role

    def _batcher(self, writer: Path | None) -> Batcher:
        if writer is not None:
            return RemoteBatcher(
                self.spec.name, self.database, self._clock, self._committed, writer
            )
        return Batcher(
            self.database,
            self.node,
            self._clock,
            self._committed,
            witness=self.witness,
            fence=self.fence,
            turns=self._turns,
        )

    async def open_hatch(self, path: Path) -> None:
        """Let doors in other processes of this machine hand in their commands."""
        if self._hatch is not None:
            await self._hatch.close()
        self._hatch = Hatch(self.spec.name, self.batcher, self._ask, path)
        await self._hatch.open()

    async def connect(self, links: Mapping[str, Link]) -> None:
        """Join this role to its peers: from now on it delivers, and does its recurring work."""
        await self.join(links)
        self._work()
        self._keeping = asyncio.create_task(self._keep())

    def _work(self) -> None:
        if self.deliverer is not None:
            self.deliverer.start()
        if WEBHOOKS in self._kind.packages:
            self.webhooks.start()
        if self.fanout is not None:
            self.fanout.start()
        if self.clerk is not None:
            self.clerk.start()
        if self.orders is not None:
            self.orders.start()
        if self.runner is not None:
            self.runner.start()

    async def sign_with(self, signer: Signer, issuers: Sequence[IssuerKey]) -> None:
        """Tell other institutions days in figures, signed by this key, and believe theirs by the
        keys of these issuers. A role without a key counts and tells nobody.
        """
        self.reporter = Reporter(signer)
        await self.batcher.run(supervision.learn_keys, list(issuers))

    async def join(self, links: Mapping[str, Link]) -> None:
        """Know the peers and the recurring work, and leave it to the caller when a message is
        delivered and when a job is run.
        """
        self._links = links
        near = {peer for peer, link in links.items() if isinstance(link, LocalLink)}
        if self.spec.kind != "institution":
            links = {peer: FaultyLink(peer, link, self.door) for peer, link in links.items()}
        self.deliverer = Deliverer(
            self.database,
            self.batcher,
            links,
            self._clock,
            self._kind.acknowledged,
            self._kind.bounced,
            self.witness,
            near=near,
            turns=self._turns,
        )
        if self._kind.work:
            await self.batcher.run(_schedule, [self._job(n, w) for n, w in self._kind.work.items()])
            verbs = {name: work.verb for name, work in self._kind.work.items()}
            verbs[RELEASE] = self._intake.release
            if self.reporter is not None:
                verbs[REPORT] = self.reporter.report
            self.runner = JobRunner(self.batcher, verbs, self._clock)

    def _fanout(self) -> "Fanout | None":
        """Loaded where it is wanted: what it needs is an extra."""
        channel = terms.channel(self.spec)
        if channel is None:
            return None
        made: Fanout = import_module("qantara.worker.fanout").Fanout(
            self.spec.name, self.database, self.batcher, channel
        )
        return made

    def _orders(self) -> StandingOrders | None:
        if "wallet" not in self._kind.packages:
            return None
        return StandingOrders(self.database, self.batcher, partial(offers, self.door))

    def _webhooks(self) -> Webhooks:
        return Webhooks(
            self.spec.name, self.database, self.batcher, self.door.webhooks, self._clock
        )

    def _job(self, name: str, work: Work) -> Job:
        seconds = work.seconds
        if isinstance(seconds, str):
            seconds = int(self.spec.take(seconds, int))
        first = self._clock() + timedelta(seconds=seconds)
        return Job(name, name, {}, first, every_seconds=seconds)

    async def _keep(self) -> None:
        """When another process has taken over, stop working, stand by, and work on when that one
        has gone.
        """
        while self.batcher.replaced is not None:
            await asyncio.shield(self.batcher.replaced)
            log.critical("role %s: another process has taken over; standing by", self.spec.name)
            await self._rest()
            await self.batcher.start(wait=True)
            log.warning("role %s: writing again, epoch %d", self.spec.name, self.fence.epoch)
            self.door.triggers.forget()
            self.webhooks = self._webhooks()
            await self._rejoin()

    async def _rejoin(self) -> None:
        """Work again, unless the next process has taken over by now."""
        while self.batcher.replaced is not None and not self.batcher.replaced.done():
            try:
                await self.join(self._links)
            except Unavailable as error:
                log.warning("role %s: not working yet: %s", self.spec.name, error)
                await asyncio.sleep(1)
            else:
                self._work()
                if self._hatch is not None:
                    await self._hatch.open()
                return

    async def _rest(self) -> None:
        if self._hatch is not None:
            await self._hatch.close()
        for part in (
            *(self.webhooks, self.fanout, self.clerk),
            *(self.orders, self.runner, self.deliverer),
        ):
            if part is not None:
                await part.stop()

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        await self._rest()
        await self.watch.stop()
        await self.batcher.stop()
        self.fence.leave()
        await self.database.close()

    def _committed(self, left: Sequence[Queued]) -> None:
        self.watch.committed()
        if self._hatch is not None:
            self._hatch.committed()
        self.webhooks.wake()
        if self.fanout is not None:
            self.fanout.wake()
        if self.clerk is not None:
            self.clerk.wake()
        if self.deliverer is not None:
            self.deliverer.hand(left)

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
