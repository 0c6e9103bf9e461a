"""Every combination of roles, each priority, both step variants on both sides: to the cent."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

import pytest
import pytest_asyncio
from matrix_world import (
    COMBINATIONS,
    PAYER,
    STEPS,
    Access,
    Combination,
    Exchanger,
    Steps,
    write,
)
from world_trials import Home, Servers

from qantara import ids
from qantara.api import nexus
from qantara.client.model import Payee
from qantara.clock import utc_now
from qantara.host.runtime import Runtime
from qantara.ids import QuoteId
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money, Rate
from qantara.rails import flow as rails
from qantara.rails.model import MessageName, PaymentStatus, Priority, Status
from qantara.remittance import flow as remittance
from qantara.remittance.model import (
    Accept,
    AskQuote,
    Decide,
    Fixed,
    GatewayQuote,
    Inbound,
    InboundState,
    PriceRequest,
    Quote,
    ReferenceRate,
    Remittance,
    State,
    Verdict,
)
from qantara.world import letters, setup, traffic, worlds
from qantara.world.people import Resident
from qantara.world.traffic import Direction

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEGS: dict[tuple[Access, Access], tuple[int, int, int]] = {
    (Access.OTHER, Access.OTHER): (6, 8, 10),
    (Access.OTHER, Access.ITSELF): (5, 6, 8),
    (Access.ITSELF, Access.OTHER): (5, 6, 8),
    (Access.ITSELF, Access.ITSELF): (4, 4, 6),
}
"""By who settles for each side: how many pacs.008 a payment has; how many pacs.002 where it is
final with the receiver's answer, or rejected; and how many where the gateway confirms first.

An access provider that is another bank adds a pacs.008 to it, its answer, and the final word. A
confirmation adds the gateway's word to Raast, and Raast's to the receiver.
"""
BOOKED = {4: 3, 5: 2}
"""How many transfers DuitNow's book has of a payment: settled at once, with a way back that is
reserved and ended; or reserved and ended. None at all where a bank is its own access provider.
"""
REVIEWED = 2_000_00
OWN_RATE = Decimal("63.2500000000")


@dataclass(frozen=True, slots=True)
class Case:
    combination: Combination
    priority: Priority

    def __str__(self) -> str:
        return f"{self.combination} {self.priority}"


CASES = [Case(*each) for each in product(COMBINATIONS, (Priority.NORM, Priority.HIGH))]
HELD = [Combination(side, side, Exchanger.FIRM) for side in (Access.OTHER, Access.ITSELF)]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A world of one step variant, and the people who pay and are paid in it."""

    runtime: Runtime
    steps: Steps
    payer: Resident
    full: Resident
    payees: Sequence[Resident]

    def is_confirmed(self, case: Case) -> bool:
        return self.steps.destination == 5 or case.priority is Priority.HIGH

    async def send(self, case: Case, payee: Resident, minor: int) -> Remittance:
        """One payment by the offer of the combination's own FX provider."""

        def choose(offer: GatewayQuote) -> bool:
            numbers = (offer.source_sap_account, offer.destination_sap_account)
            return numbers == case.combination.accounts

        pk = self.runtime.world.role("pk")
        there = Payee("PK", "IBAN", payee.account.number, pk.bic)
        amount = Money(minor, MYR)
        direction = Direction("my", self.payer, "PK", (there,), amount, case.priority)
        (accepted,) = await traffic.send(self.runtime, direction, 1, choose=choose)
        return accepted

    async def settled(self, accepted: Sequence[Remittance]) -> list[Remittance]:
        """The remittances as they stand once nothing is on its way."""
        await worlds.quiet(self.runtime)
        async with self.runtime.roles["my"].database.read() as tx:
            found = await remittance.remittances(tx, [each.id for each in accepted])
        return [each for each in found if isinstance(each, Remittance)]

    async def arrived(self, uetrs: Sequence[str]) -> list[Inbound]:
        async with self.runtime.roles["pk"].database.read() as tx:
            found = await remittance.received_payments(tx, uetrs)
        return [each for each in found if isinstance(each, Inbound)]

    async def balance(self, role: str, resident: Resident) -> int:
        """What an account has at rest: nothing of it is reserved."""
        async with self.runtime.roles[role].database.read() as tx:
            (found,) = await ledger.balances(tx, [resident.account.ledger_code])
        assert (found.held_debit, found.held_credit) == (0, 0)
        return found.posted

    async def count(self, role: str, sql: str, uetr: str) -> int:
        async with self.runtime.roles[role].database.read() as tx:
            return int(await tx.fetchval(sql, uetr))

    async def messages(self, uetr: str) -> tuple[int, int]:
        """How many pacs.008 and pacs.002 there were about a payment, each of them valid."""
        found = await letters.about(self.runtime, uetr)
        for sender, message in found:
            profile = letters.profile_of(self.runtime, sender, message)
            assert rails.validate(message.raw, profile) == [], (sender, message.name)
        names = Counter(message.name for _, message in found)
        counted = names[MessageName.CREDIT_TRANSFER], names[MessageName.PAYMENT_STATUS]
        assert sum(counted) == len(found)
        return counted

    async def booked(self, uetr: str) -> tuple[int, int, int]:
        """How many transfers of a payment the two systems have, and exchanges all providers."""
        sql = "SELECT count(*) FROM ledger.transfer WHERE reference = $1"
        exchanged = [
            await self.count(fxp.name, "SELECT count(*) FROM fxp.exchange WHERE uetr = $1", uetr)
            for fxp in self.runtime.world.of_kind("fxp")
        ]
        there = [await self.count(system, sql, uetr) for system in ("duitnow", "raast")]
        return there[0], there[1], sum(exchanged)

    def booking(self, combination: Combination, exchanges: int) -> tuple[int, int, int]:
        source = BOOKED[self.steps.source] if combination.source is Access.OTHER else 0
        return source, 2 if combination.destination is Access.OTHER else 0, exchanges

    async def balanced(self) -> bool:
        await worlds.quiet(self.runtime)
        return (await worlds.read_books(self.runtime)).balanced


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=STEPS, ids=str)
async def matrix(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Matrix]:
    steps: Steps = request.param
    server = servers(18)
    await server.prepare()
    home = Home(tmp_path_factory.mktemp("matrix"), server)
    place = home.folder(f"matrix{steps.source}{steps.destination}")
    write(place.config, steps)
    async with worlds.started(server, place, lambda _: None) as runtime:
        rulebook, on = runtime.world.rulebook, utc_now().date()
        payer, *_ = setup.residents("MY", rulebook, on)
        _, full, *payees = setup.residents("PK", rulebook, on)
        yield Matrix(runtime, steps, payer, full, payees)
    for role in runtime.world.roles:
        await server.drop(runtime.world.database(role))


async def test_every_combination_pays_exactly_what_was_disclosed(matrix: Matrix) -> None:
    before = await matrix.balance("my", matrix.payer)
    accepted = await asyncio.gather(
        *(
            matrix.send(case, payee, 40_00 + place)
            for place, (case, payee) in enumerate(zip(CASES, matrix.payees, strict=False))
        )
    )
    ended = await matrix.settled(accepted)
    assert {str(case): each.state for case, each in zip(CASES, ended, strict=True)} == {
        str(case): State.COMPLETED for case in CASES
    }
    spent = sum(each.quote.total_debit.minor for each in ended)
    assert await matrix.balance("my", matrix.payer) == before - spent
    inbound = await matrix.arrived([each.uetr or "" for each in ended])
    for case, sent, received, payee in zip(CASES, ended, inbound, matrix.payees, strict=False):
        offer, of = sent.quote.offer, case.combination
        assert (offer.fxp_bic, sent.priority) == (of.bic, case.priority)
        assert (received.state, received.credited) == (InboundState.CREDITED, offer.received)
        whole = payee.opening + offer.received.minor
        assert await matrix.balance("pk", payee) == whole
        transfers, answers, confirmed = LEGS[of.source, of.destination]
        expected = transfers, confirmed if matrix.is_confirmed(case) else answers
        assert await matrix.messages(received.uetr) == expected, case
        assert await matrix.booked(received.uetr) == matrix.booking(of, 1), case
    assert await matrix.balanced()


async def test_what_the_receiver_refuses_is_undone_in_every_combination(matrix: Matrix) -> None:
    before = await matrix.balance("my", matrix.payer)
    full = await matrix.balance("pk", matrix.full)
    accepted = await asyncio.gather(*(matrix.send(case, matrix.full, 40_00) for case in CASES))
    ended = await matrix.settled(accepted)
    told = {
        str(case): (each.state, each.reason_code) for case, each in zip(CASES, ended, strict=True)
    }
    assert told == {str(case): (State.REJECTED, "AM21") for case in CASES}
    for case, sent in zip(CASES, ended, strict=True):
        of, uetr = case.combination, sent.uetr or ""
        assert await matrix.messages(uetr) == LEGS[of.source, of.destination][:2], case
        assert await matrix.booked(uetr) == matrix.booking(of, 0), case
    assert await matrix.balance("my", matrix.payer) == before
    assert await matrix.balance("pk", matrix.full) == full
    assert await matrix.balanced()


async def own_offer(matrix: Matrix, request: PriceRequest) -> GatewayQuote:
    """What the institution offers itself at its own rate, with the scheme's fee."""
    role, now = matrix.runtime.roles["my"], utc_now()
    rate = ReferenceRate(Rate(MYR, PKR, OWN_RATE), "our own", now)
    await role.batcher.run(remittance.record_own_rates, rate)
    interbank = remittance.interbank_amount(role.node, request)
    assert isinstance(interbank, Money)
    path = nexus.fees_path(role.node, request, interbank, rate.rate.value)
    raw = await role.door.ask("nexus", path)
    return nexus.read_own_offer(role.node, request, rate.rate.value, raw, now)


async def own_payment(matrix: Matrix, payee: Resident, priority: Priority) -> Remittance:
    role = matrix.runtime.roles["my"]
    customer, account = matrix.payer.customer.id, matrix.payer.account.id
    request = PriceRequest(customer, account, "PK", Fixed.SOURCE, Money(50_00, MYR))
    offer = await own_offer(matrix, request)
    asked = AskQuote(QuoteId(ids.new("quo")), request, (offer,))
    assert isinstance(await role.batcher.run(remittance.quote, asked), Quote)
    pk = matrix.runtime.world.role("pk")
    there = Payee("PK", "IBAN", payee.account.number, pk.bic)
    direction = Direction("my", matrix.payer, "PK", (there,), request.amount)
    (check,) = await traffic.checked(role, direction)
    accept = Accept(asked.id, customer, check.id, purpose=traffic.PURPOSE, priority=priority)
    accepted = await role.batcher.run(remittance.accept, accept)
    assert isinstance(accepted, Remittance)
    return accepted


@pytest.mark.parametrize("priority", [Priority.NORM, Priority.HIGH], ids=str)
async def test_a_bank_that_exchanges_the_money_itself_needs_no_quote(
    matrix: Matrix, priority: Priority
) -> None:
    """It is provider, access provider and FX provider of its side: one leg and no notice."""
    payee = matrix.payees[len(CASES) + (priority is Priority.HIGH)]
    before = await matrix.balance("my", matrix.payer)
    paid = await own_payment(matrix, payee, priority)
    refused = await own_payment(matrix, matrix.full, priority)
    paid, refused = await matrix.settled([paid, refused])
    assert (paid.state, refused.state) == (State.COMPLETED, State.REJECTED)
    offer = paid.quote.offer
    assert (offer.id, offer.fxp_bic, offer.rate) == (None, PAYER, OWN_RATE)
    spent = before - paid.quote.total_debit.minor
    assert await matrix.balance("my", matrix.payer) == spent
    whole = payee.opening + offer.received.minor
    assert await matrix.balance("pk", payee) == whole
    of, case = Combination(Access.ITSELF, Access.OTHER, Exchanger.SOURCE), Case
    transfers, answers, confirmed = LEGS[of.source, of.destination]
    is_confirmed = matrix.is_confirmed(case(of, priority))
    expected = transfers, confirmed if is_confirmed else answers
    assert await matrix.messages(paid.uetr or "") == expected
    assert await matrix.messages(refused.uetr or "") == (transfers, answers)
    for each in (paid, refused):
        assert await matrix.booked(each.uetr or "") == matrix.booking(of, 0)
    assert await matrix.balanced()


ENDS = {
    Verdict.RELEASE: (State.COMPLETED, InboundState.CREDITED),
    Verdict.BLOCK: (State.BLOCKED, InboundState.BLOCKED),
    Verdict.REFUSE: (State.REJECTED, InboundState.REFUSED),
}


async def statuses_to_sender(matrix: Matrix, uetr: str) -> list[Status]:
    """What DuitNow told the sender's institution of a payment."""
    found = []
    for sender, message in await letters.about(matrix.runtime, uetr):
        if message.recipient == "my":
            profile = letters.profile_of(matrix.runtime, sender, message)
            record = rails.read(message.raw, profile)
            assert isinstance(record, PaymentStatus)
            found.append(record.status)
    return found


@pytest.mark.parametrize("verdict", Verdict, ids=str)
async def test_what_waits_for_staff_is_told_as_such_and_ends_as_they_say(
    matrix: Matrix, verdict: Verdict
) -> None:
    before = await matrix.balance("my", matrix.payer)
    cases = [Case(each, Priority.NORM) for each in HELD]
    first = len(CASES) + 2 + 2 * list(Verdict).index(verdict)
    payees = matrix.payees[first : first + len(HELD)]
    accepted = await asyncio.gather(
        *(matrix.send(case, each, REVIEWED) for case, each in zip(cases, payees, strict=True))
    )
    waiting = await matrix.settled(accepted)
    assert {each.state for each in waiting} == {State.SUBMITTED}
    uetrs = [each.uetr or "" for each in waiting]
    assert {each.state for each in await matrix.arrived(uetrs)} == {InboundState.HELD}
    role = matrix.runtime.roles["pk"]
    await role.batcher.run_all(remittance.decide_held, [Decide(each, verdict) for each in uetrs])
    ended = await matrix.settled(waiting)
    sent, received = ENDS[verdict]
    assert [each.state for each in ended] == [sent] * len(HELD)
    assert [each.state for each in await matrix.arrived(uetrs)] == [received] * len(HELD)
    last = {State.COMPLETED: Status.ACCC, State.BLOCKED: Status.BLCK, State.REJECTED: Status.RJCT}
    for case, each, payee in zip(cases, ended, payees, strict=True):
        uetr = each.uetr or ""
        assert await statuses_to_sender(matrix, uetr) == [Status.ACWP, last[sent]]
        await matrix.messages(uetr)
        exchanges = 0 if verdict is Verdict.REFUSE else 1
        assert await matrix.booked(uetr) == matrix.booking(case.combination, exchanges)
        got = each.quote.offer.received.minor if verdict is Verdict.RELEASE else 0
        assert await matrix.balance("pk", payee) == payee.opening + got
    left = sum(each.quote.total_debit.minor for each in ended if sent is not State.REJECTED)
    assert await matrix.balance("my", matrix.payer) == before - left
    assert await matrix.balanced()
