"""Pages in two languages that nobody speaks, made from the English catalogues: one is long and
accented, one is mirrored. What is not in a catalogue shows; what is too narrow breaks.
"""

import re
from collections.abc import Iterator

import pytest
import pytest_asyncio
from browser_person import PHONE

from qantara import texts
from qantara.texts import Language
from qantara.web.words import CATALOGUES
from qantara.world.pages import MAIN, OTHER

pytestmark = pytest.mark.asyncio(loop_scope="session")
LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀçđéƒǧħíĵķłɱñóþɋřšŧúṽŵẋýžÁƁÇĐÉƑǦĦÍĴĶŁṀÑÓÞɊŘŠŦÚṼŴẊÝŽ",
)
NAMES = {
    *("UETR", "ISO", "UTC", "Qantara", "MY", "PK", "FR", "EU", "NEXUS", "Raast"),
    *("MYR", "PKR", "EUR"),
}
"""Proper names, and the codes of ISO: the same in every language."""
VISIBLE = """() => {
  const found = [];
  const said = (element, text) => {
    if (element.checkVisibility() && !element.closest('bdi, time, [lang]:not(html), option[value]'))
      found.push(text);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) said(walk.currentNode.parentElement, walk.currentNode.data);
  for (const name of ['aria-label', 'placeholder', 'alt', 'title'])
    for (const element of document.body.querySelectorAll(`[${name}]`))
      said(element, element.getAttribute(name));
  return found;
}"""


def longer(text: str) -> str:
    """English as a language with longer words writes it; places and brackets stay."""
    parts = re.split(r"(\{\w+\}|[\[\]])", text)
    told = "".join(
        part if place % 2 else part.translate(LETTERS) for place, part in enumerate(parts)
    )
    short = len(text) < 12
    return told + ("ñ" * len(text) if short else " ŧéxŧ" * (len(text) // 12))


def mirrored(text: str) -> str:
    return f"\u200f{longer(text)}\u200f"


def _speak(language: Language, catalogue: str, way) -> None:
    english, spoken = (texts._catalogue(catalogue, each) for each in (Language.EN, language))  # noqa: SLF001
    for entry in list(english):
        if entry.id:
            said = entry.string
            told = tuple(map(way, said)) if isinstance(said, tuple) else way(str(said))
            spoken.get(entry.id, context=entry.context).string = told


@pytest.fixture(scope="module")
def invented(world) -> Iterator[None]:
    """Urdu's place is taken by the mirrored language, and then English's by the long one."""
    for name in (*CATALOGUES, "reasons", "policy"):
        _speak(Language.UR, name, mirrored)
        _speak(Language.EN, name, longer)
    yield
    texts._catalogue.cache_clear()  # noqa: SLF001


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _signed_in_before(person, request) -> None:
    """People sign in while English is English."""
    for name in sorted({(each.who, each.site) for each in (*MAIN, *OTHER)}):
        await person(*name)
    request.getfixturevalue("invented")


@pytest.mark.parametrize("shown", [*MAIN, *OTHER], ids=lambda shown: shown.path)
async def test_every_word_comes_from_a_catalogue(person, shown):
    me = await person(shown.who, shown.site)
    await me.likes("ur")
    await me.goes(shown.path)
    told = [re.sub("\u2068[^\u2069]*\u2069", " ", text) for text in await me.page.evaluate(VISIBLE)]
    words = {word for text in told for word in re.findall(r"[A-Za-z]{2,}", text)}
    assert any("ŧ" in text for text in told)
    assert words - NAMES == set()


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("shown", MAIN, ids=lambda shown: shown.path)
async def test_long_words_fit_a_phone(person, shown, language):
    me = await person(shown.who, shown.site)
    await me.likes(language, size=PHONE)
    await me.goes(shown.path)
    assert await me.overflow() == 0
