"""Every combination of roles, each priority, both step variants on both sides: to the cent."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from matrix_world import (
    BACK,
    CASES,
    PAYER,
    STEPS,
    THERE,
    Access,
    Case,
    Combination,
    Counts,
    Exchanger,
    Matrix,
    Steps,
    Way,
    write,
)
from world_trials import Home, Servers

from qantara import ids
from qantara.clock import utc_now
from qantara.edge import nexus
from qantara.ids import QuoteId
from qantara.money import MYR, PKR, Money, Rate
from qantara.rails.model import Priority, Status
from qantara.remittance import flow as remittance
from qantara.remittance.model import (
    Accept,
    AskQuote,
    Decide,
    Fixed,
    GatewayQuote,
    InboundState,
    PriceRequest,
    Quote,
    ReferenceRate,
    Remittance,
    State,
    Verdict,
)
from qantara.world import setup, traffic, worlds
from qantara.world.people import Resident
from qantara.world.worlds import Folder

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
REVIEWED = 2_000_00
"""So much more that staff of the receiving institution must see it first."""
OWN_RATE = Decimal("63.2500000000")


def expected(matrix: Matrix, accesses: tuple[Access, Access], priority: Priority) -> Counts:
    """How many messages a payment has that is credited."""
    transfers, answers, confirmed = LEGS[accesses]
    return transfers, confirmed if matrix.is_confirmed(priority) else answers


HELD = [Combination(side, side, Exchanger.FIRM) for side in (Access.OTHER, Access.ITSELF)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """One world for all: its systems change their steps between two runs of it."""
    server = servers(18)
    await server.prepare()
    return Home(tmp_path_factory.mktemp("matrix"), server).folder("matrix")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=STEPS, ids=str)
async def matrix(
    request: pytest.FixtureRequest, servers: Servers, place: Folder
) -> AsyncIterator[Matrix]:
    steps: Steps = request.param
    write(place.config, steps)
    async with worlds.started(servers(18), place, lambda _: None) as runtime:
        rulebook, on = runtime.world.rulebook, utc_now().date()
        my, pk = (setup.residents(country, rulebook, on) for country in ("MY", "PK"))
        people = {"my": my[2:], "pk": pk[2:]}
        yield Matrix(runtime, steps, {"my": my[0], "pk": pk[0]}, people, pk[setup.FULL_WALLET])


@pytest.mark.parametrize("way", [THERE, BACK], ids=str)
async def test_every_combination_pays_exactly_what_was_disclosed(matrix: Matrix, way: Way) -> None:
    payer, payees = matrix.payers[way.sender], matrix.payees[way.receiver][: len(CASES)]
    before = await matrix.balance(way.sender, payer)
    had = [await matrix.balance(way.receiver, payee) for payee in payees]
    accepted = await asyncio.gather(
        *(
            matrix.send(case, payee, way, place)
            for place, (case, payee) in enumerate(zip(CASES, payees, strict=True))
        )
    )
    ended = await matrix.settled(accepted, way)
    assert {str(case): each.state for case, each in zip(CASES, ended, strict=True)} == {
        str(case): State.COMPLETED for case in CASES
    }
    spent = sum(each.quote.total_debit.minor for each in ended)
    assert await matrix.balance(way.sender, payer) == before - spent
    inbound = await matrix.arrived([each.uetr or "" for each in ended], way)
    for case, sent, received in zip(CASES, ended, inbound, strict=True):
        offer = sent.quote.offer
        assert (offer.fxp_bic, sent.priority) == (case.combination.bic, case.priority)
        assert (received.state, received.credited) == (InboundState.CREDITED, offer.received)
    uetrs = [each.uetr for each in inbound]
    assert dict(zip(CASES, await matrix.messages(uetrs), strict=True)) == {
        each: expected(matrix, way.accesses(each.combination), each.priority) for each in CASES
    }
    assert dict(zip(CASES, await matrix.booked(uetrs, way), strict=True)) == {
        each: matrix.booking(way.accesses(each.combination), 1) for each in CASES
    }
    has = [await matrix.balance(way.receiver, payee) for payee in payees]
    assert has == [old + new.credited.minor for old, new in zip(had, inbound, strict=True)]
    assert await matrix.balanced()


async def test_what_the_receiver_refuses_is_undone_in_every_combination(matrix: Matrix) -> None:
    before = await matrix.balance("my", matrix.payers["my"])
    full = await matrix.balance("pk", matrix.full)
    accepted = await asyncio.gather(*(matrix.send(case, matrix.full) for case in CASES))
    ended = await matrix.settled(accepted)
    told = {
        str(case): (each.state, each.reason_code) for case, each in zip(CASES, ended, strict=True)
    }
    assert told == {str(case): (State.REJECTED, "AM21") for case in CASES}
    uetrs = [each.uetr or "" for each in ended]
    assert dict(zip(CASES, await matrix.messages(uetrs), strict=True)) == {
        each: LEGS[THERE.accesses(each.combination)][:2] for each in CASES
    }
    assert dict(zip(CASES, await matrix.booked(uetrs), strict=True)) == {
        each: matrix.booking(THERE.accesses(each.combination), 0) for each in CASES
    }
    assert await matrix.balance("my", matrix.payers["my"]) == before
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
    role, direction = matrix.runtime.roles["my"], matrix.direction(THERE, payee, 0, priority)
    customer, account = direction.payer.customer.id, direction.payer.account.id
    request = PriceRequest(customer, account, "PK", Fixed.SOURCE, direction.amount)
    offer = await own_offer(matrix, request)
    asked = AskQuote(QuoteId(ids.new("quo")), request, (offer,))
    assert isinstance(await role.batcher.run(remittance.quote, asked), Quote)
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
    payer, payee = matrix.payers["my"], matrix.payees["pk"][0]
    before, had = await matrix.balance("my", payer), await matrix.balance("pk", payee)
    both = [await own_payment(matrix, each, priority) for each in (payee, matrix.full)]
    paid, refused = await matrix.settled(both)
    assert (paid.state, refused.state) == (State.COMPLETED, State.REJECTED)
    offer = paid.quote.offer
    assert (offer.id, offer.fxp_bic, offer.rate) == (None, PAYER, OWN_RATE)
    assert await matrix.balance("my", payer) == before - paid.quote.total_debit.minor
    assert await matrix.balance("pk", payee) == had + offer.received.minor
    accesses = (Access.ITSELF, Access.OTHER)
    uetrs = [each.uetr or "" for each in (paid, refused)]
    told = [expected(matrix, accesses, priority), LEGS[accesses][:2]]
    assert await matrix.messages(uetrs) == told
    assert await matrix.booked(uetrs) == [matrix.booking(accesses, 0)] * 2
    assert await matrix.balanced()


ENDS = {
    Verdict.RELEASE: (State.COMPLETED, InboundState.CREDITED, Status.ACCC, 2),
    Verdict.BLOCK: (State.BLOCKED, InboundState.BLOCKED, Status.BLCK, 1),
    Verdict.REFUSE: (State.REJECTED, InboundState.REFUSED, Status.RJCT, 0),
}
"""How a payment ends at the sender and at the receiver, with which word, and how many pacs.002
are added where the gateway confirms: to Raast, and on to the receiver if that waits for it. What
it blocked it has already set aside, and what it refused needs no confirmation.
"""
PASSED_ON = 4
"""ACWP goes from the receiver to Raast, the gateway, DuitNow and the sender."""


@pytest.mark.parametrize("verdict", Verdict, ids=str)
async def test_what_waits_for_staff_is_told_as_such_and_ends_as_they_say(
    matrix: Matrix, verdict: Verdict
) -> None:
    payer, payees = matrix.payers["my"], matrix.payees["pk"][: len(HELD)]
    before = await matrix.balance("my", payer)
    had = [await matrix.balance("pk", payee) for payee in payees]
    accepted = await asyncio.gather(
        *(
            matrix.send(Case(each, Priority.NORM), payee, more=REVIEWED)
            for each, payee in zip(HELD, payees, strict=True)
        )
    )
    waiting = await matrix.settled(accepted)
    assert {each.state for each in waiting} == {State.SUBMITTED}
    uetrs = [each.uetr or "" for each in waiting]
    assert {each.state for each in await matrix.arrived(uetrs)} == {InboundState.HELD}
    role = matrix.runtime.roles["pk"]
    await role.batcher.run_all(remittance.decide_held, [Decide(each, verdict) for each in uetrs])
    ended = await matrix.settled(waiting)
    sent, received, last, more = ENDS[verdict]
    assert [each.state for each in ended] == [sent] * len(HELD)
    assert [each.state for each in await matrix.arrived(uetrs)] == [received] * len(HELD)
    assert [await matrix.statuses(each) for each in uetrs] == [[Status.ACWP, last]] * len(HELD)
    accesses = [THERE.accesses(each) for each in HELD]
    told = [LEGS[each][:2] for each in accesses]
    if matrix.is_confirmed(Priority.NORM):
        told = [(transfers, more + answers) for transfers, answers in told]
    told = [(transfers, answers + PASSED_ON) for transfers, answers in told]
    assert await matrix.messages(uetrs) == told
    exchanges = 0 if sent is State.REJECTED else 1
    assert await matrix.booked(uetrs) == [matrix.booking(each, exchanges) for each in accesses]
    left = sum(each.quote.total_debit.minor for each in ended if sent is not State.REJECTED)
    assert await matrix.balance("my", payer) == before - left
    got = [each.quote.offer.received.minor * (sent is State.COMPLETED) for each in ended]
    has = [await matrix.balance("pk", payee) for payee in payees]
    assert has == [old + new for old, new in zip(had, got, strict=True)]
    assert await matrix.balanced()
