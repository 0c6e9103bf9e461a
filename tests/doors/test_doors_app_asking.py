"""Asking for money, sharing bills, disputes and notices, as people meet them in the app."""

import html
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import httpx
import pytest
from console_world import IN_PAGE, Browser, browser
from door_world import World, opened

from qantara.access.model import Role
from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.parties.model import AliasId, AliasType, NewAlias
from qantara.texts import Language

SCRIPT = "<script>alert(1)</script>"
PHONES = {"aisha": "+60120000001", "bo": "+60120000002"}


async def _claimed(tx: Tx, _node: Any, names: Sequence[str], now: datetime) -> list[None]:
    aliases = [
        NewAlias(AliasId(f"als_{name}"), AliasType.MBNO, PHONES[name], AccountId(f"acc_{name}"))
        for name in names
    ]
    await parties.claim_aliases(tx, aliases, now)
    return [None] * len(names)


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        await made.my.do(domestic.open_books, None)
        for name in PHONES:
            await made.my.do(_claimed, name)
        made.keys["auditor"] = await made.my.key("auditor", Role.AUDITOR, None)
        made.keys["ops"] = await made.my.key("ops", Role.OPERATIONS, None)
        yield made


async def customer(world: World, name: str = "aisha", language: str = "en") -> Browser:
    made = Browser(world, language)
    place(await made.fill("/app/sign-in", key=world.keys[name], next="/app"))
    return made


def place(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text[:3000]
    return str(answer.headers["location"])


def told(answer: httpx.Response, status: int = 422) -> str:
    assert answer.status_code == status, answer.text[:3000]
    assert 'role="alert"' in answer.text
    return answer.text


TERMS = {"account": "acc_aisha", "amount": "40", "note": "Lunch", "until": "2026-03-09"}


async def asked(me: Browser, **fields: str) -> str:
    """The page of a request that Aisha makes of Bo."""
    check = place(await me.fill("/app/request", phone="+60 12-000 0002"))
    return place(await me.fill(check, **(TERMS | fields)))


def once(page: str) -> dict[str, str]:
    """What the form of a page hides."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


async def test_somebody_is_asked_by_phone_and_pays_once(world):
    me, friend = await customer(world), await customer(world, "bo")
    check = place(await me.fill("/app/request", phone=PHONES["bo"]))
    new = await me.page(check)
    assert "BO C" in new
    assert "Bo Binti Contoh" not in new
    assert PHONES["bo"] in new
    form = once(new) | TERMS
    ask = {place(await me.post(check, **form)) for _ in range(2)}
    assert len(ask) == 1
    page = ask.pop()
    assert "BO C" in await me.page("/app/request?of=others")
    assert "40.00" in await friend.page("/app/request")
    shown = await friend.page(page)
    assert "Pay MYR\u00a040.00" in shown
    assert "Lunch" in shown
    yes = once(shown) | {"act": "pay", "account": "acc_bo"}
    assert [place(await friend.post(page, **yes)) for _ in range(2)] == [page, page]
    other = await friend.fill("/app/request", page, act="pay", account="acc_bo")
    assert place(other) == page
    paid = await friend.page(page)
    assert "Paid" in paid
    transfer = re.search(r'href="(/app/payments/trf_\w+)"', paid)
    assert transfer
    await friend.page(transfer[1])
    assert (await world.balance())["available"] == "1040.00"
    assert (await world.balance("acc_bo"))["available"] == "960.00"
    assert "/app/payments/trf_" not in await me.page(page)


async def test_a_request_is_declined_or_taken_back_and_then_pays_nothing(world):
    me, friend = await customer(world), await customer(world, "bo")
    first, second = await asked(me), await asked(me, amount="41")
    assert place(await friend.fill(first, act="decline")) == first
    assert "Declined" in await me.page(first)
    form = once(await friend.page(second)) | {"act": "pay", "account": "acc_bo"}
    assert place(await me.fill(second, act="cancel")) == second
    told(await friend.post(second, **form), 409)
    assert (await world.balance("acc_bo"))["available"] == "1000.00"


async def test_what_cannot_be_asked_says_why_and_keeps_what_was_typed(world):
    me = await customer(world)
    told(await me.fill("/app/request", phone="+60129999999"))
    told(await me.fill("/app/request", phone="12"), 400)
    assert IN_PAGE.search(told(await me.fill("/app/request", phone=SCRIPT), 400)) is None
    check = place(await me.fill("/app/request", phone=PHONES["bo"]))
    wrong = ({"until": ""}, {"until": "2026-02-30"}, {"amount": "x"}, {"amount": ""})
    for fields in (*wrong, {"note": "\u0633"}):
        page = told(await me.fill(check, **(TERMS | fields)), 400)
        assert ('value="Lunch"' in page) is ("note" not in fields)
    for until in ("2027-01-01", "2025-01-01"):
        told(await me.fill(check, **(TERMS | {"until": until})), 400)
    own = told(await me.fill("/app/request", phone=PHONES["aisha"]))
    assert ("own number" in own, f'value="{PHONES["aisha"]}"' in own) == (True, True)
    page = await asked(me, note=SCRIPT[:20])
    assert "&lt;script&gt;" in await me.page(page)
    assert IN_PAGE.search(await me.page(page)) is None


async def test_nobody_else_sees_a_request_or_uses_a_check(world):
    me, friend = await customer(world), await customer(world, "bo")
    world.keys["che"] = await world.my.key("che", Role.CUSTOMER, "cus_che")
    stranger = await customer(world, "che")
    page = await asked(me)
    check = place(await me.fill("/app/request", phone=PHONES["bo"]))
    assert (await friend.get(check)).status_code == 404
    for path in (page, check, "/app/request/mrq_nobody"):
        assert (await stranger.get(path)).status_code == 404, path
    token = once(await stranger.page("/app/request"))["token"]
    for act in ("pay", "decline", "cancel"):
        assert (await stranger.post(page, token=token, once="x", act=act)).status_code == 404
    mine = await friend.fill(page, act="cancel")
    assert mine.status_code == 404
    assert "Waiting" in await me.page(page)


BILL = {"account": "acc_aisha", "total": "100", "note": "Dinner", "until": "2026-03-09"}


async def shared(me: Browser, **fields: str) -> tuple[str, dict[str, str]]:
    """The form of a bill with Bo in it, as the page gives it back, and what it would send."""
    first = BILL | {"phone": PHONES["bo"], "act": "add", "way": "equal"} | fields
    added = await me.fill("/app/split/new", **first)
    assert added.status_code == 200, added.text
    return added.text, BILL | {"way": "equal"} | fields | once(added.text)


async def test_a_bill_is_shared_exactly_as_shown_and_shows_who_has_paid(world):
    me, friend = await customer(world), await customer(world, "bo")
    page, form = await shared(me, with_me="yes", total="100.01")
    assert 'value="100.01"' in page
    assert 'value="Dinner"' in page
    assert "BO C" in page
    shown = await me.post("/app/split/new", **form, act="show")
    assert "50.01" in shown.text
    assert "Ask one person for MYR\u00a050.01" in shown.text
    yes = form | once(shown.text) | {"act": "ask"}
    other = await me.post("/app/split/new", **(yes | {"total": "120"}))
    assert (other.status_code, "60.00" in other.text) == (200, True)
    bill = {place(await me.post("/app/split/new", **yes)) for _ in range(2)}.pop()
    waits = await me.page(bill)
    assert "Waiting" in waits
    ask = re.search(r'href="(/app/request/mrq_\w+)"', waits)
    assert ask
    assert place(await friend.fill(ask[1], act="pay", account="acc_bo")) == ask[1]
    assert ">Paid</span>" in await me.page(bill)
    assert "Dinner" in await me.page("/app/split")
    assert (await world.balance())["available"] == "1050.01"
    assert bill in await me.page(ask[1])
    assert (await friend.get(bill)).status_code == 404


async def test_stated_parts_make_the_bill_and_people_can_be_left_out(world):
    me, friend = await customer(world), await customer(world, "bo")
    _, form = await shared(me, way="stated", own="60")
    part = f"part_{form['person_0']}"
    uneven = await me.post("/app/split/new", **form, **{part: "39"}, act="show")
    assert 'value="39"' in told(uneven)
    told(await me.post("/app/split/new", **form, **{part: ""}, act="show"), 400)
    told(await me.post("/app/split/new", **form, **{part: SCRIPT}, act="show"), 400)
    even = await me.post("/app/split/new", **form, **{part: "40"}, act="show")
    assert "Ask one person for MYR\u00a040.00" in even.text
    again = await me.post("/app/split/new", **form, act="add", phone=PHONES["bo"])
    assert again.text.count('name="person_') == 1
    lost = await me.post("/app/split/new", **form, act="add", phone="+60129999999")
    assert 'value="60"' in told(lost)
    own = await me.post("/app/split/new", **form, act="add", phone=PHONES["aisha"])
    assert ("own number" in told(own), own.text.count('name="person_')) == (True, 1)
    out = await me.post("/app/split/new", **form, act=f"leave_{form['person_0']}")
    assert 'name="person_' not in out.text
    told(await me.post("/app/split/new", **(BILL | once(out.text)), act="show"), 400)
    page = {"token": once(await friend.page("/app/split/new"))["token"], "once": "x"}
    theirs = form | page | {"account": "acc_bo", "act": "show"}
    assert (await friend.post("/app/split/new", **theirs)).status_code == 404


async def paid(me: Browser, friend: Browser) -> str:
    """The page of a payment that Bo made to Aisha, as Bo sees it."""
    page = await asked(me)
    place(await friend.fill(page, act="pay", account="acc_bo"))
    found = re.search(r'href="(/app/payments/trf_\w+)"', await friend.page(page))
    assert found
    return found[1]


async def disputed(me: Browser, payment: str, words: str = "Too little came.") -> str:
    """The page of a dispute that is opened from a payment's page."""
    link = re.search(r'href="(/app/disputes/new\?about=[^"]+)"', await me.page(payment))
    assert link
    about = link[1].partition("about=")[2]
    said = {"about": about, "kind": "wrong_amount", "words": words}
    return place(await me.fill(link[1], "/app/disputes/new", **said))


async def test_a_dispute_has_a_number_a_clock_and_all_that_was_said(world):
    me, friend = await customer(world), await customer(world, "bo")
    payment = await paid(me, friend)
    page = await disputed(friend, payment, f"{SCRIPT}\nکم رقم آئی۔")
    shown = await friend.page(page)
    assert "QD-2026-000001" in shown
    assert "We answer by" in shown
    assert "&lt;script&gt;" in shown
    assert IN_PAGE.search(shown) is None
    assert payment in shown
    about = payment.rpartition("/")[2]
    again = {"about": about, "kind": "other", "words": "Once more"}
    twice = await friend.fill(f"/app/disputes/new?about={about}", "/app/disputes/new", **again)
    assert page in told(twice, 409)
    for wrong in ({"words": ""}, {"words": " \x07"}, {"words": "x" * 2001}, {"kind": "none"}):
        answer = await friend.fill(
            f"/app/disputes/new?about={about}", "/app/disputes/new", **(again | wrong)
        )
        told(answer, 400)
    staff = await browser(world, "ops")
    assert "QD-2026-000001" in await staff.page("/console/disputes?state=open")
    one = f"/console/disputes/{page.rpartition('/')[2]}"
    assert "&lt;script&gt;" in await staff.page(one)
    assert place(await staff.fill(one, act="answer", words="Which amount?")) == one
    for wanted in ("qd-2026-000001", one.rpartition("/")[2]):
        found = await staff.get(f"/console/search?q={wanted}")
        assert found.headers["location"] == one
    assert "Which amount?" in await friend.page(page)
    assert "prn_ops" not in await friend.page(page)
    assert place(await friend.fill(page, act="say", words="Forty.")) == page
    assert place(await staff.fill(one, act="resolve", words="You are right.")) == one
    ended = await friend.page(page)
    assert "Settled for the customer" in ended
    assert "<textarea" not in ended
    token = once(await staff.page("/console/disputes"))["token"]
    late = await staff.post(one, token=token, once="x", act="reject", words="No")
    assert late.status_code == 409
    maker = await browser(world, "checker")
    assert "<textarea" not in await maker.page(one)
    auditor = await browser(world, "auditor")
    assert "Dispute settled" in await auditor.page("/console/audit")
    token = once(await maker.page("/console/disputes"))["token"]
    ruling = await maker.post(one, token=token, once="y", act="answer", words="No")
    assert ruling.status_code == 403


async def test_the_queue_marks_what_is_late_and_withdrawing_ends_it(world):
    me, friend = await customer(world), await customer(world, "bo")
    page = await disputed(friend, await paid(me, friend))
    world.clock.forward(16 * 86_400)
    friend, staff = await customer(world, "bo"), await browser(world, "ops")
    assert "We are late" in await friend.page(page)
    assert "Overdue</span>" in await staff.page("/console/disputes")
    assert "QD-2026-000001" in await staff.page("/console/disputes?state=overdue")
    assert place(await friend.fill(page, act="withdraw", words="")) == page
    assert "Withdrawn" in await friend.page(page)
    assert "QD-2026-000001" not in await staff.page("/console/disputes?state=overdue")
    assert "QD-2026-000001" in await friend.page("/app/disputes")


async def test_nobody_disputes_or_sees_what_is_somebody_elses(world):
    me, friend = await customer(world), await customer(world, "bo")
    payment = await paid(me, friend)
    page = await disputed(friend, payment)
    about = payment.rpartition("/")[2]
    said = {"about": about, "kind": "other", "words": "Mine"}
    theirs = await me.fill(f"/app/disputes/new?about={about}", "/app/disputes/new", **said)
    assert theirs.status_code == 404
    assert (await me.get(page)).status_code == 404
    token = once(await me.page("/app/request"))["token"]
    for act in ("say", "withdraw"):
        taken = await me.post(page, token=token, once="x", act=act, words="Mine")
        assert taken.status_code == 404
    assert (await me.get("/app/disputes/new")).status_code == 404


async def test_what_came_is_disputed_by_whoever_got_it(world):
    me, friend = await customer(world), await customer(world, "bo")
    payment = await paid(me, friend)
    uetr = re.search(r'UETR <bdi class="code" dir="ltr">([^<]+)', await friend.page(payment))
    assert uetr
    page = await disputed(me, f"/app/payments/{uetr[1]}")
    assert f"/app/payments/{uetr[1]}" in await me.page(page)


async def test_notices_are_counted_until_they_are_read(world):
    me, friend = await customer(world), await customer(world, "bo")
    await me.page("/app/notices")
    page = await asked(me, note="Lunch")
    assert "One new notice" in await friend.page("/app")
    shown = await friend.page("/app/notices")
    assert "Somebody asks you for money" in shown
    assert f'href="{page}"' in shown
    newest = re.search(r'name="up_to" value="(\d+)"', shown)
    assert newest
    assert (await friend.fill("/app/notices", up_to="x")).status_code == 400
    assert place(await friend.fill("/app/notices", up_to=newest[1])) == "/app/notices"
    assert "new notice" not in await friend.page("/app")
    assert "Somebody asks you for money" in await friend.page("/app/notices")
    place(await friend.fill(page, act="pay", account="acc_bo"))
    told_me = await me.page("/app/notices")
    assert "Your request for money was paid" in told_me
    assert "Your request for money was paid" not in await friend.page("/app/notices")


@pytest.mark.parametrize("language", list(Language))
async def test_every_page_speaks_every_language_without_script(world, language):
    me = await customer(world, "aisha", language)
    own = [place(await me.fill("/app/request", phone=PHONES["bo"])), await asked(me)]
    page, form = await shared(me, with_me="yes")
    parts = await me.post("/app/split/new", **form, act="show")
    own.append(place(await me.post("/app/split/new", **(form | once(parts.text)), act="ask")))
    friend = await customer(world, "bo", language)
    came = await paid(me, friend)
    dispute = await disputed(friend, came)
    staff = await browser(world, "ops", language)
    one = f"/console/disputes/{dispute.rpartition('/')[2]}"
    for path in ("/console/disputes", one):
        assert f'<html lang="{language}"' in await staff.page(path)
    about = f"/app/disputes/new?about={came.rpartition('/')[2]}"
    for path in ("/app/disputes", "/app/notices", dispute, about):
        assert f'<html lang="{language}"' in await friend.page(path)
    places = ("", "/request", "/request?of=others", "/more", "/split", "/split/new", "/notices")
    for path in (*(f"/app{each}" for each in places), *own):
        page = html.unescape(await me.page(path))
        direction = "rtl" if language is Language.UR else "ltr"
        assert f'<html lang="{language}" dir="{direction}"' in page
        assert IN_PAGE.search(page) is None
