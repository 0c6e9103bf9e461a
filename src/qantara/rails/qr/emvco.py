"""EMVCo merchant-presented codes (EMV QRCPS-MPM v1.1), and every scheme that builds on them."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from qantara.money import Asset
from qantara.rails.qr import accounts, values
from qantara.rails.qr.currencies import BY_NUMBER
from qantara.rails.qr.defects import Defect, Fault
from qantara.rails.qr.model import (
    Account,
    Code,
    Labels,
    Language,
    Pairs,
    Scheme,
    Tip,
    TipKind,
)
from qantara.rails.qr.schemes import Row
from qantara.rails.qr.tlv import LONGEST_VALUE, crc, split

HEAD = "00"
"""The payload format indicator is the first object."""
CRC_HEAD = "6304"
_CRC_TAIL = 8
_MANDATORY = frozenset({"00", "52", "53", "58", "59", "60"})
_TIP = frozenset({"55", "56", "57"})
_ROOT = frozenset({"00", "01", *map(str, range(52, 65))})
NAME_LONGEST, CITY_LONGEST, POSTCODE_LONGEST = 25, 15, 10
_LABEL_LONGEST = 25
INITIATION = {"11": False, "12": True}
_CRC = re.compile("[0-9A-F]{4}").fullmatch
_CATEGORY = re.compile("[0-9]{4}").fullmatch
_CURRENCY = re.compile("[0-9]{3}").fullmatch
_COUNTRY = re.compile("[A-Z]{2}").fullmatch
_LANGUAGE = re.compile("[A-Za-z]{2}").fullmatch
_INTEGRITY = re.compile("[0-9A-Fa-f]{64}").fullmatch
_TEMPLATE_LAST, _UNRESERVED = "51", "80"
KHQR_TIMES, KHQR_EXPIRY = "99", "01"
_VERSIONS = frozenset({"01", "02"})
"""EMVCo knows 01; DuitNow QR MPM v1.5 asks for 02."""


def _shape(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


LABELS: dict[str, tuple[str, int, Callable[[str], object] | None]] = {
    "01": ("bill", _LABEL_LONGEST, None),
    "02": ("mobile", _LABEL_LONGEST, None),
    "03": ("store", _LABEL_LONGEST, None),
    "04": ("loyalty", _LABEL_LONGEST, None),
    "05": ("reference", _LABEL_LONGEST, None),
    "06": ("customer", _LABEL_LONGEST, None),
    "07": ("terminal", _LABEL_LONGEST, None),
    "08": ("purpose", _LABEL_LONGEST, None),
    "09": ("data_request", 3, _shape("(?!.*(.).*\\1)[AME]{1,3}")),
    "10": ("tax_id", 20, None),
    "11": ("channel", 3, _shape("[0-9A-Za-z]{3}")),
}
"""The additional data field template: attribute, longest, form. EMV QRCPS-MPM v1.1 table 3.7."""


def read(text: str) -> Code:
    """A code of which all characters can be seen."""
    return facts(split_whole(text), keep=True)


def split_whole(text: str) -> dict[str, str]:
    """The objects of the root without the checksum, which has been compared."""
    try:
        found = split(text)
    except Fault as fault:
        raise _after_crc(text, fault) from None
    name, told = found.popitem()
    if name != "63":
        raise _no_crc(found, len(text))
    if told != crc(text[:-4]):
        raise Fault(Defect.CRC_WRONG if _CRC(told) else Defect.CRC_FORMAT, ("63",))
    return found


def _no_crc(found: dict[str, str], end: int) -> Fault:
    """The checksum is missing, or something follows it."""
    if "63" not in found:
        return Fault(Defect.CRC_MISSING, ("63",), end)
    at = 0
    for name, value in found.items():
        at += len("0000") + len(value)
        if name == "63":
            break
    return Fault(Defect.CRC_NOT_LAST, ("63",), at)


def _after_crc(text: str, fault: Fault) -> Fault:
    """What cannot be read behind a checksum that agrees is no object but a stray."""
    if len(fault.path) == 1 and fault.at and fault.at > _CRC_TAIL:
        head, told = text[: fault.at - 4], text[fault.at - 4 : fault.at]
        if head[-4:] == CRC_HEAD and told == crc(head):
            return Fault(Defect.STRAY, ("63",), fault.at)
    return fault


def facts(found: dict[str, str], *, keep: bool = False) -> Code:
    """What the objects say; with `keep` the code remembers its form."""
    country = found.get("58")
    paid, row, expires_at, rest = _accounts(found, country)
    scheme = row.scheme if row else _plain(paid)
    if not found.keys() >= _MANDATORY:
        for absent in sorted(_MANDATORY - found.keys() - (row.omits if row else frozenset())):
            raise Fault(Defect.MISSING, (absent,), 0)
    version, said = found["00"], found.get("01")
    if version not in _VERSIONS:
        raise Fault(Defect.VERSION, ("00",))
    if said is not None and said not in INITIATION:
        raise Fault(Defect.INITIATION, ("01",))
    asset = _currency(found["53"], row)
    category, name, city, postcode = _shop(found)
    amount, labels, language = found.get("54"), found.get("62"), found.get("64")
    if scheme is Scheme.KHQR and KHQR_TIMES in found:
        expires_at = _khqr_expiry(found[KHQR_TIMES])
    return Code(
        scheme,
        paid,
        name,
        city,
        _country(country, row),
        postcode,
        category,
        asset.code,
        None if amount is None else values.money(amount, asset, ("54",)),
        None if said is None else INITIATION[said],
        None if found.keys().isdisjoint(_TIP) else _tip(found, asset),
        None if labels is None else _labels(labels),
        None if language is None else _language(language),
        expires_at,
        version,
        rest=rest,
        kept=tuple(found.items()) if keep else (),
    )


def _plain(paid: tuple[Account, ...]) -> Scheme:
    return Scheme.CARD if any(a.scheme is Scheme.CARD for a in paid) else Scheme.UNKNOWN


def _accounts(
    found: dict[str, str], country: str | None
) -> tuple[tuple[Account, ...], Row | None, datetime | None, Pairs]:
    """All accounts; the first of a known scheme says which scheme the code is of. Then what is
    reserved or nobody's.
    """
    paid: list[Account] = []
    rest: list[tuple[str, str]] = []
    first: Row | None = None
    expires_at = None
    for name, value in found.items():
        if name in _ROOT:
            continue
        if name > _TEMPLATE_LAST:
            rest.append((name, value))
            if name >= _UNRESERVED and value[:2] == "00" and not _INTEGRITY(value):
                split(value, (name,))
        elif name <= accounts.CARD_LAST:
            paid.append(accounts.card(name, value))
        else:
            account, row, until = accounts.read(name, value, country)
            paid.append(account)
            expires_at = expires_at or until
            first = first or row
    if not paid:
        raise Fault(Defect.NO_ACCOUNT, ("26",), 0)
    return tuple(paid), first, expires_at, tuple(rest)


def _currency(number: str, row: Row | None) -> Asset:
    asset = BY_NUMBER.get(number)
    if asset is None:
        known = _CURRENCY(number)
        raise Fault(Defect.CURRENCY_UNKNOWN if known else Defect.CURRENCY, ("53",))
    if row is not None and asset.code not in row.currencies:
        raise Fault(Defect.CURRENCY_FOREIGN, ("53",))
    return asset


def _country(country: str | None, row: Row | None) -> str | None:
    if row is not None and country == row.country:
        return country
    if country is None or not _COUNTRY(country):
        raise Fault(Defect.COUNTRY, ("58",))
    if row is not None:
        raise Fault(Defect.COUNTRY_FOREIGN, ("58",))
    return country


def _shop(found: dict[str, str]) -> tuple[str | None, str | None, str | None, str | None]:
    """Category, name, city and postcode."""
    category, name = found.get("52"), found.get("59")
    city, postcode = found.get("60"), found.get("61")
    if category is not None and not _CATEGORY(category):
        raise Fault(Defect.CATEGORY, ("52",))
    if name is not None and len(name) > NAME_LONGEST:
        raise Fault(Defect.FIELD_LONG, ("59",))
    if city is not None and len(city) > CITY_LONGEST:
        raise Fault(Defect.FIELD_LONG, ("60",))
    if postcode is not None and len(postcode) > POSTCODE_LONGEST:
        raise Fault(Defect.FIELD_LONG, ("61",))
    return category, name, city, postcode


def _tip(found: dict[str, str], asset: Asset) -> Tip:
    """The indicator and the one figure that belongs to it."""
    kind, fixed, share = found.get("55"), found.get("56"), found.get("57")
    if kind == "01" and fixed is None and share is None:
        return Tip(TipKind.ASKED)
    if kind == "02" and fixed is not None and share is None:
        return Tip(TipKind.FIXED, fixed=values.money(fixed, asset, ("56",)))
    if kind == "03" and fixed is None and share is not None:
        return Tip(TipKind.PERCENT, percent=values.percent(share, ("57",)))
    if kind is None:
        raise Fault(Defect.TIP, ("57",) if fixed is None else ("56",))
    raise Fault(Defect.TIP, ("55",))


def _labels(text: str) -> Labels:
    objects = split(text, ("62",))
    told: dict[str, Any] = {}
    rest = []
    for name, value in objects.items():
        known = LABELS.get(name)
        if known is None:
            rest.append((name, value))
            continue
        attr, longest, shape = known
        if len(value) > longest:
            raise Fault(Defect.FIELD_LONG, ("62", name))
        if shape is not None and not shape(value) and value != "***":
            raise Fault(Defect.FIELD_FORMAT, ("62", name))
        told[attr] = value
    if rest:
        told["rest"] = tuple(rest)
    return Labels(**told)


def _language(text: str) -> Language:
    found = split(text, ("64",))
    for name, longest in (("01", NAME_LONGEST), ("02", CITY_LONGEST)):
        if len(found.get(name, "")) > longest:
            raise Fault(Defect.FIELD_LONG, ("64", name))
    if "00" not in found or "01" not in found:
        raise Fault(Defect.MISSING, ("64", "01" if "00" in found else "00"), 0)
    if not _LANGUAGE(found["00"]):
        raise Fault(Defect.FIELD_FORMAT, ("64", "00"))
    rest = tuple(each for each in found.items() if each[0] > "02")
    return Language(found["00"], found["01"], found.get("02"), rest)


def _khqr_expiry(text: str) -> datetime | None:
    """Object 99 of KHQR: 00 when it was made, 01 until when it holds, in milliseconds."""
    path = (KHQR_TIMES,)
    until = split(text, path).get(KHQR_EXPIRY)
    if until is None:
        return None
    if not (until.isascii() and until.isdigit()) or len(until) > LONGEST_VALUE // 5:
        raise Fault(Defect.EXPIRY, (*path, KHQR_EXPIRY))
    return values.khqr_moment(until, (*path, KHQR_EXPIRY))
