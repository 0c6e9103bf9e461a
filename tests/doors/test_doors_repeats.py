import asyncio
from collections.abc import AsyncIterator

import pytest
from door_world import WISH, World, opened

from qantara.edge import flow


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


async def test_a_repeat_is_given_the_first_answer(world):
    first = await world.post("/v1/quotes", WISH, key="one")
    world.clock.forward(1)
    await world.rate("70.00")
    again = await world.post("/v1/quotes", WISH, key="one")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert await world.my.count("remittance.quote") == 1


async def test_a_refusal_is_repeated_as_it_was(world):
    body = await world.yes()
    world.clock.forward(600)
    first = await world.post("/v1/remittances", body, key="one")
    again = await world.post("/v1/remittances", body, key="one")
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.content == first.content
    assert again.headers["content-type"] == "application/problem+json"


async def test_the_same_key_with_another_body_is_refused(world):
    await world.post("/v1/quotes", WISH, key="one")
    other = await world.post("/v1/quotes", WISH | {"amount": "501.00"}, key="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = await world.post("/v1/payee-checks", WISH, key="one")
    assert elsewhere.json()["code"] == "idempotency_key_reused"
    assert await world.my.count("remittance.quote") == 1


async def test_keys_of_different_callers_do_not_meet(world):
    first = await world.post("/v1/quotes", WISH, key="one")
    other = await world.post("/v1/quotes", WISH | {"account_id": "acc_bo"}, "bo", key="one")
    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json()["id"] != other.json()["id"]


async def test_what_failed_before_anybody_looked_at_it_leaves_the_key_free(world):
    wrong = await world.post("/v1/quotes", WISH | {"amount": "1"}, key="one")
    right = await world.post("/v1/quotes", WISH, key="one")
    assert (wrong.status_code, right.status_code) == (400, 201)


async def test_trouble_on_our_side_leaves_the_key_free(world):
    world.clock.forward(3 * 3600)
    stale = await world.post("/v1/quotes", WISH, key="one")
    await world.rate("63.40")
    right = await world.post("/v1/quotes", WISH, key="one")
    assert (stale.status_code, right.status_code) == (503, 201)


async def test_twins_at_the_same_time_act_once_and_hear_the_same(world):
    body = await world.yes()
    twins = [world.post("/v1/remittances", body, key="one") for _ in range(5)]
    answers = await asyncio.gather(*twins)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["uetr"] for answer in answers}) == 1
    assert len(await world.my.sent("pacs.008.001.13")) == 1
    assert (await world.balance())["available"] == "500.00"


async def test_an_answer_lost_before_it_was_kept_is_found_again(world):
    body = await world.yes()
    first = (await world.post("/v1/remittances", body, key="one")).json()
    world.clock.forward(flow.KEPT_SECONDS + 1)
    await world.my.do(flow.forget, None)
    assert await world.my.count("edge.answer") == 0
    again = await world.post("/v1/remittances", body, key="one")
    assert (again.status_code, again.json()["id"]) == (201, first["id"])
    assert (await world.balance())["available"] == "500.00"
