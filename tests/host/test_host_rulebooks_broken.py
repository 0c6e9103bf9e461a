"""Rulebook folders that are away or half there while roles run."""

import asyncio
import os
import shutil
import signal
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from qantara.cli import serve
from qantara.clock import utc_now
from qantara.errors import Malformed, Reason
from qantara.host import config
from qantara.host.runtime import Runtime
from qantara.policy import flow as policy

DEMO = Path(str(files("qantara.world") / "demo.toml"))


@pytest.fixture
def books(tmp_path):
    folder = tmp_path / "rulebooks"
    shutil.copytree(policy.BOOKS, folder)
    return folder


@pytest.mark.parametrize("book", ["my", "pk", "fr", "eu", "fatf"])
def test_a_country_whose_folder_is_away_does_not_become_a_country_without_law(books, book):
    shutil.rmtree(books / book)
    with pytest.raises(Malformed) as caught:
        policy.load_sound(policy.EXAMPLE, books)
    assert caught.value.reason is Reason.RULEBOOK_INVALID
    assert caught.value.facts["entry"] == book.upper()


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000])
def test_a_file_that_only_opens_is_named_and_ends_nothing(books, text):
    (books / "my" / "duitnow.yaml").write_text(text)
    with pytest.raises(Malformed) as caught:
        policy.load(None, books)
    assert caught.value.facts["file"].startswith("my/duitnow.yaml")


@pytest.fixture
async def standby(servers, books) -> AsyncIterator[Runtime]:
    """It has read its rulebooks, and waits to be called."""
    server = servers(18)
    await server.prepare()
    demo = config.read(DEMO, "demo", books)
    world = replace(demo, name=f"stand{uuid.uuid4().hex[:8]}")
    made = Runtime(world, lambda _role: pytest.fail("nobody shows a certificate"))
    yield made
    for role in made.roles.values():
        await role.connect({})
    await made.stop()
    await server.drop(world.database("my"))


def rewrite(books, *pairs):
    file = books / "my" / "duitnow.yaml"
    text = file.read_text()
    for old, new in pairs:
        text = text.replace(old, new)
    file.write_text(text)


@pytest.mark.parametrize(
    ("pairs", "limit"),
    [
        ([("50000.00", "40000.00"), ("50000.01", "40000.01")], "40000.00"),
        ([("unit: MYR", "unit: days")], "50000.00"),
    ],
    ids=["changed", "broken"],
)
async def test_a_standby_decides_by_the_law_of_the_day_it_takes_over(
    standby, servers, books, pairs, limit
):
    rewrite(books, *pairs)
    await standby.prepare(servers(18), ["my"], utc_now, standby=True)
    law = standby.roles["my"].door.node.rulebook
    assert str(law.value("duitnow.limit.transaction.person", utc_now().date()).value) == limit
    async with standby.roles["my"].database.read() as tx:
        assert (await policy.kept_rulebook(tx, law.version)).version == law.version


class _Slow:
    """A runtime whose renewal takes as long as the test likes, and fails once."""

    def __init__(self):
        self.begun, self.go = 0, asyncio.Event()

    async def renew_rulebook(self):
        self.begun += 1
        await self.go.wait()
        if self.begun == 1:
            raise OSError("gone")
        return "version"


async def test_a_hangup_ends_nothing_and_one_that_comes_meanwhile_is_not_lost():
    slow = _Slow()
    with serve.hangups() as asked:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.wait_for(asked.wait(), 5)
        async with serve.renewing(slow, asked):
            await asyncio.sleep(0.05)
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0.05)
            slow.go.set()
            await asyncio.sleep(0.05)
    assert slow.begun == 2
