"""`qantara agents` against an institution that answers on a socket, as two of its staff use it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from cash_world import Cash, with_agent

from qantara.cli import agents
from qantara.cli.agents import Wish
from qantara.errors import Malformed, NotFound, Unavailable
from qantara.host import notes


@pytest.fixture
async def cash(servers, tmp_path, monkeypatch) -> AsyncIterator[Cash]:
    async with with_agent(servers(18)) as made:
        config = uvicorn.Config(made.world.my.app, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as bound:
            serving = asyncio.create_task(server.serve([bound]))
            home = tmp_path / "worlds" / "demo"
            home.mkdir(parents=True)
            keys = made.world.keys
            staff = {"operations": keys["ops"], "operations-second": keys["ops-second"]}
            (home / "keys.json").write_text(json.dumps({"my": staff}))
            address = f"http://127.0.0.1:{bound.getsockname()[1]}"
            notes.leave(home / "running", {"my": address}, {})
            monkeypatch.setenv("QANTARA_HOME", str(tmp_path))
            try:
                yield made
            finally:
                server.should_exit = True
                await serving


async def test_two_people_make_an_agent_and_suspend_it(cash, capsys):
    new = Wish("register", subject="acc_bo", name="Kedai Kedua", district="Ipoh")
    await agents.run(new, as_json=True)
    agent_id = json.loads(capsys.readouterr().out)["payload"]["agent_id"]
    await agents.run(Wish("register", subject="acc_bo", approve=True), as_json=False)
    assert "approved, done" in capsys.readouterr().out
    await agents.run(Wish("suspend", subject=agent_id, why="Example"), as_json=False)
    assert "agent_suspend" in capsys.readouterr().out
    await agents.run(Wish("suspend", subject=agent_id, approve=True), as_json=True)
    capsys.readouterr()
    await agents.run(Wish(), as_json=True)
    found = {each["id"]: each for each in json.loads(capsys.readouterr().out)["data"]}
    assert found[agent_id]["state"] == "suspended"
    assert found[cash.agent_id]["float"]["amount"] == "600.00"
    await agents.run(Wish(), as_json=False)
    told = capsys.readouterr().out
    for word in ("Kedai Contoh", "600.00"):
        assert word in told


async def test_what_an_operator_leaves_out_is_said(cash):
    with pytest.raises(Malformed):
        await agents.run(Wish("register", subject="acc_bo"), as_json=True)
    with pytest.raises(Malformed):
        await agents.run(Wish("close", subject=cash.agent_id), as_json=True)
    with pytest.raises(NotFound):
        await agents.run(Wish("close", subject=cash.agent_id, approve=True), as_json=True)
    with pytest.raises(Unavailable):
        await agents.run(Wish(role="pk"), as_json=True)
