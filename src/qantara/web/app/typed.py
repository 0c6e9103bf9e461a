"""What people type into amounts and words, read without guessing."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from qantara.errors import Malformed, Reason
from qantara.money import Asset, Money

NOTE, REFERENCE, NAME = 140, 35, 140
"""So many characters the rails carry of each."""
_COMMA = re.compile(r"[0-9]+,[0-9]{2}")


def amount(text: str, asset: Asset) -> Money:
    """An amount above zero as people write it: `500`, `500.00` or `500,00`; anything else is
    `Malformed`, signs that group thousands too: they mean different things to different readers.
    """
    plain = text.replace(",", ".") if _COMMA.fullmatch(text) else text
    if "." not in plain and asset.scale:
        plain = f"{plain}.{'0' * asset.scale}"
    found = Money.parse(plain, asset)
    if found.minor <= 0:
        raise Malformed(Reason.AMOUNT_NOT_POSITIVE)
    return found


def words(form: Mapping[str, str], name: str, longest: int) -> str | None:
    """A field that may stay empty, of so many characters at most."""
    text = form.get(name, "")
    if len(text) > longest:
        raise Malformed(Reason.FIELD_INVALID, param=name, value=text)
    return text or None


def end_of_day(form: Mapping[str, str], name: str) -> datetime:
    """The end of a day (UTC) that must be named."""
    text = form.get(name, "")
    if not text:
        raise Malformed(Reason.FIELD_MISSING, param=name)
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        raise Malformed(Reason.TIME_MALFORMED, param=name, value=text) from None
