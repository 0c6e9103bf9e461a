"""An agent's counter: cash paid out and taken in on pages, each wish once, no script needed."""

import re
from collections.abc import AsyncIterator

import pytest
from cash_world import RECIPIENT, Cash, with_agent, wrong
from console_world import HOSTILE, IN_PAGE, Browser
from markupsafe import escape

from qantara.texts import Language

GIVEN = {"address_type": "ACCT", "address": "110000000001", "amount": "100.00"}
CHOSEN = {"address_type", "move"}
"""Fields whose values are chosen and not typed."""


@pytest.fixture
async def cash(servers) -> AsyncIterator[Cash]:
    async with with_agent(servers(18)) as made:
        yield made
        await made.audit()


class Counter(Browser):
    async def comes_in(self, key: str) -> str:
        answer = await self.fill("/counter/sign-in", key=key, next="/counter")
        assert answer.status_code == 303, answer.text[:3000]
        return await self.page("/counter")


async def agent(cash: Cash, language: str = "en") -> Counter:
    made = Counter(cash.world, language)
    await made.comes_in(cash.world.keys["agent"])
    return made


def _alert(page: str) -> str:
    found = re.search(r'role="alert"[^>]*>(.*?)</div>', page, re.DOTALL)
    assert found, page[:3000]
    return found[1]


async def test_nobody_but_an_agent_comes_to_a_counter(cash):
    stranger = Counter(cash.world)
    assert (await stranger.get("/counter/till")).headers["location"].startswith("/counter/sign-in")
    for who in ("ops", "aisha"):
        answer = await stranger.fill("/counter/sign-in", key=cash.world.keys[who])
        assert answer.status_code == 401
    me = await agent(cash)
    for path in ("/app", "/console", "/regulator"):
        assert (await me.get(path)).status_code == 303


async def test_an_order_is_found_and_paid_once_for_its_code_and_a_document(cash):
    order = await cash.withdrawal()
    me = await agent(cash)
    spaced = " ".join(re.findall("....", order["reference"]))
    found = await me.fill("/counter/payout", reference=spaced)
    place = found.headers["location"]
    assert place == f"/counter/payout/{order['reference']}"
    page = await me.page(place)
    assert "Pay out MYR\u00a0100.00" in page
    missed = await me.fill(place, code=wrong(order["code"]), identity="0001")
    assert missed.status_code == 422
    assert 'value="0001"' in missed.text
    assert f'value="{wrong(order["code"])}"' not in missed.text
    hidden = _hidden(await me.page(place))
    paid = await me.post(place, **hidden, code=order["code"], identity="0001")
    again = await me.post(place, **hidden, code=order["code"], identity="0001")
    assert (paid.status_code, again.status_code) == (303, 303)
    assert paid.headers["location"] == again.headers["location"]
    receipt = await me.page(paid.headers["location"])
    assert "100.00" in receipt
    assert await cash.till() == ("700.00", "0.30")
    over = await me.page(place)
    assert "It was paid before" in over
    assert 'name="code"' not in over


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(token|once)" value="([^"]+)"', page))


async def test_cash_is_credited_to_the_name_that_was_shown_and_to_no_other(cash):
    me = await agent(cash)
    asked = await me.fill("/counter/deposit", act="find", **GIVEN)
    assert asked.status_code == 200
    assert "Credit MYR\u00a0100.00 for this cash" in asked.text
    named = dict(re.findall(r'name="(named(?:_amount)?)" value="([^"]*)"', asked.text))
    assert (await cash.world.balance())["available"] == "1000.00"
    more = await me.fill("/counter/deposit", act="take", **(GIVEN | {"amount": "900.00"}), **named)
    assert "Credit MYR\u00a0900.00 for this cash" in more.text
    other = GIVEN | {"address": "110000000003"}
    assert (await me.fill("/counter/deposit", act="take", **other, **named)).status_code == 200
    assert await cash.till() == ("600.00", "0.00")
    hidden = _hidden(asked.text)
    for _ in range(2):
        taken = await me.post("/counter/deposit", **hidden, act="take", **GIVEN, **named)
        assert taken.status_code == 303, taken.text[:3000]
    assert await cash.till() == ("500.00", "0.20")
    assert (await cash.world.balance())["available"] == "1100.00"


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("/counter/payout", {"reference": "12"}, 400),
        ("/counter/payout", {"reference": HOSTILE}, 400),
        ("/counter/payout", {"reference": "0" * 12}, 404),
        ("/counter/payout", {"reference": ""}, 400),
        ("/counter/deposit", GIVEN | {"address": "119999999999"}, 422),
        ("/counter/deposit", GIVEN | {"address": HOSTILE}, 422),
        ("/counter/deposit", GIVEN | {"amount": "ten"}, 400),
        ("/counter/deposit", GIVEN | {"amount": "0"}, 400),
        ("/counter/deposit", GIVEN | {"address_type": "MOON"}, 400),
        ("/counter/till", {"move": "fly", "amount": "5.00"}, 400),
        ("/counter/till", {"move": "draw", "amount": "600.01"}, 422),
        ("/counter/till", {"move": "collect", "amount": "1.00"}, 422),
    ],
)
async def test_what_cannot_be_done_says_why_keeps_what_was_typed_and_moves_nothing(
    cash, path, said, status
):
    me = await agent(cash)
    answer = await me.fill(path, act="find", **said)
    assert (answer.status_code, bool(_alert(answer.text))) == (status, True)
    for name in said.keys() - CHOSEN:
        assert f'value="{escape(said[name])}"' in answer.text
    assert not IN_PAGE.search(answer.text)
    assert await cash.till() == ("600.00", "0.00")


async def test_the_float_is_drawn_and_filled(cash):
    me = await agent(cash)
    for move, after in (("draw", "500.00"), ("fund", "600.00")):
        done = await me.fill("/counter/till", move=move, amount="100.00")
        assert done.headers["location"] == "/counter"
        assert (await cash.till())[0] == after


@pytest.mark.parametrize("language", list(Language))
async def test_a_counter_speaks_every_language_without_script(cash, language):
    order = await cash.withdrawal()
    me = await agent(cash, language)
    paths = ("", "/payout", f"/payout/{order['reference']}", "/deposit", "/till", "/receipts")
    for path in paths:
        page = await me.page(f"/counter{path}")
        assert f'<html lang="{language}"' in page
        assert not IN_PAGE.search(page)


async def test_cash_for_somebody_without_an_account_needs_the_whole_document(cash):
    order = await cash.pickup()
    me = await agent(cash)
    place = f"/counter/payout/{order['reference']}"
    page = await me.page(place)
    assert RECIPIENT["name"] not in page
    assert "The whole number" in page
    number = RECIPIENT["identity_number"]
    missed = await me.fill(place, code=order["code"], identity=number[-4:])
    assert missed.status_code == 422
    paid = await me.fill(place, code=order["code"], identity=number)
    assert paid.status_code == 303, paid.text[:3000]
    assert await cash.till() == ("700.00", "0.50")


async def test_wrong_codes_lock_an_order_and_the_page_says_what_helps(cash):
    order = await cash.withdrawal()
    me = await agent(cash)
    place = f"/counter/payout/{order['reference']}"
    for _ in range(3):
        answer = await me.fill(place, code=wrong(order["code"]), identity="0001")
    assert "Whoever ordered it can have a new code" in answer.text
    assert 'name="code"' not in await me.page(place)
    assert await cash.till() == ("600.00", "0.00")


async def test_a_receipt_of_nobodys_is_told(cash):
    me = await agent(cash)
    assert (await me.get("/counter/receipts/rcp_nothing")).status_code == 404
    assert (await me.get("/counter/payout/000000000000")).status_code == 404
