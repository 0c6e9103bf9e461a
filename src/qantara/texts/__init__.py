"""What the platform says to people, in English, Malay, Urdu and French.

The words stand in `locale/<language>/reasons.po`: a title and a sentence for each `Reason`.
A sentence may name facts (`{limit}`) inside square brackets; such a part is left out when a
fact is not known, so a sentence is always whole.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files

from babel.messages import Catalog
from babel.messages.pofile import read_po

from qantara.errors import Malformed, Reason


class Language(StrEnum):
    EN = "en"
    MS = "ms"
    UR = "ur"
    FR = "fr"


RIGHT_TO_LEFT = frozenset({Language.UR})
FACT_LENGTH = 80
_PART = re.compile(r"\[([^\]]*)\]")
_PLACE = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-[a-z0-9-]{1,30})?(?:\s*;\s*q=(?P<weight>[01](?:\.[0-9]{0,3})?))?"
)
# First strong isolate and its end (Unicode bidi): a fact keeps its own direction inside.
_ISOLATE, _ISOLATE_END = "\u2068", "\u2069"


def sentence(reason: Reason, language: str, facts: Mapping[str, object] | None = None) -> str:
    """What is wrong and what to do about it; `Malformed` for a language not spoken here."""
    return _filled(_text("sentence", reason, language), facts or {}, Language(language))


def title(reason: Reason, language: str) -> str:
    """The reason in a few words."""
    return _text("title", reason, language)


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


def _text(kind: str, reason: Reason, language: str) -> str:
    found = _catalogue(language).get(reason.value, context=kind)
    if found is None or not isinstance(found.string, str):
        raise LookupError(f"{kind} of {reason} in {language}")
    return found.string


@cache
def _catalogue(language: str) -> Catalog:
    if language not in set(Language):
        raise Malformed(Reason.FIELD_INVALID, param="language", value=language)
    with (files(__name__) / "locale" / language / "reasons.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def _filled(text: str, facts: Mapping[str, object], language: Language) -> str:
    def part(match: re.Match[str]) -> str:
        names = _PLACE.findall(match[1])
        if any(not _plain(facts.get(name, "")) for name in names):
            return ""
        return _PLACE.sub(lambda place: fact(place[1]), match[1])

    def fact(name: str) -> str:
        told = _plain(facts[name])
        return f"{_ISOLATE}{told}{_ISOLATE_END}" if language in RIGHT_TO_LEFT else told

    return _PART.sub(part, text)


def _plain(fact: object) -> str:
    """One short line of it: a fact may be what a stranger sent."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(fact)).strip()
    return line if len(line) <= FACT_LENGTH else line[: FACT_LENGTH - 1] + "…"
