"""SQL of an FX provider."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.db.arrays import texts
from qantara.db.leaving import Left, leave
from qantara.money import Money, asset
from qantara.scheme.fxp.model import Exchange, Offered

_INSERT_RATES = """
INSERT INTO fxp.rate (id, pair, tick, source, destination, mid, rate, issued_at, expires_at)
SELECT id, pair, tick, source, destination, mid::numeric, rate::numeric, issued_at, expires_at
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::timestamptz[], $9::timestamptz[])
    AS new (id, pair, tick, source, destination, mid, rate, issued_at, expires_at)
"""

_NEWEST_RATES = """
SELECT r.*
FROM unnest($1::text[], $2::text[]) AS k (source, destination)
CROSS JOIN LATERAL (
    SELECT * FROM fxp.rate n WHERE n.source = k.source AND n.destination = k.destination
    ORDER BY n.tick DESC LIMIT 1
) AS r
"""

_RATES = "SELECT * FROM fxp.rate WHERE id = ANY($1::text[])"

_INSERT_EXCHANGES = Left("""
exchanged AS (INSERT INTO fxp.exchange
    (uetr, rate_id, quote_id, source, given, destination, paid, rate, mid, margin, occurred_at,
     recorded_at)
SELECT uetr, rate_id, quote_id, source, given::numeric, destination, paid::numeric,
       rate::numeric, mid::numeric, margin::numeric, occurred_at, $12
FROM unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[],
            $5::text::text[], $6::text::text[], $7::text::text[], $8::text::text[],
            $9::text::text[], $10::text::text[], $11::timestamptz[])
    AS new (uetr, rate_id, quote_id, source, given, destination, paid, rate, mid, margin,
            occurred_at))
""")

_EXCHANGES = "SELECT * FROM fxp.exchange WHERE uetr = ANY($1::text[])"


async def insert_rates(tx: Tx, rates: Sequence[Offered]) -> None:
    await tx.execute(
        _INSERT_RATES,
        [rate.id for rate in rates],
        [rate.pair for rate in rates],
        [rate.tick for rate in rates],
        [rate.source for rate in rates],
        [rate.destination for rate in rates],
        [format(rate.mid, "f") for rate in rates],
        [format(rate.rate, "f") for rate in rates],
        [rate.issued_at for rate in rates],
        [rate.expires_at for rate in rates],
    )


async def newest_rates(
    tx: Tx, directions: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Offered]:
    """The last rate per (source, destination)."""
    rows = await tx.fetch(
        _NEWEST_RATES,
        [source for source, _ in directions],
        [destination for _, destination in directions],
    )
    return {(row["source"], row["destination"]): _offered(row) for row in rows}


async def rates(tx: Tx, ids: Sequence[str]) -> dict[str, Offered]:
    return {row["id"]: _offered(row) for row in await tx.fetch(_RATES, list(ids))}


def _offered(row: Row) -> Offered:
    values = dict(row)
    values["mid"] = values["mid"].normalize()
    values["rate"] = values["rate"].normalize()
    return Offered(**values)


async def insert_exchanges(tx: Tx, done: Sequence[Exchange], now: datetime) -> None:
    if not done:
        return
    await leave(
        tx,
        _INSERT_EXCHANGES,
        texts([row.uetr for row in done]),
        texts([row.rate_id for row in done]),
        texts([row.quote_id for row in done]),
        texts([row.given.asset.code for row in done]),
        texts([str(row.given.minor) for row in done]),
        texts([row.paid.asset.code for row in done]),
        texts([str(row.paid.minor) for row in done]),
        texts([format(row.rate, "f") for row in done]),
        texts([format(row.mid, "f") for row in done]),
        texts([str(row.margin.minor) for row in done]),
        [row.occurred_at for row in done],
        now,
    )


async def exchanges(tx: Tx, uetrs: Sequence[str]) -> dict[str, Exchange]:
    rows = await tx.fetch(_EXCHANGES, list(uetrs))
    return {row["uetr"]: _exchange(row) for row in rows}


def _exchange(row: Row) -> Exchange:
    source, destination = asset(row["source"]), asset(row["destination"])
    return Exchange(
        uetr=row["uetr"],
        rate_id=row["rate_id"],
        quote_id=row["quote_id"],
        given=Money(int(row["given"]), source),
        paid=Money(int(row["paid"]), destination),
        rate=row["rate"].normalize(),
        mid=row["mid"].normalize(),
        margin=Money(int(row["margin"]), destination),
        occurred_at=row["occurred_at"],
    )
