"""The policy doors under load: many long questions at once, and others beside them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from door_world import World, opened


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


async def test_many_proofs_at_once_are_all_answered_and_others_do_not_wait(world):
    ways = (("MY", "PK"), ("FR", "MY"), ("PK", "FR"), ("MY", "FR"))
    paths = [f"/v1/policy/prove?source={one}&destination={other}" for one, other in ways]
    proofs = asyncio.gather(*(world.get(path, "maker") for path in paths))
    await asyncio.sleep(0)
    assert (await world.get("/v1/remittances")).status_code == 200
    assert not proofs.done()
    assert [each.status_code for each in await proofs] == [200] * len(ways)


@pytest.mark.parametrize(
    "path",
    [
        "prove?source=XX&destination=YY",
        "prove?source=EU&destination=MY",
        "diff?first=2024-01-01&second=2026-01-01&book=XX",
        "entries?book=XX",
    ],
)
async def test_a_book_that_nobody_has_is_named(world, path):
    answer = await world.get("/v1/policy/" + path, "maker")
    assert (answer.status_code, answer.json()["code"]) == (404, "rulebook_value_missing")
