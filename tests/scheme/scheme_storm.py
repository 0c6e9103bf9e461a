"""The scheme side over roads without any order: each message travels alone, comes late, twice,
or after one that was sent later, while clocks run and the roles' jobs with them.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from scheme_nodes import minor, source_transfer, status
from scheme_world import World, build

from moments import NOW, Fresh
from qantara.api.routing import Entry, routes_of
from qantara.db import mail
from qantara.db.refusals import remembering
from qantara.errors import Unavailable
from qantara.ledger import flow as ledger
from qantara.money import MYR
from qantara.rails import flow as rails
from qantara.rails.model import CreditTransfer, PaymentStatus, Priority, Profile, Status
from qantara.scheme import letters
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import Initiation
from qantara.scheme.letters import ACCEPTED, Verdict

KINDS = {
    "duitnow": "ips",
    "raast": "ips",
    "nexus": "gateway",
    "sap-my": "sap",
    "sap-pk": "sap",
    "fxp": "fxp",
}
SYSTEM = {"my": "duitnow", "pk": "raast"}
PROFILE = {"my": Profile.DUITNOW, "pk": Profile.RAAST}
NO = Verdict(Status.RJCT, "AC04", "account_closed")
KEPT = Verdict(Status.BLCK, "RR04", "regulatory")
LOOK = Verdict(Status.ACWP, "NARR", "under review")
_ENDS = {Status.ACCC: "paid", Status.BLCK: "paid", Status.RJCT: "rejected"}
_WORDS = {
    **dict.fromkeys(("settled", "blocked", "completed"), "paid"),
    "rejected": "rejected",
}
_AGAIN = {
    **dict.fromkeys(("credited", "reserved"), ACCEPTED),
    **dict.fromkeys(("refused", "given back"), NO),
    "kept": KEPT,
    "held": LOOK,
}


@dataclass(frozen=True, slots=True)
class Letter:
    sender: str
    recipient: str
    key: str
    name: str
    uetr: str | None
    raw: bytes


@dataclass
class Bank:
    """A bank that keeps to the rules: what it says of a payment that comes in is decided
    beforehand (None: nothing, ever); it credits at once unless the system confirms first.
    """

    role: str
    confirmed: bool
    plans: dict[str, list[Verdict]] = field(default_factory=dict)
    sent: dict[str, CreditTransfer] = field(default_factory=dict)
    came: dict[str, tuple[CreditTransfer, str]] = field(default_factory=dict)
    ends: dict[str, set[str]] = field(default_factory=dict)
    out: list[mail.Outgoing] = field(default_factory=list)

    def say(self, record: Any) -> None:
        self.out.append(letters.letter(SYSTEM[self.role], record, PROFILE[self.role]))

    def pay(self, transfer: CreditTransfer) -> None:
        self.sent[transfer.uetr] = transfer
        self.say(transfer)

    def remind(self) -> None:
        """Send payments without an answer again, as they were; ask after those unconfirmed."""
        for uetr, transfer in self.sent.items():
            if uetr not in self.ends:
                self.say(transfer)
        for transfer, state in self.came.values():
            if state == "reserved":
                self.say(self._answer(transfer, ACCEPTED))

    def decide(self) -> None:
        """The last word on what is still looked into."""
        for uetr, (transfer, state) in self.came.items():
            if state == "held" and self.plans[uetr]:
                self._judge(transfer, self.plans[uetr].pop(0))

    def take(self, raw: bytes) -> str | None:
        """What this bank refuses for good, in a word."""
        record = rails.read(raw, PROFILE[self.role])
        if isinstance(record, CreditTransfer):
            return self._arrive(record)
        assert isinstance(record, PaymentStatus)
        ours = self.sent.get(record.uetr)
        if ours is not None and ours.message_id == record.original_message_id:
            if record.status in _ENDS:
                self.ends.setdefault(record.uetr, set()).add(_ENDS[record.status])
            return None
        return self._confirmed(record)

    def _arrive(self, transfer: CreditTransfer) -> str | None:
        before = self.came.get(transfer.uetr)
        plan = self.plans.get(transfer.uetr, [ACCEPTED])
        if before is None and plan:
            self._judge(transfer, plan.pop(0))
        elif before is None:
            self.came[transfer.uetr] = (transfer, "silent")
        elif before is not None and before[1] in _AGAIN:
            self.say(self._answer(transfer, _AGAIN[before[1]]))
        return None

    def _judge(self, transfer: CreditTransfer, said: Verdict) -> None:
        waits = self.confirmed or transfer.priority is Priority.HIGH
        states = {
            Status.ACCC: "reserved" if waits else "credited",
            Status.RJCT: "refused",
            Status.BLCK: "kept",
            Status.ACWP: "held",
        }
        self.came[transfer.uetr] = (transfer, states[said.status])
        self.say(self._answer(transfer, said))

    def _answer(self, transfer: CreditTransfer, said: Verdict) -> PaymentStatus:
        return status(transfer, said, original_id=transfer.message_id)

    def _confirmed(self, record: PaymentStatus) -> str | None:
        transfer, state = self.came.get(record.uetr, (None, ""))
        if transfer is None or transfer.message_id != record.original_message_id:
            return "not found"
        if record.status is Status.RJCT:
            state = state if state in {"refused", "silent"} else "given back"
        elif record.status is Status.ACCC and state in {"reserved", "credited"}:
            state = "credited"
        else:
            return f"{record.status} of what is {state}"
        self.came[record.uetr] = (transfer, state)
        return None

    def end(self, uetr: str) -> str:
        """How a payment that came in ended here."""
        _, state = self.came.get(uetr, (None, "never came"))
        known = {"credited": "paid", "kept": "paid"}
        over = ("refused", "given back", "never came", "silent")
        return known.get(state) or ("rejected" if state in over else state)


@dataclass
class Storm:
    world: World
    dice: random.Random
    banks: dict[str, Bank]
    now: datetime = NOW
    flying: list[Letter] = field(default_factory=list)
    refused: list[tuple[str, str, str, object]] = field(default_factory=list)
    uetrs: list[str] = field(default_factory=list)
    entries: dict[tuple[str, str], dict[str, Entry]] = field(default_factory=dict)
    loses: float = 0
    lost: list[Letter] = field(default_factory=list)

    async def collect(self, *names: str) -> None:
        """Take up what these roles have left for delivery; what banks have, always."""
        for name, bank in self.banks.items():
            self.flying += [_letter(name, item) for item in bank.out]
            bank.out.clear()
        for name in names:
            role = self.world.roles[name]
            found = await mail.due(role.tx, 1000, NOW + timedelta(days=99))
            self.flying += [_letter(name, item) for item in found]
            await mail.delivered(role.tx, None, [[item.sequence for item in found]], self.now)

    async def deliver(self, letter: Letter) -> None:
        bank = self.banks.get(letter.recipient)
        if bank is not None:
            told: object = bank.take(letter.raw)
        else:
            told = await self._role_takes(letter)
        if isinstance(told, Unavailable):
            self.flying.append(letter)
        elif told is not None:
            self.refused.append((letter.sender, letter.recipient, letter.name, told))
        await self.collect(*({letter.recipient} - self.banks.keys()))

    async def _role_takes(self, letter: Letter) -> object:
        role = self.world.roles[letter.recipient]
        entries = self.entries.get((letter.recipient, letter.sender))
        if entries is None:
            entries = routes_of(KINDS[letter.recipient])(role.node, letter.sender)
            self.entries[letter.recipient, letter.sender] = entries
        entry = entries[letter.name]
        incoming = mail.Incoming(letter.sender, letter.key, letter.name, letter.uetr, letter.raw)
        received = mail.Received(incoming, entry.read(letter.raw))
        verb = remembering(entry.verb)
        async with role.tx.transaction():
            return (await verb(role.tx, role.node, [received], self.now))[0]

    async def jobs(self) -> None:
        for name, verb in (("duitnow", ips.expire), ("raast", ips.expire)):
            await self._job(name, verb)
        await self._job("nexus", gateway.time_out)
        await self.collect("duitnow", "raast", "nexus")

    async def _job(self, name: str, verb: Any) -> None:
        role = self.world.roles[name]
        async with role.tx.transaction():
            await verb(role.tx, role.node, [None], self.now)

    async def rage(self, gusts: int) -> None:
        """So many things happen, each as the dice say."""
        for _ in range(gusts):
            cast = self.dice.random()
            if self.flying and cast < 0.8:
                letter = self.dice.choice(self.flying)
                if cast < 0.7:
                    self.flying.remove(letter)
                if self.dice.random() < self.loses and self._is_missed(letter):
                    self.lost.append(letter)
                    continue
                await self.deliver(letter)
            elif cast < 0.95:
                self.now += timedelta(seconds=self.dice.choice((0.2, 1, 3)))
                await self.jobs()
            else:
                self.banks["pk"].decide()
                await self.collect()

    async def next_to(self, recipient: str) -> None:
        """Deliver the one message that waits for this recipient."""
        (letter,) = [each for each in self.flying if each.recipient == recipient]
        self.flying.remove(letter)
        await self.deliver(letter)

    async def after(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await self.jobs()

    async def lose_the_last_word(self, sender: str, recipient: str) -> None:
        """Carry everything in order, but for the first pacs.002 between these two."""
        while self.flying:
            letter = self.flying.pop(0)
            ends = (letter.sender, letter.recipient)
            if not self.lost and ends == (sender, recipient) and "pacs.002" in letter.name:
                self.lost.append(letter)
            else:
                await self.deliver(letter)

    def _is_missed(self, letter: Letter) -> bool:
        """Whether somebody misses this message and asks again. Nobody does what an access provider
        says or is told in the end, the notice to the FX provider, or what passes between a
        system and a bank that credits at once.
        """
        ends = {letter.sender, letter.recipient}
        access = any(end.startswith("sap") for end in ends)
        if letter.name.startswith("pacs.008"):
            return True
        return not access and "fxp" not in ends and ("pk" not in ends or self.banks["pk"].confirmed)

    async def calm(self) -> None:
        """All that is still under way arrives, in any order; clocks run out; people remind."""
        for _ in range(6):
            while self.flying:
                place = self.dice.randrange(len(self.flying))
                await self.deliver(self.flying.pop(place))
            self.now += timedelta(seconds=61)
            await self.jobs()
            self.banks["pk"].decide()
            for bank in self.banks.values():
                bank.remind()
            await self.collect()

    async def ends(self, uetr: str) -> dict[str, str]:
        """How a payment ended, as each party has it."""
        told = {"my": "+".join(sorted(self.banks["my"].ends.get(uetr, {"nothing"})))}
        told["pk"] = self.banks["pk"].end(uetr)
        for name, role in self.world.roles.items():
            if name == "fxp":
                row = await role.tx.fetchval("SELECT 1 FROM fxp.exchange WHERE uetr = $1", uetr)
                told[name] = "paid" if row else "rejected"
                continue
            table = f"{KINDS[name]}.payment"
            found = await role.tx.fetchval(f"SELECT state FROM {table} WHERE uetr = $1", uetr)
            told[name] = "rejected" if found is None else _WORDS.get(found, found)
        return told

    async def check(self) -> None:
        """Every party ends each payment alike; nothing is held; claims and accounts mirror."""
        ended = {uetr: await self.ends(uetr) for uetr in self.uetrs}
        split = {uetr: told for uetr, told in ended.items() if len(set(told.values())) != 1}
        assert split == {}, self.refused
        assert {next(iter(told.values())) for told in ended.values()} <= {"paid", "rejected"}
        assert await self.world.holds() == 0
        ours = {*self.world.roles}
        mirrors = {k: v for k, v in (await self.world.mirrors()).items() if {*k[:2]} <= ours}
        assert not any(mirrors.values()), mirrors
        for name, role in self.world.roles.items():
            if name != "nexus":
                async with role.tx.transaction():
                    assert (await ledger.verify_book(role.tx)).clean, name

    def outcomes(self) -> Counter[str]:
        return Counter(self.banks["pk"].end(uetr) for uetr in self.uetrs)


def _letter(sender: str, item: mail.Outgoing | mail.Queued) -> Letter:
    return Letter(sender, item.recipient, item.key, item.name, item.uetr, item.raw)


async def storm(
    fresh: Fresh,
    seed: int,
    *,
    steps: int,
    source_steps: int = 5,
    initiation: Initiation = Initiation.MESSAGE,
) -> Storm:
    """A corridor in which HIGH is taken, and its timers are those of the roles."""
    world = await build(fresh, steps=steps)
    nexus, duitnow, raast = (world.roles[name] for name in ("nexus", "duitnow", "raast"))
    countries = tuple(replace(each, high=True) for each in nexus.node.countries)
    nexus.node = replace(nexus.node, countries=countries, quote_validity_seconds=100_000)
    duitnow.node = replace(duitnow.node, source_steps=source_steps)
    members = tuple(replace(each, initiation=initiation) for each in raast.node.participants)
    raast.node = replace(raast.node, participants=members)
    banks = {name: Bank(name, confirmed=steps == 5) for name in ("my", "pk")}
    return Storm(world, random.Random(seed), banks)


async def send(made: Storm, priority: Priority, plan: Sequence[Verdict]) -> str:
    quote = await made.world.quote("MY", "PK", minor(made.dice.randint(10, 99), MYR))
    transfer = source_transfer(quote, priority=priority)
    made.banks["pk"].plans[transfer.uetr] = list(plan)
    made.banks["my"].pay(transfer)
    made.uetrs.append(transfer.uetr)
    await made.collect()
    return transfer.uetr
