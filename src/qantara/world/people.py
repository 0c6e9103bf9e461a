"""Invented customers, the same for the same seed. Nobody here exists."""

import random
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from qantara import ids
from qantara.ids import AccountId, CustomerId
from qantara.money import EUR, MYR, PKR, Asset
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


@dataclass(frozen=True, slots=True)
class Land:
    """What invented people of a country are made of. `bank` and `branch` begin an IBAN; where
    they are empty an account is a plain number. `phone` is completed by the person's number;
    where it is empty nobody has one, and no directory of phone numbers exists.
    """

    currency: Asset
    given: tuple[str, ...]
    family: tuple[str, ...]
    towns: tuple[str, ...]
    street: str
    company: str
    registration: Identity
    phone: str = ""
    bank: str = ""
    branch: str = ""
    digits: int = 11


LANDS: dict[str, Land] = {
    "MY": Land(
        MYR,
        given=(
            *("Aisyah", "Hafiz", "Mei Ling", "Kavitha", "Farid", "Siti", "Wei Jian", "Arjun"),
            "Nurul",
        ),
        family=(
            *("binti Salleh", "bin Osman", "Tan", "a/p Raman", "bin Idris", "Lim"),
            "a/l Nathan",
        ),
        towns=("Kuala Lumpur", "Ipoh", "Melaka"),
        street="Jalan Contoh",
        phone="+6012{:07d}",
        company="Kilang Contoh Awan Sdn Bhd",
        registration=Identity(IdentityType.REGISTRATION, "202601009001"),
    ),
    "PK": Land(
        PKR,
        given=(
            *("Sana", "Bilal", "Ayesha", "Usman", "Hira", "Zain", "Mariam", "Hamza", "Noor"),
            "Imran",
        ),
        family=(
            *("Qureshi", "Chaudhry", "Malik", "Siddiqui", "Baig", "Rana", "Gilani", "Abbasi"),
            "Dar",
        ),
        towns=("Lahore", "Sialkot", "Multan"),
        street="Misaal Road",
        phone="+92300{:07d}",
        company="Misaal Textile Karkhana (Private) Limited",
        registration=Identity(IdentityType.REGISTRATION, "0009001"),
        bank="RAVI",
        digits=16,
    ),
    "FR": Land(
        EUR,
        given=(
            *("Camille", "Hugo", "Zoé", "Julien", "Amélie", "Karim", "Inès", "Théo", "Margaux"),
            "Jean-Luc",
        ),
        family=(
            *("Lefèvre", "Morel", "Garnier", "Benali", "de la Tour", "Carré", "Diallo"),
            *("d'Aubigny", "Roussel"),
        ),
        towns=("Paris", "Lyon", "Marseille"),
        street="rue de l'Exemple",
        company="Atelier Exemple du Pont SARL",
        registration=Identity(IdentityType.REGISTRATION, "EXEMPLE9001"),
        bank="99901",
        branch="00001",
    ),
}
_PHONES_FROM = 2_000_000


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
    land = LANDS[country]
    dice = random.Random(f"{seed}/{country}/{number}")  # noqa: S311 - invented people, not keys
    given, family = dice.choice(land.given), dice.choice(land.family)
    born = date(dice.randint(1965, 2002), dice.randint(1, 12), dice.randint(1, 28))
    identity = _identity(country, number, born, dice)
    return Customer(
        id=CustomerId(ids.derived("cus", str(seed), country, str(number))),
        kind=CustomerKind.PERSON,
        legal_name=f"{given} {family}",
        display_name=f"{given} {family}",
        country=country,
        address=Address(f"{number} {land.street}", dice.choice(land.towns)),
        identity=identity,
        born_on=born,
        phone=land.phone.format(_PHONES_FROM + number) or None,
    )


def _identity(country: str, number: int, born: date, dice: random.Random) -> Identity:
    if country == "MY":
        tail = f"{dice.randint(1, 14):02d}-{number % 10000:04d}"
        return Identity(IdentityType.NRIC, f"{born:%y%m%d}-{tail}")
    if country == "PK":
        digits = f"{dice.randint(1, 7)}5202-{number % 10**7:07d}-{dice.randint(1, 9)}"
        return Identity(IdentityType.CNIC, digits)
    return Identity(IdentityType.PASSPORT, f"{country}{dice.randint(10, 99)}EX{number:05d}")


def person(country: str, number: int, seed: int, opening: int, ceiling: int | None) -> Resident:
    """Resident number `number` of a country: name, papers, phone, account, opening balance."""
    customer = _person(country, number, seed)
    alias = NewAlias(
        AliasId(ids.derived("als", customer.id)),
        AliasType.MBNO,
        customer.phone or "",
        AccountId(ids.derived("acc", customer.id)),
    )
    account = _account(customer, number)
    return Resident(customer, account, alias if customer.phone else None, opening, ceiling)


def _account(customer: Customer, number: int) -> Account:
    account_id, land = AccountId(ids.derived("acc", customer.id)), LANDS[customer.country]
    if land.bank:
        digits = f"{number:0{land.digits}d}"
        made = parties.make_iban(customer.country, land.bank, digits, land.branch)
    else:
        made = f"7{number:011d}"
    return Account(
        id=account_id,
        customer_id=customer.id,
        country=customer.country,
        number=made,
        currency=land.currency,
        ledger_code=parties.ledger_code(account_id),
    )


def employer(country: str, seed: int, opening: int) -> Resident:
    """The generated company of a country that pays abroad; `send` signs in as one."""
    template, land = _person(country, 9001, seed), LANDS[country]
    customer = replace(
        template,
        kind=CustomerKind.COMPANY,
        legal_name=land.company,
        display_name=land.company,
        identity=land.registration,
        born_on=None,
        phone=None,
    )
    return Resident(customer, _account(customer, 9001), None, opening)
