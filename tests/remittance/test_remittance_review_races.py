"""Reviews under attack: accounts that are stopped meanwhile, and everything at one moment."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from remittance_acts import audit, found, sent
from remittance_review_acts import LATER, decide, reviewing, waiting
from remittance_world import ACCOUNT, World

from moments import NOW
from qantara.ledger import flow as ledger
from qantara.remittance import flow
from qantara.remittance.model import State
from qantara.remittance.review_model import ReviewEvent

RELEASE, REFUSE = ReviewEvent.RELEASE, ReviewEvent.REFUSE
END = NOW + timedelta(seconds=86_400)


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await reviewing(fresh)
    async with made.tx.transaction():
        yield made


@pytest.mark.parametrize("verdict", [RELEASE, REFUSE, None])
async def test_the_money_comes_back_to_an_account_that_was_frozen_meanwhile(world, verdict):
    _, made = await waiting(world)
    await ledger.freeze(world.tx, ACCOUNT, "Court order", "Act 1", "prn_1", NOW)
    if verdict:
        await decide(world, made.id, verdict, LATER)
    else:
        await flow.expire(world.tx, world.node, [None], END)
    assert (await found(world, made.id)).state in {State.EXPIRED, State.REFUSED}
    assert await world.available() == 1_000_00
    await audit(world)


@pytest.mark.parametrize("verdict", [RELEASE, REFUSE])
async def test_a_verdict_and_the_end_of_the_wait_at_one_moment(world, verdict):
    _, made = await waiting(world)
    await decide(world, made.id, verdict, END)
    await flow.expire(world.tx, world.node, [None], END)
    assert (await found(world, made.id)).state in {State.EXPIRED, State.REFUSED}
    assert await world.available() == 1_000_00
    await audit(world)


async def test_a_release_then_the_clock_does_not_make_it_overdue(world):
    _, made = await waiting(world)
    soon = NOW + timedelta(seconds=599)
    await decide(world, made.id, RELEASE, soon)
    await flow.expire(world.tx, world.node, [None], soon)
    assert (await found(world, made.id)).state is State.ACCEPTED
    assert len(await sent(world)) == 1
