"""What fits on the screen of a simple phone.

A screen is 160 octets: 182 characters of the alphabet of GSM, seven bits each, or 80 of UCS-2
as soon as one character is not of that alphabet (3GPP TS 23.038).
"""

import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

SEPTETS_MOST = 182
UNITS_MOST = 80
OPTION_MOST = 30
MORE = "0"
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
_PLAIN = {
    "\u00a0": " ",
    "\u202f": " ",
    "\u2018": "'",
    "\u2019": "'",
    "\u2013": "-",
    "\u2212": "-",
    "\u2026": "..",
    "\u0153": "oe",
    "\u0152": "OE",
}


def fits(text: str) -> bool:
    if all(letter in _BASIC or letter in _EXTENDED for letter in text):
        return sum(2 if letter in _EXTENDED else 1 for letter in text) <= SEPTETS_MOST
    return len(text.encode("utf-16-be")) // 2 <= UNITS_MOST


def folded(text: str) -> str:
    """The text in the alphabet of GSM as far as that loses no letter; marks that only say how text
    runs are left out.
    """
    return "".join(_folded(letter) for letter in text if unicodedata.category(letter) != "Cf")


def _folded(letter: str) -> str:
    plain = _PLAIN.get(letter, letter)
    if len(plain) > 1 or plain in _BASIC or plain in _EXTENDED:
        return plain
    first = unicodedata.normalize("NFKD", plain)[0]
    return first if first in _BASIC else plain


def cut(text: str) -> str:
    """As much from the beginning as fits."""
    shown = folded(text)
    while not fits(shown):
        shown = shown[:-1]
    return shown


def shortened(text: str, most: int) -> str:
    plain = folded(text)
    return plain if len(plain) <= most else f"{plain[: max(most - 2, 1)]}.."


def named(said: Callable[[str], str], name: str) -> str:
    """A screen about somebody: of a long name so much that everything else is there."""
    plain = folded(name)
    for most in range(len(plain), 0, -1):
        screen = folded(said(shortened(plain, most)))
        if fits(screen):
            return screen
    return cut(said(""))


class Listed(NamedTuple):
    """A part of a list; `following` is where the next part begins, 0 where this is the last."""

    text: str
    following: int


def listed(head: str, options: Sequence[str], start: int, more: str) -> Listed:
    """As many numbered options as fit, and how to see the others."""
    shown = [f"{n}. {shortened(each, OPTION_MOST)}" for n, each in enumerate(options, 1)]
    foot = f"{MORE}. {folded(more)}"
    top = [folded(head)] if head else []
    whole = "\n".join([*top, *shown])
    if fits(whole):
        return Listed(whole, 0)
    last = start + 1
    while last < len(shown) and fits("\n".join([*top, *shown[start : last + 1], foot])):
        last += 1
    text = cut("\n".join([*top, *shown[start:last], foot]))
    return Listed(text, last if last < len(shown) else 0)


def chosen(options: Sequence[str], word: str) -> str | None:
    """The option of a typed number, None for anything else."""
    is_number = word.isascii() and word.isdigit() and len(word) <= len(str(len(options)))
    return options[int(word) - 1] if is_number and 1 <= int(word) <= len(options) else None
