"""Which word of one name answers which of another, and by what likeness."""

from dataclasses import dataclass, field

from qantara.parties.name_words import Name, Part, Word
from qantara.parties.spellings import USUAL, Role

SLIP_LENGTH, SLIPS_LENGTH = 5, 9
"""A word of so many letters may be off by one letter, one of so many by two."""
Pair = tuple[str, str]


@dataclass(slots=True)
class Pairing:
    """What two names have in common and what they have not; each entry shows the words."""

    left: Name
    right: Name
    matched: list[tuple[int, int]] = field(default_factory=list)
    strong: int = 0
    """Words in common that tell people apart."""
    shared: int = 0
    """All words in common."""
    spelled: list[Pair] = field(default_factory=list)
    sounded: list[Pair] = field(default_factory=list)
    joined: list[Pair] = field(default_factory=list)
    initials: list[Pair] = field(default_factory=list)
    slips: list[Pair] = field(default_factory=list)
    gendered: list[Pair] = field(default_factory=list)
    differing: list[Pair] = field(default_factory=list)
    missing: list[Word] = field(default_factory=list)
    missing_weak: list[Word] = field(default_factory=list)
    missing_father: list[Word] = field(default_factory=list)
    missing_spouse: list[Word] = field(default_factory=list)


def pair(left: Name, right: Name) -> Pairing:
    made = Pairing(left, right)
    here, there = list(range(len(left.words))), list(range(len(right.words)))
    _same_spelling(made, here, there)
    if here and there:
        _same_sound(made, here, there)
        _written_together(made, left, right, here, there, mirrored=False)
        _written_together(made, right, left, there, here, mirrored=True)
        _initials(made, left, right, here, there, mirrored=False)
        _initials(made, right, left, there, here, mirrored=True)
        _slips(made, here, there)
        _run_together(made, here, there)
    _rest(made, here, there)
    return made


def _match(made: Pairing, i: int, j: int) -> None:
    made.matched.append((i, j))
    made.shared += 1
    made.strong += made.left.words[i].role is Role.NAME or made.right.words[j].role is Role.NAME


def _same_spelling(made: Pairing, here: list[int], there: list[int]) -> None:
    left, right = made.left, made.right
    places: dict[str, list[int]] = {}
    for j in there:
        places.setdefault(right.words[j].canon, []).append(j)
    for i in tuple(here):
        found = places.get(left.words[i].canon)
        if not found:
            continue
        part = left.parts[i]
        j = next((each for each in found if right.parts[each] == part), found[0])
        found.remove(j)
        here.remove(i)
        there.remove(j)
        _match(made, i, j)
        if left.words[i].plain != right.words[j].plain:
            made.spelled.append((left.words[i].plain, right.words[j].plain))


def _same_sound(made: Pairing, here: list[int], there: list[int]) -> None:
    for i in tuple(here):
        word = made.left.words[i]
        if word.role is Role.INITIAL:
            continue
        for j in there:
            other = made.right.words[j]
            if other.sound == word.sound and other.role is not Role.INITIAL:
                here.remove(i)
                there.remove(j)
                _match(made, i, j)
                made.sounded.append((word.plain, other.plain))
                break


def _written_together(
    made: Pairing, one: Name, other: Name, here: list[int], there: list[int], *, mirrored: bool
) -> None:
    """Neighbouring words of one name that the other writes as one."""
    for count in (3, 2):
        if len(here) < count or not there:
            continue
        for start in tuple(here):
            run = range(start, start + count)
            if not all(place in here for place in run):
                continue
            apart = "".join(one.words[place].plain for place in run)
            found = next((j for j in there if other.words[j].plain == apart), None)
            if found is None:
                continue
            there.remove(found)
            for place in run:
                here.remove(place)
            made.strong += count
            made.shared += count
            told = (" ".join(one.words[place].plain for place in run), apart)
            made.joined.append(told[::-1] if mirrored else told)
            first = (found, start) if mirrored else (start, found)
            made.matched.append(first)


def _initials(
    made: Pairing, one: Name, other: Name, here: list[int], there: list[int], *, mirrored: bool
) -> None:
    for i in tuple(here):
        word = one.words[i]
        if word.role is not Role.INITIAL:
            continue
        found = next((j for j in there if _begins(other.words[j], word.plain)), None)
        if found is None:
            continue
        here.remove(i)
        there.remove(found)
        told = (word.plain, other.words[found].plain)
        made.initials.append(told[::-1] if mirrored else told)
        made.matched.append((found, i) if mirrored else (i, found))
        made.shared += 1


def _begins(word: Word, initial: str) -> bool:
    return word.role in {Role.NAME, Role.WEAK} and word.plain[0] == initial


def _slips(made: Pairing, here: list[int], there: list[int]) -> None:
    """The nearest words first; a usual name is no slip of another usual name."""
    near = sorted(
        (distance, made.left.words[i].plain, made.right.words[j].plain, i, j)
        for i in here
        for j in there
        if (distance := _distance(made.left.words[i], made.right.words[j])) is not None
    )
    for _, plain, other, i, j in near:
        if i in here and j in there:
            here.remove(i)
            there.remove(j)
            if _is_female_form(plain, other) or _is_female_form(other, plain):
                made.gendered.append((plain, other))
            else:
                made.slips.append((plain, other))
                _match(made, i, j)


def _run_together(made: Pairing, here: list[int], there: list[int]) -> None:
    """Words written together and with a slip besides: all that is left on both sides, joined."""
    if not here or not there or len(here) == len(there) == 1:
        return
    one = "".join(made.left.words[i].plain for i in here)
    other = "".join(made.right.words[j].plain for j in there)
    if _near(one, other) is not None:
        made.slips.append((one, other))
        _match(made, here[0], there[0])
        here.clear()
        there.clear()


def _distance(one: Word, other: Word) -> int | None:
    """How many letters differ, where so few can be a slip."""
    if one.canon in USUAL and other.canon in USUAL:
        return _other_gender(one, other)
    near = _near(one.plain, other.plain)
    if near is None and (one.plain != one.canon or other.plain != other.canon):
        near = _near(one.canon, other.canon)
    return _other_gender(one, other) if near is None else near


def _near(one: str, other: str) -> int | None:
    shorter = min(len(one), len(other))
    if one[0] != other[0] or shorter < SLIP_LENGTH:
        return None
    allowed = 1 if shorter < SLIPS_LENGTH else 2
    distance = edits(one, other, allowed)
    return distance if distance <= allowed else None


def _other_gender(one: Word, other: Word) -> int | None:
    is_pair = _is_female_form(one.plain, other.plain) or _is_female_form(other.plain, one.plain)
    return 1 if is_pair else None


def _is_female_form(long: str, short: str) -> bool:
    """Hamida of Hamid, Danielle of Daniel, Martine of Martin."""
    end = long.removeprefix(short) if long.startswith(short) else ""
    return len(short) >= _SHORTEST and end in {"a", "ah", "e", "ne", "le", "te"}


_SHORTEST = 3


def edits(one: str, other: str, limit: int) -> int:
    """Letters to change, add, leave out or swap with their neighbour; `limit` + 1 where more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    one, other = _unlike(one, other)
    if len(one) <= 1 and len(other) <= 1:
        return max(len(one), len(other))
    if one == other[::-1] and len(one) == len("ab"):
        return 1
    return limit + 1 if limit == 1 else min(_edits(one, other), limit + 1)


def _unlike(one: str, other: str) -> tuple[str, str]:
    """The words without what they have in common in front and at the end."""
    begin, most = 0, min(len(one), len(other))
    while begin < most and one[begin] == other[begin]:
        begin += 1
    end = 0
    while end < most - begin and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[begin : len(one) - end], other[begin : len(other) - end]


def _edits(one: str, other: str) -> int:
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, met in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != met))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == met:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _rest(made: Pairing, here: list[int], there: list[int]) -> None:
    """What is left on both sides differs, what is left on one is missing on the other."""
    one, other = _apart(made, made.left, here), _apart(made, made.right, there)
    for (word, _), (instead, _) in zip(one, other, strict=False):
        made.differing.append((word.plain, instead.plain))
    common = min(len(one), len(other))
    whole, short = (made.left, made.right) if len(one) > len(other) else (made.right, made.left)
    fatherless = whole.has_father and not short.has_father and not made.differing
    for word, part in [*one[common:], *other[common:]]:
        if part == Part.MARRIAGE:
            made.missing_spouse.append(word)
        elif part == Part.FATHER and fatherless:
            made.missing_father.append(word)
        else:
            made.missing.append(word)


def _apart(made: Pairing, name: Name, left_over: list[int]) -> list[tuple[Word, Part]]:
    """The words that count; those that say little are only noted as missing."""
    counted = []
    for place in left_over:
        word = name.words[place]
        if word.role is Role.WEAK:
            made.missing_weak.append(word)
        elif word.role is Role.NAME or (word.role is Role.INITIAL and not word.is_optional):
            counted.append((word, name.parts[place]))
    return counted
