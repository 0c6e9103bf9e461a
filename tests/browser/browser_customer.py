"""What customers do at the app, step by step, as its pages name it."""

import re

import pytest
from browser_person import Person
from playwright.async_api import Locator, expect

from qantara.world import demo

PAYMENT = re.compile(r"/app/payments/rem_[^/]+$")
PRICE = re.compile(r"/app/send/chk_[^/]+/quo_[^/]+$")
SEND = re.compile(r"^Send [A-Z]{3}")
FAMILY = "Family support"
RINGED = """(element) => {
  for (let each = element; each; each = each.parentElement)
    if (getComputedStyle(each).outlineStyle === 'solid') return true;
  return false;
}"""


async def finds_payee(me: Person, *, with_name: str = "") -> None:
    """From home to the payee's name: somebody in Pakistan, by phone."""
    await me.goes("/app")
    await me.finds("main").get_by_role("link", name="Send").click()
    await me.finds("link", re.compile("^Pakistan")).click()
    phone = demo.scenes(me.world.runtime)[0].payee.address
    await me.finds("textbox", "Number").fill(phone)
    await me.finds("textbox", "Name of the payee").fill(with_name)
    await me.finds("button", "See whose account it is").click()
    await me.page.wait_for_url(re.compile("/app/send/chk_"))


async def asks_price(me: Person, amount: str) -> None:
    await me.finds("textbox", "You pay, all fees included").fill(amount)
    await me.finds("button", "Show the price").click()
    await me.page.wait_for_url(PRICE)


async def says(me: Person, note: str, purpose: str = FAMILY) -> None:
    await me.finds("combobox", "What it is for").select_option(label=purpose)
    await me.finds("textbox", "Note to the payee").fill(note)


def received(me: Person) -> Locator:
    """The field of what arrives, on the page of the price."""
    return me.finds("textbox", re.compile("receives exactly$"))


async def has_sent(me: Person) -> None:
    """Waits until the payee has it."""
    await me.page.wait_for_url(PAYMENT)
    steps = me.finds("main").get_by_role("list").first
    await expect(steps).to_contain_text(re.compile("(?<!Then )has it$|has it\\W", re.MULTILINE))
    await expect(me.finds("main").get_by_role("listitem").last).to_contain_text("has it")


async def found_in_activity(me: Person, text: str) -> Locator:
    """The movements that a search in the activity shows."""
    await me.goes("/app/activity")
    search = me.finds("searchbox", "Search name, note, amount")
    await search.fill(text)
    await search.press("Enter")
    await me.page.wait_for_url(re.compile("[?&]q="))
    return me.finds("main").get_by_role("listitem")


async def reaches(me: Person, wanted: Locator, stops: int) -> None:
    """Tab, at most so often; what has the focus shows it."""
    await expect(wanted).to_be_visible()
    for _ in range(stops):
        await me.page.keyboard.press("Tab")
        if await wanted.evaluate("(element) => element === document.activeElement"):
            assert await wanted.evaluate(RINGED)
            return
    pytest.fail(f"{wanted} is not reached by {stops} stops of the keyboard")
