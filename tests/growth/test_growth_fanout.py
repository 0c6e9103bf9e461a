"""A role's events on a real JetStream stream: all of them, once, in order, whatever dies."""

import asyncio
import shutil
import socket
import subprocess
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import nats
import pytest
from nats.js.errors import NotFoundError

from moments import NOW
from qantara.db import Batcher, Database, Server, Tx, events
from qantara.errors import Malformed
from qantara.host import terms
from qantara.host.config import RoleSpec
from qantara.worker import Channel
from qantara.worker.fanout import Fanout

COUNT = 3000
STREAM = "qantara-my"
PROGRAM = Path(shutil.which("nats-server") or Path(nats.__file__).parents[4] / "bin/nats-server")


async def happen(tx: Tx, _node: object, numbers: Sequence[int], now: datetime) -> list[None]:
    await events.add(tx, [(f"rem_{number % 7}", f"state-{number}") for number in numbers], now)
    return [None] * len(numbers)


class NatsServer:
    """The real server, on one port and one store whatever happens to it."""

    def __init__(self, folder: Path) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port: int = free.getsockname()[1]
        self._file = folder / "nats.conf"
        self._file.write_text(
            f'listen: "127.0.0.1:{self.port}"\n'
            f'jetstream {{ store_dir: "{folder}/store", sync_interval: always }}\n'
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def channel(self) -> Channel:
        return Channel(f"nats://127.0.0.1:{self.port}", STREAM)

    def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the wheel's own program
            [str(PROGRAM), "-c", str(self._file)], stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def messages(self, count: int) -> list[tuple[str, str, dict[str, object]]]:
        """The first so many messages of the stream: topic, id, body. It waits for them."""
        connection = await nats.connect(self.channel.url)
        async with asyncio.timeout(30):
            stream = connection.jetstream()
            while await _stored(stream) < count:  # noqa: ASYNC110 - a stream tells only who asks
                await asyncio.sleep(0.05)
            found = []
            reading = await stream.subscribe("qantara.my.>", ordered_consumer=True)
            for _ in range(await _stored(stream)):
                message = await reading.next_msg(timeout=5)
                body = msgspec.json.decode(message.data)
                found.append((message.subject, (message.headers or {})["Nats-Msg-Id"], body))
        await connection.close()
        return found


async def _stored(stream: nats.js.JetStreamContext) -> int:
    try:
        return (await stream.stream_info(STREAM)).state.messages
    except NotFoundError:
        return 0


@pytest.fixture
def streams(tmp_path: Path) -> Iterator[NatsServer]:
    made = NatsServer(tmp_path)
    made.start()
    yield made
    made.kill()


@dataclass
class Here:
    database: Database
    batcher: Batcher

    async def position(self) -> int:
        async with self.database.look() as tx:
            return await events.published(tx, STREAM)

    async def forget_position(self, position: int) -> None:
        await self.batcher.run(events.keep_published, (STREAM, position))


@pytest.fixture
async def here(servers: Callable[[int], Server]) -> AsyncIterator[Here]:
    server, name = servers(18), f"qantara_test_{uuid.uuid4().hex[:12]}"
    await server.prepare()
    database = await server.create(name, ())
    await database.open()
    batcher = Batcher(database, None, lambda: NOW)
    await batcher.start()
    yield Here(database, batcher)
    await batcher.stop()
    await database.close()
    await server.drop(name)


def ids(count: int) -> list[str]:
    return [f"my-{number}" for number in range(1, count + 1)]


async def test_an_event_is_told_as_cloudevents_tell_it(here: Here, streams: NatsServer) -> None:
    fanout = Fanout("my", here.database, here.batcher, streams.channel)
    fanout.start()
    await here.batcher.run(happen, 1)
    fanout.wake()
    ((topic, name, body),) = await streams.messages(1)
    await fanout.stop()
    assert (topic, name) == ("qantara.my.rem", "my-1")
    assert body == {
        "specversion": "1.0",
        "id": "my-1",
        "source": "/roles/my",
        "type": "qantara.state",
        "subject": "rem_1",
        "time": "2026-03-02T08:00:00.000Z",
        "datacontenttype": "application/json",
        "data": {"sequence": 1, "state": "state-1"},
    }


async def test_a_stream_server_killed_in_the_middle_misses_and_doubles_nothing(
    here: Here, streams: NatsServer
) -> None:
    fanout = Fanout("my", here.database, here.batcher, streams.channel)
    fanout.start()
    for start in range(0, COUNT, 100):
        await here.batcher.run_all(happen, range(start, start + 100))
        fanout.wake()
        if start in {900, 1900}:
            await streams.messages(1)
            streams.kill()
            streams.start()
    found = await streams.messages(COUNT)
    await fanout.stop()
    assert [name for _, name, _ in found] == ids(COUNT)
    for subject in {str(body["subject"]) for _, _, body in found}:
        places = [body["data"]["sequence"] for _, _, body in found if body["subject"] == subject]
        assert places == sorted(places)


@pytest.mark.parametrize("kept", [0, 40])
async def test_a_publisher_that_was_killed_goes_on_where_the_stream_ends(
    here: Here, streams: NatsServer, kept: int
) -> None:
    """Where the database says less than the stream has: the mark had not ridden yet."""
    fanout = Fanout("my", here.database, here.batcher, streams.channel)
    await here.batcher.run_all(happen, range(50))
    fanout.start()
    await streams.messages(50)
    await fanout.stop()
    await here.forget_position(kept)
    await here.batcher.run_all(happen, range(50, 60))
    again = Fanout("my", here.database, here.batcher, streams.channel)
    again.start()
    found = await streams.messages(60)
    async with asyncio.timeout(5):
        while await here.position() < 60:  # noqa: ASYNC110 - the mark rides with a later batch
            await asyncio.sleep(0.02)
    await again.stop()
    assert [name for _, name, _ in found] == ids(60)


async def test_what_a_stream_lost_is_published_again(here: Here, streams: NatsServer) -> None:
    await here.batcher.run_all(happen, range(20))
    for lost in range(2):
        fanout = Fanout("my", here.database, here.batcher, streams.channel)
        fanout.start()
        found = await streams.messages(20)
        await fanout.stop()
        assert [name for _, name, _ in found] == ids(20)
        await _lose(streams, 20 + lost)


async def _lose(streams: NatsServer, place: int) -> None:
    """As a power cut between two syncs does: neither the message nor its id is known any more."""
    connection = await nats.connect(streams.channel.url)
    await connection.jetstream().delete_msg(STREAM, place)
    await connection.close()
    streams.kill()
    streams.start()
    assert len(await streams.messages(19)) == 19


async def test_a_stream_ahead_of_its_role_is_left_alone(
    here: Here, streams: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await nats.connect(streams.channel.url)
    stream = connection.jetstream()
    await stream.add_stream(name=STREAM, subjects=["qantara.my.>"])
    await stream.publish("qantara.my.rem", b"{}", headers={"Nats-Msg-Id": "my-9"})
    await connection.close()
    await here.batcher.run_all(happen, range(3))
    fanout = Fanout("my", here.database, here.batcher, streams.channel)
    fanout.start()
    async with asyncio.timeout(10):
        while "one of them was restored" not in caplog.text:  # noqa: ASYNC110 - a log wakes nobody
            await asyncio.sleep(0.02)
    await fanout.stop()
    assert len(await streams.messages(1)) == 1


def spec(**table: object) -> RoleSpec:
    return RoleSpec("my", "institution", "WAUEMYK0", "Wau", None, None, table)


def test_it_is_off_unless_the_roles_table_names_it() -> None:
    assert terms.channel(spec()) is None
    named = spec(nats={"url": "nats://10.0.0.5", "replicas": 3})
    assert terms.channel(named) == Channel("nats://10.0.0.5", "qantara-my", 3)


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ({"stream": "x"}, "roles.my.nats.url"),
        ({"url": ""}, "roles.my.nats.url"),
        ({"url": "nats://x", "replicas": 0}, "roles.my.nats.replicas"),
        ({"url": "nats://x", "strem": "y"}, "roles.my.nats.strem"),
    ],
)
def test_a_slip_in_its_table_is_told_with_its_place(table: dict[str, object], place: str) -> None:
    with pytest.raises(Malformed) as told:
        terms.channel(spec(nats=table))
    assert told.value.facts["param"] == place
