"""How a rate is written: what every role that makes one obeys."""

from decimal import ROUND_HALF_UP, Decimal

RATE_DIGITS = 11
RATE_DECIMALS = 10
BPS = 10_000


def base_one_rate(exact: Decimal) -> Decimal:
    """A positive rate as messages carry it (BaseOneRate): at most ten decimals and eleven
    digits, half-up.
    """
    decimals = min(RATE_DECIMALS, RATE_DIGITS - max(exact.adjusted() + 1, 0))
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP).normalize()
