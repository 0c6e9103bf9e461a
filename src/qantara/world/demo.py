"""The demo's payments: there, back, and one that the receiving bank puts back."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec

from qantara import ids
from qantara.client import AsyncClient, Order, Payee, Problem, calls, plans
from qantara.client.model import Money as Told
from qantara.client.model import Quote, Refusal
from qantara.clock import to_text, utc_now
from qantara.errors import NotFound, QantaraError, Refused, Unavailable
from qantara.host.role import Role
from qantara.host.runtime import Runtime
from qantara.money import Money, asset
from qantara.rails import flow as rails
from qantara.remittance import flow as remittance
from qantara.remittance.model import InboundState
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import Cycle, Settlement
from qantara.world import letters, setup

PURPOSE = "FAMI"
CONSOLE_STAFF = ("compliance", "compliance-second", "operations", "auditor")
"""Who signs in to an institution's console: two for four eyes, and two who see other pages."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One payment of the demo: who signs in where, and what is to happen."""

    title: str
    sender: str
    receiver: str
    key_name: str
    payee: Payee
    amount: str
    currency: str
    ends: str = "completed"


class Played(msgspec.Struct, frozen=True):
    """What became of a scene: what was promised, what arrived, and every message on the way."""

    uetr: str
    direction: str
    addressed_by: str
    rail: str
    payee: str | None
    sent: Told
    disclosed_received: Told
    received: Told
    total_cost_percent: str
    status: str
    reason: Refusal | None
    elapsed_ms: int
    messages: list[dict[str, Any]]
    quote: Quote


def scenes(runtime: Runtime) -> list[Scene]:
    """Every direction of the corridor, and one payment that is put back."""
    on = utc_now().date()
    people = {
        role.country: setup.residents(role.country, runtime.world.rulebook, on)
        for role in runtime.world.of_kind("institution")
    }

    def phone(country: str, number: int) -> Payee:
        return Payee(country, "MBNO", people[country][number].customer.phone or "")

    def account(country: str, number: int, kind: str) -> Payee:
        found = people[country][number].account
        return Payee(country, kind, found.number, runtime.world.role(country.lower()).bic)

    return [
        _scene("Kuala Lumpur to Lahore, by phone number", "my", phone("PK", 3), "500.00 MYR"),
        _scene(
            "Lahore to Kuala Lumpur, by account", "pk", account("MY", 3, "ACCT"), "25000.00 PKR"
        ),
        _scene("Kuala Lumpur to Paris, by IBAN", "my", account("FR", 3, "IBAN"), "750.00 MYR"),
        _scene("Paris to Kuala Lumpur, by phone number", "fr", phone("MY", 4), "120.00 EUR"),
        _scene("Paris to Lahore, by IBAN", "fr", account("PK", 4, "IBAN"), "90.00 EUR"),
        _scene("Lahore to Paris, by IBAN", "pk", account("FR", 4, "IBAN"), "40000.00 PKR"),
        _scene(
            "Kuala Lumpur to a wallet at its lawful maximum",
            "my",
            phone("PK", setup.FULL_WALLET),
            "120.00 MYR",
            ends="rejected",
        ),
    ]


def _scene(title: str, sender: str, payee: Payee, sum_sent: str, ends: str = "completed") -> Scene:
    amount, _, currency = sum_sent.partition(" ")
    return Scene(
        title=title,
        sender=sender,
        receiver=payee.country.lower(),
        key_name="person",
        payee=payee,
        amount=amount,
        currency=currency,
        ends=ends,
    )


async def play(
    runtime: Runtime, keys: dict[str, dict[str, str]], chosen: list[Scene]
) -> AsyncIterator[tuple[Scene, Played]]:
    """Send each payment through the API as its customer would; what became of it."""
    for scene in chosen:
        address, key = runtime.addresses[scene.sender], keys[scene.sender][scene.key_name]
        async with AsyncClient(address, key) as client:
            yield scene, await _pay(runtime, scene, client)


TRAFFIC_SECONDS = 20
log = logging.getLogger(__name__)


async def keep_moving(runtime: Runtime, keys: dict[str, dict[str, str]]) -> None:
    """Play the scenes again and again, one at a time, as long as the world runs."""
    for scene in itertools.cycle(scenes(runtime)):
        await asyncio.sleep(TRAFFIC_SECONDS)
        try:
            async for _ in play(runtime, keys, [scene]):
                pass
        except (QantaraError, Problem) as error:
            log.warning("a payment of the demo's traffic was not made: %s", error)


async def settle(runtime: Runtime) -> list[dict[str, Any]]:
    """Close a cycle at every payment system that settles net; who owed and was owed what."""
    told = []
    for name, role in runtime.roles.items():
        if role.spec.kind == "ips" and role.node.settlement is Settlement.DEFERRED_NET:
            report = await role.batcher.run(ips.settle_cycle, Cycle(ids.new("cyc")))
            if isinstance(report, Refused):
                raise Unavailable(report.reason, party=name)
            asset = role.node.asset
            nets = [
                {"role": each.role, "net": Told(str(Money(each.net, asset)), asset.code)}
                for each in report.positions
            ]
            told.append({"system": name, "cycle": report.id, "net": nets})
    return told


def as_it_should(scene: Scene, payment: Played) -> bool:
    """Whether a payment ended as its scene says, to the minor unit, with valid messages only."""
    valid = bool(payment.messages) and all(each["valid"] for each in payment.messages)
    exact = payment.received == payment.disclosed_received
    return valid and payment.status == scene.ends and exact == (scene.ends == "completed")


async def _pay(runtime: Runtime, scene: Scene, client: AsyncClient) -> Played:
    account = (await client.do(calls.accounts())).data[0]
    order = Order(
        account.id, scene.payee, scene.amount, scene.currency, purpose=PURPOSE, note="Demo"
    )
    paid = await client.run(plans.pay(order))
    quote, done = paid.quote, paid.remittance
    uetr = done.uetr or ""
    return Played(
        uetr=uetr,
        direction=f"{runtime.world.role(scene.sender).country}->{scene.payee.country}",
        addressed_by=scene.payee.addressed_by,
        rail=" > ".join(_rails(runtime, scene)),
        payee=paid.check.display_name,
        sent=quote.total_debit,
        disclosed_received=quote.received,
        received=await received(runtime.roles[scene.receiver], uetr, quote.received),
        total_cost_percent=quote.total_cost_percent,
        status=done.state,
        reason=done.refusal,
        elapsed_ms=paid.elapsed_ms,
        messages=await messages(runtime, uetr),
        quote=quote,
    )


def _rails(runtime: Runtime, scene: Scene) -> tuple[str, ...]:
    corridors = runtime.roles[scene.sender].node.corridors
    return tuple(corridors[scene.payee.country].rails)


async def received(role: Role, uetr: str, disclosed: Told) -> Told:
    """What the receiving institution's own records say was credited."""
    async with role.database.read() as tx:
        found = (await remittance.received_payments(tx, [uetr]))[0]
    if isinstance(found, NotFound) or found.state is not InboundState.CREDITED:
        return Told(str(Money(0, asset(disclosed.currency))), disclosed.currency)
    return Told(str(found.credited), found.credited.asset.code)


async def messages(runtime: Runtime, uetr: str) -> list[dict[str, Any]]:
    """Every ISO 20022 message any role sent for this payment, judged once more as stored."""
    told = []
    for sender, message in await letters.about(runtime, uetr):
        profile = letters.profile_of(runtime, sender, message)
        told.append(
            {
                "name": message.name,
                "valid": not rails.validate(message.raw, profile),
                "from": sender,
                "to": message.recipient,
                "profile": profile.value,
                "at": to_text(message.recorded_at),
            }
        )
    return told
