"""A customer with a keyboard alone: in, through a payment with its confirmation, to the receipt."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browser_customer import FAMILY, PRICE, has_sent, reaches
from browser_person import NO_WORKER, Person
from playwright.async_api import Locator, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
STOPS = 60


@pytest_asyncio.fixture(loop_scope="session")
async def me(machine, world) -> AsyncIterator[Person]:
    made = await Person.at(machine, world, "app", institution="pk", **NO_WORKER)
    yield made
    await made.leaves()


async def types(me: Person, wanted: Locator, text: str) -> None:
    await reaches(me, wanted, STOPS)
    await me.page.keyboard.press("ControlOrMeta+a")
    await me.page.keyboard.type(text)


async def test_the_keyboard_alone_signs_in_confirms_and_reads_the_receipt(me, world):
    phone, pin, _name = world.keys["pk"]["app-2"].split(maxsplit=2)
    press = me.page.keyboard.press
    await me.goes("/app")
    await types(me, me.finds("textbox", "Phone number"), phone)
    await types(me, me.page.get_by_label("PIN", exact=True), "999888")
    await press("Enter")
    await expect(me.finds("alert")).to_be_focused()
    await types(me, me.page.get_by_label("PIN", exact=True), pin)
    await press("Enter")
    await me.page.wait_for_url(re.compile("/app$"))
    await reaches(me, me.finds("main").get_by_role("link", name="Send"), STOPS)
    await press("Enter")
    await reaches(me, me.finds("link", re.compile("^Malaysia")), STOPS)
    await press("Enter")
    await types(me, me.finds("textbox", "Number"), "12")
    await press("Enter")
    await expect(me.finds("alert")).to_be_focused()
    await expect(me.finds("textbox", "Number")).to_have_value("12")
    await types(me, me.finds("textbox", "Number"), "+60122000005")
    await press("Enter")
    await me.page.wait_for_url(re.compile("/app/send/chk_"))
    await types(me, me.finds("textbox", "You pay, all fees included"), "none")
    await press("Enter")
    await expect(me.finds("alert")).to_be_focused()
    await types(me, me.finds("textbox", "You pay, all fees included"), "5120.00")
    await press("Enter")
    await me.page.wait_for_url(PRICE)
    await reaches(me, me.finds("combobox", "What it is for"), STOPS)
    await me.page.keyboard.type(FAMILY[:4])
    await reaches(me, me.finds("button", re.compile("^Send PKR")), STOPS)
    await press("Space")
    await expect(me.page.get_by_label("Your PIN")).to_be_focused()
    await me.page.keyboard.type(pin)
    await press("Enter")
    await has_sent(me)
    await reaches(me, me.finds("link", "Receipt"), STOPS)
    await press("Enter")
    await expect(me.finds("heading", "Receipt", level=1)).to_be_visible()
    await expect(me.finds("main")).to_contain_text("5,120.00")
