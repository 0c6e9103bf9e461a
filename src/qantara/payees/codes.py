"""Whom a payment code pays: its scheme, its account and its bank, as a payee check asks for them.

A code says a bank by the number that its own country gave it; who that is stands in the
directory of banks that the node knows. A code that says an alias names no bank: the proxy
directory of its country says whose it is. A code of a system that is not reached from here is
read and told, and paid by nobody.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from msgspec import Struct

from qantara.errors import Reason, Refused
from qantara.money import Asset, Money
from qantara.rails.qr import flow as codes
from qantara.rails.qr.model import Account, Code, ConsumerCode, Kind, Labels, Scheme

RULE = "qr.reachable"
_ASKED = "***"
"""EMVCo: the payer is asked for it, so the code does not say it."""


class Destination(Protocol):
    """A country that is reached, by the currency in which it is paid."""

    @property
    def currency(self) -> Asset: ...


class Payer(Protocol):
    """What must be known of the institution that pays. `banks` are those it knows: by country,
    their number there, and their BIC.
    """

    @property
    def country(self) -> str: ...
    @property
    def asset(self) -> Asset: ...
    @property
    def corridors(self) -> Mapping[str, Destination]: ...
    @property
    def banks(self) -> Mapping[str, Mapping[str, str]]: ...


class Scanned(Struct, frozen=True):
    """A code that can be paid from here. `address_type`, `address` and `agent_bic` are what a
    payee check asks about, without a bank where a directory finds it; `amount` is fixed by the
    payee where it is given; `text` is what the payee wants to read with the money.
    """

    scheme: Scheme
    country: str
    address_type: str
    address: str
    agent_bic: str | None
    name: str | None = None
    amount: Money | None = None
    text: str | None = None
    dynamic: bool = False
    expires_at: datetime | None = None


class _Paid(Struct, frozen=True):
    """`bank` is its number in its country; None where the address is an alias."""

    country: str
    address_type: str
    address: str
    bank: str | None
    text: str | None = None


def scanned(payer: Payer, code: Code | ConsumerCode, now: datetime) -> Scanned | Refused:
    """The payee of a code; refused where it cannot be paid from here, or no longer."""
    if isinstance(code, ConsumerCode):
        return _unreachable("consumer")
    paid = _paid(code)
    if paid is None:
        return _unreachable(code.scheme)
    refused = _closed(payer, paid.country, code.currency)
    if refused is not None:
        return refused
    bic = None if paid.bank is None else payer.banks.get(paid.country, {}).get(paid.bank)
    if bic is None and paid.bank is not None:
        return Refused(Reason.QR_BANK_UNKNOWN, rule=RULE, facts={"bank": paid.bank})
    return codes.expired(code, now) or Scanned(
        code.scheme,
        paid.country,
        paid.address_type,
        paid.address,
        bic,
        code.name,
        code.amount,
        _text(code.labels) or paid.text,
        bool(code.dynamic),
        code.expires_at,
    )


def _unreachable(scheme: str) -> Refused:
    return Refused(Reason.QR_UNREACHABLE, rule=RULE, facts={"scheme": scheme})


def _closed(payer: Payer, country: str, currency: str | None) -> Refused | None:
    """Why nothing goes there, or not in the code's currency: a code may ask for one in which its
    country's system does not settle.
    """
    if country != payer.country and country not in payer.corridors:
        return Refused(Reason.CORRIDOR_CLOSED, rule=RULE, facts={"country": country})
    ours = payer.asset if country == payer.country else payer.corridors[country].currency
    if currency in {None, ours.code}:
        return None
    return Refused(Reason.QR_CURRENCY, rule=RULE, facts={"asked": currency, "paid": ours.code})


def _paid(code: Code) -> _Paid | None:
    """The first account of the code's scheme that can be asked about."""
    found = (_account(each) for each in code.accounts if each.scheme is code.scheme)
    return next((each for each in found if each is not None), None)


class _Way(NamedTuple):
    """How accounts of one kind are asked about: in which country, as what, and where the code
    says the bank. Without that a directory finds it.
    """

    country: str
    address_type: str
    bank: Callable[[Account], str | None] | None = None


def _acquirer(account: Account) -> str | None:
    return account.acquirer


_PAN_BANK = slice(0, 8)


def _issuer(account: Account) -> str | None:
    """A merchant's card number begins with the national prefix 9360 and the acquirer's number."""
    return None if account.value is None else account.value[_PAN_BANK]


_WAYS: Mapping[tuple[Scheme, Kind], _Way] = {
    (Scheme.DUITNOW, Kind.MERCHANT): _Way("MY", "ACCT", _acquirer),
    (Scheme.PROMPTPAY, Kind.PHONE): _Way("TH", "MBNO"),
    (Scheme.PROMPTPAY, Kind.NATIONAL_ID): _Way("TH", "NIDN"),
    (Scheme.PROMPTPAY, Kind.WALLET): _Way("TH", "EWAL"),
    (Scheme.PROMPTPAY, Kind.BILLER): _Way("TH", "BIID"),
    (Scheme.PAYNOW, Kind.PHONE): _Way("SG", "MBNO"),
    (Scheme.PAYNOW, Kind.NATIONAL_ID): _Way("SG", "NIDN"),
    (Scheme.PAYNOW, Kind.COMPANY): _Way("SG", "CINC"),
    (Scheme.PAYNOW, Kind.VIRTUAL): _Way("SG", "EWAL"),
    (Scheme.QRIS, Kind.CARD): _Way("ID", "ACCT", _issuer),
    (Scheme.QRIS, Kind.MERCHANT): _Way("ID", "BIID"),
    (Scheme.QRPH, Kind.ACCOUNT): _Way("PH", "ACCT", _acquirer),
    (Scheme.QRPH, Kind.MERCHANT): _Way("PH", "ACCT", _acquirer),
    (Scheme.VIETQR, Kind.ACCOUNT): _Way("VN", "ACCT", _acquirer),
    (Scheme.KHQR, Kind.WALLET): _Way("KH", "EWAL"),
}
"""How each scheme names whom it pays. An acquirer gave its merchant the number, which is asked for
there as an account. ISO has a proxy code for a biller (BIID) and none for Indonesia's national
merchant id, which is asked for as one; PayNow's UEN is a registration number (CINC), a virtual
address and Bakong's account id are those of wallets (EWAL). What stands in no row, as a card of
VietQR, is paid by nobody.
"""
_BANK_OF_IBAN = {"PK": slice(4, 8), "FR": slice(4, 9)}
"""Where a country's IBANs name the bank (SWIFT IBAN registry)."""
_IBANS = frozenset({Scheme.RAAST, Scheme.RAAST_MERCHANT, Scheme.EPC})


def _account(account: Account) -> _Paid | None:
    if account.scheme in _IBANS:
        return _iban(account)
    way = None if account.kind is None else _WAYS.get((account.scheme, account.kind))
    if way is None or account.value is None:
        return None
    bank = None if way.bank is None else way.bank(account)
    if way.bank is not None and bank is None:
        return None
    told = " ".join(each for each in (account.reference_1, account.reference_2) if each)
    return _Paid(way.country, way.address_type, account.value, bank, told or None)


def _iban(account: Account) -> _Paid | None:
    number = account.value
    if account.kind is not Kind.IBAN or number is None or number[:2] not in _BANK_OF_IBAN:
        return None
    country = number[:2]
    return _Paid(country, "IBAN", number, number[_BANK_OF_IBAN[country]])


def _text(labels: Labels | None) -> str | None:
    """What tells the payee which bill is paid."""
    if labels is None:
        return None
    told = (labels.text, labels.reference, labels.bill)
    return next((each for each in told if each and each != _ASKED), None)
