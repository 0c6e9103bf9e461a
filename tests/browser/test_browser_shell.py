"""The app without a network: what was read is read again, nothing is sent, nothing stays."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browser_person import Person
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def me(machine, world) -> AsyncIterator[Person]:
    made = await Person.at(machine, world, "app")
    await made.signs_in(world.key("person"))
    yield made
    await made.leaves()


async def ready(me: Person) -> None:
    await me.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await me.page.wait_for_function("navigator.serviceWorker.controller !== null")


async def test_pages_are_read_offline_and_nothing_is_sent(me):
    await ready(me)
    await me.goes("/app/activity")
    heading = await me.finds("heading", level=1).inner_text()
    await me.goes("/app/scan")
    await me.page.get_by_label("Text of the code").fill("0002010102")
    await me.context.set_offline(True)
    await me.finds("button", "Read the code").click()
    await me.sees("it will not be sent later by itself")
    await me.goes("/app/activity")
    await expect(me.finds("heading", level=1)).to_have_text(heading)
    await me.sees("as it was when you last opened it")
    await me.goes("/app/send")
    await expect(me.finds("heading", "No connection", level=1)).to_be_visible()
    await me.context.set_offline(False)
    await me.goes("/app/activity")
    await expect(me.page.get_by_text("as it was when you last opened it")).to_be_hidden()


async def test_whoever_signs_out_leaves_nothing_to_read(me):
    await ready(me)
    await me.goes("/app/activity")
    await me.goes("/app/more")
    await me.finds("button", "Sign out").click()
    await me.page.wait_for_url(re.compile("/app/sign-in"))
    await me.context.set_offline(True)
    await me.goes("/app/activity")
    await expect(me.finds("heading", "No connection", level=1)).to_be_visible()
    await me.context.set_offline(False)
