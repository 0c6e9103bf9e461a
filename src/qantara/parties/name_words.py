"""A name as words: how each is spelled in one way, how it sounds, and what it does."""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from qantara.parties.spellings import FEMALE, GENERIC, LEGAL_FORM, MALE, ROLE, SPELLING, Role

_APART = re.compile(r"[a-z0-9]+(?:/[a-z](?![a-z0-9]))?|&|[^\W_a-z0-9]+")
_DOTTED = re.compile(r"\b(?:[a-z]\.){3,6}")
_ELIDED = re.compile(r"\b([dl])['\u2019\u02bc]")
_MARKED = re.compile(r"\bnée?\b", re.IGNORECASE)
_PLAIN = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
_SERVANT = re.compile(r"abd(?:ou|[uae])?(?:l|r(?=r)|s(?=[sh])|n(?=n)|z(?=z))([a-z]{4,})")
_FAITH = re.compile(r"([a-z]{3,}?)(?:udd?in|edd?ine?|udeen|uddeen)")
_OF_GOD = re.compile(r"([a-z]{4,}?)(?:ullah|ulla)")
_MERCIFUL = re.compile(r"([a-z]{4,}?)[uo]r(?:rehman|rahman)")
# Letters that romanised Urdu and Arabic, Malay and French write in several ways for one sound.
# Order matters: a pair of letters is read before its single ones.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"aa", "a"),
        (r"ee|ii", "i"),
        (r"oo|ou|uu", "u"),
        (r"ai|ei|ay|ey|ae", "e"),
        (r"eau|au", "o"),
        (r"iy", "i"),
        (r"dz|zh", "z"),
        (r"dj", "j"),
        (r"tch|ch", "!"),
        (r"sh|sy", "$"),
        (r"kh|gh(?=[aeiou])", "k"),
        (r"gh", "k"),
        (r"ph", "f"),
        (r"[tdbj]h", lambda found: found[0][0]),
        (r"c(?=[eiy])", "s"),
        (r"ck|[cq]", "k"),
        (r"w", "v"),
        (r"x", "ks"),
        (r"(?<=[^aeiou])y(?=[^aeiou]|$)", "i"),
        (r"(?<=[aeiou])h$", ""),
        (r"(.)\1+", r"\1"),
    )
)
_MONSIEUR = "m"
"""An initial where one fits, else `M.` for Monsieur."""


class Part(IntEnum):
    """Where in a name a word stands: before a relation, after it, or after a marriage."""

    OWN = 0
    FATHER = 1
    MARRIAGE = 2


class Word(NamedTuple):
    """`plain` is the word without accents, `canon` its one spelling, `sound` how it sounds."""

    plain: str
    canon: str
    sound: str
    role: Role

    @property
    def is_optional(self) -> bool:
        return self.role is Role.INITIAL and self.plain == _MONSIEUR


class Name(Struct, frozen=True):
    """`words` are those to account for, particles among them; `parts` says of each where it
    stands. `order` is one same order of any two names.
    """

    words: tuple[Word, ...]
    parts: tuple[Part, ...]
    gender: Role | None
    forms: frozenset[str]
    order: tuple[str, ...]

    @property
    def has_father(self) -> bool:
        return Part.FATHER in self.parts


@lru_cache(maxsize=8192)
def read(text: str) -> Name:
    """The words of a name, whatever its case, accents and marks."""
    raw = _APART.findall(_folded(text))
    forms, raw = _without_forms(raw)
    words: list[Word] = []
    parts: list[Part] = []
    gender, part, is_firm = None, Part.OWN, bool(forms)
    for place, plain in enumerate(raw):
        if plain == "b" and 0 < place < len(raw) - 1:
            part = Part.FATHER  # bin or binti, abbreviated
            continue
        gender = gender or _gender(plain, place)
        for word in _words(plain, is_firm):
            if word.role in _RELATIONS and (words or word.role is not Role.SON):
                part = Part.MARRIAGE if word.role is Role.SPOUSE else Part.FATHER
                gender = gender or (word.role if word.role in _GENDERED else None)
            elif word.role not in _SILENT:
                words.append(word)
                parts.append(part)
    if part is Part.FATHER:
        words = _telling(words, parts)
    order = tuple(word.canon for word in words) + tuple(word.plain for word in words)
    return Name(tuple(words), tuple(parts), gender, forms, order)


def _telling(words: list[Word], parts: list[Part]) -> list[Word]:
    """Where somebody's own name has only words that say little, they are what it is."""
    own = [word for word, part in zip(words, parts, strict=True) if part is Part.OWN]
    if any(word.role is not Role.WEAK for word in own):
        return words
    own = [word._replace(role=Role.NAME) for word in own]
    return own + words[len(own) :]


_RELATIONS = frozenset({Role.SON, Role.DAUGHTER, Role.CHILD, Role.SPOUSE})
_GENDERED = frozenset({Role.SON, Role.DAUGHTER})
_SILENT = frozenset({Role.TITLE, Role.FORM, Role.AND})


def _folded(text: str) -> str:
    if text.isascii():
        text = text.lower()
    else:
        marked = _MARKED.sub(" epouse ", unicodedata.normalize("NFC", text))
        apart = unicodedata.normalize("NFKD", marked.casefold().translate(_PLAIN))
        text = "".join(letter for letter in apart if not unicodedata.combining(letter))
    if "'" in text or not text.isascii():
        text = _ELIDED.sub(r"\1e ", text).replace("'", "").replace("\u2019", "")
    return _DOTTED.sub(_undotted, text) if "." in text else text


def _undotted(found: re.Match[str]) -> str:
    """`S.A.R.L.` is a legal form; `J.R.R.` are initials."""
    joined = found[0].replace(".", "")
    return f"{joined} " if joined in LEGAL_FORM else found[0]


def _gender(plain: str, place: int) -> Role | None:
    """A title says which; a lone `M.` in front may be an initial as well and says nothing."""
    if place:
        return None
    return Role.SON if plain in MALE else Role.DAUGHTER if plain in FEMALE else None


def _without_forms(raw: list[str]) -> tuple[frozenset[str], list[str]]:
    """The legal form at the end of a firm's name or in front of it, and the name without."""
    begin, end = 0, len(raw)
    while end > 1 and raw[end - 1] in LEGAL_FORM:
        end -= 1
    while begin < end - 1 and raw[begin] in LEGAL_FORM:
        begin += 1
    if begin == 0 and end == len(raw):
        return frozenset(), raw
    forms = frozenset(LEGAL_FORM[word] for word in raw[:begin] + raw[end:])
    return forms - {"co"} or forms, raw[begin:end]


@lru_cache(maxsize=32768)
def _words(plain: str, is_firm: bool) -> tuple[Word, ...]:  # noqa: FBT001 - the cache's key
    """The word, or the words that custom writes together."""
    if is_firm:
        role = Role.WEAK if plain in GENERIC else ROLE.get(plain, Role.NAME)
        kept = role if role in {Role.WEAK, Role.PARTICLE, Role.AND} else Role.NAME
        return (_word(plain, kept),)
    if len(plain) == 1 and plain.isalpha():
        return (_word(plain, Role.INITIAL),)
    return tuple(_word(piece, None) for piece in _pieces(plain))


def _pieces(plain: str) -> tuple[str, ...]:
    if plain in SPELLING or plain in ROLE:
        return (plain,)
    for shape, before, after in (
        (_SERVANT, "abdul", ""),
        (_MERCIFUL, "", "rahman"),
        (_FAITH, "", "din"),
        (_OF_GOD, "", "allah"),
    ):
        found = shape.fullmatch(plain)
        if found:
            return tuple(piece for piece in (before, found[1], after) if piece)
    if "/" in plain:
        return tuple(piece for piece in plain.split("/") if piece)
    return (plain,)


def _word(plain: str, role: Role | None) -> Word:
    canon = SPELLING.get(plain, plain)
    doing = ROLE.get(plain, ROLE.get(canon, Role.NAME)) if role is None else role
    return Word(plain, canon, sound(canon), doing)


@lru_cache(maxsize=32768)
def sound(word: str) -> str:
    """How a word sounds, roughly: equal for spellings of one name, and of some that are not."""
    for pattern, said in _SOUNDS:
        word = pattern.sub(said, word)
    return word
