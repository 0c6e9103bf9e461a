"""The mid rate's walk and the provider's price: deterministic, exact."""

import hashlib
from decimal import Decimal

from qantara.money import Money, Rate
from qantara.scheme.fxp.model import Pair
from qantara.scheme.rules import BPS, base_one_rate

PULL = 20
"""One part in so many of the way back to the start, per tick: the walk does not run away."""


def _shock(seed: int, pair: str, tick: int) -> Decimal:
    """From -1 to 1, the same for the same seed, pair and tick."""
    digest = hashlib.sha256(f"{seed}/{pair}/{tick}".encode()).digest()
    return Decimal(int.from_bytes(digest[:4], "big")) / (2**31) - 1


def next_mid(seed: int, pair: Pair, tick: int, last: Decimal, step_bps: int) -> Decimal:
    """The mid at `tick`, from the mid one tick before."""
    moved = last * (1 + _shock(seed, pair.name, tick) * step_bps / BPS)
    return base_one_rate(moved + (pair.start - moved) / PULL)


def inverse(mid: Decimal) -> Decimal:
    return base_one_rate(1 / mid)


def priced(mid: Decimal, spread_bps: int) -> Decimal:
    """The base rate given for a mid: the spread is the provider's."""
    return base_one_rate(mid * (BPS - spread_bps) / BPS)


def margin(given: Money, paid: Money, mid: Decimal) -> Money:
    """What the provider earns, in the destination currency: the worth of what it got at mid,
    less what it paid. Negative where the improvements ate more than the spread.
    """
    return Rate(given.asset, paid.asset, mid).convert(given) - paid
