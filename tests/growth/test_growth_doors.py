"""A world in several processes: the writer, a door beside it and a standby; the writer is killed
in the middle of payments and whoever talks to the door hardly notices.
"""

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qantara.client import AsyncClient, Order, Payee, Problem, calls, plans
from qantara.client.model import Remittance
from qantara.clock import utc_now
from qantara.world import setup, worlds
from qantara.world.worlds import Folder

sys.path.insert(0, str(Path(__file__).parents[1] / "world"))
from world_trials import Home, Servers

pytestmark = pytest.mark.xdist_group("growth-doors")
NAME = "doors"
PAYMENTS = 12
SAID_SECONDS = 60


@dataclass
class Running:
    """A command that serves, and what it says."""

    process: "subprocess.Popen[bytes]"
    log: Path

    async def says(self, words: str) -> "re.Match[str]":
        async with asyncio.timeout(SAID_SECONDS):
            while True:
                found = re.search(words, self.log.read_text())
                if found:
                    return found
                assert self.process.poll() is None, self.log.read_text()
                await asyncio.sleep(0.05)

    def ends(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
async def house(servers: Servers, tmp_path: Path) -> AsyncIterator[Home]:
    """A world made before, all of it at rest."""
    made = Home(tmp_path, servers(18))
    place = made.folder(NAME)
    await made.server.prepare()
    await worlds.erase(made.server, place)
    async with worlds.started(made.server, place, lambda _: None):
        pass
    yield made
    await worlds.erase(made.server, place)


@pytest.fixture
def serve(house: Home) -> Iterator[Any]:
    made: list[Running] = []

    def start(*words: str) -> Running:
        log = house.path / f"{len(made)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [*house.command, "serve", *words, "--world", NAME],
                env=house.environ,
                stdout=file,
                stderr=file,
            )
        made.append(Running(process, log))
        return made[-1]

    yield start
    for each in made:
        each.process.kill()
        each.process.wait()


def orders(place: Folder, account: str) -> list[Order]:
    residents = setup.residents("PK", place.spec().rulebook, utc_now().date())
    phones = [each.customer.phone or "" for each in residents[2 : PAYMENTS + 3]]
    return [
        Order(account, Payee("PK", "MBNO", phone), f"{100 + n}.00", "MYR", purpose="SALA")
        for n, phone in enumerate(phones)
    ]


async def insisting(client: AsyncClient, call: Any) -> Any:
    """The same request under the same key until it is answered."""
    async with asyncio.timeout(SAID_SECONDS):
        while True:
            try:
                return await client.do(call)
            except Problem as problem:
                if problem.status < 500:
                    raise
                await asyncio.sleep(0.1)


async def completed(client: AsyncClient, remittance: Remittance) -> Remittance:
    while not remittance.final:
        await asyncio.sleep(0.1)
        remittance = await insisting(client, calls.remittance(remittance.id))
    return remittance


async def test_a_door_outlives_the_writer_and_a_standby_takes_its_place(
    house: Home, serve: Any
) -> None:
    place = house.folder(NAME)
    writer = serve()
    await writer.says("Serving")
    door, standby = serve("my", "--door"), serve("--standby")
    address = (await door.says(r"my (http://\S+)/openapi.json"))[1]
    assert address != place.running()["my"]
    async with AsyncClient(address, place.read_keys()["my"]["employer"]) as client:
        first, *rest = orders(place, (await client.do(calls.accounts())).data[0].id)
        paid = await client.run(plans.pay(first, "first"))
        assert paid.remittance.state == "completed"
        wishes = []
        for number, wish in enumerate(rest):
            quote = await client.do(calls.new_quote(wish, f"quote-{number}"))
            check = await client.do(calls.new_payee_check(wish.payee, f"check-{number}"))
            wishes.append(calls.accept(wish, quote.id, check.id, f"key-{number}", wait_seconds=1))
        accepting = [asyncio.create_task(insisting(client, wish)) for wish in wishes]
        await asyncio.sleep(0.1)
        writer.process.kill()
        writer.process.wait()
        await standby.says("Serving")
        accepted = await asyncio.gather(*accepting)
        done = await asyncio.gather(*(completed(client, each) for each in accepted))
    assert [each.state for each in done] == ["completed"] * PAYMENTS
    assert len({each.uetr for each in done}) == PAYMENTS
    said = await asyncio.to_thread(house.run, "verify", "--json")
    assert said.status == 0, said.out
    epochs = [await epoch(house, role) for role in place.spec().roles]
    assert epochs == [3] * len(epochs)
    assert [door.ends(), standby.ends()] == [0, 0]


async def epoch(house: Home, role: str) -> int:
    owner = await house.server.connect(house.folder(NAME).spec().database(role))
    try:
        return int(await owner.fetchval("SELECT epoch FROM db.writer"))
    finally:
        await owner.close()
