"""Dated rates in the database: mid-market references, and the rates of own FX."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.money import Rate, asset
from qantara.remittance.model import ReferenceRate
from qantara.remittance.store import plain

_ADD = (
    " (base, quote, value, source, as_of, recorded_at)"
    " SELECT base, quote, value::numeric, source, as_of, $6 FROM unnest($1::text[],"
    " $2::text[], $3::text[], $4::text[], $5::timestamptz[])"
    " AS n(base, quote, value, source, as_of) ON CONFLICT DO NOTHING"
)
_PAIRS = (
    "SELECT p.base, p.quote, found.value, found.source, found.as_of"
    " FROM unnest($1::text[], $2::text[]) AS p(base, quote) CROSS JOIN LATERAL ("
    " SELECT value, source, as_of FROM "
)
_NEWEST = (
    " r WHERE r.base = p.base AND r.quote = p.quote AND r.as_of <= $3"
    " ORDER BY r.as_of DESC, r.source DESC LIMIT 1) AS found"
)
_ADD_REFERENCE = "INSERT INTO remittance.reference_rate" + _ADD
_ADD_OWN = "INSERT INTO remittance.own_rate" + _ADD
_NEWEST_REFERENCE = _PAIRS + "remittance.reference_rate" + _NEWEST
_NEWEST_OWN = _PAIRS + "remittance.own_rate" + _NEWEST
Pair = tuple[str, str]
"""Codes of base and quote."""


def _columns(rates: Sequence[ReferenceRate], now: datetime) -> tuple[object, ...]:
    return (
        [entry.rate.base.code for entry in rates],
        [entry.rate.quote.code for entry in rates],
        [str(entry.rate.value) for entry in rates],
        [entry.source for entry in rates],
        [entry.as_of for entry in rates],
        now,
    )


def _rates(rows: Sequence[Row]) -> dict[Pair, ReferenceRate]:
    return {
        (row["base"], row["quote"]): ReferenceRate(
            Rate(asset(row["base"]), asset(row["quote"]), plain(row["value"])),
            row["source"],
            row["as_of"],
        )
        for row in rows
    }


async def add_reference_rates(tx: Tx, rates: Sequence[ReferenceRate], now: datetime) -> None:
    await tx.execute(_ADD_REFERENCE, *_columns(rates, now))


async def add_own_rates(tx: Tx, rates: Sequence[ReferenceRate], now: datetime) -> None:
    await tx.execute(_ADD_OWN, *_columns(rates, now))


async def reference_rates(
    tx: Tx, pairs: Sequence[Pair], now: datetime
) -> dict[Pair, ReferenceRate]:
    """The newest mid-market rate of each pair that is not from the future."""
    if not pairs:
        return {}
    bases, quotes = [base for base, _ in pairs], [quote for _, quote in pairs]
    return _rates(await tx.fetch(_NEWEST_REFERENCE, bases, quotes, now))


async def own_rates(tx: Tx, pairs: Sequence[Pair], now: datetime) -> dict[Pair, ReferenceRate]:
    """The newest rate of our own of each pair that is not from the future."""
    if not pairs:
        return {}
    bases, quotes = [base for base, _ in pairs], [quote for _, quote in pairs]
    return _rates(await tx.fetch(_NEWEST_OWN, bases, quotes, now))
