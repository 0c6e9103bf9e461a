"""Script in what people type is text wherever it is shown, to them and to staff."""

import re

import pytest
from browser_customer import PAYMENT, SEND, asks_price, finds_payee, found_in_activity, says
from browser_person import NO_WORKER, Person
from playwright.async_api import expect
from test_browser_joining import PIN, SCRIPT, answers, begins, chooses_pin

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOTE = "\"><img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
SHORT = '"><img src=x onerror=alert(1)>'
AMOUNT = "1234.00"


async def stays_text(me: Person, text: str = NOTE) -> None:
    """It is there to be read, and nothing of it has become part of the page."""
    await expect(me.page.get_by_text(text).first).to_be_visible()
    await runs_nowhere(me)


async def runs_nowhere(me: Person) -> None:
    assert await me.page.locator("img[src=x], script:not([src])").count() == 0
    assert not (await me.page.title()).startswith("taken")
    assert me.faults == []


async def test_a_note_stays_text_for_the_payer_and_for_staff(person):
    me, staff = await person("person", "app"), await person("compliance")
    await finds_payee(me)
    await asks_price(me, AMOUNT)
    await says(me, NOTE)
    await me.finds("button", SEND).click()
    await me.page.wait_for_url(PAYMENT)
    await me.sees("Held for a person to look at")
    payment = me.page.url.rpartition("/")[2]
    await stays_text(me)
    await me.finds("link", "Receipt").click()
    await me.page.wait_for_url(re.compile("/receipt$"))
    await stays_text(me)
    await me.goes(f"/app/disputes/new?about={payment}")
    await me.finds("radio", "Something else").check()
    await me.finds("textbox", "In your words").fill(NOTE)
    await me.finds("button", "Send the dispute").click()
    await me.page.wait_for_url(re.compile("/app/disputes/dis_"))
    await stays_text(me)
    dispute = me.page.url.rpartition("/")[2]
    for path in (f"/console/payments/{payment}", f"/console/disputes/{dispute}"):
        await staff.goes(path)
        await stays_text(staff)
    await staff.goes(f"/console/reviews/{payment}")
    await runs_nowhere(staff)
    await staff.goes("/console/events")
    await runs_nowhere(staff)


async def test_a_request_and_a_search_stay_text(person):
    asker, friend = await person("app-1", "app"), await person("app-2", "app")
    await asker.goes("/app/request")
    await asker.finds("textbox", "Phone of the person you ask").fill(
        asker.world.key("app-2").split()[0]
    )
    await asker.finds("button", "Find this person").click()
    await asker.finds("textbox", "How much").fill("7.77")
    await asker.finds("textbox", "What it is for").fill(NOTE)
    await asker.finds("button", re.compile("^Ask ")).click()
    await asker.page.wait_for_url(re.compile("/app/request/mrq_"))
    await stays_text(asker)
    for path in ("/app/request", "/app/notices"):
        await friend.goes(path)
        await runs_nowhere(friend)
    await found_in_activity(asker, SHORT)
    await runs_nowhere(asker)
    await expect(asker.finds("searchbox")).to_have_value(SHORT)


async def test_a_search_of_staff_stays_text(person):
    staff = await person("compliance")
    await staff.goes("/console")
    await staff.finds("searchbox").fill(SHORT)
    await staff.finds("searchbox").press("Enter")
    await staff.page.wait_for_url(re.compile("/console/search"))
    assert await staff.page.locator("img[src=x], script:not([src])").count() == 0
    await expect(staff.page.get_by_text(SHORT).first).to_be_visible()


async def test_a_name_stays_text_for_whoever_bears_it_and_for_staff(machine, world):
    phone = "+923339000005"
    me = await Person.at(machine, world, "app", institution="pk", **NO_WORKER)
    await begins(me, phone)
    await chooses_pin(me)
    await answers(me, "document", Full_name=SCRIPT, Date_of_birth="1992-04-05")
    await answers(me, "face", Number="35202-9000005-6")
    await me.finds("link", "Leave this out for now").click()
    await answers(me, "tiers", Street_and_number=SCRIPT, Town="Lahore")
    await me.finds("button", "Open this account").click()
    await me.finds("link", "Sign in").click()
    await me.shows_pin(phone, PIN)
    await me.page.wait_for_url(re.compile("/app$"))
    await runs_nowhere(me)
    await me.goes("/app/profile")
    await stays_text(me, SCRIPT)
    for path in ("/app/more", "/app/receive", "/app/code", "/app/topup"):
        await me.goes(path)
        await runs_nowhere(me)
    staff = await Person.at(machine, world, "console", institution="pk", **NO_WORKER)
    await staff.signs_in(world.keys["pk"]["compliance"])
    await staff.finds("searchbox").fill(phone)
    await staff.finds("searchbox").press("Enter")
    await staff.page.wait_for_url(re.compile("/console/customers"))
    await stays_text(staff, SCRIPT)
    await staff.finds("main").get_by_role("link").first.click()
    await stays_text(staff, SCRIPT)
    for each in (me, staff):
        await each.leaves()
