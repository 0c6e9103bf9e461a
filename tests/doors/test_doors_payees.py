"""Payee checks with a name, as whoever asks meets them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from door_nodes import institution
from door_world import CHECK, World, opened
from msgspec.structs import replace

from moments import NOW
from qantara.clock import to_text


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


async def checked(
    world: World, said: str | None, shown: str | None = "BILAL M****", **headers: str
) -> dict[str, Any]:
    """What is answered to a check of Bilal Malik's account under the name said."""
    before = len(await world.my.sent("acmt.023.001.04"))
    body = CHECK if said is None else CHECK | {"name": said}
    asked = asyncio.create_task(world.post("/v1/payee-checks", body, **headers))
    sent = await world.my.waited_for("acmt.023.001.04", before + 1)
    await world.report(sent[-1], shown)
    answer = await asked
    assert answer.status_code == 201, answer.text
    assert "Bilal Malik" not in answer.text.replace(f'"name":"{said}"', "")
    return dict(answer.json())


@pytest.mark.parametrize(
    ("said", "match", "warning"),
    [
        (None, None, None),
        ("Bilal Malik", "MTCH", None),
        ("  MALIK Bilal ", "MTCH", None),
        ("Bilaal Malik", "CMTC", "payee_name_close"),
        ("Sana Qureshi", "NMTC", "payee_name_mismatch"),
    ],
)
async def test_the_name_said_is_compared_and_the_sender_told(world, said, match, warning):
    told = await checked(world, said)
    assert (told["state"], told["source"], told["match"]) == ("confirmed", "nexus", match)
    assert told["name"] == (said.strip() if said else None)
    assert (told["warning"] or {"code": None})["code"] == warning
    assert told["valid_until"] == to_text(NOW + timedelta(seconds=3600))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "is close to that of the account holder: BILAL M****."),
        ("ms", "hampir sama dengan nama pemegang akaun: BILAL M****."),
        ("fr", "proche de celui du titulaire du compte\N{NO-BREAK SPACE}: BILAL M****."),
        ("ur", "ملتا جلتا ہے"),
    ],
)
async def test_a_close_name_is_told_with_the_one_that_may_be_shown(world, language, words):
    told = await checked(world, "Bilaal Malik", accept_language=language)
    assert words in told["warning"]["text"].replace(" :", "\N{NO-BREAK SPACE}:")


async def test_a_name_that_matches_needs_none_to_be_shown(world):
    told = await checked(world, "Bilal Malik", None)
    assert (told["match"], told["display_name"], told["warning"]) == ("MTCH", None, None)


@pytest.mark.parametrize("name", ["", "   ", "Bilal\tMalik", "x" * 141, "بلال", 7])
async def test_a_name_that_cannot_travel_is_malformed(world, name):
    answer = await world.post("/v1/payee-checks", CHECK | {"name": name})
    assert answer.status_code == 400
    assert await world.my.count("payees.payee_check") == 0


async def test_the_messages_of_a_check_are_listed_and_only_to_who_may_see_it(world):
    told = await checked(world, None)
    path = f"/v1/payee-checks/{told['id']}/messages"
    letters = (await world.get(path)).json()["data"]
    assert [(each["name"], each["direction"], each["valid"]) for each in letters] == [
        ("acmt.023.001.04", "out", True),
        ("acmt.024.001.04", "in", True),
    ]
    assert {each["peer"] for each in letters} == {"duitnow"}
    assert (await world.get(path, by="bo")).status_code == 404
    assert (await world.get("/v1/payee-checks/chk_none/messages")).status_code == 404


async def test_a_check_that_is_too_old_pays_nothing(servers):
    async with opened(servers(18), replace(institution(), check_age_seconds=60)) as world:
        body = await world.yes()
        world.clock.now = NOW + timedelta(seconds=60)
        answer = await world.post("/v1/remittances", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "payee_check_expired")
        body |= {"payee_check_id": (await world.checked())["id"]}
        assert (await world.post("/v1/remittances", body)).status_code == 201
