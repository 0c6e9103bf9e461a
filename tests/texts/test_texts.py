import re
import unicodedata
from importlib.resources import files

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from qantara import texts
from qantara.errors import Malformed, Reason
from qantara.texts import Language

EVERY = [(reason, language) for reason in Reason for language in Language]
reasons, languages = st.sampled_from(list(Reason)), st.sampled_from(list(Language))


def _raw(language: Language) -> dict[tuple[str, str], str]:
    with (files(texts) / "locale" / language / "reasons.po").open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return {(entry.context, entry.id): entry.string for entry in catalogue if entry.id}


def test_every_reason_has_a_title_and_a_sentence_in_every_language() -> None:
    wanted = {(kind, reason.value) for kind in ("title", "sentence") for reason in Reason}
    faults = []
    for language in Language:
        written = _raw(language)
        faults += [f"{language}: {cell} is missing" for cell in sorted(wanted - set(written))]
        faults += [f"{language}: {cell} is no reason" for cell in sorted(set(written) - wanted)]
        faults += [f"{language}: {cell} is empty" for cell, text in written.items() if not text]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("kind", ["title", "sentence"])
def test_the_languages_differ(kind: str) -> None:
    written = [_raw(language) for language in Language]
    same = [
        reason
        for reason in Reason
        if len({catalogue[kind, reason.value] for catalogue in written}) < len(Language)
    ]
    assert same == []


def test_no_two_reasons_say_the_same() -> None:
    for language in Language:
        for kind in ("title", "sentence"):
            said = [text for (context, _), text in _raw(language).items() if context == kind]
            assert len(said) == len(set(said))


@pytest.mark.parametrize(("reason", "language"), EVERY, ids=lambda value: value.value)
def test_a_text_is_whole_without_any_fact(reason: Reason, language: Language) -> None:
    said = texts.sentence(reason, language)
    assert (
        re.search(r"[\[\]{}]|  | [,.;:۔](?!\d)", said.replace(" ;", "").replace(" :", "")) is None
    )
    assert said.endswith((".", "۔", "Z", '"'))
    assert 1 <= len(texts.title(reason, language)) <= 60
    assert not texts.title(reason, language).endswith((".", "۔"))


def test_a_place_stands_only_where_it_may_be_left_out() -> None:
    for language in Language:
        for cell, text in _raw(language).items():
            assert "{" not in re.sub(r"\[[^\]]*\]", "", text), (language, cell)
            assert cell[0] == "sentence" or "[" not in text, (language, cell)


def test_the_places_are_the_same_in_every_language() -> None:
    english = _raw(Language.EN)
    for language in Language:
        for cell, text in _raw(language).items():
            places = re.findall(r"\{\w+\}", text)
            assert places == re.findall(r"\{\w+\}", english[cell]), (language, cell)


def test_urdu_is_written_in_its_own_script_and_the_others_in_latin() -> None:
    for language in Language:
        for cell, text in _raw(language).items():
            letters = [unicodedata.name(letter) for letter in text if letter.isalpha()]
            arabic = sum(name.startswith("ARABIC") for name in letters)
            wanted = arabic > len(letters) / 4 if language is Language.UR else arabic == 0
            assert wanted, (language, cell)


def test_a_known_fact_is_told() -> None:
    facts = {"limit": "10,000.00 MYR"}
    for language in Language:
        assert "10,000.00 MYR" in texts.sentence(Reason.AMOUNT_ABOVE_LIMIT, language, facts)
    assert texts.sentence(Reason.AMOUNT_ABOVE_LIMIT, "en", {"limit": ""}) == texts.sentence(
        Reason.AMOUNT_ABOVE_LIMIT, "en"
    )


@given(reasons, languages, st.dictionaries(st.sampled_from(["param", "value", "limit"]), st.text()))
def test_no_fact_can_break_a_sentence(
    reason: Reason, language: Language, facts: dict[str, str]
) -> None:
    said = texts.sentence(reason, language, facts)
    isolates = {"\u2068", "\u2069"} if language is Language.UR else set()
    assert all(letter.isprintable() or letter in isolates or letter == "\u200e" for letter in said)
    assert len(said) <= len(texts.sentence(reason, language)) + 250


def test_a_language_not_spoken_here_is_malformed() -> None:
    with pytest.raises(Malformed):
        texts.sentence(Reason.INTERNAL, "xx")


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", "en"),
        ("ur", "ur"),
        ("de, ms-MY;q=0.8, en;q=0.5", "ms"),
        ("en;q=0.2, fr-CA;q=0.9", "fr"),
        ("fr;q=0, en", "en"),
        ("UR-pk", "ur"),
        ("*, ;q=, fr;q=x", "en"),
        ("fr, ur", "fr"),
    ],
)
def test_the_best_language_is_the_one_most_wanted(header: str, wanted: str) -> None:
    assert texts.best_language(header) == wanted


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    assert texts.best_language(header) in set(Language)
