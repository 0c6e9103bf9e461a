"""SQL of the gateway."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from qantara.db import Row, Tx
from qantara.db.arrays import plain, texts
from qantara.db.leaving import Left, leave
from qantara.money import Money, Rate, asset
from qantara.rails.model import Priority
from qantara.scheme.gateway.model import BaseRate, Event, Payment, Quote, State, Terms, Tier
from qantara.scheme.steps import lock

_INSERT_RATES = """
INSERT INTO gateway.rate (id, fxp, source, destination, value, created_at, expires_at, recorded_at)
SELECT id, fxp, source, destination, value::numeric, created_at, expires_at, $8
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
            $6::timestamptz[], $7::timestamptz[])
    AS new (id, fxp, source, destination, value, created_at, expires_at)
"""

_NEWEST_RATES = """
SELECT r.id, r.fxp, r.source, r.destination, r.value, r.created_at, r.expires_at,
       w.recorded_at AS withdrawn_at
FROM unnest($1::text[], $2::text[], $3::text[]) AS k (fxp, source, destination)
CROSS JOIN LATERAL (
    SELECT * FROM gateway.rate n
    WHERE n.fxp = k.fxp AND n.source = k.source AND n.destination = k.destination
    ORDER BY n.sequence DESC LIMIT 1
) AS r
LEFT JOIN gateway.rate_withdrawal w ON w.rate_id = r.id
"""

_RATES = """
SELECT r.id, r.fxp, r.source, r.destination, r.value, r.created_at, r.expires_at,
       w.recorded_at AS withdrawn_at
FROM gateway.rate r LEFT JOIN gateway.rate_withdrawal w ON w.rate_id = r.id
WHERE r.id = ANY($1::text[])
"""

_WITHDRAW_RATES = """
INSERT INTO gateway.rate_withdrawal (rate_id, withdrawn_by, recorded_at)
SELECT *, $3 FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING
"""

_RATE_IDS = "SELECT id FROM gateway.rate WHERE id = ANY($1::text[])"

_INSERT_QUOTES = Left("""
quoted AS (INSERT INTO gateway.quote
    (id, psp, fxp, source_country, destination_country, source, destination, rate,
     source_amount, destination_amount, fee, credited, capped, rate_id,
     tier_threshold, tier_bps, psp_bps, issued_at, expires_at)
SELECT id, psp, fxp, source_country, destination_country, source, destination, rate::numeric,
       source_amount::numeric, destination_amount::numeric, fee::numeric, credited::numeric,
       capped, rate_id, tier_threshold::numeric, tier_bps, psp_bps, $18, $19
FROM unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[],
            $5::text::text[], $6::text::text[], $7::text::text[], $8::text::text[],
            $9::text::text[], $10::text::text[], $11::text::text[], $12::text::text[],
            $13::text::boolean[], $14::text::text[], $15::text::text[], $16::text::int[],
            $17::text::int[])
    AS new (id, psp, fxp, source_country, destination_country, source, destination, rate,
            source_amount, destination_amount, fee, credited, capped, rate_id,
            tier_threshold, tier_bps, psp_bps))
""")

# Not a join: planned while there was no payment it would read every payment's quote.
_QUOTES = """
SELECT q.*, (SELECT p.uetr FROM gateway.payment p WHERE p.quote_id = q.id) AS used_by
FROM gateway.quote q WHERE q.id = ANY($1::text[])
"""

_PAYMENTS = "SELECT * FROM gateway.payment WHERE uetr = ANY($1::text[])"

_INSERT_PAYMENTS = Left("""
new AS (
    SELECT * FROM unnest(
        $1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[],
        $5::text::text[], $6::text::text[], $7::text::text[], $8::text::text[],
        $9::text::text[], $10::text::text[], $11::text::text[], $12::text::text[],
        $13::text::text[], $14::text::text[], $15::text::text[], $16::text::text[],
        $17::text::text[], $18::text::text[], $19::text::text[], $20::text::text[],
        $21::text::text[], $22::text::text[], $23::text::text[], $24::text::text[],
        $25::text::text[], $26::text::text[])
        AS n (uetr, message_id, end_to_end_id, transaction_id, source_ips, destination_ips,
              source_psp, source_sap, destination_sap, destination_psp, quote_id, state, reason,
              text, source, source_amount, destination, destination_amount, fee, rate, priority,
              instruction_id, clearing_reference, returns, answer_to, event)
), inserted AS (
    INSERT INTO gateway.payment
        (uetr, message_id, end_to_end_id, transaction_id, source_ips, destination_ips,
         source_psp, source_sap, destination_sap, destination_psp, quote_id, state, reason,
         text, source, source_amount, destination, destination_amount, fee, rate, priority,
         instruction_id, clearing_reference, returns, answer_to, recorded_at)
    SELECT uetr, message_id, end_to_end_id, transaction_id, source_ips, destination_ips,
           source_psp, source_sap, destination_sap, destination_psp, quote_id, state, reason,
           text, source, source_amount::numeric, destination, destination_amount::numeric,
           fee::numeric, rate::numeric, priority, instruction_id, clearing_reference, returns,
           answer_to, $27
    FROM new
), new_told AS (
    INSERT INTO gateway.payment_event (uetr, event, state, reason, occurred_at, recorded_at)
    SELECT uetr, event, state, reason, $27, $27 FROM new
)
""")

_INSERT_RESOLUTIONS = """
INSERT INTO gateway.resolution
    (first_agent, message_id, asked_by, asked_of, answer_to, recorded_at)
SELECT *, $6 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT DO NOTHING
"""

_RESOLUTIONS = """
SELECT r.first_agent, r.message_id, r.asked_by, r.asked_of, r.answer_to
FROM unnest($1::text[], $2::text[]) AS k (first_agent, message_id)
JOIN gateway.resolution r USING (first_agent, message_id)
"""


class Resolution(Struct, frozen=True):
    """Who asked whom: the way back of the answer, posted to `answer_to` where it is set."""

    first_agent: str
    message_id: str
    asked_by: str
    asked_of: str
    answer_to: str | None = None


async def insert_rates(tx: Tx, rates: Sequence[BaseRate], now: datetime) -> None:
    await tx.execute(
        _INSERT_RATES,
        [rate.id for rate in rates],
        [rate.fxp for rate in rates],
        [rate.source for rate in rates],
        [rate.destination for rate in rates],
        [format(rate.value, "f") for rate in rates],
        [rate.created_at for rate in rates],
        [rate.expires_at for rate in rates],
        now,
    )


async def newest_rates(
    tx: Tx, pairs: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str, str], BaseRate]:
    """The newest rate per (provider's role, source, destination), expired ones too."""
    rows = await tx.fetch(
        _NEWEST_RATES,
        [fxp for fxp, _, _ in pairs],
        [source for _, source, _ in pairs],
        [destination for _, _, destination in pairs],
    )
    return {(row["fxp"], row["source"], row["destination"]): BaseRate(**dict(row)) for row in rows}


async def rates(tx: Tx, ids: Sequence[str]) -> dict[str, BaseRate]:
    return {row["id"]: BaseRate(**dict(row)) for row in await tx.fetch(_RATES, list(ids))}


async def withdraw_rates(tx: Tx, withdrawn: Sequence[tuple[str, str]], now: datetime) -> None:
    """(rate, who took it back)"""
    await tx.execute(
        _WITHDRAW_RATES, [rate for rate, _ in withdrawn], [who for _, who in withdrawn], now
    )


async def known_rates(tx: Tx, ids: Sequence[str]) -> set[str]:
    return {row["id"] for row in await tx.fetch(_RATE_IDS, list(ids))}


async def insert_quotes(tx: Tx, quotes: Sequence[Quote]) -> None:
    """All of one batch: issued and expiring together."""
    if not quotes:
        return
    await leave(
        tx,
        _INSERT_QUOTES,
        texts([quote.id for quote in quotes]),
        texts([quote.psp for quote in quotes]),
        texts([quote.fxp for quote in quotes]),
        texts([quote.source_country for quote in quotes]),
        texts([quote.destination_country for quote in quotes]),
        texts([quote.terms.source.asset.code for quote in quotes]),
        texts([quote.terms.destination.asset.code for quote in quotes]),
        texts([format(quote.terms.rate.value, "f") for quote in quotes]),
        texts([str(quote.terms.source.minor) for quote in quotes]),
        texts([str(quote.terms.destination.minor) for quote in quotes]),
        texts([str(quote.terms.fee.minor) for quote in quotes]),
        texts([str(quote.terms.credited.minor) for quote in quotes]),
        plain(quote.terms.capped for quote in quotes),
        texts([quote.rate_id for quote in quotes]),
        texts([str(quote.tier.threshold.minor) for quote in quotes]),
        plain(quote.tier.bps for quote in quotes),
        plain(quote.psp_bps for quote in quotes),
        quotes[0].issued_at,
        quotes[0].expires_at,
    )


async def quotes(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[Quote, str | None]]:
    """Quotes by id, each with the UETR of the payment that used it, if one did."""
    rows = await tx.fetch(_QUOTES, list(ids))
    return {row["id"]: (_quote(row), row["used_by"]) for row in rows}


def _quote(row: Row) -> Quote:
    source, destination = asset(row["source"]), asset(row["destination"])
    terms = Terms(
        rate=Rate(source, destination, row["rate"].normalize()),
        source=Money(int(row["source_amount"]), source),
        destination=Money(int(row["destination_amount"]), destination),
        fee=Money(int(row["fee"]), destination),
        credited=Money(int(row["credited"]), destination),
        capped=row["capped"],
    )
    return Quote(
        id=row["id"],
        psp=row["psp"],
        fxp=row["fxp"],
        source_country=row["source_country"],
        destination_country=row["destination_country"],
        terms=terms,
        rate_id=row["rate_id"],
        tier=Tier(Money(int(row["tier_threshold"]), source), row["tier_bps"]),
        psp_bps=row["psp_bps"],
        issued_at=row["issued_at"],
        expires_at=row["expires_at"],
    )


async def lock_payments(tx: Tx, uetrs: Sequence[str]) -> dict[str, Payment]:
    rows = await lock(tx, "gateway", uetrs)
    return {row["uetr"]: _payment(row) for row in rows}


async def payments(tx: Tx, uetrs: Sequence[str]) -> dict[str, Payment]:
    """Payments as they stand, to be looked at only."""
    if not uetrs:
        return {}
    return {row["uetr"]: _payment(row) for row in await tx.fetch(_PAYMENTS, list(uetrs))}


_MONEYED = ("source", "source_amount", "destination", "destination_amount", "fee", "rate")


def _payment(row: Row) -> Payment:
    plain = {name: value for name, value in row.items() if name not in _MONEYED}
    source, code, rate = asset(row["source"]), row["destination"], row["rate"]
    money = None if code is None else (row["destination_amount"], row["fee"])
    destination, fee = (
        (None, None) if money is None else (Money(int(each), asset(code)) for each in money)
    )
    return Payment(
        **{
            **plain,
            "state": State(row["state"]),
            "priority": Priority(row["priority"]),
            "source": Money(int(row["source_amount"]), source),
            "destination": destination,
            "fee": fee,
            "rate": None if rate is None else rate.normalize(),
        }
    )


async def insert_payments(tx: Tx, payments: Sequence[tuple[Payment, Event]], now: datetime) -> None:
    """Keep new payments in the state they are in, each with the event that brought it there."""
    if not payments:
        return
    rows = [payment for payment, _ in payments]
    await leave(
        tx,
        _INSERT_PAYMENTS,
        texts([row.uetr for row in rows]),
        texts([row.message_id for row in rows]),
        texts([row.end_to_end_id for row in rows]),
        texts([row.transaction_id for row in rows]),
        texts([row.source_ips for row in rows]),
        texts([row.destination_ips for row in rows]),
        texts([row.source_psp for row in rows]),
        texts([row.source_sap for row in rows]),
        texts([row.destination_sap for row in rows]),
        texts([row.destination_psp for row in rows]),
        texts([row.quote_id for row in rows]),
        texts([row.state for row in rows]),
        texts([row.reason for row in rows]),
        texts([row.text for row in rows]),
        texts([row.source.asset.code for row in rows]),
        texts([str(row.source.minor) for row in rows]),
        texts([None if (to := row.destination) is None else to.asset.code for row in rows]),
        texts([None if (to := row.destination) is None else str(to.minor) for row in rows]),
        texts([None if row.fee is None else str(row.fee.minor) for row in rows]),
        texts([None if row.rate is None else format(row.rate, "f") for row in rows]),
        texts([row.priority for row in rows]),
        texts([row.instruction_id for row in rows]),
        texts([row.clearing_reference for row in rows]),
        texts([row.returns for row in rows]),
        texts([row.answer_to for row in rows]),
        texts([event for _, event in payments]),
        now,
    )


async def insert_resolutions(tx: Tx, asked: Sequence[Resolution], now: datetime) -> None:
    if not asked:
        return
    await tx.execute(
        _INSERT_RESOLUTIONS,
        [row.first_agent for row in asked],
        [row.message_id for row in asked],
        [row.asked_by for row in asked],
        [row.asked_of for row in asked],
        [row.answer_to for row in asked],
        now,
    )


async def resolutions(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Resolution]:
    """By the first agent's BIC and the message id of the request."""
    rows = await tx.fetch(_RESOLUTIONS, [agent for agent, _ in keys], [key for _, key in keys])
    return {(row["first_agent"], row["message_id"]): Resolution(**dict(row)) for row in rows}
