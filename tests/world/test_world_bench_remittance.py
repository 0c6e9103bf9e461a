"""The measurement of payments in miniature: what it tells, and that it fails where it must."""

from dataclasses import replace
from pathlib import Path

import pytest
from world_trials import Home, Servers

from qantara.errors import Malformed, Unavailable
from qantara.world import worlds
from qantara.world.bench import layouts, remittance, remittance_memory
from qantara.world.bench.layouts import LAYOUTS
from qantara.world.bench.remittance import Plan

SMALL = Plan(
    rounds=1,
    clients=1,
    warm_seconds=0.1,
    closed_seconds=0.3,
    open_seconds=0.3,
    idle_payments=2,
    yardstick_seconds=0.05,
    pgbench_scale=1,
)
KINDS = {"processes", "xml", "python", "sql"}


def told(_: str) -> None:
    return


@pytest.fixture
async def house(servers: Servers, tmp_path: Path) -> Home:
    made = Home(tmp_path, servers(18))
    await made.server.prepare()
    return made


async def test_every_layout_completes_every_payment_and_tells_its_cost(house: Home) -> None:
    found = (await remittance.measure(house.settings, told, SMALL)).to_json()
    assert [each["name"] for each in found["results"]] == ["one_process", "http", "http_single"]
    assert found["books_balanced"] is True
    assert found["payments"] >= 3 * (6 + 6 + 2)
    assert found["pgbench"]["per_second"] > 0
    for each in found["results"]:
        assert each["ratio"] > 0
        assert 0 < each["p50_ms"] <= each["p99_ms"]
        assert each["idle_p50_ms"] > 0
        assert set(each["cpu_ms"]) >= KINDS
        assert each["transactions"] > 0
        assert each["wal_bytes"] > 0
        assert len(each["by_role"]) == 11
    assert [len(each["rss_mb"]) for each in found["results"]] == [1, 2, 2]
    assert "http" in found["results"][1]["cpu_ms"]
    assert not house.folder(remittance.WORLD).path.exists()


async def test_memory_is_told_at_every_mark_of_payments(house: Home) -> None:
    size = remittance_memory.Size(marks=(6, 12), clients=1)
    found = (await remittance_memory.measure(house.settings, told, size)).to_json()
    (only,) = found["results"]
    assert list(only["rss_mb"]) == ["6", "12"]
    assert len(only["growth"]) == 1
    assert only["highest_mb"] == max(each[0] for each in only["rss_mb"].values())


async def test_a_payment_that_did_not_complete_fails_the_run(house: Home) -> None:
    async with remittance.made(house.settings, told) as (server, place):
        assert (await remittance.judge(server, place, 0, told))["books_balanced"] is True
        with pytest.raises(Unavailable, match="1 paid"):
            await remittance.judge(server, place, 1, told)


async def test_books_that_do_not_balance_fail_the_run(house: Home) -> None:
    async with remittance.made(house.settings, told) as (server, place):
        async with worlds.started(server, place, told):
            pass
        owner = await server.connect(place.spec().database("sap-my"))
        try:
            await owner.execute("ALTER TABLE ledger.account DISABLE TRIGGER ALL")
            await owner.execute("UPDATE ledger.account SET balance = balance + 1")
        finally:
            await owner.close()
        with pytest.raises(Unavailable, match="balanced: False"):
            await remittance.judge(server, place, 0, told)


def test_a_layout_is_known_by_its_name() -> None:
    assert layouts.named([]) == LAYOUTS
    assert layouts.named(["http"]) == LAYOUTS[1:2]
    assert replace(SMALL, layouts=layouts.named(["http_single"])).layouts[0].form == layouts.SINGLE
    with pytest.raises(Malformed, match="other"):
        layouts.named(["other"])
