"""What the platform says to people, in English, Malay, Urdu and French.

The words stand in `locale/<language>/`: in `reasons.po` a title and a sentence for each `Reason`,
in `policy.po` what a decision is explained with, in `notices.po` what happened to a customer. A
text may name facts (`{limit}`) inside square brackets; such a part is left out when a fact is not
known, so a sentence is always whole.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files

from qantara.errors import Malformed, Reason
from qantara.texts.writing import catalog, core, pofile


class Language(StrEnum):
    EN = "en"
    MS = "ms"
    UR = "ur"
    FR = "fr"


RIGHT_TO_LEFT = frozenset({Language.UR})
FACT_LENGTH = 80
_PART = re.compile(r"\[([^\]]*)\]|\{(\w+)\}")
_PLACE = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-[a-z0-9-]{1,30})?(?:\s*;\s*q=(?P<weight>[01](?:\.[0-9]{0,3})?))?"
)
# First strong isolate and its end (Unicode bidi): a fact keeps its own direction inside.
_ISOLATE, _ISOLATE_END = "\u2068", "\u2069"


class Said(str):
    """Words of a catalogue, or a number as a language writes it: kept whole in another text."""

    __slots__ = ()


def sentence(reason: Reason, language: str, facts: Mapping[str, object] | None = None) -> str:
    """What is wrong and what to do about it; `Malformed` for a language not spoken here."""
    return str(phrase("reasons", "sentence", reason, language, facts))


def title(reason: Reason, language: str) -> str:
    """The reason in a few words."""
    return str(phrase("reasons", "title", reason, language))


def phrase(
    catalogue: str,
    context: str,
    key: str,
    language: str,
    facts: Mapping[str, object] | None = None,
    count: int | None = None,
) -> Said:
    """A text of a catalogue with its places filled, in the plural form that `count` needs.

    `LookupError` where the text, or a fact that may not be left out, is missing.
    """
    text = _text(catalogue, context, key, language, count)
    return Said(_filled(text, facts or {}, Language(language)))


def contexts(catalogue: str) -> frozenset[str]:
    """The contexts that a catalogue has texts in."""
    found = _catalogue(catalogue, Language.EN)
    return frozenset(str(entry.context) for entry in found if entry.context)


def best_language(accepted: str) -> Language:
    """The language a reader wants most of those spoken here, by an `Accept-Language` header;
    English where none is.
    """
    wanted = []
    for place, choice in enumerate(accepted.split(",")):
        found = _CHOICE.fullmatch(choice.strip().lower())
        if found and found["language"] in set(Language):
            weight = Decimal(found["weight"] or 1)
            if weight:
                wanted.append((-weight, place, Language(found["language"])))
    return min(wanted)[2] if wanted else Language.EN


def _text(catalogue: str, context: str, key: str, language: str, count: int | None) -> str:
    found = _catalogue(catalogue, language).get(key, context=context)
    text = None if found is None else found.string
    if isinstance(text, tuple) and count is not None:
        one = core.Locale(language).plural_form(count) == "one"
        text = text[0] if one else text[-1]
    if not isinstance(text, str) or not text:
        raise LookupError(f"{context} of {key} in {language}")
    return text


@cache
def _catalogue(name: str, language: str) -> "catalog.Catalog":
    if language not in set(Language):
        raise Malformed(Reason.FIELD_INVALID, param="language", value=language)
    with (files(__name__) / "locale" / language / f"{name}.po").open("rb") as file:
        return pofile.read_po(file, abort_invalid=True)


def _filled(text: str, facts: Mapping[str, object], language: Language) -> str:
    def part(match: re.Match[str]) -> str:
        if match[2]:
            return fact(match[2])
        names = _PLACE.findall(match[1])
        if any(not plain(facts.get(name, "")) for name in names):
            return ""
        return _PLACE.sub(lambda place: fact(place[1]), match[1])

    def fact(name: str) -> str:
        if name not in facts:
            raise LookupError(f"{name} in {text!r}")
        told = plain(facts[name])
        return f"{_ISOLATE}{told}{_ISOLATE_END}" if language in RIGHT_TO_LEFT else told

    return _PART.sub(part, text)


def plain(fact: object) -> str:
    """One short line of it: a fact may be what a stranger sent."""
    if isinstance(fact, Said):
        return fact
    line = "".join(letter if letter.isprintable() else " " for letter in str(fact)).strip()
    return line if len(line) <= FACT_LENGTH else line[: FACT_LENGTH - 1] + "…"
