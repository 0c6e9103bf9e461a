"""Sending: priority, resends, our own access provider, our own exchange."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from remittance_acts import audit, found, sent
from remittance_world import ACCOUNT, AISHA, World, build, offer, wish

from moments import NOW
from qantara import ids
from qantara.db import mail
from qantara.errors import Conflict, Reason, Refused
from qantara.ids import QuoteId
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money, Rate
from qantara.parties import flow as parties
from qantara.rails import flow as rails
from qantara.rails.model import MessageName, Priority, Status, StatusRequest, envelope_name
from qantara.remittance import flow
from qantara.remittance.model import (
    Accept,
    AskQuote,
    ForeignAccount,
    NostroFunding,
    OwnFx,
    ReferenceRate,
    State,
)

FXP_ACCOUNT = "WAU0000000000001"
ABROAD = ForeignAccount("sap-pk", "SAPPPKK0", "PK00SAPP0009", PKR)


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


def with_high(world):
    corridor = replace(world.node.corridors["PK"], high=True)
    world.node = replace(world.node, corridors={"PK": corridor})


async def accept(world, said):
    return (await flow.accept(world.tx, world.node, [said], NOW))[0]


async def test_a_payment_at_a_point_of_sale_travels_as_high(world):
    with_high(world)
    done = await accept(world, await world.yes(priority=Priority.HIGH))
    assert done.priority is Priority.HIGH
    assert (await sent(world))[0].priority is Priority.HIGH


async def test_high_is_refused_where_the_corridor_has_none_and_the_quote_stays(world):
    said = await world.yes(priority=Priority.HIGH)
    refused = await accept(world, said)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.PRIORITY_UNSUPPORTED
    assert (await accept(world, replace(said, priority=Priority.NORM))).state is State.ACCEPTED


async def test_the_same_yes_with_another_priority_is_another_yes(world):
    with_high(world)
    said = await world.yes()
    await accept(world, said)
    assert isinstance(await accept(world, replace(said, priority=Priority.HIGH)), Conflict)


async def test_nobody_pays_from_the_account_of_the_dead(world):
    said = await world.yes()
    await parties.record_deaths(world.tx, [AISHA])
    assert (await accept(world, said)).reason is Reason.CUSTOMER_DECEASED
    assert (await world.quoted()).reason is Reason.CUSTOMER_DECEASED
    assert await world.available() == 1_000_00


async def queue(world):
    return [(each.key, each.name) for each in await mail.due(world.tx, 50, NOW + timedelta(days=9))]


async def test_an_overdue_payment_is_the_very_same_message_again_at_growing_distances(world):
    accepted = await world.accepted()
    (payment,) = await sent(world)
    queued = await mail.due(world.tx, 50, NOW)
    await mail.delivered(world.tx, None, [[each.sequence for each in queued]], NOW)
    times, at = [], NOW
    for _ in range(60 * 24):
        at += timedelta(minutes=1)
        await flow.expire(world.tx, world.node, [None], at)
        again = await mail.due(world.tx, 50, at)
        if again:
            times.append((at - NOW).seconds)
            assert [each.key for each in again] == [payment.message_id]
            raws = await world.outbox(MessageName.CREDIT_TRANSFER)
            assert [each.raw for each in again] == raws
            await mail.delivered(world.tx, None, [[each.sequence for each in again]], at)
        if len(times) == 6:
            break
    assert times == [60, 120, 240, 540, 1440, 5040]
    done = await found(world, accepted.id)
    assert (done.state, done.resends) == (State.OVERDUE, 6)
    assert len(await sent(world)) == 1


async def test_a_payment_that_still_waits_for_delivery_is_not_queued_twice(world):
    await world.accepted()
    before = await queue(world)
    await flow.expire(world.tx, world.node, [None], NOW + timedelta(seconds=60))
    assert await queue(world) == before


async def test_where_the_system_tells_a_status_it_is_asked_instead(world):
    world.node = replace(world.node, status_requests=True)
    await world.accepted()
    (payment,) = await sent(world)
    await flow.expire(world.tx, world.node, [None], NOW + timedelta(seconds=60))
    inside = world.node.profile.inside
    (raw,) = await world.outbox(envelope_name(MessageName.STATUS_REQUEST, inside))
    asked = rails.read(raw, inside)
    assert isinstance(asked, StatusRequest)
    assert (asked.original_message_id, asked.uetr) == (payment.message_id, payment.uetr)


@pytest.fixture
async def bank(world) -> World:
    world.node = replace(world.node, correspondents={FXP_ACCOUNT: "fxp"})
    await flow.open_books(world.tx, world.node, [None], NOW)
    return world


async def pay(world, quote, status=Status.ACCC):
    said = Accept(quote.id, AISHA, await world.confirmed(), "FAMI")
    done = await accept(world, said)
    assert done.state is State.ACCEPTED
    answer = await world.ends(status, None if status is Status.ACCC else "AB03")
    assert await flow.conclude(world.tx, world.node, [answer], NOW) == [None]
    return done


OURS = {"source_sap_bic": "WAUEMYK0", "source_sap_account": FXP_ACCOUNT}


async def test_as_access_provider_we_pay_the_fx_provider_and_not_the_system(bank):
    await pay(bank, await bank.quoted(**OURS))
    (payment,) = await sent(bank)
    assert payment.instructing_agent == payment.instructed_agent
    assert await bank.books() == {
        ACCOUNT: 500_00,
        "claim/duitnow": -500_00,
        "own/duitnow": -500_00,
        "correspondent/fxp": 497_50,
        "income/fee": 2_50,
    }
    await audit(bank)


async def test_a_rejected_payment_leaves_the_fx_provider_nothing(bank):
    before = await bank.books()
    await pay(bank, await bank.quoted(**OURS), Status.RJCT)
    assert await bank.books() == before


async def test_an_offer_through_an_account_we_do_not_keep_is_refused(bank):
    quote = await bank.quoted(source_sap_bic="WAUEMYK0", source_sap_account="WAU9")
    refused = await accept(bank, Accept(quote.id, AISHA, await bank.confirmed(), "FAMI"))
    assert refused.reason is Reason.FX_ACCOUNT_FOREIGN
    assert await bank.available() == 1_000_00


@pytest.fixture
async def trader(world) -> World:
    world.node = replace(world.node, own_fx=OwnFx("WAUOWNFX01", {"PK": ABROAD}))
    await flow.open_books(world.tx, world.node, [None], NOW)
    funds = NostroFunding("opening", "PK", Money(50_000_00, PKR))
    assert await flow.fund_nostros(world.tx, world.node, [funds], NOW) == [None]
    rate = ReferenceRate(Rate(MYR, PKR, Decimal("63.1")), "own desk (example)", NOW)
    await flow.record_own_rates(world.tx, world.node, [rate], NOW)
    return world


async def own_quote(world):
    (rate,) = await flow.own_rates(world.tx, world.node, ["PK"], NOW)
    amounts = (
        Money(497_50, MYR),
        Money(31392_25, PKR),
        Money(40_70, PKR),
        Money(31351_55, PKR),
    )
    made = flow.own_offer(world.node, "PK", rate.rate.value, amounts, NOW)
    asked = AskQuote(QuoteId(ids.new("quo")), wish(), (made,))
    return (await flow.quote(world.tx, world.node, [asked], NOW))[0]


async def test_own_fx_sends_without_a_quote_through_our_account_abroad(trader):
    await pay(trader, await own_quote(trader))
    (payment,) = await sent(trader)
    assert payment.agreed_rate.quote_id is None
    assert payment.agreed_rate.rate == Decimal("63.1")
    assert payment.intermediary1.agent.bic == payment.instructed_agent.bic == "WAUEMYK0"
    assert payment.intermediary2.agent.bic == "SAPPPKK0"
    assert payment.intermediary2.account.number == "PK00SAPP0009"
    assert await trader.books() == {
        ACCOUNT: 500_00,
        "claim/duitnow": -500_00,
        "own/duitnow": -500_00,
        "fx/MYR": 497_50,
        "income/fee": 2_50,
        "fx/PKR": -31392_25,
        "nostro/sap-pk": -50_000_00 + 31392_25,
        "equity/capital/PKR": 50_000_00,
    }
    report = await ledger.verify_book(trader.tx)
    assert report.clean


async def test_without_a_rate_of_our_own_there_is_no_offer(trader):
    (missing,) = await flow.own_rates(trader.tx, trader.node, ["FR"], NOW)
    assert isinstance(missing, Refused)
    assert missing.reason is Reason.RATE_MISSING
    assert offer().id is not None
