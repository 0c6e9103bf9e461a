"""Customers of one institution as they meet each other: by phone, by request, in a dispute."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from door_world import World, opened

from qantara.access.model import Role
from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.parties.model import AliasId, AliasType, NewAlias

PHONES = {"aisha": "+60120000001", "bo": "+60120000002"}
WORDS = {"words": "کم رقم آئی۔\nSila semak."}


async def _claimed(tx: Tx, _node: Any, names: Sequence[str], now: datetime) -> list[None]:
    aliases = [
        NewAlias(AliasId(f"als_{name}"), AliasType.MBNO, PHONES[name], AccountId(f"acc_{name}"))
        for name in names
    ]
    await parties.claim_aliases(tx, aliases, now)
    return [None] * len(names)


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        await made.my.do(domestic.open_books, None)
        for name in PHONES:
            await made.my.do(_claimed, name)
        made.keys["ops"] = await made.my.key("ops", Role.OPERATIONS, None)
        made.keys["auditor"] = await made.my.key("auditor", Role.AUDITOR, None)
        yield made


async def done(world: World, path: str, body: Any, by: str = "aisha", status: int = 200) -> dict:
    answer = await world.post(path, body, by)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def got(world: World, path: str, by: str = "aisha") -> dict:
    answer = await world.get(path, by)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def found(world: World, of: str = "bo", by: str = "aisha") -> str:
    check = await done(world, "/v1/payee-checks/here", {"phone": PHONES[of]}, by, 201)
    return str(check["id"])


def order(check_id: str, amount: str = "40.00") -> dict[str, Any]:
    return {
        "account_id": "acc_aisha",
        "payee_check_id": check_id,
        "amount": amount,
        "currency": "MYR",
    }


async def requested(world: World, amount: str = "40.00") -> dict:
    body = {
        "account_id": "acc_aisha",
        "payer_check_id": await found(world),
        "amount": amount,
        "currency": "MYR",
        "note": "Lunch",
        "expires_at": "2026-03-09T08:00:00.000Z",
    }
    return await done(world, "/v1/money-requests", body, status=201)


async def test_a_friend_is_found_by_phone_and_paid_at_once(world):
    check = await done(
        world, "/v1/payee-checks/here", {"phone": PHONES["bo"], "name": "Bo Contoh"}, status=201
    )
    assert (check["state"], check["source"], check["display_name"]) == (
        *("confirmed", "here", "BO C*****"),
    )
    assert (check["match"], check["warning"]) == ("MTCH", None)
    transfer = await done(world, "/v1/transfers", order(check["id"]), status=201)
    assert (transfer["state"], transfer["final"]) == ("completed", True)
    (account,) = (await got(world, "/v1/wallet", "bo"))["accounts"]
    assert account["available"] == "1040.00"


async def test_a_stranger_is_not_found_and_a_bad_phone_not_read(world):
    nobody = await done(world, "/v1/payee-checks/here", {"phone": "+60129999999"}, status=201)
    assert (nobody["state"], nobody["warning"]["code"]) == ("not_found", "alias_unknown")
    bad = await world.post("/v1/payee-checks/here", {"phone": "0120000002"})
    assert (bad.status_code, bad.json()["code"]) == (400, "field_invalid")


async def test_a_request_is_seen_by_both_and_paid_by_the_one_who_is_asked(world):
    made = await requested(world)
    path = f"/v1/money-requests/{made['id']}"
    assert (made["direction"], made["counterpart"], made["state"]) == ("out", "BO C*****", "open")
    (seen,) = (await got(world, "/v1/money-requests", "bo"))["data"]
    assert (seen["direction"], seen["counterpart"]) == ("in", "AISHA C*****")
    assert seen["account_id"] is None
    own = await world.post(f"{path}/pay", {"account_id": "acc_aisha"})
    assert (own.status_code, own.json()["code"]) == (404, "money_request_not_found")
    paid = await done(world, f"{path}/pay", {"account_id": "acc_bo"}, "bo")
    assert paid["state"] == "paid"
    transfer = await got(world, f"/v1/transfers/{paid['transfer_id']}", "bo")
    assert transfer["amount"]["amount"] == "40.00"
    assert (await got(world, path))["transfer_id"] is None
    late = await world.post(f"{path}/cancel", {})
    assert (late.status_code, late.json()["code"]) == (409, "state_conflict")
    staff = await got(world, "/v1/money-requests?customer_id=cus_bo", "ops")
    assert [each["id"] for each in staff["data"]] == [made["id"]]


async def test_either_side_ends_a_request(world):
    first, second = await requested(world), await requested(world)
    declined = await done(world, f"/v1/money-requests/{first['id']}/decline", {}, "bo")
    cancelled = await done(world, f"/v1/money-requests/{second['id']}/cancel", {})
    assert (declined["state"], cancelled["state"]) == ("declined", "cancelled")
    out = await got(world, f"/v1/money-requests?direction=out&starting_after={second['id']}")
    assert [each["id"] for each in out["data"]] == [first["id"]]


async def test_a_bill_is_split_and_shows_who_has_paid(world):
    body = {
        "account_id": "acc_aisha",
        "total": "100.01",
        "currency": "MYR",
        "parts": [{"payer_check_id": await found(world)}],
        "expires_at": "2026-03-09T08:00:00.000Z",
    }
    split = await done(world, "/v1/splits", body, status=201)
    (part,) = split["parts"]
    assert (split["own"]["amount"], part["amount"]["amount"]) == ("50.00", "50.01")
    await done(world, f"/v1/money-requests/{part['id']}/pay", {"account_id": "acc_bo"}, "bo")
    stands = await got(world, f"/v1/splits/{split['id']}")
    assert (stands["paid"]["amount"], stands["waiting"]["amount"]) == ("50.01", "0.00")
    assert (await got(world, "/v1/splits"))["data"] == [stands]
    foreign = await world.get(f"/v1/splits/{split['id']}", "bo")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "split_not_found")
    uneven = {**body, "parts": [{**body["parts"][0], "amount": "1.00"}], "own": "1.00"}
    answer = await world.post("/v1/splits", uneven)
    assert (answer.status_code, answer.json()["code"]) == (422, "split_uneven")


async def test_a_dispute_goes_from_customer_to_staff_and_back(world):
    transfer = await done(world, "/v1/transfers", order(await found(world)), status=201)
    body = {"payment_id": transfer["id"], "kind": "wrong_amount", **WORDS}
    made = await done(world, "/v1/disputes", body, status=201)
    assert (made["number"], made["state"], made["overdue"]) == ("QD-2026-000001", "open", False)
    assert made["label"] == "example"
    twice = await world.post("/v1/disputes", body)
    assert (twice.status_code, twice.json()["code"]) == (409, "dispute_exists")
    assert made["number"] in twice.json()["detail"]
    path = f"/v1/disputes/{made['id']}"
    for by in ("bo", "auditor"):
        denied = await world.post(f"{path}/answer", WORDS, by)
        assert denied.status_code == 403
    (queued,) = (await got(world, "/v1/disputes", "ops"))["data"]
    assert (queued["id"], queued["due_at"]) == (made["id"], made["due_at"])
    world.clock.forward(86_400 * 15)
    assert (await got(world, "/v1/dispute-counts", "auditor"))["overdue"] == 1
    late = await got(world, "/v1/disputes?overdue=true&kind=wrong_amount&state=open", "ops")
    assert late["data"][0]["overdue"] is True
    answered = await done(world, f"{path}/answer", {"words": "Which bill?"}, "ops")
    assert answered["timeline"][-1]["actor"] is not None
    replied = await done(world, f"{path}/say", WORDS)
    assert [each["side"] for each in replied["timeline"]] == ["customer", "staff", "customer"]
    assert [each["actor"] for each in replied["timeline"]] == [None, None, None]
    assert replied["timeline"][0]["words"] == WORDS["words"]
    ended = await done(world, f"{path}/reject", {"words": "It was right."}, "ops")
    assert (ended["state"], ended["final"], ended["due_at"]) == ("rejected", True, None)
    over = await world.post(f"{path}/withdraw", {})
    assert over.status_code == 409
    assert (await world.get("/v1/dispute-counts")).status_code == 403
    assert (await world.get(path, "bo")).status_code == 404
    assert (await got(world, "/v1/disputes", "bo"))["data"] == []


async def test_notices_are_told_in_the_readers_language_and_marked(world):
    made = await requested(world)
    told = await world.get("/v1/notices", "bo", **{"accept-language": "fr"})
    (notice,) = told.json()["data"]
    assert (notice["type"], notice["about"]) == ("money_demand.open", made["id"])
    assert notice["text"] == "Quelqu'un vous demande de l'argent"
    assert told.json()["unread"] == 1
    left = await done(world, "/v1/notices/read", {"up_to": notice["id"]}, "bo")
    assert left["unread"] == 0
    assert (await got(world, "/v1/notices", "bo"))["data"][0]["read"] is True
    assert (await got(world, f"/v1/notices?starting_after={notice['id']}", "bo"))["data"] == []
    assert (await got(world, "/v1/notices"))["data"] == []
