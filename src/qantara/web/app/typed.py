"""What people type into amounts and words, read without guessing."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from qantara.edge import amounts
from qantara.errors import Malformed, Reason

NOTE, REFERENCE, NAME = 140, 35, 140
"""So many characters the rails carry of each."""
amount = amounts.typed


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
