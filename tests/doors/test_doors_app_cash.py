"""Cash, topping up and the simulated phone, as a browser without script meets them."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cash_world import IDENTITY, RECIPIENT, Cash, with_agent
from console_world import Browser
from door_nodes import customer as person
from door_world import settle
from msgspec.structs import replace
from ussd_world import ASKED_INSIDE, PHONE, PIN, answered_inside, enrolled

from qantara.access.model import Role
from qantara.texts import Language

OWN = {
    "address_type": "ACCT",
    "address": "220000000002",
    "agent_bic": "BATKMYK0",
    "label": "Salary",
    "act": "save",
}
PLACES = ("/cash", "/cash/withdraw", "/cash/send", "/topup", "/ussd", "/more")
CODE = re.compile(r'<p class="secret"><bdi class="code" dir="ltr">([0-9]{6})</bdi>')
REFERENCE = re.compile(r"\b[0-9]{12}\b")


@pytest.fixture
async def cash(servers) -> AsyncIterator[Cash]:
    async with with_agent(servers(18)) as made:
        yield made
        await made.audit()


async def customer(cash: Cash, language: str = "en", name: str = "aisha") -> Browser:
    me = Browser(cash.world, language)
    answer = await me.fill("/app/sign-in", key=cash.world.keys[name], next="/app")
    assert answer.status_code == 303, answer.text
    return me


async def ordered(me: Browser, path: str = "/app/cash/withdraw", **fields: str) -> str:
    """The page of an order just made; the price was shown before."""
    wanted = {"account": "acc_aisha", "pay": "100"} | fields
    priced = await me.fill(path, act="show", **wanted)
    assert priced.status_code == 200, priced.text[:2000]
    assert 'name="named" value="100.00"' in priced.text
    made = await me.fill(path, act="order", named="100.00", **wanted)
    assert made.status_code == 200, made.text[:2000]
    return made.text


def told(page: str) -> dict[str, Any]:
    code, reference = CODE.search(page), REFERENCE.search(re.sub("<wbr>|\u200b", "", page))
    assert code, page[:4000]
    assert reference, page[:4000]
    return {"code": code[1], "reference": reference[0]}


def place_of(page: str) -> str:
    found = re.search(r'action="(/app/cash/orders/cso_[0-9A-Za-z]+)"', page)
    assert found, page[:4000]
    return found[1]


@pytest.mark.parametrize("language", list(Language))
async def test_every_page_stands_in_every_language(cash, language):
    me = await customer(cash, language)
    for path in PLACES:
        page = await me.page(f"/app{path}")
        assert f'<html lang="{language}"' in page
    page = await ordered(me)
    assert CODE.search(page)
    shown = await me.page(place_of(page))
    assert not CODE.search(shown)


async def test_a_withdrawal_shows_its_price_first_and_its_code_once(cash):
    me = await customer(cash)
    priced = await me.fill("/app/cash/withdraw", act="show", account="acc_aisha", pay="100")
    assert "1.00" in priced.text
    assert "101.00" in priced.text
    assert "Example" in priced.text
    assert await cash.world.my.count("agents.cash_order") == 0
    page = await ordered(me)
    receipt = await cash.redeem(told(page), IDENTITY)
    assert receipt.status_code == 201, receipt.text
    assert "Paid" in await me.page(place_of(page))
    slip = await me.page(f"/app/cash/receipts/{receipt.json()['id']}")
    assert "Kedai Contoh" in slip


async def test_a_form_sent_twice_orders_once_and_tells_the_code_once(cash):
    me = await customer(cash)
    page = await me.page("/app/cash/withdraw")
    hidden = dict(re.findall(r'name="(token|once)" value="([^"]+)"', page))
    said = hidden | {"account": "acc_aisha", "pay": "100", "act": "order", "named": "100.00"}
    first = await me.post("/app/cash/withdraw", **said)
    second = await me.post("/app/cash/withdraw", **said)
    assert CODE.search(first.text)
    assert not CODE.search(second.text)
    assert "The code was shown before" in second.text
    assert await cash.world.my.count("agents.cash_order") == 1


async def test_cash_for_a_person_is_cancelled_or_its_code_renewed(cash):
    me = await customer(cash)
    whom = {k: str(v) for k, v in RECIPIENT.items()}
    page = await ordered(me, "/app/cash/send", **whom)
    place, old = place_of(page), told(page)
    renewed = await me.fill(place, act="renew")
    assert told(renewed.text)["code"] != old["code"]
    assert (await cash.redeem(old, RECIPIENT["identity_number"])).status_code == 422
    gone = await me.fill(place, act="cancel")
    assert "Cancelled" in gone.text
    assert "1,000.00" in await me.page("/app")
    again = await me.post(place, **dict(re.findall(r'name="(token)" value="([^"]+)"', page)))
    assert again.status_code == 400


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"pay": "0"}, 400),
        ({"pay": ""}, 400),
        ({"pay": "100000", "act": "order", "named": "100000.00"}, 422),
        ({"pay": "100", "act": "order", "named": "100.00", "account": "acc_bo"}, 404),
    ],
)
async def test_what_cannot_be_ordered_is_told_and_holds_nothing(cash, fields, status):
    me = await customer(cash)
    answer = await me.fill(
        "/app/cash/withdraw", **({"account": "acc_aisha", "act": "show"} | fields)
    )
    assert answer.status_code == status, answer.text[:3000]
    assert await cash.world.my.count("agents.cash_order") == 0


async def test_nobody_sees_the_orders_of_another(cash):
    order = await cash.withdrawal()
    other = Browser(cash.world)
    await other.fill("/app/sign-in", key=cash.world.keys["bo"], next="/app")
    assert (await other.get(f"/app/cash/orders/{order['id']}")).status_code == 404


async def test_the_way_to_pay_in_and_back_to_an_own_account(cash):
    me = await customer(cash)
    page = await me.page("/app/topup")
    assert "Aisha Binti Contoh" in page
    made = await asked(cash, me, "/app/topup", OWN, holder="Aisha Binti Contoh")
    assert made.status_code == 303, made.text[:3000]
    own = re.search(r'href="(/app/topup/own_[0-9A-Za-z]+)"', await me.page("/app/topup"))
    assert own
    wish = {"account": "acc_aisha", "pay": "40", "act": "show"}
    priced = await asked(cash, me, own[1], wish, holder="Aisha Binti Contoh")
    check = re.search(r'name="check" value="([^"]+)"', priced.text)
    assert check, priced.text[:3000]
    yes = {"account": "acc_aisha", "pay": "40", "named": "40.00", "check": check[1], "act": "send"}
    sent = await me.fill(own[1], **yes)
    assert sent.headers.get("location", "").startswith("/app/payments/"), sent.text[:3000]
    again = await me.fill(own[1], **yes)
    assert again.headers["location"] == sent.headers["location"]
    assert await cash.world.my.count("domestic.transfer") == 1
    gone = await me.fill(own[1], "/app/topup", account=own[1].rpartition("/")[2], act="forget")
    assert gone.status_code == 303
    assert (await me.get(own[1])).status_code == 404


async def test_an_own_account_is_asked_to_pay_in_once(cash):
    me = await customer(cash)
    await asked(cash, me, "/app/topup", OWN, holder="Aisha Binti Contoh")
    own = re.search(r'href="(/app/topup/own_[0-9A-Za-z]+)"', await me.page("/app/topup"))
    assert own
    odd = await me.fill(own[1], account="acc_aisha", wanted="forty", act="ask")
    assert (odd.status_code, 'value="forty"' in odd.text) == (400, True)
    wish = {"account": "acc_aisha", "wanted": "40", "act": "ask", "once": "once_1"}
    made = await asked(cash, me, own[1], wish, holder="Aisha Binti Contoh")
    again = await me.fill(own[1], **wish)
    assert (made.headers["location"], again.headers["location"]) == (own[1], own[1])
    page = await me.page(own[1])
    assert page.count("Sent to its bank") == 1
    assert "40.00" in page
    assert await cash.world.my.count("domestic.request") == 1
    for language in Language:
        assert own[1] in await (await customer(cash, language)).page(own[1])


async def asked(cash: Cash, me: Browser, path: str, fields: dict[str, str], holder: str) -> Any:
    """A form whose payee check is answered meanwhile."""
    before = len(await cash.world.my.sent(ASKED_INSIDE))
    asking = asyncio.create_task(me.fill(path, **fields))
    question = (await cash.world.my.waited_for(ASKED_INSIDE, before + 1))[-1]
    await answered_inside(cash.world, question, holder, holder)
    return await asking


async def test_the_simulated_phone_talks_through_the_same_door(cash):
    await numbered(cash)
    me = await customer(cash, name="siti")
    assert "This is a simulator" in await me.page("/app/ussd")
    page = await me.page("/app/ussd")
    screen = await typed(me, page, act="dial")
    assert "1. Baki" in screen
    for word in ("5", "1", "1"):
        screen = await typed(me, screen, word=word)
    assert "Your PIN" in screen
    assert "MYR 1000.00" in await typed(me, screen, word=PIN)
    assert await cash.world.my.count("ussd.session") == 1


async def typed(me: Browser, page: str, **fields: str) -> str:
    hidden = dict(re.findall(r'name="(token|once|session|text)" value="([^"]*)"', page))
    answer = await me.post(
        "/app/ussd", **({k: html.unescape(v) for k, v in hidden.items()} | fields)
    )
    assert answer.status_code == 200, answer.text[:3000]
    return answer.text


async def numbered(cash: Cash) -> None:
    """A customer with a phone, by which she signs in."""
    found, account = person("Siti", 4)
    siti = replace(found, phone=PHONE)
    await cash.world.my.do(settle, [(siti, account)])
    await enrolled(cash.world, siti, PHONE)
    cash.world.keys["siti"] = await cash.world.my.key("siti", Role.CUSTOMER, siti.id)
