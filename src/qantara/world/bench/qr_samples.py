"""Codes of every scheme for the measurement: invented payees, many of each, no two alike."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from qantara.money import EUR, MYR, PKR, Asset, Money
from qantara.rails.qr import flow as codes
from qantara.rails.qr.currencies import BY_CODE
from qantara.rails.qr.model import Account, Code, Kind, Labels, Language, Scheme, Tip, TipKind

EACH = 200
_UNTIL = datetime(2031, 12, 31, 12, 0, tzinfo=UTC)
_PAKISTANI, _FRENCH = "PK33ABCD0000000000000000", "FR7630006000011234567890189"


def texts() -> list[str]:
    """The kinds in turn, so that no branch is learned by heart."""
    return [codes.encode(code) for number in range(EACH) for code in _codes(number)]


def _codes(number: int) -> Iterator[Code]:
    named: dict[str, Any] = {"name": f"KEDAI {number:04}", "city": "IPOH"}
    labels = Labels(bill=f"INV{number:06}", reference=f"R{number:08}", terminal="T1")
    shop = Account(Scheme.DUITNOW, kind=Kind.MERCHANT, value=f"M{number:07}", acquirer="501664")
    yield _paid(shop, "MY", MYR, number, labels=labels, **named)
    yield Code(
        Scheme.RAAST,
        (Account(Scheme.RAAST, kind=Kind.IBAN, value=_PAKISTANI),),
        country="PK",
        currency="PKR",
        amount=Money(100 + number, PKR),
        dynamic=True,
        expires_at=_UNTIL,
    )
    raast = Account(Scheme.RAAST_MERCHANT, kind=Kind.IBAN, value=_PAKISTANI)
    yield _paid(raast, "PK", PKR, number, **named)
    phone = Account(Scheme.PROMPTPAY, kind=Kind.PHONE, value=f"+66{810000000 + number}")
    yield _paid(phone, "TH", BY_CODE["THB"], number, category=None)
    paynow = Account(Scheme.PAYNOW, kind=Kind.COMPANY, value=f"2026{number:05}A", editable=False)
    yield _paid(paynow, "SG", BY_CODE["SGD"], number, expires_at=_UNTIL, labels=labels, **named)
    nmid = Account(Scheme.QRIS, kind=Kind.MERCHANT, value=f"ID{number:013}", criteria="UMI")
    yield _paid(
        nmid, "ID", BY_CODE["IDR"], number, postcode="12345", tip=Tip(TipKind.ASKED), **named
    )
    account = Account(Scheme.QRPH, kind=Kind.ACCOUNT, value=f"{number:012}", acquirer="EXMPPHM2XXX")
    yield _paid(account, "PH", BY_CODE["PHP"], number, **named)
    vietqr = Account(Scheme.VIETQR, kind=Kind.ACCOUNT, value=f"{number:012}", acquirer="970400")
    yield _paid(vietqr, "VN", BY_CODE["VND"], number, category=None, labels=labels)
    bakong = Account(Scheme.KHQR, kind=Kind.WALLET, value=f"shop{number}@exmp")
    khmer = Language("km", "ហាង", "ភ្នំពេញ")
    yield _paid(bakong, "KH", BY_CODE["KHR"], number, language=khmer, **named)
    yield Code(
        Scheme.EPC,
        (Account(Scheme.EPC, kind=Kind.IBAN, value=_FRENCH),),
        name=f"Épicerie {number}",
        country="FR",
        currency="EUR",
        amount=Money(100 + number, EUR),
        labels=Labels(text=f"Facture {number}"),
        charset="1",
        version="002",
    )


def _paid(account: Account, country: str, asset: Asset, number: int, **more: Any) -> Code:
    made: dict[str, Any] = {
        "category": "5411",
        "dynamic": True,
        "currency": asset.code,
        "country": country,
    }
    amount = Money(100 + number, asset)
    return Code(account.scheme, (account,), amount=amount, **(made | more))
