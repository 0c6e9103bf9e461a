"""The links of a stepped world: each delivery meets at most one fault, the one ordered for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from qantara.edge.envelope import Ack, Envelope
from qantara.errors import QantaraError, Reason, Unavailable
from qantara.worker import Link
from qantara.world.chaos.model import Fault, Record
from qantara.world.chaos.vanishing import is_missed

ROAD_FAULTS = (
    Fault.DELAY,
    Fault.DUPLICATE,
    Fault.REORDER,
    Fault.LOSE_REQUEST,
    Fault.LOSE_ANSWER,
    Fault.VANISH,
)


@dataclass(slots=True)
class Late:
    """Envelopes that are still on their way while their sender thinks them lost."""

    road: "Road"
    envelopes: list[Envelope]


@dataclass(slots=True)
class Roads:
    """What all links have in common: the fault ordered for the next delivery, what is late, and
    which messages (sender, recipient, key) were dropped, or taken.
    """

    dice: Random
    record: Record
    ordered: Fault | None = None
    late: list[Late] = field(default_factory=list)
    dropped: list[tuple[str, str, str]] = field(default_factory=list)
    taken: set[tuple[str, str, str]] = field(default_factory=set)

    def take_order(self) -> Fault | None:
        ordered, self.ordered = self.ordered, None
        return ordered


@dataclass(slots=True)
class Road:
    """A link from one role to another, whichever object that role is now."""

    sender: str
    peer: str
    link: Link
    roads: Roads

    @property
    def name(self) -> str:
        return f"{self.sender}>{self.peer}"

    async def ask(self, path: str) -> bytes:
        return await self.link.ask(path)

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        match self.roads.take_order():
            case Fault.LOSE_REQUEST as fault:
                raise self._lost(fault)
            case Fault.DELAY as fault:
                self.roads.late.append(Late(self, envelopes))
                raise self._lost(fault)
            case Fault.LOSE_ANSWER as fault:
                await self.arrive(envelopes)
                raise self._lost(fault)
            case Fault.DUPLICATE as fault:
                self.roads.record.fault(fault, self.name)
                await self.arrive(envelopes)
            case Fault.REORDER if len({each.key for each in envelopes}) > 1:
                return await self._shuffled(envelopes)
            case Fault.VANISH:
                return await self._without_some(envelopes)
        return await self.arrive(envelopes)

    async def arrive(self, envelopes: Sequence[Envelope]) -> list[Ack]:
        """Hand over, and write down what the receiver answered."""
        try:
            acks = await self.link.deliver(list(envelopes)) if envelopes else []
        except QantaraError as error:
            self.roads.record.line("  ?", self.name, error.reason)
            raise
        for envelope, ack in zip(envelopes, acks, strict=True):
            said = "ok" if ack.accepted else f"{ack.reason} {ack.detail}"
            if ack.accepted:
                self.roads.taken.add((self.sender, self.peer, envelope.key))
            self.roads.record.line("  >", self.name, envelope.name, envelope.key, said)
        return acks

    def _lost(self, fault: Fault) -> Unavailable:
        self.roads.record.fault(fault, self.name)
        return Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=self.peer, detail=fault.value)

    async def _shuffled(self, envelopes: list[Envelope]) -> list[Ack]:
        order = list(envelopes)
        while order == envelopes:
            self.roads.dice.shuffle(order)
        self.roads.record.fault(Fault.REORDER, self.name)
        acks = {ack.key: ack for ack in await self.arrive(order)}
        return [acks[envelope.key] for envelope in envelopes]

    async def _without_some(self, envelopes: list[Envelope]) -> list[Ack]:
        """Acknowledge what somebody will miss, and throw it away."""
        gone = {each.key for each in envelopes if is_missed(each)}
        if gone:
            self.roads.record.fault(Fault.VANISH, self.name)
        self.roads.dropped += [(self.sender, self.peer, key) for key in sorted(gone)]
        for key in sorted(gone):
            self.roads.record.line("  x", self.name, key)
        kept = [each for each in envelopes if each.key not in gone]
        acks = {ack.key: ack for ack in await self.arrive(kept)}
        return [acks.get(each.key) or Ack(each.key, accepted=True) for each in envelopes]
