"""Amounts as people type them, read without guessing."""

import re

from qantara.errors import Malformed, Reason
from qantara.money import Asset, Money

_COMMA = re.compile(r"[0-9]+,[0-9]{2}")


def typed(text: str, asset: Asset) -> Money:
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
