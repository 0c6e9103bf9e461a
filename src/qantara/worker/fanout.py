"""A role's events, published to a NATS JetStream stream for whoever else is interested.

At least once and in the order in which they happened; a message's id is its place among the
role's events, so the stream drops what it has already. The stream is a copy and never the
record: what it lost is published again, and nothing of ours reads it. No personal data is in an
event.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
import nats
from nats.js import JetStreamContext
from nats.js.api import StorageType
from nats.js.errors import NotFoundError

from qantara.clock import to_text
from qantara.db import Batcher, Database, events
from qantara.db.events import Happening
from qantara.errors import Conflict, Reason
from qantara.worker.channel import Channel

PAGE = 256
SWEEP_SECONDS = 1.0
TIMEOUT_SECONDS = 5.0
DUPLICATE_SECONDS = 3600
"""How long the stream remembers ids; a connection begins where the stream ends in any case."""
log = logging.getLogger(__name__)


class Fanout:
    """Publishes what is new after each commit, and what is left from before at its start."""

    def __init__(self, role: str, database: Database, batcher: Batcher, channel: Channel) -> None:
        self._role, self._database, self._batcher = role, database, batcher
        self._channel = channel
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Called after each commit of the role's batcher."""
        self._wake.set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._loop())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _loop(self) -> None:
        while True:
            try:
                async with self._joined() as stream:
                    await self._publish(stream, await self._begin(stream))
            except Exception as error:  # noqa: BLE001 - a copy's failure must not end the copying
                log.warning("events are not published to %s: %r", self._channel.stream, error)
            await asyncio.sleep(SWEEP_SECONDS)

    @asynccontextmanager
    async def _joined(self) -> AsyncIterator[JetStreamContext]:
        """A connection that ends with its first failure: one that came back by itself would send
        what it still holds before what was lost, out of order.
        """
        connection = await nats.connect(
            self._channel.url.split(","),
            name=f"qantara {self._role}",
            allow_reconnect=False,
            connect_timeout=int(TIMEOUT_SECONDS),
            user_credentials=self._channel.credentials,
            error_cb=_untold,
        )
        try:
            yield connection.jetstream(timeout=TIMEOUT_SECONDS)
        finally:
            with suppress(nats.errors.Error, OSError):
                await connection.close()

    async def _begin(self, stream: JetStreamContext) -> int:
        """After which event to go on: the last one the stream has, if it has any."""
        name = self._channel.stream
        try:
            await stream.stream_info(name)
        except NotFoundError:
            await stream.add_stream(
                name=name,
                subjects=[f"qantara.{self._role}.>"],
                storage=StorageType.FILE,
                num_replicas=self._channel.replicas,
                duplicate_window=DUPLICATE_SECONDS,
            )
        async with self._database.look() as tx:
            position, newest = await events.published(tx, name), await events.last(tx)
        with suppress(NotFoundError):
            last = await stream.get_last_msg(name, f"qantara.{self._role}.>")
            position = _place((last.headers or {})["Nats-Msg-Id"])
        if position > newest:
            told = f"{name} has event {position}, the role only {newest}: one of them was restored"
            raise Conflict(Reason.STATE_CONFLICT, detail=told)
        return position

    async def _publish(self, stream: JetStreamContext, position: int) -> None:
        while True:
            self._wake.clear()
            async with self._database.look() as tx:
                page = await events.after(tx, position, PAGE)
            if page:
                await self._send(stream, page)
                position = page[-1].sequence
                kept = (self._channel.stream, position)
                await self._batcher.run(events.keep_published, kept, rides=True)
            if len(page) < PAGE:
                with suppress(TimeoutError):
                    async with asyncio.timeout(SWEEP_SECONDS):
                        await self._wake.wait()

    async def _send(self, stream: JetStreamContext, page: Sequence[Happening]) -> None:
        """Send a page and wait until all of it is stored; one failure and the rest is void."""
        acknowledged = [
            await stream.publish_async(
                self._topic(each),
                self._body(each),
                stream=self._channel.stream,
                headers={"Nats-Msg-Id": f"{self._role}-{each.sequence}"},
            )
            for each in page
        ]
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await asyncio.gather(*acknowledged)

    def _topic(self, happening: Happening) -> str:
        """`qantara.my.rem`: the role and what the subject is, by the first part of its id."""
        kind, mark, _ = happening.subject.partition("_")
        return f"qantara.{self._role}.{kind if mark else 'uetr'}"

    def _body(self, happening: Happening) -> bytes:
        """As CloudEvents 1.0 writes an event in JSON."""
        return msgspec.json.encode(
            {
                "specversion": "1.0",
                "id": f"{self._role}-{happening.sequence}",
                "source": f"/roles/{self._role}",
                "type": "qantara.state",
                "subject": happening.subject,
                "time": to_text(happening.recorded_at),
                "datacontenttype": "application/json",
                "data": {"sequence": happening.sequence, "state": happening.state},
            }
        )


def _place(message_id: str) -> int:
    """The event's place among those of its role, as its id says."""
    return int(message_id.rpartition("-")[2])


async def _untold(error: Exception) -> None:
    """What went wrong on the connection ends it, and is told there."""
    log.debug("nats: %r", error)
