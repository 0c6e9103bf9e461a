"""Customers send money across a border, as people use the app."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browser_customer import (
    FAMILY,
    PAYMENT,
    PRICE,
    SEND,
    asks_price,
    finds_payee,
    found_in_activity,
    has_sent,
    reaches,
    received,
    says,
)
from browser_person import PHONE, Person
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
STOPS = 80
SCRIPT = "<script>document.title = 'taken'</script>"


@pytest_asyncio.fixture(loop_scope="session")
async def customer(person) -> Person:
    return await person("person", "app")


@pytest_asyncio.fixture(loop_scope="session")
async def without_script(machine, world) -> AsyncIterator[Person]:
    made = await Person.at(machine, world, "app", java_script_enabled=False)
    await made.signs_in(world.key("person"))
    yield made
    await made.leaves()


async def test_money_is_sent_to_a_raast_id_from_the_quote_to_the_receipt(customer):
    me = customer
    await me.resizes(PHONE)
    await finds_payee(me)
    await me.sees("account found")
    await asks_price(me, "321.40")
    for told in ("Our fee", "Rate", "Total cost", "Guaranteed until"):
        await me.sees(re.compile(f"^{told}"))
    promised = await received(me).input_value()
    await says(me, "For the roof")
    await expect(me.finds("button", SEND)).to_have_text(re.compile(r"321\.40"))
    await me.finds("button", SEND).click()
    await has_sent(me)
    await me.finds("link", "Receipt").click()
    await expect(me.finds("heading", "Receipt", level=1)).to_be_visible()
    main = await me.finds("main").inner_text()
    assert "321.40" in main
    assert promised in main.replace(",", "")
    assert await (await found_in_activity(me, "321.40")).count() == 1
    assert me.faults == []


async def test_the_keyboard_alone_sends(customer):
    me = customer
    await me.goes("/app")
    await reaches(me, me.finds("main").get_by_role("link", name="Send"), STOPS)
    await me.page.keyboard.press("Enter")
    await reaches(me, me.finds("link", re.compile("^Pakistan")), STOPS)
    await me.page.keyboard.press("Enter")
    await reaches(me, me.finds("textbox", "Number"), STOPS)
    await me.page.keyboard.type("+923002000005")
    await me.page.keyboard.press("Enter")
    await me.page.wait_for_url(re.compile("/app/send/chk_"))
    await reaches(me, me.finds("textbox", "You pay, all fees included"), STOPS)
    await me.page.keyboard.type("212.10")
    await me.page.keyboard.press("Enter")
    await me.page.wait_for_url(PRICE)
    purpose = me.finds("combobox", "What it is for")
    await reaches(me, purpose, STOPS)
    await me.page.keyboard.type(FAMILY[:4])
    assert await purpose.input_value() == "FAMI"
    await reaches(me, me.finds("button", SEND), STOPS)
    await me.page.keyboard.press("Space")
    await has_sent(me)
    assert me.faults == []


async def test_money_is_sent_without_any_script(without_script):
    me = without_script
    await finds_payee(me)
    await asks_price(me, "150.30")
    await says(me, "No script here")
    await me.finds("button", SEND).click()
    await has_sent(me)


async def test_an_expired_price_is_offered_anew_and_nothing_typed_is_lost(customer, beside, world):
    me = customer
    await finds_payee(me)
    await asks_price(me, "187.60")
    await says(me, "School fees")
    owner = await beside.server.connect(world.runtime.world.database("my"))
    quote = me.page.url.rpartition("/")[2]
    await owner.execute("ALTER TABLE remittance.quote DISABLE TRIGGER history")
    await owner.execute("UPDATE remittance.quote SET valid_until = now() WHERE id = $1", quote)
    await owner.execute("ALTER TABLE remittance.quote ENABLE TRIGGER history")
    await owner.close()
    await me.finds("button", SEND).click()
    await expect(me.finds("alert")).to_contain_text("nothing was sent")
    await expect(me.finds("textbox", "You pay, all fees included")).to_have_value("187.60")
    await expect(me.finds("textbox", "Note to the payee")).to_have_value("School fees")
    await expect(me.finds("combobox", "What it is for")).to_have_value("FAMI")
    await me.finds("button", SEND).click()
    await has_sent(me)
    assert await (await found_in_activity(me, "187.60")).count() == 1


async def test_sending_twice_and_going_back_make_one_payment(customer):
    me = customer
    await finds_payee(me)
    await asks_price(me, "143.20")
    await says(me, "Once")
    await me.finds("button", SEND).dblclick()
    await me.page.wait_for_url(PAYMENT)
    first = me.page.url
    await has_sent(me)
    await me.page.go_back()
    again = me.finds("button", SEND)
    if await again.count():
        await again.click()
    await me.page.wait_for_url(PAYMENT)
    assert me.page.url == first
    assert await (await found_in_activity(me, "143.20")).count() == 1


async def test_a_script_in_what_was_typed_stays_text(customer):
    me = customer
    await finds_payee(me)
    await asks_price(me, "131.70")
    await says(me, SCRIPT)
    await me.finds("button", SEND).click()
    await has_sent(me)
    await me.finds("link", "Receipt").click()
    await me.sees("131.70")
    await me.goes("/app/pots")
    await me.finds("textbox", "What for").fill(SCRIPT)
    await me.finds("button", "Open the pot").click()
    await expect(me.finds("heading", level=1)).to_have_text(SCRIPT)
    assert "taken" not in (await me.page.title()).removeprefix(SCRIPT)
    assert await me.page.locator("script:not([src])").count() == 0
    assert me.faults == []
