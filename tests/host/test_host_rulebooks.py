"""Rulebooks read again while roles run: a broken book never takes the place of a good one."""

import shutil
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from qantara.clock import utc_now
from qantara.errors import Malformed, Reason
from qantara.host import config
from qantara.host.role import Role
from qantara.host.runtime import Runtime
from qantara.policy import flow as policy

LIMIT = "duitnow.limit.transaction.person"
DEMO = Path(str(files("qantara.world") / "demo.toml"))


@pytest.fixture
async def runtime(servers, tmp_path) -> AsyncIterator[Runtime]:
    server = servers(18)
    await server.prepare()
    books = tmp_path / "rulebooks"
    shutil.copytree(policy.BOOKS, books)
    demo = config.read(DEMO, "demo", books)
    world = replace(demo, name=f"books{uuid.uuid4().hex[:8]}")
    made = Runtime(world, lambda _role: pytest.fail("nobody shows a certificate"))
    made.roles["my"] = await Role.prepare(world, world.role("my"), server, utc_now)
    await made.roles["my"].connect({})
    yield made
    await made.roles["my"].stop()
    await server.drop(world.database("my"))


def rewrite(runtime: Runtime, old: str, new: str) -> None:
    file = runtime.world.books / "my" / "duitnow.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def limit(runtime: Runtime) -> str:
    return str(runtime.world.rulebook.value(LIMIT, utc_now().date()).value)


async def test_a_change_of_law_comes_into_force_without_a_restart(runtime):
    before = runtime.world.rulebook.version
    for old, new in (("50000.00", "40000.00"), ("50000.01", "40000.01")):
        rewrite(runtime, old, new)
    version = await runtime.renew_rulebook()
    assert (limit(runtime), runtime.world.rulebook.version) == ("40000.00", version)
    assert version != before
    node = runtime.roles["my"].door.node
    assert node.rulebook.version == version
    async with runtime.roles["my"].database.read() as tx:
        for kept in (before, version):
            assert (await policy.kept_rulebook(tx, kept)).version == kept


async def test_a_file_that_vanishes_does_not_take_its_law_with_it(runtime):
    before = runtime.world.rulebook.version
    (runtime.world.books / "my" / "cash_reports.yaml").unlink()
    with pytest.raises(Malformed) as caught:
        await runtime.renew_rulebook()
    assert caught.value.facts["entry"].startswith("my.cash_report")
    assert runtime.world.rulebook.version == before


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("unit: MYR", "unit: days", "currency"),
        ("stricter: lower", "stricter: sideways", "sideways"),
        ('value: "50000.00"', 'value: "40000.00"', "expected"),
    ],
    ids=["unreadable", "unknown word", "a case comes out otherwise"],
)
async def test_a_broken_book_is_named_and_the_good_one_goes_on(runtime, old, new, problem):
    before = runtime.world.rulebook.version
    rewrite(runtime, old, new)
    with pytest.raises(Malformed) as caught:
        await runtime.renew_rulebook()
    assert caught.value.reason is Reason.RULEBOOK_INVALID
    assert caught.value.facts["file"].startswith("my/duitnow.yaml:")
    assert problem in caught.value.facts["problem"]
    assert (limit(runtime), runtime.world.rulebook.version) == ("50000.00", before)
