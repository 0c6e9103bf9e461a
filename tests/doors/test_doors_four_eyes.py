from collections.abc import AsyncIterator

import pytest
from door_world import World, opened

WHY = {"legal_reason": "Court order", "citation": "AMLATFPUAA 2001, section 44"}
FREEZE = "/v1/accounts/acc_aisha/freeze"


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


async def proposed(world: World, path: str = FREEZE) -> str:
    answer = await world.post(path, WHY, "maker")
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/proposals/{answer.json()['id']}"
    return str(answer.json()["id"])


async def test_a_freeze_is_done_when_a_second_person_approves(world):
    proposal = await proposed(world)
    assert (await world.balance())["status"] == "open"
    answer = await world.post(f"/v1/proposals/{proposal}/approve", {}, "checker")
    body = answer.json()
    assert (answer.status_code, body["state"]) == (200, "approved")
    assert (body["proposed_by"], body["decided_by"]) == ("prn_maker", "prn_checker")
    assert "ledger_code" not in body["payload"]
    assert (await world.balance())["status"] == "frozen"
    async with world.my.door.database.read() as tx:
        acts = await tx.fetch("SELECT act FROM access.audit_entry WHERE target = 'acc_aisha'")
    assert [row["act"] for row in acts] == ["account_frozen"]


async def test_a_frozen_account_sends_nothing_until_it_is_released(world):
    body = await world.yes()
    for path in (FREEZE, "/v1/accounts/acc_aisha/release"):
        proposal = await proposed(world, path)
        await world.post(f"/v1/proposals/{proposal}/approve", {}, "checker")
        if path == FREEZE:
            refused = await world.post("/v1/remittances", body)
            assert (refused.status_code, refused.json()["code"]) == (422, "account_frozen")
    assert (await world.balance())["status"] == "open"
    assert (await world.remitted())["state"] == "accepted"


async def test_nobody_approves_an_own_proposal(world):
    proposal = await proposed(world)
    answer = await world.post(f"/v1/proposals/{proposal}/approve", {}, "maker")
    assert (answer.status_code, answer.json()["code"]) == (403, "approval_needs_second")
    assert answer.json()["rule"] == "access.four_eyes"
    assert (await world.balance())["status"] == "open"


async def test_what_is_decided_stays_decided(world):
    proposal = await proposed(world)
    rejected = await world.post(f"/v1/proposals/{proposal}/reject", {}, "maker")
    assert rejected.json()["state"] == "rejected"
    late = await world.post(f"/v1/proposals/{proposal}/approve", {}, "checker")
    assert (late.status_code, late.json()["code"]) == (409, "approval_not_pending")
    none = await world.post("/v1/proposals/prp_none/approve", {}, "checker")
    assert (none.status_code, none.json()["code"]) == (404, "approval_not_found")


async def test_an_approval_whose_act_is_impossible_does_not_stand(world):
    first, second = await proposed(world), await proposed(world)
    await world.post(f"/v1/proposals/{first}/approve", {}, "checker")
    again = await world.post(f"/v1/proposals/{second}/approve", {}, "checker")
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    waiting = (await world.get("/v1/proposals", "checker")).json()["data"]
    assert [each["id"] for each in waiting] == [second]


async def test_a_proposal_needs_an_account_and_a_reason(world):
    none = await world.post("/v1/accounts/acc_none/freeze", WHY, "maker")
    assert (none.status_code, none.json()["code"]) == (404, "account_not_found")
    bare = await world.post(FREEZE, {"legal_reason": "", "citation": "x"}, "maker")
    assert (bare.status_code, bare.json()["param"]) == (400, "legal_reason")
    assert (await world.get("/v1/proposals", "checker")).json()["data"] == []
