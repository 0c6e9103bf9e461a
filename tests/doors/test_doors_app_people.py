"""People in the customer's app: coming in with a PIN, joining, confirming, who they are."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from console_world import Browser
from door_world import World, opened
from identity_world import CREDENTIALS, PIN
from test_doors_app import SEND, Customer
from test_doors_domestic import checked

from qantara.access.credentials import flow as credentials
from qantara.domestic import flow as domestic
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


HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def asked(page: str) -> dict[str, str]:
    """The fields of the page's first form that nobody sees."""
    form = page[page.index('<form method="post"') :].split("</form>", maxsplit=1)[0]
    return {name: html.unescape(said) for name, said in HIDDEN.findall(form)}


async def bo_sends(me: Customer, **fields: str) -> tuple[str, str]:
    """The page that asks Bo to confirm a payment, and where its form goes."""
    place = await me.priced(account="acc_bo", **fields)
    answer = await me.post(place, **await me.form(place, **SEND, note="For school"))
    assert (answer.status_code, "Confirm and send" in answer.text) == (200, True), answer.text
    return answer.text, place


async def test_a_payment_to_somebody_new_asks_for_the_pin_and_is_made_once(world):
    me = await person(world)
    page, place = await bo_sends(me, pay="100")
    assert await world.my.count("ledger.hold") == 0
    fields = asked(page)
    assert (fields["note"], fields["purpose"], "pin" in fields) == ("For school", "FAMI", False)
    wrong = await me.post(place, **fields, pin="111222")
    assert (wrong.status_code, asked(wrong.text)["note"]) == (401, "For school")
    sent = [await me.post(place, **asked(wrong.text), pin=PIN) for _ in range(2)]
    assert {each.status_code for each in sent} == {303}
    (track,) = {each.headers["location"] for each in sent}
    assert "For school" in await me.page(f"{track}/receipt")
    assert await world.my.count("ledger.hold") == 1
    again = await me.priced(account="acc_bo", pay="100")
    answer = await me.post(again, **await me.form(again, **SEND))
    assert answer.headers["location"].startswith("/app/payments/rem_")


async def test_a_large_payment_is_confirmed_again_and_a_changed_one_is_priced_first(world):
    me = await person(world)
    page, place = await bo_sends(me, pay="300")
    changed = await me.post(place, **(asked(page) | {"pay": "400"}), pin=PIN)
    assert (changed.status_code, 'value="400.00"' in changed.text) == (200, True)
    assert await world.my.count("ledger.hold") == 0
    back = await me.post(place, **(asked(page) | {"act": "change"}))
    assert (back.status_code, "For school" in back.text) == (200, True)


async def test_a_price_that_ran_out_while_confirming_is_offered_anew(world):
    me = await person(world)
    page, place = await bo_sends(me, pay="100")
    world.clock.forward(601)
    answer = await me.post(place, **asked(page), pin=PIN)
    assert answer.status_code in {303, 409, 422}, answer.text
    assert await world.my.count("ledger.hold") == 0


async def test_the_page_that_confirms_speaks_every_language(world):
    for language in Language:
        me = await person(world, language)
        place = await me.priced(account="acc_bo", pay="100")
        answer = await me.post(place, **await me.form(place, **SEND))
        assert (answer.status_code, 'name="pin"' in answer.text) == (200, True), answer.text


async def test_inside_the_country_it_is_the_same(world):
    await world.my.do(domestic.open_books, None)
    me = await person(world)
    place = f"/app/send/{await checked(world, 'bo')}"
    shown = await me.fill(place, account="acc_bo", pay="5", act="show")
    said = {"account": "acc_bo", "pay": "5", "note": "Tea", "act": "send"}
    page = await me.post(place, **(asked(shown.text) | said))
    assert (page.status_code, 'name="pin"' in page.text) == (200, True), page.text
    twice = [me.post(place, **asked(page.text), pin=PIN) for _ in range(2)]
    sent = await asyncio.gather(*twice)
    assert {each.status_code for each in sent} == {303}, sent[0].text
    (track,) = {each.headers["location"] for each in sent}
    assert track.startswith("/app/payments/trf_")
    assert await world.my.count("domestic.transfer") == 1


async def test_whoever_came_by_key_is_not_asked(world):
    me = Customer(world)
    me.world = world
    await me.let_in(world.keys["aisha"])
    place = await me.priced(pay="300")
    answer = await me.post(place, **await me.form(place, **SEND))
    assert answer.headers["location"].startswith("/app/payments/rem_")
