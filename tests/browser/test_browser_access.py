"""Every page as people with other eyes, hands and screens meet it: axe finds nothing, and no page
is wider than a small phone.
"""

import pytest
from browser_person import COLOURS, DESKTOP, NARROW, PHONE

from qantara.texts import Language
from qantara.web.kinds import SITE_NAMES
from qantara.world.pages import EVERY, MAIN, OTHER, STRANGERS, Shown

pytestmark = pytest.mark.asyncio(loop_scope="session")
DARK = "document.documentElement.dataset.theme = 'dark'"


def names(pages: tuple[Shown, ...]) -> list[str]:
    return [each.path for each in pages]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("shown", MAIN, ids=names(MAIN))
async def test_nothing_is_wrong_with_a_main_page(person, shown, language):
    me = await person(shown.who, shown.site)
    await me.likes(language)
    await me.goes(shown.path)
    found = await me.judged()
    await me.resizes(PHONE)
    found += await me.judged()
    wide = {PHONE: await me.overflow()}
    await me.page.evaluate(DARK)
    found += await me.judged(COLOURS)
    await me.resizes(DESKTOP)
    found += await me.judged(COLOURS)
    await me.resizes(NARROW)
    wide[NARROW] = await me.overflow()
    assert (found, wide) == ([], {PHONE: 0, NARROW: 0})


@pytest.mark.parametrize("shown", OTHER, ids=names(OTHER))
async def test_nothing_is_wrong_with_any_other_page(person, shown):
    me = await person(shown.who, shown.site)
    await me.goes(shown.path)
    found = await me.judged()
    await me.likes("ur", "dark", NARROW)
    await me.goes(shown.path)
    found += await me.judged(COLOURS)
    assert (found, await me.overflow()) == ([], 0)


@pytest.mark.parametrize("shown", STRANGERS, ids=names(STRANGERS))
async def test_nothing_is_wrong_with_a_page_for_strangers(stranger, shown):
    stranger.site = shown.site
    for language in Language:
        await stranger.likes(language, "dark" if language == "ur" else "light", PHONE)
        await stranger.goes(shown.path)
        assert await stranger.judged() == []
        assert await stranger.overflow() == 0


async def test_a_defect_would_be_found(person):
    me = await person("compliance")
    await me.goes("/console")
    await me.page.evaluate(
        "document.querySelector('main').append(Object.assign(document.createElement('input')),"
        " Object.assign(document.createElement('img'), {src: '/static/x.svg'}))"
    )
    assert {told.partition(" ")[0] for told in await me.judged()} >= {"label", "image-alt"}


async def test_the_lists_of_pages_name_every_site():
    assert {each.site for each in EVERY} == set(SITE_NAMES)
