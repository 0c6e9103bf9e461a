"""Payments received, held for two people, and taken back; own FX and priority at the door."""

import uuid
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from console_world import browser
from door_nodes import institution
from door_world import WISH, World, opened, status_envelope
from msgspec.structs import replace

from moments import NOW
from qantara import ids
from qantara.edge.envelope import Envelope
from qantara.money import MYR, PKR, Money, Rate
from qantara.parties.model import CustomerState
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    Party,
    PaymentStatus,
    Profile,
    Status,
)
from qantara.remittance import flow
from qantara.remittance.model import ForeignAccount, OwnFx, ReferenceRate

WHY = {"legal_reason": "Large gift, papers seen", "citation": "AMLA guideline 14 (example)"}


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    node = institution()
    corridors = {"PK": replace(node.corridors["PK"], high=True)}
    held = replace(node, review_above=Money(50_00, MYR), corridors=corridors)
    async with opened(servers(18), held) as made:
        yield made


def arriving(amount: int) -> CreditTransfer:
    number = uuid.uuid4()
    return CreditTransfer(
        message_id=ids.new_message_id(),
        created_at=NOW,
        clearing_system="RPP",
        uetr=str(number),
        end_to_end_id="E2E1",
        transaction_id="TX1",
        settlement_amount=Money(amount, MYR),
        settlement_on=NOW.date(),
        accepted_at=NOW,
        instructed_amount=Money(6500_00, PKR),
        agreed_rate=AgreedRate("PKR", "MYR", Decimal("0.0155"), str(uuid.uuid4())),
        charges=(
            Charge(Money(60_00, PKR), Agent("RAVIPKK0")),
            Charge(Money(55, MYR), Agent("WAUEMYK0")),
        ),
        instructing_agent=Agent("SAPMMYK0"),
        instructed_agent=Agent("WAUEMYK0"),
        previous=Correspondent(Agent("SAPPPKK0"), AccountRef(other="PK00SAPP0001")),
        intermediary2=Correspondent(Agent("SAPMMYK0"), AccountRef(other="880100000001")),
        debtor=Party("Sana Qureshi", "PK", "Lahore", "1 Misaal Road"),
        debtor_account=AccountRef(iban="PK36SCBL0000001123456702"),
        debtor_agent=Agent("RAVIPKK0"),
        creditor_agent=Agent("WAUEMYK0"),
        creditor=Party("Aisha Binti Contoh"),
        creditor_account=AccountRef(other="110000000001"),
    )


async def arrived(world: World, amount: int = 100_00) -> CreditTransfer:
    record = arriving(amount)
    raw = rails.build(record, Profile.DUITNOW)
    await world.accepted(Envelope(record.message_id, "pacs.008.001.13", record.uetr, raw))
    return record


async def answered(world: World) -> list[Status]:
    raws = await world.my.sent("pacs.002.001.15")
    records = [rails.read(raw, Profile.DUITNOW) for raw in raws]
    return [record.status for record in records if isinstance(record, PaymentStatus)]


async def decided(world: World, uetr: str, verdict: str, **more: str) -> int:
    asked = await world.post(f"/v1/received/{uetr}/{verdict}", WHY | more, "maker")
    assert asked.status_code == 201, asked.text
    done = await world.post(f"/v1/proposals/{asked.json()['id']}/approve", {}, "checker")
    return done.status_code


@pytest.mark.parametrize(
    ("verdict", "state", "status", "balance"),
    [
        ("release", "credited", Status.ACCC, "1099.45"),
        ("refuse", "refused", Status.RJCT, "1000.00"),
        ("block", "blocked", Status.BLCK, "1000.00"),
    ],
)
async def test_two_people_end_the_wait_of_a_held_payment(world, verdict, state, status, balance):
    payment = await arrived(world)
    waiting = (await world.get("/v1/received/held", "maker")).json()
    assert [each["uetr"] for each in waiting["data"]] == [payment.uetr]
    assert await decided(world, payment.uetr, verdict) == 200
    shown = (await world.get(f"/v1/received/{payment.uetr}")).json()
    assert (shown["state"], shown["final"]) == (state, True)
    assert [event["state"] for event in shown["events"]] == ["held", state]
    assert await answered(world) == [Status.ACWP, status]
    assert (await world.balance())["balance"] == balance
    assert (await world.get("/v1/received/held", "maker")).json()["data"] == []
    again = await world.post(f"/v1/received/{payment.uetr}/{verdict}", WHY, "maker")
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")


async def test_of_two_proposals_the_later_finds_nothing_to_decide(world):
    payment = await arrived(world)
    path = f"/v1/received/{payment.uetr}"
    first = await world.post(f"{path}/release", WHY, "maker")
    second = await world.post(f"{path}/block", WHY, "maker")
    for asked, code in ((first, 200), (second, 409)):
        done = await world.post(f"/v1/proposals/{asked.json()['id']}/approve", {}, "checker")
        assert done.status_code == code
    assert (await world.get(path)).json()["state"] == "credited"


async def test_a_received_payment_is_its_recipients_and_staffs_alone(world):
    payment = await arrived(world, 40_00)
    path = f"/v1/received/{payment.uetr}"
    for by, code in (("aisha", 200), ("bo", 404), ("maker", 200)):
        assert (await world.get(path, by)).status_code == code
    assert (await world.post(f"{path}/block", WHY, "aisha")).status_code == 403
    assert (await world.get("/v1/received/held", "aisha")).status_code == 403
    for verdict, body, code in (("burn", WHY, 404), ("block", WHY | {"reason": "no"}, 400)):
        assert (await world.post(f"{path}/{verdict}", body, "maker")).status_code == code


async def test_a_late_rejection_is_told_to_the_recipient(world):
    payment = await arrived(world, 40_00)
    late = PaymentStatus(
        message_id=ids.new_message_id(),
        created_at=NOW,
        original_message_id=payment.message_id,
        uetr=payment.uetr,
        original_end_to_end_id=payment.end_to_end_id,
        original_transaction_id=payment.transaction_id,
        status=Status.RJCT,
        instructing_agent=payment.instructing_agent,
        instructed_agent=payment.instructed_agent,
        reason="AB05",
    )
    await world.accepted(status_envelope(late))
    shown = (await world.get(f"/v1/received/{payment.uetr}")).json()
    assert (shown["state"], shown["reason"]) == ("reversed", "timed_out")
    assert shown["taken_back"] == {"amount": "39.45", "currency": "MYR"}
    assert (await world.balance())["balance"] == "1000.00"


async def test_a_death_is_recorded_by_two_people_and_nothing_more_is_paid_in(world):
    asked = await world.post("/v1/customers/cus_aisha/deceased", WHY, "maker")
    await world.post(f"/v1/proposals/{asked.json()['id']}/approve", {}, "checker")
    await arrived(world, 40_00)
    assert await answered(world) == [Status.RJCT]
    async with world.my.door.database.read() as tx:
        state = await tx.fetchval("SELECT state FROM parties.customer WHERE id = 'cus_aisha'")
    assert state == CustomerState.DECEASED
    unknown = await world.post("/v1/customers/cus_none/deceased", WHY, "maker")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "customer_not_found")


async def test_a_payment_at_a_point_of_sale_is_asked_for_and_shown(world):
    body = await world.yes() | {"priority": "HIGH"}
    made = (await world.post("/v1/remittances", body)).json()
    assert made["priority"] == "HIGH"
    raw = (await world.my.sent("pacs.008.001.13"))[-1]
    assert b"<InstrPrty>HIGH</InstrPrty>" in raw
    strange = await world.post("/v1/remittances", await world.yes() | {"priority": "FAST"})
    assert strange.status_code == 400


async def test_the_holder_sees_the_name_that_payments_carry(world):
    account = (await world.get("/v1/accounts/acc_aisha")).json()
    assert account["rails_name"] == "Aisha Binti Contoh"


async def test_own_fx_is_priced_by_the_gateways_fees_at_our_own_rate(servers):
    abroad = ForeignAccount("sap-pk", "SAPPPKK0", "PK00SAPP0009", PKR)
    node = replace(institution(), own_fx=OwnFx("WAUOWNFX01", {"PK": abroad}))
    async with opened(servers(18), node) as world:
        missing = await world.post("/v1/quotes", WISH)
        assert (missing.status_code, missing.json()["code"]) == (503, "rate_missing")
        rate = ReferenceRate(Rate(MYR, PKR, Decimal("63.1")), "own desk (example)", NOW)
        await world.my.do(flow.record_own_rates, rate)
        quote = await world.quoted()
        assert quote["exchange_rate"]["rate"] == "63.1"
        assert quote["exchange_rate"]["source"] == "WAUEMYK0"
        arrives = Decimal(quote["received"]["amount"]) + Decimal(quote["recipient_fee"]["amount"])
        assert arrives == Decimal("31392.25")
        await world.remitted()
        payment = rails.read((await world.my.sent("pacs.008.001.13"))[-1], Profile.DUITNOW)
        assert isinstance(payment, CreditTransfer)
        assert payment.agreed_rate.quote_id is None
        assert payment.intermediary2.account.number == "PK00SAPP0009"


@pytest.mark.parametrize(("verdict", "state"), [("release", "Credited"), ("block", "Blocked")])
async def test_two_people_decide_on_a_held_payment_in_the_console(world, verdict, state):
    record = await arrived(world)
    maker, checker = await browser(world, "maker"), await browser(world, "checker", "ur")
    assert record.uetr in await maker.page("/console/held")
    told = "account_frozen" if verdict == "block" else ""
    path = f"/console/held/{record.uetr}"
    odd = await maker.fill(path, verdict="vanish", **WHY)
    assert odd.status_code == 404
    proposed = await maker.fill(path, verdict=verdict, reason=told, **WHY)
    place = proposed.headers["location"]
    assert place in await maker.page("/console/held")
    done = await checker.fill(place, verdict="approve", check=record.uetr[-6:])
    assert done.headers["location"] == place
    answer = await maker.get("/console/search", params={"q": record.uetr})
    page = await maker.page(answer.headers["location"])
    assert f">{state}<" in page
    assert "Sana Qureshi" in page
    assert "remittance." in page
    assert record.uetr in await checker.page("/console/received")
    assert record.uetr not in await checker.page("/console/held")
    assert (await maker.fill("/console", path, verdict=verdict, **WHY)).status_code == 409
