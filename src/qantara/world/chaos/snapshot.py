"""A populated world at rest, made once; every schedule is played on a copy of its databases."""

import logging
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from qantara import ids
from qantara.db import Server
from qantara.host import config, tls
from qantara.host.config import WorldSpec
from qantara.host.kinds import push_rates
from qantara.host.tls import Identity
from qantara.world import setup
from qantara.world.chaos import orders
from qantara.world.chaos.breaking import BreakableServer
from qantara.world.chaos.dice import dice
from qantara.world.chaos.model import Record
from qantara.world.chaos.roads import Roads
from qantara.world.chaos.stage import Hand, Keys, Stage, Stepped, source

_TIMERS = {"high_seconds": 4, "norm_seconds": 6, "inside_seconds": 6, "reminder_seconds": 10}
_PATIENCE: dict[str, Any] = {"overdue_seconds": 8, "resend_seconds": [5, 8, 30]}
TERMS: dict[str, dict[str, Any]] = {
    "duitnow": {"timers": _TIMERS, "cycle_seconds": 120},
    "raast": {"timers": _TIMERS},
    "tips": {"timers": _TIMERS},
    "nexus": {"time_out_seconds": 4},
    **{role: {"reminder_seconds": 10} for role in ("sap-my", "sap-pk", "sap-fr")},
    "my": {**_PATIENCE, "review_above": "250.00"},
    "pk": {**_PATIENCE, "review_above": "15000.00"},
    "fr": {**_PATIENCE, "review_above": "60.00"},
}
"""Shorter times than the demo's, so that a schedule runs into all of them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    server: Server
    spec: WorldSpec
    keys: Keys
    folder: Path
    at: datetime

    def identities(self, role: str) -> Identity:
        return Identity.within(self.folder, role)

    def varied(self, name: str, chance: random.Random) -> WorldSpec:
        """The same world under another name, its systems with the steps that the dice say."""
        roles = dict(self.spec.roles)
        for role in self.spec.of_kind("ips"):
            steps = {"steps": chance.choice((4, 5)), "source_steps": chance.choice((4, 5))}
            roles[role.name] = replace(role, table={**role.table, **steps})
        return replace(self.spec, name=name, roles=roles)


def _spec(name: str) -> WorldSpec:
    spec = config.read(Path(str(files("qantara.world") / "demo.toml")), name)
    roles = {
        role: replace(each, port=None, table={**each.table, **TERMS.get(role, {})})
        for role, each in spec.roles.items()
    }
    return replace(spec, roles=roles)


@contextmanager
def _silent() -> Iterator[None]:
    """What goes wrong in such a world is meant to: its roles need not tell of it."""
    logger = logging.getLogger("qantara")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


@asynccontextmanager
async def taken(server: Server, name: str) -> AsyncIterator[Snapshot]:
    """Populate a world and let its first rates arrive; its databases go when the block ends."""
    spec, clock = _spec(name), Hand()
    with TemporaryDirectory() as folder:
        made = Snapshot(server, spec, {}, Path(folder), clock())
        tls.issue(made.folder, spec.roles, clock())
        try:
            with ids.taken_from(source(clock, "snapshot")):
                roads = Roads(dice("snapshot"), Record())
                runtime = Stepped(spec, made.identities, roads=roads)
                await runtime.prepare(server, list(spec.roles), clock)
                keys = await setup.populate(runtime, clock)
                stage = Stage(server, runtime, keys, clock)
                await stage.join()
                for provider in spec.of_kind("fxp"):
                    await stage.roles[provider.name].batcher.run(push_rates, None)
                await stage.carry_all()
                await setup.feed_reference_rates(runtime)
                await orders.acquaint(stage)
                await stage.stop()
            with _silent():
                yield replace(made, keys=keys)
        finally:
            await _drop(server, spec)


async def _drop(server: Server, spec: WorldSpec) -> None:
    await server.drop(*(spec.database(role) for role in spec.roles))


@asynccontextmanager
async def staged(snapshot: Snapshot, name: str, words: str, record: Record) -> AsyncIterator[Stage]:
    """A stage on a copy of the snapshot. `words` are all that chance depends on; the copy's name
    is not among them. The databases stay until the block ends.
    """
    spec = snapshot.varied(name, dice(f"{words}/terms"))
    clock = Hand(snapshot.at)
    server = BreakableServer(snapshot.server.url)
    try:
        await snapshot.server.copy(
            {snapshot.spec.database(role): spec.database(role) for role in spec.roles}
        )
        with ids.taken_from(source(clock, f"{words}/ids")):
            roads = Roads(dice(f"{words}/roads"), record)
            runtime = Stepped(spec, snapshot.identities, roads=roads)
            await runtime.prepare(server, list(spec.roles), clock)
            stage = Stage(server, runtime, snapshot.keys, clock)
            try:
                await stage.join()
                yield stage
            finally:
                await stage.stop()
    finally:
        await _drop(snapshot.server, spec)
