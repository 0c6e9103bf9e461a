"""What somebody typed when their session had ended: it does nothing, and it is not lost."""

import html
import re
from collections.abc import AsyncIterator

import pytest
from console_world import WHY, Browser
from console_world import browser as staff
from door_world import World, opened
from test_doors_app import SEND, Customer

from qantara.texts import Language

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
AWAY_SECONDS = 1_000
SCRIPT = '"><script>alert(1)</script>'


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


def hidden(page: str) -> dict[str, str]:
    return {name: html.unescape(said) for name, said in HIDDEN.findall(page)}


async def customer(world: World, language: str = "en") -> Customer:
    made = Customer(world, language)
    made.world = world
    await made.let_in(world.keys["aisha"])
    return made


async def sent_too_late(world: World, me: Customer, **fields: str) -> tuple[str, str]:
    """The page of a price, and what its form gets for an answer when the session is over."""
    place = await me.priced(pay="100")
    form = await me.form(place, **(SEND | {"note": "For the roof"} | fields))
    world.clock.forward(AWAY_SECONDS)
    answer = await me.post(place, **form)
    assert (answer.status_code, 'role="status"' in answer.text) == (401, True), answer.text
    return place, answer.text


async def came_back(me: Browser, page: str, key: str, site: str = "/app") -> str:
    answer = await me.post(f"{site}/sign-in", **(hidden(page) | {"key": key}))
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return answer.text


async def test_what_was_typed_is_shown_again_after_signing_in_and_was_not_sent(world):
    me = await customer(world)
    place, door = await sent_too_late(world, me)
    assert "For the roof" in html.unescape(door)
    assert "/app/manner" not in door
    page = await came_back(me, door, world.keys["aisha"])
    assert f'action="{place}"' in page
    shown = await me.post(place, **hidden(page))
    assert (shown.status_code, 'value="For the roof"' in shown.text) == (200, True), shown.text
    assert await world.my.count("ledger.hold") == 0


async def test_a_wrong_key_in_between_loses_nothing_and_secrets_are_not_kept(world):
    me = await customer(world)
    place, door = await sent_too_late(world, me, pin="502817", note=SCRIPT)
    assert "502817" not in door
    assert SCRIPT not in door
    wrong = await me.post("/app/sign-in", **(hidden(door) | {"key": "key_nothing"}))
    assert wrong.status_code == 401
    page = await came_back(me, wrong.text, world.keys["aisha"])
    assert hidden(page)["note"] == SCRIPT
    assert SCRIPT not in page
    assert SCRIPT not in (await me.post(place, **hidden(page))).text


async def test_somebody_else_who_signs_in_there_is_shown_nothing_of_it(world):
    me = await customer(world)
    _place, door = await sent_too_late(world, me)
    answer = await me.post("/app/sign-in", **(hidden(door) | {"key": world.keys["bo"]}))
    assert answer.status_code == 303
    assert "For the roof" not in answer.text


async def test_what_was_no_form_of_this_browser_is_not_kept(world):
    me = await customer(world)
    place = await me.priced(pay="100")
    world.clock.forward(AWAY_SECONDS)
    for one in (me, Browser(world)):
        answer = await one.post(place, token="0" * 64, note="Theirs", **SEND)
        assert (answer.status_code, "Theirs" in answer.text) == (401, False)
    odd = {"kept": '{"path": "https://elsewhere.example/", "fields": {}}'}
    for kept in (odd, {"kept": "{"}, {"kept": '{"path": "/console", "fields": {}}'}):
        answer = await Browser(world).fill("/app/sign-in", key=world.keys["aisha"], **kept)
        assert (answer.status_code, answer.headers.get("location")) == (303, "/app")


async def test_what_is_too_long_to_keep_is_told_and_shown_again_once_signed_in(world):
    me = await customer(world)
    place = await me.priced(pay="100")
    form = await me.form(place, **(SEND | {"note": "x" * 60_000}))
    world.clock.forward(AWAY_SECONDS)
    answer = await me.post(place, **form)
    assert (answer.status_code, "session has ended" in answer.text) == (401, True)
    assert "x" * 100 not in answer.text
    await me.let_in(world.keys["aisha"])
    reloaded = await me.http.post(place, data=form, headers={"sec-fetch-site": "same-origin"})
    assert (reloaded.status_code, "x" * 60_000 in reloaded.text) == (403, True)


async def test_a_form_from_before_signing_in_anew_is_shown_again(world):
    me = await customer(world)
    place = await me.priced(pay="100")
    form = await me.form(place, **(SEND | {"note": "From the other window"}))
    await me.let_in(world.keys["aisha"])
    ours = {"sec-fetch-site": "same-origin"}
    answer = await me.http.post(place, data=form, headers=ours)
    assert answer.status_code == 403
    shown = await me.post(place, **hidden(answer.text))
    assert 'value="From the other window"' in shown.text
    theirs = await me.http.post(place, data=form, headers={"sec-fetch-site": "same-site"})
    assert (theirs.status_code, "other window" in theirs.text) == (403, False)
    assert await world.my.count("ledger.hold") == 0


@pytest.mark.parametrize("language", list(Language))
async def test_staff_find_their_words_again_in_every_language(world, language):
    made = await world.remitted()
    me = await staff(world, "maker", language)
    place = f"/console/reviews/{made['id']}"
    token = hidden(await me.page("/console/reviews"))["token"]
    world.clock.forward(AWAY_SECONDS)
    answer = await me.post(place, token=token, once="x", verdict="release", **WHY)
    assert answer.status_code == 401
    page = await came_back(me, answer.text, world.keys["maker"], "/console")
    assert hidden(page)["legal_reason"] == WHY["legal_reason"]
    assert await world.my.count("access.proposal") == 0
