"""A payment went wrong: its payer says so, staff answer, and the payer reads it."""

import re

import pytest
from browser_customer import found_in_activity
from browser_person import PHONE
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
DISPUTE = re.compile(r"/app/disputes/dis_[^/]+$")
CASE = re.compile(r"QD-\d{4}-\d{6}")


async def test_a_payment_is_disputed_answered_and_settled(person):
    me = await person("person", "app")
    await me.resizes(PHONE)
    await found_in_activity(me, "500.00")
    await me.finds("main").get_by_role("listitem").get_by_role("link").first.click()
    await me.finds("link", "Dispute this payment").click()
    await me.finds("textbox", "In your words").fill("My brother has nothing.")
    await me.finds("radio", "The money did not arrive").check()
    await me.finds("button", "Send the dispute").click()
    await me.page.wait_for_url(DISPUTE)
    main = me.finds("main")
    await expect(main).to_contain_text("We answer by")
    number = CASE.search(await main.inner_text())
    assert number
    staff = await person("operations")
    await staff.goes("/console")
    await staff.finds("link", "Disputes").first.click()
    await staff.finds("link", number[0]).click()
    await staff.sees("My brother has nothing.")
    await staff.finds("textbox", "In your words").fill("We ask his bank.")
    await staff.finds("button", "Answer", exact=True).click()
    await expect(staff.finds("main")).to_contain_text("Answered")
    await me.goes("/app")
    await me.finds("link", re.compile("new notice")).click()
    await (
        me.finds("main")
        .get_by_role("link", name=re.compile("dispute", re.IGNORECASE))
        .first.click()
    )
    await me.sees("We ask his bank.")
    await me.finds("textbox", "In your words").fill("Thank you.")
    await me.finds("button", "Say more").click()
    await me.sees("Thank you.")
    second = await person("operations-second")
    await second.goes("/console")
    await second.finds("searchbox").fill(number[0])
    await second.finds("searchbox").press("Enter")
    await second.page.wait_for_url(re.compile("/console/disputes/dis_"))
    await second.sees("Thank you.")
    await second.finds("textbox", "In your words").fill("It is in his account.")
    await second.finds("button", "Settle in the customer's favour").click()
    await expect(second.finds("main")).to_contain_text("Settled for the customer")
    await me.page.reload()
    await me.sees("It is in his account.")
    await expect(me.finds("textbox", "In your words")).to_have_count(0)
    assert me.faults == staff.faults == second.faults == []
