from collections.abc import AsyncIterator

import pytest

from door_world import NOTICE, World, opened
from qantara.rails.model import Status


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


async def test_a_quote_discloses_its_whole_cost(world):
    quote = await world.quoted()
    assert quote["total_debit"] == {"amount": "500.00", "currency": "MYR"}
    assert quote["sender_fee"] == {"amount": "2.50", "currency": "MYR", "label": "example"}
    assert quote["exchanged"]["amount"] == "497.50"
    assert quote["mid_market_rate"]["source"] == "seeded mid"
    assert quote["notice"] == NOTICE
    assert quote["valid_until"] == "2026-03-02T08:10:00.000Z"
    received = quote["received"]["amount"]
