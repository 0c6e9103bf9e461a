"""A handful of schedules of the stepped world; `qantara chaos` plays hundreds."""

import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from qantara.cli.commands import app
from qantara.db import Server
from qantara.edge.envelope import Ack, Envelope
from qantara.errors import Unavailable
from qantara.world.audit import Audit, Finding
from qantara.world.chaos import running, snapshot
from qantara.world.chaos.model import Chaos, Fault, Found, Ran, Record
from qantara.world.chaos.playing import STEPS
from qantara.world.chaos.roads import Road, Roads
from qantara.world.chaos.snapshot import Snapshot

pytestmark = pytest.mark.xdist_group("chaos")
SEED, FEW, SHORT = 20261122, 4, 60
LETTERS = [
    Envelope(key, name, None, b"")
    for key, name in (("1", "pacs.008.001.13"), ("2", "pacs.002.001.15"), ("3", "nexus.rate"))
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def taken(servers: Callable[[int], Server]) -> AsyncIterator[Snapshot]:
    server = servers(18)
    await server.prepare()
    async with snapshot.taken(server, running.world_name()) as made:
        yield made


@pytest.mark.asyncio(loop_scope="module")
async def test_no_schedule_of_faults_and_crashes_loses_or_doubles_anything(
    taken: Snapshot,
) -> None:
    ran = [
        await running.one(taken, SEED, number, corrupted=number == FEW - 1) for number in range(FEW)
    ]
    done = Chaos(SEED, tuple(ran))
    assert [each.replay for each in done.failing] == [], done.to_json()["failing"]
    assert done.payments > 0
    assert Counter(each.ended.get("sent completed", 0) > 0 for each in ran)[True] > 0
    missing = [fault for fault, count in done.faults.items() if not count]
    assert missing == []
    assert done.found is not None
    assert done.found.named, done.found
    assert done.good


@pytest.mark.asyncio(loop_scope="module")
async def test_a_seed_happens_exactly_the_same_way_twice(taken: Snapshot) -> None:
    first, again, other = [await running.one(taken, SEED, number, SHORT) for number in (7, 7, 8)]
    assert first.lines == again.lines
    assert first.digest == again.digest != other.digest


class Receiver:
    """The far end of a road."""

    def __init__(self) -> None:
        self.came: list[list[str]] = []

    async def ask(self, path: str) -> bytes:
        return path.encode()

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        self.came.append([each.key for each in envelopes])
        return [Ack(each.key, accepted=True) for each in envelopes]


@pytest.mark.parametrize(
    ("fault", "came", "told"),
    [
        (None, [["1", "2", "3"]], ["1", "2", "3"]),
        (Fault.DUPLICATE, [["1", "2", "3"], ["1", "2", "3"]], ["1", "2", "3"]),
        (Fault.VANISH, [["3"]], ["1", "2", "3"]),
        (Fault.LOSE_REQUEST, [], None),
        (Fault.DELAY, [], None),
        (Fault.LOSE_ANSWER, [["1", "2", "3"]], None),
    ],
)
async def test_a_road_does_to_a_delivery_what_was_ordered(
    fault: Fault | None, came: list[list[str]], told: list[str] | None
) -> None:
    receiver = Receiver()
    roads = Roads(random.Random(1), Record(), ordered=fault)
    road = Road("my", "duitnow", receiver, roads)
    if told is None:
        with pytest.raises(Unavailable):
            await road.deliver(LETTERS)
    else:
        assert [ack.key for ack in await road.deliver(LETTERS)] == told
    assert receiver.came == came
    assert sum(roads.record.faults.values()) == (fault is not None)
    assert len(roads.late) == (fault is Fault.DELAY)
    await road.deliver(LETTERS)
    assert len(receiver.came) == len(came) + 1, "a fault is for one delivery"


async def test_a_shuffled_delivery_is_answered_in_the_order_it_was_sent() -> None:
    receiver = Receiver()
    roads = Roads(random.Random(1), Record(), ordered=Fault.REORDER)
    acks = await Road("my", "duitnow", receiver, roads).deliver(LETTERS)
    assert receiver.came != [["1", "2", "3"]]
    assert sorted(receiver.came[0]) == [ack.key for ack in acks] == ["1", "2", "3"]


def test_the_command_replays_one_schedule_and_shows_every_step(
    servers: Callable[[int], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QANTARA_DATABASE_URL", servers(18).url)
    words = ["chaos", "--seed", str(SEED), "--only", "1", "--json"]
    done = CliRunner().invoke(app, words)
    told = json.loads(done.stdout)
    assert (told["schedules"], told["failing"], told["good"]) == (1, [], True), done.output
    assert done.exit_code == 0
    assert told["corrupted"]["named"]
    steps = [line for line in done.stderr.splitlines() if line[:1].isdigit()]
    assert len(steps) == STEPS


def _ran(number: int, audit: Audit, found: Found | None = None) -> Ran:
    faults = Counter({(fault, "my>duitnow"): 1 for fault in Fault})
    return Ran(SEED, number, "d", 1, {}, faults, Counter(), audit, (), found)


def test_a_run_is_good_only_if_everything_is() -> None:
    clean = Audit((), (), (), (), {})
    named = Found("my", "1", "x", named=True, said=())
    good = (_ran(0, clean), _ran(1, clean, named))
    assert Chaos(SEED, good).good
    missed = Found("my", "1", "x", named=False, said=())
    assert not Chaos(SEED, (good[0], _ran(1, clean, missed))).good
    assert not Chaos(SEED, (good[0], _ran(1, clean))).good, "no row was corrupted"
    for fault in Fault:
        some = [_ran(0, clean), _ran(1, clean, named)]
        for each in some:
            del each.faults[fault, "my>duitnow"]
        assert not Chaos(SEED, tuple(some)).good, f"{fault} never happened"
    wrong = Audit((), (), (Finding("my", "u", "stands"),), (), {})
    failing = Chaos(SEED, (_ran(0, wrong), good[1]))
    assert not failing.good
    assert failing.to_json()["failing"][0]["replay"] == f"qantara chaos --seed {SEED} --only 0"
