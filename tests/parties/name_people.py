"""Pairs of names, made by rule: one person's or firm's in two spellings, and two people's.

Half of the words are in no table of ours, so that what is measured is not what was written down.
"""

import random
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Case(NamedTuple):
    custom: str
    kind: str
    one: str
    other: str
    same: bool = True


MALAY_MEN = (
    "Ahmad Faizal Hafiz Azlan Khairul Syafiq Izzuddin Amirul Danial Haziq Luqman Nazrin"
    " Zulhilmi Fikri"
)
MALAY_WOMEN = (
    "Aisyah Siti Nurul Farah Balqis Hidayah Izzati Syazana Mardhiah Wardina Insyirah Zulaikha"
    " Najihah"
)
FATHERS = (
    "Abdullah Ismail Yusof Rahman Othman Kamaruddin Zainuddin Hashim Roslan Mazlan Jaafar"
    " Sulong Wahid"
)
URDU_MEN = (
    "Bilal Hussain Imran Tariq Shoaib Mudassar Waqas Rizwan Zeeshan Khurram Aurangzeb Tauseef"
    " Waseem Naveed Farooq"
)
URDU_WOMEN = (
    "Fatima Ayesha Nadia Rubina Saira Mehwish Zubaida Kausar Bushra Rukhsana Tahmina Shaheena"
    " Maqsooda"
)
FAMILIES = (
    "Qureshi Malik Chaudhry Siddiqui Khan Bhatti Mirza Ansari Khokhar Gilani Abbasi Rajput Awan"
    " Butt Farooqui"
)
TAMIL = (
    "Muthu Raman Karthik Selvam Ganesan Perumal Arumugam Thiagarajan Saravanan Vellu Kumaran"
    " Ponnusamy Balakrishnan"
)
CHINESE_FAMILY = "Tan Lim Wong Lee Chong Goh Ng Yap Chan Cheah Ooi Khoo Teoh Liew"
CHINESE = "Wei Ming Hui Ling Jun Kah Mei Siew Yong Kok Chee Xin Yi Boon Heng Pei Shan Zhi"
FRENCH_MEN = (
    "Jean Pierre François Éloi Gaspard Rémi Étienne Anatole Benoît Côme Stéphane Théophile"
    " Gonzague Mathieu"
)
FRENCH_WOMEN = (
    "Marie Hélène Sylvie Apolline Solène Célestine Geneviève Ombeline Clémence Aurélie Garance"
    " Françoise"
)
FRENCH_FAMILY = (
    "Martin Lefèvre Dubois Moreau Béranger Castelnau Fontaine Gauthier Rousselle Pelletier"
    " Marchand Vasseur"
)
FIRMS = (
    "Contoh Maju Jaya Sinar Misaal Bahar Chenab Exemple Boréal Atelier Lumière Pelangi Zafran"
    " Indus Ravi Rivage"
)
TRADES = "Textiles Boulangerie Elektrik Motors Kejuruteraan Conseil Builders Makanan Transports"
FORMS = {
    "MY": ("Sdn Bhd", "SDN. BHD.", "Sdn. Bhd", ""),
    "PK": ("(Pvt) Ltd", "Private Limited", "(Private) Limited", "Pvt. Ltd.", ""),
    "FR": ("SARL", "S.A.R.L.", "sarl", ""),
}
# Two names each, truly different, a letter or a sound apart. Nobody can tell them from a slip.
NEAR = (
    *(("Nasir", "Naseer"), ("Rashid", "Rasheed"), ("Arif", "Asif"), ("Samir", "Samar")),
    *(("Tahira", "Zahira"), ("Munira", "Muniba"), ("Julien", "Julian"), ("Marion", "Marlon")),
    *(("Fadil", "Fadli"), ("Kausar", "Kauser"), ("Haris", "Hadis"), ("Shoaib", "Sohaib")),
    *(("Zakir", "Zahir"), ("Sabina", "Samina"), ("Emile", "Emilie"), ("Karine", "Marine")),
)
MUHAMMAD = ("Muhammad", "Mohammad", "Mohd", "Muhammed", "Md.", "Mohd.")


def _pick(rng: random.Random, words: str, count: int = 1) -> list[str]:
    return rng.sample(words.split(), count)


def plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def respelled(rng: random.Random, word: str) -> str:
    """The word as another hand might write it in Latin letters."""
    ways = [
        (a, b)
        for a, b in (
            *(("ee", "i"), ("oo", "u"), ("q", "k"), ("w", "v"), ("kh", "k"), ("ai", "ei")),
            *(("u", "oo"), ("aa", "a"), ("ss", "s"), ("tt", "t"), ("z", "zz"), ("sh", "sy")),
            *(("y", "ie"), ("dh", "d")),
        )
        if a in word[1:] and (a, b) not in {("y", "ie"), ("u", "oo")}
    ]
    if not ways:
        return word
    a, b = rng.choice(ways)
    return word[0] + word[1:].replace(a, b, 1)


def slipped(rng: random.Random, name: str) -> str:
    """One letter of a longer word gone, doubled amiss, or changed with its neighbour."""
    words = name.split()
    long = [place for place, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if not long:
        return name
    place = rng.choice(long)
    word = words[place]
    at = rng.randrange(1, len(word) - 2)
    words[place] = rng.choice(
        (word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    )
    return " ".join(words)


def _malay(rng: random.Random) -> tuple[str, list[str], str, str]:
    men = rng.random() < 0.5
    given = _pick(rng, MALAY_MEN if men else MALAY_WOMEN, rng.choice((1, 2)))
    if men and rng.random() < 0.5:
        given.insert(0, rng.choice(MUHAMMAD))
    return ("bin" if men else "binti"), given, _pick(rng, FATHERS)[0], "malay"


def malay_same(rng: random.Random) -> Iterator[Case]:
    link, given, father, custom = _malay(rng)
    one = " ".join([*given, link, father])
    short = {"bin": ("b.", "b"), "binti": ("bt.", "bte", "bt")}[link]
    yield Case(custom, "relation short", one, " ".join([*given, rng.choice(short), father]))
    yield Case(custom, "relation left out", one, " ".join([*given, father]).upper())
    if given[0] in MUHAMMAD:
        other = [rng.choice(MUHAMMAD), *given[1:]]
        yield Case(custom, "Muhammad short", one, " ".join([*other, link, father]))
        if len(given) > 1:
            yield Case(custom, "Muhammad left out", one, " ".join([*given[1:], link, father]))
    elif len(given) > 1:
        joined = given[0] + given[1].lower()
        yield Case(custom, "written together", one, f"{joined} {link} {father}")
    yield Case(custom, "respelled", one, " ".join([*given, link, respelled(rng, father)]))


def malay_other(rng: random.Random) -> Iterator[Case]:
    link, given, father, custom = _malay(rng)
    one = " ".join([*given, link, father])
    sibling = _pick(rng, MALAY_MEN if link == "bin" else MALAY_WOMEN, 4)
    name = next(word for word in sibling if word not in given)
    yield Case(custom, "sibling", one, f"{name} {link} {father}")
    away = next(word for word in _pick(rng, FATHERS, 3) if word != father)
    yield Case(custom, "another father", one, " ".join([*given, link, away]))
    child = f"{father} {link} {given[-1]}"
    if link == "bin" and given[-1] not in MUHAMMAD:
        yield Case(custom, "father", f"{given[-1]} {link} {father}", child)
        sister = _pick(rng, MALAY_WOMEN)[0]
        yield Case(custom, "sister", one, f"{sister} binti {father}")


def _urdu(rng: random.Random) -> list[str]:
    words = _pick(rng, rng.choice((URDU_MEN, URDU_WOMEN)), rng.choice((1, 1, 2)))
    return [*words, *_pick(rng, FAMILIES)]


def urdu_same(rng: random.Random) -> Iterator[Case]:
    words = _urdu(rng)
    one, at = " ".join(words), rng.randrange(len(words))
    other = [respelled(rng, w) if place == at else w for place, w in enumerate(words)]
    yield Case("urdu", "respelled", one, " ".join(other))
    yield Case("urdu", "respelled twice", one, " ".join(respelled(rng, w) for w in words))
    yield Case("urdu", "family first", one, " ".join([words[-1], *words[:-1]]).upper())
    first = f"Muhammad {one}"
    yield Case("urdu", "Muhammad short", first, f"{rng.choice(MUHAMMAD)} {one}")
    yield Case("urdu", "Muhammad initial", first, f"M. {one}")
    yield Case("urdu", "Muhammad left out", first, one)
    stem = rng.choice(("Salah", "Nizam", "Shams", "Jamal", "Kamal"))
    apart = f"{stem} ud Din {words[-1]}"
    yield Case("urdu", "ud-Din", apart, f"{stem}uddin {words[-1]}")
    if len(words) > 2:
        yield Case("urdu", "word left out", one, f"{words[0]} {words[-1]}")


def urdu_other(rng: random.Random) -> Iterator[Case]:
    words = _urdu(rng)
    one = " ".join(words)
    for _ in range(2):
        other = _urdu(rng)
        if words[0] != other[0]:
            yield Case("urdu", "sibling", one, " ".join([other[0], *words[1:]]))
            if words[-1] != other[-1]:
                yield Case("urdu", "stranger", one, " ".join(other))
                yield Case(
                    "urdu", "both Muhammad", f"Muhammad {one}", f"Muhammad {' '.join(other)}"
                )
        if words[-1] != other[-1]:
            yield Case("urdu", "another family", one, " ".join([*words[:-1], other[-1]]))
    man, woman = rng.choice(
        (("Hamid", "Hamida"), ("Shahid", "Shahida"), ("Jamil", "Jamila"), ("Naeem", "Naeema"))
    )
    yield Case("urdu", "sister", f"{man} {words[-1]}", f"{woman} {words[-1]}")


def near_other(rng: random.Random) -> Iterator[Case]:
    """As far as a machine can see, these may be one person: never MTCH, at worst CMTC."""
    one, other = rng.choice(NEAR)
    family = rng.choice(_pick(rng, FAMILIES) + _pick(rng, FRENCH_FAMILY))
    yield Case("near", "near name", f"{one} {family}", f"{other} {family}")
    initial = next(w for w in _pick(rng, URDU_MEN, 4) if w[0] != one[0])
    yield Case("near", "another initial", f"{one} {family}", f"{initial[0]}. {family}")
    yield Case("near", "family only", f"{one} {family}", family)


def tamil_same(rng: random.Random) -> Iterator[Case]:
    given, father = _pick(rng, TAMIL, 2)
    one = f"{given} a/l {father}"
    yield Case("tamil", "s/o", one, f"{given} s/o {father}")
    yield Case("tamil", "relation left out", one, f"{given} {father}")
    yield Case("tamil", "father's initial", one, f"{father[0]}. {given}")


def tamil_other(rng: random.Random) -> Iterator[Case]:
    given, father, away = _pick(rng, TAMIL, 3)
    one = f"{given} a/l {father}"
    yield Case("tamil", "sibling", one, f"{away} a/l {father}")
    yield Case("tamil", "another father", one, f"{given} a/l {away}")
    yield Case("tamil", "father", one, f"{father} a/l {given}")


def chinese_same(rng: random.Random) -> Iterator[Case]:
    family, (first, second) = _pick(rng, CHINESE_FAMILY)[0], _pick(rng, CHINESE, 2)
    one = f"{family} {first} {second}"
    yield Case("chinese", "family last", one, f"{first} {second} {family}")
    yield Case("chinese", "written together", one, f"{family} {first}{second.lower()}")
    yield Case("chinese", "hyphen", one, f"{first}-{second} {family}".upper())
    yield Case("chinese", "another name before", one, f"Jason {one}")


def chinese_other(rng: random.Random) -> Iterator[Case]:
    family, away = _pick(rng, CHINESE_FAMILY, 2)
    first, second, third = _pick(rng, CHINESE, 3)
    one = f"{family} {first} {second}"
    yield Case("chinese", "sibling", one, f"{family} {first} {third}")
    yield Case("chinese", "another family", one, f"{away} {first} {second}")


def _french(rng: random.Random) -> tuple[list[str], str, str]:
    men = rng.random() < 0.5
    given = _pick(rng, FRENCH_MEN if men else FRENCH_WOMEN, 2)
    return given, rng.choice(("", "", "de ", "de la ", "du ")), _pick(rng, FRENCH_FAMILY)[0]


def french_same(rng: random.Random) -> Iterator[Case]:
    (first, second), particle, family = _french(rng)
    one = f"{first}-{second} {particle}{family}"
    yield Case("french", "accents", one, plain(one))
    yield Case(
        "french", "capitals, family first", one, f"{particle}{family} {first} {second}".upper()
    )
    yield Case("french", "second name left out", one, f"{first} {particle}{family}")
    yield Case("french", "initials", one, f"{first[0]}.-{second[0]}. {particle}{family}")
    yield Case("french", "title", one, f"M. {one}")
    if particle:
        yield Case(
            "french",
            "particle together",
            one,
            f"{first} {second} {(particle + family).replace(' ', '')}",
        )
        yield Case("french", "particle left out", one, f"{first} {second} {family}")
    born = _pick(rng, FRENCH_FAMILY)[0]
    yield Case("french", "née", f"{first} {family}", f"Mme {first} {family} née {born}")


def french_other(rng: random.Random) -> Iterator[Case]:
    (first, second), particle, family = _french(rng)
    (other, _), _, away = _french(rng)
    one = f"{first} {particle}{family}"
    if other not in {first, second}:
        yield Case("french", "relative", one, f"{other} {particle}{family}")
        if away != family:
            yield Case("french", "stranger", one, f"{other} {away}")
    if away != family:
        yield Case("french", "another family", one, f"{first} {particle}{away}")
    man, woman = rng.choice(
        (("Daniel", "Danielle"), ("Michel", "Michèle"), ("Pascal", "Pascale"), ("Jean", "Jeanne"))
    )
    yield Case("french", "wife", f"{man} {family}", f"{woman} {family}")


def firm_same(rng: random.Random) -> Iterator[Case]:
    country = rng.choice(list(FORMS))
    core, trade = " ".join(_pick(rng, FIRMS, 2)), _pick(rng, TRADES)[0]
    form, other = rng.sample(FORMS[country], 2)
    one = f"{core} {trade} {form}".strip()
    yield Case("firm", "legal form", one, f"{core} {trade} {other}".strip())
    yield Case("firm", "capitals", one, plain(one).upper())


def firm_other(rng: random.Random) -> Iterator[Case]:
    country = rng.choice(list(FORMS))
    first, second, third = _pick(rng, FIRMS, 3)
    trade, away = _pick(rng, TRADES, 2)
    form = FORMS[country][0]
    one = f"{first} {second} {trade} {form}"
    yield Case("firm", "another word", one, f"{first} {third} {trade} {form}")
    yield Case("firm", "another trade", one, f"{first} {second} {away} {form}")


SAME: tuple[Callable[[random.Random], Iterator[Case]], ...] = (
    *(malay_same, urdu_same, tamil_same, chinese_same, french_same, firm_same),
)
OTHER: tuple[Callable[[random.Random], Iterator[Case]], ...] = (
    *(malay_other, urdu_other, tamil_other, chinese_other, french_other, firm_other, near_other),
)


def cases(seed: int, rounds: int) -> list[Case]:
    """The pairs of a seed; a variant also with a slip of the pen."""
    rng = random.Random(seed)
    made: list[Case] = []
    for _ in range(rounds):
        for people in (*SAME, *OTHER):
            for found in people(rng):
                case = found._replace(same=people in SAME)
                made.append(case)
                if case.same and case.custom != "firm" and rng.random() < 0.15:
                    slip = slipped(rng, case.one)
                    if slip != case.one:
                        made.append(Case(case.custom, "slip of the pen", case.one, slip))
    return made
