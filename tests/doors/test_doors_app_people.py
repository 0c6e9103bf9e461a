"""People in the customer's app: coming in with a PIN, joining, confirming, who they are."""

import html
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from console_world import Browser
from door_world import World, opened
from identity_world import CREDENTIALS, PIN
from test_doors_app import Customer

from qantara.access.credentials import flow as credentials
from qantara.ids import CustomerId
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import Enrolment, Terms
from qantara.parties import flow as parties
from qantara.texts import Language

PHONE, NATIONAL = "+60123456789", "012-345 6789"
SHOWN = Terms(show_messages=True)


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18), credentials=CREDENTIALS, onboarding=SHOWN) as made:
        await enrolled(made)
        yield made


async def enrolled(world: World) -> None:
    """Bo signs in with a phone and a PIN."""
    async with world.my.door.database.read() as tx:
        (bo,) = await parties.customers(tx, [CustomerId("cus_bo")])
    hash_ = await credentials.hashed(PIN)
    await world.my.do(_enrol, Enrolment(bo, PHONE, hash_))


async def _enrol(tx: Any, _node: object, asked: Any, now: Any) -> list[Any]:
    await onboarding.enrol(tx, asked, now)
    return [None] * len(asked)


async def person(world: World, language: str = "en", pin: str = PIN) -> Customer:
    made = Customer(world, language)
    made.world = world
    answer = await made.fill("/app/sign-in", phone=NATIONAL, pin=pin, next="/app/activity")
    assert (answer.status_code, answer.headers.get("location")) == (303, "/app/activity")
    return made


async def test_a_phone_and_a_pin_open_the_app_in_every_language(world):
    for language in Language:
        me = await person(world, language)
        assert (await me.get("/app")).status_code == 200
        assert "1,000" in re.sub("\\s|\u202f", ",", await me.page("/app")).replace("1.000", "1,000")


async def test_a_wrong_pin_is_told_as_a_phone_nobody_has_and_both_lock(world):
    told = []
    for phone in (PHONE, "+60129999999"):
        stranger = Browser(world)
        said = []
        for _ in range(4):
            answer = await stranger.fill("/app/sign-in", phone=phone, pin="111222", next="/app")
            said.append((answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)))
        assert [status for status, _ in said] == [401, 401, 401, 429]
        assert "It opens again at" in said[-1][1]
        assert f'value="{phone}"' in html.unescape(answer.text)
        told.append(said)
    assert told[0] == told[1]
    locked = await Browser(world).fill("/app/sign-in", phone=PHONE, pin=PIN, next="/app")
    assert locked.status_code == 429
    world.clock.forward(CREDENTIALS.lock_seconds)
    await person(world)


async def test_a_key_still_opens_and_is_told_where_it_fails(world):
    stranger = Browser(world)
    wrong = await stranger.fill("/app/sign-in", key="key_nothing", next="/app")
    assert (wrong.status_code, "<details" in wrong.text, " open>" in wrong.text) == (
        401,
        True,
        True,
    )
    right = await stranger.fill("/app/sign-in", key=world.keys["aisha"], next="/app")
    assert right.status_code == 303
