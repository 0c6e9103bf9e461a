"""Strangers become customers, question by question, and rise from tier to tier."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browser_person import NO_WORKER, PHONE, Person
from playwright.async_api import expect

from qantara.clock import utc_now

pytestmark = pytest.mark.asyncio(loop_scope="session")
PIN, SCRIPT = "502817", "<script>document.title = 'taken'</script>"
JOIN = re.compile("/app/join/[a-z]+$")


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(machine, world) -> AsyncIterator[Person]:
    """Somebody with a phone in Lahore, whom the institution there has never seen."""
    made = await Person.at(machine, world, "app", institution="pk", **NO_WORKER)
    await made.resizes(PHONE)
    yield made
    await made.leaves()


async def answers(me: Person, after: str, **fields: str) -> None:
    """One question: what is typed by the names of its fields, and on to the next."""
    for label, said in fields.items():
        await me.page.get_by_label(label.replace("_", " "), exact=True).fill(said)
    await me.finds("button", re.compile("^(Continue|Start the check)$")).click()
    await me.page.wait_for_url(re.compile(f"/app/join/{after}$"))


async def shows_phone(me: Person, phone: str) -> None:
    """The code comes by a text message, which the demonstration shows."""
    await me.finds("textbox", "Phone number").fill(phone)
    await me.finds("button", "Send a code").click()
    message = await me.finds("status").inner_text()
    code = re.search(r"\b[0-9]{6}\b", message)
    assert code
    await me.finds("textbox", "Six digits").fill(code[0])
    await me.finds("button", "Continue").click()
    await me.page.wait_for_url(JOIN)


async def begins(me: Person, phone: str) -> None:
    await me.goes("/app/sign-in")
    await me.finds("link", "Open an account").click()
    await shows_phone(me, phone)


async def chooses_pin(me: Person) -> None:
    await answers(me, "person", New_PIN=PIN, The_same_PIN_again=PIN)


async def test_a_stranger_leaves_comes_back_and_rises_tier_by_tier(newcomer, machine, world):
    me = newcomer
    await begins(me, "+923339000001")
    await chooses_pin(me)
    await answers(me, "document", Full_name="Rida Misaal", Date_of_birth="1993-05-17")
    later = await Person.at(machine, world, "app", institution="pk", **NO_WORKER)
    await begins(later, "+923339000001")
    assert later.page.url.endswith("/join/document")
    await later.finds("textbox", "Number").fill("35202-9000001-2")
    await answers(later, "face")
    await later.finds("link", "Leave this out for now").click()
    await answers(later, "tiers", Street_and_number="4 Misaal Road", Town="Lahore")
    first = later.finds("heading", "Branchless account, level 0")
    await expect(first).to_be_visible()
    main = await later.finds("main").inner_text()
    assert "The account may hold at most" in main
    assert re.search(r"PKR\s200,000\.00", main)
    assert "SBP branchless banking regulations of July 2016" in main
    await later.finds("button", "Open this account").click()
    await expect(later.finds("heading", "Your account is open", level=1)).to_be_visible()
    await later.finds("link", "Sign in").click()
    await expect(later.finds("textbox", "Phone number")).to_have_value("+923339000001")
    await later.shows_pin("+923339000001", PIN)
    await later.page.wait_for_url(re.compile("/app$"))
    await _rises(later)
    assert me.faults == later.faults == []
    await later.leaves()


async def _rises(me: Person) -> None:
    """From the tier that stands to the next one."""
    await me.goes("/app/profile")
    await expect(me.finds("main")).to_contain_text("Branchless account, level 0")
    await expect(me.finds("main")).to_contain_text("Face check")
    await me.finds("button", "Go for this tier").click()
    await me.page.wait_for_url(JOIN)
    await expect(me.finds("heading", "Your face", level=1)).to_be_visible()
    await me.finds("button", "Start the check").click()
    await me.page.wait_for_url(re.compile("/app/join/tiers$"))
    await me.finds("button", "Open this account").first.click()
    await me.goes("/app/profile")
    await me.sees("Branchless account, level 1")


async def test_bad_answers_are_told_by_their_names_and_stay_typed(newcomer):
    me = newcomer
    await begins(me, "+923339000002")
    await me.page.get_by_label("New PIN").fill("123456")
    await me.page.get_by_label("The same PIN again").fill("123456")
    await me.finds("button", "Continue").click()
    await expect(me.finds("alert")).to_be_focused()
    await chooses_pin(me)
    await me.finds("textbox", "Full name").fill(SCRIPT)
    await me.page.get_by_label("Date of birth").fill("2090-01-31")
    await me.finds("button", "Continue").click()
    await expect(me.finds("alert")).to_contain_text("Date of birth")
    await expect(me.finds("textbox", "Full name")).to_have_value(SCRIPT)
    await expect(me.page.get_by_label("Date of birth")).to_have_value("2090-01-31")
    await me.page.get_by_label("Date of birth").fill(f"{utc_now().year - 12}-01-31")
    await me.finds("button", "Continue").click()
    await expect(me.finds("alert")).to_contain_text("Too young for this account")
    await expect(me.finds("alert")).to_contain_text("example")
    await me.page.get_by_label("Date of birth").fill("1990-01-31")
    await me.finds("button", "Continue").click()
    await me.page.wait_for_url(re.compile("/app/join/document$"))
    await me.finds("textbox", "Number").fill("12")
    await me.finds("button", "Continue").click()
    await expect(me.finds("alert")).to_be_focused()
    await expect(me.finds("textbox", "Number")).to_have_value("12")
    await me.goes("/app/join/person")
    await expect(me.finds("textbox", "Full name")).to_have_value(SCRIPT)
    assert await me.page.locator("script:not([src])").count() == 0
    assert "taken" not in await me.page.title()


async def test_a_refusal_says_why_and_can_be_put_right(newcomer):
    me = newcomer
    await begins(me, "+923339000003")
    await chooses_pin(me)
    await answers(me, "document", Full_name="Noman Misaal", Date_of_birth="1991-03-02")
    await answers(me, "face", Number="35202-9000000-0")
    await answers(me, "home")
    await answers(me, "tiers", Street_and_number="6 Misaal Road", Town="Multan")
    await me.finds("button", "Open this account").last.click()
    await expect(me.finds("heading", "This was not opened", level=1)).to_be_visible()
    await me.sees("Identity not verified")
    await me.sees("Complete the verification of identity.")
    await me.finds("link", "Your document").click()
    await answers(me, "face", Number="35202-9000004-3")
    await answers(me, "tiers")
    await me.finds("button", "Open this account").last.click()
    await expect(me.finds("heading", "Your account is open", level=1)).to_be_visible()
