"""Who asks too often is told so, and when to come back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from door_world import CHECK, World, opened
from fastapi import Request

from qantara import ids
from qantara.access.model import Principal, PrincipalKind, Role
from qantara.edge import envelope
from qantara.edge.envelope import Envelope
from qantara.edge.limits import Buckets, Limits, Rate, Rates, fields
from qantara.edge.problems import of_answer
from qantara.errors import Limited, Unavailable
from qantara.ids import PrincipalId

EXAMPLE = Rates()
RATES = replace(
    EXAMPLE,
    roles={**EXAMPLE.roles, Role.CUSTOMER: Rate(5, 60)},
    sign_in_failures=Rate(4, 60),
    payee_checks=Rate(3, 3600),
    payee_unknown_cost=2,
)


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18), rates=RATES) as made:
        yield made


@pytest.fixture
async def roomy(servers) -> AsyncIterator[World]:
    """Only payee checks are short."""
    rates = replace(EXAMPLE, payee_checks=RATES.payee_checks, payee_unknown_cost=2)
    async with opened(servers(18), rates=rates) as made:
        yield made


def asks(host: str = "192.0.2.1") -> Request:
    return Request({"type": "http", "headers": [], "client": (host, 1), "state": {}})


def caller(role: Role = Role.CUSTOMER, *more: Role) -> Principal:
    who, key = PrincipalId("prn_x"), "key_x"
    return Principal(who, PrincipalKind.CLIENT_APP, "x", (role, *more), frozenset(), None, key)


class Ticks:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_one_request_too_many_is_told_when_to_come_back(world):
    answers = [await world.get("/v1/accounts") for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    first, last = answers[0], answers[5]
    assert first.headers["ratelimit-policy"] == '"customer";q=5;w=60'
    assert first.headers["ratelimit"] == '"customer";r=4;t=12'
    assert last.headers["ratelimit"].startswith('"customer";r=0;t=')
    assert 1 <= int(last.headers["retry-after"]) <= 12
    told = last.json()
    assert (told["code"], told["retryable"], told["status"]) == ("rate_limited", True, 429)
    assert last.headers["retry-after"] in told["detail"]
    assert last.headers["content-type"] == "application/problem+json"
    assert (await world.get("/v1/accounts", "bo")).status_code == 200


async def test_a_request_that_came_too_soon_leaves_its_key_free(world):
    for _ in range(5):
        await world.get("/v1/accounts")
    refused = await world.post("/v1/payee-checks", CHECK, key="one")
    assert refused.status_code == 429
    assert await world.my.count("edge.answer") == 0


async def test_keys_that_do_not_open_are_soon_not_even_looked_up(world):
    wrong = {"authorization": "Bearer key_none.secret"}
    statuses = [
        (await world.my.client.get("/v1/accounts", headers=wrong)).status_code for _ in range(6)
    ]
    assert statuses == [401] * 4 + [429] * 2
    held_up = await world.get("/v1/accounts")
    assert (held_up.status_code, held_up.json()["code"]) == (429, "rate_limited")
    assert held_up.headers["ratelimit-policy"] == '"sign-in";q=4;w=60'
    other = httpx.ASGITransport(world.my.app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=other, base_url="http://door") as elsewhere:
        good = {"authorization": f"Bearer {world.keys['aisha']}"}
        assert (await elsewhere.get("/v1/accounts", headers=good)).status_code == 200


async def test_asking_without_a_key_is_no_guess(world):
    for _ in range(9):
        assert (await world.my.client.get("/v1/accounts")).status_code == 401
    assert (await world.get("/v1/accounts")).status_code == 200


async def test_health_is_never_refused(world):
    wrong = {"authorization": "Bearer key_none.secret"}
    for _ in range(6):
        await world.my.client.get("/v1/accounts", headers=wrong)
    answer = await world.my.client.get("/readyz")
    assert answer.status_code == 200
    assert "ratelimit" not in answer.headers


async def test_who_checks_names_and_pays_nobody_is_stopped(roomy):
    for _ in range(3):
        await roomy.checked()
    refused = await roomy.post("/v1/payee-checks", CHECK)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["ratelimit-policy"] == '"payee-checks";q=3;w=3600'
    assert await roomy.my.count("payees.payee_check") == 3
    await roomy.checked("bo")


async def test_who_pays_whom_they_checked_is_never_stopped(roomy):
    for _ in range(5):
        quote, check = await roomy.quoted(amount="100.00"), await roomy.checked()
        body = {"quote_id": quote["id"], "payee_check_id": check["id"], "purpose": "FAMI"}
        assert (await roomy.post("/v1/remittances", body)).status_code == 201


async def test_a_check_that_found_nobody_costs_more(roomy):
    before = len(await roomy.my.sent("acmt.023.001.04"))
    asked = asyncio.create_task(roomy.post("/v1/payee-checks", CHECK))
    sent = await roomy.my.waited_for("acmt.023.001.04", before + 1)
    await roomy.report(sent[-1], None, denied="BE23")
    assert (await asked).json()["state"] == "not_found"
    await roomy.checked()
    assert (await roomy.post("/v1/payee-checks", CHECK)).status_code == 429


async def test_messages_between_roles_are_counted_one_by_one(servers):
    rates = replace(EXAMPLE, messages=Rate(256, 3600))
    async with opened(servers(18), rates=rates) as world:
        key = await world.my.key("duitnow", Role.COUNTERPARTY, "duitnow")
        headers = {"authorization": f"Bearer {key}", "x-test-peer": "duitnow"}
        for count, expected in ((200, 200), (56, 200), (1, 429)):
            letters = [Envelope(ids.new_message_id(), "x", None, b"?") for _ in range(count)]
            answer = await world.my.client.post(
                "/v1/messages", content=envelope.encode(letters), headers=headers
            )
            assert answer.status_code == expected, answer.text
        assert isinstance(of_answer(answer.status_code, answer.content), Unavailable)


def test_a_bucket_fills_evenly_and_never_beyond_its_quota():
    ticks = Ticks()
    limits = Limits(RATES, ticks)
    for _ in range(5):
        limits.request(asks(), caller())
    for seconds, left in ((0, None), (11.9, None), (0.2, 0), (600, 4)):
        ticks.now += seconds
        request = asks()
        if left is None:
            with pytest.raises(Limited) as caught:
                limits.request(request, caller())
            assert 1 <= int(caught.value.facts["seconds"]) <= 12
        else:
            limits.request(request, caller())
            assert dict(fields(request.scope["state"]))[b"ratelimit"].startswith(
                b'"customer";r=%d;' % left
            )


def test_who_has_several_roles_has_the_largest_limit():
    limits = Limits(RATES, Ticks())
    both = caller(Role.CUSTOMER, Role.AUDITOR)
    largest = max(RATES.roles[role].quota for role in (Role.CUSTOMER, Role.AUDITOR))
    assert largest > RATES.roles[Role.CUSTOMER].quota
    for _ in range(largest):
        limits.request(asks(), both)
    with pytest.raises(Limited):
        limits.request(asks(), both)


def test_one_home_is_one_address():
    limits = Limits(RATES, Ticks())
    for number in range(4):
        limits.sign_in_failed(asks(f"2001:db8:1:2::{number}"))
    with pytest.raises(Limited):
        limits.may_sign_in(asks("2001:db8:1:2:ffff::9"))
    limits.may_sign_in(asks("2001:db8:1:3::1"))
    limits.may_sign_in(asks("192.0.2.1"))


def test_what_is_full_again_is_forgotten():
    ticks = Ticks()
    buckets = Buckets("x", ticks, cap=100)
    for number in range(1000):
        ticks.now += 1
        assert buckets.take(f"prn_{number}", Rate(60, 60)) == 59
        assert len(buckets) <= 200
