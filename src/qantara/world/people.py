"""Invented customers, the same for the same seed. Nobody here exists."""

import random
from dataclasses import dataclass, replace
from datetime import date

from qantara import ids
from qantara.ids import AccountId, CustomerId
from qantara.money import MYR, PKR, Asset
from qantara.parties import flow as parties
from qantara.parties.model import (
    Account,
    Address,
    AliasId,
    AliasType,
    Customer,
    CustomerKind,
    Identity,
    IdentityType,
    NewAlias,
)

_GIVEN = {
    "MY": ("Aisyah", "Hafiz", "Mei Ling", "Kavitha", "Farid", "Siti", "Wei Jian", "Arjun", "Nurul"),
    "PK": ("Sana", "Bilal", "Ayesha", "Usman", "Hira", "Zain", "Mariam", "Hamza", "Noor", "Imran"),
}
_FAMILY = {
    "MY": ("binti Salleh", "bin Osman", "Tan", "a/p Raman", "bin Idris", "Lim", "a/l Nathan"),
    "PK": ("Qureshi", "Chaudhry", "Malik", "Siddiqui", "Baig", "Rana", "Gilani", "Abbasi", "Dar"),
}
_TOWN = {"MY": ("Kuala Lumpur", "Ipoh", "Melaka"), "PK": ("Lahore", "Sialkot", "Multan")}
_STREET = {"MY": "Jalan Contoh", "PK": "Misaal Road"}
_BANK = {"PK": "RAVI"}
_CURRENCY = {"MY": MYR, "PK": PKR}


@dataclass(frozen=True, slots=True)
class Resident:
    """A customer with one account and, for a person, a phone alias; `opening` in minor units."""

    customer: Customer
    account: Account
    alias: NewAlias | None
    opening: int
    ceiling: int | None = None

    @property
    def name(self) -> str:
        return self.customer.display_name


def _person(country: str, number: int, seed: int) -> Customer:
    dice = random.Random(f"{seed}/{country}/{number}")  # noqa: S311 - invented people, not keys
    given, family = dice.choice(_GIVEN[country]), dice.choice(_FAMILY[country])
    born = date(dice.randint(1965, 2002), dice.randint(1, 12), dice.randint(1, 28))
    if country == "MY":
        tail = f"{dice.randint(1, 14):02d}-{number % 10000:04d}"
        identity = Identity(IdentityType.NRIC, f"{born:%y%m%d}-{tail}")
        phone = f"+6012{2000000 + number:07d}"
    else:
        identity = Identity(
            IdentityType.CNIC, f"{dice.randint(1, 7)}5202-{number % 10**7:07d}-{dice.randint(1, 9)}"
        )
        phone = f"+92300{2000000 + number:07d}"
    return Customer(
        id=CustomerId(ids.derived("cus", str(seed), country, str(number))),
        kind=CustomerKind.PERSON,
        legal_name=f"{given} {family}",
        display_name=f"{given} {family}",
        country=country,
        address=Address(f"{number} {_STREET[country]}", dice.choice(_TOWN[country])),
        identity=identity,
        born_on=born,
        phone=phone,
    )


def person(country: str, number: int, seed: int, opening: int, ceiling: int | None) -> Resident:
    """Resident number `number` of a country: name, papers, phone, account, opening balance."""
    customer = _person(country, number, seed)
    return Resident(
        customer,
        _account(customer, number, _CURRENCY[country]),
        NewAlias(
            AliasId(ids.derived("als", customer.id)),
            AliasType.MBNO,
            customer.phone or "",
            AccountId(ids.derived("acc", customer.id)),
        ),
        opening,
        ceiling,
    )


def _account(customer: Customer, number: int, currency: Asset) -> Account:
    account_id = AccountId(ids.derived("acc", customer.id))
    if customer.country in _BANK:
        made = parties.make_iban(customer.country, _BANK[customer.country], f"{number:016d}")
    else:
        made = f"7{number:011d}"
    return Account(
        id=account_id,
        customer_id=customer.id,
        country=customer.country,
        number=made,
        currency=currency,
        ledger_code=parties.ledger_code(account_id),
    )


def employer(country: str, seed: int, opening: int) -> Resident:
    """The generated company that pays wages abroad; `send` signs in as it."""
    template = _person(country, 9001, seed)
    customer = replace(
        template,
        kind=CustomerKind.COMPANY,
        legal_name="Kilang Contoh Awan Sdn Bhd",
        display_name="Kilang Contoh Awan Sdn Bhd",
        identity=Identity(IdentityType.REGISTRATION, "202601009001"),
        born_on=None,
        phone=None,
    )
    return Resident(customer, _account(customer, 9001, _CURRENCY[country]), None, opening)
