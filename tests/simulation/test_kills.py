"""`kill -9` of real processes under load: nothing is lost, doubled, stuck or out of balance."""

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qantara import settings
from qantara.errors import Malformed
from qantara.world import kills
from qantara.world.audit import Audit, Finding
from qantara.world.kills import Kill, Kills, Victim

pytestmark = pytest.mark.xdist_group("kills")


@pytest.fixture
def shelter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a run makes its home, and must leave nothing; its name is short, as the database's
    socket needs it.
    """
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def left_in(folder: Path) -> list[str]:
    """What still is in a folder, or runs out of it."""
    found = [path.name for path in folder.iterdir()]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append(process.name)
    return found


async def test_a_process_and_the_database_are_killed_and_every_payment_is_as_it_was_told(
    shelter: Path,
) -> None:
    said: list[str] = []
    done = await kills.run(settings.load(), 1, 2, said.append)
    assert done.good, done.to_json()
    assert done.by_kind == {"role": 1, "database": 1}
    assert done.in_doubt == done.settled > 0, "no kill met a request"
    assert all(kill.in_flight for kill in done.kills)
    assert done.audit.looked["payments"] >= done.accepted >= 6
    assert sum(done.ended.values()) == done.accepted
    assert any(line.startswith("kill 2 of 2") for line in said)
    assert left_in(shelter) == []


async def test_a_run_that_is_broken_off_leaves_nothing_behind(shelter: Path) -> None:
    begun = asyncio.Event()
    running = asyncio.create_task(kills.run(settings.load(), 1, 2, lambda _: begun.set()))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert left_in(shelter) == []


async def test_at_least_one_kill_is_wanted() -> None:
    with pytest.raises(Malformed):
        await kills.run(settings.load(), 1, 0, lambda _: None)


CLEAN = Audit((), (), (), (), {})
BOTH = (Kill(Victim.ROLE, "my", 3, 900), Kill(Victim.DATABASE, "postgresql", 3, 900))
GOOD = Kills(1, BOTH, 9, {"completed": 9}, {}, 2, 2, (), (), CLEAN)


def test_a_run_is_good_only_where_nothing_at_all_is_wrong() -> None:
    assert GOOD.good
    lost = Audit((Finding("my", "x", "gone"),), (), (), (), {})
    for wrong in (
        replace(GOOD, audit=lost),
        replace(GOOD, kills=BOTH[:1] * 2),
        replace(GOOD, accepted=0),
        replace(GOOD, settled=1),
        replace(GOOD, missing=("rem_x",)),
        replace(GOOD, fallen=("my",)),
    ):
        assert not wrong.good
    assert replace(GOOD, kills=BOTH[:1]).good
