"""The console's pages about people, money, messages and the machine, as a browser meets them."""

import asyncio
import re
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from console_world import HOSTILE, IN_PAGE, WHY, Browser, browser, completed, office, older
from door_nodes import customer
from door_world import World

from qantara import ids
from qantara.ids import PrincipalId
from qantara.ledger import flow as ledger
from qantara.parties import flow as parties
from qantara.texts import Language
from qantara.wallet import flow as wallet
from qantara.wallet.model import Switch

EVERY = (
    *("/customers", "/customers?q=aisha", "/customers/cus_aisha", "/accounts/acc_aisha"),
    *("/ledger", "/ledger/under/own", "/ledger/proof", "/liquidity", "/reconciliation"),
    *("/ledger/account?code=customer/acc_aisha&on=2026-03-01", "/messages?way=in"),
    *("/messages", "/messages?way=waiting", "/events", "/reconciliation/2026-03-02"),
)
ADMIN = ("/admin", "/admin/roles", "/admin/health", "/admin/settings", "/keys", "/audit")
CODE = re.compile(r'href="(/console/ledger/transfers/[0-9a-f-]{36})"')
LETTER = re.compile(r'href="(/console/messages/(?:in|out)/[^"/]+/[^"/]+)"')


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with office(servers(18)) as made:
        yield made


@pytest.mark.parametrize("language", list(Language))
async def test_every_page_speaks_every_language(world, language):
    await completed(world)
    me = await browser(world, "maker", language)
    admin, ops = [await browser(world, name, language) for name in ("admin", "ops")]
    key_id = world.keys["maker"].partition(".")[0]
    own = [(admin, path) for path in (*ADMIN, f"/keys/{key_id}")] + [(ops, "/webhooks")]
    for who, path in [(me, path) for path in EVERY] + own:
        answer = await who.get(f"/console{path}")
        assert answer.status_code == 200, (path, answer.text[:3000])
        assert f'<html lang="{language}"' in answer.text
        assert IN_PAGE.search(answer.text) is None
    for page, pattern in (("/ledger/account?code=own/duitnow", CODE), ("/messages", LETTER)):
        found = pattern.search(await me.page(f"/console{page}"))
        assert found, page
        assert "Traceback" not in await me.page(found[1])


async def test_each_page_wants_its_right(world):
    wanted = {
        "maker": ("/keys", "/webhooks", "/admin", "/admin/health", "/audit"),
        "admin": ("/ledger", "/liquidity", "/messages", "/events", "/webhooks", "/reconciliation"),
        "auditor": ("/keys", "/webhooks", "/accounts/acc_aisha"),
        "ops": ("/keys", "/admin", "/accounts/acc_aisha"),
    }
    for name, paths in wanted.items():
        who = await browser(world, name)
        home = await who.page("/console")
        for path in paths:
            assert (await who.get(f"/console{path}")).status_code == 403, (name, path)
            assert f'href="/console{path}"' not in home, (name, path)
    admin = await browser(world, "admin")
    shown = await admin.page("/console/customers/cus_aisha")
    assert "Aisha Binti Contoh" in shown
    assert "Available" not in shown, "a right to see people is none to see money"


async def test_nobody_who_is_unknown_breaks_a_page(world):
    me, admin, ops = [await browser(world, name) for name in ("maker", "admin", "ops")]
    unknown = (
        *("/customers/cus_nobody", "/accounts/acc_nobody", "/ledger/under/nothing"),
        *("/ledger/account?code=no/such", "/ledger/account", "/reconciliation/yesterday"),
        *("/reconciliation/9999-12-31", "/messages/out/duitnow/999999", "/messages/in/x/y"),
        *("/messages/aside/x/1", f"/ledger/transfers/{ids.uuid4()}", "/ledger/transfers/x"),
        *("/messages/out/duitnow/x/raw", f"/customers/{quote(HOSTILE)}"),
    )
    pages = [(me, path) for path in unknown]
    pages += [(admin, "/keys/key_nobody"), (ops, "/webhooks/whe_nobody")]
    for who, path in pages:
        answer = await who.get(f"/console{path}")
        assert answer.status_code == 404, (path, answer.text[:1500])
        assert IN_PAGE.search(answer.text) is None
    searches = {"/customers": 200, "/messages": 200, "/events": 200, "/search": 404}
    for path, status in searches.items():
        answer = await me.get(f"/console{path}", params={"q": HOSTILE})
        assert answer.status_code == status, path
        assert IN_PAGE.search(answer.text) is None
    wrong = await me.get("/console/ledger/account?code=own/duitnow&on=nonsense")
    assert wrong.status_code == 400


async def test_customers_are_found_by_any_word_of_a_name_an_alias_or_a_number(world):
    me = await browser(world, "maker")
    for wanted in ("aish", "CONTOH aisha", "cus_aisha", "acc_aisha", "110000000001"):
        page = await me.page(f"/console/customers?q={quote(wanted)}")
        assert "cus_aisha" in page, wanted
        assert "cus_bo" not in page, wanted
    assert "cus_bo" in await me.page("/console/customers?q=contoh")
    for nobody in ("zz", "' | !", "aisha:*|bo", "%"):
        page = await me.page(f"/console/customers?q={quote(nobody)}")
        assert "cus_bo" not in page, nobody
    answer = await me.get("/console/search", params={"q": "Aisha"})
    assert answer.headers["location"] == "/console/customers?q=Aisha"
    answer = await me.get("/console/search", params={"q": "own/duitnow"})
    assert answer.headers["location"] == "/console/ledger/account?code=own%2Fduitnow"


async def test_customers_are_paged_and_a_name_stays_text(world):
    people = [customer(f"Zul{number:03d}", number + 100)[0] for number in range(60)]
    hostile = customer("Mallory", 900)[0]
    people.append(type(hostile)(**{**_fields(hostile), "display_name": HOSTILE}))

    async def add(tx, _node, groups, now):
        await parties.register_customers(tx, [each for group in groups for each in group], now)
        return [None] * len(groups)

    await world.my.do(add, people)
    me = await browser(world, "maker")
    first = await me.page("/console/customers")
    second = await me.page(older(first))
    seen = [re.findall(r'href="/console/customers/(cus_\w+)"', page) for page in (first, second)]
    assert (len(seen[0]), len(seen[1])) == (50, 13)
    assert not set(seen[0]) & set(seen[1])
    named = await me.page("/console/customers?q=zul")
    assert "cus_zul" in await me.page(older(named))
    page = await me.page("/console/customers/cus_mallory")
    assert IN_PAGE.search(page) is None
    assert "&lt;script&gt;" in page


def _fields(record: object) -> dict[str, object]:
    return {name: getattr(record, name) for name in type(record).__struct_fields__}


async def test_two_people_freeze_an_account_and_the_holders_own_switch_is_told(world):
    maker, checker = await browser(world, "maker"), await browser(world, "checker")
    stop = Switch("acc_aisha", "cus_aisha", PrincipalId("prn_aisha"), stop=True)
    await world.my.do(wallet.switch, stop)
    path = "/console/accounts/acc_aisha"
    page = await maker.page(path)
    assert "Stopped by its holder" in page
    assert "Holder stopped sending" in page
    wrong = await maker.fill(path, verdict="release", **WHY)
    assert wrong.status_code == 409
    proposed = await maker.fill(path, verdict="freeze", **WHY)
    place = proposed.headers["location"]
    assert "Court order &lt;i&gt;" in await checker.page(place)
    assert place in await maker.page(path)
    assert place in await maker.page("/console/customers/cus_aisha")
    done = await checker.fill(place, verdict="approve", check="_aisha")
    assert done.status_code == 303, done.text[:2000]
    assert "Frozen" in await maker.page(path)
    auditor = await browser(world, "auditor")
    trail = await auditor.page("/console/audit")
    assert "Holder stopped sending" in trail
    assert "Account frozen" in trail


async def test_the_book_adds_up_and_each_transfer_is_proved(world):
    made = await completed(world)
    me = await browser(world, "maker")
    chart = await me.page("/console/ledger")
    assert "Debits and credits are equal" in chart
    assert "Trial balance in" in chart
    account = await me.page("/console/ledger/account?code=customer/acc_aisha")
    found = CODE.search(account)
    assert found
    before = await me.page(found[1])
    assert "No seal is over its batch yet" in before

    async def seal(tx, _node, asked, now):
        return [await ledger.seal(tx, now) for _ in asked]

    await world.my.do(seal, None)
    page = await me.page(found[1])
    assert "Its line, its batch and the seal over it agree" in page
    assert "Root of seal" in page
    payment = re.search(r'href="(/console/search\?q=[0-9a-f-]+)"', page)
    assert payment
    answer = await me.get(payment[1])
    assert answer.headers["location"] == f"/console/payments/{made['id']}"


async def test_a_changed_row_is_shouted(world):
    await completed(world)
    me = await browser(world, "maker")
    found = CODE.search(await me.page("/console/ledger/account?code=customer/acc_aisha"))
    assert found
    connection = await world.my.door.database.writer()
    try:
        await connection.execute("SET ROLE NONE")
        await connection.execute("ALTER TABLE ledger.transfer DISABLE TRIGGER history")
        await connection.execute(
            "UPDATE ledger.transfer SET code = 'other' WHERE id = $1::text::uuid",
            found[1].rpartition("/")[2],
        )
        await connection.execute("UPDATE ledger.account SET balance = balance + 1 WHERE id = 1")
    finally:
        await connection.close()
    assert "somebody changed them" in await me.page(found[1])
    assert "Debits and credits are not equal" in await me.page("/console/ledger")
    assert "The book is wrong" in await verified(me)


async def verified(me: Browser) -> str:
    begun = await me.fill("/console/ledger/proof")
    assert begun.headers["location"] == "/console/ledger/proof"
    async with asyncio.timeout(60):
        while "refresh" in (answer := await me.get("/console/ledger/proof")).headers:
            assert "Adding up" in answer.text
            await asyncio.sleep(0.05)
    return answer.text


async def test_the_book_is_added_up_beside_the_loop_and_the_trail_keeps_it(world):
    await completed(world)
    me = await browser(world, "maker")
    page = await verified(me)
    assert "Every row follows from its history" in page
    assert "Book added up anew" in page
    assert "clean: True" in page.replace("<wbr>", "")


async def test_messages_are_read_and_fetched_byte_for_byte(world):
    made = await completed(world)
    me = await browser(world, "maker")
    page = await me.page(f"/console/payments/{made['id']}")
    assert "&lt;<b>IntrBkSttlmAmt</b>" in page
    assert "Valid against its guideline" in page
    assert "pacs.002" in await me.page(f"/console/payments/{made['id']}?message=1")
    links = list(dict.fromkeys(LETTER.findall(page)))
    sent = await world.my.sent("pacs.008.001.13")
    raws = [await me.get(f"{link}/raw") for link in links]
    assert sent[-1] in [raw.content for raw in raws]
    for raw in raws:
        assert raw.headers["content-type"] == "application/xml"
        assert raw.headers["content-disposition"].startswith('attachment; filename="pacs.')
        assert raw.headers["x-content-type-options"] == "nosniff"
    uetr = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", raws[0].text)
    assert uetr
    listed = LETTER.findall(await me.page(f"/console/messages?q={uetr[0]}"))
    assert set(links) <= set(listed)
    other = links[0].replace("/duitnow/", "/nexus/")
    assert (await me.get(other)).status_code == 404


async def test_what_came_in_and_what_went_out_is_paged(world):
    for _ in range(2):
        await world.checked()
    await completed(world)
    me = await browser(world, "maker")
    for way in ("in", "out"):
        page = await me.page(f"/console/messages?way={way}")
        found = list(dict.fromkeys(LETTER.findall(page)))
        assert len(found) >= 3
        place = found[0].rpartition("/")[2]
        cursor = f"duitnow~{place}" if way == "in" else place
        further = await me.page(f"/console/messages?way={way}&before={quote(cursor)}")
        assert list(dict.fromkeys(LETTER.findall(further))) == found[1:]
    assert "Waits" in await me.page("/console/messages?way=waiting")
