"""Messages over REST: taken with 202, answered at the registered address and nowhere else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from gateway_world import HOOK, Gate, gate
from msgspec.structs import replace

from qantara.clock import to_text
from qantara.db import mail
from qantara.edge import Envelope
from qantara.ids import new_message_id
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    CreditTransfer,
    PaymentStatus,
    Profile,
    Proxy,
    ResolutionReport,
    ResolutionRequest,
    Status,
)

PACS008 = f"/iso20022/pacs008?{urlencode({'pacs002Endpoint': HOOK})}"
ACMT023 = f"/iso20022/acmt023?{urlencode({'acmt024Endpoint': HOOK})}"
XML = {"content-type": "application/xml"}


@pytest.fixture
async def nexus(servers) -> AsyncIterator[Gate]:
    async with gate(servers) as made:
        yield made


async def left(nexus: Gate, recipient: str) -> list[Any]:
    """What waits for a recipient, read."""
    async with nexus.place.door.database.read() as tx:
        found = await mail.due(tx, 100, nexus.clock.now)
    return [rails.read(each.raw, Profile.NEXUS) for each in found if each.recipient == recipient]


async def post(nexus: Gate, path: str, raw: bytes, by: str = "duitnow") -> Any:
    return await nexus.do("POST", path, by, raw, **XML)


async def answered(nexus: Gate, leg: CreditTransfer) -> None:
    """The destination system's yes, over its link."""
    said = PaymentStatus(
        message_id=new_message_id(),
        created_at=nexus.clock.now,
        original_message_id=leg.message_id,
        uetr=leg.uetr,
        original_end_to_end_id=leg.end_to_end_id,
        original_transaction_id=leg.transaction_id,
        status=Status.ACCC,
        instructing_agent=leg.instructing_agent,
        instructed_agent=leg.instructed_agent,
    )
    raw = rails.build(said, Profile.NEXUS)
    envelope = Envelope(said.message_id, "pacs.002.001.15", said.uetr, raw)
    acks = await nexus.place.intake.take("raast", [envelope])
    assert acks[0].accepted, acks


async def test_a_payment_posted_is_answered_at_the_address_and_a_resend_where_it_asks(nexus):
    transfer = await nexus.transfer()
    raw = rails.build(transfer, Profile.NEXUS)
    taken = await post(nexus, PACS008, raw)
    assert (taken.status_code, taken.json()) == (202, {"messageId": transfer.message_id})
    (leg,) = await left(nexus, "raast")
    assert await left(nexus, HOOK) == []
    await answered(nexus, leg)
    (said,) = await left(nexus, HOOK)
    assert (said.status, said.original_message_id) == (Status.ACCC, transfer.message_id)
    assert await left(nexus, "duitnow") == []
    assert (await post(nexus, PACS008, raw)).status_code == 202
    assert len(await left(nexus, HOOK)) == 2
    envelope = Envelope(transfer.message_id, "pacs.008.001.13", transfer.uetr, raw)
    assert (await nexus.place.intake.take("duitnow", [envelope]))[0].accepted
    assert [one.message_id for one in await left(nexus, "duitnow")] == [said.message_id]


async def test_no_address_but_a_registered_one_is_ever_posted_to(nexus):
    raw = rails.build(await nexus.transfer(), Profile.NEXUS)
    for address in (
        *("http://169.254.169.254/", "https://rpp.example/", f"{HOOK}/", HOOK.upper(), ""),
        *("https://rpp.example@evil.example/answers", "file:///etc/passwd", f"{HOOK}?x=1"),
    ):
        path = f"/iso20022/pacs008?{urlencode({'pacs002Endpoint': address})}"
        answer = await post(nexus, path, raw)
        assert (answer.status_code, answer.json()["code"]) == (422, "endpoint_foreign"), address
    anothers = await post(nexus, PACS008, raw, "raast")
    assert (anothers.status_code, anothers.json()["code"]) == (422, "endpoint_foreign")
    nobodys = await post(nexus, PACS008, raw, "my")
    assert (nobodys.status_code, nobodys.json()["code"]) == (403, "message_wrong_party")
    assert (await post(nexus, "/iso20022/pacs008", raw)).json()["code"] == "field_missing"
    assert await left(nexus, HOOK) == await left(nexus, "raast") == []


async def test_a_message_that_breaks_the_schema_is_answered_like_any_other(nexus):
    transfer = await nexus.transfer()
    raw = rails.build(transfer, Profile.NEXUS).replace(b"<CdtrAgt>", b"<CdtrAgt><Odd/>")
    assert (await post(nexus, PACS008, raw)).status_code == 202
    (said,) = await left(nexus, HOOK)
    assert (said.status, said.reason, said.uetr) == (Status.RJCT, "FF01", transfer.uetr)
    nameless = await post(nexus, PACS008, b"<Document/>")
    assert (nameless.status_code, nameless.json()["iso_code"]) == (400, "FF01")
    large = await post(nexus, PACS008, b"<a>" + b" " * (2 * 1024 * 1024))
    assert large.status_code == 413


async def test_over_the_link_a_broken_payment_is_accepted_and_answered_by_pacs002(nexus):
    transfer = await nexus.transfer()
    raw = rails.build(transfer, Profile.NEXUS).replace(b"<InstrPrty>NORM</InstrPrty>", b"")
    envelope = Envelope(transfer.message_id, "pacs.008.001.13", transfer.uetr, raw)
    (ack,) = await nexus.place.intake.take("duitnow", [envelope])
    assert ack.accepted
    (said,) = await left(nexus, "duitnow")
    assert (said.reason, said.original_message_id) == ("CH21", transfer.message_id)
    assert said.reason_texts[0].startswith("message_element_missing")
    nameless = Envelope("key", "pacs.008.001.13", None, b"<Document/>")
    (ack,) = await nexus.place.intake.take("duitnow", [nameless])
    assert (ack.accepted, ack.reason) == (False, "message_version")
    good = rails.build(transfer, Profile.NEXUS)
    whole = Envelope(transfer.message_id, "pacs.008.001.13", transfer.uetr, good)
    assert (await nexus.place.intake.take("duitnow", [whole]))[0].accepted
    assert (await left(nexus, "duitnow"))[-1].reason == "DU01"


async def test_a_question_posted_is_answered_at_the_address(nexus):
    asked = ResolutionRequest(
        message_id=new_message_id(),
        created_at=nexus.clock.now,
        creator_id="9f86d081884c7d65",
        first_agent=Agent("WAUEMYK0"),
        assigner=Agent("WAUEMYK0"),
        assignee=Agent("NEXSSGS0"),
        destination_country="PK",
        request_id="ASK-1",
        account=AccountRef(proxy=Proxy("MBNO", "+923001234567")),
    )
    taken = await post(nexus, ACMT023, rails.build(asked, Profile.NEXUS))
    assert taken.status_code == 202
    (onward,) = await left(nexus, "raast")
    report = ResolutionReport(
        message_id=new_message_id(),
        created_at=nexus.clock.now,
        first_agent=onward.first_agent,
        assigner=onward.assignee,
        assignee=onward.assigner,
        original_message_id=onward.message_id,
        original_created_at=onward.created_at,
        original_request_id=onward.request_id,
        original_account=onward.account,
        verified=False,
        reason="BE23",
    )
    raw = rails.build(report, Profile.NEXUS)
    envelope = Envelope(report.message_id, "acmt.024.001.04", None, raw)
    assert (await nexus.place.intake.take("raast", [envelope]))[0].accepted
    abroad = replace(asked, message_id=new_message_id(), destination_country="SG")
    assert (await post(nexus, ACMT023, rails.build(abroad, Profile.NEXUS))).status_code == 202
    assert [one.reason for one in await left(nexus, HOOK)] == ["BE23", "RC07"]
    broken = await post(nexus, ACMT023, b"<Document/>")
    assert (broken.status_code, broken.json()["code"]) == (400, "message_version")


async def test_a_bank_that_is_listed_and_not_on_nexus_is_agnt(nexus):
    bank = {
        "name": "Bank Misaal",
        "finInstId": {"BICFI": ["BANKPKK0"]},
        "countryCode": "PK",
        "roles": ["psp"],
        "nexusParticipant": False,
    }
    assert (await nexus.do("POST", "/fin-insts", "raast", bank)).status_code == 201
    asked = ResolutionRequest(
        message_id=new_message_id(),
        created_at=nexus.clock.now,
        creator_id="9f86d081884c7d65",
        first_agent=Agent("WAUEMYK0"),
        assigner=Agent("WAUEMYK0"),
        assignee=Agent("NEXSSGS0"),
        destination_country="PK",
        request_id="ASK-2",
        account=AccountRef(iban="PK36BANK0000001123456702"),
        agent=Agent("BANKPKK0"),
    )
    await post(nexus, ACMT023, rails.build(asked, Profile.NEXUS))
    assert [one.reason for one in await left(nexus, HOOK)] == ["AGNT"]
    assert await left(nexus, "raast") == []


async def test_a_system_reconciles_any_period_that_is_over(nexus):
    transfer = await nexus.transfer()
    await post(nexus, PACS008, rails.build(transfer, Profile.NEXUS))
    (leg,) = await left(nexus, "raast")
    await answered(nexus, leg)
    begins = to_text(nexus.clock.now)
    nexus.clock.forward(60)
    span = urlencode({"from": begins, "to": to_text(nexus.clock.now)})
    body = await nexus.read(f"/reconciliation/duitnow?{span}", "duitnow")
    assert body["totals"] == [
        {
            "creditDebitIndicator": "DBIT",
            "status": "ACCC",
            "count": 1,
            "total": {"amount": "500.00", "currency": "MYR"},
        }
    ]
    (page,) = body["pages"]
    answer = await nexus.do("GET", page["href"], "duitnow")
    assert answer.headers["content-type"].startswith("application/xml")
    told = rails.read(answer.content, Profile.NEXUS)
    assert [entry.uetr for entry in told.entries] == [transfer.uetr]
    other = await nexus.read(f"/reconciliation/raast?{span}", "raast")
    assert other["totals"][0]["creditDebitIndicator"] == "CRDT"
    for path, by in (
        *((f"/reconciliation/raast?{span}", who) for who in ("duitnow", "fxp", "my")),
        (f"/reconciliation/my?{span}", "my"),
        (f"/reconciliation/duitnow/pages/2?{span}", "duitnow"),
    ):
        assert (await nexus.do("GET", path, by)).status_code == 404, path
    later = to_text(nexus.clock.now + timedelta(seconds=1))
    for wrong in (
        {"from": begins, "to": later},
        {"from": later, "to": begins},
        {"from": begins, "to": begins},
    ):
        answer = await nexus.do("GET", f"/reconciliation/duitnow?{urlencode(wrong)}", "duitnow")
        assert (answer.status_code, answer.json()["code"]) == (400, "field_invalid")
