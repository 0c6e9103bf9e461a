"""Payments counted by how they ended, step by step."""

from datetime import timedelta

from remittance_acts import BOS_NUMBER, add_bo, sent, word, yes_to_small
from remittance_world import build, inbound

from moments import NOW
from qantara.rails.model import Status
from qantara.remittance import flow
from qantara.remittance.daily_model import Ended, Outcome

MINUTE = timedelta(minutes=1)


async def test_what_ended_is_counted_in_the_step_in_which_it_ended(fresh):
    world = await build(fresh)
    await add_bo(world)
    check = await world.confirmed()
    said = [await yes_to_small(world, check) for _ in range(3)]
    await flow.accept(world.tx, world.node, said, NOW)
    payments = await sent(world)
    for place, (payment, status) in enumerate(
        zip(payments, (Status.ACCC, Status.ACCC, Status.RJCT), strict=True)
    ):
        at = NOW + place * MINUTE
        await flow.conclude(world.tx, world.node, [word(payment, status)], at)
    await flow.receive(world.tx, world.node, [inbound(BOS_NUMBER)], NOW + 2 * MINUTE)
    told = await flow.ended_by_step(world.tx, NOW, 2 * MINUTE)
    assert sorted(told, key=lambda each: (each.at, each.outcome)) == [
        Ended(NOW, Outcome.COMPLETED, 2),
        Ended(NOW + 2 * MINUTE, Outcome.RECEIVED, 1),
        Ended(NOW + 2 * MINUTE, Outcome.REJECTED, 1),
    ]
    assert await flow.ended_by_step(world.tx, NOW + 3 * MINUTE, MINUTE) == []
