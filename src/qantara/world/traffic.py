"""Many payments through a whole world: quoted, checked, accepted and carried by every role.

The verbs are those behind the doors, called in batches; no customer's HTTP stands between.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from qantara import ids
from qantara.edge import nexus
from qantara.errors import QantaraError, Reason, Refused, Unavailable
from qantara.host.role import Role
from qantara.host.runtime import Runtime
from qantara.ids import QuoteId
from qantara.money import Money
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee, CheckState, PayeeCheck
from qantara.rails.model import Priority
from qantara.remittance import flow as remittance
from qantara.remittance.model import (
    FINAL,
    Accept,
    AskQuote,
    Fixed,
    GatewayQuote,
    Institution,
    PriceRequest,
    Remittance,
)
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import QuoteRequest, QuoteSet
from qantara.world.people import Resident

if TYPE_CHECKING:
    from qantara.client.model import Payee

BATCH = 64
AHEAD = 128
"""How many payments of a direction may be on their way when a batch is added."""
ANSWER_SECONDS = 60.0
PURPOSE = "FAMI"
OutcomeT = TypeVar("OutcomeT")


@dataclass(frozen=True, slots=True)
class Direction:
    """Who pays whom: an account of one institution, payees at another, one amount to send."""

    sender: str
    payer: Resident
    country: str
    payees: "tuple[Payee, ...]"
    amount: Money
    priority: Priority = Priority.NORM

    @property
    def price_request(self) -> PriceRequest:
        account = self.payer.account.id
        return PriceRequest(
            self.payer.customer.id, account, self.country, Fixed.SOURCE, self.amount
        )


async def send(
    runtime: Runtime,
    direction: Direction,
    count: int,
    *,
    choose: Callable[[GatewayQuote], bool] = lambda _: True,
    done: Callable[[int], None] = lambda _: None,
) -> list[Remittance]:
    """`count` payments, payees in turn; each accepted remittance. `choose` says which offers of
    the gateway count, `done` hears how many more were accepted.
    """
    role = runtime.roles[direction.sender]
    checks = await checked(role, direction)
    accepted: list[Remittance] = []
    for start in range(0, count, BATCH):
        await _ended(role, accepted[max(0, start - AHEAD - BATCH) : max(0, start - AHEAD)])
        size = min(BATCH, count - start)
        quotes = await _quoted(runtime, role, direction, size, choose)
        wanted = [
            Accept(
                quote_id=quote_id,
                customer_id=direction.payer.customer.id,
                payee_check_id=checks[(start + place) % len(checks)].id,
                purpose=PURPOSE,
                note="Traffic",
                priority=direction.priority,
            )
            for place, quote_id in enumerate(quotes)
        ]
        outcomes = await role.batcher.run_all(remittance.accept, wanted)
        accepted += [must(outcome, Remittance) for outcome in outcomes]
        done(size)
    return accepted


async def _ended(role: Role, batch: Sequence[Remittance]) -> None:
    """Wait for a batch's last answer: payments sent faster than the roles can carry them would
    run into the systems' timers.
    """
    async with asyncio.timeout(ANSWER_SECONDS):
        while batch:
            async with role.database.look() as tx:
                found = await remittance.remittances(tx, [each.id for each in batch])
            if all(must(each, Remittance).state in FINAL for each in found):
                return
            await asyncio.sleep(0.02)


def must(outcome: object, kind: type[OutcomeT]) -> OutcomeT:
    """An outcome of the kind that traffic lives on; anything else ends it."""
    if isinstance(outcome, Refused):
        raise Unavailable(Reason.INTERNAL, detail=f"refused: {outcome}")
    if isinstance(outcome, QantaraError):
        raise outcome
    if not isinstance(outcome, kind):
        raise TypeError(f"{type(outcome).__name__} is no {kind.__name__}")
    return outcome


async def checked(role: Role, direction: Direction) -> list[PayeeCheck]:
    """Every payee of a direction, confirmed; who asks and hears nothing in time asks again, as a
    customer would. `Unavailable` where a payee is not known.
    """
    known: dict[Payee, PayeeCheck] = {}
    async with asyncio.timeout(ANSWER_SECONDS):
        while missing := [payee for payee in direction.payees if payee not in known]:
            for payee, check in zip(missing, await _asked(role, direction, missing), strict=True):
                if check.state is CheckState.CONFIRMED:
                    known[payee] = check
                elif check.state is not CheckState.TIMED_OUT:
                    raise Unavailable(Reason.PAYEE_UNKNOWN, address=payee.address)
    return [known[payee] for payee in direction.payees]


async def _asked(role: Role, direction: Direction, some: "Sequence[Payee]") -> list[PayeeCheck]:
    """The answer to one question for each payee, or that none came."""
    wanted = [
        CheckPayee(
            id=ids.new("pck"),
            customer_id=direction.payer.customer.id,
            country=payee.country,
            address_type=payee.address_type,
            address=payee.address,
            agent_bic=payee.agent_bic,
        )
        for payee in some
    ]
    for outcome in await role.batcher.run_all(payees.check_payee, wanted):
        must(outcome, PayeeCheck)
    while True:
        async with role.database.look() as tx:
            found = await payees.checks(tx, [each.id for each in wanted])
        answers = [must(each, PayeeCheck) for each in found]
        if all(each.state is not CheckState.ASKED for each in answers):
            return answers
        await asyncio.sleep(0.02)


async def _quoted(
    runtime: Runtime,
    role: Role,
    direction: Direction,
    count: int,
    choose: Callable[[GatewayQuote], bool],
) -> list[QuoteId]:
    node: Institution = role.node
    request = direction.price_request
    interbank = must(remittance.interbank_amount(node, request), Money)
    hub = runtime.roles[node.gateway]
    asked = QuoteRequest(node.country, direction.country, interbank, node.bic)
    sets = await hub.batcher.run_all(gateway.quote, [asked] * count)
    wanted = [
        AskQuote(
            QuoteId(ids.new("quo")),
            request,
            tuple(offer for offer in offers(hub, node, each) if choose(offer)),
        )
        for each in sets
    ]
    for outcome in await role.batcher.run_all(remittance.quote, wanted):
        must(outcome, object)
    return [each.id for each in wanted]


def offers(hub: Role, node: Institution, found: object) -> Sequence[GatewayQuote]:
    """The gateway's answer as its door writes it and the institution's reads it."""
    body = nexus.quotes_body(hub.node, ids.new("qrq"), must(found, QuoteSet))
    return nexus.read_offers(node, msgspec.json.encode(body))
