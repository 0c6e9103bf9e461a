"""What a page makes a browser fetch: little, once, and from here alone."""

import gzip

import pytest

from qantara.world.pages import MAIN, OTHER, STRANGERS

pytestmark = pytest.mark.asyncio(loop_scope="session")
FIRST_LOAD_BYTES = 50_000
FETCHED = """() => performance.getEntriesByType('resource').map(
    (each) => [each.name, each.encodedBodySize, each.initiatorType])"""


async def weighed(me, path: str) -> int:
    """The bytes of a first load, fonts apart: compressed, and from here alone."""
    answer = await me.page.goto(path.format(**me.world.ids))
    assert answer is not None
    await me.page.wait_for_load_state("load")
    fetched = await me.page.evaluate(FETCHED)
    assert all(name.startswith(f"{me.world.address}/") for name, _, _ in fetched)
    static = {
        name: size
        for name, size, _ in fetched
        if "/static/" in name and not name.endswith(".woff2")
    }
    assert {name.rpartition(".")[2] for name in static} >= {"css", "js"}
    return len(gzip.compress(await answer.body())) + sum(static.values())


@pytest.mark.parametrize("shown", [*MAIN, *OTHER], ids=lambda shown: shown.path)
async def test_a_first_load_is_small(person, shown):
    me = await person(shown.who, shown.site)
    assert await weighed(me, shown.path) <= FIRST_LOAD_BYTES


async def test_the_first_load_of_a_stranger_is_small(stranger):
    for shown in STRANGERS:
        assert await weighed(stranger, shown.path) <= FIRST_LOAD_BYTES
