"""People in the customer's app: coming in with a PIN, joining, confirming, who they are."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from console_world import TOKEN, Browser
from door_world import World, opened
from identity_world import CREDENTIALS, FORMS, PIN, desk
from software_authenticator import Authenticator
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
    assert (answer.status_code, "Send MYR" in answer.text) == (422, True), answer.text
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


NEW = "+60123334444"
LEGAL = {"legal_name": "Nur Contoh", "born_on": "1990-02-14"}
HOME = {"street": "12 Jalan Contoh", "town": "Ipoh"}


async def go(me: Browser, place: str, after: str, **fields: str) -> None:
    """Answer a question, and be led on to the next."""
    answer = await me.fill(f"/app/join{place}", **fields)
    there = f"/app/join/{after}"
    assert (answer.status_code, answer.headers.get("location")) == (303, there), answer.text


def _token(page: str) -> str:
    found = TOKEN.search(page)
    assert found
    return found[1]


async def begun(
    world: World, phone: str = NEW, language: str = "en", after: str = "pin"
) -> Browser:
    me = Browser(world, language)
    await go(me, "", "code", phone=phone)
    shown = re.search(r"\b[0-9]{6}\b", (await me.page("/app/join/code")).split("<main")[1])
    assert shown
    await go(me, "/code", "next", code=shown[0])
    assert (await me.get("/app/join/next")).headers["location"] == f"/app/join/{after}"
    return me


async def told(me: Browser, number: str = "900214-14-5678", **person: str) -> str:
    """Everything, question by question; the page of what can be opened."""
    await go(me, "/pin", "person", pin=PIN, pin_again=PIN)
    await go(me, "/person", "document", **(LEGAL | person))
    await go(me, "/document", "face", type="nric", number=number)
    await go(me, "/face", "home")
    await go(me, "/home", "tiers", **HOME)
    return await me.page("/app/join/tiers")


async def test_somebody_becomes_a_customer_in_every_language(world):
    for number, language in enumerate(Language):
        phone = f"+6012333444{number}"
        me = await begun(world, phone, language)
        page = await told(me, f"900214-14-567{number}")
        assert 'value="emoney"' in page
        form = {"token": _token(page), "tier": "emoney"}
        places = [(await me.post("/app/join/tiers", **form)).headers["location"] for _ in range(2)]
        assert places == ["/app/join/opened", "/app/join/ended"]
        for place in places:
            assert "/app/sign-in" in await me.page(place)
        mine = Customer(world, language)
        answer = await mine.fill("/app/sign-in", phone=phone, pin=PIN, next="/app")
        assert (answer.status_code, (await mine.get("/app")).status_code) == (303, 200)


async def test_what_cannot_be_is_told_where_it_was_typed(world):
    me = Browser(world)
    odd = await me.fill("/app/join", phone="call me")
    assert (odd.status_code, 'value="call me"' in odd.text) == (400, True)
    assert (await me.get("/app/join/person")).headers["location"] == "/app/join"
    me = await begun(world)
    for fields, status in (
        ({"pin": "123456", "pin_again": "123456"}, 422),
        ({"pin": PIN, "pin_again": "1"}, 400),
    ):
        answer = await me.fill("/app/join/pin", **fields)
        assert (answer.status_code, PIN in answer.text) == (status, False)
    urdu = await me.fill("/app/join/person", legal_name="بلال", born_on="1990-02-14")
    assert (urdu.status_code, "بلال" in urdu.text, 'name="rails_name"' in urdu.text) == (
        400,
        True,
        True,
    )
    wrong = await me.fill("/app/join/document", type="cnic", number="1")
    assert (wrong.status_code, 'value="1"' in wrong.text) == (400, True)


async def test_the_same_phone_goes_on_where_it_stopped(world):
    me = await begun(world)
    await go(me, "/pin", "person", pin=PIN, pin_again=PIN)
    await go(me, "/person", "document", **LEGAL)
    again = await begun(world, after="document")
    assert 'value="Nur Contoh"' in await again.page("/app/join/person")
    assert (await me.get("/app/join/person")).headers["location"] == "/app/join"


async def test_a_known_phone_is_told_nothing_on_the_page(world):
    said = []
    for phone in (PHONE, NEW):
        me = Browser(world)
        await go(me, "", "code", phone=phone)
        wrong = await me.fill("/app/join/code", code="000000")
        said.append((wrong.status_code, len(re.findall("<input", wrong.text))))
    assert said[0] == said[1]


async def test_a_refusal_says_why_and_what_to_do_and_can_be_put_right(world):
    me = await begun(world)
    await told(me, "900214-14-5000")
    await go(me, "/tiers", "decision", tier="emoney")
    page = await me.page("/app/join/decision")
    assert ("This was not opened" in page, "Complete the verification" in page) == (True, True)
    await go(me, "/document", "face", type="nric", number="900214-14-5001")
    await go(me, "/face", "tiers")
    await go(me, "/tiers", "decision", tier="emoney")
    assert "A person looks at it" in await me.page("/app/join/decision")
    assert (await me.get("/app/join/person")).headers["location"] == "/app/join/decision"


OTHER = "502817"


async def test_the_profile_speaks_every_language_and_for_keys_too(world):
    for language in Language:
        me = await person(world, language)
        page = await me.page("/app/profile")
        assert ("Bo Binti Contoh" in page, "012" in page or "6012" in page) == (True, True)
        assert "/app/profile" in await me.page("/app/more")
    keyed = Customer(world)
    await keyed.let_in(world.keys["aisha"])
    assert 'value="freeze"' not in await keyed.page("/app/profile")
    tried = await keyed.fill("/app/profile", act="freeze", sure="yes")
    assert (tried.status_code, (await keyed.get("/app")).status_code) == (200, 200)


async def test_a_new_pin_ends_what_the_old_one_opened_but_here(world):
    me, elsewhere = await person(world), await person(world)
    said = {"act": "pin", "pin_old": "111222", "pin": OTHER, "pin_again": OTHER}
    assert (await me.fill("/app/profile", **said)).status_code == 401
    weak = said | {"pin_old": PIN, "pin": "123456", "pin_again": "123456"}
    assert (await me.fill("/app/profile", **weak)).status_code == 422
    done = await me.fill("/app/profile", **(said | {"pin_old": PIN}))
    assert (done.status_code, done.headers["location"]) == (303, "/app/profile?done=pin")
    assert "Your PIN is changed" in await me.page("/app/profile?done=pin")
    assert (await elsewhere.get("/app")).status_code == 303
    await person(world, pin=OTHER)


async def test_out_everywhere_and_shut_out(world):
    me, elsewhere = await person(world), await person(world)
    out = await me.fill("/app/profile", act="everywhere")
    assert out.headers["location"] == "/app/sign-in"
    assert {(await each.get("/app")).status_code for each in (me, elsewhere)} == {303}
    me, elsewhere = await person(world), await person(world)
    unsure = await me.fill("/app/profile", act="freeze")
    assert (unsure.status_code, (await me.get("/app")).status_code) == (400, 200)
    await me.fill("/app/profile", act="freeze", sure="yes")
    assert (await elsewhere.get("/app")).status_code == 303
    tried = await Browser(world).fill("/app/sign-in", phone=PHONE, pin=PIN, next="/app")
    assert tried.status_code == 401


async def test_a_passkey_is_added_after_the_pin_and_removed(world):
    me = await person(world)
    assert (await me.fill("/app/profile", act="passkey", pin="111222")).status_code == 401
    page = await me.fill("/app/profile", act="passkey", pin=PIN, label="Bo's phone")
    assert page.status_code == 200, page.text
    found = re.search(r'data-options="([^"]+)"', page.text)
    assert found
    device = Authenticator()
    answer = device.create(html.unescape(found[1]))
    kept = await me.post("/app/profile", **(asked(page.text) | {"answer": answer}))
    assert (kept.status_code, kept.headers["location"]) == (303, "/app/profile?done=passkey")
    profile = await me.page("/app/profile")
    assert "Bo&#39;s phone" in profile
    passkey = re.search(r'name="passkey" value="([^"]+)"', profile)
    assert passkey
    await came_by(device, world, 303)
    gone = await me.fill("/app/profile", act="revoke", passkey=passkey[1])
    assert gone.status_code == 303
    assert "phone</bdi>" not in await me.page("/app/profile")
    await came_by(device, world, 401)


async def came_by(device: Authenticator, world: World, status: int) -> None:
    """Somebody signs in with a passkey and no phone."""
    stranger = Browser(world)
    page = await stranger.fill("/app/sign-in", act="passkey", next="/app/activity")
    found = re.search(r'data-options="([^"]+)"', page.text)
    assert found, page.text
    said = asked(page.text) | {"answer": device.get(html.unescape(found[1]))}
    answer = await stranger.post("/app/sign-in", **said)
    assert answer.status_code == status, answer.text
    if status == 303:
        assert answer.headers["location"] == "/app/activity"
        assert (await stranger.get("/app")).status_code == 200


async def test_a_customer_goes_for_the_next_tier(servers):
    terms = Terms(numbering=FORMS["PK"], show_messages=True)
    async with desk(servers(18), "PK", onboarding=terms) as bank:
        world: Any = SimpleNamespace(my=bank.place)
        first = await begun(world, bank.phone)
        await go(first, "/pin", "person", pin=PIN, pin_again=PIN)
        await go(first, "/person", "document", **LEGAL)
        await go(first, "/document", "face", type="cnic", number="35202-1234567-3")
        await go(first, "/home", "tiers", **HOME)
        await go(first, "/tiers", "opened", tier="bb_l0")
        me = Browser(world)
        await me.fill("/app/sign-in", phone=bank.phone, pin=PIN, next="/app")
        assert "level 0" in await me.page("/app/profile")
        raised = await me.fill("/app/profile", act="raise")
        assert raised.headers["location"] == "/app/join/next"
        await go(me, "/face", "tiers")
        await go(me, "/tiers", "opened", tier="bb_l1")
        assert "level 0" not in await me.page("/app/profile")
