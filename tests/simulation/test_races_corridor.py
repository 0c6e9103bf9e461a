"""The whole corridor in a storm: three countries, six directions, both priorities and both step
variants, timers that run out, roads that tear and lose, and staff who look into what is large.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from rough_world import SIDES, Weather, World, opened, quiet

from qantara.client import Payee
from qantara.db import Server
from qantara.errors import Reason
from qantara.money import Money
from qantara.rails.model import Priority
from qantara.remittance import flow as remittance
from qantara.remittance.model import FINAL, Decide, InboundState, Remittance, Verdict
from qantara.world import setup, traffic
from qantara.world.traffic import Direction

pytestmark = pytest.mark.xdist_group("races")
Servers = Callable[[int], Server]
SEEDS = (20261122,)
EACH = 5
REMINDERS = 3
CALM = Weather(unsent=0, lost=0, twice=0, late=0)
STORM = Weather(unsent=0.08, lost=0.06, twice=0.15, late=0.25, torn=0.12, dropped=0.05)
AMOUNTS = {"my": (20_00, 400_00), "pk": (1_000_00, 20_000_00), "fr": (5_00, 100_00)}
_TIMERS = {"high_seconds": 2, "norm_seconds": 3, "inside_seconds": 2, "reminder_seconds": 3}
_PATIENCE = {"overdue_seconds": 4, "resend_seconds": [2, 3]}
TERMS: dict[str, dict[str, Any]] = {
    "duitnow": {"steps": 5, "source_steps": 4, "timers": _TIMERS, "cycle_seconds": 4},
    "raast": {"steps": 4, "source_steps": 5, "timers": _TIMERS},
    "tips": {"steps": 5, "source_steps": 4, "timers": _TIMERS},
    "nexus": {"time_out_seconds": 2},
    **{role: {"reminder_seconds": 3} for role in ("sap-my", "sap-pk", "sap-fr")},
    "my": {**_PATIENCE, "review_above": "200.00", "check_seconds": 2},
    "pk": {**_PATIENCE, "review_above": "15000.00", "check_seconds": 2},
    "fr": {**_PATIENCE, "review_above": "50.00", "check_seconds": 2},
}


def directions(world: World, dice: random.Random) -> list[Direction]:
    """Who pays whom: the employer of each country, people of both others, by either priority."""
    rulebook, on = world.runtime.world.rulebook, world.clock().date()
    made = []
    for side, (country, _) in SIDES.items():
        payer = setup.residents(country, rulebook, on)[0]
        node = world.runtime.roles[side].node
        for other in SIDES.keys() - {side}:
            there, bic = SIDES[other][0], world.runtime.world.role(other).bic
            kind = "ACCT" if other == "my" else "IBAN"
            payees = tuple(
                Payee(there, kind, each.account.number, bic) for each in world.people[other]
            )
            made += [
                Direction(
                    side,
                    payer,
                    there,
                    payees,
                    Money(dice.randint(*AMOUNTS[side]), node.asset),
                    priority,
                )
                for priority in Priority
            ]
    return sorted(made, key=str)


async def look_into(world: World, dice: random.Random) -> None:
    """Staff decide on what is held, one way or another, until they are sent home."""
    while True:
        await asyncio.sleep(0.3)
        for side in SIDES:
            role = world.runtime.roles[side]
            async with role.database.look() as tx:
                held = await remittance.held(tx, None, 50)
            said = [
                Decide(payment.uetr, dice.choice(list(Verdict)), Reason.REJECTED_BY_RECEIVER)
                for _, payment in held
            ]
            await role.batcher.run_all(remittance.decide_held, said)


async def open_ones(world: World, sent: Sequence[tuple[str, Remittance]]) -> int:
    """How many payments have not ended for their sender, or for their receiver."""
    count = 0
    for side in SIDES:
        ids = [each.id for name, each in sent if name == side]
        async with world.runtime.roles[side].database.look() as tx:
            found = await remittance.remittances(tx, ids)
            waiting = (InboundState.RECEIVED.value, InboundState.HELD.value)
            sql = "SELECT count(*) FROM remittance.inbound WHERE state = ANY($1::text[])"
            count += int(await tx.fetchval(sql, list(waiting)))
        count += sum(isinstance(one, Remittance) and one.state not in FINAL for one in found)
    return count


async def stormed(server: Server, seed: int) -> tuple[Counter[str], list[str], Counter[str]]:
    """How payments ended for their receivers, what the auditor found, what the roads did."""
    dice = random.Random(seed)
    async with opened(server, seed, 3, TERMS) as world:
        roads, staff = world.runtime.roads, asyncio.create_task(look_into(world, dice))
        roads.weather = STORM
        ways = directions(world, dice)
        batches = await asyncio.gather(*(traffic.send(world.runtime, way, EACH) for way in ways))
        sent = [
            (way.sender, each) for way, some in zip(ways, batches, strict=True) for each in some
        ]
        await asyncio.sleep(3)
        roads.weather = CALM
        async with asyncio.timeout(60):
            while await open_ones(world, sent):
                world.clock.leap += timedelta(seconds=2)
                await asyncio.sleep(0.5)
        staff.cancel()
        for _ in range(REMINDERS):  # who is not a customer's institution may still have to ask
            world.clock.leap += timedelta(seconds=15)
            await asyncio.sleep(1)
        await quiet(world)
        ended: Counter[str] = Counter()
        for side in SIDES:
            async with world.runtime.roles[side].database.read() as tx:
                rows = await tx.fetch("SELECT state FROM remittance.inbound")
            ended.update(row["state"] for row in rows)
        return ended, await world.audited(), roads.told


@pytest.mark.parametrize("seed", SEEDS)
async def test_in_a_storm_every_payment_ends_alike_at_every_party_and_no_sen_is_lost(
    servers: Servers, seed: int
) -> None:
    ended, wrong, roads = await stormed(servers(18), seed)
    assert wrong == [], f"seed {seed}"
    assert ended["credited"] > 0, f"seed {seed}: {ended}"
    assert sum(ended[state] for state in ("refused", "released", "reversed")) > 0, ended
    assert {"unsent", "lost", "torn", "twice", "late", "dropped"} <= roads.keys(), roads
