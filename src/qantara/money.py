"""Assets, money and exchange rates: exact integers of minor units, never a float.

| expression            | result                                        |
|-----------------------|-----------------------------------------------|
| Money + Money         | Money of the same asset, else `Malformed`     |
| Money - Money         | Money of the same asset, else `Malformed`     |
| Money < Money         | bool, same asset only                         |
| Rate.convert(Money)   | Money of the rate's quote asset, half-up      |
| Money.split(weights)  | parts that sum to the whole, to the minor unit |
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from qantara.errors import Malformed, Reason


class Rounding(StrEnum):
    """How a fraction of a minor unit is settled; each value names a `decimal` mode."""

    HALF_UP = ROUND_HALF_UP
    UP = ROUND_CEILING
    DOWN = ROUND_DOWN


class Asset(Struct, frozen=True):
    """A currency or token: `code` as its standard spells it, `scale` decimal places for ever."""

    code: str
    scale: int

    def __str__(self) -> str:
        return self.code


MYR = Asset("MYR", 2)
PKR = Asset("PKR", 2)
EUR = Asset("EUR", 2)
THB = Asset("THB", 2)
SGD = Asset("SGD", 2)
IDR = Asset("IDR", 2)
PHP = Asset("PHP", 2)
VND = Asset("VND", 0)
KHR = Asset("KHR", 2)
ASSETS: dict[str, Asset] = {
    asset.code: asset for asset in (MYR, PKR, EUR, THB, SGD, IDR, PHP, VND, KHR)
}
"""Decimals as ISO 4217 publishes them, also where nobody pays in so small a coin (IDR, KHR)."""


def asset(code: str) -> Asset:
    """The asset of an ISO 4217 code; `Malformed` if the platform does not carry it."""
    try:
        return ASSETS[code]
    except KeyError:
        raise Malformed(Reason.CURRENCY_UNKNOWN, param="currency", value=code) from None


class Money(Struct, frozen=True):
    """An amount of one asset in its minor units (sen, paisa, cent)."""

    minor: int
    asset: Asset

    @classmethod
    def parse(cls, text: str, asset: Asset) -> "Money":
        """Read a decimal string in major units with exactly the asset's scale (`"500.00"`).

        Anything else (sign of plus, exponent, spaces, too many or too few decimals) is
        `Malformed`: an amount is never guessed.
        """
        whole, dot, fraction = text.removeprefix("-").partition(".")
        digits = whole + fraction
        if not (digits.isascii() and digits.isdigit() and whole) or len(digits) > MAX_DIGITS:
            raise Malformed(Reason.AMOUNT_MALFORMED, param="amount", value=text)
        if len(fraction) != asset.scale or bool(dot) != bool(asset.scale):
            raise Malformed(Reason.AMOUNT_SCALE, param="amount", value=text)
        minor = int(digits)
        return cls(-minor if text.startswith("-") else minor, asset)

    def __str__(self) -> str:
        sign, digits = ("-" if self.minor < 0 else ""), str(abs(self.minor))
        if not self.asset.scale:
            return f"{sign}{digits}"
        digits = digits.rjust(self.asset.scale + 1, "0")
        return f"{sign}{digits[: -self.asset.scale]}.{digits[-self.asset.scale :]}"

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(f"{self.minor}E-{self.asset.scale}")

    def _same(self, other: "Money") -> int:
        if other.asset != self.asset:
            raise Malformed(Reason.CURRENCY_MISMATCH, param="currency", value=other.asset.code)
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.asset)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.asset)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Share out by whole-number weights; the parts sum exactly, early parts take the rest."""
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise Malformed(Reason.AMOUNT_MALFORMED, param="weights", value=str(weights))
        parts, taken, run = [], 0, 0
        for weight in weights:
            run += weight
            upto = -((-self.minor * run) // total)
            parts.append(Money(upto - taken, self.asset))
            taken = upto
        return parts


MAX_DIGITS = 30


class Rate(Struct, frozen=True):
    """How many units of `quote` one unit of `base` buys, at most ten decimals (BaseOneRate)."""

    base: Asset
    quote: Asset
    value: Decimal

    def convert(self, money: Money, rounding: Rounding = Rounding.HALF_UP) -> Money:
        """Money of the base asset as money of the quote asset."""
        if money.asset != self.base:
            raise Malformed(Reason.CURRENCY_MISMATCH, param="currency", value=money.asset.code)
        above, below = self.value.as_integer_ratio()
        return Money(_whole(*self._scaled(above * money.minor, below), rounding), self.quote)

    def invert(self, money: Money, rounding: Rounding) -> Money:
        """Money of the quote asset as money of the base asset."""
        if money.asset != self.quote:
            raise Malformed(Reason.CURRENCY_MISMATCH, param="currency", value=money.asset.code)
        above, below = self.value.as_integer_ratio()
        below, above = self._scaled(above, below * money.minor)
        return Money(_whole(above, below, rounding), self.base)

    def _scaled(self, above: int, below: int) -> tuple[int, int]:
        """A fraction of two numbers with the minor units of the two assets made the same."""
        shift = self.quote.scale - self.base.scale
        return (above * 10**shift, below) if shift >= 0 else (above, below * 10**-shift)


def round_fraction(exact: Fraction, rounding: Rounding) -> int:
    """The whole number next to a fraction, by the named rounding."""
    return _whole(exact.numerator, exact.denominator, rounding)


def _whole(above: int, below: int, rounding: Rounding) -> int:
    """The same of two whole numbers, the second positive."""
    floor, rest = divmod(above, below)
    if rest == 0:
        return floor
    if rounding is Rounding.UP:
        return floor + 1
    if rounding is Rounding.DOWN:
        return floor if above >= 0 else floor + 1
    twice = 2 * rest
    away_up = twice > below or (twice == below and above >= 0)
    return floor + 1 if away_up else floor
