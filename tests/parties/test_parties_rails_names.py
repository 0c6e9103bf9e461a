"""What of a name travels: made once, by a rule, and kept."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from moments import NOW
from qantara.errors import Conflict, Malformed, NotFound, Reason
from qantara.ids import CustomerId
from qantara.parties import flow, rules
from qantara.parties.model import Address, Customer, CustomerKind, CustomerState

HELENE = Customer(
    CustomerId("cus_helene"),
    CustomerKind.PERSON,
    "Hélène Françoise Noël-Œuvrard",
    "Hélène Noël",
    "FR",
    Address("8 rue de l’Église", "Évry"),
    born_on=date(1988, 5, 4),
)
BILAL = replace(
    HELENE,
    id=CustomerId("cus_bilal"),
    legal_name="بلال ملک",
    display_name="بلال ملک",
    address=Address("مال روڈ", "لاہور", "Mall Road", "Lahore"),
    rails_name="Bilal Malik",
)


@pytest.mark.parametrize(
    ("written", "travels"),
    [
        ("Hélène Noël-Œuvrard", "Helene Noel-OEuvrard"),
        ("François d’Églantine", "Francois d'Eglantine"),
        ("Straße 5", "Strasse 5"),
        ("Siti  Nur\u00a0Aminah", "Siti Nur Aminah"),
        ("Łukasz Ødegård", "Lukasz Odegard"),
        ("Ḥamza Žižek", "Hamza Zizek"),
        ("بلال", None),
        ("Иван", None),
        ("", None),
    ],
)
def test_latin_letters_lose_their_marks_and_nothing_else_is_guessed(written, travels):
    assert rules.latin(written) == travels


@settings(deadline=None)
@given(st.text(max_size=60))
def test_what_travels_is_always_plain_and_stays_as_it_is(text):
    made = rules.latin(text)
    assert made is None or re.fullmatch(r"[!-~](?:[ -~]*[!-~])?", made)
    assert made is None or rules.latin(made) == made


def test_a_person_s_rails_name_is_made_at_registration_and_shown_masked():
    kept = rules.customer(HELENE, NOW.date())
    assert kept.legal_name == "Hélène Françoise Noël-Œuvrard"
    assert kept.rails_name == "Helene Francoise Noel-OEuvrard"
    assert (kept.address.rails_street, kept.address.rails_town) == ("8 rue de l'Eglise", "Evry")
    assert rules.shown_name(kept) == "HELENE N***"
    assert rules.customer(kept, NOW.date()) == kept


def test_a_name_in_another_script_needs_its_bearer_s_latin_form():
    kept = rules.customer(BILAL, NOW.date())
    assert (kept.rails_name, kept.address.rails_town) == ("Bilal Malik", "Lahore")
    assert rules.shown_name(kept) == "BILAL M****"
    for missing, param in (
        (replace(BILAL, rails_name=""), "rails_name"),
        (replace(BILAL, address=Address("Mall Road", "لاہور")), "rails_town"),
    ):
        with pytest.raises(Malformed) as told:
            rules.customer(missing, NOW.date())
        assert told.value.reason is Reason.FIELD_MISSING
        assert told.value.facts == {"param": param}


@pytest.mark.parametrize("form", ["Hélène", " Bilal", "x" * 141])
def test_a_given_form_must_be_able_to_travel(form):
    with pytest.raises(Malformed) as told:
        rules.customer(replace(BILAL, rails_name=form), NOW.date())
    assert told.value.reason is Reason.FIELD_INVALID


async def test_the_rails_name_is_kept_and_a_death_is_recorded_once(fresh_both):
    tx = await fresh_both("parties")
    async with tx.transaction():
        await flow.register_customers(tx, [HELENE, BILAL], NOW)
        again = await flow.register_customers(tx, [HELENE], NOW)
        assert again[0].rails_name == "Helene Francoise Noel-OEuvrard"
        for _ in range(2):
            died, unknown = await flow.record_deaths(tx, [HELENE.id, CustomerId("cus_none")])
            assert died.state is CustomerState.DECEASED
            assert isinstance(unknown, NotFound)
        found = await flow.customers(tx, [HELENE.id, BILAL.id])
        assert [each.state for each in found] == [CustomerState.DECEASED, CustomerState.ACTIVE]
        await flow.close_customers(tx, [BILAL.id])
        assert isinstance((await flow.record_deaths(tx, [BILAL.id]))[0], Conflict)
