"""The world with six countries more: who is paid there by code, and the codes they show.

Merchants, their numbers and the codes are invented. A country has one whose code can be paid often
and one whose code is made for one payment, with an amount.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from qantara.host.role import Role
from qantara.money import IDR, KHR, PHP, SGD, THB, VND, Asset, Money
from qantara.rails.model import AccountRef, Party, Proxy
from qantara.rails.qr import flow as qr
from qantara.rails.qr.model import Account, Code, Kind, Labels, Scheme
from qantara.scheme.ips.model import Alias
from qantara.scheme.psp import flow as psp
from qantara.scheme.psp.model import Account as BankAccount
from qantara.scheme.psp.model import Funding

FILE = "abroad.toml"
NAME = "abroad"
"""The world's name."""
BANK_FUNDS = {
    "THB": 500_000_000_00,
    "SGD": 20_000_000_00,
    "IDR": 200_000_000_000_00,
    "PHP": 800_000_000_00,
    "VND": 300_000_000_000,
    "KHR": 50_000_000_000_00,
}
"""What each bank has at its payment system, and so what settlement access providers have too."""


class Merchant(NamedTuple):
    """`number` is its account at the country's bank; `paid` is how its code names it. `proxy` is
    the alias in the country's directory, where the code names one.
    """

    country: str
    name: str
    town: str
    number: str
    asset: Asset
    paid: Account
    proxy: Proxy | None = None
    amount: int | None = None
    reference: str | None = None

    @property
    def code(self) -> str:
        """The text of its code."""
        more: dict[str, Any] = {"category": "5411"} if self.paid.scheme not in _BARE else {}
        said = None if self.reference is None else Labels(reference=self.reference)
        return qr.encode(
            Code(
                self.paid.scheme,
                (self.paid,),
                name=self.name,
                city=self.town,
                country=self.country,
                currency=self.asset.code,
                amount=None if self.amount is None else Money(self.amount, self.asset),
                dynamic=self.amount is not None,
                labels=said,
                **more,
            )
        )


_BARE = frozenset({Scheme.PROMPTPAY, Scheme.VIETQR})
_TH, _SG, _ID = Scheme.PROMPTPAY, Scheme.PAYNOW, Scheme.QRIS
_PH, _VN, _KH = Scheme.QRPH, Scheme.VIETQR, Scheme.KHQR
_WALLET, _BILLER = "004999000000001", "099400000000001"
_UEN = "202699999Z"
_PAN, _NMID = "936009990000000017", "ID1099900000001"
MERCHANTS: tuple[Merchant, ...] = (
    Merchant(
        *("TH", "Ran Tuayang", "Bangkok", "4990000000000017", THB),
        Account(_TH, kind=Kind.WALLET, value=_WALLET),
        Proxy("EWAL", _WALLET),
    ),
    Merchant(
        *("TH", "Faifa Tuayang", "Chiang Mai", "4990000000000025", THB),
        Account(_TH, kind=Kind.BILLER, value=_BILLER, reference_1="CUST0042", reference_2="2611"),
        Proxy("BIID", _BILLER),
        amount=1_250_50,
    ),
    Merchant(
        *("SG", "Example Kopi", "Singapore", "6990000000000017", SGD),
        Account(_SG, kind=Kind.COMPANY, value=_UEN, editable=True),
        Proxy("CINC", _UEN),
    ),
    Merchant(
        *("ID", "Warung Contoh", "Jakarta", _PAN, IDR),
        Account(
            *(_ID, "26", Kind.CARD, _PAN),
            guid="ID.CO.CONTOH.WWW",
            criteria="UMI",
        ),
    ),
    Merchant(
        *("ID", "Toko Contoh", "Surabaya", "936009990000000025", IDR),
        Account(_ID, template="51", kind=Kind.MERCHANT, value=_NMID, criteria="UKE"),
        Proxy("BIID", _NMID),
        amount=50_000_00,
        reference="MEJA 4",
    ),
    Merchant(
        *("PH", "Tindahan Halimbawa", "Manila", "809900000017", PHP),
        Account(_PH, kind=Kind.ACCOUNT, value="809900000017", acquirer="PASIPHM0XXX"),
    ),
    Merchant(
        *("VN", "Cua Hang Vi Du", "Ha Noi", "704900000017", VND),
        Account(_VN, kind=Kind.ACCOUNT, value="704900000017", acquirer="970499"),
    ),
    Merchant(
        *("VN", "Pho Vi Du", "Hue", "704900000025", VND),
        Account(_VN, kind=Kind.ACCOUNT, value="704900000025", acquirer="970499"),
        amount=85_000,
        reference="BAN 7",
    ),
    Merchant(
        *("KH", "Haang Kumru", "Phnom Penh", "1169000000000017", KHR),
        Account(_KH, kind=Kind.WALLET, value="haang@kumru"),
        Proxy("EWAL", "haang@kumru"),
    ),
)


def of(country: str) -> Iterator[Merchant]:
    return (each for each in MERCHANTS if each.country == country)


async def open_bank(role: Role, own: Money) -> list[object]:
    """The bank's own money at its system, and its merchants' accounts; what came of each."""
    kept = [
        BankAccount(each.number, Party(each.name, each.country, each.town), iban=False)
        for each in of(role.spec.country)
    ]
    funded = await role.batcher.run(psp.fund, Funding("opening/own", own))
    return [funded, *await role.batcher.run_all(psp.open_accounts, kept)]


def aliases(role: Role) -> list[Alias]:
    """What the directory of this bank's country says of its merchants."""
    return [
        Alias(
            each.proxy,
            AccountRef(other=each.number),
            role.spec.bic,
            each.name,
            each.country,
            each.town,
        )
        for each in of(role.spec.country)
        if each.proxy is not None
    ]
