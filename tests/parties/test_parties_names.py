"""Names compared: what holds of every pair, known cases, and figures on generated people."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from name_people import cases, plain

from qantara.parties import names
from qantara.parties.name_pairs import edits
from qantara.parties.names import Verdict, compare
from qantara.parties.spellings import ROLE, SPELLING, USUAL, Role

MTCH, CMTC, NMTC = Verdict.MTCH, Verdict.CMTC, Verdict.NMTC
ODD = [
    word
    for word, role in ROLE.items()
    if role not in {Role.NAME, Role.WEAK} or len(word) == 1 or "/" in word
]
telling = st.sampled_from(
    [
        word
        for word in sorted(USUAL | set(SPELLING))
        if ROLE.get(SPELLING.get(word, word)) is None and len(word) > 2
    ]
)
words = telling | st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=9).filter(
    lambda word: word not in ODD
)
people = st.lists(words, min_size=1, max_size=5).map(" ".join)
written = st.one_of(people, st.text(max_size=40), st.sampled_from([c.one for c in cases(3, 20)]))
ACCENTS = str.maketrans("aeiou", "áêïòü")


@given(written, written)
def test_the_order_of_the_two_names_does_not_matter(one, other):
    here, there = compare(one, other), compare(other, one)
    assert (here.verdict, here.points) == (there.verdict, there.points)
    assert [b.evidence for b in here.because] == [b.evidence for b in there.because]


@given(people)
def test_a_name_is_its_own_match_in_any_case_and_with_any_accents(name):
    for other in (name, name.upper(), name.title(), name.translate(ACCENTS), f"  {name}. "):
        assert compare(name, other) == names.Comparison(MTCH, 100)


@given(people, people)
def test_case_and_accents_change_no_answer(one, other):
    assert compare(one, other) == compare(one.upper(), other.translate(ACCENTS))


@given(st.lists(words, min_size=2, max_size=5, unique_by=lambda w: SPELLING.get(w, w)), st.data())
def test_the_same_words_in_any_order_are_never_another_name(parts, data):
    other = data.draw(st.permutations(parts))
    found = compare(" ".join(parts), " ".join(other))
    assert found.verdict is not NMTC
    given_names = all(SPELLING.get(word, word) in names.SECOND for word in parts)
    assert found.verdict is MTCH or given_names


@given(written, written)
def test_the_answer_is_what_the_evidence_leaves(one, other):
    found = compare(one, other)
    taken = sum(because.points for because in found.because)
    assert found.points == max(100 - taken, 0)
    assert (found.verdict is MTCH) == (found.points >= names.MATCH_FROM)
    assert (found.verdict is NMTC) == (found.points < names.CLOSE_FROM)


def test_every_evidence_is_a_sentence_to_show_and_stands_in_the_table_once():
    listed = [weight.evidence for weight in names.WEIGHTS]
    assert len(listed) == len(set(listed))
    for weight in names.WEIGHTS:
        text = weight.evidence.__doc__ or ""
        assert text.endswith(".")
        assert "\n" not in text
        assert 0 <= weight.points <= weight.most <= 100


def test_the_explanation_names_what_was_seen():
    found = compare("Mohd Bilal Malik", "Muhammad Bilal Ahmed Malik")
    assert [(b.evidence, b.words) for b in found.because] == [
        ("word_left_out", ("ahmed",)),
        ("other_spelling", ("muhammad / mohd",)),
    ]
    assert found.because[0].text == "One name has a word that the other leaves out."


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("Ahmad bin Abdullah", "AHMAD B. ABDULLAH", MTCH),
        ("Ahmad bin Abdullah", "Ahmad Abdullah", MTCH),
        ("Ahmad bin Abdullah", "Abdullah bin Ahmad", NMTC),
        ("Ahmad bin Ali", "Aminah binti Ali", NMTC),
        ("Ain bin Ali", "Ain binti Ali", NMTC),
        ("Nur Aisyah binti Mohd Yusof", "Noor Aisha bt Muhammad Yusuf", MTCH),
        ("Nur Aisyah binti Mohd Yusof", "Nur Aisyah", CMTC),
        ("Nurul Huda binti Osman", "Huda Osman", CMTC),
        ("Siti binti Zainuddin", "Farah binti Zainuddin", NMTC),
        ("Tengku Amir bin Tengku Hassan", "Tunku Amir Hassan", CMTC),
        ("Haji Ahmad bin Ali", "Ahmad Ali", MTCH),
        ("Muthu a/l Raman", "Muthu s/o Raman", MTCH),
        ("Muthu a/l Raman", "R. Muthu", CMTC),
        ("Devi a/p Raman", "Muthu a/l Raman", NMTC),
        ("Tan Wei Ming", "Wei-Ming TAN", MTCH),
        ("Tan Wei Ming", "Tan Weiming", MTCH),
        ("Tan Wei Ming", "Tan Wei Meng", NMTC),
        ("Jason Tan Wei Ming", "Tan Wei Ming", CMTC),
        ("Muhammad Hussain Qureshi", "Mohd Husein Quraishi", MTCH),
        ("Muhammad Bilal Malik", "Bilal Malik", CMTC),
        ("Muhammad Bilal Malik", "M. Bilal Malik", CMTC),
        ("Muhammad Ali", "Muhammad Usman", NMTC),
        ("Salah-ud-Din Khan", "Salahuddin Khan", MTCH),
        ("Salah ud Din Khan", "Salahudeen Khan", MTCH),
        ("Habib ur Rehman", "Habiburrahman", MTCH),
        ("Abdul Rehman Butt", "Abdurrahman Butt", MTCH),
        ("Zia ul Haq", "Zia Haque", MTCH),
        ("Nasir Ahmed", "Naseer Ahmad", CMTC),
        ("Khalid Waheed", "Khalid Wahid", CMTC),
        ("Ali Raza", "Raza Ali", CMTC),
        ("Hamid Khan", "Hamida Khan", NMTC),
        ("Bilal Malik", "Malik", NMTC),
        ("Sana Qureshi", "Bilal Malik", NMTC),
        ("Jean-Pierre Martin", "Jean Pierre MARTIN", MTCH),
        ("Jean-Pierre Martin", "MARTIN Jean Pierre", MTCH),
        ("Jean-Pierre Martin", "J.-P. Martin", CMTC),
        ("Jean-Pierre Martin", "Jean Martin", CMTC),
        ("M. Jean Martin", "Jean Martin", MTCH),
        ("M. Jean Martin", "Mme Jean Martin", MTCH),
        ("Mr Jean Martin", "Mme Jean Martin", NMTC),
        ("Jean Martin", "Jeanne Martin", NMTC),
        ("François de la Tour", "Francois Delatour", MTCH),
        ("Hélène d'Arcy", "Helene D\N{RIGHT SINGLE QUOTATION MARK}ARCY", MTCH),
        ("Marie Dupont", "Marie DUPONT née Martin", MTCH),
        ("Marie Dupont-Martin", "Marie Dupont", CMTC),
        ("Jean Dupont", "Jean Dupond", CMTC),
        ("Jean Dupont", "Jena Dupont", NMTC),
        ("Contoh Maju Sdn Bhd", "CONTOH MAJU SDN. BHD.", MTCH),
        ("Contoh Maju Sdn Bhd", "Contoh Maju", MTCH),
        ("Contoh Maju Sdn Bhd", "Contoh Maju Berhad", CMTC),
        ("Contoh Maju Enterprise", "Contoh Maju", CMTC),
        ("Misaal Textiles (Pvt) Ltd", "Misaal Textiles Private Limited", MTCH),
        ("Misaal Textiles (Pvt) Ltd", "Misaal Motors (Pvt) Ltd", NMTC),
        ("Boulangerie Exemple SARL", "Boulangerie Exemple S.A.R.L.", MTCH),
        ("Boulangerie Exemple SARL", "Boulangerie Exemple SAS", CMTC),
        ("SARL Exemple & Fils", "Exemple et Fils", MTCH),
        ("", "Bilal Malik", NMTC),
        ("M.", "Bilal Malik", NMTC),
        ("", "", NMTC),
        ("بلال ملک", "Bilal Malik", NMTC),
        ("بلال ملک", "بلال ملک", MTCH),
    ],
)
def test_known_pairs(one, other, verdict):
    assert compare(one, other).verdict is verdict


def test_generated_people_are_told_apart_and_their_variants_found():
    """Figures of `cases`: nothing of another person's is a MTCH, nearly no variant is lost."""
    same: Counter[Verdict] = Counter()
    other: Counter[Verdict] = Counter()
    near: Counter[Verdict] = Counter()
    for case in cases(20260302, 60):
        found = compare(case.one, case.other).verdict
        (near if case.custom == "near" else same if case.same else other)[found] += 1
    assert other[MTCH] == near[MTCH] == 0
    assert same[NMTC] <= 0.005 * same.total()
    assert same[MTCH] >= 0.6 * same.total()
    assert other[CMTC] <= 0.002 * other.total()


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.integers(1, 2))
def test_edits_are_counted_as_far_as_they_matter(one, other, limit):
    assert edits(one, other, limit) == min(_slow(one, other), limit + 1)


def _slow(one: str, other: str) -> int:
    """The textbook count, with neighbours swapped as one edit."""
    far: dict[tuple[int, int], int] = {}
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            ways = [i + j] if not i or not j else []
            if i and j:
                ways += [far[i - 1, j] + 1, far[i, j - 1] + 1]
                ways.append(far[i - 1, j - 1] + (one[i - 1] != other[j - 1]))
                if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                    ways.append(far[i - 2, j - 2] + 1)
            far[i, j] = min(ways)
    return far[len(one), len(other)]


def test_accents_alone_make_no_difference_to_generated_people():
    picked = random.Random(1).sample(cases(5, 20), 200)
    assert all(compare(c.one, plain(c.one)).verdict is MTCH for c in picked if "née" not in c.one)
