"""Real processes killed with `kill -9` under load, started again, and every sen looked for.

A world of its own: its folder and its embedded PostgreSQL, with everything durable, are made for
the run and erased after it, however it ends.
"""

import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qantara.client import Payee
from qantara.clock import utc_now
from qantara.db import Server
from qantara.db.embedded import EmbeddedServer
from qantara.errors import Malformed, Reason, Unavailable
from qantara.settings import Settings
from qantara.world import setup, worlds
from qantara.world.audit import Audit, audit
from qantara.world.kills import payers as paying
from qantara.world.kills import processes
from qantara.world.kills.model import Kill, Kills, Victim
from qantara.world.kills.payers import Payer, Tally, Way
from qantara.world.kills.processes import Stage

__all__ = ["Kill", "Kills", "Victim", "run"]
NAME = "killed"
GROUPS = {
    "my": ("my", "sap-my"),
    "pk": ("pk", "sap-pk", "fr", "sap-fr"),
    "systems": ("duitnow", "raast", "tips"),
    "middle": ("nexus", "fxp"),
}
PAYERS = 3
"""How many payments of an institution are under way at any time."""
AMOUNTS = {"MYR": 20_00, "PKR": 1_200_00, "EUR": 4_00}
PAYEES = 8
DATABASE_SHARE = 0.3
RECOVERY_SECONDS = 120.0
"""How long everything may take to work again: it takes seconds, unless the machine is busy."""
QUIET_SECONDS = 60.0
_CALM_SECONDS = (0.3, 1.5)
_LOOK_SECONDS, _EMPTY_LOOKS = 0.05, 2
Progress = Callable[[str], None]


async def run(settings: Settings, seed: int, kills: int, progress: Progress) -> Kills:
    """Kill `kills` times, of each kind at least once where that is possible, and audit.

    `Unavailable` if something does not come back within `RECOVERY_SECONDS`.
    """
    if kills < 1:
        raise Malformed(Reason.FIELD_INVALID, param="kills", value=str(kills))
    home = Path(tempfile.mkdtemp(prefix="qantara-kills-"))
    embedded = None
    try:
        own = processes.ours(settings, home)
        embedded = EmbeddedServer(own)
        await processes.whole(embedded.start, progress)
        stage = Stage(own, worlds.folder(own, NAME), GROUPS, embedded)
        await _make(stage, progress)
        return await _Run(stage, seed, kills, progress).done()
    finally:
        if embedded is not None:
            embedded.erase()
        shutil.rmtree(home, ignore_errors=True)


async def _make(stage: Stage, progress: Progress) -> None:
    """The demo's world, all in this process and at once at rest again."""
    server = stage.embedded.server
    await server.prepare()
    async with worlds.started(server, stage.place, progress):
        pass


@dataclass(slots=True)
class _Run:
    """One run on a world that was made and stands still."""

    stage: Stage
    seed: int
    count: int
    progress: Progress

    async def done(self) -> Kills:
        dice, tally = _dice(self.seed), Tally()
        try:
            self.progress(f"starting {len(GROUPS)} processes")
            await self.stage.serve_all()
            async with _paying(self.stage, tally, self.seed) as payers:
                await payers.watch(_paid_everywhere(tally, payers.institutions))
                killed = [
                    await self._kill(victim, dice, tally, payers)
                    for victim in _victims(dice, self.count)
                ]
            self.progress(f"{len(tally.accepted)} payments were accepted; waiting for quiet")
            await _quiet(self.stage)
            self.stage.look()
            found, missing = await self._judge(tally)
            await self.stage.stop()
        finally:
            self.stage.end()
        return Kills(
            seed=self.seed,
            kills=tuple(killed),
            accepted=len(tally.accepted),
            ended=Counter(state for _, _, state in tally.accepted.values()),
            refused=tally.refused,
            in_doubt=tally.in_doubt,
            settled=tally.settled,
            missing=tuple(missing),
            fallen=tuple(self.stage.fallen),
            audit=found,
        )

    async def _kill(
        self, victim: Victim, dice: random.Random, tally: Tally, payers: "_Payers"
    ) -> Kill:
        """One kill at some moment under load, and the way back to a world that pays."""
        await payers.watch(asyncio.sleep(dice.uniform(*_CALM_SECONDS)))
        await payers.watch(_under_load(tally))
        name = dice.choice(list(GROUPS)) if victim is Victim.ROLE else "postgresql"
        in_flight, began = tally.under_way, time.monotonic()
        if victim is Victim.ROLE:
            self.stage.kill(name)
            tally.era += 1
            await payers.watch(self.stage.serve(name))
        else:
            self.stage.look()
            self.stage.kill_database()
            tally.era += 1
            await payers.watch(self.stage.start_database(lambda _: None))
        await payers.watch(_paid_everywhere(tally, payers.institutions))
        recovered = round((time.monotonic() - began) * 1000)
        self.progress(
            f"kill {tally.era} of {self.count}: {name}, paying again after {recovered} ms"
        )
        return Kill(victim, name, in_flight, recovered)

    async def _judge(self, tally: Tally) -> tuple[Audit, list[str]]:
        server, world = self.stage.embedded.server, self.stage.place.spec()
        return await audit(server, world), await _missing(server, self.stage, tally)


def _dice(seed: object) -> random.Random:
    return random.Random(str(seed))  # noqa: S311 - what is played must be playable again


def _victims(dice: random.Random, count: int) -> list[Victim]:
    """One of each kind first, in any order; then databases less often than processes."""
    some = [Victim.ROLE, Victim.DATABASE]
    dice.shuffle(some)
    more = max(0, count - len(some))
    rest = [Victim.DATABASE if dice.random() < DATABASE_SHARE else Victim.ROLE for _ in range(more)]
    return [*some, *rest][:count]


@dataclass(slots=True)
class _Payers:
    """The payers' tasks: one that fails ends the run at once instead of being missed."""

    tasks: list["asyncio.Task[None]"]
    institutions: frozenset[str]

    async def watch(self, act: Coroutine[Any, Any, None]) -> None:
        """Do something while the payers pay."""
        doing = asyncio.ensure_future(act)
        try:
            await asyncio.wait([doing, *self.tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in self.tasks:
                if task.done():
                    task.result()
            await doing
        finally:
            doing.cancel()


@asynccontextmanager
async def _paying(stage: Stage, tally: Tally, seed: int) -> AsyncIterator[_Payers]:
    """Payers of every institution, all the time; at the end each sees its last payment through."""
    keys = stage.place.read_keys()
    payers = [
        Payer(
            *(role, number, keys[role]["employer"], ways, stage.place.running, tally),
            dice=_dice(f"{seed}/{role}/{number}"),
        )
        for role, ways in _ways(stage).items()
        for number in range(PAYERS)
    ]
    tasks = [asyncio.create_task(payer.run()) for payer in payers]
    try:
        yield _Payers(tasks, frozenset(each.institution for each in payers))
        paying.stop(payers)
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _ways(stage: Stage) -> dict[str, tuple[Way, ...]]:
    spec, on = stage.place.spec(), utc_now().date()
    ways = {}
    for role in spec.of_kind("institution"):
        made = []
        for country in role.take("destinations", list):
            bic = spec.role(country.lower()).bic
            people = setup.residents(country, spec.rulebook, on)[2 : 2 + PAYEES]
            payees = tuple(_payee(each.account.number, country, bic) for each in people)
            made.append(Way(payees, AMOUNTS[role.currency.code], role.currency.code))
        ways[role.name] = tuple(made)
    return ways


def _payee(number: str, country: str, bic: str) -> Payee:
    return Payee(country, "IBAN" if number[:2].isalpha() else "ACCT", number, bic)


async def _under_load(tally: Tally) -> None:
    """Until payments are under way."""
    while not tally.under_way:  # noqa: ASYNC110 - a look costs nothing
        await asyncio.sleep(_LOOK_SECONDS)


async def _paid_everywhere(tally: Tally, wanted: Collection[str]) -> None:
    """Until a payment that began after the last kill has gone through from every institution."""
    ends = asyncio.get_running_loop().time() + RECOVERY_SECONDS
    late = set(wanted)
    while late:
        if asyncio.get_running_loop().time() > ends:
            told = f"no payment of {', '.join(sorted(late))} went through after kill {tally.era}"
            raise Unavailable(Reason.TIMED_OUT, detail=f"{told}; {tally.trouble}")
        await asyncio.sleep(_LOOK_SECONDS)
        late = {role for role in wanted if not tally.finished[role, tally.era]}


async def _quiet(stage: Stage) -> None:
    """Until no message waits anywhere, seen twice, as one may be between two looks; what stays
    is the auditor's.
    """
    server, world = stage.embedded.server, stage.place.spec()
    ends, empty = asyncio.get_running_loop().time() + QUIET_SECONDS, 0
    while empty < _EMPTY_LOOKS and asyncio.get_running_loop().time() < ends:
        waiting = [await _waiting(server, world.database(role)) for role in world.roles]
        empty = 0 if any(waiting) else empty + 1
        await asyncio.sleep(_LOOK_SECONDS)


async def _waiting(server: Server, database: str) -> int:
    connection = await server.connect(database)
    try:
        return int(
            await connection.fetchval("SELECT count(*) FROM db.outbox WHERE refused IS NULL")
        )
    finally:
        await connection.close()


async def _missing(server: Server, stage: Stage, tally: Tally) -> list[str]:
    """Payments that a customer was told of and that are not there as told."""
    told: list[str] = []
    world = stage.place.spec()
    for role in world.of_kind("institution"):
        mine = {id_: said for id_, said in tally.accepted.items() if said[0] == role.name}
        connection = await server.connect(world.database(role.name))
        try:
            rows = await connection.fetch(
                "SELECT id, uetr, state FROM remittance.remittance WHERE id = ANY($1::text[])",
                list(mine),
            )
        finally:
            await connection.close()
        there = {row["id"]: (role.name, row["uetr"], row["state"]) for row in rows}
        told += [
            f"{id_}: told {said[1:]}, there is {there.get(id_, ('', 'nothing'))[1:]}"
            for id_, said in mine.items()
            if there.get(id_) != said
        ]
    return told
