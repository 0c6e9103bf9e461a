"""A rehearsal: many payments in all directions, and then everybody's word for them compared.

What the senders' institutions debited, what the receivers' credited, what the gateway reports
to each payment system by camt.054, what it told the FX providers, and what stands in the books
must be the same to the minor unit; every message must obey its guideline.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from qantara.client.model import Payee
from qantara.clock import utc_now
from qantara.errors import NotFound
from qantara.host.role import Role
from qantara.host.runtime import Runtime
from qantara.money import Money, asset
from qantara.rails import flow as rails
from qantara.rails.model import Booking, Notification, Profile, Status
from qantara.remittance import flow as remittance
from qantara.remittance.model import InboundState, Remittance, State
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.reconciliation_model import Period
from qantara.world import letters, setup, traffic, worlds
from qantara.world.traffic import Direction
from qantara.world.verify import Books

PAYEES = 20
AMOUNTS = {"MYR": 40_00, "PKR": 2_500_00, "EUR": 8_00}
PAGE = 500
QUIET_SECONDS = 600.0
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Side:
    """What one party says: so many payments, so much."""

    count: int
    total: Money


@dataclass(frozen=True, slots=True)
class Comparison:
    """One payment system's one side (DBIT: paid through it, CRDT: received through it)."""

    system: str
    booking: Booking
    institution: Side
    reported: Side

    @property
    def agrees(self) -> bool:
        return self.institution == self.reported


@dataclass(frozen=True, slots=True)
class Rehearsed:
    payments: int
    by_direction: Mapping[str, int]
    states: Mapping[str, int]
    seconds: float
    comparisons: tuple[Comparison, ...]
    gateway_balanced: bool
    messages: Mapping[str, int]
    defects: tuple[str, ...]
    judged_officially: int
    books: Books

    @property
    def good(self) -> bool:
        return (
            set(self.states) == {State.COMPLETED.value}
            and all(each.agrees for each in self.comparisons)
            and self.gateway_balanced
            and not self.defects
            and self.books.balanced
        )


def directions(runtime: Runtime) -> list[Direction]:
    """Every way between two institutions of the world, paid by the company of the source."""
    on = utc_now().date()
    people = {
        role.country: setup.residents(role.country, runtime.world.rulebook, on)
        for role in runtime.world.of_kind("institution")
    }
    made = []
    for role in runtime.world.of_kind("institution"):
        for country in role.take("destinations", list):
            bic = runtime.world.role(country.lower()).bic
            payees = [_payee(each.account.number, country, bic) for each in people[country][2:]]
            amount = Money(AMOUNTS[role.currency.code], role.currency)
            payer = people[role.country][0]
            made.append(Direction(role.name, payer, country, tuple(payees[:PAYEES]), amount))
    return made


def _payee(number: str, country: str, bic: str) -> Payee:
    return Payee(country, "IBAN" if number[:2].isalpha() else "ACCT", number, bic)


async def rehearse(
    runtime: Runtime, count: int, schemas: Path | None, progress: Callable[[str, int], None]
) -> Rehearsed:
    """Send `count` payments, wait for the last answer, and compare."""
    began_at, began = utc_now(), time.monotonic()
    ways = directions(runtime)
    shares = [len(range(place, count, len(ways))) for place in range(len(ways))]
    sent = await asyncio.gather(
        *(
            traffic.send(runtime, way, share, done=lambda size: progress("payments", size))
            for way, share in zip(ways, shares, strict=True)
        )
    )
    await worlds.quiet(runtime, QUIET_SECONDS)
    seconds = time.monotonic() - began
    ended = {
        sender: await _as_they_stand(runtime.roles[sender], _by(ways, sent, sender))
        for sender in dict.fromkeys(way.sender for way in ways)
    }
    period = (began_at - timedelta(seconds=1), utc_now() + timedelta(seconds=1))
    comparisons = await _compare(runtime, ended, period)
    hub = _gateway(runtime)
    async with hub.database.read() as tx:
        reconciled = await gateway.reconcile(tx, *period)
    counts, defects, official = await _judge(runtime, schemas, progress)
    return Rehearsed(
        payments=sum(shares),
        by_direction={
            f"{runtime.world.role(way.sender).country}->{way.country}": len(accepted)
            for way, accepted in zip(ways, sent, strict=True)
        },
        states=Counter(each.state.value for found in ended.values() for each in found),
        seconds=seconds,
        comparisons=tuple(comparisons),
        gateway_balanced=reconciled.balanced,
        messages=counts,
        defects=tuple(defects),
        judged_officially=official,
        books=await worlds.read_books(runtime),
    )


def _gateway(runtime: Runtime) -> Role:
    return next(role for role in runtime.roles.values() if role.spec.kind == "gateway")


def _pages(items: Sequence[ItemT]) -> Iterator[Sequence[ItemT]]:
    return (items[start : start + PAGE] for start in range(0, len(items), PAGE))


def _by(
    ways: Sequence[Direction], sent: Sequence[list[Remittance]], sender: str
) -> list[Remittance]:
    return [
        each
        for way, accepted in zip(ways, sent, strict=True)
        if way.sender == sender
        for each in accepted
    ]


async def _as_they_stand(role: Role, accepted: Sequence[Remittance]) -> list[Remittance]:
    found: list[Remittance] = []
    for page in _pages(accepted):
        async with role.database.read() as tx:
            told = await remittance.remittances(tx, [each.id for each in page])
        found += [each for each in told if isinstance(each, Remittance)]
    return found


async def _compare(
    runtime: Runtime,
    ended: Mapping[str, Sequence[Remittance]],
    period: tuple[datetime, datetime],
) -> list[Comparison]:
    """Each institution's own records against the camt.054 of its payment system."""
    hub = _gateway(runtime)
    paid = [each for found in ended.values() for each in found if each.state is State.COMPLETED]
    compared = []
    for role in runtime.world.of_kind("institution"):
        system, nothing = role.take("ips", str), Money(0, role.currency)
        reported = await _reported(hub, system, period)
        sent = [
            each.quote.offer.interbank_source
            for each in ended.get(role.name, ())
            if each.state is State.COMPLETED
        ]
        uetrs = [
            each.uetr or ""
            for each in paid
            if each.quote.request.destination_country == role.country
        ]
        arrived = await _arrived(runtime.roles[role.name], uetrs)
        for booking, amounts in ((Booking.DBIT, sent), (Booking.CRDT, arrived)):
            own = Side(len(amounts), sum(amounts, nothing))
            compared.append(Comparison(system, booking, own, reported[booking]))
    return compared


async def _arrived(role: Role, uetrs: Sequence[str]) -> list[Money]:
    """What the receiving institution has as credited, between the banks."""
    amounts = []
    for page in _pages(uetrs):
        async with role.database.read() as tx:
            found = await remittance.received_payments(tx, page)
        amounts += [
            each.interbank
            for each in found
            if not isinstance(each, NotFound) and each.state is InboundState.CREDITED
        ]
    return amounts


async def _reported(
    hub: Role, system: str, period: tuple[datetime, datetime]
) -> dict[Booking, Side]:
    """The camt.054 of a period, written and read as a payment system would, re-added by entry."""
    sides: dict[Booking, Side] = {}
    async with hub.database.read() as tx:
        span = Period(system, *period)
        summed = await gateway.totals(tx, hub.node, span)
        nothing = Money(0, asset(summed.currency))
        sides = {booking: Side(0, nothing) for booking in Booking}
        for page in range(1, summed.pages + 1):
            made = await gateway.statement(tx, hub.node, span, page, summed.pages, utc_now())
            for booking, amount in _entries(rails.build(made, Profile.NEXUS)):
                before = sides[booking]
                sides[booking] = Side(before.count + 1, before.total + amount)
    return sides


def _entries(raw: bytes) -> Iterator[tuple[Booking, Money]]:
    read = rails.read(raw, Profile.NEXUS)
    if not isinstance(read, Notification):
        raise TypeError(f"a {type(read).__name__} is no notification")
    for entry in read.entries:
        if entry.status is Status.ACCC:
            yield entry.booking, entry.amount


async def _judge(
    runtime: Runtime, schemas: Path | None, progress: Callable[[str, int], None]
) -> tuple[dict[str, int], list[str], int]:
    """How many messages of each name there were, what is wrong with any, and how many the
    standard's own schemas judged.
    """
    official = None if schemas is None else rails.Official(schemas)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    judged = 0
    async for page in letters.ever(runtime):
        for sender, message in page:
            counts[message.name] += 1
            found = rails.validate(message.raw, letters.profile_of(runtime, sender, message))
            if official is not None:
                told = official.defects(message.raw)
                judged += told is not None
                found += told or []
            wrong += [f"{sender} {message.key}: {each.xpath}: {each.message}" for each in found]
        progress("messages", len(page))
        await asyncio.sleep(0)
    return dict(counts), wrong, judged


def to_json(done: Rehearsed) -> dict[str, Any]:
    return {
        "good": done.good,
        "payments": done.payments,
        "by_direction": done.by_direction,
        "states": done.states,
        "seconds": round(done.seconds, 1),
        "per_second": round(done.payments / done.seconds, 1),
        "reconciliation": [
            {
                "system": each.system,
                "booking": each.booking.value,
                "currency": each.reported.total.asset.code,
                "institution": _side(each.institution),
                "camt054": _side(each.reported),
                "agrees": each.agrees,
            }
            for each in done.comparisons
        ],
        "gateway_balanced": done.gateway_balanced,
        "messages": {
            "count": sum(done.messages.values()),
            "by_name": done.messages,
            "judged_by_official_schemas": done.judged_officially,
            "defects": done.defects[:20],
        },
        "books": done.books.to_json(),
    }


def _side(side: Side) -> dict[str, Any]:
    return {"count": side.count, "total": str(side.total)}
