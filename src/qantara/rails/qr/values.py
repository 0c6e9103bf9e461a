"""Amounts, percentages and moments as codes write them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from qantara.money import Asset, Money
from qantara.rails.qr.defects import Defect, Fault, Path

AMOUNT_LONGEST = 13
"""EMV QRCPS-MPM v1.1 section 4.7.6."""
PERCENT_LONGEST = 5
_AMOUNT = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+").fullmatch
_PERCENT = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?").fullmatch
PAKISTAN = timezone(timedelta(hours=5))
SINGAPORE = timezone(timedelta(hours=8))
_DAY_ENDS = (23, 59, 59)
_THOUSAND = 1000


def money(text: str, asset: Asset, path: Path, longest: int = AMOUNT_LONGEST) -> Money:
    """An amount above zero with no more decimals than the currency has, zeros apart."""
    if len(text) > longest:
        raise Fault(Defect.FIELD_LONG, path)
    if not _AMOUNT(text):
        raise Fault(Defect.AMOUNT, path)
    whole, _, fraction = text.partition(".")
    scale = asset.scale
    if len(fraction) != scale:
        if fraction[scale:].strip("0"):
            raise Fault(Defect.AMOUNT_SCALE, path)
        fraction = fraction[:scale].ljust(scale, "0")
    minor = int(whole + fraction)
    if not minor:
        raise Fault(Defect.AMOUNT_ZERO, path)
    return Money(minor, asset)


def percent(text: str, path: Path) -> Decimal:
    """From 0.01 to 99.99."""
    if len(text) > PERCENT_LONGEST:
        raise Fault(Defect.FIELD_LONG, path)
    if not _PERCENT(text):
        raise Fault(Defect.AMOUNT, path)
    found = Decimal(text)
    if not found:
        raise Fault(Defect.AMOUNT_ZERO, path)
    return found


def instant(parts: Sequence[str], zone: timezone, path: Path) -> datetime:
    """Year, month, day, hour, ... of a place as UTC."""
    try:
        return datetime(*map(int, parts), tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type,misc]
    except (ValueError, OverflowError):
        raise Fault(Defect.EXPIRY, path) from None


def paynow_moment(text: str, path: Path) -> datetime:
    """`YYYYMMDD`, which holds until the day ends in Singapore, or `YYYYMMDDHHMMSS` there."""
    day = [text[:4], text[4:6], text[6:8]]
    time = [text[at : at + 2] for at in range(8, len(text), 2)] or [str(n) for n in _DAY_ENDS]
    return instant([*day, *time], SINGAPORE, path)


def _there(moment: datetime, zone: timezone) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:
        raise Fault(Defect.EXPIRY) from None


def paynow_text(moment: datetime) -> str:
    there = _there(moment, SINGAPORE)
    ends = (there.hour, there.minute, there.second) == _DAY_ENDS
    return f"{there:%Y%m%d}" if ends else f"{there:%Y%m%d%H%M%S}"


def raast_moment(text: str, path: Path) -> datetime:
    """`ddMMyyyyHHmm`, read as Pakistan's time."""
    parts = [text[4:8], text[2:4], text[:2], text[8:10], text[10:12]]
    return instant(parts, PAKISTAN, path)


def raast_text(moment: datetime) -> str:
    return f"{_there(moment, PAKISTAN):%d%m%Y%H%M}"


def khqr_moment(text: str, path: Path) -> datetime:
    """Milliseconds since 1970."""
    seconds, milliseconds = divmod(int(text), _THOUSAND)
    try:
        return _EPOCH + timedelta(seconds=seconds, milliseconds=milliseconds)
    except OverflowError:
        raise Fault(Defect.EXPIRY, path) from None


def khqr_text(moment: datetime) -> str:
    return str((moment - _EPOCH) // timedelta(milliseconds=1))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
