"""What a simulated scheme role does to messages because its operator ordered it (triggers)."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from qantara import ids
from qantara.db.batcher import Verb
from qantara.db.mail import Incoming, Received
from qantara.edge import Door
from qantara.errors import Reason, Unavailable
from qantara.scheme.triggers import flow
from qantara.scheme.triggers.model import Direction, Effect, Held, Strike, Trigger


class Faults:
    """The triggers of one role, where it takes messages in. A role without any pays one look at
    an attribute; what they do costs what it costs.
    """

    def __init__(self, door: Door) -> None:
        self._door = door

    async def act(self) -> bool:
        """Whether there are any; `Unavailable` while the role is halted."""
        active = self._door.triggers
        if not active.known:
            await refresh(self._door)
        if active.idle:
            return False
        if flow.halted(active.of(Direction.IN)):
            raise Unavailable(
                Reason.COUNTERPARTY_UNAVAILABLE, party=self._door.role, detail="halted"
            )
        return True

    async def take(self, verb: Verb, command: Received[Any]) -> Any:
        """The verb's outcome for a message, or what the first trigger that meets it makes of it."""
        came_at, run = self._door.clock(), self._door.batcher.run
        trigger = await self._met(command)
        if trigger is None:
            return await run(verb, command)
        match trigger.effect:
            case Effect.REJECT:
                return await run(verb, replace(command, refusal=trigger.code))
            case Effect.DELAY:
                due_at = came_at + timedelta(seconds=trigger.seconds or 0)
                return await run(flow.hold, _held(command.message, due_at))
            case Effect.REPEAT:
                for _ in range(trigger.repeats or 0):
                    await run(verb, command)
                return await run(verb, command)
            case _:
                return None

    async def _met(self, command: Received[Any]) -> Trigger | None:
        message, active = command.message, self._door.triggers
        for trigger in active.of(Direction.IN):
            seen = (message.sender, message.name, message.key, message.uetr)
            if flow.meets(trigger, *seen, command.record):
                active.strike(trigger)
                strike = Strike(trigger.id, message.sender, message.key, message.uetr)
                await self._door.batcher.run(flow.struck, strike)
                return trigger
        return None


def _held(message: Incoming, due_at: datetime) -> Held:
    return Held(
        id=ids.new("hld"),
        peer=message.sender,
        key=message.key,
        name=message.name,
        uetr=message.uetr,
        raw=message.raw,
        due_at=due_at,
    )


async def refresh(door: Door) -> None:
    """Learn which triggers stand. Whoever sets or removes one calls this afterwards."""
    async with door.database.look() as tx:
        door.triggers.learn(await flow.unremoved(tx))
