"""Payments as a load: many clients, each with one payment at a time, or arrivals by chance.

A client quotes (the gateway included), accepts, and waits until the payment has ended. Whether
it has is read for all clients at once from their institution's events.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from qantara import ids
from qantara.db import events
from qantara.edge import nexus
from qantara.errors import Reason, Unavailable
from qantara.host.role import Role
from qantara.host.runtime import Runtime
from qantara.ids import QuoteId
from qantara.money import Money
from qantara.payees.model import PayeeCheck
from qantara.remittance import flow as remittance
from qantara.remittance.model import (
    FINAL,
    Accept,
    AskQuote,
    GatewayQuote,
    Institution,
    PriceRequest,
    Remittance,
    State,
    remittance_id,
)
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import QuoteRequest, QuoteSet
from qantara.world import rehearsal, traffic
from qantara.world.traffic import PURPOSE, Direction

PAGE = 2000
ANSWER_SECONDS = 60.0
BUSY_LOOK, OPEN_LOOK, IDLE_LOOK = 0.025, 0.02, 0.002
"""Seconds between two looks at the events: at most so much later an end is seen."""
_FINAL = frozenset(state.value for state in FINAL)
OutcomeT = TypeVar("OutcomeT")


class Ends:
    """Tells the clients of one institution when their payments have ended, and how."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._filled = asyncio.Event()
        self._position = 0
        self.look_seconds = BUSY_LOOK

    async def begin(self) -> None:
        async with self._role.database.look() as tx:
            self._position = await events.last(tx)

    def of(self, remittance_id: str) -> "asyncio.Future[str]":
        """To be asked for before the payment is accepted."""
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[remittance_id] = ended
        self._filled.set()
        return ended

    async def watch(self) -> None:
        looked = -1
        while True:
            await self._filled.wait()
            if looked == self._role.batcher.transactions:  # nothing can have ended since
                await asyncio.sleep(self.look_seconds)
                continue
            looked = self._role.batcher.transactions
            async with self._role.database.look() as tx:
                page = await events.after(tx, self._position, PAGE)
            for happening in page:
                if happening.state in _FINAL:
                    ended = self._waiting.pop(happening.subject, None)
                    if ended is not None and not ended.done():
                        ended.set_result(happening.state)
            if page:
                self._position = page[-1].sequence
            if not self._waiting:
                self._filled.clear()
            if len(page) < PAGE:
                await asyncio.sleep(self.look_seconds)


@dataclass(slots=True)
class Way:
    """One direction, its payees confirmed."""

    role: Role
    direction: Direction
    checks: Sequence[PayeeCheck]
    ends: Ends
    turn: int = 0


@dataclass(slots=True)
class Load:
    """Clients for every direction of a world whose institutions run in this process."""

    runtime: Runtime
    ways: list[Way] = field(default_factory=list)
    completed: int = 0
    _ends: dict[str, Ends] = field(default_factory=dict)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def begin(self) -> None:
        for direction in rehearsal.directions(self.runtime):
            role = self.runtime.roles[direction.sender]
            if direction.sender not in self._ends:
                ends = self._ends[direction.sender] = Ends(role)
                await ends.begin()
                self._tasks.append(asyncio.create_task(ends.watch()))
            checks = await traffic.checked(role, direction)
            self.ways.append(Way(role, direction, checks, self._ends[direction.sender]))

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def look_every(self, seconds: float) -> None:
        for ends in self._ends.values():
            ends.look_seconds = seconds

    async def closed(self, clients: int, until: Callable[[], bool]) -> None:
        """`clients` in each direction, until nobody shall begin another payment."""
        self.look_every(BUSY_LOOK)
        await _all(self._client(way, until) for way in self.ways for _ in range(clients))

    async def _client(self, way: Way, until: Callable[[], bool]) -> None:
        while not until():
            await self.pay(way)

    async def open(self, rate: float, seconds: float, random: Random) -> list[float]:
        """Payments by chance (Poisson), so many a second; how long each took from its arrival."""
        self.look_every(OPEN_LOOK)
        began = time.perf_counter()
        at, running = began, []
        while (at := at + random.expovariate(rate)) < began + seconds:
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            running.append(asyncio.create_task(self._timed(random.choice(self.ways), at)))
        return await _all(running)

    async def _timed(self, way: Way, arrived: float) -> float:
        await self.pay(way)
        return time.perf_counter() - arrived

    async def one_by_one(self, count: int) -> list[float]:
        """Each payment alone on an idle system."""
        self.look_every(IDLE_LOOK)
        return [
            await self._timed(self.ways[number % len(self.ways)], time.perf_counter())
            for number in range(count)
        ]

    async def pay(self, way: Way) -> None:
        """From the gateway's quote to the end; `Unavailable` unless it is completed."""
        role, direction = way.role, way.direction
        check = way.checks[way.turn % len(way.checks)]
        way.turn += 1
        quote_id = await self._quoted(role, direction)
        ended = way.ends.of(remittance_id(quote_id))
        accept = Accept(
            quote_id=quote_id,
            customer_id=direction.payer.customer.id,
            payee_check_id=check.id,
            purpose=PURPOSE,
            note="Load",
            priority=direction.priority,
        )
        traffic.must(await role.batcher.run(remittance.accept, accept), Remittance)
        async with asyncio.timeout(ANSWER_SECONDS):
            state = await ended
        if state != State.COMPLETED:
            raise Unavailable(Reason.INTERNAL, detail=f"a payment of the load ended {state}")
        self.completed += 1

    async def _quoted(self, role: Role, direction: Direction) -> QuoteId:
        node: Institution = role.node
        request = direction.price_request
        interbank = traffic.must(remittance.interbank_amount(node, request), Money)
        asked = AskQuote(
            QuoteId(ids.new("quo")), request, await self._offers(role, request, interbank)
        )
        traffic.must(await role.batcher.run(remittance.quote, asked), object)
        return asked.id

    async def _offers(
        self, role: Role, request: PriceRequest, interbank: Money
    ) -> tuple[GatewayQuote, ...]:
        """From the gateway's verb where it runs in this process, else through its door; in both
        cases the answer is written and read.
        """
        node: Institution = role.node
        hub = self.runtime.roles.get(node.gateway)
        if hub is None:
            path = nexus.quotes_path(node, request, interbank)
            return nexus.read_offers(node, await role.door.ask(node.gateway, path))
        wish = QuoteRequest(node.country, request.destination_country, interbank, node.bic)
        found = traffic.must(await hub.batcher.run(gateway.quote, wish), QuoteSet)
        return tuple(traffic.offers(hub, node, found))


def for_seconds(seconds: float) -> Callable[[], bool]:
    ends_at = time.perf_counter() + seconds
    return lambda: time.perf_counter() >= ends_at


async def _all(
    acts: Iterable[Coroutine[Any, Any, OutcomeT] | asyncio.Task[OutcomeT]],
) -> list[OutcomeT]:
    """All at once; where one fails none goes on."""
    tasks = [asyncio.ensure_future(act) for act in acts]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
