"""Money that reaches accounts which institutions and providers keep with each other."""

from msgspec import Struct

from qantara.money import Money


class CorrespondentFunding(Struct, frozen=True):
    """Money that an FX provider deposits with us, its access provider; `id` makes it once."""

    id: str
    fxp: str
    amount: Money


class NostroFunding(Struct, frozen=True):
    """Money of ours that reached our account abroad (own FX); `id` makes it once."""

    id: str
    country: str
    amount: Money
