"""Own FX: rates of our own, and the offer that one of them makes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from qantara.db import Tx
from qantara.errors import Reason, Refused
from qantara.money import Money
from qantara.remittance import rate_store
from qantara.remittance.model import GatewayQuote, Institution, ReferenceRate

RATE_AGE_SECONDS = 86_400
"""Older than this a rate of our own is not offered any more (example)."""


async def record_own_rates(
    tx: Tx, _node: Institution, rates: Sequence[ReferenceRate], now: datetime
) -> list[None]:
    """Keep dated rates of our own; the newest is the one at which we exchange."""
    await rate_store.add_own_rates(tx, rates, now)
    return [None] * len(rates)


async def own_rates(
    tx: Tx, node: Institution, countries: Sequence[str], now: datetime
) -> list[ReferenceRate | Refused]:
    """The rate of today towards each country that we exchange for ourselves."""
    accounts = {} if node.own_fx is None else node.own_fx.accounts
    pairs = [(node.asset.code, accounts[c].asset.code) for c in countries if c in accounts]
    found = await rate_store.own_rates(tx, sorted(set(pairs)), now)
    return [
        _usable(
            found.get((node.asset.code, accounts[c].asset.code)) if c in accounts else None, now
        )
        for c in countries
    ]


def _usable(rate: ReferenceRate | None, now: datetime) -> ReferenceRate | Refused:
    if rate is None:
        return Refused(Reason.RATE_MISSING, rule="own_fx.rate")
    if now - rate.as_of > timedelta(seconds=RATE_AGE_SECONDS):
        return Refused(Reason.RATE_STALE, rule="own_fx.rate")
    return rate


def own_offer(
    node: Institution,
    country: str,
    rate: Decimal,
    amounts: tuple[Money, Money, Money, Money],
    now: datetime,
    *,
    capped: bool = False,
) -> GatewayQuote:
    """An offer of our own: what is exchanged, what arrives, the recipient's provider's fee, and
    what is credited, as the gateway computed them at our rate. It has no quote id.
    """
    if node.own_fx is None:
        raise TypeError("this institution exchanges nothing itself")
    source, destination, fee, received = amounts
    abroad = node.own_fx.accounts[country]
    return GatewayQuote(
        id=None,
        fxp_bic=node.bic,
        rate=rate,
        interbank_source=source,
        interbank_destination=destination,
        recipient_fee=fee,
        received=received,
        source_sap_bic=node.bic,
        source_sap_account=node.own_fx.account,
        destination_sap_bic=abroad.sap_bic,
        destination_sap_account=abroad.number,
        issued_at=now,
        valid_until=now + timedelta(seconds=node.own_fx.validity_seconds),
        capped=capped,
    )
