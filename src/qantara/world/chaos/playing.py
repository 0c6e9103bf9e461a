"""One schedule: dice choose what happens next and what goes wrong with it."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from qantara.errors import QantaraError
from qantara.world import setup
from qantara.world.chaos import contradicting, orders
from qantara.world.chaos.breaking import Moment
from qantara.world.chaos.model import Fault, Record
from qantara.world.chaos.orders import Order
from qantara.world.chaos.roads import ROAD_FAULTS
from qantara.world.chaos.stage import BATCH, Stage
from qantara.world.people import Resident

STEPS = 140
MOST = 3
"""How many customers may come at once."""
FAULTY = 0.3
"""How often a delivery meets a fault of its road."""
CRASHING = 0.09
"""How often a process is to end in an act; it often lives on, as the act is shorter."""
HURRIES = (1, 1, 3)
"""How fast time goes by in a schedule, and how often somebody looks at it."""
REJECTED = b">RJCT<"
"""A word worth losing: whoever misses it keeps money that was never paid."""
SLOWNESS = 0.85
"""How often the one who is slow does not come to deliver after all."""
_CRASHES = {
    Moment.STATEMENT: (Fault.CRASH_STATEMENT, 12),
    Moment.BEFORE_COMMIT: (Fault.CRASH_BEFORE_COMMIT, 2),
    Moment.AFTER_COMMIT: (Fault.CRASH_AFTER_COMMIT, 2),
}
_LEAPS = (0.2, 0.2, 0.5, 0.5, 1.0, 2.0, 5.0, 9.0)


@dataclass(slots=True)
class Player:
    """The scheduler with its dice, and the orders that customers have given so far."""

    stage: Stage
    dice: random.Random
    record: Record
    orders: list[Order] = field(default_factory=list)
    people: dict[str, list[Resident]] = field(default_factory=dict)
    slow: str | None = None

    async def play(self, steps: int = STEPS) -> None:
        self.people = orders.population(self.stage)
        slow = (
            None,
            self.dice.choice(list(self.stage.roles)),
            self.dice.choice(list(orders.SIDES)),
        )
        self.slow = self.dice.choice(slow)
        hurry = self.dice.choice(HURRIES)
        self.record.line("slow is", self.slow, "hurry is", hurry)
        acts: dict[Callable[[], Awaitable[None]], int] = {
            self._order: 5,
            self._further: 5,
            self._deliver: 80,
            self._jobs: 12 * hurry,
            self._leap: 8 * hurry,
            self._late: 5,
            self._contradict: 4,
            self._staff: 3,
            self._crash_at_rest: 1,
        }
        for step in range(steps):
            act = self.dice.choices(list(acts), list(acts.values()))[0]
            name = act.__name__.strip("_")
            self.record.acts[name] += 1
            self.record.line(step, name, self.stage.clock().isoformat())
            await act()

    async def _order(self) -> None:
        """A few customers at once; most of them go on until they have said yes."""
        for _ in range(self.dice.randint(1, MOST)):
            order = orders.invented(self.stage, self.people, self.dice)
            self.orders.append(order)
            for _ in range(self.dice.randint(1, 3)):
                if order.said is None:
                    await self._carry_on(order)

    async def _further(self) -> None:
        waiting = [order for order in self.orders if order.said is None]
        if waiting:
            await self._carry_on(self.dice.choice(waiting))

    async def _carry_on(self, order: Order) -> None:
        where = f"{order.sender}>{order.country}"

        async def act() -> None:
            try:
                said = await orders.further(self.stage, order)
            except QantaraError as error:  # whoever asked will ask again
                said = f"failed: {error.reason}"
            self.record.line("  ", where, order.quote_id, order.priority, order.amount, said)

        await self._crashing(act, order.sender)

    async def _deliver(self) -> None:
        ways = await self.stage.waiting()
        if not ways:
            return
        sender, peer = self.dice.choice(list(ways))
        if sender == self.slow and self.dice.random() < SLOWNESS:
            return
        messages = ways[sender, peer]
        batch = messages[: self.dice.randint(1, BATCH)]
        if self.dice.random() < FAULTY:
            self.stage.roads.ordered = self.dice.choice(ROAD_FAULTS)
            if any(REJECTED in message.raw for message in batch):
                self.stage.roads.ordered = self.dice.choice((Fault.VANISH, *ROAD_FAULTS[:3]))
            if self.stage.roads.ordered is Fault.REORDER:
                batch = messages[:BATCH]

        async def act() -> None:
            await self.stage.carry(sender, peer, batch)

        await self._crashing(act, sender, peer)
        self.stage.roads.ordered = None

    async def _jobs(self) -> None:
        name = self.dice.choice(list(self.stage.roles))

        async def act() -> None:
            count = await self.stage.run_jobs(name)
            self.record.line("  ", name, count)

        await self._crashing(act, name)

    async def _leap(self) -> None:
        self.stage.move(self.dice.choice(_LEAPS))
        await setup.feed_reference_rates(self.stage.runtime)

    async def _late(self) -> None:
        late = self.stage.roads.late
        if not late:
            return
        came = late.pop(self.dice.randrange(len(late)))

        async def act() -> None:
            try:
                await came.road.arrive(came.envelopes)
            except QantaraError as error:
                self.record.line("  ", "late, and failed:", error.reason)

        await self._crashing(act, came.road.peer)
        self.stage.forget(came.road.peer)

    async def _contradict(self) -> None:
        name = self.dice.choice(list(self.stage.roles))
        found = await contradicting.contradicted(self.stage, name, self.dice)
        if found is None:
            return
        road, envelope = found
        self.record.fault(Fault.CONTRADICT, road.name)
        await road.arrive([envelope])
        self.stage.forget(road.peer)

    async def _staff(self) -> None:
        name = self.dice.choice(sorted(orders.SIDES))
        for said in await orders.decide(self.stage, name, self.dice):
            self.record.line("  ", name, said)

    async def _crash_at_rest(self) -> None:
        name = self.dice.choice(list(self.stage.roles))
        self.record.fault(Fault.CRASH_AT_REST, name)
        await self.stage.restart(name)

    async def _crashing(self, act: Callable[[], Awaitable[None]], *parties: str) -> None:
        """An act in which one of the parties may end; another process takes it up afterwards."""
        if self.dice.random() >= CRASHING:
            await act()
            return
        name = self.dice.choice(parties)
        moment = self.dice.choice(list(Moment))
        fault, most = _CRASHES[moment]
        fuse = self.stage.fuse(name)
        fuse.moment, fuse.left = moment, self.dice.randint(1, most)
        await act()
        fuse.moment = None
        if fuse.blown:
            self.record.fault(fault, name)
            await self.stage.restart(name)
            self.stage.forget(*parties)
