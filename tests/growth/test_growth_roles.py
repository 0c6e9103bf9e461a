"""A role whose place was taken stands by, answers no more as ready, and works on when it may."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from qantara.clock import utc_now
from qantara.db import Server, events
from qantara.db.refusals import remembering
from qantara.errors import Reason, Unavailable
from qantara.host import config
from qantara.host.config import WorldSpec
from qantara.host.hatch import Hatch, RemoteBatcher
from qantara.host.role import Role

Prepare = Callable[..., Awaitable[Role]]


@pytest.fixture
async def world(servers: Callable[[int], Server]) -> AsyncIterator[WorldSpec]:
    server = servers(18)
    await server.prepare()
    demo = config.read(Path(str(files("qantara.world") / "demo.toml")), "demo")
    made = replace(demo, name=f"growth{uuid.uuid4().hex[:8]}")
    yield made
    await server.drop(made.database("my"))


@pytest.fixture
async def prepare(world: WorldSpec, servers: Callable[[int], Server]) -> AsyncIterator[Prepare]:
    made: list[Role] = []

    async def make(*, standby: bool = False) -> Role:
        role = await Role.prepare(world, world.role("my"), servers(18), utc_now, standby=standby)
        made.append(role)
        await role.connect({})
        return role

    yield make
    for role in made:
        await role.stop()


async def readiness(role: Role) -> int:
    door = httpx.ASGITransport(role.app)
    async with httpx.AsyncClient(transport=door, base_url="http://my") as client:
        return (await client.get("/readyz")).status_code


async def until_ready(role: Role) -> None:
    async with asyncio.timeout(20):
        while await readiness(role) != 200:  # noqa: ASYNC110 - readiness is asked for, not told
            await asyncio.sleep(0.05)


async def cut_off(role: Role, servers: Callable[[int], Server]) -> None:
    """Its session ends, and another process is quicker than it: a pause or a broken line. Nobody
    else is cut off who has taken its place already.
    """
    owner = await servers(18).connect(urlsplit(role.database.url).path.removeprefix("/"))
    replaced = await owner.execute(
        "UPDATE db.writer SET epoch = epoch + 1, holder = 'another' WHERE epoch = $1",
        role.fence.epoch,
    )
    if replaced == "UPDATE 1":
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await owner.close()


async def test_a_second_process_is_told_whose_place_it_wants(prepare: Prepare) -> None:
    await prepare()
    with pytest.raises(Unavailable) as told:
        await prepare()
    assert (told.value.reason, told.value.facts) == (Reason.WRITER_ELSEWHERE, {"role": "my"})


async def test_a_replaced_role_is_not_ready_stands_by_and_works_on_in_the_end(
    prepare: Prepare, servers: Callable[[int], Server], caplog: pytest.LogCaptureFixture
) -> None:
    first = await prepare()
    waiting = asyncio.create_task(prepare(standby=True))
    while not waiting.done():
        await cut_off(first, servers)
        await asyncio.sleep(0.5)
    second = await waiting
    await until_ready(second)
    assert await readiness(first) == 503
    async with asyncio.timeout(20):
        while "another process has taken over" not in caplog.text:  # noqa: ASYNC110 - a log line
            await asyncio.sleep(0.05)
    await second.stop()
    await until_ready(first)
    assert first.fence.epoch > second.fence.epoch
    assert await jobs_run(first)


async def jobs_run(role: Role) -> bool:
    """Whether recurring work that is overdue is done: the runner works again."""
    async with asyncio.timeout(20):
        while True:
            async with role.database.look() as tx:
                due = "SELECT count(*) FROM db.job WHERE due_at < now() - interval '10 seconds'"
                if not await tx.fetchval(due):
                    return True
            await asyncio.sleep(0.1)


@pytest.fixture
async def beside(prepare: Prepare, tmp_path: Path) -> AsyncIterator[tuple[Role, RemoteBatcher]]:
    role = await prepare()
    path = tmp_path / "my.hatch"
    await role.open_hatch(path)
    remote = RemoteBatcher("my", role.database, utc_now, lambda _: None, path)
    await remote.start()
    yield role, remote
    await remote.stop()


async def test_the_hatch_opens_to_its_own_user_alone(
    beside: tuple[Role, RemoteBatcher], tmp_path: Path
) -> None:
    assert (tmp_path / "my.hatch").stat().st_mode & 0o777 == 0o600


async def test_a_hatch_in_a_folder_of_everybody_is_neither_opened_nor_used(
    beside: tuple[Role, RemoteBatcher], tmp_path: Path
) -> None:
    role, _ = beside
    common = tmp_path / "common"
    common.mkdir()
    common.chmod(0o777)
    with pytest.raises(Unavailable, match="not ours alone"):
        await Hatch("my", role.batcher, role.door.ask, common / "my.hatch").open()
    stranger = RemoteBatcher("my", role.database, utc_now, lambda _: None, common / "my.hatch")
    with pytest.raises(Unavailable):
        await stranger.start()


async def test_a_door_of_another_role_is_not_let_in(
    beside: tuple[Role, RemoteBatcher], tmp_path: Path
) -> None:
    role, _ = beside
    other = RemoteBatcher("pk", role.database, utc_now, lambda _: None, tmp_path / "my.hatch")
    with pytest.raises(Unavailable, match="the writer is my"):
        await other.start()


async def test_a_command_whose_writer_has_gone_is_answered_as_unavailable(
    beside: tuple[Role, RemoteBatcher], tmp_path: Path
) -> None:
    role, remote = beside
    assert await answer(remote) is None
    await role.stop()
    lost = await answer(remote)
    assert isinstance(lost, Unavailable)
    assert lost.facts["party"] in {"my", "database"}


async def test_a_door_finds_the_writer_that_came_after(
    beside: tuple[Role, RemoteBatcher], tmp_path: Path
) -> None:
    """The same path, another writer: the first one's hatch is closed when it stands by."""
    role, remote = beside
    again = Hatch("my", role.batcher, role.door.ask, tmp_path / "my.hatch")
    await again.open()
    await role.open_hatch(tmp_path / "elsewhere.hatch")
    async with asyncio.timeout(10):
        while await answer(remote) is not None:  # noqa: ASYNC110 - a door tries by itself
            await asyncio.sleep(0.05)
    await again.close()


async def answer(remote: RemoteBatcher) -> object:
    (outcome,) = await remote.run_all(events.keep_published, [("somewhere", 1)])
    return outcome


async def test_a_door_does_not_take_what_only_a_writer_can(
    beside: tuple[Role, RemoteBatcher],
) -> None:
    _, remote = beside
    (outcome,) = await remote.run_all(remembering(events.keep_published), [("somewhere", 1)])
    assert isinstance(outcome, Unavailable)
    assert outcome.facts["detail"] == "only its writer takes this"
