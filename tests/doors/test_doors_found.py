"""What fuzzing has found at the doors, one by one."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from door_world import WISH, World, opened

from qantara.api.app import app
from qantara.api.routing import KINDS


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b'{"amount": "\\ud800"}', "account_id"),
        (json.dumps(WISH | {"fixed": "a\udfffb"}).encode(), "fixed"),
        (json.dumps(WISH | {"\ud800": "1"}).encode(), None),
    ],
    ids=["missing", "value", "name"],
)
async def test_half_a_character_is_told_as_a_wrong_field(world, body, param):
    answer = await world.post("/v1/quotes", body)
    assert (answer.status_code, answer.json().get("param")) == (400, param)


async def test_a_method_that_an_address_does_not_take_is_answered_with_those_it_takes(world):
    for path, allowed in (
        ("/v1/quotes", "POST"),
        ("/v1/remittances", "GET, POST"),
        ("/v1/webhook-endpoints/whe_x", "DELETE, GET, PATCH"),
    ):
        answer = await world.my.client.request("TRACE", path)
        assert answer.status_code == httpx.codes.METHOD_NOT_ALLOWED
        assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("kind", KINDS)
async def test_no_two_addresses_differ_only_in_the_name_of_a_part(world, kind):
    paths = app(kind, world.my.door).openapi()["paths"]
    assert len({re.sub(r"{\w+}", "{}", path) for path in paths}) == len(paths)


@pytest.mark.parametrize(
    "name", ["Bilal", " Bilal\tMalik", "\tBilal M.\n", "B\u00fb", "B\r!", "  "]
)
async def test_a_payee_may_be_called_what_the_description_says_and_nothing_else(world, name):
    shapes = app("institution", world.my.door).openapi()["components"]["schemas"]
    described = shapes["NewPayeeCheck"]["properties"]["name"]["anyOf"][0]["pattern"]
    body = {"country": "PK", "address_type": "MBNO", "address": "+923002000004", "name": name}
    answer = await world.post("/v1/payee-checks", body)
    taken = answer.status_code != httpx.codes.BAD_REQUEST
    assert taken is bool(re.search(described, name)), answer.text
