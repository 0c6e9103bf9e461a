"""The camera at the scanning page: opened when it is asked for, off when the code was read, and
words where there is none. The browser is one of its own, whose camera shows a file.
"""

import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import segno
from browser_person import Person
from PIL import Image
from playwright.async_api import async_playwright, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
WIDE, HIGH = 640, 480
GREY = b"\x80"
FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def filmed(path: Path, text: str | None) -> Path:
    """A film of one picture, as a camera would show it: a code on white, or white alone."""
    picture = Image.new("L", (WIDE, HIGH), 255)
    if text is not None:
        held = io.BytesIO()
        segno.make_qr(text).save(held, kind="png", scale=6)
        code = Image.open(held).convert("L")
        picture.paste(code, ((WIDE - code.width) // 2, (HIGH - code.height) // 2))
    chroma = GREY * (WIDE * HIGH // 2)
    head = f"YUV4MPEG2 W{WIDE} H{HIGH} F10:1 Ip A1:1 C420\n".encode()
    path.write_bytes(head + (b"FRAME\n" + picture.tobytes() + chroma) * 2)
    return path


@asynccontextmanager
async def looking(world, program, *more: str) -> AsyncIterator[Person]:
    """Somebody at the scanning page, in a browser with such a camera."""
    path, flags = program
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*flags, *more])
        me = await Person.at(browser, world, "app")
        await me.signs_in(world.key("person"))
        await me.goes("/app/scan")
        yield me
        await browser.close()


@pytest.fixture
def film(tmp_path) -> Callable[[str | None], str]:
    return lambda text: f"--use-file-for-fake-video-capture={filmed(tmp_path / 'film.y4m', text)}"


async def test_a_code_before_the_camera_is_read_and_can_be_paid(world, program, film):
    async with looking(world, program) as me:
        await me.goes("/app/code?amount=12.50")
        await me.page.get_by_text("The code as text").click()
        text = await me.page.locator("copy-text bdi").first.inner_text()
    async with looking(world, program, *FAKE, film(text.strip())) as me:
        await expect(me.page.locator("video")).to_be_hidden()
        await me.finds("button", "Use the camera").click()
        await expect(me.finds("heading", level=1)).to_have_text("What the code says")
        await me.sees("12.50")
        await expect(me.finds("button", "Check who is paid")).to_be_visible()
        assert me.faults == []


async def test_the_camera_looks_on_until_it_is_stopped(world, program, film):
    async with looking(world, program, *FAKE, film(None)) as me:
        asked = me.page.expect_response(lambda answer: answer.status == 204)
        async with asked:
            await me.finds("button", "Use the camera").click()
        await me.sees("Hold the code in front of the camera")
        video = me.page.get_by_label("What the camera sees")
        await expect(video).to_be_visible()
        assert await me.judged() == []
        tracks = await video.evaluate_handle("each => each.srcObject.getTracks()")
        await me.finds("button", "Stop the camera").click()
        await expect(video).to_be_hidden()
        assert await tracks.evaluate("all => all.map(each => each.readyState)") == ["ended"]
        await me.sees("The camera is off.")
        await expect(me.finds("button", "Use the camera")).to_be_visible()
        assert me.faults == []


async def test_what_is_no_payment_code_is_told_as_a_picture_of_it_would_be(world, program, film):
    async with looking(world, program, *FAKE, film("javascript:alert(1)")) as me:
        await me.finds("button", "Use the camera").click()
        await expect(me.finds("alert")).to_contain_text("cannot be read")
        await expect(me.finds("button", "Use the camera")).to_be_visible()


async def test_without_leave_or_camera_words_say_what_to_do(world, program):
    async with looking(world, program) as me:
        await me.finds("button", "Use the camera").click()
        await me.sees(re.compile("[Gg]ive a picture or the text of the code below"))
        await expect(me.page.get_by_label("Picture of the code")).to_be_visible()


async def test_the_camera_is_allowed_on_the_scanning_page_alone(world, person):
    me = await person("person", "app")
    answers = [await me.page.goto(path) for path in ("/app/scan", "/app", "/app/more")]
    told = [await answer.header_value("permissions-policy") for answer in answers]
    assert ["camera=(self)" in each for each in told] == [True, False, False]
    me = await person("compliance")
    answer = await me.page.goto("/console")
    assert "camera=()" in await answer.header_value("permissions-policy")
