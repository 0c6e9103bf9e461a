"""Asks the gateway for offers for standing orders that pay abroad: no transaction may."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from qantara.db import Batcher, Database
from qantara.errors import Refused, Unavailable
from qantara.remittance.model import GatewayQuote, PriceRequest
from qantara.wallet import flow
from qantara.wallet.schedule_model import Offered

POLL_SECONDS = 5.0
Offers = Callable[[PriceRequest], Awaitable[tuple[GatewayQuote, ...] | Refused]]
log = logging.getLogger(__name__)


class StandingOrders:
    """Looks for runs that wait for a quote, asks for each, and lets the writer go on with it."""

    def __init__(self, database: Database, batcher: Batcher, offers: Offers) -> None:
        self._database, self._batcher, self._offers = database, batcher, offers
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._loop())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _loop(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.quote_due()
            except Exception:  # as in the job runner: one failure must not end the looking
                log.exception("standing orders are not quoted now")

    async def quote_due(self) -> int:
        """Go on with every run that waits; how many have ended by it."""
        async with self._database.read() as tx:
            wanted = await flow.wanted_offers(tx)
        ended = 0
        for each in wanted:
            try:
                offers = await self._offers(each.request)
            except Unavailable:  # it waits, until its day is over
                continue
            ended += await self._batcher.run(flow.pay_abroad, Offered(each.run_id, offers))
        return ended
