"""A passkey in a real browser, held by Chromium's own virtual authenticator: made in the profile,
used to come in, and to confirm a payment; a wrong one pays nothing and loses nothing.
"""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from browser_customer import SEND, asks_price, finds_payee, found_in_activity, has_sent, says
from browser_person import Person
from playwright.async_api import CDPSession, async_playwright, expect

from conftest import FLAGS, NO_WORKER, chromium
from qantara.world.staged import AT, Staged

pytestmark = pytest.mark.asyncio(loop_scope="session")
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
OTHER_QUESTION = """(element) => {
  const asked = JSON.parse(element.dataset.options);
  asked.challenge = "A".repeat(asked.challenge.length);
  element.dataset.options = JSON.stringify(asked);
}"""


class Device:
    """What holds a person's passkeys, and asks them for a finger."""

    def __init__(self, line: CDPSession, name: str) -> None:
        self._line, self._name = line, name

    @classmethod
    async def of(cls, me: Person) -> "Device":
        line = await me.context.new_cdp_session(me.page)
        await line.send("WebAuthn.enable")
        made = await line.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        return cls(line, made["authenticatorId"])

    async def tell(self, act: str, **more: Any) -> Any:
        return await self._line.send(f"WebAuthn.{act}", {"authenticatorId": self._name} | more)


@pytest_asyncio.fixture(loop_scope="session")
async def me(world: Staged) -> AsyncIterator[Person]:
    """A browser that knows the institution by the name and port its passkeys belong to, wherever
    its door is in these tests.
    """
    port = world.runtime.roles[AT].spec.port
    found = urlsplit(world.runtime.addresses[AT]).port
    way = f"--host-resolver-rules=MAP localhost:{port} 127.0.0.1:{found}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, way])
        yield await Person.at(
            browser, world, "app", base_url=f"http://localhost:{port}", **NO_WORKER
        )
        await browser.close()


async def comes_in(me: Person) -> str:
    """With phone and PIN; the PIN."""
    phone, pin, _ = me.world.key("app-1").split(" ", 2)
    await me.goes("/app/sign-in")
    await me.finds("textbox", "Phone number").fill(phone)
    await me.page.get_by_label("PIN", exact=True).fill(pin)
    await me.finds("button", "Sign in", exact=True).click()
    await me.page.wait_for_url(re.compile(r"/app$"))
    return pin


async def makes_passkey(me: Person, pin: str) -> None:
    await me.goes("/app/profile")
    await me.page.get_by_text("Add a passkey").first.click()
    await me.finds("textbox", "A name for it (this phone, say)").fill("My phone")
    await me.page.get_by_label("Your PIN", exact=True).first.fill(pin)
    await me.finds("button", "Add a passkey").click()
    await me.finds("button", "Make the passkey").click()
    await me.page.wait_for_url(re.compile(r"/app/profile\?done=passkey$"))
    await me.sees("My phone")


async def is_asked(me: Person, amount: str, note: str) -> None:
    """Up to the page that asks for the confirmation."""
    await finds_payee(me)
    await asks_price(me, amount)
    await says(me, note)
    await me.finds("button", SEND).click()
    await expect(me.finds("heading", "Confirm this payment", level=1)).to_be_visible()


async def test_a_passkey_opens_the_app_and_confirms_what_it_signs(me):
    device = await Device.of(me)
    await makes_passkey(me, await comes_in(me))
    await me.finds("button", "Sign out everywhere").click()
    await me.page.wait_for_url(re.compile("/app/sign-in"))
    await me.finds("button", "Sign in with a passkey").click()
    await me.finds("button", "Use my passkey").click()
    await me.page.wait_for_url(re.compile(r"/app$"))

    await is_asked(me, "123.45", "For the well")
    await me.sees(re.compile(r"Your passkey signs MYR\s123\.45 to "))
    assert await me.judged() == []
    await device.tell("setUserVerified", isUserVerified=False)
    await me.finds("button", "Confirm with passkey").click()
    await expect(me.finds("alert")).to_contain_text("nothing was sent")
    await device.tell("setUserVerified", isUserVerified=True)
    await me.page.locator("q-passkey").evaluate(OTHER_QUESTION)
    await me.finds("button", "Confirm with passkey").click()
    await expect(me.finds("alert").first).to_contain_text("Another payment was confirmed")
    assert await (await found_in_activity(me, "123.45")).count() == 0

    await is_asked(me, "123.45", "For the well")
    await me.finds("button", "Confirm with passkey").click()
    await has_sent(me)
    assert await (await found_in_activity(me, "123.45")).count() == 1
