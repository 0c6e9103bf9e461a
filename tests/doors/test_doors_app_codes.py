"""The app's codes: a picture or a text is read, told in words, and leads on to the price."""

import io
import re
from collections.abc import AsyncIterator

import httpx
import pytest
import segno
import zxingcpp
from console_world import Browser
from door_world import World, opened
from PIL import Image

from qantara.domestic import flow as domestic
from qantara.money import MYR, Money
from qantara.parties import flow as parties
from qantara.rails.qr import flow as qr
from qantara.rails.qr.model import Account, Code, Kind, Labels, Scheme
from qantara.texts import Language

IBAN = parties.make_iban("PK", "RAVI", "0000000000000042")
RAAST = qr.encode(Code(Scheme.RAAST, (Account(Scheme.RAAST, "", Kind.IBAN, IBAN),), dynamic=False))


def merchant(**more: object) -> str:
    account = Account(Scheme.DUITNOW, "", Kind.MERCHANT, "700000000042", "999001")
    said = {"name": "KEDAI", "city": "IPOH", "country": "MY", "category": "5311", "currency": "MYR"}
    return qr.encode(Code(Scheme.DUITNOW, (account,), **(said | more)))


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        await made.my.do(domestic.open_books, None)
        yield made


async def customer(world: World, language: str = "en") -> Browser:
    made = Browser(world, language)
    answer = await made.fill("/app/sign-in", key=world.keys["aisha"], next="/app")
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text[:2000]
    return made


def drawn(text: str, kind: str = "png") -> bytes:
    held = io.BytesIO()
    segno.make_qr(text).save(held, kind="png", scale=6)
    if kind == "png":
        return held.getvalue()
    again = io.BytesIO()
    Image.open(held).convert("RGB").rotate(7, expand=True, fillcolor="white").save(again, kind)
    return again.getvalue()


async def upload(me: Browser, raw: bytes, name: str = "photo.png") -> httpx.Response:
    page = await me.page("/app/scan")
    token = re.search(r'name="token" value="([^"]+)"', page)
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert token
    assert once
    return await me.http.post(
        "/app/scan",
        data={"token": token[1], "once": once[1], "code": ""},
        files={"picture": (name, raw, "image/png")},
    )


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
async def test_a_photograph_is_read_and_told_before_anything_is_asked(world, kind):
    me = await customer(world)
    answer = await upload(me, drawn(merchant(name="Kedai <b>Runcit</b>"[:25]), kind))
    assert answer.status_code == 200, answer.text[:2000]
    assert "DuitNow QR" in answer.text
    assert "Kedai &lt;b&gt;Runcit&lt;/b&gt;" in answer.text
    assert await world.my.count("payees.payee_check") == 0


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"not a picture", "Not a picture that can be read"),
        (b"%PDF-1.7\n%\xe2\xe3", "Not a picture that can be read"),
        (drawn("x" * 20)[:90], "Not a picture that can be read"),
        (drawn("https://elsewhere.example/pay?to=me"), "Code cannot be read"),
    ],
)
async def test_the_wrong_file_is_told_and_nothing_is_lost(world, raw, said):
    answer = await upload(await customer(world), raw)
    assert (answer.status_code, said in answer.text) == (422, True), answer.text[:3000]


async def test_a_picture_of_nothing_and_one_too_large(world):
    me, blank, vast = await customer(world), io.BytesIO(), io.BytesIO()
    Image.new("L", (300, 300), 255).save(blank, "png")
    assert "No code in the picture" in (await upload(me, blank.getvalue())).text
    Image.new("1", (9_000, 8_000), 1).save(vast, "png")
    answer = await upload(me, vast.getvalue())
    assert (answer.status_code, "9000 x 8000" in answer.text) == (422, True)
    assert (await upload(me, b"x" * (9 * 1024 * 1024))).status_code == 413


async def test_a_scanned_code_leads_to_the_price_with_its_amount(world):
    me = await customer(world)
    told = await me.fill("/app/scan", code=RAAST)
    assert told.status_code == 200
    assert IBAN in re.sub("<wbr>", "", told.text)
    on = await me.fill("/app/scan", code=RAAST, act="pay")
    assert on.status_code == 303, on.text[:3000]
    assert re.fullmatch(r"/app/send/chk_\w+", on.headers["location"])
    fixed = merchant(
        amount=Money.parse("12.50", MYR), dynamic=True, labels=Labels(reference="Meja 4")
    )
    inside = await me.fill("/app/scan", code=fixed, act="pay")
    assert inside.headers["location"].endswith("?note=Meja+4&pay=12.50")


async def test_ones_own_code_is_drawn_and_reads_as_ones_own(world):
    me = await customer(world)
    page = await me.page("/app/code?amount=12.50&reference=Meja+4")
    figure = page[page.index('class="qr"') :].partition("</figure>")[0]
    assert "<svg" in figure
    assert "style=" not in figure
    text = re.search(r"<details>.*?<bdi[^>]*>(.*?)</bdi>", page, re.DOTALL)
    assert text
    code = qr.decode(re.sub("<wbr>", "", text[1]))
    assert isinstance(code, Code)
    assert str(code.amount) == "12.50"
    wrong = await me.get("/app/code?amount=12.505")
    assert (wrong.status_code, 'class="qr"' in wrong.text) == (400, False)


@pytest.mark.parametrize("language", list(Language))
async def test_codes_speak_every_language(world, language):
    me = await customer(world, language)
    for path in ("/app/scan", "/app/code"):
        assert f'lang="{language}"' in await me.page(path)
    for text, status in ((RAAST, 200), (merchant(), 200), ("garbage", 422)):
        answer = await me.fill("/app/scan", code=text)
        assert answer.status_code == status


def test_a_drawn_code_is_read_by_another_reader():
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn(RAAST))))
    assert [each.text for each in found] == [RAAST]
