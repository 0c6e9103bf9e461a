import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import pytest
from door_world import WISH, World, opened

from qantara.access import flow as access
from qantara.access.model import INSTALLER, Role, Scope
from qantara.db import Tx


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


async def _revoke(tx: Tx, _node: object, keys: Sequence[str], now: datetime) -> list[bool]:
    return [await access.revoke_key(tx, INSTALLER, key, now) for key in keys]


async def test_without_a_key_that_opens_nothing_is_read_or_done(world):
    key = world.keys["aisha"]
    wrong = ["", "key_none.secret", key[:-1], f"{key}x", key.split(".")[0], "x" * 5000]
    for presented in wrong:
        headers = {"authorization": f"Bearer {presented}", "idempotency-key": "one"}
        for answer in (
            await world.my.client.get("/v1/accounts", headers=headers),
            await world.my.client.post("/v1/quotes", json=WISH, headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (401, "key_invalid")
            assert answer.headers["www-authenticate"] == "Bearer"
    basic = await world.my.client.get("/v1/accounts", headers={"authorization": f"Basic {key}"})
    assert basic.status_code == 401
    assert (await world.my.client.get("/v1/accounts")).status_code == 401


async def test_a_revoked_key_opens_nothing_from_then_on(world):
    assert (await world.get("/v1/accounts")).status_code == 200
    assert await world.my.do(_revoke, world.keys["aisha"].split(".")[0])
    assert (await world.get("/v1/accounts")).status_code == 401


async def test_a_key_does_only_what_its_scopes_say(world):
    world.keys["reader"] = await world.my.key(
        "reader", Role.CUSTOMER, "cus_aisha", Scope.ACCOUNTS_READ
    )
    assert (await world.get("/v1/accounts", "reader")).status_code == 200
    for answer in (
        await world.post("/v1/quotes", WISH, "reader"),
        await world.get("/v1/remittances", "reader"),
        await world.post("/v1/accounts/acc_aisha/freeze", {}, "reader"),
        await world.get("/v1/proposals"),
        await world.my.client.post(
            "/v1/messages",
            content=b"\x90",
            headers={"authorization": f"Bearer {world.keys['aisha']}"},
        ),
        await world.post("/v1/quotes", WISH, "maker"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "key_scope")


async def test_what_belongs_to_another_customer_is_not_there(world):
    made = await world.remitted()
    quote, check = made["quote_id"], made["payee_check_id"]
    for path in (
        "/v1/accounts/acc_aisha",
        "/v1/accounts/acc_aisha/statement",
        "/v1/accounts/acc_aisha/balance",
        f"/v1/quotes/{quote}",
        f"/v1/payee-checks/{check}",
        f"/v1/remittances/{made['id']}",
        f"/v1/remittances/{made['id']}/events",
        f"/v1/remittances/{made['id']}/messages",
    ):
        assert (await world.get(path, "bo")).status_code == 404, path
        absent = path.replace(path.split("/")[3], f"{path.split('/')[3][:4]}none")
        hidden, missing = await world.get(path, "bo"), await world.get(absent, "bo")
        assert hidden.json()["code"] == missing.json()["code"]
    cursor = await world.get(f"/v1/remittances?starting_after={made['id']}", "bo")
    assert cursor.json()["code"] == "cursor_malformed"
    foreign = await world.post("/v1/quotes", WISH, "bo")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "account_not_found")
    snooping = await world.get("/v1/accounts?customer_id=cus_aisha", "bo")
    assert [each["id"] for each in snooping.json()["data"]] == ["acc_bo"]


async def test_a_quote_that_nobody_accepted_is_no_remittance_yet(world):
    quote = await world.quoted()
    answer = await world.get(f"/v1/remittances/rem_{quote['id'][4:]}")
    assert answer.status_code == 404


async def test_health_is_told_to_anybody_and_readiness_is_proved(world):
    for place in (world.my, world.nexus):
        alive = await place.client.get("/healthz")
        ready = await place.client.get("/readyz")
        assert alive.json() == {"role": place.door.role, "status": "alive"}
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        assert ready.json()["reasons"] == []
    await world.my.door.batcher.stop()
    async with asyncio.timeout(10):
        while (down := await world.my.client.get("/readyz")).status_code == 200:  # noqa: ASYNC110 - nothing tells that a role is not ready
            await asyncio.sleep(0.1)
    assert (down.status_code, down.json()["reasons"]) == (503, ["writer"])
    assert (await world.my.client.get("/healthz")).status_code == 200
