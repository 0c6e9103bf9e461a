"""Whom a code of each scheme pays, as a payee check asks for it; pure."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import Struct

from qantara.errors import Reason, Refused
from qantara.money import IDR, KHR, MYR, PHP, SGD, THB, VND, Asset, Money
from qantara.payees import codes
from qantara.rails.qr.model import Account, Code, Kind, Labels, Scheme

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class There(Struct, frozen=True):
    currency: Asset


class Wallet(Struct, frozen=True):
    country: str
    asset: Asset
    corridors: dict[str, There]
    banks: dict[str, dict[str, str]]


WALLET = Wallet(
    "MY",
    MYR,
    {
        code: There(asset)
        for code, asset in (
            *(("TH", THB), ("SG", SGD), ("ID", IDR)),
            *(("PH", PHP), ("VN", VND), ("KH", KHR)),
        )
    },
    {
        "ID": {"93600999": "CILIIDJ0"},
        "PH": {"PASIPHM0XXX": "PASIPHM0"},
        "VN": {"970499": "HONGVNV0"},
    },
)
P = Scheme
PAID = [
    (P.PROMPTPAY, Kind.PHONE, "+66812345678", None, ("TH", "MBNO", None)),
    (P.PROMPTPAY, Kind.NATIONAL_ID, "1100100000001", None, ("TH", "NIDN", None)),
    (P.PROMPTPAY, Kind.WALLET, "004999000000001", None, ("TH", "EWAL", None)),
    (P.PROMPTPAY, Kind.BILLER, "099400000000001", None, ("TH", "BIID", None)),
    (P.PAYNOW, Kind.PHONE, "+6581234567", None, ("SG", "MBNO", None)),
    (P.PAYNOW, Kind.COMPANY, "202699999Z", None, ("SG", "CINC", None)),
    (P.PAYNOW, Kind.VIRTUAL, "X#Y", None, ("SG", "EWAL", None)),
    (P.QRIS, Kind.CARD, "936009990000000017", None, ("ID", "ACCT", "CILIIDJ0")),
    (P.QRIS, Kind.MERCHANT, "ID1099900000001", None, ("ID", "BIID", None)),
    (P.QRPH, Kind.ACCOUNT, "809900000017", "PASIPHM0XXX", ("PH", "ACCT", "PASIPHM0")),
    (P.QRPH, Kind.MERCHANT, "SHOP1", "PASIPHM0XXX", ("PH", "ACCT", "PASIPHM0")),
    (P.VIETQR, Kind.ACCOUNT, "704900000017", "970499", ("VN", "ACCT", "HONGVNV0")),
    (P.KHQR, Kind.WALLET, "haang@kumru", None, ("KH", "EWAL", None)),
]


def code(account: Account, **more: object) -> Code:
    return Code(account.scheme, (account,), **more)


@pytest.mark.parametrize(("scheme", "kind", "value", "acquirer", "asked"), PAID)
def test_a_code_is_asked_about_as_its_country_does(scheme, kind, value, acquirer, asked):
    account = Account(scheme, kind=kind, value=value, acquirer=acquirer)
    found = codes.scanned(WALLET, code(account), NOW)
    assert isinstance(found, codes.Scanned)
    assert (found.country, found.address_type, found.agent_bic) == asked
    assert found.address == value


UNPAID = [
    (Account(P.PROMPTPAY, kind=Kind.ACCOUNT, value="0041234567"), Reason.QR_UNREACHABLE),
    (Account(P.VIETQR, kind=Kind.CARD, value="97", acquirer="970499"), Reason.QR_UNREACHABLE),
    (Account(P.VIETQR, kind=Kind.ACCOUNT, value="1"), Reason.QR_UNREACHABLE),
    (
        Account(P.VIETQR, kind=Kind.ACCOUNT, value="1", acquirer="970400"),
        Reason.QR_BANK_UNKNOWN,
    ),
    (Account(P.QRIS, kind=Kind.CARD, value="9360"), Reason.QR_BANK_UNKNOWN),
    (Account(P.CARD, kind=Kind.MERCHANT, value="5555"), Reason.QR_UNREACHABLE),
]


@pytest.mark.parametrize(("account", "reason"), UNPAID)
def test_what_names_nobody_who_can_be_asked_is_refused(account, reason):
    found = codes.scanned(WALLET, code(account), NOW)
    assert isinstance(found, Refused)
    assert found.reason is reason


def test_the_first_account_of_the_scheme_that_can_be_asked_about_is_paid():
    bare = Account(P.QRIS, kind=None, value=None)
    named = Account(P.QRIS, kind=Kind.MERCHANT, value="ID1099900000001")
    found = codes.scanned(WALLET, Code(P.QRIS, (bare, named)), NOW)
    assert isinstance(found, codes.Scanned)
    assert found.address == "ID1099900000001"


def test_a_currency_in_which_its_country_does_not_settle_is_refused():
    bakong = Account(P.KHQR, kind=Kind.WALLET, value="haang@kumru")
    found = codes.scanned(WALLET, code(bakong, currency="USD"), NOW)
    assert isinstance(found, Refused)
    assert (found.reason, found.facts) == (Reason.QR_CURRENCY, {"asked": "USD", "paid": "KHR"})
    assert isinstance(codes.scanned(WALLET, code(bakong, currency="KHR"), NOW), codes.Scanned)


def test_a_country_nobody_sends_to_is_closed():
    home = Wallet("MY", MYR, {}, {})
    found = codes.scanned(home, code(Account(P.KHQR, kind=Kind.WALLET, value="a@b")), NOW)
    assert isinstance(found, Refused)
    assert found.reason is Reason.CORRIDOR_CLOSED


def test_a_bill_is_told_by_its_references_and_a_code_expires():
    bill = Account(P.PROMPTPAY, kind=Kind.BILLER, value="0", reference_1="A", reference_2="B")
    found = codes.scanned(WALLET, code(bill, amount=Money(5_00, THB)), NOW)
    assert isinstance(found, codes.Scanned)
    assert (found.text, found.amount) == ("A B", Money(5_00, THB))
    said = codes.scanned(WALLET, code(bill, labels=Labels(reference="***", bill="INV")), NOW)
    assert isinstance(said, codes.Scanned)
    assert said.text == "INV"
    late = codes.scanned(WALLET, code(bill, expires_at=NOW - timedelta(seconds=1)), NOW)
    assert isinstance(late, Refused)
    assert late.reason is Reason.QR_EXPIRED
