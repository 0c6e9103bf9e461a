"""Text arrays as PostgreSQL writes them, for `$1::text::text[]`.

The driver asks of every element whether it is an array itself; one string for the whole array
costs a quarter of that. Only for the statements that every batch runs: elsewhere a list is clearer.
"""

from collections.abc import Iterable, Sequence
from typing import cast


def texts(values: Sequence[str | None]) -> str:
    """The array's literal; None is NULL. Every element stands in quotes, so no word is special."""
    try:
        inner = '","'.join(cast("Sequence[str]", values))  # None, the rarer case, ends this
    except TypeError:
        return _slowly(values)
    if "\\" in inner or inner.count('"') != 2 * (len(values) - 1):
        return _slowly(values)
    return f'{{"{inner}"}}'


def plain(values: Iterable[object]) -> str:
    """The literal of an array of numbers or truth values."""
    return f"{{{','.join(map(str, values))}}}"


def _slowly(values: Sequence[str | None]) -> str:
    if not any(values) and "" not in values:
        return f"{{{','.join(['NULL'] * len(values))}}}"
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: str | None) -> str:
    if value is None:
        return "NULL"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
