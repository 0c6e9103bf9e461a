"""Whether two names can be one person's or one firm's, and why: pure and explainable.

A comparison begins with 100 points. Each piece of evidence that is found takes points away, as
one table says; the docstring of an evidence function is the sentence that people are shown.
What is left gives the answer of verification of payee: MTCH, CMTC (close) or NMTC.

MTCH is kept for names that are the same by any custom of spelling or order we know, as nobody
looks any more after a MTCH. What only sounds alike, is abbreviated or left out is CMTC: then a
person looks at the name the bank holds.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from qantara.parties.name_pairs import Pairing, pair
from qantara.parties.name_words import Name, Word, read
from qantara.parties.spellings import SECOND, Role

# From 95 on nothing but spelling, order and particles differs. 75 keeps one slip and one word left
# out together, and two initials, and lets go of a single word that differs, as a brother's does.
# On the generated pairs of `tests/parties/name_people.py`: of 12,134 variants of a name 63 % MTCH,
# 37 % CMTC, 0.1 % lost; of 9,995 pairs of two people none MTCH and 2.5 % CMTC, all of them names
# a letter apart (Nasir, Naseer). Generator and tables were made together: no held-out figure.
MATCH_FROM, CLOSE_FROM, WHOLE = 95, 75, 100


class Verdict(StrEnum):
    """The words of verification of payee."""

    MTCH = "MTCH"
    CMTC = "CMTC"
    NMTC = "NMTC"


class Because(NamedTuple):
    """One piece of evidence: its name, the sentence to show, the points it took, the words."""

    evidence: str
    text: str
    points: int
    words: tuple[str, ...]


class Comparison(Struct, frozen=True):
    """`because` is empty where the names are the same word for word."""

    verdict: Verdict
    points: int
    because: tuple[Because, ...] = ()


def _pairs(found: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{one} / {other}" for one, other in found]


def _plain(words: Iterable[Word]) -> list[str]:
    return [word.plain for word in words]


def nothing_in_common(made: Pairing) -> list[str]:
    """The names have no telling word in common."""
    return [] if made.strong else [" "]


def word_differs(made: Pairing) -> list[str]:
    """Where one name has a word, the other has a different one."""
    return _pairs(made.differing)


def female_form(made: Pairing) -> list[str]:
    """One word is a man's name and the other its form for a woman."""
    return _pairs(made.gendered)


def other_gender(made: Pairing) -> list[str]:
    """One is a son or a man, the other a daughter or a woman."""
    one, other = made.left.gender, made.right.gender
    return [" "] if one and other and one is not other else []


def father_and_child_exchanged(made: Pairing) -> list[str]:
    """The person's own name and the father's change places."""
    if not (made.left.has_father and made.right.has_father):
        return []
    words, left, right = made.left.words, made.left.parts, made.right.parts
    crossing = [words[i] for i, j in made.matched if left[i] != right[j] and _tells(words[i])]
    return _plain(crossing)


def _tells(word: Word) -> bool:
    return word.role is Role.NAME


def little_in_common(made: Pairing) -> list[str]:
    """A name of several words shares no more than one of them."""
    left_out = made.missing or made.missing_weak or made.missing_father
    return [" "] if left_out and made.strong and made.shared < _ENOUGH else []


_ENOUGH = 2


def names_exchanged(made: Pairing) -> list[str]:
    """The same two names in the other order, and either may stand first."""
    if made.left.has_father or made.right.has_father or len(made.matched) < _ENOUGH:
        return []
    told = [(i, j) for i, j in sorted(made.matched) if made.left.words[i].canon in SECOND]
    if len(told) != len([1 for i, _ in made.matched if _tells(made.left.words[i])]):
        return []
    return [made.left.words[i].plain for (i, j), (_, k) in pairwise(told) if k < j]


def slip_of_the_pen(made: Pairing) -> list[str]:
    """A word differs by a letter or two, as by a slip."""
    return _pairs(made.slips)


def word_left_out(made: Pairing) -> list[str]:
    """One name has a word that the other leaves out."""
    return _plain(made.missing)


def fathers_name_left_out(made: Pairing) -> list[str]:
    """One name says whose child it is, the other does not."""
    return [" ".join(_plain(made.missing_father))] if made.missing_father else []


def initial_only(made: Pairing) -> list[str]:
    """A word is given by its first letter only."""
    return _pairs(made.initials)


def sounds_alike(made: Pairing) -> list[str]:
    """A word is spelled otherwise and sounds the same."""
    return _pairs(made.sounded)


def usual_word_left_out(made: Pairing) -> list[str]:
    """One name leaves out a word that very many names have."""
    return _plain(made.missing_weak)


def other_legal_form(made: Pairing) -> list[str]:
    """The legal forms of the two firms differ."""
    one, other = made.left.forms, made.right.forms
    if not one or not other or one == other:
        return []
    return [f"{' '.join(sorted(one))} / {' '.join(sorted(other))}"]


def name_by_marriage_left_out(made: Pairing) -> list[str]:
    """One name also says a name by birth or by marriage."""
    return [" ".join(_plain(made.missing_spouse))] if made.missing_spouse else []


def written_together(made: Pairing) -> list[str]:
    """Words that one name writes apart are one word in the other."""
    return _pairs(made.joined)


def other_spelling(made: Pairing) -> list[str]:
    """A word is another usual spelling of the same name."""
    return _pairs(made.spelled)


def other_order(made: Pairing) -> list[str]:
    """The same words stand in another order."""
    places = [j for _, j in sorted(made.matched)]
    return [] if places == sorted(places) else [" "]


class Weight(NamedTuple):
    """Points taken for each finding of an evidence, and at most."""

    evidence: Callable[[Pairing], list[str]]
    points: int
    most: int


WEIGHTS = (
    Weight(nothing_in_common, 100, 100),
    Weight(word_differs, 40, 100),
    Weight(female_form, 40, 80),
    Weight(other_gender, 40, 40),
    Weight(father_and_child_exchanged, 30, 30),
    Weight(little_in_common, 30, 30),
    Weight(other_legal_form, 15, 15),
    Weight(slip_of_the_pen, 13, 39),
    Weight(word_left_out, 8, 22),
    Weight(fathers_name_left_out, 8, 8),
    Weight(names_exchanged, 8, 8),
    Weight(initial_only, 7, 21),
    Weight(sounds_alike, 6, 18),
    Weight(usual_word_left_out, 6, 12),
    Weight(name_by_marriage_left_out, 4, 4),
    Weight(written_together, 1, 2),
    Weight(other_spelling, 0, 0),
    Weight(other_order, 0, 0),
)
_SAME = Comparison(Verdict.MTCH, WHOLE)


def compare(said: str, held: str) -> Comparison:
    """How near a name that was said is to the one an account is held in; the order of the two
    does not matter. A name without any word matches none.
    """
    one, other = read(said), read(held)
    if one == other and one.words:
        return _SAME
    if other.order < one.order:
        one, other = other, one
    return _judged(one, other)


def _judged(one: Name, other: Name) -> Comparison:
    made = pair(one, other)
    because = tuple(
        Because(
            weight.evidence.__name__,
            weight.evidence.__doc__ or "",
            min(weight.points * len(found), weight.most),
            tuple(words for words in found if words.strip()),
        )
        for weight in WEIGHTS
        if (found := weight.evidence(made))
    )
    points = max(WHOLE - sum(each.points for each in because), 0)
    return Comparison(_verdict(points), points, because)


def _verdict(points: int) -> Verdict:
    if points >= MATCH_FROM:
        return Verdict.MTCH
    return Verdict.CMTC if points >= CLOSE_FROM else Verdict.NMTC
