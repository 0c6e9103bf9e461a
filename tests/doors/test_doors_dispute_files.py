"""Files that go with disputes: told from their bytes, kept as they came, opened with a trace."""

import hashlib
import io
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import httpx
import pytest
from console_world import ONCE, TOKEN, Browser, browser
from door_world import World, opened
from PIL import Image

from qantara.access.model import Role
from qantara.db import Tx
from qantara.disputes.model import FILE_BYTES, FILES_MOST
from qantara.domestic import flow as domestic
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.parties.model import AliasId, AliasType, NewAlias
from qantara.web.forms import FILE_BYTES as FORM_BYTES

BO = "+60120000002"
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF\n"
HTML = b"<html><script>alert(document.cookie)</script></html>"
WORDS = "The bill says 40.\nبل دیکھیں۔"


def picture(kind: str) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (24, 24), "teal").save(held, kind)
    return held.getvalue()


GOOD = {
    "application/pdf": PDF,
    **{f"image/{kind}": picture(kind) for kind in ("png", "jpeg", "webp")},
}


async def _claimed(tx: Tx, _node: Any, names: Sequence[str], now: datetime) -> list[None]:
    alias = NewAlias(AliasId("als_bo"), AliasType.MBNO, BO, AccountId("acc_bo"))
    await parties.claim_aliases(tx, [alias], now)
    return [None] * len(names)


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        await made.my.do(domestic.open_books, None)
        await made.my.do(_claimed, "bo")
        for name, role in (("ops", Role.OPERATIONS), ("auditor", Role.AUDITOR)):
            made.keys[name] = await made.my.key(name, role, None)
        yield made


async def paid(world: World) -> str:
    check = (await world.post("/v1/payee-checks/here", {"phone": BO})).json()
    order = {
        "account_id": "acc_aisha",
        "payee_check_id": check["id"],
        "amount": "40.00",
        "currency": "MYR",
    }
    answer = await world.post("/v1/transfers", order)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def given(content: bytes) -> dict[str, str]:
    return {"content": b64encode(content).decode()}


async def disputed(world: World, **more: Any) -> dict[str, Any]:
    body = {"payment_id": await paid(world), "kind": "wrong_amount", "words": WORDS} | more
    answer = await world.post("/v1/disputes", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_each_kind_is_told_from_its_bytes_and_given_back_as_it_came(world):
    made = await disputed(world, file=given(PDF))
    say = f"/v1/disputes/{made['id']}/say"
    for content in (*GOOD.values(), PDF):
        told = (await world.post(say, {"words": "Here.", "file": given(content)})).json()
    assert [each["media_type"] for each in told["files"]] == list(GOOD)
    for each in told["files"]:
        answer = await world.get(f"/v1/disputes/{made['id']}/files/{each['id']}")
        assert answer.content == GOOD[each["media_type"]]
        assert each["sha256"] == hashlib.sha256(answer.content).hexdigest()
        assert each["size_bytes"] == len(answer.content)
        headers = answer.headers
        assert headers["content-type"] == each["media_type"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert headers["content-disposition"].startswith('attachment; filename="QD-2026-000001-')


async def test_what_is_no_such_file_is_refused_and_nothing_is_kept(world):
    made = await disputed(world)
    say = f"/v1/disputes/{made['id']}/say"
    for content in (HTML, b"MZ\x90\x00", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"abc"):
        answer = await world.post(say, {"words": "Here.", "file": given(content)})
        assert refused(answer) == (422, "file_unreadable")
    large = PDF + b"\n" * FILE_BYTES
    assert refused(await world.post(say, {"words": "x", "file": given(large)}))[0] in {400, 413}
    body = {"words": "x", "file": {"content": "no base64!"}}
    assert (await world.post(say, body)).status_code == 400
    stands = (await world.get(f"/v1/disputes/{made['id']}")).json()
    assert (stands["files"], len(stands["timeline"])) == ([], 1)
    path = f"/v1/disputes/{made['id']}/files/fil_none"
    assert refused(await world.get(path)) == (404, "file_not_found")


async def test_a_dispute_has_so_many_files_and_the_largest_is_taken(world):
    made = await disputed(world, file=given(PDF + b"\n" * (FILE_BYTES - len(PDF))))
    say = f"/v1/disputes/{made['id']}/say"
    for number in range(1, FILES_MOST):
        body = {"words": "More.", "file": given(PDF + str(number).encode())}
        assert (await world.post(say, body)).status_code == 200
    over = await world.post(say, {"words": "More.", "file": given(PDF + b"x")})
    assert refused(over) == (409, "files_too_many")
    stands = (await world.post(say, {"words": "In words, then."})).json()
    assert (len(stands["files"]), len(stands["timeline"])) == (FILES_MOST, FILES_MOST + 1)


async def test_staff_who_open_a_file_are_written_down_and_others_never_see_it(world):
    made = await disputed(world, file=given(PDF))
    (file,) = made["files"]
    path = f"/v1/disputes/{made['id']}/files/{file['id']}"
    assert (await world.get(path, "bo")).status_code == 404
    assert (await world.get(path)).content == PDF
    auditor = await browser(world, "auditor")
    trail = f"/console/audit?target={made['id']}"
    assert "File of a dispute opened" not in await auditor.page(trail)
    assert (await world.get(path, "ops")).content == PDF
    assert "File of a dispute opened" in await auditor.page(trail)
    other = await disputed(world)
    stray = f"/v1/disputes/{other['id']}/files/{file['id']}"
    assert refused(await world.get(stray)) == (404, "file_not_found")


async def customer(world: World) -> Browser:
    made = Browser(world)
    answer = await made.fill("/app/sign-in", key=world.keys["aisha"], next="/app")
    assert answer.status_code == 303
    return made


async def uploads(me: Browser, page: str, content: bytes, **fields: str) -> httpx.Response:
    """Send the form of a page with a file, as a browser does: the file last."""
    shown = await me.page(page)
    hidden = {
        name: found[1]
        for name, pattern in (("token", TOKEN), ("once", ONCE))
        if (found := pattern.search(shown))
    }
    sent = {"file": ("bill.html", content, "text/html")}
    return await me.http.post(page.partition("?")[0], data=hidden | fields, files=sent)


async def test_a_wrong_file_on_the_page_is_told_and_no_word_is_lost(world):
    me, about = await customer(world), await paid(world)
    page = f"/app/disputes/new?about={about}"
    said = {"about": about, "kind": "wrong_payee", "words": "A long story <b>told</b> once."}
    for content, status, told in (
        (HTML, 422, "Not a picture or PDF"),
        (PDF + b"\n" * FILE_BYTES, 413, "File too large"),
        (PDF + b"\n" * (FORM_BYTES + 1), 413, "File too large"),
    ):
        answer = await uploads(me, page, content, **said)
        assert answer.status_code == status, answer.text[:2000]
        assert told in answer.text
        assert "A long story &lt;b&gt;told&lt;/b&gt; once.</textarea>" in answer.text
        assert 'value="wrong_payee" required checked' in answer.text
        assert "Choose the file again" in answer.text
    opened_one = await uploads(me, page, PDF, **said)
    assert opened_one.status_code == 303, opened_one.text[:2000]
    one = opened_one.headers["location"]
    wrong = await uploads(me, one, HTML, words="And this.", act="say")
    assert (wrong.status_code, "And this.</textarea>" in wrong.text) == (422, True)
    assert (await uploads(me, one, GOOD["image/png"], words="And this.", act="say")).is_redirect
    assert (await me.page(one)).count("/files/fil_") == 2


async def test_the_operator_reads_the_file_from_the_page(world):
    made = await disputed(world, file=given(PDF))
    staff = await browser(world, "ops")
    page = f"/console/disputes/{made['id']}"
    assert "written to the audit trail" in await staff.page(page)
    answer = await staff.get(f"{page}/files/{made['files'][0]['id']}")
    assert answer.content == PDF
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-frame-options"] == "DENY"
    auditor = await browser(world, "auditor")
    assert "File of a dispute opened" in await auditor.page(f"/console/audit?target={made['id']}")
