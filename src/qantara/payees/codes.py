"""Whom a payment code pays: its scheme, its account and its bank, as a payee check asks for them.

A code says a bank by the number that its own country gave it; who that is stands in the
directory of banks that the node knows. A code of a system that is not reached from here is read
and told, and paid by nobody.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from qantara.errors import Reason, Refused
from qantara.money import Money
from qantara.rails.qr import flow as codes
from qantara.rails.qr.model import Account, Code, ConsumerCode, Kind, Labels, Scheme

RULE = "qr.reachable"
_ASKED = "***"
"""EMVCo: the payer is asked for it, so the code does not say it."""


class Payer(Protocol):
    """What must be known of the institution that pays. `banks` are those it knows: by country,
    their number there, and their BIC.
    """

    @property
    def country(self) -> str: ...
    @property
    def corridors(self) -> Mapping[str, object]: ...
    @property
    def banks(self) -> Mapping[str, Mapping[str, str]]: ...


class Scanned(Struct, frozen=True):
    """A code that can be paid from here. `address_type`, `address` and `agent_bic` are what a
    payee check asks about; `amount` is fixed by the payee where it is given; `text` is what the
    payee wants to read with the money.
    """

    scheme: Scheme
    country: str
    address_type: str
    address: str
    agent_bic: str
    name: str | None = None
    amount: Money | None = None
    text: str | None = None
    dynamic: bool = False
    expires_at: datetime | None = None


class _Account(Struct, frozen=True):
    country: str
    address_type: str
    address: str
    bank: str


def scanned(payer: Payer, code: Code | ConsumerCode, now: datetime) -> Scanned | Refused:
    """The payee of a code; refused where it cannot be paid from here, or no longer."""
    if isinstance(code, ConsumerCode):
        return _unreachable("consumer")
    paid = _paid(code)
    if paid is None:
        return _unreachable(code.scheme)
    if paid.country != payer.country and paid.country not in payer.corridors:
        return Refused(Reason.CORRIDOR_CLOSED, rule=RULE, facts={"country": paid.country})
    bic = payer.banks.get(paid.country, {}).get(paid.bank)
    if bic is None:
        return Refused(Reason.QR_BANK_UNKNOWN, rule=RULE, facts={"bank": paid.bank})
    return codes.expired(code, now) or Scanned(
        code.scheme,
        paid.country,
        paid.address_type,
        paid.address,
        bic,
        code.name,
        code.amount,
        _text(code.labels),
        bool(code.dynamic),
        code.expires_at,
    )


def _unreachable(scheme: str) -> Refused:
    return Refused(Reason.QR_UNREACHABLE, rule=RULE, facts={"scheme": scheme})


def _paid(code: Code) -> _Account | None:
    account, read = code.payee, _READ.get(code.scheme)
    return None if account is None or read is None else read(account)


def _duitnow(account: Account) -> _Account | None:
    """The acquirer gave the merchant its number."""
    if account.value is None or account.acquirer is None:
        return None
    return _Account("MY", "ACCT", account.value, account.acquirer)


_BANK_OF_IBAN = {"PK": slice(4, 8), "FR": slice(4, 9)}
"""Where a country's IBANs name the bank (SWIFT IBAN registry)."""


def _iban(account: Account) -> _Account | None:
    number = account.value
    if account.kind is not Kind.IBAN or number is None or number[:2] not in _BANK_OF_IBAN:
        return None
    country = number[:2]
    return _Account(country, "IBAN", number, number[_BANK_OF_IBAN[country]])


_READ: Mapping[Scheme, Callable[[Account], _Account | None]] = {
    Scheme.DUITNOW: _duitnow,
    Scheme.RAAST: _iban,
    Scheme.RAAST_MERCHANT: _iban,
    Scheme.EPC: _iban,
}
"""The schemes whose payment system is reached from here, and how each names an account."""


def _text(labels: Labels | None) -> str | None:
    """What tells the payee which bill is paid."""
    if labels is None:
        return None
    told = (labels.text, labels.reference, labels.bill)
    return next((each for each in told if each and each != _ASKED), None)
