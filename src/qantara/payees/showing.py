"""The code by which an account of ours is paid, in the scheme of its country."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from qantara.money import Money
from qantara.rails.qr.model import Account, Code, Kind, Labels, Scheme

_PERSON = "0000"
"""ISO 18245 has no category of merchants for a person: DuitNow writes this."""
_NAME, _CITY = 25, 15
"""Characters that EMVCo leaves for a name and a city (EMV QRCPS-MPM v1.1)."""


class Payee(Protocol):
    """What must be known of the institution whose account is paid. `bank` is its number in the
    account numbers and codes of its country.
    """

    @property
    def country(self) -> str: ...
    @property
    def bic(self) -> str: ...
    @property
    def bank(self) -> str: ...


class Wanted(Struct, frozen=True):
    """A code that a customer shows: `amount` and `expires_at` are for one payment, without them
    it can be paid often.
    """

    number: str
    name: str
    city: str
    currency: str
    amount: Money | None = None
    reference: str | None = None
    expires_at: datetime | None = None


def shown(payee: Payee, wanted: Wanted) -> Code:
    """The code; `rails.qr.flow` writes and draws it, and says what it cannot write."""
    return _MADE[payee.country](payee, wanted)


def _duitnow(payee: Payee, wanted: Wanted) -> Code:
    account = Account(Scheme.DUITNOW, "", Kind.MERCHANT, wanted.number, payee.bank)
    return Code(
        Scheme.DUITNOW,
        (account,),
        wanted.name[:_NAME].strip(),
        wanted.city[:_CITY].strip(),
        "MY",
        category=_PERSON,
        currency=wanted.currency,
        amount=wanted.amount,
        dynamic=wanted.amount is not None,
        labels=None if wanted.reference is None else Labels(reference=wanted.reference),
    )


def _raast(_payee: Payee, wanted: Wanted) -> Code:
    """A Raast code has no room for a name or a reference, and with an amount wants an expiry."""
    return Code(
        Scheme.RAAST,
        (Account(Scheme.RAAST, "", Kind.IBAN, wanted.number),),
        currency=wanted.currency,
        amount=wanted.amount,
        dynamic=wanted.amount is not None,
        expires_at=wanted.expires_at,
    )


def _epc(payee: Payee, wanted: Wanted) -> Code:
    return Code(
        Scheme.EPC,
        (Account(Scheme.EPC, "", Kind.IBAN, wanted.number, payee.bic),),
        wanted.name,
        currency=wanted.currency,
        amount=wanted.amount,
        labels=None if wanted.reference is None else Labels(text=wanted.reference),
    )


_MADE: Mapping[str, Callable[[Payee, Wanted], Code]] = {
    "MY": _duitnow,
    "PK": _raast,
    "FR": _epc,
}
