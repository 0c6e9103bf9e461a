"""Cash at agents, as agents, customers and staff meet it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from cash_world import RECIPIENT, Cash, with_agent, wrong

from qantara.access.model import Role
from qantara.agents import flow
from qantara.clock import to_text

DEPOSIT = {
    "address_type": "ACCT",
    "address": "110000000001",
    "amount": "100.00",
    "currency": "MYR",
}


@pytest.fixture
async def cash(servers) -> AsyncIterator[Cash]:
    async with with_agent(servers(18)) as made:
        yield made
        await made.audit()


async def test_two_of_the_staff_make_an_agent(cash):
    (agent,) = (await cash.get("/v1/agents", "ops")).json()["data"]
    assert (agent["name"], agent["state"]) == ("Kedai Contoh", "active")
    assert agent["float"] == {"amount": "600.00", "currency": "MYR"}
    assert (await cash.get(f"/v1/agents/{agent['id']}", "ops")).json() == agent
    (place,) = (await cash.get("/v1/cash/agents")).json()["data"]
    assert place == {"id": agent["id"], "name": "Kedai Contoh", "district": "Kampung Contoh"}
    assert (await cash.get("/v1/agents")).status_code == 403
    body = {"name": "X", "district": "Y", "account_id": "acc_aisha"}
    assert (await cash.post("/v1/agents", body)).status_code == 403
    made = (await cash.post("/v1/agents", body, "ops")).json()
    alone = await cash.post(f"/v1/proposals/{made['id']}/approve", {}, "ops")
    assert (alone.status_code, alone.json()["code"]) == (403, "approval_needs_second")


@pytest.mark.parametrize(
    "path", ["/v1/accounts", "/v1/accounts/acc_aisha", "/v1/transfers", "/v1/cash/orders"]
)
async def test_an_agent_sees_no_customer(cash, path):
    assert (await cash.get(path, "agent")).status_code == 403


async def test_cash_in_is_paid_out_of_the_float(cash):
    asked = {"address_type": "ACCT", "address": "110000000001"}
    shown = await cash.post("/v1/cash/lookups", asked, "agent")
    assert shown.status_code == 200, shown.text
    assert "Contoh" not in shown.json()["shown_name"]
    answer = await cash.post("/v1/cash/deposits", DEPOSIT, "agent")
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert (receipt["kind"], receipt["amount"]["amount"]) == ("deposit", "100.00")
    assert (receipt["fee"]["amount"], receipt["commission"]["amount"]) == ("0.00", "0.20")
    assert (await cash.world.balance())["available"] == "1100.00"
    assert await cash.till() == ("500.00", "0.20")
    seen = (await cash.get(f"/v1/cash/receipts/{receipt['id']}")).json()
    assert (seen["number"], seen["commission"]) == (receipt["number"], None)
    assert (await cash.get(f"/v1/cash/receipts/{receipt['id']}", "bo")).status_code == 404
    assert [r["id"] for r in (await cash.get("/v1/cash/receipts")).json()["data"]] == [
        receipt["id"]
    ]
    assert len((await cash.get("/v1/cash/receipts", "agent")).json()["data"]) == 1


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"amount": "600.01"}, 422, "float_short"),
        ({"amount": "1.0"}, 400, "amount_scale"),
        ({"currency": "PKR"}, 400, "currency_mismatch"),
        ({"address": "119999999999"}, 422, "payee_unknown"),
        ({"address_type": "MBNO", "address": "nobody"}, 422, "payee_unknown"),
        ({"address": "110000000003"}, 422, "same_account"),
    ],
)
async def test_cash_that_cannot_be_taken_is_a_problem_with_its_code(cash, other, status, code):
    answer = await cash.post("/v1/cash/deposits", DEPOSIT | other, "agent")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await cash.till() == ("600.00", "0.00")


async def test_a_customer_withdraws_with_a_code_and_the_end_of_a_document(cash):
    price = await cash.get("/v1/cash/price?kind=withdrawal&amount=100.00&currency=MYR")
    assert price.json()["fee"] == {"amount": "1.00", "currency": "MYR", "label": "example"}
    order = await cash.withdrawal()
    assert (order["state"], order["fee"]["amount"], len(order["code"])) == ("waiting", "1.00", 6)
    assert (await cash.world.balance())["available"] == "899.00"
    shown = (await cash.get(f"/v1/cash/payouts/{order['reference']}", "agent")).json()
    assert (shown["kind"], shown["identity"], shown["recipient"]) == ("withdrawal", "last4", None)
    answer = await cash.redeem(order, "0001")
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert receipt["commission"]["amount"] == "0.30"
    assert await cash.till() == ("700.00", "0.30")
    assert (await cash.world.balance())["balance"] == "899.00"
    told = (await cash.get(f"/v1/cash/orders/{order['id']}")).json()
    assert (told["state"], told["receipt_id"]) == ("paid", receipt["id"])
    assert [each["state"] for each in told["events"]] == ["waiting", "paid"]
    again = await cash.redeem(order, "0001")
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")


async def test_a_person_without_an_account_is_paid_in_cash(cash):
    order = await cash.pickup("200.00")
    assert order["recipient"] == {
        "name": RECIPIENT["name"],
        "phone": RECIPIENT["phone"],
        "identity_type": "passport",
        "identity_last4": "4567",
    }
    assert (await cash.balances())["cash_pickup"] == 202_00
    await cash.audit()
    shown = (await cash.get(f"/v1/cash/payouts/{order['reference']}", "agent")).json()
    assert (shown["identity"], shown["identity_type"]) == ("number", "passport")
    assert shown["recipient"] != RECIPIENT["name"]
    short = await cash.redeem(order, "4567")
    assert (short.status_code, short.json()["code"]) == (422, "cash_code_wrong")
    answer = await cash.redeem(order, "my-a1234567")
    assert answer.status_code == 201, answer.text
    assert await cash.till() == ("800.00", "0.80")
    balances = await cash.balances()
    assert "cash_pickup" not in balances
    assert balances["income/fee"] == 2_00
    assert (await cash.world.balance())["balance"] == "798.00"
    seen = (await cash.get("/v1/cash/receipts")).json()["data"]
    assert [each["number"] for each in seen] == [answer.json()["number"]]


async def test_wrong_codes_lock_an_order_until_its_sender_has_a_new_one(cash):
    order = await cash.withdrawal()
    bad = wrong(order["code"])
    codes = [(await cash.redeem(order, code=bad)).json()["code"] for _ in range(3)]
    assert codes == ["cash_code_wrong", "cash_code_wrong", "cash_order_locked"]
    right = await cash.redeem(order)
    assert (right.status_code, right.json()["code"]) == (422, "cash_order_locked")
    path = f"/v1/cash/orders/{order['id']}"
    assert (await cash.get(path)).json()["state"] == "locked"
    assert (await cash.post(f"{path}/renew", {}, "bo")).status_code == 404
    fresh = (await cash.post(f"{path}/renew", {})).json()
    assert (fresh["state"], fresh["attempts"]) == ("waiting", 0)
    assert (await cash.redeem(fresh)).status_code == 201


async def test_a_wrong_document_counts_as_a_wrong_code(cash):
    order = await cash.withdrawal()
    answer = await cash.redeem(order, "9999")
    assert (answer.status_code, answer.json()["code"]) == (422, "cash_code_wrong")
    assert (await cash.get(f"/v1/cash/orders/{order['id']}")).json()["attempts"] == 1


async def test_a_code_is_told_once_and_one_key_makes_one_order(cash):
    first = await cash.withdrawal(key="k1")
    again = await cash.withdrawal(key="k1")
    assert again == first | {"code": None}
    assert (await cash.get(f"/v1/cash/orders/{first['id']}")).json()["code"] is None
    paid = await cash.redeem(first, key="k2")
    replayed = await cash.redeem(first, key="k2")
    assert paid.json() == replayed.json()
    assert await cash.till() == ("700.00", "0.30")
    async with cash.world.my.door.database.read() as tx:
        kept = await tx.fetch("SELECT * FROM agents.cash_order")
    assert first["code"] not in str([dict(row) for row in kept])


@pytest.mark.parametrize("kind", ["withdrawal", "pickup"])
async def test_what_is_cancelled_comes_back_whole(cash, kind):
    order: dict[str, Any] = await getattr(cash, kind)()
    path = f"/v1/cash/orders/{order['id']}"
    assert (await cash.post(f"{path}/cancel", {}, "bo")).status_code == 404
    done = await cash.post(f"{path}/cancel", {})
    assert (done.status_code, done.json()["state"]) == (200, "cancelled")
    assert (await cash.world.balance())["available"] == "1000.00"
    late = await cash.redeem(order)
    assert (late.status_code, late.json()["code"]) == (409, "state_conflict")
    assert (await cash.post(f"{path}/renew", {})).status_code == 409


@pytest.mark.parametrize("kind", ["withdrawal", "pickup"])
async def test_what_nobody_fetches_goes_back(cash, kind):
    order: dict[str, Any] = await getattr(cash, kind)()
    cash.world.clock.forward(31 * 86_400)
    late = await cash.redeem(order)
    assert (late.status_code, late.json()["code"]) == (422, "cash_order_expired")
    assert await cash.world.my.do(flow.expire, None) == 1
    assert await cash.world.my.do(flow.expire, None) == 0
    told = (await cash.get(f"/v1/cash/orders/{order['id']}")).json()
    assert (told["state"], told["final"]) == ("expired", True)
    assert (await cash.world.balance())["available"] == "1000.00"


async def _frozen(cash: Cash) -> None:
    why = {"legal_reason": "Court order", "citation": "Section 44"}
    made = (await cash.post("/v1/accounts/acc_aisha/freeze", why, "maker")).json()
    done = await cash.post(f"/v1/proposals/{made['id']}/approve", {}, "checker")
    assert done.json()["state"] == "approved"


async def test_a_frozen_account_is_paid_nothing_although_it_was_held_before(cash):
    order = await cash.withdrawal()
    await _frozen(cash)
    answer = await cash.redeem(order)
    assert (answer.status_code, answer.json()["code"]) == (422, "account_frozen")
    assert await cash.till() == ("600.00", "0.00")


async def test_what_a_frozen_account_cannot_take_back_waits_for_staff(cash):
    await cash.pickup()
    await _frozen(cash)
    cash.world.clock.forward(31 * 86_400)
    await cash.world.my.do(flow.expire, None)
    assert (await cash.balances())["unclaimed/returns"] == 102_00


async def test_a_suspended_agent_serves_nobody_and_an_empty_till_is_closed(cash):
    order = await cash.withdrawal()
    await _changed(cash, "suspend")
    for path, body in (
        ("/v1/cash/deposits", DEPOSIT),
        ("/v1/cash/lookups", {"address_type": "ACCT", "address": "110000000001"}),
    ):
        answer = await cash.post(path, body, "agent")
        assert (answer.status_code, answer.json()["code"]) == (422, "agent_suspended")
    assert (await cash.redeem(order)).json()["code"] == "agent_suspended"
    full = await cash.post(f"/v1/agents/{cash.agent_id}/close", {"why": "Moved"}, "ops")
    path = f"/v1/proposals/{full.json()['id']}/approve"
    assert (await cash.post(path, {}, "ops-second")).json()["code"] == "state_conflict"
    move = {"move": "draw", "amount": "600.00", "currency": "MYR"}
    drawn = await cash.post("/v1/cash/till/moves", move, "agent")
    assert drawn.json()["float"]["amount"] == "0.00"
    fill = await cash.post("/v1/cash/till/moves", move | {"move": "fund"}, "agent")
    assert fill.json()["code"] == "agent_suspended"
    assert (await cash.post(path, {}, "ops-second")).json()["state"] == "approved"
    agent = (await cash.get(f"/v1/agents/{cash.agent_id}", "ops")).json()
    assert agent["state"] == "closed"
    assert (await cash.get("/v1/cash/agents")).json()["data"] == []
    odd = await cash.post(f"/v1/agents/{cash.agent_id}/resume", {"why": "Back"}, "ops")
    assert (odd.status_code, odd.json()["code"]) == (409, "state_conflict")


async def _changed(cash: Cash, event: str) -> None:
    made = await cash.post(f"/v1/agents/{cash.agent_id}/{event}", {"why": "Example"}, "ops")
    assert made.status_code == 201, made.text
    done = await cash.post(f"/v1/proposals/{made.json()['id']}/approve", {}, "ops-second")
    assert done.json()["state"] == "approved", done.text


async def test_a_till_moves_nothing_it_has_not(cash):
    for move in ("draw", "fund", "collect"):
        body = {"move": move, "amount": "600.01", "currency": "MYR"}
        answer = await cash.post("/v1/cash/till/moves", body, "agent")
        assert (answer.status_code, answer.json()["code"]) == (422, "insufficient_funds")
    assert (await cash.post("/v1/cash/till/moves", body)).status_code == 403


async def test_an_agent_does_not_pay_itself(cash):
    cash.world.keys["kedai"] = await cash.world.my.key("kedai", Role.CUSTOMER, "cus_kedai")
    body = {"account_id": "acc_kedai", "amount": "10.00", "currency": "MYR"}
    order = (await cash.post("/v1/cash/withdrawals", body, "kedai")).json()
    answer = await cash.redeem(order, "0003")
    assert (answer.status_code, answer.json()["code"]) == (422, "same_account")


async def test_large_cash_is_decided_by_law_and_kept(cash):
    """What is decided on is the cash of the day, which is what reports are owed from."""
    await cash.post("/v1/cash/deposits", DEPOSIT, "agent")
    await cash.post("/v1/cash/deposits", DEPOSIT, "agent")
    async with cash.world.my.door.database.read() as tx:
        rows = await tx.fetch("SELECT facts FROM policy.decision ORDER BY recorded_at")
    seen = [json.loads(row["facts"])["sender"]["cash_today"] for row in rows]
    assert seen == [100_00, 200_00]


async def test_orders_come_in_pages_and_only_to_their_owner(cash):
    made = [await cash.withdrawal("10.00"), await cash.pickup("20.00")]
    page = (await cash.get("/v1/cash/orders?limit=1")).json()
    assert ([each["id"] for each in page["data"]], page["has_more"]) == ([made[1]["id"]], True)
    rest = await cash.get(f"/v1/cash/orders?starting_after={made[1]['id']}")
    assert [each["id"] for each in rest.json()["data"]] == [made[0]["id"]]
    only = (await cash.get("/v1/cash/orders?kind=pickup")).json()["data"]
    assert [each["id"] for each in only] == [made[1]["id"]]
    assert (await cash.get(f"/v1/cash/orders/{made[0]['id']}", "bo")).status_code == 404
    staff = await cash.get("/v1/cash/orders?customer_id=cus_aisha", "maker")
    assert len(staff.json()["data"]) == 2


async def test_a_key_for_an_agent_names_it(cash):
    body = {"name": "Till", "role": "agent", "agent_id": cash.agent_id}
    cash.world.keys["admin"] = await cash.world.my.key("admin", Role.ADMINISTRATOR, None)
    made = await cash.post("/v1/clients", body, "admin")
    assert (made.status_code, made.json()["agent_id"]) == (201, cash.agent_id)
    nobody = await cash.post("/v1/clients", body | {"agent_id": "agt_none"}, "admin")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "agent_not_found")
    odd = await cash.post("/v1/clients", {"name": "Till", "role": "agent"}, "admin")
    assert (odd.status_code, odd.json()["code"]) == (400, "field_missing")
    wish = {"principal_id": made.json()["id"], "scopes": ["cash:serve"]}
    key = await cash.post("/v1/keys", wish, "admin")
    assert (key.status_code, key.json()["state"]) == (202, "proposed")


async def test_a_receipt_says_when(cash):
    cash.world.clock.now += timedelta(hours=1)
    receipt = (await cash.post("/v1/cash/deposits", DEPOSIT, "agent")).json()
    assert receipt["recorded_at"] == to_text(cash.world.clock.now)
