from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from remittance_acts import add_bo, quoted_small, story
from remittance_world import ACCOUNT, AISHA, BO, World, build, offer, wish

from moments import NOW
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import AccountId, QuoteId
from qantara.ledger import flow as ledger
from qantara.money import EUR, MYR, PKR, Money, Rate
from qantara.parties import flow as parties
from qantara.policy import flow as policy
from qantara.policy.model import Finding
from qantara.remittance import flow
from qantara.remittance.model import AskQuote, Fixed, Quote, ReferenceRate


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


def asking(request=None, *offers, key="quo_1"):
    return AskQuote(QuoteId(key), request or wish(), offers or (offer(),))


async def ask(world, *asked, at=NOW):
    return await flow.quote(world.tx, world.node, asked, at)


async def test_a_quote_read_again_is_the_quote_that_was_given(world):
    long = offer(rate=Decimal("63.4123456789"))
    arrival = wish(long.received, Fixed.DESTINATION)
    given = await ask(world, asking(None, long), asking(arrival, long, key="quo_2"))
    kept = await flow.remittances(world.tx, [quote.remittance_id for quote in given])
    assert [remittance.quote for remittance in kept] == given
    assert given[0].offer.rate == Decimal("63.4123456789")


async def test_the_parts_of_every_quote_add_up(world):
    given = [await quoted_small(world, cents) for cents in (1, 2, 49, 167, 168, 999)]
    for quote in given:
        assert quote.total_debit == quote.offer.interbank_source + quote.sender_fee
        assert quote.offer.interbank_destination == quote.offer.received + quote.offer.recipient_fee


async def test_the_same_id_with_another_wish_contradicts(world):
    first, again, other, foreign = await ask(
        world,
        asking(),
        asking(None, offer(rate=Decimal(70))),
        asking(wish(Money(499_00, MYR))),
        asking(replace(wish(), customer_id=BO)),
    )
    assert isinstance(first, Quote)
    assert again == first
    assert isinstance(other, Conflict)
    assert isinstance(foreign, Conflict)
    later = await ask(world, asking(), asking(wish(Money(499_00, MYR))))
    assert later[0] == first
    assert isinstance(later[1], Conflict)
    assert await story(world, first.remittance_id) == ["quoted"]


async def test_an_account_of_somebody_else_is_not_there(world):
    await add_bo(world)
    mine_of_his = replace(wish(), account_id=AccountId("acc_bo"))
    none = replace(wish(), account_id=AccountId("acc_none"))
    his, missing = await ask(world, asking(mine_of_his), asking(none, key="quo_2"))
    assert (his.reason, missing.reason) == (Reason.ACCOUNT_NOT_FOUND, Reason.ACCOUNT_NOT_FOUND)
    assert isinstance(his, NotFound)
    assert isinstance(missing, NotFound)


async def test_a_closed_account_gets_no_price(world):
    await parties.close_accounts(world.tx, [AccountId("acc_aisha")], NOW)
    assert await ask(world, asking()) == [Refused(Reason.ACCOUNT_CLOSED)]


async def test_a_frozen_account_may_still_ask_what_it_would_cost(world):
    await ledger.freeze(world.tx, ACCOUNT, "Court order", "Act 1", "prn_1", NOW)
    assert isinstance((await ask(world, asking()))[0], Quote)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (replace(wish(), destination_country="FR"), Reason.CORRIDOR_CLOSED),
        (wish(Money(500_00, PKR)), Reason.CURRENCY_MISMATCH),
        (wish(Money(500_00, MYR), Fixed.DESTINATION), Reason.CURRENCY_MISMATCH),
        (wish(Money(0, MYR)), Reason.AMOUNT_NOT_POSITIVE),
        (wish(Money(-1, MYR)), Reason.AMOUNT_NOT_POSITIVE),
        (wish(Money(1_00, MYR)), Reason.AMOUNT_NOT_POSITIVE),
        (wish(Money(0, PKR), Fixed.DESTINATION), Reason.AMOUNT_NOT_POSITIVE),
    ],
    ids=str,
)
async def test_what_needs_no_gateway_is_refused_before_and_inside_the_flow(world, request_, reason):
    before = flow.interbank_amount(world.node, request_)
    (inside,) = await ask(world, asking(request_))
    assert isinstance(before, Refused)
    assert before.reason is reason
    assert inside == before


@pytest.mark.parametrize(
    ("offers", "reason"),
    [
        ({"interbank_source": Money(497_49, MYR)}, Reason.QUOTE_MISMATCH),
        ({"interbank_source": Money(497_50, EUR)}, Reason.RATE_MISSING),
        ({"valid_until": NOW}, Reason.QUOTE_EXPIRED),
        ({"capped": True}, Reason.AMOUNT_ABOVE_LIMIT),
        ({"received": Money(31500_74, PKR)}, Reason.QUOTE_MISMATCH),
    ],
    ids=str,
)
async def test_an_offer_that_would_hide_a_fee_or_cannot_hold_gives_no_quote(world, offers, reason):
    (refused,) = await ask(world, asking(None, offer(**offers)))
    assert refused.reason is reason
    assert await world.tx.fetchval("SELECT count(*) FROM remittance.quote") == 0


async def mid(world, value, as_of, source="seeded mid"):
    rate = ReferenceRate(Rate(MYR, PKR, Decimal(value)), source, as_of)
    await flow.record_reference_rates(world.tx, world.node, [rate], NOW)


async def test_the_newest_reference_rate_counts_and_one_from_the_future_does_not(world):
    await mid(world, "64", NOW - timedelta(hours=1))
    await mid(world, "65", NOW + timedelta(seconds=1))
    (quote,) = await ask(world, asking())
    assert (quote.mid.rate.value, quote.mid.as_of) == (Decimal("63.45"), NOW)


async def test_of_two_sources_of_one_moment_the_same_is_always_taken(world):
    await mid(world, "64", NOW, "a source")
    await mid(world, "62", NOW, "z source")
    (quote,) = await ask(world, asking())
    assert (quote.mid.source, quote.mid.rate.value) == ("z source", Decimal(62))


async def test_a_reference_rate_serves_for_a_day_and_not_longer(world):
    good = offer(valid_until=NOW + timedelta(days=9))
    day = NOW + timedelta(days=1)
    first, late = asking(None, good), asking(None, good, key="quo_2")
    assert isinstance((await ask(world, first, at=day))[0], Quote)
    (refused,) = await ask(world, late, at=day + timedelta(microseconds=1))
    assert refused == Refused(Reason.RATE_STALE)


@pytest.mark.parametrize("value", ["30", "0.0000000001"])
async def test_a_reference_rate_that_cannot_be_right_discloses_nothing(world, value):
    await mid(world, value, NOW, "z source")
    good, wrong = await ask(world, asking(wish(), offer(capped=True)), asking(key="quo_2"))
    assert good.reason is Reason.AMOUNT_ABOVE_LIMIT
    assert wrong == Refused(Reason.RATE_MISSING)


async def test_before_the_first_reference_rate_nothing_can_be_disclosed(world):
    (refused,) = await ask(world, asking(), at=NOW - timedelta(seconds=1))
    assert refused == Refused(Reason.RATE_MISSING)


async def test_what_policy_forbids_names_rule_and_source_and_the_decision_is_kept(world):
    closed = World(world.tx, replace(world.node, rulebook=policy.load()))
    await policy.keep_rulebook(world.tx, closed.node.rulebook, NOW)
    (refused,) = await ask(closed, asking())
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.rule) == (Reason.CORRIDOR_CLOSED, "corridor.open")
    assert refused.citation
    (record,) = await policy.decisions_about(world.tx, "quo_1")
    replayed = policy.replay(closed.node.rulebook, record)
    assert replayed.refusal.reason is Reason.CORRIDOR_CLOSED
    assert any(step.finding is Finding.FAILED for step in replayed.trace)


async def test_a_batch_of_good_and_bad_answers_each_in_its_place(world):
    batch = [
        asking(key="quo_1"),
        asking(replace(wish(), destination_country="FR"), key="quo_2"),
        asking(key="quo_3"),
        AskQuote(QuoteId("quo_4"), wish(), ()),
        asking(key="quo_1"),
    ]
    one, closed, three, missing, again = await ask(world, *batch)
    assert (one.id, three.id, again.id) == ("quo_1", "quo_3", "quo_1")
    assert (closed.reason, missing.reason) == (Reason.CORRIDOR_CLOSED, Reason.RATE_MISSING)
    assert one.request.customer_id == AISHA
