"""A seeded world over roads that duplicate, delay and lose, and customers who do as they like."""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from qantara.access.model import PrincipalKind, Role
from qantara.client import AsyncClient, Order, Payee, Problem, calls, plans
from qantara.client.model import Remittance
from qantara.clock import utc_now
from qantara.db import Server
from qantara.edge.envelope import Ack, Envelope
from qantara.errors import Reason, Unavailable
from qantara.host import config, tls
from qantara.host.runtime import Runtime
from qantara.host.tls import Identity
from qantara.ledger import flow as ledger
from qantara.world import seeding, setup, worlds
from qantara.world.audit import Wrong, audit
from qantara.world.chaos.vanishing import is_missed
from qantara.world.people import Resident

LATE_SECONDS = 0.03
SIDES = {"my": ("MY", "MYR"), "pk": ("PK", "PKR"), "fr": ("FR", "EUR")}
_PLAIN = {"my": (10_00, 400_00), "pk": (500_00, 20_000_00), "fr": (5_00, 100_00)}
_MORE_THAN_ALL = {"my": "999999.00", "pk": "9999999.00", "fr": "99999.00"}


@dataclass
class Hand:
    """The real time and a leap."""

    leap: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.leap


@dataclass(frozen=True)
class Weather:
    """How often an envelope is not sent, its answer is lost, it comes twice, or late; how often it
    is torn (some of it arrives, the rest later), and how often one of its messages is dropped
    although it was taken, as a scheme role's trigger would have it.
    """

    unsent: float = 0.03
    lost: float = 0.03
    twice: float = 0.15
    late: float = 0.2
    torn: float = 0
    dropped: float = 0


@dataclass
class Roads:
    """The weather that all roads have in common, and what it did."""

    weather: Weather = Weather()
    told: Counter[str] = field(default_factory=Counter)
    dropped: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class Rough:
    """A link that misbehaves as its dice say; what it says of itself is always true, but for
    messages that are dropped: somebody misses each of those and asks again.
    """

    link: Any
    dice: random.Random
    roads: Roads
    way: tuple[str, str]

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        weather, cast = self.roads.weather, self.dice.random()
        if cast < weather.unsent:
            return self._lose("unsent")
        kept = [each for each in envelopes if not self._drops(each)]
        cast -= weather.unsent
        if cast < weather.lost:
            await self.link.deliver(kept)
            return self._lose("lost")
        cast -= weather.lost
        if cast < weather.torn and len(envelopes) > 1:
            await self.link.deliver([each for each in kept if self.dice.random() < 0.5])
            return self._lose("torn")
        cast -= weather.torn
        if cast < weather.twice:
            self.roads.told["twice"] += 1
            await self.link.deliver(kept)
        elif cast < weather.twice + weather.late:
            self.roads.told["late"] += 1
            await asyncio.sleep(self.dice.random() * LATE_SECONDS)
        acks = {ack.key: ack for ack in await self.link.deliver(kept)}
        return [acks.get(each.key) or Ack(each.key, accepted=True) for each in envelopes]

    def _drops(self, envelope: Envelope) -> bool:
        # Customers of this world ask only once whose an account is.
        asked_again = is_missed(envelope) and not envelope.name.startswith("acmt.")
        if self.dice.random() >= self.roads.weather.dropped or not asked_again:
            return False
        self.roads.told["dropped"] += 1
        self.roads.dropped.append((*self.way, envelope.key))
        return True

    def _lose(self, how: str) -> list[Ack]:
        self.roads.told[how] += 1
        raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party="road", detail=how)

    async def ask(self, path: str) -> bytes:
        return bytes(await self.link.ask(path))


@dataclass(slots=True)
class RoughRuntime(Runtime):
    """Every link of the world is rough."""

    seed: int = 0
    roads: Roads = field(default_factory=Roads)

    def _link(self, role: str, peer: str, keys: Mapping[str, str], elsewhere: Any) -> Any:
        dice = random.Random(f"{self.seed}/{role}/{peer}")
        link = Runtime._link(  # noqa: SLF001 - a slotted class has no super()
            self, role, peer, keys, elsewhere
        )
        return Rough(link, dice, self.roads, (role, peer))


@dataclass
class World:
    server: Server
    runtime: RoughRuntime
    clock: Hand
    people: dict[str, list[Resident]]
    keys: dict[str, str] = field(default_factory=dict)

    def client(self, side: str, resident: Resident) -> AsyncClient:
        return AsyncClient(self.runtime.addresses[side], self.keys[resident.customer.id])

    async def audited(self) -> list[str]:
        """Everything that is wrong now, in words."""
        found = await audit(self.server, self.runtime.world, dropped=self.runtime.roads.dropped)
        return [
            f"{wrong} {finding.role} {finding.subject}: {finding.sentence}"
            for wrong in Wrong
            for finding in found.of(wrong)
        ]


Terms = Mapping[str, Mapping[str, Any]]


@asynccontextmanager
async def opened(
    server: Server, seed: int, count: int, terms: Terms | None = None
) -> AsyncIterator[World]:
    """All roles of the demo on real databases; `count` people of each side act. `terms` are
    other than the demo's, by role.
    """
    file = Path(str(files("qantara.world") / "demo.toml"))
    spec = config.read(file, f"sim{seed}x{random.Random().randrange(10**9)}")
    roles = {
        name: replace(role, table={**role.table, **(terms or {}).get(name, {})})
        for name, role in spec.roles.items()
    }
    spec = replace(spec, roles=roles)
    folder, clock = tempfile.TemporaryDirectory(), Hand()
    tls.issue(Path(folder.name), spec.roles, clock())
    runtime = RoughRuntime(spec, partial(Identity.within, Path(folder.name)), seed=seed)
    try:
        await server.prepare()
        await runtime.prepare(server, list(spec.roles), clock)
        keys = await setup.populate(runtime, clock)
        await runtime.connect(keys)
        await setup.begin(runtime)
        await runtime.listen()
        on = clock().date()
        people = {
            side: setup.residents(SIDES[side][0], spec.rulebook, on)[2 : 2 + count]
            for side in SIDES
        }
        world = World(server, runtime, clock, people)
        for side in SIDES:
            await _sign_up(world, side)
        yield world
    finally:
        await runtime.stop()
        folder.cleanup()
        for role in spec.roles:
            await server.drop(spec.database(role))


async def _sign_up(world: World, side: str) -> None:
    holders = [
        (Role.CUSTOMER, PrincipalKind.CLIENT_APP, each.name, each.customer.id)
        for each in world.people[side]
        if each.customer.id not in world.keys
    ]
    batcher = world.runtime.roles[side].batcher
    for holder, key in zip(holders, await batcher.run_all(seeding.issue_key, holders), strict=True):
        world.keys[holder[3]] = key


async def freeze(world: World, side: str, resident: Resident) -> None:
    """By order of a court, straight into the book."""

    async def verb(tx: Any, _node: Any, commands: Any, now: datetime) -> list[Any]:
        code = resident.account.ledger_code
        frozen = await ledger.freeze(tx, code, "Court order", "section 44", "court", now)
        return [frozen] * len(commands)

    await world.runtime.roles[side].batcher.run(verb, None)


@dataclass(frozen=True)
class Act:
    """One wish of one customer; `kind` says what the seed wanted to happen."""

    kind: str
    payee: Payee
    amount: str
    currency: str
    fixed: str


def acts(world: World, side: str, resident: Resident, seed: int, count: int) -> list[Act]:
    """What a customer will try, in order; the same for the same seed."""
    dice = random.Random(f"{seed}/{resident.customer.id}")
    others = [name for name in SIDES if name != side]
    return [_act(world, dice, side, dice.choice(others)) for _ in range(count)]


def _act(world: World, dice: random.Random, side: str, other: str) -> Act:
    there, currency = SIDES[other][0], SIDES[side][1]
    low, high = _PLAIN[side]
    minor = dice.randint(low, high)
    amount = f"{minor // 100}.{minor % 100:02d}"
    friend = dice.choice(world.people[other])
    number, bic = friend.account.number, world.runtime.world.role(other).bic
    account = Payee(there, "ACCT" if other == "my" else "IBAN", number, bic)
    phone = Payee(there, "MBNO", friend.customer.phone) if friend.customer.phone else account
    kind = dice.choices(
        ("plain", "by account", "other's amount", "too much", "stranger", "full", "too fine"),
        (8, 4, 3, 1, 1, 1, 1),
    )[0]
    if kind == "by account":
        return Act(kind, account, amount, currency, "source")
    if kind == "other's amount":
        low, high = _PLAIN[other]
        minor = dice.randint(low, high)
        return Act(kind, phone, f"{minor // 100}.{minor % 100:02d}", SIDES[other][1], "destination")
    if kind == "too much":
        return Act(kind, phone, _MORE_THAN_ALL[side], currency, "source")
    if kind == "stranger":
        return Act(kind, _strangers(there, bic), amount, currency, "source")
    if kind == "full" and other == "pk":
        on = world.clock().date()
        residents = setup.residents("PK", world.runtime.world.rulebook, on)
        full = residents[setup.FULL_WALLET].customer.phone or ""
        return Act(kind, Payee(there, "MBNO", full), "120.00", currency, "source")
    if kind == "too fine":
        return Act(kind, phone, f"{amount}1", currency, "source")
    return Act("plain", phone, amount, currency, "source")


def _strangers(there: str, bic: str) -> Payee:
    """Somebody whom nobody knows; the euro system has no directory of telephones."""
    if there == "FR":
        return Payee(there, "IBAN", "FR7630006000011234567890189", bic)
    return Payee(there, "MBNO", {"PK": "+923009999999", "MY": "+60129999999"}[there])


async def play(
    world: World, side: str, resident: Resident, todo: list[Act]
) -> list[tuple[str, str]]:
    """Each act and how it ended: the final state, or the reason of the refusal."""
    ended = []
    async with world.client(side, resident) as client:
        account = resident.account.id
        for number, act in enumerate(todo):
            order = Order(
                account, act.payee, act.amount, act.currency, fixed=act.fixed, purpose="FAMI"
            )
            try:
                done = (await client.run(plans.pay(order, f"{number}"))).remittance
                done = await settled(client, done)
                ended.append((act.kind, done.reason or done.state))
            except Problem as problem:
                ended.append((act.kind, problem.code))
    return ended


async def settled(client: AsyncClient, done: Remittance) -> Remittance:
    """The remittance when it has ended."""
    async with asyncio.timeout(30):
        while not done.final:
            await asyncio.sleep(0.05)
            done = await client.do(calls.remittance(done.id))
    return done


async def quiet(world: World) -> None:
    """Until nothing is on its way; what stays is told."""
    try:
        await worlds.quiet(world.runtime, 60)
    except Unavailable as error:
        for name, role in world.runtime.roles.items():
            async with role.database.read() as tx:
                rows = await tx.fetch(
                    "SELECT o.*, s.name, s.key FROM db.outbox o JOIN db.sent s USING (sequence)"
                )
            for row in rows:
                error.add_note(f"{name} at {world.clock()}: {dict(row)}")
        raise
