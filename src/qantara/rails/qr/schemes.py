"""What each scheme puts into its merchant account template: data, with its source and how sure
it is. A row of low confidence refuses nothing for its form: what does not fit is kept as it is.

Sources. EMVCo: EMV QRCPS-MPM v1.1. DuitNow: DuitNow QR MPM v1.5 as PayNet's portal and public
compilations tell it. Raast merchant: ids 28 to 30 as reserved by the State Bank of Pakistan, and
one sample of 2023 that uses 27; 1LINK's sandbox puts a bank's number before the account.
PromptPay: Bank of Thailand, Thai QR Payment Standard. PayNow: ABS, SGQR specification. QRIS: Bank
Indonesia and ASPI. QR Ph: BSP and PPMI, samples. VietQR: NAPAS IBFT v1.5. KHQR: National Bank of
Cambodia, Bakong KHQR SDK.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from qantara.rails.qr.model import Account, Confidence, Kind, Scheme

Shape = Callable[[str], object]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Field(NamedTuple):
    """One object of a template: the attribute of `Account` it fills and the form it must have.

    `kind` is what a value is. What is not `plain` is told in other words than it is written:
    `words` translates codes, `prefix` is how a number begins in the code and with us, `inside`
    are objects one floor below, and `expires_at` belongs to the code.
    """

    attr: str
    shape: Shape
    kind: Kind | None = None
    plain: bool = True
    words: Mapping[str, Any] = NOTHING
    prefix: tuple[str, str] | None = None
    inside: Mapping[str, "Field"] = NOTHING


class Row(NamedTuple):
    """One template of a scheme. Without `guids` it is known by its country and id alone. `omits`
    are objects that EMVCo demands and the scheme's codes leave out.
    """

    scheme: Scheme
    templates: tuple[str, ...]
    guids: tuple[str, ...]
    country: str
    currencies: tuple[str, ...]
    fields: Mapping[str, Field]
    required: frozenset[str]
    confidence: Confidence
    omits: frozenset[str] = frozenset()


def _shape(pattern: str) -> Shape:
    return re.compile(pattern).fullmatch


def _upto(longest: int) -> Shape:
    return _shape(f".{{1,{longest}}}")


GUID_FIELD = Field("guid", _shape(".+"))
_BARE = frozenset({"52", "59", "60"})
_EDITABLE = {"1": True, "0": False}
_PAYNOW_KINDS = {
    "0": Kind.PHONE,
    "1": Kind.NATIONAL_ID,
    "2": Kind.COMPANY,
    "3": Kind.VIRTUAL,
}
_VIETQR_KINDS = {"QRIBFTTA": Kind.ACCOUNT, "QRIBFTTC": Kind.CARD, "QRPUSH": Kind.MERCHANT}
_CRITERIA = Field("criteria", _shape("UMI|UKE|UME|UBE|URE"))
_BAKONG = Field("value", _shape(r"[^@\s]{1,30}@[^@\s]{1,30}"), Kind.WALLET)
_PK_IBAN = Field("value", _shape(r"PK[0-9]{2}[A-Z]{4}[0-9A-Z]{16}"), Kind.IBAN, plain=False)
_VIETQR_PAYEE = {
    "00": Field("acquirer", _shape(r"[0-9]{6}")),
    "01": Field("value", _shape(r"[0-9A-Za-z]{1,19}")),
}

_ROWS: tuple[Row, ...] = (
    Row(
        Scheme.DUITNOW,
        ("26", "27"),
        ("A0000006150001",),
        "MY",
        ("MYR",),
        {
            "01": Field("acquirer", _shape(r"[0-9]{6}")),
            "02": Field("value", _upto(28), Kind.MERCHANT),
            "03": Field("label", _upto(99)),
            "04": Field("mobile", _upto(25)),
        },
        frozenset({"01", "02"}),
        Confidence.HIGH,
    ),
    Row(
        Scheme.RAAST_MERCHANT,
        ("28", "29", "30"),
        ("A000000736",),
        "PK",
        ("PKR",),
        {"01": _PK_IBAN},
        frozenset(),
        Confidence.LOW,
    ),
    Row(
        Scheme.RAAST_MERCHANT,
        ("28", "29", "30"),
        ("A000000736",),
        "PK",
        ("PKR",),
        {"01": Field("acquirer", _shape(r"[0-9]{6}")), "02": _PK_IBAN},
        frozenset(),
        Confidence.LOW,
    ),
    Row(
        Scheme.PROMPTPAY,
        ("29",),
        ("A000000677010111",),
        "TH",
        ("THB",),
        {
            "01": Field(
                "value", _shape(r"00[0-9]{11}"), Kind.PHONE, plain=False, prefix=("00", "+")
            ),
            "02": Field("value", _shape(r"[0-9]{13}"), Kind.NATIONAL_ID),
            "03": Field("value", _shape(r"[0-9]{15}"), Kind.WALLET),
            "04": Field("value", _shape(r"[0-9]{1,43}"), Kind.ACCOUNT),
        },
        frozenset(),
        Confidence.HIGH,
        _BARE,
    ),
    Row(
        Scheme.PROMPTPAY,
        ("30",),
        ("A000000677010112",),
        "TH",
        ("THB",),
        {
            "01": Field("value", _shape(r"[0-9]{15}"), Kind.BILLER),
            "02": Field("reference_1", _shape(r"[0-9A-Za-z]{1,20}")),
            "03": Field("reference_2", _shape(r"[0-9A-Za-z]{1,20}")),
        },
        frozenset({"01", "02"}),
        Confidence.HIGH,
        _BARE,
    ),
    Row(
        Scheme.PAYNOW,
        ("26",),
        ("SG.PAYNOW",),
        "SG",
        ("SGD",),
        {
            "01": Field("kind", _shape("[0-3]"), plain=False, words=_PAYNOW_KINDS),
            "02": Field("value", _upto(42)),
            "03": Field("editable", _shape("[01]"), plain=False, words=_EDITABLE),
            "04": Field("expires_at", _shape(r"[0-9]{8}|[0-9]{14}"), plain=False),
        },
        frozenset({"01", "02"}),
        Confidence.HIGH,
    ),
    Row(
        Scheme.QRIS,
        ("51",),
        ("ID.CO.QRIS.WWW",),
        "ID",
        ("IDR",),
        {"02": Field("value", _upto(15), Kind.MERCHANT), "03": _CRITERIA},
        frozenset({"02"}),
        Confidence.HIGH,
    ),
    Row(
        Scheme.QRIS,
        tuple(map(str, range(26, 46))),
        (),
        "ID",
        ("IDR",),
        {
            "01": Field("value", _shape(r"[0-9]{1,19}"), Kind.CARD),
            "02": Field("merchant", _upto(15)),
            "03": _CRITERIA,
        },
        frozenset(),
        Confidence.MEDIUM,
    ),
    Row(
        Scheme.QRPH,
        ("27",),
        ("com.p2pqrpay",),
        "PH",
        ("PHP",),
        {
            "01": Field("acquirer", _upto(11)),
            "02": Field("payment_type", _upto(25)),
            "04": Field("value", _upto(34), Kind.ACCOUNT),
            "05": Field("mobile", _upto(25)),
        },
        frozenset({"01", "04"}),
        Confidence.MEDIUM,
    ),
    Row(
        Scheme.QRPH,
        ("28",),
        ("ph.ppmi.p2m",),
        "PH",
        ("PHP",),
        {
            "01": Field("acquirer", _upto(11)),
            "02": Field("payment_type", _upto(25)),
            "03": Field("value", _upto(25), Kind.MERCHANT),
            "04": Field("merchant", _upto(34)),
        },
        frozenset({"01", "03"}),
        Confidence.MEDIUM,
    ),
    Row(
        Scheme.VIETQR,
        ("38",),
        ("A000000727",),
        "VN",
        ("VND",),
        {
            "01": Field("", _upto(99), plain=False, inside=_VIETQR_PAYEE),
            "02": Field(
                "kind", _shape("QRIBFTTA|QRIBFTTC|QRPUSH"), plain=False, words=_VIETQR_KINDS
            ),
        },
        frozenset({"01", "02"}),
        Confidence.HIGH,
        _BARE,
    ),
    Row(
        Scheme.KHQR,
        ("29",),
        (),
        "KH",
        ("KHR", "USD"),
        {
            "00": _BAKONG,
            "01": Field("label", _upto(32)),
            "02": Field("acquirer", _upto(32)),
        },
        frozenset({"00"}),
        Confidence.HIGH,
    ),
    Row(
        Scheme.KHQR,
        ("30",),
        (),
        "KH",
        ("KHR", "USD"),
        {
            "00": _BAKONG,
            "01": Field("merchant", _upto(32)),
            "02": Field("acquirer", _upto(32)),
        },
        frozenset({"00", "01", "02"}),
        Confidence.HIGH,
    ),
)
ROWS: tuple[Row, ...] = tuple(
    row if "00" in row.fields else row._replace(fields={"00": GUID_FIELD, **row.fields})
    for row in _ROWS
)
BY_GUID: dict[str, tuple[Row, ...]] = {
    guid.upper(): tuple(row for row in ROWS if guid in row.guids)
    for guid in {guid for row in ROWS for guid in row.guids}
}
BY_PLACE: dict[tuple[str | None, str], tuple[Row, ...]] = {
    (row.country, template): tuple(
        each for each in ROWS if each.scheme is row.scheme and template in each.templates
    )
    for row in ROWS
    if not row.guids or row.confidence is Confidence.LOW
    for template in row.templates
}
"""How templates are known whose identifier is the payee's, or nobody's yet."""
CARD_NETWORKS: dict[str, str] = {
    **dict.fromkeys(("02", "03"), "Visa"),
    **dict.fromkeys(("04", "05"), "Mastercard"),
    **dict.fromkeys(("09", "10"), "Discover"),
    **dict.fromkeys(("11", "12"), "Amex"),
    **dict.fromkeys(("13", "14"), "JCB"),
    **dict.fromkeys(("15", "16"), "UnionPay"),
}
"""EMV QRCPS-MPM v1.1, table 3.3; the other ids up to 25 are EMVCo's."""
CONFIDENCE: dict[Scheme, Confidence] = {
    Scheme.RAAST: Confidence.MEDIUM,
    Scheme.EPC: Confidence.HIGH,
    Scheme.CARD: Confidence.HIGH,
    Scheme.UNKNOWN: Confidence.LOW,
    **{row.scheme: row.confidence for row in ROWS},
}


def row_of(account: Account) -> Row | None:
    """The row an account is written by: of its scheme, the one that has room for what it says."""
    fitting = [row for row in ROWS if row.scheme is account.scheme]
    guid = (account.guid or "").upper()
    named = [row for row in fitting if guid and guid in map(str.upper, row.guids)]
    placed = [row for row in fitting if account.template in row.templates]
    for rows in (named, placed, fitting):
        for row in rows:
            if _has_room(row, account):
                return row
        if rows:
            return rows[-1]
    return None


def _has_room(row: Row, account: Account) -> bool:
    inside = [each for field in row.fields.values() for each in field.inside.values()]
    fields = [*row.fields.values(), *inside]
    kinds = {each.kind for each in fields if each.attr == "value" and each.kind}
    kinds |= {kind for each in fields if each.attr == "kind" for kind in each.words.values()}
    if account.kind is not None and account.kind not in kinds:
        return False
    said = {attr for attr in _TOLD_APART if getattr(account, attr) is not None}
    needed = {row.fields[name].attr for name in row.required} & _TOLD_APART
    return said <= {each.attr for each in fields} and needed <= said


_TOLD_APART = frozenset(
    {"acquirer", "merchant", "label", "mobile", "criteria", "reference_1", "reference_2"}
)
"""By what an account says, the templates of one scheme differ."""
