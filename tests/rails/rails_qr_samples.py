"""Payment codes for tests: vectors with accounts nobody has, and every code the model allows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from msgspec.structs import replace

from qantara.money import EUR, PKR, Money
from qantara.rails.qr.currencies import BY_CODE
from qantara.rails.qr.iban import LENGTHS
from qantara.rails.qr.model import (
    Account,
    Application,
    Code,
    ConsumerCode,
    Element,
    Kind,
    Labels,
    Language,
    Scheme,
    Tip,
    TipKind,
)
from qantara.rails.qr.tlv import crc

PAKISTANI, FRENCH = "PK33ABCD0000000000000000", "FR7630006000011234567890189"
RAAST_STATIC = "0002020102110202000424PK33ABCD00000000000000001004BA20"
RAAST_DYNAMIC = "0002020102120202000424PK33ABCD000000000000000005075000.50071231122026183010041E4C"
DUITNOW = (
    "00020201021126410014A000000615000101065016640209123456789"
    "520499995303458540510.005802MY5909QRCSDNBHD6005BANGI6304343F"
)
DUITNOW_PERSON = (
    "00020201021126410014A000000615000101065016640209123456789"
    "520400005303458540510.005802MY5909AUSERNAME6005BANGI63043A23"
)
EMVCO = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678"
    "520441115802CN5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.72"
    "53031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708"
    "123456786304A13A"
)
EPC = f"BCD\n002\n1\nSCT\n\nÉpicerie du Pont\n{FRENCH}\nEUR12.3\n\n\nFacture 7"
CONSUMER = (
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8g"
    "DkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="
)
"""The sample of EMV QRCPS-CPM v1.1."""


def sealed(body: str) -> str:
    """Objects with a checksum that agrees."""
    return f"{body}6304{crc(body + '6304')}"


GOLDEN = {
    "duitnow": DUITNOW,
    "duitnow_person": DUITNOW_PERSON,
    "raast": RAAST_DYNAMIC,
    "raast_static": RAAST_STATIC,
    "emvco": EMVCO,
    "epc": EPC,
    "consumer": CONSUMER,
    "raast_merchant": sealed(
        "0002010102112742" + "0010A000000736" + f"0124{PAKISTANI}"
        "5204541153035865802PK5905DUKAN6006LAHORE"
    ),
    "raast_merchant_bank": sealed(
        "0002010102122852" + "0010A000000736" + "0106435345" + f"0224{PAKISTANI}"
        "52045411530358654031005802PK5905DUKAN6006LAHORE"
    ),
    "promptpay": sealed("00020101021129370016A000000677010111011300668123456785802TH5303764"),
    "promptpay_bill": sealed(
        "00020101021230570016A0000006770101120115099400000000001"
        "0206REF0010304REF25303764540510.005802TH"
    ),
    "paynow": sealed(
        "00020101021226550009SG.PAYNOW010120210202612345A03010" + "0414" + "20311231235959"
        "5204000053037025404" + "0.99" + "5802SG5907EXAMPLE6009Singapore6207" + "0103INV"
    ),
    "qris": sealed(
        "00020101021126520015COM.EXAMPLE.WWW0118936000000000000001" + "0207M000001"
        "51440014ID.CO.QRIS.WWW0215ID10000000000010303UMI"
        "5204541153033605802ID5905WARUN6007JAKARTA610512345"
    ),
    "qrph": sealed(
        "00020101021127590012com.p2pqrpay0111EXMPPHM2XXX020899964403" + "0412000000000123"
        "5204601653036085802PH5904JUAN6006MANILA"
    ),
    "qrph_merchant": sealed(
        "00020101021228630011ph.ppmi.p2m0111EXMPPHM2XXX0308SHOP0001" + "041000000012340503000"
        "5204541153036085802PH5904TIND6006MANILA"
    ),
    "vietqr": sealed(
        "00020101021238560010A0000007270126000697040001120000000001230208QRIBFTTA"
        "5303704540612000" + "05802VN6208" + "0804food"
    ),
    "khqr": sealed(
        "00020101021229180014shop@examplekh5204599953031165802KH5904SHOP6010Phnom Penh"
        "99340013177278720000001131893" + "456000000"
    ),
    "khqr_merchant": sealed(
        "00020101021230420014shop@examplekh010812345678" + "0208EXAMPLEB"
        "52045999530384054041.505802KH5904SHOP6010Phnom Penh"
    ),
    "card": sealed("00020101021104155555000000000015204541153037025802SG5903ABC6003XYZ"),
}


def plain(code):
    """Without how it was written."""
    return replace(code, kept=())


_letters = "".join(map(chr, range(0x21, 0x7F)))
_names = _letters + "دکان کی北京éşŁ "


def words(longest: int, letters: str = _letters) -> st.SearchStrategy[str]:
    return st.text(letters, min_size=1, max_size=longest)


def maybe(strategy):
    return st.none() | strategy


def digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most)


_ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@st.composite
def ibans(draw, country: str | None = None) -> str:
    country = country or draw(st.sampled_from(sorted(LENGTHS)))
    bban = draw(st.text(_ALNUM, min_size=LENGTHS[country] - 4, max_size=LENGTHS[country] - 4))
    if country == "PK":
        bban = "ABCD" + bban[4:]
    number = "".join(str(int(each, 36)) for each in bban + country + "00")
    return f"{country}{98 - int(number) % 97:02}{bban}"


moments = st.integers(0, 10**9).map(
    lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
)


ACCOUNTS: dict[str, st.SearchStrategy[Account]] = {
    "MY MYR": st.builds(
        Account,
        st.just(Scheme.DUITNOW),
        kind=st.just(Kind.MERCHANT),
        value=words(28),
        acquirer=digits(6, 6),
        label=maybe(words(9)),
    ),
    "PK PKR": st.builds(
        Account,
        st.just(Scheme.RAAST_MERCHANT),
        kind=st.just(Kind.IBAN),
        value=ibans("PK"),
        acquirer=maybe(digits(6, 6)),
    ),
    "TH THB": st.one_of(
        st.builds(
            Account,
            st.just(Scheme.PROMPTPAY),
            kind=st.just(Kind.PHONE),
            value=digits(9, 9).map(lambda each: f"+66{each}"),
        ),
        st.builds(
            Account,
            st.just(Scheme.PROMPTPAY),
            kind=st.just(Kind.NATIONAL_ID),
            value=digits(13, 13),
        ),
        st.builds(
            Account,
            st.just(Scheme.PROMPTPAY),
            kind=st.just(Kind.BILLER),
            value=digits(15, 15),
            reference_1=words(20, _ALNUM),
            reference_2=maybe(words(20, _ALNUM)),
        ),
    ),
    "SG SGD": st.builds(
        Account,
        st.just(Scheme.PAYNOW),
        kind=st.sampled_from([Kind.PHONE, Kind.COMPANY, Kind.NATIONAL_ID, Kind.VIRTUAL]),
        value=words(20),
        editable=maybe(st.booleans()),
    ),
    "ID IDR": st.builds(
        Account,
        st.just(Scheme.QRIS),
        kind=st.just(Kind.MERCHANT),
        value=words(15),
        criteria=maybe(st.sampled_from(["UMI", "URE"])),
    ),
    "PH PHP": st.builds(
        Account,
        st.just(Scheme.QRPH),
        kind=st.sampled_from([Kind.ACCOUNT, Kind.MERCHANT]),
        value=words(20),
        acquirer=words(11),
    ),
    "VN VND": st.builds(
        Account,
        st.just(Scheme.VIETQR),
        kind=st.sampled_from([Kind.ACCOUNT, Kind.CARD, Kind.MERCHANT]),
        value=words(19, _ALNUM),
        acquirer=digits(6, 6),
    ),
    "KH KHR": st.builds(
        Account,
        st.just(Scheme.KHQR),
        kind=st.just(Kind.WALLET),
        value=words(9, "abc").map(lambda each: f"{each}@bank"),
        merchant=maybe(words(9)),
        acquirer=words(9),
    ),
}
"""By country and currency, of every scheme on EMVCo."""
labels = st.builds(
    Labels,
    bill=maybe(words(25)),
    reference=maybe(words(25, _names)),
    customer=maybe(st.just("***")),
    data_request=maybe(st.sampled_from(["A", "ME", "AME"])),
    channel=maybe(words(3, _ALNUM).filter(lambda each: len(each) == 3)),
).filter(lambda each: each != Labels())
languages = st.builds(
    Language, st.sampled_from(["ur", "ZH"]), words(25, _names), maybe(words(15, _names))
)


@st.composite
def merchant_codes(draw) -> Code:
    place = draw(st.sampled_from(sorted(ACCOUNTS)))
    country, currency = place.split()
    account = draw(ACCOUNTS[place])
    asset = BY_CODE[currency]
    money = st.integers(1, 10**9).map(lambda minor: Money(minor, asset))
    tips = st.one_of(
        st.just(Tip(TipKind.ASKED)),
        money.map(lambda each: Tip(TipKind.FIXED, each)),
        st.integers(1, 9999).map(lambda n: Tip(TipKind.PERCENT, percent=Decimal(n).scaleb(-2))),
    )
    times = moments if account.scheme in {Scheme.PAYNOW, Scheme.KHQR} else st.none()
    return Code(
        account.scheme,
        (account,),
        draw(words(25, _names)),
        draw(words(15, _names)),
        country,
        draw(maybe(words(10))),
        draw(digits(4, 4)),
        currency,
        draw(maybe(money)),
        draw(maybe(st.booleans())),
        draw(maybe(tips)),
        draw(maybe(labels)),
        draw(maybe(languages)),
        draw(maybe(times)),
        draw(st.sampled_from(["01", "02"])),
    )


@st.composite
def raast_codes(draw) -> Code:
    amount = draw(maybe(st.integers(1, 10**9 - 1).map(lambda minor: Money(minor, PKR))))
    expires = moments.map(lambda each: each.replace(second=0))
    return Code(
        Scheme.RAAST,
        (Account(Scheme.RAAST, kind=Kind.IBAN, value=draw(ibans("PK"))),),
        country="PK",
        currency="PKR",
        amount=amount,
        dynamic=draw(st.booleans()),
        expires_at=draw(expires if amount else maybe(expires)),
        version="02",
    )


@st.composite
def epc_codes(draw) -> Code:
    iban = draw(ibans())
    free = draw(st.booleans())
    said = Labels(
        purpose=draw(maybe(words(4, _ALNUM))),
        reference=draw(st.sampled_from([None, "RF18539007547034"])) if not free else None,
        text=draw(maybe(words(60))) if free else None,
        note=draw(maybe(words(40))),
    )
    bic = draw(maybe(st.sampled_from(["EXMPFRP0", "EXMPFRP0XXX"])))
    return Code(
        Scheme.EPC,
        (Account(Scheme.EPC, kind=Kind.IBAN, value=iban, acquirer=bic),),
        name=draw(words(40, _letters + "éèç")),
        country=iban[:2],
        currency="EUR",
        amount=draw(maybe(st.integers(1, 10**11 - 1).map(lambda minor: Money(minor, EUR)))),
        labels=said if said != Labels() else None,
        version=draw(st.sampled_from(["001", "002"])) if bic else "002",
        charset=draw(st.sampled_from(["1", "2", "8"])),
    )


_tags = st.sampled_from(["9F10", "9F26", "9F36", "DF72"])
elements = st.builds(Element, _tags, st.binary(min_size=1, max_size=20))
_unique = st.lists(elements, max_size=3, unique_by=lambda each: each.tag).map(tuple)
applications = st.builds(
    Application,
    adf_name=st.binary(min_size=5, max_size=16).map(lambda raw: raw.hex().upper()),
    label=maybe(words(16)),
    pan=maybe(digits(16, 16)),
    cardholder=maybe(words(20).filter(lambda each: len(each) > 1)),
    last_digits=maybe(digits(4, 4)),
    transparent=_unique,
    rest=_unique,
)


def _says_more(application: Application) -> bool:
    return application != Application()


consumer_codes = st.builds(
    ConsumerCode,
    st.lists(applications, min_size=1, max_size=2).map(tuple),
    maybe(applications.map(lambda each: replace(each, adf_name=None)).filter(_says_more)),
)
