"""SQL that adds payments up by day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from qantara.db import Row, Tx
from qantara.money import Money, asset
from qantara.rails.model import Booking, Status
from qantara.remittance.daily_model import Ended, Offered, Outcome, Own, ReceivedDay, SentDay
from qantara.remittance.inbound_store import by_uetrs as received_by_uetrs
from qantara.remittance.model import Inbound, InboundState, Remittance, State
from qantara.remittance.store import by_ids, by_uetrs, plain

_SENT = """
SELECT (r.finished_at AT TIME ZONE 'UTC')::date AS on_day, q.destination_country AS country,
    q.source_currency AS source, q.destination_currency AS destination, count(*) AS count,
    sum(q.total_debit) AS debited, sum(q.sender_fee) AS fee, sum(q.interbank_source) AS exchanged,
    sum(q.interbank_destination) AS arrived, sum(q.interbank_destination / q.mid_rate) AS at_mid
FROM remittance.remittance r JOIN remittance.quote q ON q.id = r.quote_id
WHERE r.finished_at >= $1 AND r.state = 'completed'
GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2
"""
_RECEIVED = """
SELECT (finished_at AT TIME ZONE 'UTC')::date AS on_day, currency, count(*) AS count,
    sum(interbank) AS interbank, sum(fee) AS fee, sum(credited) AS credited
FROM remittance.inbound WHERE finished_at >= $1 AND state = 'credited'
GROUP BY 1, 2 ORDER BY 1 DESC, 2
"""
_OFFERED = """
SELECT DISTINCT ON (q.source_currency, q.destination_currency, q.fxp_bic)
    q.fxp_bic, q.source_currency AS source, q.destination_currency AS destination, q.rate,
    q.mid_rate AS mid, q.recorded_at
FROM (SELECT quote_id FROM remittance.remittance ORDER BY sequence DESC LIMIT $1) n
JOIN remittance.quote q ON q.id = n.quote_id
ORDER BY q.source_currency, q.destination_currency, q.fxp_bic, q.recorded_at DESC
"""
_ENDED = """
SELECT date_bin($2::interval, e.finished_at, $1) AS at, e.outcome, count(*) AS count
FROM (
    SELECT finished_at, CASE state WHEN 'blocked' THEN 'rejected' ELSE state END AS outcome
    FROM remittance.remittance
    WHERE finished_at >= $1 AND state IN ('completed', 'rejected', 'blocked', 'refused')
    UNION ALL
    SELECT finished_at, 'received' FROM remittance.inbound
    WHERE finished_at >= $1 AND state = 'credited') e
GROUP BY 1, 2
"""
_SENT_IDS = """
SELECT id FROM remittance.remittance
WHERE finished_at >= $1 AND finished_at < $2 AND uetr IS NOT NULL AND sequence > $3
ORDER BY sequence LIMIT $4
"""
_RECEIVED_UETRS = """
SELECT uetr FROM remittance.inbound
WHERE finished_at >= $1 AND finished_at < $2 AND state IN ('credited', 'blocked')
ORDER BY sequence LIMIT $3
"""


async def sent_days(tx: Tx, since: datetime) -> list[SentDay]:
    return [_sent_day(row) for row in await tx.fetch(_SENT, since)]


def _sent_day(row: Row) -> SentDay:
    source, destination = asset(row["source"]), asset(row["destination"])
    at_mid = Decimal(row["at_mid"]).scaleb(source.scale - destination.scale)
    return SentDay(
        row["on_day"],
        row["country"],
        row["count"],
        Money(int(row["debited"]), source),
        Money(int(row["fee"]), source),
        Money(int(row["exchanged"]), source),
        Money(int(row["arrived"]), destination),
        Money(int(at_mid.to_integral_value(ROUND_HALF_UP)), source),
    )


async def received_days(tx: Tx, since: datetime) -> list[ReceivedDay]:
    return [
        ReceivedDay(
            row["on_day"],
            row["count"],
            *(
                Money(int(row[name]), asset(row["currency"]))
                for name in ("interbank", "fee", "credited")
            ),
        )
        for row in await tx.fetch(_RECEIVED, since)
    ]


async def offered(tx: Tx, among: int) -> list[Offered]:
    """The newest rate of every provider and pair, among so many of the newest quotes."""
    return [
        Offered(
            row["fxp_bic"],
            row["source"],
            row["destination"],
            plain(row["rate"]),
            plain(row["mid"]),
            row["recorded_at"],
        )
        for row in await tx.fetch(_OFFERED, among)
    ]


async def ended_by_step(tx: Tx, since: datetime, step: timedelta) -> list[Ended]:
    rows = await tx.fetch(_ENDED, since, step)
    return [Ended(row["at"], Outcome(row["outcome"]), row["count"]) for row in rows]


async def sent_in(
    tx: Tx, begins_at: datetime, ends_at: datetime, after: int, limit: int
) -> list[Remittance]:
    """Payments sent that ended in a period, in the order of acceptance, after a number."""
    rows = await tx.fetch(_SENT_IDS, begins_at, ends_at, after, limit)
    found = await by_ids(tx, [row["id"] for row in rows])
    return [found[row["id"]] for row in rows]


async def received_in(tx: Tx, begins_at: datetime, ends_at: datetime, limit: int) -> list[Inbound]:
    """Payments received that were credited or blocked in a period."""
    rows = await tx.fetch(_RECEIVED_UETRS, begins_at, ends_at, limit)
    found = await received_by_uetrs(tx, [row["uetr"] for row in rows])
    return [found[row["uetr"]] for row in rows]


_SENT_STATUS = {
    State.COMPLETED: Status.ACCC,
    State.REJECTED: Status.RJCT,
    State.BLOCKED: Status.BLCK,
}
_RECEIVED_STATUS = {
    InboundState.CREDITED: Status.ACCC,
    InboundState.BLOCKED: Status.BLCK,
    InboundState.REFUSED: Status.RJCT,
    InboundState.RELEASED: Status.RJCT,
    InboundState.REVERSED: Status.RJCT,
}


async def own(tx: Tx, uetrs: Sequence[str]) -> dict[tuple[str, Booking], Own]:
    """Our side of payments, as a report should tell of them."""
    sent, received = await by_uetrs(tx, uetrs), await received_by_uetrs(tx, uetrs)
    return as_own([*sent.values(), *received.values()])


def as_own(payments: Sequence[Remittance | Inbound]) -> dict[tuple[str, Booking], Own]:
    told = [_sent_own(p) if isinstance(p, Remittance) else _received_own(p) for p in payments]
    return {(each.uetr, each.booking): each for each in told}


def _sent_own(sent: Remittance) -> Own:
    return Own(
        sent.uetr or "",
        sent.id,
        Booking.DBIT,
        sent.quote.offer.interbank_source,
        _SENT_STATUS.get(sent.state),
        sent.finished_at,
    )


def _received_own(received: Inbound) -> Own:
    status = _RECEIVED_STATUS.get(received.state)
    return Own(received.uetr, received.uetr, Booking.CRDT, received.interbank, status, None)
