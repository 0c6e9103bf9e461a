"""Where a schedule is played: every role of a world, moved by nobody but the scheduler."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from qantara import ids
from qantara.db import Server, mail
from qantara.db.mail import Queued
from qantara.errors import Reason, Unavailable
from qantara.host.config import WorldSpec
from qantara.host.role import Role
from qantara.host.runtime import Elsewhere, Runtime
from qantara.worker import Deliverer
from qantara.world.chaos.breaking import BreakableServer, Fuse
from qantara.world.chaos.dice import dice
from qantara.world.chaos.roads import Road, Roads

Keys = Mapping[str, Mapping[str, str]]
BEGINNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PAGE = 512
ENDLESS = 1000
"""Deliveries at one moment after which messages are said to beget messages without end."""
BATCH = 16
"""Messages in one delivery: fewer than are read in one go, so that their batch is one."""


@dataclass(slots=True)
class Hand:
    """A clock that stands still until it is moved."""

    at: datetime = BEGINNING

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def source(clock: Hand, words: str) -> ids.Source:
    """New ids by the hand's time and dice of their own."""
    return ids.Source(lambda: int(clock().timestamp() * 1000), dice(words).getrandbits)


@dataclass(slots=True)
class Stepped(Runtime):
    """The roles of a stepped world; every link is a road."""

    roads: Roads = field(kw_only=True)

    def _link(self, role: str, peer: str, keys: Mapping[str, str], elsewhere: Elsewhere) -> Road:
        # A slotted dataclass is made anew, so super() without arguments finds the wrong one.
        link = super(Stepped, self)._link(role, peer, keys, elsewhere)
        return Road(role, peer, link, self.roads)

    def road(self, role: str, peer: str, keys: Keys) -> Road:
        return self._link(role, peer, keys.get(peer, {}), dict)


@dataclass(slots=True)
class Stage:
    """The roles, and every way to move them; each act is awaited to its end."""

    server: Server
    runtime: Stepped
    keys: Keys
    clock: Hand
    _due: dict[str, list[Queued]] = field(default_factory=dict)

    @property
    def spec(self) -> WorldSpec:
        return self.runtime.world

    @property
    def roles(self) -> dict[str, Role]:
        return self.runtime.roles

    @property
    def roads(self) -> Roads:
        return self.runtime.roads

    def fuse(self, role: str) -> Fuse:
        if not isinstance(self.server, BreakableServer):
            raise Unavailable(Reason.INTERNAL, detail="this world is not to be broken")
        return self.server.fuses[self.spec.database(role)]

    async def join(self) -> None:
        for role in self.roles.values():
            await self._joined(role)

    async def _joined(self, role: Role) -> None:
        role.batcher.ride_seconds = 0
        await role.join(self.runtime.links(role, self.keys))

    async def restart(self, name: str) -> None:
        """Another process takes the role up, from what its database has."""
        await self.roles[name].stop()
        role = await Role.prepare(self.spec, self.spec.role(name), self.server, self.clock)
        self.roles[name] = role
        await self._joined(role)
        self._due.pop(name, None)

    def forget(self, *names: str) -> None:
        """What waits at these roles is read again."""
        for name in names or list(self._due):
            self._due.pop(name, None)

    async def waiting(self) -> dict[tuple[str, str], list[Queued]]:
        """What may be delivered now, by sender and recipient, oldest first."""
        ways: dict[tuple[str, str], list[Queued]] = {}
        for name, role in self.roles.items():
            if name not in self._due:
                async with role.database.look() as tx:
                    self._due[name] = await mail.due(tx, PAGE, self.clock())
            for message in self._due[name]:
                ways.setdefault((name, message.recipient), []).append(message)
        return ways

    async def carry(self, sender: str, peer: str, batch: list[Queued]) -> None:
        deliverer = self.roles[sender].deliverer
        if not isinstance(deliverer, Deliverer):
            raise Unavailable(Reason.INTERNAL, detail=f"{sender} does not deliver")
        await deliverer.deliver(peer, batch)
        self.forget(sender, peer)

    async def carry_all(self) -> int:
        """Deliver until nothing is due; how many deliveries that took."""
        count = 0
        while ways := await self.waiting():
            for (sender, peer), messages in ways.items():
                for start in range(0, len(messages), BATCH):
                    await self.carry(sender, peer, messages[start : start + BATCH])
                    count += 1
            if count > ENDLESS:
                raise Unavailable(Reason.TIMED_OUT, detail=f"no end of messages: {list(ways)}")
        return count

    async def run_jobs(self, name: str) -> int:
        """What is due at one role; how many jobs that was."""
        runner = self.roles[name].runner
        count = 0 if runner is None else await runner.run_due()
        self.forget(name)
        return count

    def move(self, seconds: float) -> None:
        self.clock.move(seconds)
        self.forget()

    async def stop(self) -> None:
        await self.runtime.stop()
