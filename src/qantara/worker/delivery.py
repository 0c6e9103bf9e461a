"""Deliver stored messages, oldest first, until each is acknowledged.

A message that had to be postponed may be overtaken by younger ones: no flow depends on the order
of two payments, and the messages of one payment wait for each other by themselves.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Collection, Coroutine, Iterable, Mapping
from typing import Any

from qantara.clock import Clock
from qantara.db import Batcher, Database, mail
from qantara.db.batcher import Verb
from qantara.db.mail import Queued
from qantara.db.turns import Turns
from qantara.edge.envelope import Ack, Envelope
from qantara.errors import Conflict, Reason, Unavailable
from qantara.telemetry import Witness, traces
from qantara.worker.link import Link

BATCH = 128
PAGE = 512
HAND = 4096
"""How many messages to one recipient wait in memory; more wait in the queue alone."""
SWEEP_SECONDS = 1.0
MARK_SECONDS = 0.2
"""So long deliveries wait to be marked together; what a crash leaves unmarked is sent again."""
log = logging.getLogger(__name__)


class Deliverer:
    """One sweep of the queue for the role, one sender per recipient.

    What a batch leaves is handed over directly after its commit; the sweep finds what a crash, a
    postponement or a full hand left behind. Senders work apart, so that a slow recipient does
    not hold up the others. `acknowledged` is the role's verb for
    messages its recipients have taken, `bounced` for those they will never take. What goes to
    a recipient that is `near`, in this process, is under way among its `turns`.
    """

    def __init__(
        self,
        database: Database,
        batcher: Batcher,
        links: Mapping[str, Link],
        clock: Clock,
        acknowledged: Verb | None = None,
        bounced: Verb | None = None,
        witness: Witness | None = None,
        *,
        near: Collection[str] = (),
        turns: Turns | None = None,
    ) -> None:
        self._near, self._turns = frozenset(near), turns or Turns()
        self._database, self._batcher, self._links = database, batcher, links
        self._clock = clock
        self._acknowledged, self._bounced = acknowledged, bounced
        self._witness = witness or Witness("")
        self._waiting: dict[str, deque[Queued]] = {recipient: deque() for recipient in links}
        self._filled = {recipient: asyncio.Event() for recipient in links}
        self._in_hand: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._marking: set[asyncio.Task[None]] = set()
        self._taken: list[Queued] = []

    def hand(self, messages: Iterable[Queued]) -> None:
        """Take what has just been committed; whatever is too much now is found by the sweep."""
        if self._tasks:
            self._hand_out(messages)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._send(recipient)) for recipient in self._links]
        self._tasks.append(asyncio.create_task(self._sweep()))

    async def stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for recipient, waiting in self._waiting.items():
            self._passed(recipient, len(waiting))
            waiting.clear()
        await self._marked()

    async def deliver(self, recipient: str, batch: list[Queued]) -> None:
        """One delivery to its very end, for a caller who decides when there is one."""
        await self._deliver(recipient, batch)
        await self._marked()

    async def _sweep(self) -> None:
        """Hand out what is due, from a first look on."""
        while True:
            try:
                async with self._database.look() as tx:
                    self._hand_out(await mail.due(tx, PAGE, self._clock(), self._in_hand))
            except Exception:  # a database that restarts must not end all delivery
                log.exception("the queue could not be read")
            await asyncio.sleep(SWEEP_SECONDS)

    def _hand_out(self, messages: Iterable[Queued]) -> None:
        for message in messages:
            if message.sequence in self._in_hand:
                continue
            if message.recipient not in self._waiting:
                ids = {"peer": message.recipient, "key": message.key, "uetr": message.uetr}
                log.error("no link leads there: a message stays", extra=ids)
                continue
            if len(self._waiting[message.recipient]) >= HAND:
                continue
            self._in_hand.add(message.sequence)
            self._turns.began(message.recipient in self._near)
            self._waiting[message.recipient].append(message)
            self._filled[message.recipient].set()

    async def _send(self, recipient: str) -> None:
        waiting, filled = self._waiting[recipient], self._filled[recipient]
        while True:
            await filled.wait()
            batch = [waiting.popleft() for _ in range(min(len(waiting), BATCH))]
            if not waiting:
                filled.clear()
            if batch:
                try:
                    await self._deliver(recipient, batch)
                finally:
                    self._passed(recipient, len(batch))

    def _passed(self, recipient: str, count: int) -> None:
        if recipient in self._near:
            self._turns.ended(count)

    async def _deliver(self, recipient: str, batch: list[Queued]) -> None:
        envelopes = [Envelope(item.key, item.name, item.uetr, item.raw) for item in batch]
        began = traces.now()
        try:
            acks = _matching(envelopes, await self._links[recipient].deliver(envelopes))
        except Unavailable:
            self._witness.delivered(recipient, batch, (), began)
            await self._finish(batch, self._batcher.run_all(mail.postponed, batch))
        except Exception:  # the receiver's failure is not ours: keep, tell, try again
            told = {"peer": recipient, "count": len(batch), "key": batch[0].key}
            log.exception("a peer failed to take messages, from this one on", extra=told)
            if len(batch) == 1:
                await self._finish(batch, self._batcher.run_all(mail.postponed, batch))
            else:  # one message it cannot take must not keep the others from being marked
                for item in batch:
                    await self._deliver(recipient, [item])
        else:
            self._witness.delivered(recipient, batch, acks, began)
            self._mark(batch, acks)

    def _mark(self, batch: list[Queued], acks: list[Ack]) -> None:
        """Mark in the background: the next delivery does not wait for marks, and those of many
        deliveries ride together.
        """
        pairs = list(zip(batch, acks, strict=True))
        taken = [item for item, ack in pairs if ack.accepted]
        lost = [(item, ack) for item, ack in pairs if not ack.accepted]
        if taken:
            if not self._taken:
                asyncio.get_running_loop().call_later(MARK_SECONDS, self._mark_taken)
            self._taken += taken
        if lost:
            reasons = sorted({ack.reason or "" for _, ack in lost})  # details may name people
            told = {"peer": lost[0][0].recipient, "count": len(lost), "key": lost[0][0].key}
            told["reason"] = ", ".join(reasons)
            log.error("messages were refused for good, from this one on", extra=told)
            self._background([item for item, _ in lost], self._mark_lost(lost))

    def _background(self, batch: list[Queued], marking: Coroutine[Any, Any, list[Any]]) -> None:
        task = asyncio.create_task(self._finish(batch, marking))
        self._marking.add(task)
        task.add_done_callback(self._marking.discard)

    async def _marked(self) -> None:
        """Every delivery marked that is over."""
        self._mark_taken()
        await asyncio.gather(*self._marking)

    def _mark_taken(self) -> None:
        taken, self._taken = self._taken, []
        if taken:
            self._background(taken, self._note_taken(taken))

    async def _note_taken(self, taken: list[Queued]) -> list[Any]:
        marks = [
            self._batcher.run_all(mail.delivered, [[item.sequence for item in taken]], rides=True)
        ]
        if self._acknowledged is not None:
            keys = [item.key for item in taken]
            marks.append(self._batcher.run_all(self._acknowledged, keys, rides=True))
        return [outcome for outcomes in await asyncio.gather(*marks) for outcome in outcomes]

    async def _mark_lost(self, lost: list[tuple[Queued, Ack]]) -> list[Any]:
        """First undo what the messages stood for: an undoing that fails is tried again. What was
        taken once is the recipient's to end: undone here, it could be paid there all the same.
        """
        bounced = [(ack.key, ack.reason or "") for item, ack in lost if not item.again]
        if self._bounced is not None and bounced:
            outcomes = await self._batcher.run_all(self._bounced, bounced)
            if any(isinstance(outcome, BaseException) for outcome in outcomes):
                return outcomes
        told = [(item.sequence, f"{ack.reason}: {ack.detail}") for item, ack in lost]
        return await self._batcher.run_all(mail.refused, told)

    async def _finish(self, batch: list[Queued], marking: Awaitable[list[Any]]) -> None:
        for outcome in await marking:
            if isinstance(outcome, BaseException):
                log.error("a delivery could not be marked", exc_info=outcome)
        self._in_hand.difference_update(message.sequence for message in batch)


def _matching(envelopes: list[Envelope], acks: list[Ack]) -> list[Ack]:
    """The answers, if they are those to exactly these messages."""
    if [ack.key for ack in acks] != [envelope.key for envelope in envelopes]:
        raise Conflict(Reason.STATE_CONFLICT, detail="the answers are not those to our messages")
    return acks
