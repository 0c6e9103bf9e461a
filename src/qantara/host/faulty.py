"""A link that loses, delays or repeats what a simulated role sends, as its operator ordered."""

import asyncio
from collections.abc import Sequence

from qantara.api.faults import refresh
from qantara.edge import Ack, Door, Envelope
from qantara.scheme.triggers import flow
from qantara.scheme.triggers.model import Direction, Effect, Strike, Trigger
from qantara.worker import Link


class FaultyLink:
    """A role without triggers pays one look at an attribute for each delivery."""

    def __init__(self, peer: str, link: Link, door: Door) -> None:
        self._peer, self._link, self._door = peer, link, door

    async def ask(self, path: str) -> bytes:
        return await self._link.ask(path)

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        active = self._door.triggers
        if not active.known:
            await refresh(self._door)
        orders = active.of(Direction.OUT) if not active.idle else []
        if not orders:
            return await self._link.deliver(envelopes)
        return [await self._one(orders, envelope) for envelope in envelopes]

    async def _one(self, orders: Sequence[Trigger], envelope: Envelope) -> Ack:
        """One by one, in order: a slow line holds up what comes after on it."""
        trigger = await self._met(orders, envelope)
        effect = None if trigger is None else trigger.effect
        if effect is Effect.LOSE:
            return Ack(envelope.key, accepted=True)
        if trigger is not None and effect is Effect.DELAY:
            await asyncio.sleep(trigger.seconds or 0)
        for _ in range((trigger.repeats or 0) if trigger is not None else 0):
            await self._link.deliver([envelope])
        return (await self._link.deliver([envelope]))[0]

    async def _met(self, orders: Sequence[Trigger], envelope: Envelope) -> Trigger | None:
        seen = (self._peer, envelope.name, envelope.key, envelope.uetr)
        for trigger in orders:
            if flow.meets(trigger, *seen, None):
                self._door.triggers.strike(trigger)
                strike = Strike(trigger.id, self._peer, envelope.key, envelope.uetr)
                await self._door.batcher.run(flow.struck, strike)
                return trigger
        return None
