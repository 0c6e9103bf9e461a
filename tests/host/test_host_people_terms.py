"""What the world's file may say about people who sign in and become customers."""

import pytest

from qantara.errors import Malformed
from qantara.host import people_terms
from qantara.host.config import RoleSpec


def role(**table) -> RoleSpec:
    common = {"country": "PK", "currency": "PKR"}
    return RoleSpec("pk", "institution", "RAVIPKK0", "Ravi", 8402, None, common | table)


def test_without_a_word_the_example_holds_and_the_own_port_is_the_origin():
    found = people_terms.credentials(role())
    assert (found.rp_id, found.origins) == ("localhost", ("http://localhost:8402",))
    assert found.step_up_new_payee
    assert people_terms.onboarding(role()).ceilings == {}


def test_what_is_said_holds():
    found = people_terms.credentials(
        role(
            credentials={
                "rp_id": "app.example",
                "origins": ["https://app.example"],
                "step_up_above": "250.00",
                "step_up_new_payee": False,
                "free_failures": 5,
            }
        )
    )
    assert (found.origins, found.step_up_above) == (("https://app.example",), 250_00)
    assert (found.step_up_new_payee, found.free_failures) == (False, 5)
    told = people_terms.onboarding(
        role(onboarding={"numbering": {"bank": "RAVI"}, "ceilings": {"bb_l0": "10.00"}})
    )
    assert (told.numbering.bank, told.ceilings) == ("RAVI", {"bb_l0": 1000})


@pytest.mark.parametrize(
    ("key", "table", "place"),
    [
        ("credentials", {"pin": 1}, "credentials.pin"),
        ("credentials", {"rp_id": 3}, "credentials.rp_id"),
        ("credentials", {"origins": []}, "credentials.origins"),
        ("credentials", {"origins": "https://x"}, "credentials.origins"),
        ("credentials", {"free_failures": 0}, "credentials.free_failures"),
        ("credentials", {"free_failures": True}, "credentials.free_failures"),
        ("credentials", {"step_up_above": "1"}, "credentials.step_up_above"),
        ("onboarding", {"ceilings": {"gold": "1.00"}}, "onboarding.ceilings.gold"),
        ("onboarding", {"ceilings": 3}, "onboarding.ceilings"),
        ("onboarding", {"numbering": {"iban": "x"}}, "onboarding.numbering.iban"),
        ("onboarding", {"age_least_years": "18"}, "onboarding.age_least_years"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(key, table, place):
    with pytest.raises(Malformed) as told:
        getattr(people_terms, key)(role(**{key: table}))
    assert told.value.facts["param"] == f"roles.pk.{place}"
