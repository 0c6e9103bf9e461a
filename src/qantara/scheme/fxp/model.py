"""An FX provider: where it holds money, how its mid rate walks, and what it keeps of each
exchange.
"""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from qantara.money import Asset, Money
from qantara.scheme.model import EXAMPLE


class Pair(Struct, frozen=True):
    """Two currencies and the mid at tick 0: one unit of `base` is worth `start` of `quote`."""

    base: Asset
    quote: Asset
    start: Decimal

    @property
    def name(self) -> str:
        return f"{self.base}/{self.quote}"


class FxpNode(Struct, frozen=True):
    """`nostros`: per currency code, the access provider's role. Spread, step and validity are
    examples: a provider's own figures are its own.
    """

    role: str
    bic: str
    gateway: str
    seed: int
    pairs: tuple[Pair, ...]
    nostros: dict[str, str]
    assets: tuple[Asset, ...]
    spread_bps: int = 25
    step_bps: int = 5
    rate_validity_seconds: int = 3600
    label: str = EXAMPLE

    def nostro(self, currency: str) -> str:
        return f"nostro/{self.nostros[currency]}"


class Tick(Struct, frozen=True):
    """A wish for the next rates of one pair, named `MYR/PKR`."""

    pair: str


class Mid(Struct, frozen=True):
    """One unit of `source` is worth `value` of `destination`: nobody's price, the middle."""

    source: str
    destination: str
    value: Decimal
    as_of: datetime


class Offered(Struct, frozen=True):
    """A rate as it was pushed: one direction, the mid behind it, and the tick of its pair."""

    id: str
    pair: str
    tick: int
    source: str
    destination: str
    mid: Decimal
    rate: Decimal
    issued_at: datetime
    expires_at: datetime


class Funding(Struct, frozen=True):
    """The provider's own money put with an access provider; `id` makes it happen once."""

    id: str
    amount: Money


class Exchange(Struct, frozen=True):
    """The evidence of one exchange: both amounts, the rate given, the mid at which the position
    is valued, and the margin between them in the destination currency (negative: a loss).
    """

    uetr: str
    rate_id: str
    quote_id: str
    given: Money
    paid: Money
    rate: Decimal
    mid: Decimal
    margin: Money
    occurred_at: datetime
