"""Payments inside the payment system, as customers and staff meet them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from console_world import browser
from door_world import World, opened

from moments import NOW
from qantara import ids
from qantara.access.model import Role
from qantara.clock import to_text
from qantara.domestic import flow
from qantara.edge import Ack, Envelope
from qantara.money import MYR, Money
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    CancellationRequest,
    DomesticTransfer,
    Party,
    PaymentRequest,
    PaymentStatus,
    Profile,
    ResolutionReport,
    Status,
    envelope_name,
)

INSIDE = Profile.DUITNOW_DOMESTIC
THERE, NUMBER = "BATKMYK0", "220000000002"
CHECK = {"country": "MY", "address_type": "ACCT", "address": NUMBER, "agent_bic": THERE}
PAYMENT = "pacs.008.001.13/duitnow_domestic"


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        await made.my.do(flow.open_books, None)
        made.keys["ops"] = await made.my.key("ops", Role.OPERATIONS, None)
        yield made


async def deliver(world: World, record: Any) -> None:
    raw = rails.build(record, INSIDE)
    name = envelope_name(rails.name_of(record, INSIDE), INSIDE)
    uetr = getattr(record, "uetr", None)
    envelope = Envelope(record.message_id, name, uetr, raw)
    acks = await world.my.intake.take("duitnow", [envelope])
    assert acks == [Ack(envelope.key, accepted=True)]


async def checked(world: World, by: str = "aisha") -> str:
    name = "acmt.023.001.04/duitnow_domestic"
    before = len(await world.my.sent(name))
    asking = asyncio.create_task(world.post("/v1/payee-checks", CHECK, by))
    asked: Any = rails.read((await world.my.waited_for(name, before + 1))[-1], INSIDE)
    report = ResolutionReport(
        message_id=ids.new_message_id(),
        created_at=world.clock.now,
        first_agent=asked.first_agent,
        assigner=asked.assignee,
        assignee=asked.assigner,
        original_message_id=asked.message_id,
        original_created_at=asked.created_at,
        original_request_id=asked.request_id,
        original_account=asked.account,
        original_agent=asked.agent,
        verified=True,
        payee=Party("Chong Wei Contoh", "MY", "Ipoh"),
        account=AccountRef(other=NUMBER, name="CHONG W****"),
        agent=Agent(THERE),
    )
    await deliver(world, report)
    answer = await asking
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def order(check_id: str, **other: str) -> dict[str, Any]:
    wanted = {"account_id": "acc_aisha", "amount": "100.00", "currency": "MYR", "note": "Rent"}
    return {**wanted, "payee_check_id": check_id, **other}


async def ordered(world: World, **other: str) -> dict[str, Any]:
    answer = await world.post("/v1/transfers", order(await checked(world), **other))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def last_payment(world: World) -> DomesticTransfer:
    payment = rails.read((await world.my.sent(PAYMENT))[-1], INSIDE)
    assert isinstance(payment, DomesticTransfer)
    return payment


async def concluded(world: World, status: Status, reason: str | None = None) -> None:
    payment = await last_payment(world)
    word = PaymentStatus(
        message_id=ids.new_message_id(),
        created_at=world.clock.now,
        original_message_id=payment.message_id,
        uetr=payment.uetr,
        original_end_to_end_id=payment.end_to_end_id,
        original_transaction_id=payment.transaction_id,
        status=status,
        instructing_agent=payment.instructed_agent,
        instructed_agent=payment.instructing_agent,
        reason=reason,
    )
    await deliver(world, word)


async def test_a_transfer_is_ordered_followed_and_told_with_its_messages(world):
    transfer = await ordered(world)
    assert (transfer["state"], transfer["final"]) == ("accepted", False)
    assert transfer["amount"] == {"amount": "100.00", "currency": "MYR"}
    assert transfer["fee"] == {"amount": "0.00", "currency": "MYR", "label": None}
    assert transfer["payee_display_name"] == "CHONG W****"
    await concluded(world, Status.ACCC)
    path = f"/v1/transfers/{transfer['id']}"
    told = (await world.get(path)).json()
    assert (told["state"], told["final"]) == ("completed", True)
    assert [each["state"] for each in told["events"]] == ["accepted", "completed"]
    letters = (await world.get(f"{path}/messages")).json()["data"]
    assert [(each["name"], each["direction"], each["valid"]) for each in letters] == [
        ("pacs.008.001.13", "out", True),
        ("pacs.002.001.15", "in", True),
    ]
    stream = await world.get(f"{path}/events")
    assert "event: accepted" in stream.text
    assert "event: completed" in stream.text
    assert "Wei Contoh" not in (await world.get(path)).text


async def test_a_rejected_transfer_says_why(world):
    waiting = asyncio.create_task(
        world.post("/v1/transfers", order(await checked(world)), prefer="wait=20")
    )
    await world.my.waited_for(PAYMENT, 1)
    await concluded(world, Status.RJCT, "AC04")
    answer = await waiting
    assert answer.headers["preference-applied"] == "wait=20"
    told = answer.json()
    assert (told["state"], told["reason"]) == ("rejected", "payee_closed")
    assert told["refusal"]["iso_code"] == "AC04"
    assert (await world.balance())["available"] == "1000.00"


async def test_the_same_key_makes_one_transfer(world):
    body = order(await checked(world))
    first = await world.post("/v1/transfers", body, key="k1")
    again = await world.post("/v1/transfers", body, key="k1")
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert await world.my.count("domestic.transfer") == 1


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"amount": "100.0"}, 400, "amount_scale"),
        ({"amount": "0.00"}, 400, "amount_not_positive"),
        ({"currency": "PKR"}, 400, "currency_mismatch"),
        ({"amount": "1000.01"}, 422, "insufficient_funds"),
        ({"amount": "50000.01"}, 422, "amount_above_limit"),
        ({"account_id": "acc_bo"}, 404, "account_not_found"),
        ({"payee_check_id": "chk_none"}, 422, "payee_not_confirmed"),
        ({"note": "\u2603"}, 400, "field_invalid"),
        ({"reference": "//"}, 400, "field_invalid"),
    ],
)
async def test_what_cannot_be_ordered_is_a_problem_with_its_code(world, other, status, code):
    answer = await world.post("/v1/transfers", order(await checked(world)) | other)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_transfers_come_in_pages_and_only_to_their_owner(world):
    made = [await ordered(world, amount=f"{n}.00") for n in (1, 2, 3)]
    first = (await world.get("/v1/transfers?limit=2")).json()
    assert [each["id"] for each in first["data"]] == [made[2]["id"], made[1]["id"]]
    assert first["has_more"] is True
    cursor = first["data"][-1]["id"]
    second = (await world.get(f"/v1/transfers?starting_after={cursor}")).json()
    assert [each["id"] for each in second["data"]] == [made[0]["id"]]
    assert (await world.get("/v1/transfers", "bo")).json()["data"] == []
    foreign = await world.get(f"/v1/transfers/{cursor}", "bo")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "transfer_not_found")
    bent = await world.get("/v1/transfers?starting_after=trf_none")
    assert (bent.status_code, bent.json()["code"]) == (400, "cursor_malformed")
    staff = (await world.get("/v1/transfers?customer_id=cus_aisha", "maker")).json()
    assert len(staff["data"]) == 3


async def test_a_customer_asks_to_be_paid(world):
    check_id = await checked(world)
    until = to_text(NOW + timedelta(days=7))
    body = {
        "account_id": "acc_aisha",
        "payer_check_id": check_id,
        "amount": "40.00",
        "currency": "MYR",
        "expires_at": until,
        "note": "Tea",
    }
    answer = await world.post("/v1/payment-requests", body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["direction"], made["state"], made["counterpart"]) == ("out", "sent", "CHONG W****")
    assert made["account"] == "********0002"
    listed = (await world.get("/v1/payment-requests?direction=out")).json()
    assert [each["id"] for each in listed["data"]] == [made["id"]]
    assert (await world.get("/v1/payment-requests")).json()["data"] == []
    assert (await world.get(f"/v1/payment-requests/{made['id']}", "bo")).status_code == 404
    bent = await world.post("/v1/payment-requests", body | {"pay_on": "2026-02-31"})
    assert (bent.status_code, bent.json()["code"]) == (400, "time_malformed")
    past = await world.post("/v1/payment-requests", body | {"expires_at": to_text(NOW)})
    assert (past.status_code, past.json()["param"]) == (400, "expires_at")


def demand(minor: int = 40_00) -> PaymentRequest:
    """A request to Aisha from another bank."""
    return PaymentRequest(
        message_id=ids.new_message_id(),
        created_at=NOW,
        request_id=ids.new_message_id(),
        end_to_end_id=ids.new_message_id(),
        amount=Money(minor, MYR),
        expires_at=NOW + timedelta(days=7),
        creditor=Party("Chong Wei Contoh", "MY", "Ipoh"),
        creditor_account=AccountRef(other=NUMBER),
        creditor_agent=Agent(THERE),
        debtor=Party("Aisha Binti Contoh"),
        debtor_account=AccountRef(other="110000000001"),
        debtor_agent=Agent("WAUEMYK0"),
        remittance="Tea",
    )


async def shown(world: World, record: PaymentRequest) -> dict[str, Any]:
    await deliver(world, record)
    return dict((await world.get("/v1/payment-requests")).json()["data"][0])


async def test_a_request_is_shown_accepted_and_paid(world):
    asked = await shown(world, record := demand())
    assert (asked["direction"], asked["state"], asked["note"]) == ("in", "shown", "Tea")
    path = f"/v1/payment-requests/{asked['id']}"
    foreign = await world.post(f"{path}/accept", {}, "bo")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "payment_request_not_found")
    answer = await world.post(f"{path}/accept", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "paying")
    payment = await last_payment(world)
    assert payment.end_to_end_id == record.end_to_end_id
    await concluded(world, Status.ACCC)
    assert (await world.get(path)).json()["state"] == "paid"
    transfer = (await world.get(f"/v1/transfers/{answer.json()['transfer_id']}")).json()
    assert transfer["payment_request_id"] == asked["id"]
    assert transfer["payee_display_name"] == "Chong Wei Contoh"
    assert (await world.balance())["balance"] == "960.00"


async def test_a_request_may_be_rejected_and_a_short_balance_refuses(world):
    asked = await shown(world, demand(1_000_01))
    path = f"/v1/payment-requests/{asked['id']}"
    short = await world.post(f"{path}/accept", {})
    assert (short.status_code, short.json()["code"]) == (422, "insufficient_funds")
    rejected = await world.post(f"{path}/reject", {})
    assert (rejected.status_code, rejected.json()["state"]) == (200, "rejected")
    late = await world.post(f"{path}/accept", {})
    assert (late.status_code, late.json()["code"]) == (409, "state_conflict")


async def test_staff_recall_a_transfer_and_customers_do_not(world):
    transfer = await ordered(world)
    path = f"/v1/transfers/{transfer['id']}"
    early = await world.post(f"{path}/recall", {"reason": "DUPL"}, "ops")
    assert (early.status_code, early.json()["code"]) == (409, "state_conflict")
    await concluded(world, Status.ACCC)
    own = await world.post(f"{path}/recall", {"reason": "DUPL"})
    assert own.status_code == 403
    answer = await world.post(f"{path}/recall", {"reason": "DUPL"}, "ops")
    assert (answer.status_code, answer.json()["state"]) == (201, "asked")
    assert (await world.get(path)).json()["recall"]["reason"] == "DUPL"
    odd = await world.post(f"{path}/recall", {"reason": "XXXX"}, "ops")
    assert odd.status_code == 400


def incoming() -> DomesticTransfer:
    uetr = ids.new_uetr()
    return DomesticTransfer(
        message_id=ids.new_message_id(),
        created_at=NOW,
        clearing_system="RPP",
        uetr=uetr,
        end_to_end_id=uetr.replace("-", ""),
        transaction_id=uetr.replace("-", ""),
        settlement_amount=Money(25_00, MYR),
        settlement_on=NOW.date(),
        accepted_at=NOW,
        instructing_agent=Agent(THERE),
        instructed_agent=Agent("WAUEMYK0"),
        debtor=Party("Chong Wei Contoh", "MY", "Ipoh"),
        debtor_account=AccountRef(other=NUMBER),
        debtor_agent=Agent(THERE),
        creditor_agent=Agent("WAUEMYK0"),
        creditor=Party("Aisha Binti Contoh"),
        creditor_account=AccountRef(other="110000000001"),
    )


async def test_staff_decide_on_what_others_recall(world):
    payment = incoming()
    await deliver(world, payment)
    recall = CancellationRequest(
        message_id=ids.new_message_id(),
        created_at=NOW,
        assigner=Agent(THERE),
        assignee=Agent("WAUEMYK0"),
        case_id="CASE-1",
        case_creator=Agent(THERE),
        cancellation_id="CASE-1",
        original_message_id=payment.message_id,
        original_end_to_end_id=payment.end_to_end_id,
        original_transaction_id=payment.transaction_id,
        uetr=payment.uetr,
        original_amount=payment.settlement_amount,
        reason="FRAD",
    )
    await deliver(world, recall)
    assert (await world.get("/v1/returns")).status_code == 403
    (case,) = (await world.get("/v1/returns", "ops")).json()["data"]
    assert (case["state"], case["reason"], case["asked_by"]) == ("open", "FRAD", THERE)
    path = f"/v1/returns/{case['id']}"
    granted = await world.post(f"{path}/grant", {}, "ops")
    assert (granted.status_code, granted.json()["state"]) == (200, "returning")
    late = await world.post(f"{path}/refuse", {"reason": "CUST"}, "ops")
    assert (late.status_code, late.json()["code"]) == (409, "state_conflict")
    missing = await world.post("/v1/returns/ret_none/grant", {}, "ops")
    assert (missing.status_code, missing.json()["code"]) == (404, "return_not_found")
    assert (await world.balance())["available"] == "1000.00"


async def test_staff_see_a_transfer_in_the_console(world):
    made = await ordered(world)
    await concluded(world, Status.ACCC)
    me = await browser(world, "ops", "fr")
    for wanted in (made["id"], made["uetr"]):
        found = await me.get("/console/search", params={"q": wanted})
        assert found.headers["location"] == f"/console/transfers/{made['id']}"
    page = await me.page(f"/console/transfers/{made['id']}")
    assert "pacs.008.001.13" in page
    assert "domestic." in page
    assert ">Abouti<" in page
