"""A seeded world over bad roads: whatever happens on the way, the auditor finds every sen."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from rough_world import SIDES, World, acts, freeze, opened, play, quiet

from qantara.client import Order, Payee, Problem, calls, plans
from qantara.db import Server

pytestmark = pytest.mark.xdist_group("simulation")
Servers = Callable[[int], Server]
Ended = dict[str, list[tuple[str, str]]]
PEOPLE, ACTS = 4, 3
SEEDS = (20260302,)
EXPECTED = {
    "too much": {"amount_above_limit", "insufficient_funds"},
    "stranger": {"payee_not_confirmed", "alias_unknown"},
    "full": {"balance_above_ceiling"},
    "too fine": {"amount_scale"},
    "late": {"quote_expired"},
    "frozen": {"account_frozen"},
}


async def simulated(server: Server, seed: int) -> tuple[Ended, list[str], dict[str, int]]:
    """How every act ended, what the auditor found, and what the roads did."""
    async with opened(server, seed, PEOPLE) as world:
        frozen = {side: world.people[side][-1] for side in SIDES}
        for side, resident in frozen.items():
            await freeze(world, side, resident)
        todo = [
            (side, resident, acts(world, side, resident, seed, ACTS))
            for side in SIDES
            for resident in world.people[side]
            if resident is not frozen[side]
        ]
        ended = dict(
            zip(
                [resident.customer.id for _, resident, _ in todo],
                await asyncio.gather(*(play(world, *each) for each in todo)),
                strict=True,
            )
        )
        for side, resident in frozen.items():
            ended[f"frozen {side}"] = await _frozen(world, side)
            assert resident.customer.id not in ended
        ended["late"] = await _late(world)
        await quiet(world)
        return ended, await world.audited(), dict(world.runtime.roads.told)


async def _order(world: World, side: str, place: int) -> Order:
    currency = SIDES[side][1]
    other = "pk" if side == "my" else "my"
    there = SIDES[other][0]
    phone = world.people[other][0].customer.phone or ""
    account = world.people[side][place].account.id
    return Order(account, Payee(there, "MBNO", phone), "700.00", currency, purpose="FAMI")


async def _frozen(world: World, side: str) -> list[tuple[str, str]]:
    async with world.client(side, world.people[side][-1]) as client:
        with pytest.raises(Problem) as caught:
            await client.run(plans.pay(await _order(world, side, -1), "frozen"))
    return [("frozen", caught.value.code)]


async def _late(world: World) -> list[tuple[str, str]]:
    """A yes that comes after the quote's time."""
    async with world.client("my", world.people["my"][0]) as client:
        order = await _order(world, "my", 0)
        quote = await client.do(calls.new_quote(order))
        check = await client.do(calls.new_payee_check(order.payee))
        world.clock.leap += timedelta(minutes=11)
        with pytest.raises(Problem) as caught:
            await client.do(calls.accept(order, quote.id, check.id))
    return [("late", caught.value.code)]


@pytest.fixture(scope="module", params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


async def test_no_sen_is_made_or_lost_on_bad_roads_and_a_seed_ends_the_same_way_twice(
    servers: Servers, seed: int
) -> None:
    server = servers(18)
    first, second = await asyncio.gather(simulated(server, seed), simulated(server, seed))
    for ended, wrong, roads in (first, second):
        assert wrong == [], f"seed {seed}"
        counts = Counter(act for acted in ended.values() for act in acted)
        for (kind, outcome), times in counts.items():
            told = f"seed {seed}: {times} times {kind} ended {outcome}"
            expected = EXPECTED.get(kind, {"completed"}) | {"payee_closed"}  # some are frozen
            assert outcome in expected, told
        completed = sum(times for (_, outcome), times in counts.items() if outcome == "completed")
        assert completed >= 8, f"seed {seed}"
        assert sum(roads.values()) > 10, f"seed {seed}: {roads}"
    assert first[0] == second[0], f"seed {seed}"
