"""Staff at the console, as people use it: a browser that runs, pages that move, keys and mouse."""

import re

import pytest
from browser_person import PHONE
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_somebody_signs_in_finds_a_payment_and_signs_out(stranger, world):
    await stranger.signs_in(world.key("compliance"))
    await expect(stranger.finds("heading", level=1)).to_be_visible()
    find = stranger.finds("searchbox")
    await find.fill(world.ids["payment"])
    await find.press("Enter")
    await stranger.page.wait_for_url(re.compile(world.ids["payment"]))
    await stranger.sees("Completed, hold posted")
    await stranger.finds("button", "Sign out").click()
    await stranger.page.wait_for_url(re.compile("/console/sign-in"))
    await stranger.goes("/console/payments")
    await expect(stranger.page.get_by_label("Your key")).to_be_visible()
    assert stranger.faults == []


async def test_two_people_release_a_payment_while_a_third_page_watches(person, beside, world):
    made = await beside.do(world.waiting("Deposit for a flat"))
    watcher, maker = await person("operations"), await person("compliance")
    await watcher.goes(f"/console/payments/{made}")
    await expect(watcher.finds("status").first).to_have_text("In review")
    await maker.goes(f"/console/reviews/{made}")
    await maker.page.get_by_label("Why").fill("Papers seen")
    await maker.page.get_by_label("Which text says so").fill("Limits policy 4 (example)")
    await maker.finds("button", "Propose to release").click()
    await maker.page.wait_for_url(re.compile("/console/proposals/"))
    await maker.sees("somebody else must approve")
    await expect(maker.finds("button", "Another person must approve")).to_be_disabled()
    checker = await person("compliance-second")
    await checker.goes(re.sub(r"^https?://[^/]+", "", maker.page.url))
    await checker.page.get_by_label(re.compile("to show that you looked")).fill(made[-6:])
    await checker.finds("button", "Approve and do it").click()
    await checker.sees("Approved")
    await expect(watcher.finds("status").first).to_have_text("Completed")
    await watcher.sees("Completed, hold posted")
    assert maker.faults == checker.faults == watcher.faults == []


async def test_the_home_page_counts_by_itself(person, beside, world):
    me = await person("compliance")
    await me.goes("/console")
    queue = me.finds("main").get_by_role("link", name=re.compile("^In review"))
    before = int(re.findall(r"\d+", await queue.inner_text())[0])
    await beside.do(world.waiting("Gift"))
    await expect(queue).to_contain_text(str(before + 1))
    assert me.faults == []


async def test_somebody_chooses_language_and_theme(stranger, world):
    await stranger.signs_in(world.key("auditor"))
    await stranger.finds("button", "اردو").click()
    page = stranger.page.locator("html")
    await expect(page).to_have_attribute("dir", "rtl")
    await stranger.finds("button", "Français").click()
    await expect(page).to_have_attribute("lang", "fr")
    await stranger.finds("button", "Sombre").click()
    await expect(page).to_have_attribute("data-theme", "dark")
    dark = await stranger.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(13, 20, 19)"


async def test_everything_is_reached_by_keyboard(stranger, world):
    await stranger.goes("/console/sign-in")
    await stranger.page.get_by_label("Your key").focus()
    await stranger.page.keyboard.type(world.key("compliance"))
    await stranger.page.keyboard.press("Enter")
    await stranger.page.wait_for_url(re.compile(r"/console$"))
    await stranger.page.keyboard.press("Tab")
    skip = stranger.finds("link", "Skip to the content")
    await expect(skip).to_be_focused()
    await stranger.page.keyboard.press("Enter")
    await stranger.page.keyboard.press("Tab")
    inside = "document.activeElement.closest('main') !== null"
    assert await stranger.page.evaluate(inside)
    seen = "getComputedStyle(document.activeElement).outlineStyle"
    assert await stranger.page.evaluate(seen) == "solid"
    reached = [await stranger.page.evaluate("document.activeElement.textContent.trim()")]
    for _ in range(60):
        await stranger.page.keyboard.press("Tab")
        told = await stranger.page.evaluate("document.activeElement.textContent.trim()")
        if told == reached[0]:
            break
        reached.append(told)
    assert "All payments" in reached
    assert "English" in reached


async def test_a_code_is_copied(person, world):
    me = await person("compliance")
    await me.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await me.goes("/console/payments/{payment}")
    button = me.finds("button", "Copy").last
    await button.click()
    await expect(me.finds("button", "Copied")).to_be_visible()
    copied = await me.page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", copied)
    assert me.faults == []


async def test_a_screen_left_open_says_so_when_the_session_is_over(stranger, world):
    await stranger.signs_in(world.key("operations-second"))
    await stranger.resizes(PHONE)
    await stranger.page.wait_for_function("document.querySelector('#live')._htmx?.sse")
    await stranger.context.clear_cookies()
    before = await stranger.finds("main").inner_text()
    await stranger.page.evaluate("htmx.trigger('#live', 'queues')")
    await stranger.page.wait_for_timeout(500)
    assert await stranger.finds("main").inner_text() == before
