"""Raast person-to-person codes: data objects like EMVCo's with numbers of their own.

Source: codes of several independent generators and codes that banking apps read; the checksum is
confirmed by computing it. The State Bank has not published the page, so confidence is medium.

| id | what it says | form |
|---|---|---|
| 00 | payload format | 02 |
| 01 | static or dynamic | 11, 12 |
| 02 | scheme | 00 |
| 04 | IBAN | 24 |
| 05 | amount in rupees | up to 10 |
| 07 | expiry, mandatory with an amount | ddMMyyyyHHmm |
| 10 | checksum | 4 |
"""

import re
from collections.abc import Iterable
from datetime import datetime

from qantara.money import PKR
from qantara.rails.qr import values
from qantara.rails.qr.defects import Defect, Fault
from qantara.rails.qr.emvco import INITIATION
from qantara.rails.qr.iban import is_iban
from qantara.rails.qr.model import Account, Code, Kind, Scheme
from qantara.rails.qr.tlv import crc, join, merged, seen, split

VERSION = "02"
AMOUNT_LONGEST = 10
_CRC_HEAD = "1004"
_HEAD = "000202"
_SCHEME = "020200"
_CRC = re.compile("[0-9A-F]{4}").fullmatch
_EXPIRY = re.compile("[0-9]{12}").fullmatch
_KNOWN = frozenset({"00", "01", "02", "04", "05", "07"})
_MADE = {made: said for said, made in INITIATION.items()}


def is_raast(text: str) -> bool:
    """By its first objects or its last: EMVCo's 02 is a card and never two characters long."""
    if not text.startswith(_HEAD):
        return False
    return _SCHEME in (text[12:18], text[6:12]) or text[-8:-4] == _CRC_HEAD


def read(text: str) -> Code:
    found = split(text)
    name, told = found.popitem()
    if name != "10":
        missing = "10" not in found
        raise Fault(Defect.CRC_MISSING if missing else Defect.CRC_NOT_LAST, ("10",), len(text))
    if told != crc(text[:-4]):
        raise Fault(Defect.CRC_WRONG if _CRC(told) else Defect.CRC_FORMAT, ("10",))
    return facts(found, keep=True)


def facts(found: dict[str, str], *, keep: bool = False) -> Code:
    for name in ("00", "01", "02", "04"):
        if name not in found:
            raise Fault(Defect.MISSING, (name,), 0)
    if found["01"] not in INITIATION:
        raise Fault(Defect.INITIATION, ("01",))
    if found["00"] != VERSION:
        raise Fault(Defect.VERSION, ("00",))
    if found["02"] != "00":
        raise Fault(Defect.FIELD_FORMAT, ("02",))
    iban, amount = found["04"], found.get("05")
    if iban[:2] != "PK" or not is_iban(iban):
        raise Fault(Defect.IBAN, ("04",))
    expires_at = _expiry(found.get("07"))
    if amount is not None and expires_at is None:
        raise Fault(Defect.EXPIRY_MISSING, ("07",), 0)
    return Code(
        scheme=Scheme.RAAST,
        accounts=(Account(Scheme.RAAST, kind=Kind.IBAN, value=iban),),
        country="PK",
        currency=PKR.code,
        amount=None if amount is None else values.money(amount, PKR, ("05",), AMOUNT_LONGEST),
        dynamic=INITIATION[found["01"]],
        expires_at=expires_at,
        version=found["00"],
        rest=tuple([each for each in found.items() if each[0] not in _KNOWN]),
        kept=tuple(found.items()) if keep else (),
    )


def _expiry(text: str | None) -> datetime | None:
    if text is None:
        return None
    if not _EXPIRY(text):
        raise Fault(Defect.EXPIRY, ("07",))
    return values.raast_moment(text, ("07",))


def write(code: Code) -> str:
    found: Iterable[tuple[str, str]] = code.kept
    read = facts(dict(code.kept), keep=True) if code.kept else None
    if read != code:
        found = merged(code.kept, objects(read) if read else {}, objects(code))
    text = join(found) + _CRC_HEAD
    seen(text)
    return text + crc(text)


def objects(code: Code) -> dict[str, str]:
    """The objects without the checksum. What such a code has no room for is a fault."""
    payee = code.payee
    if payee is None or payee.kind is not Kind.IBAN or len(code.accounts) != 1:
        raise Fault(Defect.NO_ACCOUNT, ("04",), 0)
    if code.name or code.city or code.category or code.labels or code.tip or code.language:
        raise Fault(Defect.FIELD_FORMAT, ("",), 0)
    found = {"00": VERSION, "01": _MADE[bool(code.dynamic)], "02": "00", "04": payee.value or ""}
    if code.amount is not None:
        if code.amount.asset != PKR:
            raise Fault(Defect.CURRENCY_FOREIGN, ("05",), 0)
        found["05"] = str(code.amount)
    if code.expires_at is not None:
        found["07"] = values.raast_text(code.expires_at)
    return dict(sorted((found | dict(code.rest)).items()))
