"""Payments in the customer's app that a passkey confirms: every page that pays, and every answer
that does not serve, which pays nothing and loses nothing of what was typed.
"""

import html
import json
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from cash_world import NODE, RECIPIENT
from console_world import Browser
from door_world import World, opened
from identity_world import CREDENTIALS, FORMS, PIN, Desk, desk
from software_authenticator import Authenticator
from test_doors_app import SEND, Customer
from test_doors_app_asking import PHONES, _claimed
from test_doors_app_asking import asked as requested
from test_doors_app_people import asked, bo_sends, enrolled, person
from test_doors_domestic import checked

from qantara import ids
from qantara.agents import flow as agents
from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.onboarding.model import Terms
from qantara.rails.model import Status
from qantara.texts import Language

OPTIONS = re.compile(r'<q-passkey data-does="(?:get|create)" data-options="([^"]+)"')


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    terms = {"credentials": CREDENTIALS, "onboarding": Terms(show_messages=True)}
    async with opened(servers(18), NODE, **terms) as made:
        await made.my.do(domestic.open_books, None)
        await made.my.do(agents.open_books, None)
        for name in PHONES:
            await made.my.do(_claimed, name)
        await enrolled(made)
        yield made


def options(page: str) -> str:
    found = OPTIONS.search(page)
    assert found, page[-4000:]
    return html.unescape(found[1])


async def with_passkey(me: Browser, pin: str = PIN) -> Authenticator:
    page = await me.fill("/app/profile", act="passkey", pin=pin, label="phone")
    device = Authenticator()
    answer = device.create(options(page.text))
    kept = await me.post("/app/profile", **(asked(page.text) | {"answer": answer}))
    assert kept.headers["location"] == "/app/profile?done=passkey"
    return device


def signed(page: str, device: Authenticator, **other: Any) -> dict[str, str]:
    """What the form of the page sends once the device has answered."""
    return asked(page) | {"answer": device.get(options(page), **other)}


async def methods(world: World) -> list[tuple[str, str]]:
    async with world.my.door.database.read() as tx:
        rows = await tx.fetch(
            "SELECT state, method FROM credentials.confirmation WHERE method IS NOT NULL"
        )
    return [(row["state"], row["method"]) for row in rows]


async def test_a_passkey_confirms_what_the_page_shows_and_pays_once(world):
    me = await person(world)
    device = await with_passkey(me)
    page, place = await bo_sends(me, pay="100")
    assert "Your passkey signs" in page
    assert ("MYR\u00a0100.00" in page, "BILAL M****" in page) == (True, True)
    assert ('name="pin"' in page, asked(page)["note"]) == (True, "For school")
    assert await world.my.count("ledger.hold") == 0
    fields = signed(page, device)
    sent = [await me.post(place, **fields) for _ in range(2)]
    assert {each.status_code for each in sent} == {303}, sent[0].text
    (track,) = {each.headers["location"] for each in sent}
    assert "For school" in await me.page(f"{track}/receipt")
    assert await world.my.count("ledger.hold") == 1
    assert await methods(world) == [("used", "passkey")]


async def test_the_pin_still_confirms_for_whoever_has_a_passkey(world):
    me = await person(world)
    await with_passkey(me)
    page, place = await bo_sends(me, pay="100")
    wrong = await me.post(place, **asked(page), pin="111222")
    assert (wrong.status_code, "<details" in wrong.text, " open>" in wrong.text) == (
        401,
        True,
        True,
    )
    sent = await me.post(place, **asked(wrong.text), pin=PIN)
    assert sent.headers["location"].startswith("/app/payments/rem_")
    assert ("used", "pin") in await methods(world)


WRONG = (
    ({"origin": "https://evil.example"}, "The passkey was used on another page"),
    ({"challenge": "AAAA"}, "Another payment was confirmed"),
    ({"type": "webauthn.create"}, "Not confirmed"),
)


async def test_a_wrong_answer_is_told_pays_nothing_and_loses_nothing(world):
    me = await person(world)
    device = await with_passkey(me)
    page, place = await bo_sends(me, pay="100")

    async def told(fields: dict[str, str], title: str) -> str:
        answer = await me.post(place, **fields)
        assert (answer.status_code, title in answer.text) == (422, True), (title, answer.text)
        assert asked(answer.text)["note"] == "For school"
        assert await world.my.count("ledger.hold") == 0
        return str(answer.text)

    for other, title in WRONG:
        page = await told(signed(page, device, **other), title)
    page = await told(asked(page) | {"answer": "{}"}, "Not confirmed")
    page = await told(signed(page, Authenticator()), "This passkey is not one of yours")
    device.verified = False
    page = await told(signed(page, device), "did not check that it was you")
    device.verified = True
    page = await told(signed(page, device) | {"asked": "cnf_nothing"}, "not confirmed")
    fields = signed(page, device)
    world.clock.forward(CREDENTIALS.confirmation_seconds)
    page = await told(fields, "The confirmation is too old")
    sent = await me.post(place, **signed(page, device))
    assert sent.headers["location"].startswith("/app/payments/rem_")


async def test_an_answer_for_one_payment_is_none_for_another(world):
    me = await person(world)
    device = await with_passkey(me)
    small, _ = await bo_sends(me, pay="100")
    large, place = await bo_sends(me, pay="300")
    proof = {name: signed(small, device)[name] for name in ("asked", "answer")}
    answer = await me.post(place, **(asked(large) | proof))
    assert (answer.status_code, "Another payment was confirmed" in answer.text) == (422, True)
    assert await world.my.count("ledger.hold") == 0
    assert await methods(world) == [("void", "passkey")]
    again = await me.post(place, **(asked(answer.text) | proof))
    assert again.status_code == 422
    sent = await me.post(place, **signed(answer.text, device))
    assert sent.headers["location"].startswith("/app/payments/rem_")
    assert await world.my.count("ledger.hold") == 1


async def test_the_page_speaks_every_language_and_works_without_script(world):
    me = await person(world)
    await with_passkey(me)
    for language in Language:
        me = await person(world, language)
        place = await me.priced(account="acc_bo", pay="100")
        answer = await me.post(place, **await me.form(place, **SEND))
        assert (answer.status_code, 'name="pin"' in answer.text) == (200, True), answer.text
        assert json.loads(options(answer.text))["userVerification"] == "required"


async def confirmed(me: Browser, device: Authenticator, place: str, page: str) -> httpx.Response:
    assert "Your passkey signs" in page, page[:3000]
    return await me.post(place, **signed(page, device))


async def test_inside_requests_and_cash_ask_alike(world):
    me, aisha = await person(world), Customer(world)
    device = await with_passkey(me)
    place = f"/app/send/{await checked(world, 'bo')}"
    shown = await me.fill(place, account="acc_bo", pay="5", act="show")
    said = {"account": "acc_bo", "pay": "5", "note": "Tea", "act": "send"}
    page = await me.post(place, **(asked(shown.text) | said))
    sent = await confirmed(me, device, place, page.text)
    assert sent.headers["location"].startswith("/app/payments/trf_")

    await aisha.let_in(world.keys["aisha"])
    place = await requested(aisha)
    page = await me.fill(place, act="pay", account="acc_bo")
    assert "AISHA" in page.text
    paid = await confirmed(me, device, place, page.text)
    assert (paid.status_code, paid.headers["location"]) == (303, place)
    assert "Paid" in await me.page(place)

    wanted = {"account": "acc_bo", "pay": "100", "act": "order", "named": "100.00"}
    person_ = {key: value for key, value in RECIPIENT.items() if key != "phone"}
    for place, more in (("/app/cash/withdraw", {}), ("/app/cash/send", person_)):
        before = await world.my.count("agents.cash_order")
        page = await me.fill(place, **(wanted | more))
        assert await world.my.count("agents.cash_order") == before
        fields = signed(page.text, device)
        made = [await me.post(place, **fields) for _ in range(2)]
        assert re.search(r"\b[0-9]{6}\b", made[0].text), made[0].text
        assert await world.my.count("agents.cash_order") == before + 1
        known = await me.fill(place, **(wanted | more))
        assert OPTIONS.search(known.text) is None
        assert await world.my.count("agents.cash_order") == before + 2
    assert {state for state, _ in await methods(world)} == {"used"}


async def test_whoever_came_by_key_is_asked_for_no_passkey(world):
    me, aisha = await person(world), Customer(world)
    await with_passkey(me)
    await aisha.let_in(world.keys["aisha"])
    wanted = {"account": "acc_aisha", "pay": "100", "act": "order", "named": "100.00"}
    made = await aisha.fill("/app/cash/withdraw", **wanted)
    assert OPTIONS.search(made.text) is None
    assert await world.my.count("agents.cash_order") == 1


async def test_a_standing_order_is_confirmed_for_the_most_that_may_leave(world):
    me = await person(world)
    page, place = await bo_sends(me, pay="100")
    track = (await me.post(place, **asked(page), pin=PIN)).headers["location"]
    await world.concluded(Status.ACCC)
    check = re.search(r'name="check" value="(chk_\w+)"', await me.page(track))
    assert check
    payee = (await me.fill(track, "/app/payees", check=check[1])).headers["location"]
    device = await with_passkey(me)
    terms = {"account": "acc_bo", "payee": payee.rpartition("/")[2], "fixed": "source"}
    days = {"rhythm": "monthly", "purpose": "FAMI", "first_on": "2026-03-05"}
    small = {"amount": "100", "ceiling": "100.00"}
    kept = await me.fill("/app/schedules/new", **terms, **days, **small)
    assert kept.status_code == 303, kept.text
    large = {"amount": "300", "ceiling": "350.00"}
    page = await me.fill("/app/schedules/new", **terms, **days, **large)
    assert "Leaves your account each time, at most" in page.text
    assert "MYR\u00a0350.00" in page.text
    assert await world.my.count("wallet.schedule") == 1
    changed = signed(page.text, device) | {"ceiling": "360.00"}
    refused = await me.post("/app/schedules/new", **changed)
    assert (refused.status_code, "Another payment was confirmed" in refused.text) == (422, True)
    assert asked(refused.text)["ceiling"] == "360.00"
    fields = signed(refused.text, device)
    made = [await me.post("/app/schedules/new", **fields) for _ in range(2)]
    assert made[0].headers["location"].startswith("/app/schedules/sch_"), made[0].text
    assert await world.my.count("wallet.schedule") == 2


@pytest.fixture
async def paris(servers) -> AsyncIterator[Desk]:
    """An institution where law asks for two factors, with a customer who has 200.00."""
    terms = Terms(numbering=FORMS["FR"], show_messages=True)
    async with desk(servers(18), "FR", onboarding=terms) as bank:
        await bank.opened("emoney")
        await bank.place.do(agents.open_books, None)
        await bank.place.do(_funded, None)
        yield bank


async def _funded(tx: Tx, node: Any, asked: Sequence[None], now: datetime) -> list[None]:
    (account,) = [each for each in await ledger.positions(tx) if "/acc" in each.code]
    issue = Transfer(
        id=str(ids.uuid_derived("issue", account.code)),
        debit=node.claim,
        credit=account.code,
        amount=200_00,
        asset="EUR",
        code="e_money.issue",
        occurred_at=now,
    )
    assert all(outcome.accepted for outcome in await ledger.post(tx, [issue], now))
    return [None] * len(asked)


async def test_where_law_asks_for_two_factors_a_passkey_is_both(paris):
    world: Any = SimpleNamespace(my=paris.place)
    me = Browser(world)
    await me.fill("/app/sign-in", phone=paris.phone, pin=PIN, next="/app")
    place, wanted = "/app/cash/withdraw", {"pay": "100", "act": "order", "named": "100.00"}
    account = re.search(r'name="account" value="(acc_\w+)"', await me.page(place))
    assert account
    wanted |= {"account": account[1]}
    page = await me.fill(place, **wanted)
    assert ('name="code"' in page.text, OPTIONS.search(page.text)) == (True, None)
    told = await paris.text()

    device = await with_passkey(me)
    page = await me.fill(place, **wanted)
    assert ('name="pin"' in page.text, 'value="code"' in page.text) == (False, True)
    assert await paris.text() == told
    pin_alone = await me.post(place, **asked(page.text), pin=PIN)
    assert ('name="code"' in pin_alone.text, pin_alone.status_code) == (True, 200)
    both = await me.post(place, **asked(page.text), way="code")
    assert 'name="code"' in both.text
    assert "100.00 EUR" in await paris.text()
    made = await me.post(place, **signed(page.text, device))
    assert re.search(r"\b[0-9]{6}\b", made.text), made.text
    async with paris.door.database.read() as tx:
        found = await tx.fetch("SELECT method, factors FROM credentials.confirmation")
    assert [tuple(row) for row in found if row["factors"]] == [("passkey", 2)]
