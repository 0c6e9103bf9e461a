"""The console's pages about keys, webhooks, reports and the machine, as a browser meets them."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from console_world import HOSTILE, IN_PAGE, WHY, browser, completed, office, older
from door_world import World

from moments import NOW
from qantara import ids
from qantara.access import flow as access
from qantara.access.model import INSTALLER, NewPrincipal, PrincipalKind, Role
from qantara.access.webhooks import flow as webhooks
from qantara.access.webhooks.model import NewDelivery, NewEndpoint
from qantara.ids import PrincipalId
from qantara.money import MYR, Money
from qantara.rails import flow as rails
from qantara.rails.model import Agent, Booking, Notification, NotificationEntry, Profile, Status


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with office(servers(18)) as made:
        yield made


async def test_two_administrators_close_a_key(world):
    one, two = await browser(world, "admin"), await browser(world, "admin2")
    key_id = world.keys["ops"].partition(".")[0]
    path = f"/console/keys/{key_id}"
    assert world.keys["ops"].partition(".")[2] not in await one.page(path)
    ops = await browser(world, "ops")
    proposed = await one.fill(path, **WHY)
    place = proposed.headers["location"]
    own = await one.fill(place, verdict="approve", check=key_id[-6:])
    assert own.status_code == 403
    assert (await ops.get("/console")).status_code == 200
    done = await two.fill(place, verdict="approve", check=key_id[-6:])
    assert done.status_code == 303, done.text[:1500]
    assert (await ops.get("/console")).status_code == 303
    assert "Closed" in await one.page(path)
    again = await one.post(path, **WHY)
    assert again.status_code == 403


async def test_a_webhook_is_told_once_more(world):
    said = ("whe_one", PrincipalId("prn_ops"), None, "https://ops.example/hook", ("*",))
    endpoint = NewEndpoint(*said, f"for {HOSTILE}", "whsec_never_shown", 3)
    await world.my.do(webhooks.add, endpoint)
    told = NewDelivery("whd_one", "whe_one", "evt_one", "remittance.completed", "rem_x", b"{}")
    await world.my.do(webhooks.deliver, told)
    ops = await browser(world, "ops")
    page = await ops.page("/console/webhooks/whe_one")
    assert "whsec" not in page
    assert IN_PAGE.search(page) is None
    again = await ops.fill("/console/webhooks/whe_one", delivery="whd_one")
    assert again.status_code == 303
    assert await world.my.count("webhooks.delivery") == 1, "one that waits is only hastened"
    connection = await world.my.door.database.writer()
    await connection.execute("UPDATE webhooks.delivery SET state = 'lapsed', finished_at = due_at")
    await connection.close()
    fields = dict(re.findall(r'name="(token|once)" value="([^"]+)"', page))
    for _ in range(2):
        await ops.post("/console/webhooks/whe_one", **fields, delivery="whd_one")
    assert await world.my.count("webhooks.delivery") == 2, "the same form tells it once"
    other = await ops.fill("/console/webhooks/whe_one", delivery="whd_nobody")
    assert other.status_code == 404


def report(uetr: str, amount: int, **other: object) -> Notification:
    entry = NotificationEntry(
        **{
            "status": Status.ACCC,
            "booking": Booking.DBIT,
            "amount": Money(amount, MYR),
            "concluded_at": NOW,
            "message_id": ids.new_message_id(),
            "uetr": uetr,
            "end_to_end_id": "E2E1",
            "transaction_id": "TX1",
            "debtor_agent": Agent("WAUEMYK0"),
            "creditor_agent": Agent("RAVIPKK0"),
            **other,
        }
    )
    return Notification(
        message_id=ids.new_message_id(),
        created_at=NOW + timedelta(days=1),
        id="REPORT1",
        page=1,
        last_page=True,
        account="RPP",
        currency="MYR",
        owner=Agent("DNOWMYK0"),
        begins_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(hours=1),
        entries=(entry,),
    )


async def test_a_report_is_held_against_our_records(world):
    made = await completed(world)
    me = await browser(world, "maker")
    async with world.my.door.database.read() as tx:
        row = await tx.fetchrow(
            "SELECT r.uetr, q.interbank_source FROM remittance.remittance r"
            " JOIN remittance.quote q ON q.id = r.quote_id WHERE r.id = $1",
            made["id"],
        )
    uetr, amount = row["uetr"], int(row["interbank_source"])
    other = str(ids.uuid4())
    foreign = {"debtor_agent": Agent("OTHRMYK0")}
    cases = (
        (report(uetr, amount), ["Equal to the last unit"]),
        (report(uetr, amount + 1), ["1 payment differs", "other amount"]),
        (report(uetr, amount, status=Status.BLCK), ["1 payment differs", "other ending"]),
        (report(other, amount), ["2 payments differ", "unknown here", "not reported"]),
        (report(other, amount, **foreign), ["1 payment differs", "not reported"]),
    )
    for told, words in cases:
        raw = rails.build(told, Profile.NEXUS).decode()
        answer = await me.fill("/console/reconciliation", report=raw)
        assert answer.status_code == 200, answer.text[:2000]
        for said in words:
            assert said in answer.text, (said, told)
    for broken in ("no XML at all", "<Document/>", HOSTILE):
        answer = await me.fill("/console/reconciliation", report=broken)
        assert answer.status_code == 200
        assert IN_PAGE.search(answer.text) is None
        assert "Equal to" not in answer.text
    assert made["id"] in await me.page("/console/reconciliation/2026-03-02")


async def test_what_was_earned_stands_beside_what_is_covered(world):
    await completed(world)
    me = await browser(world, "maker")
    page = await me.page("/console/liquidity")
    assert "Covered to the last unit" in page
    assert "KITEMYK0" in page
    assert "<polyline" in page
    assert re.search(r"% of what was exchanged", page)


async def test_the_machine_tells_what_it_is_and_hides_what_opens_it(world, monkeypatch):
    address = "postgresql://someone:hunter2@db.example/qantara?password=hunter3"
    monkeypatch.setenv("QANTARA_DATABASE_URL", address)
    admin = await browser(world, "admin")
    page = await admin.page("/console/admin/settings")
    assert "hunter" not in page
    assert "db.example" in page
    assert "WAUEMYK0" in page
    assert "Ready:" in await admin.page("/console/admin/health")
    roles = await admin.page("/console/admin/roles")
    assert "keys:<wbr>manage" in roles or "keys:manage" in roles


async def test_everybody_is_listed_in_pages(world):
    async def many(tx, _node, asked, now):
        new = [
            NewPrincipal(
                PrincipalId(f"prn_zz{n:04d}"), PrincipalKind.PERSON, f"P {n}", (Role.AUDITOR,)
            )
            for n in range(120)
        ]
        await access.register_principals(tx, new, now, INSTALLER)
        return [None] * len(asked)

    await world.my.do(many, None)
    admin = await browser(world, "admin")
    first = await admin.page("/console/admin")
    assert "prn_zz0119" in await admin.page(older(first))
