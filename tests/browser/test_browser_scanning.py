"""Payment codes at the app: one's own is shown, another's is read and paid, a bad one is told."""

import io
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import segno
from browser_customer import SEND, found_in_activity, has_sent, received
from browser_person import Person
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOSTILE = (
    "javascript:alert(document.cookie)",
    "<img src=x onerror=alert(1)>",
    "00020101021126990014<script>alert(1)</script>",
    "A" * 512,
)


@pytest_asyncio.fixture(loop_scope="session")
async def abroad(machine, world) -> AsyncIterator[Person]:
    """A customer of the French institution."""
    made = await Person.at(machine, world, "app", institution="fr")
    await made.signs_in(world.keys["fr"]["person"])
    yield made
    await made.leaves()


def drawn(text: str) -> bytes:
    held = io.BytesIO()
    segno.make_qr(text).save(held, kind="png", scale=6)
    return held.getvalue()


async def test_a_duitnow_code_is_paid_in_euro_and_exactly_its_amount_arrives(person, abroad):
    payee = await person("person", "app")
    await payee.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await payee.goes("/app/scan")
    await payee.finds("link", "Show my own code").click()
    await payee.finds("textbox", "Amount in MYR").fill("45.67")
    await payee.finds("button", "Make the code").click()
    await expect(payee.finds("img", re.compile("^Payment code, .*DuitNow"))).to_be_visible()
    await payee.page.get_by_text("The code as text").click()
    await payee.finds("button", "Copy").click()
    code = await payee.page.evaluate("navigator.clipboard.readText()")
    await abroad.finds("link", "Scan").first.click()
    await abroad.finds("textbox", "Text of the code").fill(code)
    await abroad.finds("button", "Read the code").click()
    await abroad.sees("45.67")
    await abroad.finds("button", "Check who is paid").click()
    await abroad.page.wait_for_url(re.compile("/app/send/chk_"))
    await expect(received(abroad)).to_have_value("45.67")
    await abroad.finds("button", "Show the price").click()
    await expect(received(abroad)).to_have_value("45.67")
    await abroad.finds("combobox", "What it is for").select_option(label="Goods")
    await expect(abroad.finds("button", SEND)).to_contain_text("EUR")
    await abroad.finds("button", SEND).click()
    await has_sent(abroad)
    await expect(await found_in_activity(payee, "45.67")).to_have_count(1)
    assert payee.faults == abroad.faults == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_code_is_told_and_does_nothing(person, text):
    me = await person("person", "app")
    await me.goes("/app/scan")
    await me.finds("textbox", "Text of the code").fill(text)
    await me.finds("button", "Read the code").click()
    await expect(me.finds("alert")).to_contain_text("cannot be read")
    await me.goes("/app/scan")
    picture = {"name": "code.png", "mimeType": "image/png", "buffer": drawn(text)}
    await me.page.get_by_label("Picture of the code").set_input_files(picture)
    await me.finds("button", "Read the code").click()
    await expect(me.finds("alert")).to_contain_text("cannot be read")
    assert await me.page.locator("img[src=x], script:not([src])").count() == 0


async def test_a_file_that_is_no_picture_is_told(person):
    me = await person("person", "app")
    await me.goes("/app/scan")
    file = {"name": "code.png", "mimeType": "image/png", "buffer": b"%PDF-1.7 not a picture"}
    await me.page.get_by_label("Picture of the code").set_input_files(file)
    await me.finds("button", "Read the code").click()
    await expect(me.finds("alert")).to_contain_text("Not a picture that can be read")
    await expect(me.finds("button", "Read the code")).to_be_visible()
