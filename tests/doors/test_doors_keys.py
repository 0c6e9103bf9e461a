"""API keys as their managers and holders have them."""

from collections.abc import AsyncIterator

import pytest
from door_world import WISH, World, opened

from qantara.access.model import GUARDED_SCOPES, Role, Scope

PATH = "/v1/keys"
READ, WRITE = ["accounts:read"], ["accounts:read", "remittances:read", "remittances:write"]


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        for name in ("ann", "ben"):
            made.keys[name] = await made.my.key(name, Role.ADMINISTRATOR, None)
        yield made


async def client(world: World, customer: str = "cus_aisha") -> str:
    body = {"name": "Budget app", "customer_id": customer}
    answer = await world.post("/v1/clients", body, "ann")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def issued(world: World, scopes: list[str], **other: str) -> dict:
    body = {"principal_id": await client(world), "scopes": scopes} | other
    answer = await world.post(PATH, body, "ann")
    guarded = bool(GUARDED_SCOPES & set(scopes))
    assert answer.status_code == (202 if guarded else 201), answer.text
    if guarded:
        assert answer.headers["location"] == f"/v1/proposals/{answer.json()['proposal_id']}"
        path = f"{answer.headers['location']}/approve"
        assert (await world.post(path, {}, "ben")).status_code == 200
    world.keys["app"] = answer.json()["key"]
    return dict(answer.json())


async def delete(world: World, key_id: str, by: str) -> int:
    auth = {"authorization": f"Bearer {world.keys[by]}"}
    return (await world.my.client.delete(f"{PATH}/{key_id}", headers=auth)).status_code


async def test_a_new_client_does_what_its_key_says_for_its_customer(world):
    made = await issued(world, READ, label="budget")
    assert (made["state"], made["scopes"], made["label"]) == ("open", READ, "budget")
    accounts = await world.get("/v1/accounts", "app")
    assert [each["id"] for each in accounts.json()["data"]] == ["acc_aisha"]
    assert (await world.post("/v1/quotes", WISH, "app")).status_code == 403


async def test_a_key_that_pays_is_approved_by_a_second_person_before_it_opens(world):
    body = {"principal_id": await client(world), "scopes": WRITE}
    answer = await world.post(PATH, body, "ann")
    told = answer.json()
    assert (answer.status_code, told["state"]) == (202, "proposed")
    world.keys["app"] = told["key"]
    assert (await world.get("/v1/accounts", "app")).status_code == 401
    waiting = (await world.get("/v1/proposals", "ben")).json()["data"]
    assert [(each["id"], each["action"]) for each in waiting] == [
        (told["proposal_id"], "key_issue")
    ]
    assert "digest" not in waiting[0]["payload"]
    assert waiting[0]["payload"]["scopes"] == WRITE
    path = f"/v1/proposals/{told['proposal_id']}/approve"
    own = await world.post(path, {}, "ann")
    assert (own.status_code, own.json()["code"]) == (403, "approval_needs_second")
    foreign = await world.post(path, {}, "checker")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "key_scope")
    assert (await world.get("/v1/proposals", "checker")).json()["data"] == []
    assert (await world.post(path, {}, "ben")).status_code == 200
    assert (await world.post("/v1/quotes", WISH, "app")).status_code == 201


async def test_a_rejected_key_never_opens(world):
    body = {"principal_id": await client(world), "scopes": WRITE}
    told = (await world.post(PATH, body, "ann")).json()
    await world.post(f"/v1/proposals/{told['proposal_id']}/reject", {}, "ben")
    world.keys["app"] = told["key"]
    assert (await world.get("/v1/accounts", "app")).status_code == 401


@pytest.mark.parametrize("scopes", [READ, WRITE])
async def test_a_secret_is_told_once_and_kept_nowhere(world, scopes):
    body = {"principal_id": await client(world), "scopes": scopes}
    first = await world.post(PATH, body, "ann", key="one")
    again = await world.post(PATH, body, "ann", key="one")
    secret = first.json()["key"].partition(".")[2]
    assert len(secret) > 40
    assert (again.status_code, again.json()["key"]) == (first.status_code, None)
    assert again.json() | {"key": None} == first.json() | {"key": None}
    async with world.my.door.database.read() as tx:
        tables = ("edge.answer", "access.api_key", "access.proposal", "access.audit_entry")
        for table in tables:
            rows = await tx.fetch(f"SELECT t::text AS row FROM {table} t")
            assert all(secret not in row["row"] for row in rows)
            hidden = secret.encode().hex()
            assert all(hidden not in row["row"] for row in rows)


async def test_an_answer_lost_before_it_was_kept_leaves_one_key_with_its_first_secret(world):
    body = {"principal_id": await client(world), "scopes": READ}
    first = (await world.post(PATH, body, "ann", key="one")).json()
    owner = await world.my.door.database.writer()
    await owner.execute("DELETE FROM edge.answer")
    await owner.close()
    again = await world.post(PATH, body, "ann", key="one")
    assert (again.status_code, again.json()["id"], again.json()["key"]) == (201, first["id"], None)
    world.keys["app"] = first["key"]
    assert (await world.get("/v1/accounts", "app")).status_code == 200


async def test_a_holder_sees_and_rotates_its_own_keys(world):
    made = await issued(world, WRITE)
    listed = (await world.get(PATH, "app")).json()
    assert [each["id"] for each in listed["data"]] == [made["id"]]
    assert "key" not in listed["data"][0] or listed["data"][0]["key"] is None
    world.clock.forward(1)
    answer = await world.post(f"{PATH}/{made['id']}/rotate", {"overlap_seconds": 60}, "app")
    rotated = answer.json()
    assert (answer.status_code, rotated["replaces"]) == (201, made["id"])
    world.keys["new"] = rotated["key"]
    assert (await world.get("/v1/accounts", "app")).status_code == 200
    assert (await world.get("/v1/accounts", "new")).status_code == 200
    world.clock.forward(60)
    assert (await world.get("/v1/accounts", "app")).status_code == 401
    states = {each["id"]: each["state"] for each in (await world.get(PATH, "new")).json()["data"]}
    assert states == {made["id"]: "expired", rotated["id"]: "open"}
    page = (await world.get(f"{PATH}?limit=1", "new")).json()
    assert ([each["id"] for each in page["data"]], page["has_more"]) == ([rotated["id"]], True)
    rest = await world.get(f"{PATH}?limit=1&starting_after={rotated['id']}", "new")
    assert [each["id"] for each in rest.json()["data"]] == [made["id"]]


async def test_a_revoked_key_opens_nothing_from_then_on(world):
    made = await issued(world, READ)
    assert await delete(world, made["id"], "bo") == 404
    assert await delete(world, made["id"], "app") == 204
    assert (await world.get("/v1/accounts", "app")).status_code == 401
    seen = (await world.get(f"{PATH}/{made['id']}", "ann")).json()
    assert seen["state"] == "revoked"
    assert await delete(world, made["id"], "ann") == 204


async def test_keys_of_others_are_not_there(world):
    made = await issued(world, READ)
    assert (await world.get(f"{PATH}/{made['id']}", "bo")).status_code == 404
    assert (await world.get(f"{PATH}?principal_id={made['principal_id']}", "bo")).status_code == 403
    assert (await world.get(f"{PATH}?starting_after={made['id']}", "bo")).status_code == 404
    rotated = await world.post(f"{PATH}/{made['id']}/rotate", {}, "bo")
    assert (rotated.status_code, rotated.json()["code"]) == (404, "key_not_found")
    theirs = await world.get(f"{PATH}?principal_id={made['principal_id']}", "ann")
    assert [each["id"] for each in theirs.json()["data"]] == [made["id"]]


async def test_only_key_managers_issue_and_nothing_beyond_the_holders_roles(world):
    principal = await client(world)
    for by, body, expected in (
        ("aisha", {"principal_id": principal, "scopes": READ}, (403, "key_scope")),
        ("maker", {"principal_id": principal, "scopes": READ}, (403, "key_scope")),
        ("ann", {"principal_id": principal, "scopes": ["audit:read"]}, (403, "key_scope")),
        ("ann", {"principal_id": principal, "scopes": ["all"]}, (400, "field_invalid")),
        ("ann", {"principal_id": principal, "scopes": []}, (400, "field_invalid")),
        ("ann", {"principal_id": "prn_none", "scopes": READ}, (404, "principal_not_found")),
        (
            "ann",
            {"principal_id": principal, "scopes": READ, "expires_at": "2020-01-01T00:00:00Z"},
            (400, "field_invalid"),
        ),
        (
            "ann",
            {"principal_id": principal, "scopes": READ, "expires_at": "tomorrow"},
            (400, "time_malformed"),
        ),
    ):
        answer = await world.post(PATH, body, by)
        assert (answer.status_code, answer.json()["code"]) == expected, body
    assert (await world.post("/v1/clients", {"name": "x"}, "aisha")).status_code == 403


async def test_a_client_is_somebodys_or_the_institutions(world):
    for body, expected in (
        ({"name": "x"}, (400, "field_missing")),
        ({"name": "x", "role": "auditor", "customer_id": "cus_bo"}, (400, "field_invalid")),
        ({"name": "x", "role": "administrator"}, (400, "field_invalid")),
        ({"name": "x", "customer_id": "cus_none"}, (404, "customer_not_found")),
    ):
        answer = await world.post("/v1/clients", body, "ann")
        assert (answer.status_code, answer.json()["code"]) == expected, body
    made = await world.post("/v1/clients", {"name": "Reports", "role": "auditor"}, "ann")
    assert (made.status_code, made.json()["customer_id"]) == (201, None)


async def test_the_last_use_is_known_to_the_minute_and_nobody_waits_for_it(world):
    made = await issued(world, READ)
    await world.get("/v1/accounts", "app")
    for _ in range(100):
        seen = (await world.get(f"{PATH}/{made['id']}", "ann")).json()
        if seen["last_used_at"]:
            break
    assert seen["last_used_at"] == "2026-03-02T08:00:00.000Z"
    world.keys["lean"] = await world.my.key("lean", Role.CUSTOMER, "cus_bo", Scope.ACCOUNTS_READ)
    assert (await world.get("/v1/accounts", "lean")).status_code == 200
