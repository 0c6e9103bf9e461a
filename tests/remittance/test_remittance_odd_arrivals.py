"""Payments that arrive with odd facts."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from remittance_world import World, build, inbound

from moments import NOW
from qantara.money import MYR, PKR, Money, asset
from qantara.policy import flow as policy
from qantara.rails.model import Agent, AgreedRate, Charge, Priority
from qantara.remittance import flow


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


QUOTE = inbound().record.agreed_rate.quote_id
ODD = {
    "unknown country": {"debtor_agent": Agent("ABCDZZ2L")},
    "own country": {"debtor_agent": Agent("ABCDMY2L")},
    "foreign money": {"instructed_amount": Money(5, asset("EUR"))},
    "no money": {"instructed_amount": Money(0, PKR)},
    "less than none": {"instructed_amount": Money(-5, PKR)},
    "huge": {"instructed_amount": Money(10**29, PKR)},
    "huge arrives": {"settlement_amount": Money(10**17, MYR)},
    "dwarf rate": {
        "instructed_amount": Money(1, MYR),
        "agreed_rate": AgreedRate("PKR", "MYR", Decimal("1e-10"), QUOTE),
    },
    "dwarf rate and huge": {
        "settlement_amount": Money(10**17, MYR),
        "instructed_amount": Money(1, MYR),
        "agreed_rate": AgreedRate("PKR", "MYR", Decimal("1e-10"), QUOTE),
    },
    "no rate": {
        "instructed_amount": Money(1, MYR),
        "agreed_rate": AgreedRate("PKR", "MYR", Decimal(0), QUOTE),
    },
    "other rate": {
        "instructed_amount": Money(1, MYR),
        "agreed_rate": AgreedRate("QQQ", "YYY", Decimal(1), QUOTE),
    },
    "long purpose": {"purpose": "É'x"},
    "high": {"priority": Priority.HIGH},
    "high, odd": {
        "priority": Priority.HIGH,
        "debtor_agent": Agent("ABCDZZ2L"),
        "instructed_amount": Money(10**29, asset("EUR")),
    },
    "foreign fee": {
        "charges": (Charge(Money(60, asset("EUR")), Agent("RAVIPKK0")), inbound().record.charges[1])
    },
}


@pytest.mark.parametrize("odd", ODD)
async def test_it_is_answered_and_its_decision_replays(world, odd):
    arrival = inbound(**ODD[odd])
    assert await flow.receive(world.tx, world.node, [arrival, inbound()], NOW) == [None, None]
    assert len(await flow.received_payments(world.tx, [arrival.record.uetr])) == 1
    for record in await policy.decisions_about(world.tx, arrival.record.uetr):
        again = policy.replay(world.node.rulebook, record)
        assert hasattr(again, "outcome"), again
        policy.explain(again, "ur").to_json()
        policy.facts_shown(record.facts)
