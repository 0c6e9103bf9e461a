"""People of one institution ask each other for money, and share a bill."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browser_customer import found_in_activity
from browser_person import PHONE, Person
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
REQUEST = re.compile(r"/app/request/mrq_[^/]+$")
THIRD = "+60122000005"
"""Somebody who has an account and is not signed in anywhere."""
SPLIT = re.compile(r"/app/split/spl_[^/]+$")


@pytest_asyncio.fixture(loop_scope="session")
async def asker(person) -> Person:
    return await person("app-1", "app")


@pytest_asyncio.fixture(loop_scope="session")
async def friend(person) -> AsyncIterator[Person]:
    """Who is asked: on a phone, signed in with a PIN."""
    made = await person("app-2", "app")
    await made.resizes(PHONE)
    return made


def phone_of(me: Person, name: str) -> str:
    return me.world.key(name).split()[0]


async def asks(me: Person, of: str, amount: str, note: str) -> None:
    """From home to the page of a request that somebody else can see now."""
    await me.goes("/app")
    await me.finds("main").get_by_role("link", name="Request").click()
    await me.finds("textbox", "Phone of the person you ask").fill(phone_of(me, of))
    await me.finds("button", "Find this person").click()
    await me.finds("textbox", "How much").fill(amount)
    await me.finds("textbox", "What it is for").fill(note)
    await me.finds("button", re.compile("^Ask ")).click()
    await me.page.wait_for_url(REQUEST)


async def is_asked(me: Person, amount: str) -> None:
    """To the request's page, by the list of those that wait."""
    await me.goes("/app/request")
    await me.finds("main").get_by_role("link", name=amount).click()
    await me.page.wait_for_url(REQUEST)


async def pays(me: Person, amount: str) -> None:
    """Says yes with the PIN where one is asked for."""
    await me.finds("button", re.compile(f"^Pay .*{amount}")).click()
    paid = me.finds("link", "See the payment")
    sure = me.finds("button", re.compile(f"^Confirm and send .*{amount}"))
    await expect(paid.or_(sure)).to_be_visible()
    if await sure.count():
        await me.page.get_by_label("Your PIN").fill(me.world.key("app-2").split()[1])
        await sure.click()
    await expect(paid).to_be_visible()


async def test_somebody_asks_and_is_paid_after_a_confirmation(asker, friend):
    await asks(asker, "app-2", "23.45", "Lunch at the stall")
    await expect(asker.finds("main")).to_contain_text("Waiting")
    await friend.goes("/app")
    await friend.finds("link", re.compile("new notice")).click()
    told = friend.finds("main").get_by_role("link", name=re.compile("asks you for money"))
    await told.first.click()
    await expect(friend.finds("main")).to_contain_text("Lunch at the stall")
    await friend.finds("button", re.compile("^Pay ")).click()
    await expect(friend.finds("heading", "Confirm this payment")).to_be_visible()
    await friend.page.get_by_label("Your PIN").fill("999888")
    await friend.finds("button", re.compile("^Confirm and send")).click()
    await expect(friend.finds("alert")).to_be_visible()
    await friend.page.get_by_label("Your PIN").fill(friend.world.key("app-2").split()[1])
    await friend.finds("button", re.compile("^Confirm and send .*23.45")).click()
    await friend.page.wait_for_url(REQUEST)
    await expect(friend.finds("main")).to_contain_text("Paid")
    await friend.finds("link", "See the payment").click()
    await expect(friend.finds("main")).to_contain_text("23.45")
    await asker.page.reload()
    await expect(asker.finds("main")).to_contain_text("Paid")
    await expect(await found_in_activity(asker, "23.45")).to_have_count(1)
    await expect(await found_in_activity(friend, "23.45")).to_have_count(1)
    assert asker.faults == friend.faults[1:] == []


async def test_a_bill_is_shared_and_the_asker_sees_who_has_paid(asker, friend):
    await asker.goes("/app/more")
    await asker.finds("link", "Split a bill").click()
    await asker.finds("link", "Split a new bill").click()
    await asker.finds("textbox", "The whole bill").fill("91.01")
    await asker.finds("textbox", "What it is for").fill("Dinner for three")
    for number in (phone_of(asker, "app-2"), THIRD):
        await asker.finds("textbox", "Phone of somebody who takes part").fill(number)
        await asker.finds("button", "Add this person").click()
    await expect(asker.finds("textbox", "The whole bill")).to_have_value("91.01")
    await expect(asker.finds("textbox", "What it is for")).to_have_value("Dinner for three")
    await asker.finds("button", "Show each part").last.click()
    await asker.finds("button", re.compile("^Ask 2 people for .*60.6[78]")).click()
    await asker.page.wait_for_url(SPLIT)
    await is_asked(friend, "Dinner for three")
    amount = re.search("30[.]3[34]", await friend.finds("main").inner_text())
    assert amount
    await pays(friend, amount[0])
    await asker.page.reload()
    parts = asker.finds("main").get_by_role("listitem")
    await expect(parts.filter(has_text="Paid")).to_have_count(1)
    await parts.filter(has_text="Waiting").get_by_role("link").click()
    await asker.finds("button", "Take the request back").click()
    await asker.finds("link", "Part of a bill you split").click()
    await expect(parts.filter(has_text="Taken back")).to_have_count(1)
    assert asker.faults == friend.faults == []


async def test_what_is_declined_or_taken_back_cannot_be_paid(asker, friend):
    await asks(asker, "app-2", "24.56", "First")
    await is_asked(friend, "24.56")
    await friend.finds("button", "Say no").click()
    await expect(friend.finds("button", re.compile("^Pay "))).to_have_count(0)
    await asker.page.reload()
    await expect(asker.finds("main")).to_contain_text("Declined")
    await asks(asker, "app-2", "25.67", "Second")
    await is_asked(friend, "25.67")
    await asker.finds("button", "Take the request back").click()
    await expect(asker.finds("main")).to_contain_text("Taken back")
    await friend.finds("button", re.compile("^Pay ")).click()
    yes = friend.finds("button", re.compile("^Confirm and send"))
    if await yes.count():
        await friend.page.get_by_label("Your PIN").fill(friend.world.key("app-2").split()[1])
        await yes.click()
    await expect(friend.finds("alert")).to_be_visible()
    await expect(await found_in_activity(friend, "25.67")).to_have_count(0)


async def test_what_cannot_be_asked_is_told_where_it_was_typed(asker):
    me = asker
    await me.goes("/app/request")
    await me.finds("textbox", "Phone of the person you ask").fill("+60129999999")
    await me.finds("button", "Find this person").click()
    await expect(me.finds("alert")).to_be_visible()
    await expect(me.finds("textbox", "Phone of the person you ask")).to_have_value("+60129999999")
    await asks_nothing_yet(me)
    await expect(me.finds("alert")).to_be_visible()
    await expect(me.finds("textbox", "How much")).to_have_value("a lot")
    await expect(me.finds("textbox", "What it is for")).to_have_value("Books")


async def asks_nothing_yet(me: Person) -> None:
    await me.finds("textbox", "Phone of the person you ask").fill(phone_of(me, "app-2"))
    await me.finds("button", "Find this person").click()
    await me.finds("textbox", "How much").fill("a lot")
    await me.finds("textbox", "What it is for").fill("Books")
    await me.finds("button", re.compile("^Ask ")).click()
