"""Remittances in the database: one SQL text beside one function each, always for a whole batch."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from qantara.db import Row, Tx
from qantara.db.arrays import texts
from qantara.db.leaving import Left, as_many, leave
from qantara.errors import Reason
from qantara.ids import AccountId, CustomerId, QuoteId, RemittanceId
from qantara.money import Asset, Money, Rate, asset
from qantara.rails.model import Priority
from qantara.remittance.model import (
    Accept,
    Change,
    Fixed,
    GatewayQuote,
    PriceRequest,
    Quote,
    ReferenceRate,
    Remittance,
    State,
)

_QUOTE_COLUMNS = (
    "q.id AS quote_id, q.customer_id, q.account_id, q.fixed, q.source_country,"
    " q.destination_country, q.source_currency, q.destination_currency, q.total_debit,"
    " q.sender_fee, q.interbank_source, q.rate, q.interbank_destination, q.recipient_fee,"
    " q.received, q.mid_rate, q.mid_source, q.mid_as_of, q.total_cost_percent,"
    " q.gateway_quote_id, q.fxp_bic, q.source_sap_bic, q.source_sap_account,"
    " q.destination_sap_bic, q.destination_sap_account, q.valid_until, q.recorded_at"
)
_REMITTANCE_COLUMNS = (
    "r.id, r.sequence, r.state, r.uetr, r.hold_id, r.reason, r.reason_code, r.rule, r.citation,"
    " r.accepted_at, r.finished_at, i.payee_name, i.payee_check_id, i.purpose, i.note, i.reference,"
    " i.message_id, i.priority, r.resends"
)
_SELECT = (
    "SELECT "
    + _REMITTANCE_COLUMNS
    + ", "
    + _QUOTE_COLUMNS
    + " FROM remittance.remittance r JOIN remittance.quote q ON q.id = r.quote_id"
    " LEFT JOIN remittance.instruction i ON i.remittance_id = r.id"
)


def _quote(row: Row) -> Quote:
    source, destination = asset(row["source_currency"]), asset(row["destination_currency"])
    fixed = Fixed(row["fixed"])

    def money(name: str, currency: Asset) -> Money:
        return Money(int(row[name]), currency)

    total_debit, received = money("total_debit", source), money("received", destination)
    return Quote(
        id=QuoteId(row["quote_id"]),
        request=PriceRequest(
            CustomerId(row["customer_id"]),
            AccountId(row["account_id"]),
            row["destination_country"],
            fixed,
            total_debit if fixed is Fixed.SOURCE else received,
        ),
        source_country=row["source_country"],
        total_debit=total_debit,
        sender_fee=money("sender_fee", source),
        offer=GatewayQuote(
            id=row["gateway_quote_id"],
            fxp_bic=row["fxp_bic"],
            rate=plain(row["rate"]),
            interbank_source=money("interbank_source", source),
            interbank_destination=money("interbank_destination", destination),
            recipient_fee=money("recipient_fee", destination),
            received=received,
            source_sap_bic=row["source_sap_bic"],
            source_sap_account=row["source_sap_account"],
            destination_sap_bic=row["destination_sap_bic"],
            destination_sap_account=row["destination_sap_account"],
            issued_at=row["recorded_at"],
            valid_until=row["valid_until"],
            capped=False,
        ),
        mid=ReferenceRate(
            Rate(source, destination, plain(row["mid_rate"])), row["mid_source"], row["mid_as_of"]
        ),
        total_cost_percent=row["total_cost_percent"],
        recorded_at=row["recorded_at"],
    )


def plain(value: Decimal) -> Decimal:
    """A stored rate without the zeros that its column adds."""
    return Decimal(f"{value.normalize():f}")


def _remittance(row: Row) -> Remittance:
    return Remittance(
        id=RemittanceId(row["id"]),
        quote=_quote(row),
        state=State(row["state"]),
        sequence=row["sequence"],
        uetr=row["uetr"],
        hold_id=row["hold_id"],
        reason=Reason(row["reason"]) if row["reason"] else None,
        **{
            name: row[name]
            for name in (
                *("reason_code", "rule", "citation", "accepted_at", "finished_at", "payee_name"),
                *("payee_check_id", "purpose", "note", "reference", "message_id", "resends"),
            )
        },
        priority=Priority(row["priority"] or Priority.NORM),
    )


_ADD_QUOTES = Left(
    "quoted AS ("
    " INSERT INTO remittance.quote"
    " SELECT id, customer_id, account_id, fixed, source_country, destination_country,"
    " source_currency, destination_currency, total_debit::numeric, sender_fee::numeric,"
    " interbank_source::numeric, rate::numeric, interbank_destination::numeric,"
    " recipient_fee::numeric, received::numeric, mid_rate::numeric, mid_source, mid_as_of,"
    " total_cost_percent::numeric, gateway_quote_id, fxp_bic, source_sap_bic,"
    " source_sap_account, destination_sap_bic, destination_sap_account, valid_until,"
    " recorded_at"
    " FROM unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[],"
    " $5::text::text[], $6::text::text[], $7::text::text[], $8::text::text[],"
    " $9::text::text[], $10::text::text[], $11::text::text[], $12::text::text[],"
    " $13::text::text[], $14::text::text[], $15::text::text[], $16::text::text[],"
    " $17::text::text[], $18::timestamptz[], $19::text::text[], $20::text::text[],"
    " $21::text::text[], $22::text::text[], $23::text::text[], $24::text::text[],"
    " $25::text::text[], $26::timestamptz[], $27::timestamptz[])"
    " AS n(id, customer_id, account_id, fixed, source_country, destination_country,"
    " source_currency, destination_currency, total_debit, sender_fee, interbank_source, rate,"
    " interbank_destination, recipient_fee, received, mid_rate, mid_source, mid_as_of,"
    " total_cost_percent, gateway_quote_id, fxp_bic, source_sap_bic, source_sap_account,"
    " destination_sap_bic, destination_sap_account, valid_until, recorded_at)"
    " RETURNING id, customer_id), opened AS ("
    " INSERT INTO remittance.remittance (id, quote_id, customer_id, state)"
    " SELECT 'rem_' || substr(id, 5), id, customer_id, 'quoted' FROM quoted)"
)


async def add_quotes(tx: Tx, quotes: Sequence[Quote]) -> None:
    """Keep quotes whose ids are new, and open the remittance each may become."""
    rows = [_quote_row(quote) for quote in quotes]
    columns = [
        list(column) if place in _QUOTE_TIMES else texts(column)
        for place, column in enumerate(zip(*rows, strict=True))
    ]
    await leave(tx, _ADD_QUOTES, *columns)


_QUOTE_TIMES = {17, 25, 26}
"""Which of a quote's values are moments, as `_quote_row` counts them."""


def _quote_row(quote: Quote) -> tuple[Any, ...]:
    offer, request = quote.offer, quote.request
    return (
        quote.id,
        request.customer_id,
        request.account_id,
        request.fixed.value,
        quote.source_country,
        request.destination_country,
        quote.total_debit.asset.code,
        offer.received.asset.code,
        str(quote.total_debit.minor),
        str(quote.sender_fee.minor),
        str(offer.interbank_source.minor),
        str(offer.rate),
        str(offer.interbank_destination.minor),
        str(offer.recipient_fee.minor),
        str(offer.received.minor),
        str(quote.mid.rate.value),
        quote.mid.source,
        quote.mid.as_of,
        str(quote.total_cost_percent),
        offer.id,
        offer.fxp_bic,
        offer.source_sap_bic,
        offer.source_sap_account,
        offer.destination_sap_bic,
        offer.destination_sap_account,
        quote.valid_until,
        quote.recorded_at,
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Remittance]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE r.id = ANY($1::text[])", list(ids))
    return {row["id"]: _remittance(row) for row in rows}


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Remittance]:
    """The remittances, locked in id order until the transaction ends."""
    if not ids:
        return {}
    rows = await tx.fetch(
        _SELECT + " WHERE r.id = ANY($1::text[]) ORDER BY r.id FOR UPDATE OF r", list(ids)
    )
    return {row["id"]: _remittance(row) for row in rows}


async def lock_by_uetr(tx: Tx, uetrs: Sequence[str]) -> dict[str, Remittance]:
    rows = await tx.fetch(
        _SELECT + " WHERE r.uetr = ANY($1::text[]) ORDER BY r.id FOR UPDATE OF r", list(uetrs)
    )
    return {row["uetr"]: _remittance(row) for row in rows}


async def by_uetrs(tx: Tx, uetrs: Sequence[str]) -> dict[str, Remittance]:
    if not uetrs:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE r.uetr = ANY($1::text[])", list(uetrs))
    return {row["uetr"]: _remittance(row) for row in rows}


async def overdue(tx: Tx, limit: int) -> list[Remittance]:
    """What waits for an answer that should have come, the longest first."""
    rows = await tx.fetch(
        _SELECT + " WHERE r.state = 'overdue' ORDER BY r.sequence LIMIT $1", limit
    )
    return [_remittance(row) for row in rows]


async def newest(tx: Tx, before: int | None, limit: int) -> list[Remittance]:
    """Everybody's remittances, the newest first, those before a sequence number; quotes that
    came to nothing are none.
    """
    rows = await tx.fetch(
        _SELECT + " WHERE r.sequence < coalesce($1::bigint, 9223372036854775807)"
        " AND (r.state NOT IN ('quoted', 'expired') OR r.hold_id IS NOT NULL)"
        " ORDER BY r.sequence DESC LIMIT $2",
        before,
        limit,
    )
    return [_remittance(row) for row in rows]


async def in_review(tx: Tx, account_ids: Sequence[str]) -> dict[str, int]:
    """How much of each account is held for payments that wait for a person; by account."""
    if not account_ids:
        return {}
    rows = await tx.fetch(
        "SELECT v.account_id, sum(q.total_debit)::text AS waiting FROM remittance.review v"
        " JOIN remittance.remittance r ON r.id = v.remittance_id"
        " JOIN remittance.quote q ON q.id = r.quote_id"
        " WHERE v.account_id = ANY($1::text[]) AND v.state = 'waiting' AND r.state = 'in_review'"
        " GROUP BY v.account_id",
        list(account_ids),
    )
    return {row["account_id"]: int(row["waiting"]) for row in rows}


async def customers(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    """Whose remittances these are."""
    rows = await tx.fetch(
        "SELECT id, customer_id FROM remittance.remittance WHERE id = ANY($1::text[])", list(ids)
    )
    return {row["id"]: row["customer_id"] for row in rows}


async def of_customer(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Remittance]:
    """A customer's remittances, newest first, those before a sequence number; a quote that
    nobody accepted is none, one that expired while it was reviewed is.
    """
    rows = await tx.fetch(
        _SELECT
        + " WHERE r.customer_id = $1 AND r.sequence < coalesce($2::bigint, 9223372036854775807)"
        " AND (r.state NOT IN ('quoted', 'expired') OR r.hold_id IS NOT NULL)"
        " ORDER BY r.sequence DESC LIMIT $3",
        customer_id,
        before,
        limit,
    )
    return [_remittance(row) for row in rows]


_ADVANCE = Left(
    "advanced AS (UPDATE remittance.remittance r SET state = c.state,"
    " uetr = coalesce(c.uetr, r.uetr), hold_id = coalesce(c.hold_id, r.hold_id),"
    " reason = coalesce(c.reason, r.reason), reason_code = coalesce(c.code, r.reason_code),"
    " rule = coalesce(c.rule, r.rule), citation = coalesce(c.citation, r.citation),"
    " resends = r.resends + (c.state = 'overdue')::int,"
    " accepted_at = CASE WHEN c.state = 'accepted' THEN $10 ELSE r.accepted_at END,"
    " finished_at = CASE WHEN c.state = ANY($11::text[]) THEN $10 ELSE r.finished_at END"
    " FROM unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[],"
    " $5::text::text[], $6::text::text[], $7::text::text[], $8::text::text[],"
    " $9::text::text[])"
    " AS c(id, before, state, uetr, hold_id, reason, code, rule, citation)"
    " WHERE r.id = c.id AND r.state = c.before RETURNING r.id)",
    said="SELECT count(*) FROM advanced",
)


async def advance(
    tx: Tx, changes: Sequence[tuple[Change, State]], now: datetime, final: frozenset[State]
) -> None:
    """Move each remittance from the state it was read in; a `Conflict`, told by a later
    statement, where one no longer stood there.
    """
    await leave(
        tx,
        _ADVANCE,
        texts([change.remittance.id for change, _ in changes]),
        texts([change.remittance.state.value for change, _ in changes]),
        texts([state.value for _, state in changes]),
        texts([change.uetr for change, _ in changes]),
        texts([change.hold_id for change, _ in changes]),
        texts([change.refusal.reason.value if change.refusal else None for change, _ in changes]),
        texts([change.reason_code for change, _ in changes]),
        texts([change.refusal.rule if change.refusal else None for change, _ in changes]),
        texts([change.refusal.citation if change.refusal else None for change, _ in changes]),
        now,
        [state.value for state in final],
        told=as_many(len(changes), "a remittance moved meanwhile"),
    )


_ADD_INSTRUCTIONS = Left(
    "instructed AS (INSERT INTO remittance.instruction"
    " (remittance_id, payee_check_id, payee_name, purpose, note, reference, priority,"
    " message_id, recorded_at)"
    " SELECT *, $9 FROM unnest($1::text::text[], $2::text::text[], $3::text::text[],"
    " $4::text::text[], $5::text::text[], $6::text::text[], $7::text::text[],"
    " $8::text::text[]))"
)


async def add_instructions(
    tx: Tx, accepted: Sequence[tuple[str, Accept, str, str]], now: datetime
) -> None:
    """Keep what senders said: (remittance id, their words, payee's name, message id)."""
    await leave(
        tx,
        _ADD_INSTRUCTIONS,
        texts([remittance for remittance, _, _, _ in accepted]),
        texts([accept.payee_check_id for _, accept, _, _ in accepted]),
        texts([name for _, _, name, _ in accepted]),
        texts([accept.purpose for _, accept, _, _ in accepted]),
        texts([accept.note for _, accept, _, _ in accepted]),
        texts([accept.reference for _, accept, _, _ in accepted]),
        texts([accept.priority.value for _, accept, _, _ in accepted]),
        texts([message_id for _, _, _, message_id in accepted]),
        now,
    )


async def submit(
    tx: Tx, message_ids: Sequence[str], before: State, after: State
) -> dict[str, str | None]:
    """Move the remittances that these pacs.008 of ours carried from one state to the next, where
    they stand in it. By message id: the remittance that moved; None for one that did not.
    """
    rows = await tx.fetch(
        "WITH carried AS (SELECT message_id, remittance_id FROM remittance.instruction"
        " WHERE message_id = ANY($1::text[])), moved AS ("
        " UPDATE remittance.remittance r SET state = $3 FROM carried c"
        " WHERE r.id = c.remittance_id AND r.state = $2 RETURNING r.id)"
        " SELECT c.message_id, m.id FROM carried c LEFT JOIN moved m ON m.id = c.remittance_id",
        list(message_ids),
        before.value,
        after.value,
    )
    return {row["message_id"]: row["id"] for row in rows}


async def carried(tx: Tx, message_ids: Sequence[str]) -> dict[str, str]:
    """Which remittance each of our pacs.008 messages carried."""
    rows = await tx.fetch(
        "SELECT message_id, remittance_id FROM remittance.instruction"
        " WHERE message_id = ANY($1::text[])",
        list(message_ids),
    )
    return {row["message_id"]: row["remittance_id"] for row in rows}
