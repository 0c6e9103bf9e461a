"""Payments by API that a passkey confirms: what is signed is what is paid, once, or nothing is."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from cash_world import NODE, RECIPIENT
from door_world import World, opened
from identity_world import CREDENTIALS, PIN
from software_authenticator import Authenticator
from test_doors_app_asking import PHONES, _claimed
from test_doors_app_people import _enrol
from test_doors_domestic import checked

from qantara.access.credentials import flow as credentials
from qantara.agents import flow as agents
from qantara.domestic import flow as domestic
from qantara.ids import CustomerId
from qantara.onboarding.model import Enrolment
from qantara.parties import flow as parties

CASH = {"account_id": "acc_aisha", "amount": "100.00", "currency": "MYR"}


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18), NODE, credentials=CREDENTIALS) as made:
        await made.my.do(domestic.open_books, None)
        await made.my.do(agents.open_books, None)
        hash_ = await credentials.hashed(PIN)
        async with made.my.door.database.read() as tx:
            people = await parties.customers(tx, [CustomerId("cus_aisha"), CustomerId("cus_bo")])
        for found, phone in zip(people, PHONES.values(), strict=True):
            await made.my.do(_enrol, Enrolment(found, phone, hash_))
        for name in PHONES:
            await made.my.do(_claimed, name)
        yield made


async def with_passkey(world: World, by: str = "aisha") -> Authenticator:
    device = Authenticator()
    asked = (await world.post("/v1/passkeys/options", {"pin": PIN}, by)).json()
    answer = json.loads(device.create(json.dumps(asked["options"])))
    made = await world.post("/v1/passkeys", {"asked_id": asked["id"], "answer": answer}, by)
    assert made.status_code == 201, made.text
    return device


async def asked(world: World, by: str = "aisha", **payment: Any) -> dict[str, Any]:
    answer = await world.post("/v1/confirmations", payment, by)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def answered(
    world: World, device: Authenticator, question: dict[str, Any], **other: Any
) -> httpx.Response:
    said = json.loads(device.get(json.dumps(question["options"]), **other))
    return await world.post(f"/v1/confirmations/{question['id']}/answer", {"answer": said})


async def proved(world: World, device: Authenticator, **payment: Any) -> str:
    question = await asked(world, **payment)
    answer = await answered(world, device, question)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["state"], said["method"], said["factors"]) == ("proved", "passkey", 2)
    return str(said["id"])


def told(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_remittance_is_made_with_its_confirmation_once(world):
    device, body = await with_passkey(world), await world.yes()
    named = {key: body[key] for key in ("quote_id", "payee_check_id")}
    question = await asked(world, kind="remittance", **named)
    assert question["total"] == {"amount": "500.00", "currency": "MYR"}
    assert question["payee"] == "BILAL M****"
    early = await world.post("/v1/remittances", body | {"confirmation_id": question["id"]})
    told(early, 422, "confirmation_missing")
    assert (await answered(world, device, question)).status_code == 200
    yes = body | {"confirmation_id": question["id"]}
    made = [await world.post("/v1/remittances", yes, key=key) for key in ("one", "one", "two")]
    assert [each.status_code for each in made] == [201, 201, 201], made[-1].text
    assert len({each.json()["id"] for each in made}) == 1
    assert await world.my.count("ledger.hold") == 1
    other = await world.yes()
    again = await world.post("/v1/remittances", other | {"confirmation_id": question["id"]})
    told(again, 409, "confirmation_used")
    assert await world.my.count("ledger.hold") == 1


async def test_what_was_not_signed_is_not_paid(world):
    device, check = await with_passkey(world), await checked(world)
    signed = {"payee_check_id": check, "amount": "5.00", "currency": "MYR"}
    for other in ({"amount": "6.00"}, {"payee_check_id": await checked(world)}):
        confirmation = await proved(world, device, kind="transfer", **signed)
        order = signed | {"account_id": "acc_aisha", "confirmation_id": confirmation}
        told(await world.post("/v1/transfers", order | other), 422, "confirmation_mismatch")
        told(await world.post("/v1/transfers", order), 422, "confirmation_missing")
    cash = await proved(world, device, kind="cash", **CASH)
    for path, more in (("withdrawals", {"amount": "101.00"}), ("pickups", {})):
        order = CASH | {"confirmation_id": cash, "recipient": RECIPIENT} | more
        if path == "withdrawals":
            del order["recipient"]
        answer = await world.post(f"/v1/cash/{path}", order)
        assert answer.status_code == 422, answer.text
    assert await world.my.count("domestic.transfer") == 0
    assert await world.my.count("agents.cash_order") == 0


async def test_transfers_requests_and_cash_take_their_own(world):
    device, check = await with_passkey(world), await checked(world)
    signed = {"payee_check_id": check, "amount": "5.00", "currency": "MYR"}
    confirmation = await proved(world, device, kind="transfer", **signed)
    order = signed | {"account_id": "acc_aisha", "confirmation_id": confirmation}
    made = await world.post("/v1/transfers", order)
    assert made.status_code == 201, made.text

    here = await world.post("/v1/payee-checks/here", {"phone": PHONES["aisha"]}, "bo")
    wish = {
        "account_id": "acc_bo",
        "payer_check_id": here.json()["id"],
        "amount": "40.00",
        "currency": "MYR",
        "expires_at": "2026-03-09T08:00:00.000Z",
    }
    request = (await world.post("/v1/money-requests", wish, "bo")).json()["id"]
    told(
        await world.post(
            "/v1/confirmations", {"kind": "money_request", "money_request_id": request}, "bo"
        ),
        404,
        "money_request_not_found",
    )
    confirmation = await proved(world, device, kind="money_request", money_request_id=request)
    yes = {"account_id": "acc_aisha", "confirmation_id": confirmation}
    paid = await world.post(f"/v1/money-requests/{request}/pay", yes)
    assert paid.json()["state"] == "paid", paid.text

    for path, more in (("withdrawals", {}), ("pickups", {"recipient": RECIPIENT})):
        confirmation = await proved(world, device, kind="cash", **CASH, **more)
        order = CASH | more | {"confirmation_id": confirmation}
        made = await world.post(f"/v1/cash/{path}", order)
        assert (made.status_code, len(made.json()["code"])) == (201, 6), made.text


async def test_each_wrong_answer_is_told_and_ends_the_question(world):
    device = await with_passkey(world)
    for other, code in (
        ({"origin": "https://evil.example"}, "passkey_elsewhere"),
        ({"challenge": "AAAA"}, "confirmation_mismatch"),
    ):
        question = await asked(world, kind="cash", **CASH)
        told(await answered(world, device, question, **other), 422, code)
        told(await answered(world, device, question), 422, "confirmation_missing")
    question = await asked(world, kind="cash", **CASH)
    told(await answered(world, Authenticator(), question), 422, "passkey_foreign")
    device.verified = False
    question = await asked(world, kind="cash", **CASH)
    told(await answered(world, device, question), 422, "passkey_unverified")
    path = f"/v1/confirmations/{question['id']}/answer"
    told(await world.post(path, {"answer": {}}, "bo"), 422, "confirmation_missing")


async def test_whoever_has_no_passkey_or_is_somebody_else_is_told(world):
    told(await world.post("/v1/confirmations", {"kind": "cash"} | CASH), 404, "passkey_not_found")
    device, bos = await with_passkey(world), await with_passkey(world, "bo")
    assert bos.handle != device.handle
    confirmation = await proved(world, device, kind="cash", **CASH)
    order = CASH | {"account_id": "acc_bo", "confirmation_id": confirmation}
    told(await world.post("/v1/cash/withdrawals", order, "bo"), 422, "confirmation_missing")
    quote = {"kind": "remittance", "quote_id": "quo_x", "payee_check_id": "chk_x"}
    assert (await world.post("/v1/confirmations", quote)).status_code == 404
    assert (await world.post("/v1/confirmations", {"kind": "gift"})).status_code == 400
