"""What is asked of the ledger under measurement: wishes, and clients that wait for their outcome.

A client asks, waits until its outcome is durable and asks again; an outcome other than the
expected one ends the measurement.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from qantara.clock import utc_now
from qantara.db import Batcher, Tx
from qantara.errors import Reason, Unavailable
from qantara.ledger import flow
from qantara.ledger.model import Posted, ResultCode, Transfer, TransferKind
from qantara.money import MYR

FUNDS = 10**9
_TOO_MUCH = 10**18
_REFUSED_EACH = 100
# A visit for a hold or a chain makes two transfers, so that these are 5 % of all transfers.
_SPECIAL_EACH = 39
HOT = "customer/hot"


@dataclass(slots=True)
class Meter:
    """What a load did: the size of each batch, each request's seconds, outcomes by code."""

    sizes: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    transfers: int = 0
    refused: int = 0
    special: int = 0


Group = Sequence[Transfer]


async def post(
    tx: Tx, meter: Meter, commands: Sequence[Transfer], now: datetime
) -> Sequence[Posted]:
    meter.sizes.append(len(commands))
    return await flow.post(tx, commands, now)


async def post_groups(
    tx: Tx, meter: Meter, commands: Sequence[Group], now: datetime
) -> list[Sequence[Posted]]:
    """The same for commands of several transfers that stay side by side."""
    flat = [item for group in commands for item in group]
    posted = await post(tx, meter, flat, now)
    outcomes, begin = [], 0
    for group in commands:
        outcomes.append(posted[begin : begin + len(group)])
        begin += len(group)
    return outcomes


class Load:
    """Random wishes between open accounts; one in a hundred asks for more than there is."""

    def __init__(
        self, codes: Sequence[str], source: Random, batcher: Batcher, meter: Meter
    ) -> None:
        self._codes, self._source, self._batcher = codes, source, batcher
        self.meter = meter
        self._wishes = self._visits = 0

    def wish(self, debit: str | None = None, *, linked: bool = False) -> Transfer:
        payer, payee = self._pair(debit)
        return Transfer(
            id=self._id(),
            amount=self._amount(),
            debit=payer,
            credit=payee,
            asset=MYR.code,
            code="bench",
            reference="r",
            occurred_at=utc_now(),
            linked=linked,
        )

    def hold(self) -> Transfer:
        payer, payee = self._pair(None)
        return Transfer(
            id=self._id(),
            amount=10,
            debit=payer,
            credit=payee,
            asset=MYR.code,
            code="bench",
            occurred_at=utc_now(),
            kind=TransferKind.HOLD,
        )

    def end(self, kind: TransferKind, hold: Transfer) -> Transfer:
        return Transfer(
            id=self._id(),
            amount=0,
            code="bench",
            occurred_at=utc_now(),
            kind=kind,
            hold_id=hold.id,
        )

    def _pair(self, debit: str | None) -> tuple[str, str]:
        codes, share = self._codes, self._source.random
        payer = debit or codes[int(share() * len(codes))]
        payee = codes[int(share() * len(codes))]
        return (payer, payee) if payee != payer else self._pair(debit)

    def _amount(self) -> int:
        self._wishes += 1
        refused = self._wishes % _REFUSED_EACH == 0
        return _TOO_MUCH if refused else 1 + int(self._source.random() * 100)

    def _id(self) -> str:
        """Random, as ids chosen by callers are; 16 bytes in the text form of a UUID."""
        hexa = self._source.randbytes(16).hex()
        return f"{hexa[:8]}-{hexa[8:12]}-{hexa[12:16]}-{hexa[16:20]}-{hexa[20:]}"

    async def uniform(self) -> None:
        await self._ask(self.wish())

    async def hot(self) -> None:
        await self._ask(self.wish(HOT))

    async def mixed(self) -> None:
        """Mostly plain transfers, as groups of one; 5 % are holds, their ends, and chains."""
        self._visits += 1
        special, rest = divmod(self._visits, _SPECIAL_EACH)
        if rest:
            await self._ask_group(self.wish())
            return
        self.meter.special += 2
        if special % 3 == 0:
            await self._ask_group(self.wish(linked=True), self.wish())
            return
        hold = self.hold()
        await self._ask_group(hold)
        kind = TransferKind.POST if special % 3 == 1 else TransferKind.VOID
        await self._ask_group(self.end(kind, hold))

    async def ready(self, size: int, seconds: float) -> float:
        """One client with whole batches, made before the clock runs; the seconds of the calls."""
        spent = 0.0
        while spent < seconds:
            batch = [self.wish() for _ in range(size)]
            began = time.perf_counter()
            await self._ask_group(*batch)
            spent += time.perf_counter() - began
        return spent

    async def _ask(self, wish: Transfer) -> None:
        began = time.perf_counter()
        outcome = await self._batcher.run(post, wish)
        self.meter.waits.append(time.perf_counter() - began)
        self._count([outcome])

    async def _ask_group(self, *group: Transfer) -> None:
        began = time.perf_counter()
        outcomes = await self._batcher.run(post_groups, group)
        self.meter.waits.append(time.perf_counter() - began)
        self._count(outcomes)

    def _count(self, outcomes: Sequence[Posted]) -> None:
        meter = self.meter
        for outcome in outcomes:
            meter.transfers += 1
            if outcome.code is not ResultCode.OK:
                self._refused(outcome)

    def _refused(self, outcome: Posted) -> None:
        if outcome.code not in {ResultCode.INSUFFICIENT_FUNDS, ResultCode.CHAIN_BROKEN}:
            raise Unavailable(Reason.INTERNAL, detail=f"{outcome.id} ended as {outcome.code}")
        self.meter.refused += 1


async def closed_loop(act: Callable[[], Awaitable[None]], clients: int, seconds: float) -> float:
    """Seconds until the last of many clients has the outcome it asked for in time."""
    began = time.perf_counter()
    end = began + seconds

    async def client() -> None:
        while time.perf_counter() < end:
            await act()

    async with asyncio.TaskGroup() as clients_at_work:
        for _ in range(clients):
            clients_at_work.create_task(client())
    return time.perf_counter() - began
