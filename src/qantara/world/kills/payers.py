"""Customers who pay and pay, by the published client; what gets no answer is asked again under
the same key until it gets one.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from qantara.client import AsyncClient, Order, Payee, Problem, calls
from qantara.client.calls import Call
from qantara.client.model import Remittance
from qantara.client.retry import NEVER
from qantara.errors import Reason, Unavailable

T = TypeVar("T")
PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 300.0
"""How long one request is asked again before the run is given up."""
WAIT_SECONDS = 2
OPEN_MOST = 5
_AT_FAULT = 500


@dataclass(frozen=True, slots=True)
class Way:
    """Whom a payer may pay, and roughly how much in cents of the payer's currency."""

    payees: tuple[Payee, ...]
    amount: int
    currency: str


@dataclass(slots=True)
class Tally:
    """What the payers were told. `accepted` by remittance id: the UETR and the last state."""

    accepted: dict[str, tuple[str, str | None, str]] = field(default_factory=dict)
    refused: "Counter[str]" = field(default_factory=Counter)
    in_doubt: int = 0
    settled: int = 0
    under_way: int = 0
    finished: "Counter[tuple[str, int]]" = field(default_factory=Counter)
    trouble: str = ""
    """What the last request without an answer met."""
    era: int = 0
    """Kills so far: a payment belongs to the one it began in."""

    def told(self, institution: str, remittance: Remittance) -> None:
        self.accepted[remittance.id] = (institution, remittance.uetr, remittance.state)


@dataclass(slots=True)
class Payer:
    """Somebody who acts for an institution's customer and has one payment after another under
    way; `addresses` tells where doors are now, which may be elsewhere after a restart.

    A payment whose request gets no answer is asked for again apart from the others: new ones do
    not wait for it, as no other customer would. So `OPEN_MOST` can be open at once.
    """

    institution: str
    number: int
    key: str
    ways: tuple[Way, ...]
    addresses: Callable[[], Mapping[str, str]]
    tally: Tally
    dice: random.Random
    stopping: bool = False
    _clients: dict[str, AsyncClient] = field(default_factory=dict)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def run(self) -> None:
        """Pay until told to stop; the payments under way are seen to their end."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._pay_on(group)
        except ExceptionGroup as many:  # the first says why; the others fell with it
            raise many.exceptions[0] from many
        finally:
            for client in self._clients.values():
                await client.close()

    async def _pay_on(self, group: asyncio.TaskGroup) -> None:
        account = (await self._ask(calls.accounts(), lambda: None)).data[0].id
        room, place = asyncio.Semaphore(OPEN_MOST), 0
        while not self.stopping:
            await room.acquire()
            await self._turn.acquire()
            place += 1
            word = f"{self.institution}/{self.number}/{place}"
            paying = group.create_task(self._paid(account, word))
            paying.add_done_callback(lambda _: room.release())

    async def _paid(self, account: str, word: str) -> None:
        """One payment; whoever waits for this payer's next one is let on at its end or as soon
        as it is in doubt.
        """
        era, released = self.tally.era, asyncio.Event()

        def release() -> None:
            if not released.is_set():
                released.set()
                self._turn.release()

        self.tally.under_way += 1
        try:
            done = await self._pay(account, word, release)
        finally:
            self.tally.under_way -= 1
            release()
        if done is not None and done.state == "completed":
            self.tally.finished[self.institution, era] += 1

    async def _pay(self, account: str, word: str, release: Callable[[], None]) -> Remittance | None:
        way = self.dice.choice(self.ways)
        cents = way.amount + self.dice.randrange(way.amount)
        amount = f"{cents // 100}.{cents % 100:02d}"
        payee = self.dice.choice(way.payees)
        order = Order(account, payee, amount, way.currency, purpose="SALA")
        try:
            quote = await self._ask(calls.new_quote(order, f"quote/{word}"), release)
            check = await self._ask(calls.new_payee_check(payee, f"check/{word}"), release)
            if check.state != "confirmed":
                self.tally.refused[f"payee {check.state}"] += 1
                return None
            accept = calls.accept(order, quote.id, check.id, f"accept/{word}", WAIT_SECONDS)
            done = await self._ask(accept, release)
        except Problem as problem:
            self.tally.refused[problem.code] += 1
            return None
        self.tally.told(self.institution, done)
        return await self._followed(done, release)

    async def _followed(self, done: Remittance, release: Callable[[], None]) -> Remittance:
        """A payment that was accepted, at its end."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not done.final:
                await asyncio.sleep(PAUSE_SECONDS)
                done = await self._ask(calls.remittance(done.id), release)
                self.tally.told(self.institution, done)
        return done

    async def _ask(self, call: Call[T], in_doubt: Callable[[], None]) -> T:
        """The answer to a request, however often it must be asked; `Problem` if it is a no."""
        ends = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        doubtful = False
        while True:
            try:
                answer = await self._once(call)
            except Problem as problem:
                if not problem.retryable and problem.status < _AT_FAULT:
                    self.tally.settled += doubtful
                    raise
                cause: Exception = problem
            except Unavailable as error:
                cause = error
            else:
                self.tally.settled += doubtful
                return answer
            self.tally.in_doubt += not doubtful
            self.tally.trouble = f"{call.path}: {cause}"
            doubtful = True
            in_doubt()
            if asyncio.get_running_loop().time() > ends:
                raise Unavailable(Reason.TIMED_OUT, detail=f"{call.path}: {cause}") from cause
            await asyncio.sleep(PAUSE_SECONDS)

    async def _once(self, call: Call[T]) -> T:
        address = self.addresses().get(self.institution)
        if address is None:
            raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=self.institution)
        if address not in self._clients:
            self._clients[address] = AsyncClient(address, self.key, retry=NEVER)
        return await self._clients[address].do(call)


def stop(payers: Iterable[Payer]) -> None:
    for payer in payers:
        payer.stopping = True
