"""Messages from other roles: read outside the transaction, acted on in batches, then answered."""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any

from qantara.api.faults import Faults
from qantara.api.routing import Entry, routes_of
from qantara.db import Tx
from qantara.db.batcher import Verb
from qantara.db.mail import Incoming, Received
from qantara.db.refusals import accepted, message_id, remembering
from qantara.edge import Ack, Door, Envelope
from qantara.errors import Malformed, QantaraError, Reason, Refused, Unavailable
from qantara.rails.model import InvalidMessage
from qantara.scheme.gateway.flow import Unreadable
from qantara.scheme.triggers import flow as triggers
from qantara.telemetry import traces

_log = logging.getLogger("qantara.api.messages")
SLICE = 32
"""Messages read in one go; then everybody else has a turn."""


class Intake:
    """The way into one role, the same for a queue inside the process and for HTTP."""

    def __init__(self, kind: str, door: Door) -> None:
        self._door = door
        self._routes = routes_of(kind)
        self._faults = None if kind == "institution" else Faults(door)

    async def take(self, sender: str, envelopes: Sequence[Envelope]) -> list[Ack]:
        """An answer for each message, in order, once everything accepted is durable.

        Refused for good: what cannot be read, comes from the wrong party, or contradicts what
        happened. A repeat is accepted, and so is what cannot be read but was answered with a
        message: the sender learns from that. Any other failure is raised, after the rest is
        done: the sender keeps all of it and tries again.
        """
        began, entries = traces.now(), self._routes(self._door.node, sender)
        faulty = self._faults is not None and await self._faults.act()
        answers: list[Any] = [None] * len(envelopes)
        groups = await _sorted(entries, sender, envelopes, answers)
        unread = [place for place, answer in enumerate(answers) if answer is not None]
        waiting = [
            (places, self._act(verb, commands, faulty=faulty))
            for verb, (places, commands) in groups.items()
        ]
        for places, outcomes in waiting:
            for place, outcome in zip(places, await outcomes, strict=True):
                answers[place] = outcome
        for answer in answers:
            if isinstance(answer, BaseException) and not _final(answer):
                raise answer
        if unread:
            await self._forgive(sender, envelopes, answers, unread)
        acks = [_ack(e.key, answer) for e, answer in zip(envelopes, answers, strict=True)]
        self._door.witness.took(sender, envelopes, acks, entries, began)
        return acks

    async def _forgive(
        self,
        sender: str,
        envelopes: Sequence[Envelope],
        answers: list[Any],
        unread: Sequence[int],
    ) -> None:
        """What was taken before stays taken, even if the same bytes would not be read today."""
        messages = [
            Incoming(sender, each.key, each.name, each.uetr, each.raw)
            for each in (envelopes[place] for place in unread)
        ]
        async with self._door.database.look() as tx:
            known = await accepted(tx, messages)
        for place, message in zip(unread, messages, strict=True):
            if message_id(message) in known:
                answers[place] = None

    def _act(
        self, verb: Verb, commands: Sequence[Any], *, faulty: bool
    ) -> Awaitable[Sequence[Any]]:
        if faulty and self._faults is not None:
            run, meet = self._door.batcher.run, self._faults.take
            taken = (
                meet(verb, each) if isinstance(each, Received) else run(verb, each)
                for each in commands
            )
            return asyncio.gather(*taken, return_exceptions=True)
        return self._door.batcher.submit(verb, commands)

    async def release(
        self, tx: Tx, node: Any, commands: Sequence[object], now: datetime
    ) -> list[None]:
        """Take the messages that a trigger had wait until now, in one transaction. A verb of the
        role's jobs: what it conflicts with meanwhile is only noted, as it was acknowledged.
        """
        groups: dict[Verb, list[Received[Any]]] = {}
        for held in await triggers.take_due(tx, now):
            envelope = Envelope(held.key, held.name, held.uetr, held.raw)
            verb, command = _read(self._routes(node, held.peer), held.peer, envelope)
            groups.setdefault(verb, []).append(command)
        for verb, received in groups.items():
            for outcome in await verb(tx, node, received, now):
                if isinstance(outcome, QantaraError):
                    told = {"reason": outcome.reason.value}
                    _log.warning("a message that was held came to nothing", extra=told)
        return [None] * len(commands)


async def _sorted(
    entries: dict[str, Entry], sender: str, envelopes: Sequence[Envelope], answers: list[Any]
) -> dict[Verb, tuple[list[int], list[Any]]]:
    """What came, read and grouped by the verb for it, with the places it came at; at the place of
    what cannot be read its answer.

    All is read before anything is acted on: one large batch costs less than several small ones.
    """
    groups: dict[Verb, tuple[list[int], list[Any]]] = {}
    for place, envelope in enumerate(envelopes):
        if place and place % SLICE == 0:
            await asyncio.sleep(0)
        try:
            verb, command = _begin(entries, sender, envelope)
        except Malformed as error:
            answers[place] = error
            continue
        places, commands = groups.setdefault(verb, ([], []))
        places.append(place)
        commands.append(command)
    return groups


def _begin(entries: dict[str, Entry], sender: str, envelope: Envelope) -> tuple[Verb, Any]:
    """The verb for a message, and for one that cannot be read the verb that says so, if any."""
    try:
        return _read(entries, sender, envelope)
    except InvalidMessage as error:
        broken = entries[envelope.name].broken
        if broken is None:
            raise
        incoming = Incoming(sender, envelope.key, envelope.name, envelope.uetr, envelope.raw)
        return broken, Unreadable(incoming, error)


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
    return remembering(entry.verb), Received(incoming, record)


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
