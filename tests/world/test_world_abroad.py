"""Codes of six more countries, scanned at a wallet and paid to the merchant, to the minor unit."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from abroad_world import Abroad, opened, pages
from world_trials import Home, Servers

from qantara.client import Problem
from qantara.money import KHR, SGD, VND, Money
from qantara.rails.qr import flow as qr
from qantara.rails.qr.currencies import BY_CODE
from qantara.rails.qr.model import Account, Code, Kind, Scheme
from qantara.world import abroad
from qantara.world.abroad import MERCHANTS, Merchant

pytestmark = pytest.mark.asyncio(loop_scope="module")
WANTED = {
    "TH": 120_50,
    "SG": 6_40,
    "ID": 45_000_00,
    "PH": 310_25,
    "VN": 60_000,
    "KH": 22_000_00,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Abroad]:
    server = servers(18)
    place = Home(tmp_path_factory.mktemp("abroad"), server).folder("abroad")
    async with opened(server, place) as made:
        yield made


def named(merchant: Merchant) -> str:
    return f"{merchant.country}-{merchant.name}"


async def pays(world: Abroad, merchant: Merchant, at: str) -> None:
    had = await world.balance(merchant)
    typed = None
    if merchant.amount is None:
        typed = Money(WANTED[merchant.country], merchant.asset)
    paid = await world.paid(merchant, at, typed)
    assert paid.remittance.state == "completed", paid.remittance
    assert paid.quote.received.currency == merchant.asset.code
    await world.quiet()
    wanted = merchant.amount or WANTED[merchant.country]
    assert await world.balance(merchant) == had + wanted
    assert paid.quote.received.amount == str(Money(wanted, merchant.asset))


@pytest.mark.parametrize("merchant", MERCHANTS, ids=named)
async def test_a_code_of_each_country_is_paid_from_a_malaysian_wallet(world, merchant):
    await pays(world, merchant, "my")
    assert await world.wrong() == []


@pytest.mark.parametrize("at", ["pk", "fr"])
@pytest.mark.parametrize("country", ["SG", "VN"])
async def test_and_from_a_pakistani_and_a_french_one(world, at, country):
    await pays(world, next(abroad.of(country)), at)
    assert await world.wrong() == []


def shown(account: Account, country: str, currency: str, **more: Any) -> str:
    said = {"name": "X", "city": "Y", "category": "5411", "country": country} | more
    return qr.encode(Code(account.scheme, (account,), currency=currency, **said))


VIETQR = Account(Scheme.VIETQR, kind=Kind.ACCOUNT, value="704900000017", acquirer="970499")
CARD = Account(Scheme.VIETQR, kind=Kind.CARD, value="9704990000000017", acquirer="970499")
STRANGER = Account(Scheme.VIETQR, kind=Kind.ACCOUNT, value="1", acquirer="970401")
BAKONG = Account(Scheme.KHQR, kind=Kind.WALLET, value="haang@kumru")
PAYNOW = Account(Scheme.PAYNOW, kind=Kind.COMPANY, value="202699999Z", editable=False)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
HOSTILE = {
    "qr_currency": shown(BAKONG, "KH", "USD", amount=Money(5_00, BY_CODE["USD"])),
    "qr_unreachable": shown(CARD, "VN", "VND", category=None),
    "qr_bank_unknown": shown(STRANGER, "VN", "VND", category=None),
    "qr_expired": shown(PAYNOW, "SG", "SGD", amount=Money(5_00, SGD), expires_at=LONG_AGO),
}


@pytest.mark.parametrize("code", HOSTILE)
async def test_what_cannot_be_paid_is_told_in_words_before_anybody_is_asked(world, code):
    told = await world.scanned(HOSTILE[code])
    assert (told["payee"], told["problem"]["code"]) == (None, code)
    assert "{" not in told["problem"]["text"]


NOBODY = {
    "alias_unknown": Account(Scheme.KHQR, kind=Kind.WALLET, value="nobody@kumru"),
    "payee_unknown": Account(
        Scheme.VIETQR, kind=Kind.ACCOUNT, value="704999999999", acquirer="970499"
    ),
}


@pytest.mark.parametrize("warning", NOBODY)
async def test_whom_nobody_knows_there_is_never_paid(world, warning):
    account = NOBODY[warning]
    country, asset = ("KH", KHR) if account.scheme is Scheme.KHQR else ("VN", VND)
    bare = {"category": None} if account.scheme is Scheme.VIETQR else {}
    stranger = Merchant(country, "X", "Y", account.value or "", asset, account)
    text = shown(account, country, asset.code, **bare)
    assert (await world.scanned(text))["problem"] is None
    with pytest.raises(Problem) as told:
        await world.paid(stranger, "my", Money(WANTED[country], asset))
    assert told.value.code == warning
    assert await world.wrong() == []


async def test_more_than_the_system_there_carries_has_no_price(world):
    merchant = next(abroad.of("VN"))
    with pytest.raises(Problem) as told:
        await world.paid(merchant, "my", Money(500_000_001, VND))
    assert told.value.code == "amount_above_limit"


@pytest.mark.parametrize("amount", ["60000.00", "60000.5"])
async def test_dong_have_no_decimals(world, amount):
    class Odd(Money, frozen=True):
        def __str__(self) -> str:
            return amount

    with pytest.raises(Problem) as told:
        await world.paid(next(abroad.of("VN")), "my", Odd(60_000, VND))
    assert told.value.code == "amount_scale"


UNREAD = {
    "en": "No rulebook here holds the law of",
    "ms": "Tiada buku peraturan di sini",
    "ur": "یہاں کسی ضابطے کی کتاب میں",
    "fr": "Aucun recueil de règles ici",
}


@pytest.mark.parametrize("language", UNREAD)
async def test_the_app_shows_the_price_and_what_nobody_checked_before_it_pays(world, language):
    """A bill with its references: they still stand beside the price, and travel."""
    bill = next(each for each in abroad.of("TH") if each.amount)
    had = await world.balance(bill)
    async with pages(world.runtime.addresses["my"], language) as me:
        entered = await me.send("/app/sign-in", key=world.key("my"), next="/app")
        assert entered.status_code == 303, entered.text[:2000]
        scanned = await me.send("/app/scan", code=bill.code, act="pay")
        assert scanned.headers["location"].endswith("?note=CUST0042+2611&receive=1250.50")
        place = scanned.headers["location"]
        priced = await me.send(place, receive="1250.50", note="CUST0042 2611", act="quote")
        assert priced.status_code == 200, priced.headers
        shown = priced.text
        assert UNREAD[language] in shown
        assert 'value="CUST0042 2611"' in shown
        pay = re.search(r'name="pay" value="([0-9.]+)"', shown)
        assert pay
        said = {"pay": pay[1], "receive": "1250.50", "note": "CUST0042 2611", "purpose": "GDDS"}
        quoted = re.search(r'action="(/app/send/chk_\w+/quo_\w+)"', shown)
        assert quoted
        sent = await me.send(quoted[1], act="send", **said)
        assert "/app/payments/rem_" in sent.headers["location"], sent.text[:3000]
        assert "PromptPay" in await me.page(sent.headers["location"])
    await world.quiet()
    assert await world.balance(bill) == had + 1_250_50
    assert await world.wrong() == []
