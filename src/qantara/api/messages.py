"""Messages from other roles: read outside the transaction, acted on in batches, then answered."""

import asyncio
from collections.abc import Sequence
from typing import Any

from qantara.api.routing import Entry, routes_of
from qantara.db.mail import Incoming, Received
from qantara.edge import Ack, Door, Envelope
from qantara.errors import Malformed, QantaraError, Reason, Refused, Unavailable
from qantara.rails.model import InvalidMessage

SLICE = 32
"""Messages read in one go; then everybody else has a turn."""


class Intake:
    """The way into one role, the same for a queue inside the process and for HTTP."""

    def __init__(self, kind: str, door: Door) -> None:
        self._door = door
        self._routes = routes_of(kind)

    async def take(self, sender: str, envelopes: Sequence[Envelope]) -> list[Ack]:
        """An answer for each message, in order, once everything accepted is durable.

        Refused for good: what cannot be read, comes from the wrong party, or contradicts what
        happened. A repeat is accepted. Any other failure is raised, after the rest is done: the
        sender keeps all of it and tries again.
        """
        entries = self._routes(self._door.node, sender)
        begun: list[Malformed | asyncio.Task[Any]] = []
        for start in range(0, len(envelopes), SLICE):
            begun += [self._begin(entries, sender, e) for e in envelopes[start : start + SLICE]]
            await asyncio.sleep(0)
        running = [each for each in begun if isinstance(each, asyncio.Task)]
        outcomes = iter(await asyncio.gather(*running, return_exceptions=True))
        answers = [each if isinstance(each, Malformed) else next(outcomes) for each in begun]
        for answer in answers:
            if isinstance(answer, BaseException) and not _final(answer):
                raise answer
        return [_ack(e.key, answer) for e, answer in zip(envelopes, answers, strict=True)]

    def _begin(
        self, entries: dict[str, Entry], sender: str, envelope: Envelope
    ) -> Malformed | asyncio.Task[Any]:
        try:
            verb, command = _read(entries, sender, envelope)
        except Malformed as error:
            return error
        return asyncio.create_task(self._door.batcher.run(verb, command))


def _read(entries: dict[str, Entry], sender: str, envelope: Envelope) -> tuple[Any, Received[Any]]:
    """The verb for a message and what it says; `Malformed` if it is not what its envelope says."""
    if not entries:
        raise Malformed(Reason.MESSAGE_WRONG_PARTY, sender=sender)
    entry = entries.get(envelope.name)
    if entry is None:
        raise Malformed(Reason.MESSAGE_VERSION, message=f"not taken here: {envelope.name}")
    record = entry.read(envelope.raw)
    if record.message_id != envelope.key:
        raise Malformed(Reason.FIELD_INVALID, param="key", value=envelope.key)
    uetr = getattr(record, "uetr", None)
    if envelope.uetr is not None and envelope.uetr != uetr:
        raise Malformed(Reason.FIELD_INVALID, param="uetr", value=envelope.uetr)
    incoming = Incoming(sender, envelope.key, envelope.name, uetr, envelope.raw)
    return entry.verb, Received(incoming, record)


def _final(error: BaseException) -> bool:
    """Whether trying again cannot help."""
    return isinstance(error, QantaraError) and not isinstance(error, Unavailable)


def _ack(key: str, answer: object) -> Ack:
    match answer:
        case Refused(reason=reason, facts=facts):
            return Ack(key, accepted=False, reason=reason.value, detail=_told(facts))
        case InvalidMessage(reason=reason, defects=defects):
            detail = f"{defects[0].xpath}: {defects[0].message}"
            return Ack(key, accepted=False, reason=reason.value, detail=detail)
        case QantaraError(reason=reason, facts=facts):
            return Ack(key, accepted=False, reason=reason.value, detail=_told(facts))
        case None:
            return Ack(key, accepted=True)
        case _:
            raise TypeError(f"a verb for messages answered {answer!r}")


def _told(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def intake(kind: str, door: Door) -> Intake:
    """The way in for messages to a role of this kind."""
    return Intake(kind, door)
