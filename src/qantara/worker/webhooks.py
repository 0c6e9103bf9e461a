"""Tell endpoints what became of what: queue it as it is committed, deliver it until it is heard.

While nobody has an endpoint, one look a second is all this costs. No transaction is open while
anything is posted.
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from qantara import ids, webhook
from qantara.access.webhooks import flow, rules
from qantara.access.webhooks.model import Due, Endpoint, Mark, Marks, NewDelivery, Told
from qantara.clock import Clock, to_text
from qantara.db import Batcher, Database, Tx, events
from qantara.edge import subjects
from qantara.edge.outward import Outward
from qantara.edge.subjects import Known
from qantara.errors import Malformed
from qantara.later import Later

if TYPE_CHECKING:
    from qantara.worker import posting
    from qantara.worker.posting import Mailer
else:
    posting = Later("qantara.worker.posting")

PAGE = 500
SWEEP_SECONDS = 1.0
GATHER_SECONDS = 0.02
"""How long commits gather before they are read: one look for many."""
KEEP_EVERY = 5000
"""After so many events that nobody wanted, how far we are is kept all the same."""
log = logging.getLogger(__name__)


class Webhooks:
    """Reads a role's events and delivers them to the endpoints that want them.

    Endpoints are served apart, so a slow one holds up only itself; each is given a few
    deliveries at a time, and of one subject only the oldest. What became of them is marked
    together.
    """

    def __init__(
        self, role: str, database: Database, batcher: Batcher, outward: Outward, clock: Clock
    ) -> None:
        self._role, self._database, self._batcher = role, database, batcher
        self._outward, self._clock = outward, clock
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._in_hand: dict[str, asyncio.Task[None]] = {}
        self._position: int | None = None
        self._kept = 0
        self._mailer: Mailer | None = None

    def wake(self) -> None:
        """Called after each commit of the role's batcher."""
        self._wake.set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._loop())

    async def stop(self) -> None:
        """What is being posted is given up, and posted again after the next start."""
        tasks = [*self._in_hand.values(), *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _loop(self) -> None:
        while True:
            try:
                async with self._database.look() as tx:
                    wanted = await flow.any_enabled(tx)
                if wanted:
                    await self._serve()
                self._position = None
            except Exception:  # a database that restarts must not end all telling
                log.exception("webhooks could not be told")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _serve(self) -> None:
        """Queue and deliver for as long as there is an endpoint."""
        while await self._queue_new():
            await self._hand_out()
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)

    async def _queue_new(self) -> bool:
        """Queue what happened since the last time; whether anybody has an endpoint."""
        more = True
        while more:
            self._wake.clear()
            async with self._database.read() as tx:
                endpoints = await flow.live(tx, self._clock())
                if not endpoints:
                    return False
                before = await self._begin(tx, endpoints)
                page = await events.after(tx, before, PAGE)
                known = await subjects.known(tx, page)
            deliveries = tuple(self._deliveries(endpoints, known))
            more = len(page) == PAGE
            after = page[-1].sequence if page else before
            if deliveries or after - self._kept >= KEEP_EVERY:
                await self._batcher.run(flow.queue, Told(deliveries, after), rides=True)
                self._kept = after
            self._position = after
        return True

    async def _begin(self, tx: Tx, endpoints: list[Endpoint]) -> int:
        """The event after which to go on: nobody hears what was before the first endpoint."""
        if self._position is None:
            first = min(each.started_after for each in endpoints)
            self._kept = self._position = max(first, await flow.position(tx))
        return self._position

    def _deliveries(
        self, endpoints: list[Endpoint], known: Iterable[Known]
    ) -> Iterable[NewDelivery]:
        staff = [each for each in endpoints if each.customer_id is None]
        own: dict[str, list[Endpoint]] = {}
        for each in endpoints:
            if each.customer_id is not None:
                own.setdefault(each.customer_id, []).append(each)
        for one in known:
            hearers = [*own.get(one.customer_id, ()), *staff]
            wanting = [
                each
                for each in hearers
                if each.started_after < one.happened.sequence
                and rules.hears(each.event_types, one.type)
            ]
            if wanting:
                raw, name = _message(one), str(one.happened.sequence)
                event_id = ids.derived("evt", self._role, name)
                for each in wanting:
                    yield NewDelivery(
                        ids.derived("whd", each.id, name),
                        each.id,
                        event_id,
                        one.type,
                        one.happened.subject,
                        raw,
                    )

    async def _hand_out(self) -> None:
        async with self._database.look() as tx:
            found = await flow.due(tx, list(self._in_hand), self._outward.terms, self._clock())
        for endpoint_id, due in groupby(found, lambda each: each.endpoint_id):
            task = asyncio.create_task(self._deliver(endpoint_id, list(due)))
            self._in_hand[endpoint_id] = task
            task.add_done_callback(partial(self._done, endpoint_id))

    def _done(self, endpoint_id: str, task: asyncio.Task[None]) -> None:
        del self._in_hand[endpoint_id]
        if not task.cancelled() and task.exception() is not None:
            told = {"endpoint": endpoint_id}
            log.error("deliveries broke", exc_info=task.exception(), extra=told)
            return  # the sweep comes back to it
        self._wake.set()

    async def _deliver(self, endpoint_id: str, due: list[Due]) -> None:
        marks = await self._posted(due)
        told = Marks(endpoint_id, tuple(marks), self._outward.terms)
        await self._batcher.run(flow.marked, told, rides=True)

    async def _posted(self, due: list[Due]) -> list[Mark]:
        """Post to one endpoint, if it may be reached."""
        try:
            place = await self._outward.place(due[0].url, due[0].attempts)
        except Malformed as error:
            terms, why = self._outward.terms, error.reason.value
            return [rules.failed(terms, each, self._clock(), why) for each in due]
        if self._mailer is None:
            self._mailer = posting.Mailer(self._outward.terms, self._clock)
        return await self._mailer.post(place, due)


def _message(known: Known) -> bytes:
    happened = known.happened
    data = {
        "id": happened.subject,
        "state": happened.state,
        "sequence": happened.sequence,
        "customer_id": known.customer_id,
    }
    return webhook.message(known.type, to_text(happened.recorded_at), data)
