"""What arrives is put to policy: refused, held for a person, or credited, by the day it comes."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from msgspec.structs import replace
from remittance_acts import answers, audit, counts, story
from remittance_review_acts import unsure, with_rulebook
from remittance_world import World, build, inbound

from moments import NOW
from qantara.errors import Reason
from qantara.ledger import flow as ledger
from qantara.money import MYR, Money
from qantara.policy import flow as policy
from qantara.policy.model import Confidence, Rulebook
from qantara.rails.model import AgreedRate, Birth, Priority, Status
from qantara.remittance import flow
from qantara.remittance.model import Decide, InboundState, Required, Verdict

MAXIMUM = "nexus.maximum.MYR"
SMALL = Money(50_00, MYR)


def sure() -> Rulebook:
    law = unsure(MAXIMUM, SMALL)
    value = law.value(MAXIMUM, NOW.date())
    return law.overlay([replace(value, confidence=Confidence.HIGH)], "test")


@pytest.fixture(params=[False, True], ids=["4 steps", "5 steps"])
async def world(request, fresh) -> AsyncIterator[World]:
    made = await build(fresh, confirmed=request.param)
    async with made.tx.transaction():
        yield made


async def receive(world, *arrivals):
    assert set(await flow.receive(world.tx, world.node, arrivals, NOW)) == {None}
    return await flow.received_payments(world.tx, [each.record.uetr for each in arrivals])


async def told(world):
    return [(answer.status, answer.reason) for answer in await answers(world)]


async def test_an_ordinary_payment_is_decided_once_and_the_facts_are_kept(world):
    arrival = inbound(purpose="FAMI")
    await receive(world, arrival, arrival, inbound())
    await receive(world, arrival)
    (record,) = await policy.decisions_about(world.tx, arrival.record.uetr)
    assert policy.replay(world.node.rulebook, record).allowed
    facts = record.facts
    assert (facts.sender.country, facts.recipient.country) == ("PK", "MY")
    assert (facts.sender.rail, facts.via, facts.recipient.rail) == ("raast", "nexus", "duitnow")
    assert (facts.sender.amount, facts.sender.currency) == (6440_00, "PKR")
    assert (facts.recipient.amount, facts.purpose) == (100_00, "FAMI")
    assert facts.sender.customer_kind == "company"
    assert await world.tx.fetchval("SELECT count(*) FROM policy.decision") == 2


async def test_what_the_rules_forbid_on_the_day_is_rejected_in_time(world):
    strict = await with_rulebook(world, sure())
    before = (await counts(world))["ledger.transfer"]
    arrival = inbound(purpose="FAMI")
    (refused,) = await receive(strict, arrival)
    assert (refused.state, refused.reason) == (InboundState.REFUSED, Reason.AMOUNT_ABOVE_LIMIT)
    assert await told(world) == [(Status.RJCT, "AM02")]
    (record,) = await policy.decisions_about(world.tx, arrival.record.uetr)
    assert record.outcome["rule"] == "ips.maximum.receiving"
    assert (await counts(world))["ledger.transfer"] == before
    await audit(world)


async def test_a_corridor_that_no_text_opens_is_closed_to_what_arrives(world):
    shut = await with_rulebook(world, policy.load())
    (refused,) = await receive(shut, inbound())
    assert refused.reason is Reason.CORRIDOR_CLOSED
    assert await told(world) == [(Status.RJCT, "RR04")]


async def test_a_review_holds_a_normal_payment_until_staff_decide(world):
    asking = await with_rulebook(world, unsure(MAXIMUM, SMALL))
    small = inbound(settlement_amount=SMALL)
    large = inbound(purpose="FAMI")
    passed, held = await receive(asking, small, large)
    assert passed.state is not InboundState.HELD
    assert held.state is InboundState.HELD
    assert await told(world) == [(Status.ACCC, None), (Status.ACWP, None)]
    (record,) = await policy.decisions_about(world.tx, held.uetr)
    assert record.outcome["reason"] is None
    assert [each.uetr for _, each in await flow.held(world.tx, None, 9)] == [held.uetr]
    decided = Decide(held.uetr, Verdict.REFUSE)
    await flow.decide_held(world.tx, asking.node, [decided], NOW)
    assert await story(world, held.uetr) == ["held", "refused"]
    (balance,) = await ledger.balances(world.tx, ["customer/acc_aisha"])
    assert held.credited.minor not in {hold.left for hold in balance.holds}


async def test_a_review_rejects_what_cannot_wait(world):
    asking = await with_rulebook(world, unsure(MAXIMUM, SMALL))
    (refused,) = await receive(asking, inbound(priority=Priority.HIGH))
    assert (refused.state, refused.reason) == (InboundState.REFUSED, Reason.REVIEW_REQUIRED)
    assert await told(world) == [(Status.RJCT, "RR04")]
    await audit(world)


async def test_a_missing_purpose_is_our_own_demand_and_none_of_the_rules(world):
    (credited,) = await receive(world, inbound())
    assert credited.reason is None
    (record,) = await policy.decisions_about(world.tx, credited.uetr)
    assert record.outcome["reason"] == "purpose_required"
    insisting = World(world.tx, replace(world.node, required=frozenset({Required.PURPOSE})))
    (refused,) = await receive(insisting, inbound())
    assert refused.reason is Reason.PURPOSE_REQUIRED
    assert await policy.decisions_about(world.tx, refused.uetr) == []


async def test_where_what_arrives_was_fixed_its_worth_is_what_was_sent(world):
    rate = AgreedRate("PKR", "MYR", Decimal("0.0155"), inbound().record.agreed_rate.quote_id)
    arrival = inbound(instructed_amount=Money(99_45, MYR), agreed_rate=rate)
    debtor = replace(arrival.record.debtor, birth=Birth(NOW.date(), "Lahore", "PK"))
    arrival = replace(arrival, record=replace(arrival.record, debtor=debtor))
    await receive(world, arrival)
    (record,) = await policy.decisions_about(world.tx, arrival.record.uetr)
    assert (record.facts.sender.amount, record.facts.sender.currency) == (6451_61, "PKR")
    assert record.facts.sender.customer_kind == "person"


async def test_from_a_country_we_do_not_send_to_the_network_is_still_asked(world):
    alone = World(world.tx, replace(world.node, corridors={}))
    (credited,) = await receive(alone, inbound())
    assert credited.reason is None
    (record,) = await policy.decisions_about(world.tx, credited.uetr)
    assert (record.facts.sender.rail, record.facts.via) == ("pk", "nexus")
