"""The wallet as its owner meets it: the overview, saved payees, pots, the own switch."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from door_world import World, opened

from qantara.access.model import Role
from qantara.domestic import flow as domestic

POT = {"account_id": "acc_aisha", "name": "Hari Raya", "goal": "200.00", "currency": "MYR"}


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        await made.my.do(domestic.open_books, None)
        made.keys["ops"] = await made.my.key("ops", Role.OPERATIONS, None)
        yield made


async def call(world: World, method: str, path: str, body: Any = None, by: str = "aisha") -> Any:
    headers = {"authorization": f"Bearer {world.keys[by]}"}
    return await world.my.client.request(method, path, headers=headers, json=body)


async def made(world: World, path: str, body: Any, by: str = "aisha", **headers: str) -> dict:
    answer = await world.post(path, body, by, **headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def saved(world: World, **other: str) -> dict:
    check = await world.checked()
    return await made(world, "/v1/beneficiaries", {"payee_check_id": check["id"], **other})


async def test_the_wallet_shows_all_money_and_every_limit_before_it_bites(world):
    await world.remitted()
    pot = await made(world, "/v1/pots", POT)
    await made(
        world,
        f"/v1/pots/{pot['id']}/moves",
        {"direction": "in", "amount": "50.00", "currency": "MYR"},
    )
    told = (await world.get("/v1/wallet")).json()
    (account,) = told["accounts"]
    assert (account["balance"], account["held"], account["available"]) == (
        "950.00",
        "500.00",
        "450.00",
    )
    assert (account["in_pots"], account["pending_in"], account["in_review"]) == (
        "50.00",
        "0.00",
        "0.00",
    )
    assert account["stopped"] is False
    inside, abroad = told["ways"]
    assert (inside["country"], abroad["country"]) == ("MY", "PK")
    limit = inside["limits"][0]
    assert limit["most"] == {"amount": "50000.00", "currency": "MYR"}
    assert limit["provision"].startswith("DuitNow Transfer limits")
    assert limit["label"] is None
    assert {each["label"] for each in abroad["limits"]} == {None, "example"}
    assert inside["refusal"] is None
    staff = await world.get("/v1/wallet?customer_id=cus_aisha", "ops")
    assert staff.json() == told
    unknown = await world.get("/v1/wallet?customer_id=cus_none", "ops")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "customer_not_found")


async def test_a_payee_is_saved_named_paid_again_and_removed(world):
    payee = await saved(world, nickname="Brother")
    assert (payee["name"], payee["nickname"], payee["used_at"]) == ("BILAL M****", "Brother", None)
    path = f"/v1/beneficiaries/{payee['id']}"
    renamed = (await call(world, "PATCH", path, {"nickname": "بھائی"})).json()
    assert renamed["nickname"] == "بھائی"
    assert (await world.get("/v1/beneficiaries")).json()["data"] == [renamed]
    before = len(await world.my.sent("acmt.023.001.04"))
    asking = asyncio.create_task(world.post(f"{path}/payee-check", {}))
    question = (await world.my.waited_for("acmt.023.001.04", before + 1))[-1]
    await world.report(question, "SANA Q****")
    answer = await asking
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["name_changed"] is True
    assert told["payee_check"]["display_name"] == "SANA Q****"
    assert told["beneficiary"]["used_at"] is not None
    quote = await world.quoted()
    yes = {
        "quote_id": quote["id"],
        "payee_check_id": told["payee_check"]["id"],
        "purpose": "FAMI",
    }
    assert (await made(world, "/v1/remittances", yes))["state"] == "accepted"
    gone = (await call(world, "DELETE", path)).json()
    assert gone["state"] == "removed"
    assert (await world.get("/v1/beneficiaries")).json()["data"] == []
    assert (await world.get("/v1/beneficiaries?state=removed")).json()["data"] == [gone]
    again = await world.post(f"{path}/payee-check", {})
    assert (again.status_code, again.json()["code"]) == (404, "beneficiary_not_found")


async def test_a_payee_is_saved_once_and_only_from_a_confirmed_check(world):
    await saved(world)
    check = await world.checked()
    twice = await world.post("/v1/beneficiaries", {"payee_check_id": check["id"]})
    assert (twice.status_code, twice.json()["code"]) == (409, "beneficiary_exists")
    theirs = await world.post("/v1/beneficiaries", {"payee_check_id": check["id"]}, "bo")
    assert (theirs.status_code, theirs.json()["code"]) == (422, "payee_not_confirmed")
    for name in ("", "  ", "two\nlines", "x" * 61):
        bad = await world.post("/v1/beneficiaries", {"payee_check_id": "chk", "nickname": name})
        assert (bad.status_code, bad.json()["code"]) == (400, "field_invalid")


async def test_a_pot_is_filled_emptied_changed_and_closed(world):
    pot = await made(world, "/v1/pots", {**POT, "goal_on": "2026-12-31"})
    assert (pot["balance"]["amount"], pot["goal_on"]) == ("0.00", "2026-12-31")
    path, move = f"/v1/pots/{pot['id']}", {"direction": "in", "amount": "80.00", "currency": "MYR"}
    filled = await made(world, f"{path}/moves", move, key="once")
    assert await made(world, f"{path}/moves", move, key="once") == filled
    assert filled["balance"]["amount"] == "80.00"
    out = await made(world, f"{path}/moves", {**move, "direction": "out", "amount": "30.00"})
    assert out["balance"]["amount"] == "50.00"
    short = await world.post(f"{path}/moves", {**move, "direction": "out"})
    assert (short.status_code, short.json()["code"]) == (422, "insufficient_funds")
    changed = (await call(world, "PATCH", path, {"name": "Umrah"})).json()
    assert (changed["name"], changed["goal"]) == ("Umrah", None)
    assert (await call(world, "DELETE", path, by="bo")).status_code == 404
    closed = (await call(world, "DELETE", path)).json()
    assert (closed["state"], closed["balance"]["amount"]) == ("closed", "0.00")
    assert (await world.balance())["balance"] == "1000.00"
    assert (await world.get("/v1/pots")).json()["data"] == []
    assert (await world.get("/v1/pots?state=closed")).json()["data"] == [closed]
    late = await world.post(f"{path}/moves", move)
    assert (late.status_code, late.json()["code"]) == (422, "pot_closed")
    assert "Umrah" not in (await world.get("/v1/pots?state=closed", "bo")).text


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"goal": "0.00"}, "amount_not_positive"),
        ({"currency": None}, "field_missing"),
        ({"currency": "PKR"}, "currency_mismatch"),
        ({"goal_on": "2026-02-30"}, "time_malformed"),
        ({"goal_on": "2020-01-01"}, "field_invalid"),
        ({"account_id": "acc_bo"}, "account_not_found"),
    ],
)
async def test_a_pot_that_cannot_be_says_why(world, other, code):
    answer = await world.post("/v1/pots", {**POT, **other})
    assert answer.json()["code"] == code


async def test_the_own_switch_stops_sending_and_resumes_it(world):
    path = "/v1/accounts/acc_aisha"
    assert (await world.post(f"{path}/stop", {}, "bo")).status_code == 404
    stopped = await world.post(f"{path}/stop", {})
    assert (stopped.status_code, stopped.json()["stopped"]) == (200, True)
    assert (await world.get("/v1/wallet")).json()["accounts"][0]["stopped"] is True
    refused = await world.post("/v1/remittances", await world.yes(), accept_language="ur")
    assert (refused.status_code, refused.json()["code"]) == (422, "account_stopped")
    assert "اکاؤنٹ" in refused.json()["detail"]
    resumed = await world.post(f"{path}/resume", {})
    assert resumed.json() == {"account_id": "acc_aisha", "stopped": False}
    assert (await world.remitted())["state"] == "accepted"
    assert (await world.post(f"{path}/stop", {}, "ops")).status_code == 403
