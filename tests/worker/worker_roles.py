"""Two small roles on real databases, and a road between them whose faults are written down."""

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from qantara.clock import utc_now
from qantara.db import Batcher, Database, Server, Tx, mail
from qantara.db.mail import Incoming, Outgoing
from qantara.edge.envelope import Ack, Envelope
from qantara.errors import Reason, Unavailable

POISON = b"poison"
REFUSED = b"refused"


@dataclass
class Hand:
    """The real time, moved forward by as much as a test wants."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def forward(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@dataclass
class Role:
    database: Database
    batcher: Batcher
    clock: Hand

    async def rows(self, sql: str) -> list[Any]:
        async with self.database.read() as tx:
            return [tuple(row) for row in await tx.fetch(sql)]

    async def send(self, recipient: str, raws: Sequence[bytes]) -> list[str]:
        """Leave messages for delivery; their keys."""
        messages = [Outgoing(recipient, uuid.uuid4().hex, "note", None, raw) for raw in raws]
        await self.batcher.run(_send, messages)
        return [message.key for message in messages]

    async def waits(self, count: int = 0, seconds: float = 10) -> None:
        """Until so many messages are not yet delivered."""
        async with asyncio.timeout(seconds):
            while await self.rows("SELECT count(*) FROM db.outbox") != [(count,)]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def _send(tx: Tx, _node: object, groups: Sequence[Any], now: datetime) -> list[None]:
    for group in groups:
        await mail.send(tx, group, now)
    return [None] * len(groups)


async def take(
    tx: Tx, _node: object, received: Sequence[tuple[str, Envelope]], now: datetime
) -> list[None]:
    """What a receiving verb does: once per key, whatever comes twice."""
    if any(envelope.raw == POISON for _, envelope in received):
        raise ZeroDivisionError("a bug that this message meets")
    incoming = [Incoming(sender, e.key, e.name, e.uetr, e.raw) for sender, e in received]
    fresh = await mail.take(tx, incoming, now)
    await tx.execute(
        "INSERT INTO public.effect (at, key) SELECT * FROM unnest($1::text[], $2::text[])",
        [sender for (sender, _), new in zip(received, fresh, strict=True) if new],
        [message.key for message, new in zip(incoming, fresh, strict=True) if new],
    )
    return [None] * len(received)


@asynccontextmanager
async def role(server: Server, committed: Any = lambda _: None) -> AsyncIterator[Role]:
    await server.prepare()
    name = f"qantara_test_{uuid.uuid4().hex[:12]}"
    database, clock = await server.create(name, ()), Hand()
    owner = await server.connect(name)
    await owner.execute(
        "CREATE TABLE public.effect (place bigint GENERATED ALWAYS AS IDENTITY, at text, key text);"
        "GRANT SELECT, INSERT ON public.effect TO qantara_app"
    )
    await owner.close()
    await database.open()
    batcher = Batcher(database, None, clock, committed)
    await batcher.start()
    try:
        yield Role(database, batcher, clock)
    finally:
        await batcher.stop()
        await database.close()
        await server.drop(name)


@dataclass
class Road:
    """A link to `to`, which keeps its inbox beside our outbox. `faults` go first, one a call:
    `down` reaches nobody, `lost` loses the answer, `short` answers too little, `no` refuses all
    for good; then it works.
    """

    there: Role
    to: str
    faults: deque[str] = field(default_factory=deque)
    calls: list[list[str]] = field(default_factory=list)

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        self.calls.append([envelope.key for envelope in envelopes])
        fault = self.faults.popleft() if self.faults else ""
        if fault == "down":
            raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party="there")
        if fault == "no":
            return [Ack(e.key, accepted=False, reason="id_reused") for e in envelopes]
        good = [envelope for envelope in envelopes if envelope.raw != REFUSED]
        for outcome in await self.there.batcher.run_all(take, [(self.to, each) for each in good]):
            if isinstance(outcome, BaseException):
                raise outcome
        if fault == "lost":
            raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party="there")
        acks = [_ack(envelope) for envelope in envelopes]
        return acks[:-1] if fault == "short" else acks

    async def ask(self, path: str) -> bytes:
        raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, path=path)


def _ack(envelope: Envelope) -> Ack:
    if envelope.raw == REFUSED:
        return Ack(envelope.key, accepted=False, reason="message_schema", detail="/Document")
    return Ack(envelope.key, accepted=True)


async def effects(role: Role, at: str = "there") -> list[str]:
    """What had an effect at a recipient, in that order."""
    rows = await role.rows("SELECT at, key FROM public.effect ORDER BY place")
    return [key for where, key in rows if where == at]
