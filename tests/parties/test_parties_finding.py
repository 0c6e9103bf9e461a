"""Customers are found by any word of any name, in any script, on both versions of the server."""

from datetime import date

from moments import NOW
from qantara.ids import CustomerId
from qantara.parties import flow
from qantara.parties.model import Address, Customer, CustomerKind


def person(key, name, rails_name=""):
    return Customer(
        CustomerId(f"cus_{key}"),
        CustomerKind.PERSON,
        name,
        name,
        "PK",
        Address("1 Contoh", "Lahore", "1 Contoh", "Lahore"),
        None,
        date(1990, 1, 1),
        rails_name=rails_name,
    )


async def test_words_find_names_in_every_script(fresh_both):
    tx = await fresh_both("parties")
    people = [
        person("a", "Aisyah binti Karim"),
        person("b", "عمران قریشی", "Imran Qureshi"),
        person("c", "Jean-Noël d'Example"),
    ]
    await flow.register_customers(tx, people, NOW)
    cases = {
        "karim": ["cus_a"],
        "KAR ais": ["cus_a"],
        "عمران": ["cus_b"],
        "qures": ["cus_b"],
        "noël": ["cus_c"],
        "a": ["cus_a"],
        "'": [],
        "karim imran": [],
        "& | ! :*": [],
    }
    for text, expected in cases.items():
        assert await flow.customers_named(tx, text, None, 9) == expected, text
    newest = await flow.customers_newest(tx, None, 2)
    assert newest == ["cus_c", "cus_b"]
    assert await flow.customers_newest(tx, "cus_b", 2) == ["cus_a"]
