"""What is missing, what can be opened, and what a simulated check says."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from moments import NOW
from qantara.errors import Malformed
from qantara.money import EUR, MYR, PKR
from qantara.onboarding import rules
from qantara.onboarding.model import (
    DOCUMENTS,
    LADDERS,
    Application,
    Document,
    Face,
    FaceCheck,
    Home,
    Outcome,
    Person,
    Said,
    Standing,
    State,
    Step,
    Terms,
)
from qantara.parties.model import IdentityType
from qantara.policy import flow as policy

BOOKS = policy.load(policy.EXAMPLE)
ASSETS = {"MY": MYR, "PK": PKR, "FR": EUR}
TERMS = Terms()
said = st.builds(
    Said,
    pin_hash=st.sampled_from(["", "x"]),
    person=st.sampled_from([None, Person("A", date(1990, 1, 1))]),
    home=st.sampled_from([None, Home("A", "B")]),
    document=st.sampled_from(
        [
            None,
            Document(IdentityType.CNIC, "1234567890123"),
            Document(IdentityType.CNIC, "1234567890123", "a" * 64),
        ]
    ),
    face=st.sampled_from([None, *Face]),
)


def node(country: str) -> SimpleNamespace:
    return SimpleNamespace(country=country, asset=ASSETS[country], rulebook=BOOKS, role="x")


def application(told: Said, held: str = "") -> Application:
    return Application("app", "+60", "en", State.FILLING, told, Outcome(), NOW, NOW, NOW, held=held)


@given(st.sampled_from(list(LADDERS)), said, st.data())
def test_a_tier_is_ready_when_nothing_is_missing_and_a_higher_one_asks_no_less(country, told, data):
    ladder = rules.rungs(node(country), TERMS, NOW.date())
    held = data.draw(st.sampled_from(["", *(each.tier.key for each in ladder)]))
    ways = rules.progress(application(told, held), ladder)
    for way in ways:
        lacks = rules.missing(told, way.rung.tier.needs)
        assert set(lacks) <= set(way.rung.tier.needs)
        assert (way.standing is Standing.OPEN) == (way.rung.rank <= rules.rank_of(ladder, held))
        if way.standing is Standing.READY:
            assert not lacks
        if way.standing is Standing.INCOMPLETE:
            assert lacks == way.missing
    needs = [set(each.tier.needs) for each in ladder]
    assert all(low <= high for low, high in pairwise(needs))


@pytest.mark.parametrize("country", LADDERS)
def test_every_figure_of_a_ladder_is_in_the_books_of_its_land(country):
    known = {"MY": "my.", "PK": "pk.", "FR": "eu."}[country]
    for tier in LADDERS[country]:
        wanted = [*([tier.ceiling] if tier.ceiling else []), *tier.figures]
        rung = next(
            each for each in rules.rungs(node(country), TERMS, NOW.date()) if each.tier is tier
        )
        assert [each.id for each in rung.figures] == wanted
        assert all(each.startswith(known) and each in BOOKS.value_ids for each in wanted)
        assert all(figure.citation and figure.confidence for figure in rung.figures)
        assert Step.PHONE in tier.needs
        assert Step.PIN in tier.needs


def test_ceilings_rise_with_the_ladder():
    for country in LADDERS:
        ladder = rules.rungs(node(country), TERMS, NOW.date())
        ceilings = [
            each.ceiling.minor if each.ceiling else None for each in ladder if each.available
        ]
        known = [each for each in ceilings if each is not None]
        assert known == sorted(known)
        assert None not in ceilings[: len(known)]


def test_a_tier_ends_with_the_law_that_stands_behind_it():
    def prepaid(on):
        return rules.rungs(node("FR"), TERMS, on)[0]

    assert str(prepaid(date(2027, 7, 9)).ceiling) == "150.00"
    assert not prepaid(date(2027, 7, 10)).available


@given(st.dates(date(1930, 1, 1), date(2026, 3, 1)), st.integers(1, 30))
def test_who_is_old_enough_is_so_from_the_birthday_on(born, years):
    terms = replace(TERMS, age_least_years=years)
    person = Person("A", born)
    try:
        birthday = born.replace(year=born.year + years)
    except ValueError:
        birthday = date(born.year + years, 3, 1)
    assert not rules.too_young(person, terms, birthday)
    assert rules.too_young(person, terms, birthday - timedelta(days=1))


@given(st.text("0123456789-", min_size=5, max_size=20))
def test_the_simulated_check_is_decided_by_how_a_number_ends(number):
    ending = number.replace("-", "")[-3:]
    expected = {"000": Face.FAILED, "001": Face.UNSURE}.get(ending, Face.PASSED)
    assert rules.looked(number) is expected


def test_another_document_asks_for_another_look():
    first, other = (Document(IdentityType.CNIC, f"35202-1234567-{n}") for n in (3, 4))
    told = rules.saved(rules.saved(Said(), first, "PK"), FaceCheck(), "PK")
    assert told.face is Face.PASSED
    assert rules.saved(told, replace(first, picture="a" * 64), "PK").face is Face.PASSED
    assert rules.saved(told, other, "PK").face is None


@pytest.mark.parametrize("country", DOCUMENTS)
@pytest.mark.parametrize("kind", IdentityType)
def test_each_land_takes_its_own_documents(country, kind):
    document = Document(kind, "900214-14-5678")
    if kind in DOCUMENTS[country]:
        assert rules.saved(Said(), document, country).document == document
    else:
        with pytest.raises(Malformed, match="identity_invalid"):
            rules.saved(Said(), document, country)


def test_time_is_that_of_the_application():
    told = replace(application(Said()), started_at=NOW - timedelta(days=3))
    ladder = rules.rungs(node("PK"), TERMS, NOW.date())
    facts = rules.facts(node("PK"), ladder[0].tier, told, NOW.date())
    assert facts.sender.onboarding_days == 3
    assert isinstance(told.started_at, datetime)
