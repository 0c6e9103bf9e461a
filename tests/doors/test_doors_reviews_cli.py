"""`qantara reviews` against an institution that answers on a socket, as two officers use it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from door_nodes import unsure_institution
from door_world import World, opened

from qantara.cli import reviews
from qantara.cli.reviews import Wish
from qantara.client import Problem
from qantara.errors import Malformed, NotFound, Unavailable
from qantara.host import notes

WHY = {"legal_reason": "Papers seen", "citation": "Limits policy 4 (example)"}


@pytest.fixture
async def world(servers, tmp_path, monkeypatch) -> AsyncIterator[World]:
    async with opened(servers(18), unsure_institution()) as made:
        config = uvicorn.Config(made.my.app, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as bound:
            serving = asyncio.create_task(server.serve([bound]))
            home = tmp_path / "worlds" / "demo"
            home.mkdir(parents=True)
            officers = {"compliance": made.keys["maker"], "compliance-second": made.keys["checker"]}
            (home / "keys.json").write_text(json.dumps({"my": officers}))
            address = f"http://127.0.0.1:{bound.getsockname()[1]}"
            notes.leave(home / "running", {"my": address}, {})
            monkeypatch.setenv("QANTARA_HOME", str(tmp_path))
            try:
                yield made
            finally:
                server.should_exit = True
                await serving


async def state(world, remittance_id):
    return (await world.get(f"/v1/remittances/{remittance_id}")).json()["state"]


@pytest.mark.parametrize(("act", "end"), [("release", "accepted"), ("refuse", "refused")])
async def test_one_officer_proposes_and_the_other_approves(world, capsys, act, end):
    made = await world.remitted()
    assert await reviews.run(Wish(), as_json=True) == 0
    (waiting,) = json.loads(capsys.readouterr().out)["data"]
    assert waiting["remittance_id"] == made["id"]
    assert waiting["findings"][0]["rule"] == "duitnow.limit.person"
    await reviews.run(Wish(act, remittance_id=made["id"], **WHY), as_json=True)
    assert json.loads(capsys.readouterr().out)["state"] == "pending"
    assert await state(world, made["id"]) == "in_review"
    await reviews.run(Wish(), as_json=False)
    told = capsys.readouterr().out
    for word in (made["id"], "497.50", "100.00", "DuitNow", "prn_maker"):
        assert word in told
    await reviews.run(Wish(act, remittance_id=made["id"], approve=True), as_json=False)
    assert "approved, done" in capsys.readouterr().out
    assert await state(world, made["id"]) == end
    await reviews.run(Wish(), as_json=False)
    assert capsys.readouterr().out.strip() == "None."


async def test_what_is_missing_is_said(world):
    made = await world.remitted()
    with pytest.raises(Malformed):
        await reviews.run(Wish("release", remittance_id=made["id"]), as_json=True)
    with pytest.raises(NotFound):
        await reviews.run(Wish("release", remittance_id=made["id"], approve=True), as_json=True)
    with pytest.raises(Unavailable):
        await reviews.run(Wish(role="pk"), as_json=True)
    with pytest.raises(Problem, match="remittance_not_found"):
        await reviews.run(Wish("refuse", remittance_id="rem_none", **WHY), as_json=True)
