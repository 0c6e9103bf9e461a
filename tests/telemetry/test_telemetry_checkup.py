"""What the doctor says, of figures and of a world that it really looks at."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from telemetry_world import opened

from qantara.clock import utc_now
from qantara.db import Server
from qantara.host import signing, tls
from qantara.telemetry.measures import Point
from qantara.world.checkup import State, databases, machine, places
from qantara.world.checkup.databases import LIMITS, judged

ON = date(2026, 3, 2)
REFUSED = ("raast", "refused")


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.figure)
def test_every_limit_can_be_passed_and_is_told_with_what_to_do(limit: databases.Limit) -> None:
    labels = REFUSED if limit.figure == "qantara_outbox_messages" else ("raast",)
    for value, state in ((limit.warn, State.WARN), (limit.bad, State.BAD)):
        if value is not None:
            (told,) = judged("my", [Point(limit.figure, labels, value)], alive=True)
            assert (told.state, told.todo) == (state, limit.todo)
            assert f"{value:.0f}" in told.found
    (well,) = judged("my", [Point(limit.figure, labels, limit.warn - 1)], alive=True)
    assert well.state is State.OK


def test_a_world_that_stands_still_is_not_late() -> None:
    (told,) = judged("my", [Point("qantara_job_late_seconds", ("seal",), 9e9)], alive=False)
    assert (told.state, "not running" in told.found) == (State.OK, True)


@pytest.mark.parametrize(
    "points",
    [
        [Point("qantara_own_funds_minor", ("MYR",), -1)],
        [
            Point("qantara_e_money_minor", ("MYR",), 500),
            Point("qantara_safeguarded_minor", ("MYR",), 499),
        ],
    ],
)
def test_money_out_of_place_is_bad_whether_it_runs_or_not(points: list[Point]) -> None:
    for alive in (True, False):
        (told,) = judged("my", points, alive=alive)
        assert told.state is State.BAD
        assert told.todo


def test_law_that_nobody_read_again_is_told() -> None:
    fresh = places.rulebook([ON - timedelta(days=365)], ON)
    stale = places.rulebook([ON - timedelta(days=366), None, ON], ON)
    assert (fresh.state, stale.state) == (State.OK, State.WARN)
    assert "2 not verified" in stale.found


def test_a_certificate_tells_before_it_expires(tmp_path: Path) -> None:
    for life, state in ((0, State.OK), (370, State.WARN), (398, State.BAD)):
        tls.issue(tmp_path, ["my"], utc_now() - timedelta(days=life))
        signing.issue(partial(tls.Identity.within, tmp_path), ["my"])
        assert [check.state for check in places.certificates(tmp_path)] == [state]


async def test_a_role_that_does_not_answer_is_bad() -> None:
    (told,) = await places.doors({"my": "http://127.0.0.1:1"})
    assert (told.name, told.state) == ("my", State.BAD)


def test_the_machine_is_looked_at(tmp_path: Path) -> None:
    found = {check.name: check for check in machine.machine(tmp_path / "not" / "there")}
    assert "ms to make 8 kB durable" in found["disk sync"].found
    assert found["disk room"].ok


async def test_a_whole_world_is_looked_at(servers: Callable[[int], Server]) -> None:
    server = servers(18)
    async with opened(server) as world:
        spec, names = world.runtime.world, sorted(world.runtime.roles)
        roles = {check.name: check for check in await databases.roles(server, spec, names)}
        assert set(roles) == set(names)
        assert {check.state for check in roles.values()} == {State.OK}, roles
        ready = await places.doors(world.runtime.addresses)
        assert {check.state for check in ready} == {State.OK}
        found = {check.name: check for check in await databases.server(server, len(names))}
        assert found["durability"].state is State.BAD  # the tests' server runs without fsync
        assert "fsync = off" in found["durability"].found
        assert found["clock"].state is State.OK
        owner = await server.connect(spec.database("my"))
        try:
            await owner.execute("DELETE FROM db.migration WHERE package = 'remittance'")
        finally:
            await owner.close()
        roles = {check.name: check for check in await databases.roles(server, spec, names)}
        assert roles["my"].state is State.BAD
        assert "migrations differ" in roles["my"].found
    gone = await databases.roles(server, spec, [])
    assert {check.found for check in gone} == {"has no database yet"}
