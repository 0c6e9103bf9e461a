import re
from importlib.resources import files
from itertools import pairwise

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from qantara import texts
from qantara.errors import Malformed
from qantara.policy.bridge import explaining
from qantara.policy.deciding.decision import Finding, Outcome
from qantara.policy.language.topics import Duty, Remedy, Topic
from qantara.policy.language.vocabulary import FACTS, PERSONAL_DATA, TIME_UNITS, Act, Side
from qantara.policy.model import Confidence, Effect, Status
from qantara.texts import Language, Said

Cell = tuple[str, str]

ENUMS = {
    "outcome.title": Outcome,
    "outcome.sentence": Outcome,
    "finding": Finding,
    "act": Act,
    "side": Side,
    "status": Status,
    "confidence": Confidence,
    "effect": Effect,
    "topic": Topic,
    "duty.title": Duty,
    "duty.sentence": Duty,
    "remedy": Remedy,
}
MEASURED = (*explaining.KINDS.values(), "yes", "no", "bare")
REFUSING = ("way", "silent_way", "silent")
UNDECIDED = ("no_text", "not_binding", "no_figure", "unknown")
NOTICES = (
    *("person", "change", "change_less", "change_more", "change_yes", "change_no"),
    *("remedy", "fields", "within", "at_once", "sided", "example", "label", "not_legal_advice"),
)
PLAIN = {"sided", "amount"}
"""What holds only places."""
ALIKE = {(Language.FR, "minutes")}
"""Words that two languages share."""


def _choices() -> set[str]:
    told = {f"party_data.{each}" for each in PERSONAL_DATA}
    for name, fact in FACTS.items():
        if fact.choices != PERSONAL_DATA:
            told |= {f"{name}.{each}" for each in fact.choices}
    return told


def _wanted() -> set[Cell]:
    cells = {(context, member.value) for context, kind in ENUMS.items() for member in kind}
    cells |= {("fact", name) for name in FACTS}
    cells |= {("choice", each) for each in _choices()}
    cells |= {("flag", each) for each in ("yes", "no")}
    cells |= {("time", unit) for unit in TIME_UNITS}
    cells |= {("notice", each) for each in NOTICES}
    cells |= {("condition", f"{kind}.passed") for kind in (*MEASURED, "way")}
    cells |= {
        ("condition", f"{kind}.{finding}")
        for kind in (*MEASURED, *REFUSING)
        for finding in ("failed", "noted")
    }
    cells |= {("condition", f"{kind}.undetermined") for kind in UNDECIDED}
    return cells | {("amount", "amount")}


def _catalogue(language: Language) -> Catalog:
    with (files(texts) / "locale" / language / "policy.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def _raw(language: Language) -> dict[Cell, tuple[str, ...]]:
    """Every text with all its plural forms."""
    told = {}
    for entry in _catalogue(language):
        if entry.id:
            key = entry.id[0] if isinstance(entry.id, tuple) else entry.id
            forms = entry.string if isinstance(entry.string, tuple) else (entry.string,)
            told[entry.context, key] = forms
    return told


WRITTEN = {language: _raw(language) for language in Language}


def _forms() -> list[tuple[Language, Cell, str]]:
    return [
        (language, cell, form)
        for language, cells in WRITTEN.items()
        for cell, forms in cells.items()
        for form in forms
    ]


def test_every_word_of_the_vocabulary_has_its_text_in_every_language() -> None:
    wanted = _wanted()
    for language, cells in WRITTEN.items():
        assert sorted(wanted - set(cells)) == [], language
        assert sorted(set(cells) - wanted) == [], language


def test_no_text_is_empty_or_holds_a_figure() -> None:
    faults = [each for each in _forms() if not each[2].strip() or re.search(r"\d", each[2])]
    assert faults == []


def test_the_places_are_the_same_in_every_language() -> None:
    def places(forms: tuple[str, ...]) -> list[list[str]]:
        return [sorted(re.findall(r"\{\w+\}", form)) for form in forms[:1]]

    english = WRITTEN[Language.EN]
    for language, cells in WRITTEN.items():
        for cell, forms in cells.items():
            assert places(forms) == places(english[cell]), (language, cell)
            assert len({tuple(sorted(re.findall(r"\{\w+\}", form))) for form in forms}) == 1


def test_what_may_be_left_out_is_the_same_in_every_language() -> None:
    english = WRITTEN[Language.EN]
    for language, cell, form in _forms():
        parts = re.findall(r"\[[^\]]*\]", form)
        assert len(parts) == len(re.findall(r"\[[^\]]*\]", english[cell][0])), (language, cell)
        assert form.count("[") == form.count("]") == len(parts), (language, cell)


def test_no_text_is_left_in_english() -> None:
    english = WRITTEN[Language.EN]
    same = [
        (language, cell)
        for language, cell, form in _forms()
        if language is not Language.EN and cell[1] not in PLAIN and form in english[cell]
    ]
    assert [each for each in same if (each[0], each[1][1]) not in ALIKE] == []


def test_no_two_words_of_a_kind_are_called_the_same() -> None:
    for language, cells in WRITTEN.items():
        for context in {*ENUMS, "fact", "condition"}:
            said = [forms for (kind, _), forms in cells.items() if kind == context]
            assert len(said) == len(set(said)), (language, context)


def test_the_choices_of_one_fact_differ() -> None:
    for language, cells in WRITTEN.items():
        said = [
            (key.split(".")[0], forms) for (kind, key), forms in cells.items() if kind == "choice"
        ]
        assert len(said) == len(set(said)), language


def test_urdu_is_written_in_its_own_letters() -> None:
    """Letters of Urdu, not their look-alikes of Arabic; Western digits and no Latin full stop."""
    for language, cell, form in _forms():
        if language is Language.UR and cell[1] not in PLAIN:
            bare = re.sub(r"\{\w+\}|\(LEI\)", "", form)
            assert not re.search(r"[a-zA-Zيكهةى٠-٩,;?]", bare), (cell, form)
            assert not form.endswith("."), (cell, form)


def test_french_has_its_spaces_and_apostrophes() -> None:
    for language, cell, form in _forms():
        if language is Language.FR:
            assert not re.search(r"[^\u202f][;:?!»]|«[^\u202f]|'", form), (cell, form)


def test_sentences_end_and_names_do_not() -> None:
    sentences = {"outcome.sentence", "duty.sentence", "remedy", "condition"}
    for language, (context, key), form in _forms():
        ends = form.endswith((".", "۔"))
        if context in sentences:
            assert ends, (language, key)
        elif context != "notice":
            assert not ends, (language, key)


@pytest.mark.parametrize("language", list(Language))
def test_every_time_has_the_forms_its_language_counts_with(language: Language) -> None:
    count = _catalogue(language).num_plurals
    for unit in TIME_UNITS:
        assert len(WRITTEN[language]["time", unit]) == count, unit


@pytest.mark.parametrize(
    ("language", "one", "none", "three"),
    [
        ("en", "1 hour", "0 hours", "3 hours"),
        ("ms", "1 jam", "0 jam", "3 jam"),
        ("fr", "1 heure", "0 heure", "3 heures"),
        ("ur", "\u20681\u2069 گھنٹہ", "\u20680\u2069 گھنٹے", "\u20683\u2069 گھنٹے"),
    ],
)
def test_a_number_takes_its_plural(language: str, one: str, none: str, three: str) -> None:
    def said(number: int) -> str:
        return texts.phrase("policy", "time", "hours", language, {"number": number}, number)

    assert [said(1), said(0), said(3)] == [one, none, three]


def test_what_is_missing_is_not_passed_over() -> None:
    with pytest.raises(LookupError, match="nothing"):
        texts.phrase("policy", "topic", "nothing", "en")
    with pytest.raises(LookupError, match="fields"):
        texts.phrase("policy", "notice", "fields", "en")
    with pytest.raises(LookupError, match="hours"):
        texts.phrase("policy", "time", "hours", "en", {"number": 1})
    with pytest.raises(Malformed):
        texts.phrase("policy", "flag", "yes", "xx")


def test_a_stranger_s_words_fill_a_place_once_and_short() -> None:
    told = texts.phrase("policy", "notice", "fields", "en", {"fields": "{to}\n" + "x" * 200})
    assert told.startswith("Required: {to} xxx")
    assert len(told) < 100
    whole = texts.phrase("policy", "notice", "fields", "en", {"fields": Said("x" * 200)})
    assert whole == f"Required: {'x' * 200}."


def test_the_isolates_of_urdu_are_closed_in_order() -> None:
    inner = texts.phrase("policy", "amount", "amount", "ur", {"number": "1.00", "currency": "PKR"})
    told = texts.phrase("policy", "notice", "within", "ur", {"within": inner})
    depth = [
        told[:end].count("\u2068") - told[:end].count("\u2069") for end in range(len(told) + 1)
    ]
    assert depth[-1] == 0
    assert min(depth) == 0
    assert max(depth) == 2
    assert all(abs(after - before) <= 1 for before, after in pairwise(depth))
