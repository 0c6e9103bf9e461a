"""What goes wrong while people send: signed out, two windows, a line that is cut, another site."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from browser_customer import (
    PAYMENT,
    PRICE,
    SEND,
    asks_price,
    finds_payee,
    found_in_activity,
    has_sent,
    says,
)
from browser_person import NO_WORKER, Person
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
AWAY = """UPDATE web.session SET seen_at = seen_at - interval '1 hour',
 opened_at = opened_at - interval '1 hour'
 WHERE opened_at = (SELECT max(opened_at) FROM web.session WHERE site = 'app')"""
ELSEWHERE = "http://elsewhere.example/"


@pytest_asyncio.fixture(loop_scope="session")
async def me(machine, world) -> AsyncIterator[Person]:
    """A customer in a browser of their own, whose session can end without ending another's."""
    made = await Person.at(machine, world, "app", **NO_WORKER)
    await made.signs_in(world.key("person"))
    yield made
    await made.leaves()


async def priced(me: Person, amount: str, note: str) -> None:
    await finds_payee(me)
    await asks_price(me, amount)
    await says(me, note)


async def signed_out(me: Person, beside) -> None:
    """As after an hour in which nothing happened."""
    owner = await beside.server.connect(me.world.runtime.world.database("my"))
    try:
        await owner.execute(AWAY)
    finally:
        await owner.close()


async def sent_once(me: Person, amount: str) -> None:
    await expect(await found_in_activity(me, amount)).to_have_count(1)


async def test_a_session_that_ended_in_a_form_loses_nothing_and_sends_nothing(me, beside, world):
    await priced(me, "161.10", "For the well")
    await signed_out(me, beside)
    await me.finds("button", SEND).click()
    await expect(me.finds("status").first).to_contain_text("nothing was sent")
    await me.page.get_by_text("Sign in with a key").click()
    await me.page.get_by_label("Your key").fill(world.key("person"))
    await me.finds("button", "Sign in with this key").click()
    await expect(me.finds("heading", "What you typed is still here", level=1)).to_be_visible()
    await me.finds("button", "Show what I typed").click()
    await me.page.wait_for_url(PRICE)
    await expect(me.finds("textbox", "Note to the payee")).to_have_value("For the well")
    await expect(me.finds("combobox", "What it is for")).to_have_value("FAMI")
    await me.finds("button", SEND).click()
    await has_sent(me)
    await sent_once(me, "161.10")


async def test_signing_in_anew_in_another_tab_leaves_the_form_of_the_first(me, beside, world):
    await priced(me, "162.20", "For the gate")
    first = me.page
    await signed_out(me, beside)
    me.page = await me.context.new_page()
    await me.signs_in(world.key("person"))
    await me.page.close()
    me.page = first
    await me.finds("button", SEND).click()
    await me.finds("button", "Show what I typed").click()
    await expect(me.finds("textbox", "Note to the payee")).to_have_value("For the gate")
    await me.finds("button", SEND).click()
    await has_sent(me)
    await sent_once(me, "162.20")


async def test_two_tabs_with_the_same_price_make_one_payment(me):
    await priced(me, "163.30", "Twice open")
    first, second = me.page, await me.context.new_page()
    me.page = second
    await me.goes(re.sub(r"^https?://[^/]+", "", first.url))
    await says(me, "Twice open")
    await me.finds("button", SEND).click()
    await has_sent(me)
    made = second.url
    me.page = first
    await me.finds("button", SEND).click()
    await me.page.wait_for_url(PAYMENT)
    assert me.page.url == made
    await sent_once(me, "163.30")


class Line:
    """What stands between a browser and an institution; once `cut`, a form still arrives and its
    answer does not.
    """

    def __init__(self, address: str) -> None:
        self.to, self.cut = urlsplit(address), False

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        """The address at which it listens."""
        async with await asyncio.start_server(self._carry, "127.0.0.1", 0) as listening:
            yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"

    async def _carry(self, browser: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        answer, onward = await asyncio.open_connection(self.to.hostname, self.to.port)
        there = asyncio.create_task(self._there(browser, onward))
        while chunk := await answer.read(65_536):
            if self.cut:
                break
            back.write(chunk)
            await back.drain()
        there.cancel()
        for end in (back, onward):
            end.close()

    async def _there(self, browser: asyncio.StreamReader, onward: asyncio.StreamWriter) -> None:
        while chunk := await browser.read(65_536):
            onward.write(chunk)
            await onward.drain()
        onward.write_eof()


async def test_a_line_cut_after_the_yes_is_told_and_makes_one_payment(machine, world):
    line = Line(world.address)
    async with line.opened() as address:
        me = await Person.at(machine, world, "app", base_url=address)
        await me.signs_in(world.key("person"))
        await me.page.wait_for_function("navigator.serviceWorker.controller !== null")
        await priced(me, "164.40", "On a train")
        price = re.sub(r"^https?://[^/]+", "", me.page.url)
        line.cut = True
        await me.finds("button", SEND).click()
        await expect(me.finds("heading", "No connection", level=1)).to_be_visible()
        await me.sees("cannot know whether it arrived")
        line.cut = False
        await sent_once(me, "164.40")
        await me.goes(price)
        await me.page.wait_for_url(PAYMENT)
        await has_sent(me)
        await sent_once(me, "164.40")
        await me.leaves()


async def test_another_site_sends_nothing_in_somebodys_name(me):
    await priced(me, "165.50", "Mine alone")
    action = me.page.url
    token = await me.page.locator("input[name=token]").first.input_value()
    hidden = {"act": "send", "note": "Theirs", "purpose": "FAMI", "token": token}
    fields = "".join(f"<input name={name} value={said}>" for name, said in hidden.items())
    form = f"<form method=post action='{action}'>{fields}<button>Win</button></form>"

    async def theirs(route) -> None:
        await route.fulfill(content_type="text/html", body=form)

    other = await me.context.new_page()
    await other.route(ELSEWHERE, theirs)
    await other.goto(ELSEWHERE)
    await other.get_by_role("button", name="Win").click()
    await expect(other.get_by_role("heading", level=1)).to_have_text("Your session has ended")
    await expect(other.get_by_text("Theirs")).to_have_count(0)
    await other.close()
    await me.finds("button", SEND).click()
    await has_sent(me)
    await sent_once(me, "165.50")


async def test_a_note_of_ten_thousand_letters_is_told_and_kept(me):
    await priced(me, "166.60", "short")
    note = me.finds("textbox", "Note to the payee")
    await note.evaluate("(field) => field.removeAttribute('maxlength')")
    await note.fill("n" * 10_000)
    await me.finds("button", SEND).click()
    await expect(me.finds("alert")).to_be_focused()
    await expect(me.finds("alert")).to_contain_text("Note to the payee")
    assert len(await note.input_value()) == 10_000
    await note.fill("short")
    await me.finds("button", SEND).click()
    await has_sent(me)
    await sent_once(me, "166.60")
