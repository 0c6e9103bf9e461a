"""The console as a browser without script meets it: sign-in, forms, rights, four eyes."""

import re
from collections.abc import AsyncIterator

import pytest
from console_world import IN_PAGE, Browser, browser
from door_nodes import unsure_institution
from door_world import World, opened

from qantara.access import keys as access_keys
from qantara.access.model import INSTALLER, RevokeKey, Role
from qantara.rails.model import Status
from qantara.texts import Language
from qantara.web import safety
from source_tree import script

WHY = {"legal_reason": "Papers seen <b>twice</b>", "citation": "Limits policy 4 (example)"}
CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self';"
    " font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
EVERY = (
    *("", "/payments", "/payments?only=overdue", "/received", "/reviews", "/held", "/proposals"),
    *("/policies", "/policies/compare", "/policies/diff", "/policies/soundness", "/gallery"),
    *("/policies?topic=cdd&book=MY", "/reviews?state=released", "/search", "/policies/decide"),
    "/policies/decide?source=MY&destination=PK&amount=60000.00&kind=person",
)


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18), unsure_institution()) as made:
        made.keys["auditor"] = await made.my.key("auditor", Role.AUDITOR, None)
        made.keys["admin"] = await made.my.key("admin", Role.ADMINISTRATOR, None)
        yield made


async def acts(world: World, target: str) -> list[str]:
    async with world.my.door.database.read() as tx:
        rows = await tx.fetch(
            "SELECT act FROM access.audit_entry WHERE target = $1 ORDER BY sequence", target
        )
    return [row["act"] for row in rows]


async def test_a_key_is_exchanged_for_a_session_and_the_way_out_ends_it(world):
    me = Browser(world)
    first = await me.get("/console/payments")
    assert (first.status_code, first.headers["location"]) == (
        *(303, "/console/sign-in?next=%2Fconsole%2Fpayments"),
    )
    answer = await me.sign_in(world.keys["maker"], "/console/payments")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/payments")
    cookie = next(each for each in answer.headers.get_list("set-cookie") if safety.SESSION in each)
    assert {"HttpOnly", "Path=/console", "SameSite=strict"} <= set(cookie.split("; "))
    assert world.keys["maker"] not in await me.page("/console")
    assert await world.my.count("web.session") == 1
    key_id = world.keys["maker"].partition(".")[0]
    out = await me.fill("/console", "/console/sign-out")
    assert (out.status_code, await world.my.count("web.session")) == (303, 0)
    assert (await me.get("/console")).status_code == 303
    assert (await acts(world, key_id))[-2:] == ["signed_in", "signed_out"]


@pytest.mark.parametrize("key", ["nonsense", "key_00.secret", "", "x" * 500])
async def test_a_wrong_key_is_told_and_opens_nothing(world, key):
    answer = await Browser(world).sign_in(key)
    assert answer.status_code == 401
    assert "Sign in" in answer.text
    assert await world.my.count("web.session") == 0


async def test_a_customers_key_opens_no_console(world):
    answer = await Browser(world).sign_in(world.keys["aisha"])
    assert (answer.status_code, await world.my.count("web.session")) == (401, 0)


async def test_who_guesses_keys_is_made_to_wait(world):
    me = Browser(world)
    statuses = [(await me.sign_in(f"key_{n}.x")).status_code for n in range(32)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


async def test_a_session_ends_with_its_key_and_with_time(world):
    me, idle = await browser(world, "maker"), await browser(world, "checker")
    world.clock.forward(800)
    assert (await idle.get("/console")).status_code == 200
    world.clock.forward(800)
    assert (await idle.get("/console")).status_code == 200
    assert (await me.get("/console")).status_code == 303
    revoked = RevokeKey(world.keys["checker"].partition(".")[0], INSTALLER)
    await world.my.do(access_keys.revoke, revoked)
    assert (await idle.get("/console")).status_code == 303


async def test_a_session_ends_however_busy_it_is(world):
    me = await browser(world, "maker")
    for _ in range(48):
        world.clock.forward(590)
        assert (await me.get("/console/search")).status_code == 200
    world.clock.forward(590)
    assert (await me.get("/console/search")).status_code == 303


@pytest.mark.parametrize("path", ["/console/sign-out", "/console/manner", "/console/sign-in"])
async def test_a_form_without_its_token_does_nothing(world, path):
    me = await browser(world, "maker")
    for fields in ({}, {"token": "0" * 64}, {"token": "é"}):
        answer = await me.post(path, key=world.keys["checker"], language="ur", **fields)
        assert (answer.status_code, "out of date" in answer.text) == (403, True)
    assert await world.my.count("web.session") == 1


async def test_an_act_without_its_token_does_nothing(world):
    made = await world.remitted()
    me = await browser(world, "maker")
    answer = await me.post(f"/console/reviews/{made['id']}", verdict="release", **WHY)
    assert (answer.status_code, await world.my.count("access.proposal")) == (403, 0)
    gone = Browser(world)
    answer = await gone.post(f"/console/reviews/{made['id']}", verdict="release", **WHY)
    assert (answer.status_code, "session has ended" in answer.text) == (401, True)


async def test_rights_hide_pages_and_refuse_them(world):
    maker, auditor = await browser(world, "maker"), await browser(world, "auditor")
    admin = await browser(world, "admin")
    assert "/console/audit" not in await maker.page("/console")
    assert (await maker.get("/console/audit")).status_code == 403
    home = await auditor.page("/console")
    assert "/console/reviews" not in home
    assert "/console/audit" in home
    assert (await auditor.get("/console/reviews")).status_code == 403
    assert (await auditor.get("/console/audit")).status_code == 200
    assert (await admin.get("/console/payments")).status_code == 403
    assert "/console/policies" not in await admin.page("/console")


async def test_two_people_release_a_payment_and_script_in_words_stays_text(world):
    made = await world.remitted()
    path = f"/console/reviews/{made['id']}"
    maker, checker = await browser(world, "maker"), await browser(world, "checker")
    assert made["id"] in await maker.page("/console/reviews")
    empty = await maker.fill(path, verdict="release", legal_reason="", citation="x")
    assert empty.status_code == 400
    proposed = await maker.fill(path, verdict="release", **WHY)
    place = proposed.headers["location"]
    own = await maker.page(place)
    assert "&lt;b&gt;twice&lt;/b&gt;" in own
    assert "<b>twice" not in own
    assert "somebody else must approve" in own
    check = made["id"][-6:]
    refused = await maker.fill(place, verdict="approve", check=check)
    assert refused.status_code == 403
    wrong = await checker.fill(place, verdict="approve", check="xxxxxx")
    assert (wrong.status_code, "mistyped" in wrong.text) == (422, True)
    done = await checker.fill(place, verdict="approve", check=check)
    assert (done.status_code, done.headers["location"]) == (303, place)
    await world.concluded(Status.ACCC)
    shown = await checker.page(f"/console/payments/{made['id']}")
    assert "Completed, hold posted" in shown
    assert "pacs.008.001.13" in shown
    assert "clearing/" in shown
    assert (await acts(world, made["id"])) == ["review_released"]
    assert "Approved" in await checker.page(place)


async def test_a_form_sent_twice_acts_once(world):
    made = await world.remitted()
    me = await browser(world, "maker")
    page = await me.page(f"/console/reviews/{made['id']}")
    fields = dict(re.findall(r'name="(token|once)" value="([^"]+)"', page))
    path = f"/console/reviews/{made['id']}"
    twice = [await me.post(path, **fields, verdict="refuse", **WHY) for _ in range(2)]
    assert {answer.headers["location"] for answer in twice} == {twice[0].headers["location"]}
    assert await world.my.count("access.proposal") == 1


async def test_any_id_is_found_and_nothing_is_given_away(world):
    made = await world.remitted()
    me = await browser(world, "maker")
    found = f"/console/payments/{made['id']}"
    for wanted in (made["id"], made["quote_id"], made["id"].upper()):
        answer = await me.get("/console/search", params={"q": wanted})
        assert answer.headers.get("location") == found
    page = await me.page(found)
    decision = re.search(r"/console/decisions/(dec_\w+)", page)
    assert decision
    answer = await me.get("/console/search", params={"q": decision[1]})
    assert answer.headers["location"] == decision[0]
    assert "Replays identically" in await me.page(decision[0])
    for hostile in ('"><script>alert(1)</script>', "rem_nobody", "x" * 5000):
        answer = await me.get("/console/search", params={"q": hostile})
        assert answer.status_code == 404
        assert "<script>" not in answer.text


@pytest.mark.parametrize("language", list(Language))
async def test_every_page_speaks_every_language_with_no_script_in_it(world, language):
    made = await world.remitted()
    me = await browser(world, "maker", language)
    auditor = await browser(world, "auditor", language)
    own = (f"/payments/{made['id']}", f"/reviews/{made['id']}")
    pages = [(me, path) for path in (*EVERY, *own)] + [(auditor, "/audit")]
    for who, path in pages:
        answer = await who.get(f"/console{path}")
        assert answer.status_code == 200, (path, answer.text[:2000])
        direction = "rtl" if language is Language.UR else "ltr"
        assert f'<html lang="{language}" dir="{direction}"' in answer.text
        assert answer.headers["content-security-policy"] == CSP
        assert answer.headers["cache-control"] == "no-store"
        assert IN_PAGE.search(answer.text) is None
        assert "Traceback" not in answer.text


async def test_somebody_chooses_language_and_theme(world):
    me = await browser(world, "maker")
    answer = await me.fill("/console/payments", "/console/manner", language="ur", theme="dark")
    assert answer.headers["location"] == "/console"
    page = await me.page("/console")
    assert '<html lang="ur" dir="rtl" data-theme="dark">' in page
    astray = await me.fill("/console", "/console/manner", back="https://example.org/console")
    assert astray.headers["location"] == "/console"
    odd = await me.fill("/console", "/console/manner", language="xx")
    assert safety.LANGUAGE not in odd.headers.get("set-cookie", "")


async def test_static_files_have_their_hash_as_name_and_stay_for_ever(world):
    me = Browser(world)
    page = await me.page("/console/sign-in")
    style = re.search(r'href="(/static/qantara\.[0-9a-f]{12}\.css)"', page)
    assert style
    answer = await me.get(style[1])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for named in re.findall(r'url\("([^"]+)"\)', answer.text):
        font = await me.get(f"/static/{named}")
        assert (font.status_code, font.headers["content-type"]) == (200, "font/woff2")
    assert (await me.get("/static/console.css")).status_code == 404
    assert re.search(r"(?<![-\w])(left|right)\s*:", answer.text) is None


def test_what_others_made_is_as_it_came():
    vendor = script("vendor")
    assert [told for lock in vendor.LOCKS for told in vendor.problems(lock)] == []
    for lock in vendor.LOCKS:
        others = {
            each.name
            for each in lock.parent.iterdir()
            if each.suffix == ".woff2" or ".min." in each.name
        }
        assert others == {entry["file"] for entry in vendor.entries(lock).values()}


async def test_what_is_nowhere_is_told_on_a_page(world):
    me = await browser(world, "maker")
    for path in ("/console/nowhere", "/console/payments/rem_nobody", "/console/decisions/dec_x"):
        answer = await me.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (
            *(404, "text/html; charset=utf-8"),
        )
        assert answer.headers["content-security-policy"] == CSP
    bad = await me.get("/console/policies", params={"on": "yesterday"})
    assert bad.status_code == 400


async def test_forms_that_are_no_forms_are_refused(world):
    me = Browser(world)
    kinds = (
        (400, {"json": {}}),
        (413, {"content": b"a=" + b"b" * 70_000}),
        (400, {"content": b"&".join([b"a=1"] * 200)}),
    )
    for status, body in kinds:
        headers = {} if "json" in body else {"content-type": "application/x-www-form-urlencoded"}
        answer = await me.http.post("/console/sign-in", headers=headers, **body)
        assert answer.status_code == status
