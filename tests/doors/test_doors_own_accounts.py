"""Topping up from an own account at another bank, and withdrawing to it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from door_world import World, opened

from moments import NOW
from qantara import ids
from qantara.clock import to_text
from qantara.domestic import flow
from qantara.edge import Ack, Envelope
from qantara.money import MYR, Money
from qantara.parties import flow as parties
from qantara.parties.model import AliasId, AliasType, NewAlias
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    DomesticTransfer,
    Party,
    PaymentRequest,
    Profile,
    ResolutionReport,
    envelope_name,
)

INSIDE = Profile.DUITNOW_DOMESTIC
THERE, NUMBER = "BATKMYK0", "220000000002"
OWN, OTHER = "Aisha Binti Contoh", "Chong Wei Contoh"
INTO = {"account_id": "acc_aisha", "amount": "40.00", "currency": "MYR"}


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        await made.my.do(flow.open_books, None)
        yield made


async def checked(world: World, holder: str = OWN, number: str = NUMBER) -> str:
    """A check of an account at another bank, which says in whose name it is held."""
    check = {"country": "MY", "address_type": "ACCT", "address": number, "agent_bic": THERE}
    name = "acmt.023.001.04/duitnow_domestic"
    before = len(await world.my.sent(name))
    asking = asyncio.create_task(world.post("/v1/payee-checks", check))
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
        payee=Party(holder, "MY", "Ipoh"),
        account=AccountRef(other=number, name=holder),
        agent=Agent(THERE),
    )
    raw = rails.build(report, INSIDE)
    envelope = Envelope(
        report.message_id, envelope_name(rails.name_of(report, INSIDE), INSIDE), None, raw
    )
    acks = await world.my.intake.take("duitnow", [envelope])
    assert acks == [Ack(envelope.key, accepted=True)]
    answer = await asking
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def saved(world: World) -> str:
    body = {"payee_check_id": await checked(world), "label": "Salary"}
    answer = await world.post("/v1/own-accounts", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_how_to_pay_in_is_told(world):
    async def claim(tx: Any, _node: object, given: Any, now: Any) -> Any:
        return await parties.claim_aliases(tx, given, now)

    alias = NewAlias(AliasId("als_1"), AliasType.MBNO, "+60122000001", "acc_aisha")
    await world.my.do(claim, alias)
    told = (await world.get("/v1/top-ups/instructions?account_id=acc_aisha")).json()
    assert (told["number"], told["number_type"], told["bic"]) == (
        "110000000001",
        "ACCT",
        "WAUEMYK0",
    )
    assert told["aliases"] == [{"type": "MBNO", "value": "+60122000001"}]
    assert told["by_request"] is True
    foreign = await world.get("/v1/top-ups/instructions?account_id=acc_bo")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "account_not_found")


async def test_an_own_account_is_proved_by_its_holders_name(world):
    stranger = {"payee_check_id": await checked(world, OTHER), "label": "Not mine"}
    answer = await world.post("/v1/own-accounts", stranger)
    assert (answer.status_code, answer.json()["code"]) == (422, "payee_name_mismatch")
    key = await saved(world)
    (account,) = (await world.get("/v1/own-accounts")).json()["data"]
    assert (account["id"], account["account"], account["label"]) == (key, "********0002", "Salary")
    assert (await world.get("/v1/own-accounts", "bo")).json()["data"] == []
    unknown = await world.post("/v1/own-accounts", stranger | {"payee_check_id": "chk_none"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "payee_not_confirmed")


async def test_a_top_up_is_a_request_to_pay(world):
    own, check = await saved(world), await checked(world)
    body = INTO | {
        "own_account_id": own,
        "payer_check_id": check,
        "expires_at": to_text(NOW + timedelta(days=1)),
    }
    answer = await world.post("/v1/top-ups", body, key="k1")
    assert answer.status_code == 201, answer.text
    assert (answer.json()["direction"], answer.json()["state"]) == ("out", "sent")
    again = await world.post("/v1/top-ups", body, key="k1")
    assert again.json() == answer.json()
    assert await world.my.count("domestic.request") == 1
    (raw,) = await world.my.sent("pain.013.001.11/duitnow_domestic")
    asked = rails.read(raw, INSIDE)
    assert isinstance(asked, PaymentRequest)
    assert asked.debtor_account.number == NUMBER
    foreign = await world.post("/v1/top-ups", body | {"own_account_id": "own_none"})
    assert (foreign.status_code, foreign.json()["code"]) == (404, "own_account_not_found")


async def test_a_withdrawal_is_a_transfer_to_the_own_account(world):
    own, check = await saved(world), await checked(world)
    body = INTO | {"own_account_id": own, "payee_check_id": check}
    answer = await world.post("/v1/withdrawals", body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["state"], made["purpose"]) == ("accepted", "CASH")
    assert answer.headers["location"] == f"/v1/transfers/{made['id']}"
    payment = rails.read((await world.my.sent("pacs.008.001.13/duitnow_domestic"))[-1], INSIDE)
    assert isinstance(payment, DomesticTransfer)
    assert payment.creditor_account.number == NUMBER
    assert payment.settlement_amount == Money(40_00, MYR)
    assert (await world.balance())["available"] == "960.00"


async def test_a_check_of_another_account_withdraws_nothing(world):
    own, check = await saved(world), await checked(world, OTHER, "220000000003")
    body = INTO | {"own_account_id": own, "payee_check_id": check}
    answer = await world.post("/v1/withdrawals", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "payee_not_confirmed")
    assert (await world.balance())["available"] == "1000.00"


async def test_a_forgotten_account_is_offered_no_more(world):
    own = await saved(world)
    headers = {"authorization": f"Bearer {world.keys['bo']}"}
    path = f"/v1/own-accounts/{own}"
    assert (await world.my.client.delete(path, headers=headers)).status_code == 404
    headers = {"authorization": f"Bearer {world.keys['aisha']}"}
    for _ in range(2):
        assert (await world.my.client.delete(path, headers=headers)).status_code == 204
    assert (await world.get("/v1/own-accounts")).json()["data"] == []
    body = INTO | {"own_account_id": own, "payee_check_id": await checked(world)}
    answer = await world.post("/v1/withdrawals", body)
    assert (answer.status_code, answer.json()["code"]) == (404, "own_account_not_found")
