"""Random orders of everything that can happen to payments: no order loses or doubles money."""

import random
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace
from remittance_acts import audit, found, sent, story, word, yes_to_small
from remittance_review_acts import unsure, with_rulebook
from remittance_world import ACCOUNT, build

from moments import NOW
from qantara.errors import Conflict
from qantara.money import MYR, Money
from qantara.rails.model import Status
from qantara.remittance import flow
from qantara.remittance.model import FINAL, TRANSITIONS, State
from qantara.remittance.review_model import DecideReview, ReviewEvent

PAYMENTS = 8
STEPS = 60
HELD = {State.IN_REVIEW, State.ACCEPTED, State.SUBMITTED, State.OVERDUE}
NEXT = {before: {after for (b, _), after in TRANSITIONS.items() if b == before} for before in State}


class Story:
    """A few payments, and the dice that decide what happens to them next."""

    def __init__(self, world, seed):
        self.world, self.dice = world, random.Random(seed)
        self.now = NOW
        self.told = Counter()

    async def open(self):
        check = await self.world.confirmed()
        self.said = [await yes_to_small(self.world, check) for _ in range(PAYMENTS)]

    async def step(self):
        acts = (self.accept, self.acknowledge, self.bounce, self.conclude, self.conclude)
        acts += (self.decide, self.wait)
        await self.dice.choice(acts)()

    def some(self, things):
        return [self.dice.choice(things) for _ in range(self.dice.randint(1, 4))] if things else []

    async def accept(self):
        batch = self.some(self.said)
        if self.dice.random() < 0.3:
            batch.append(replace(batch[0], note="Other words"))
        await flow.accept(self.world.tx, self.world.node, batch, self.now)

    async def decide(self):
        verdicts = [ReviewEvent.RELEASE, ReviewEvent.RELEASE, ReviewEvent.REFUSE]
        batch = [
            DecideReview("rem_" + each.quote_id[4:], self.dice.choice(verdicts), "prn_1", "prn_2")
            for each in self.some(self.said)
        ]
        await flow.decide_reviews(self.world.tx, self.world.node, batch, self.now)

    async def acknowledge(self):
        named = [payment.message_id for payment in self.some(await sent(self.world))]
        await flow.acknowledge(self.world.tx, named, self.now)

    async def bounce(self):
        if self.dice.random() < 0.3:
            named = [(p.message_id, "message_schema") for p in self.some(await sent(self.world))]
            await flow.bounce(self.world.tx, self.world.node, named, self.now)

    async def conclude(self):
        told = [
            word(payment, self.dice.choice(list(Status)), "AC04")
            for payment in self.some(await sent(self.world))
        ]
        for outcome in await flow.conclude(self.world.tx, self.world.node, told, self.now):
            self.told[type(outcome)] += 1

    async def wait(self):
        seconds = self.dice.choice([-30, 1, 20, 61])
        self.now += timedelta(seconds=seconds)
        await flow.expire(self.world.tx, self.world.node, [None], self.now)


async def _check(world, said):
    """Every payment went a way of the table, and the book holds what the states say."""
    gone, held = 0, 0
    for each in said:
        remittance = await found(world, "rem_" + each.quote_id[4:])
        way = [State(state) for state in await story(world, remittance.id)]
        assert way[0] is State.QUOTED
        assert way[-1] is remittance.state
        for before, after in pairwise(way):
            assert after in NEXT[before], way
            assert after is not before, way
        debit = remittance.quote.total_debit.minor
        if remittance.state in {State.COMPLETED, State.BLOCKED}:
            gone += debit
        elif remittance.state in HELD:
            held += debit
        assert (remittance.finished_at is not None) == (remittance.state in FINAL)
    assert (await world.books())[ACCOUNT] == 1_000_00 - gone
    assert await world.available() == 1_000_00 - gone - held


@pytest.mark.parametrize("reviewed", [False, True], ids=["plain", "reviewed"])
async def test_no_order_of_events_leaves_the_table_or_the_books(fresh_both, reviewed):
    world = await build(fresh_both)
    if reviewed:
        world = await with_rulebook(world, unsure(value=Money(0, MYR)))
        world.node = replace(world.node, review_seconds=300)
    contradictions = 0
    for seed in range(12):
        undo = world.tx.transaction()
        await undo.start()
        made = Story(world, seed)
        await made.open()
        for number in range(STEPS):
            await made.step()
            if number % 10 == 0:
                await _check(world, made.said)
        await _check(world, made.said)
        await audit(world)
        contradictions += made.told[Conflict]
        assert len(await sent(world)) == len({payment.uetr for payment in await sent(world)})
        await undo.rollback()
    assert contradictions > 0


class Crash(Exception):
    """The process dies here."""


@pytest.mark.parametrize("verb", ["accept", "conclude", "decide"])
async def test_a_crash_before_the_commit_leaves_nothing_and_a_repeat_does_it_once(fresh, verb):
    world = await build(fresh)
    async with world.tx.transaction():
        if verb == "decide":
            world = await with_rulebook(world, unsure())
        said = await world.yes()
        if verb == "decide":
            await flow.accept(world.tx, world.node, [said], NOW)
        if verb == "conclude":
            await flow.accept(world.tx, world.node, [said], NOW)
            ending = word((await sent(world))[0], Status.ACCC)

    async def act():
        if verb == "accept":
            return await flow.accept(world.tx, world.node, [said], NOW)
        if verb == "decide":
            released = DecideReview("rem_" + said.quote_id[4:], ReviewEvent.RELEASE, "a", "b")
            return await flow.decide_reviews(world.tx, world.node, [released], NOW)
        return await flow.conclude(world.tx, world.node, [ending], NOW)

    async def die():
        async with world.tx.transaction():
            await act()
            raise Crash

    before = await world.books(), await world.available()
    with pytest.raises(Crash):
        await die()
    assert (await world.books(), await world.available()) == before
    for _ in range(2):
        async with world.tx.transaction():
            await act()
    assert len(await sent(world)) == 1
    assert await world.available() == 500_00
    async with world.tx.transaction():
        if verb == "conclude":
            await audit(world)
