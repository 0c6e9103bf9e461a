"""Institutions, customers, accounts and aliases."""

from datetime import date
from enum import StrEnum
from typing import NewType

from msgspec import Struct

from qantara.ids import AccountId, CustomerId
from qantara.money import Asset

AliasId = NewType("AliasId", str)


class Institution(Struct, frozen=True):
    """A licensed party of the world, addressed by its role name (`my`, `sap-pk`)."""

    role: str
    bic: str
    name: str
    country: str
    currency: Asset
    lei: str | None = None


class CustomerKind(StrEnum):
    PERSON = "person"
    COMPANY = "company"


class IdentityType(StrEnum):
    """Official identifiers we accept.

    The French NIR is left out on purpose: its use outside social security is restricted.
    """

    NRIC = "nric"
    CNIC = "cnic"
    PASSPORT = "passport"
    SIREN = "siren"
    REGISTRATION = "registration"
    LEI = "lei"


class Identity(Struct, frozen=True):
    type: IdentityType
    value: str


class Address(Struct, frozen=True):
    """Street and town in the customer's country: what FATF R.16 (2025) asks to travel.

    `rails_street` and `rails_town` are what travels (see `Customer.rails_name`).
    """

    street: str
    town: str
    rails_street: str = ""
    rails_town: str = ""


class CustomerState(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"
    DECEASED = "deceased"


class Customer(Struct, frozen=True):
    """A person or company that holds accounts here.

    `legal_name` is what screening and messages use; `display_name` is what other people may
    be shown. `country` is where the customer lives or is seated. `born_on` is empty for a
    company and required for a person.

    `rails_name` is the name as payments carry it, in the Latin letters that every rail takes.
    Registration makes it by `rules.latin` from a name in Latin letters; a name in another
    script needs it given, as its bearer writes it. It is kept, so nothing changes on leaving.
    """

    id: CustomerId
    kind: CustomerKind
    legal_name: str
    display_name: str
    country: str
    address: Address
    identity: Identity | None = None
    born_on: date | None = None
    phone: str | None = None
    email: str | None = None
    state: CustomerState = CustomerState.ACTIVE
    rails_name: str = ""


class AccountState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class AccountEvent(StrEnum):
    CLOSE = "close"


TRANSITIONS: dict[tuple[AccountState, AccountEvent], AccountState] = {
    (AccountState.OPEN, AccountEvent.CLOSE): AccountState.CLOSED,
}


class Account(Struct, frozen=True):
    """A customer's account: `number` is what the outside world addresses.

    `country` is where the account is kept and decides the shape of the number (an IBAN for
    PK and FR, plain digits for MY); `ledger_code` names its row in this institution's book.
    `stopped` is the holder's own switch: nothing is sent from it, what comes still arrives.
    """

    id: AccountId
    customer_id: CustomerId
    country: str
    number: str
    currency: Asset
    ledger_code: str
    state: AccountState = AccountState.OPEN
    stopped: bool = False


class AliasType(StrEnum):
    """Proxy types, coded as ISO 20022 external codes."""

    MBNO = "MBNO"
    NIDN = "NIDN"
    EMAL = "EMAL"
    CCPT = "CCPT"


class NewAlias(Struct, frozen=True):
    """A wish to be found under a value: a phone number, a national id, an e-mail address."""

    id: AliasId
    type: AliasType
    value: str
    account_id: AccountId


class Alias(Struct, frozen=True):
    """A claimed alias; `value` is normalised (a phone as E.164)."""

    id: AliasId
    type: AliasType
    value: str
    account_id: AccountId


class Holding(Struct, frozen=True):
    """An account together with whom it belongs to, and the name strangers may see.

    `shown_name` goes into acmt.024 `Acct/Nm`; `customer.legal_name` into `Pty/Nm`, for
    screening only.
    """

    account: Account
    customer: Customer
    shown_name: str
