"""What people type into amounts and words, read without guessing."""

from collections.abc import Mapping

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
