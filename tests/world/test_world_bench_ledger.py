"""The bench of the ledger in miniature: its shape, and that it measures real payments."""

from dataclasses import replace
from pathlib import Path

from qantara import settings
from qantara.world.bench import ledger
from qantara.world.worlds import database_server

PARTS = ["uniform", "hot", "batches", "holds_and_chains"]
SMALL = ledger.Size(accounts=300, clients=40, ready=500, rounds=2, seconds=0.3, pgbench_scale=1)


async def test_the_bench_of_the_ledger_in_miniature(home: Path) -> None:
    said: list[str] = []
    chosen = replace(settings.load({}), home=home)
    told = (await ledger.measure(chosen, said.append, SMALL)).to_json()
    assert told["bench"] == "ledger"
    assert told["environment"]["server_version"].startswith("18.")
    assert told["yardstick"]["name"] == "pgbench TPC-B-like -M prepared -c 32 -j 2 -s 1"
    assert len(told["yardstick_rounds"]) == SMALL.rounds
    assert [part["name"] for part in told["results"]] == PARTS
    for part in told["results"]:
        assert part["rounds"] == SMALL.rounds
        assert 0 < part["p50_ms"] <= part["p99_ms"]
        assert part["refused"] < part["transfers"] / 10
        assert part["sequential_scans_per_transfer"] == 0
        assert part["wal_bytes_per_transfer"] > 0
    sizes = {part["name"]: part["batch_p50"] for part in told["results"]}
    assert sizes["batches"] == SMALL.ready
    assert told["results"][2]["refused"] == told["results"][2]["transfers"] / 100
    assert 1 < sizes["uniform"] <= SMALL.clients
    special = {part["name"]: part["holds_and_chains"] for part in told["results"]}
    assert special.pop("holds_and_chains") > 0
    assert set(special.values()) == {0}
    assert told["book"]["clean"]
    assert told["book"]["transfers"] > SMALL.accounts
    assert any("pgbench" in each for each in said)
    async with database_server(chosen, said.append) as server:
        assert await server.databases("qantara_bench_") == []
