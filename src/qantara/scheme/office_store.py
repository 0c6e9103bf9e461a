"""SQL with which the operator of any scheme role looks at its payments."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from qantara.db import Row, Tx

_ROWS: Mapping[str, str] = {
    "gateway": (
        "SELECT uetr, message_id, state, reason, text, source_amount AS amount, source AS asset,"
        " source_psp AS payer, destination_psp AS payee, recorded_at FROM gateway.payment"
    ),
    "ips": (
        "SELECT uetr, message_id, state, reason, text, amount, asset, pays AS payer,"
        " paid AS payee, recorded_at FROM ips.payment"
    ),
    "sap": (
        "SELECT uetr, message_id, state, reason, text, amount, asset, sender AS payer,"
        " customer AS payee, recorded_at FROM sap.payment"
    ),
    "psp": (
        "SELECT uetr, message_id, state, reason, text, amount, asset, payer, account AS payee,"
        " recorded_at FROM psp.payment"
        " UNION ALL SELECT uetr, message_id, state, reason, text, amount, asset, account, NULL,"
        " recorded_at FROM psp.sent"
    ),
}
"""By kind of role; `payer` and `payee` are the parties as that role knows them."""
_PAGE = (
    " WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR $2 IN (payer, payee))"
    " AND ($3::timestamptz IS NULL OR recorded_at >= $3)"
    " AND ($4::timestamptz IS NULL OR (recorded_at, message_id) < ($4, $5::text))"
    " ORDER BY recorded_at DESC, message_id DESC LIMIT $6"
)
_IN_ORDER = " WHERE uetr = $1 ORDER BY sequence"
_EVENTS: Mapping[str, str] = {
    "gateway": "SELECT event, state, reason, recorded_at FROM gateway.payment_event" + _IN_ORDER,
    "ips": "SELECT event, state, reason, recorded_at FROM ips.payment_event" + _IN_ORDER,
    "sap": "SELECT event, state, reason, recorded_at FROM sap.payment_event" + _IN_ORDER,
    "psp": (
        "SELECT event, state, reason, recorded_at FROM psp.payment_event WHERE uetr = $1"
        " UNION ALL SELECT coalesce(e.event, 'note'), e.status, e.reason, e.recorded_at"
        " FROM psp.sent_event e JOIN psp.sent s USING (message_id) WHERE s.uetr = $1"
        " ORDER BY recorded_at"
    ),
}


async def page(
    tx: Tx,
    kind: str,
    state: str | None,
    party: str | None,
    since: datetime | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Row]:
    at, message_id = before or (None, None)
    return await tx.fetch(
        "SELECT * FROM (" + _ROWS[kind] + ") AS p" + _PAGE,
        state,
        party,
        since,
        at,
        message_id,
        limit,
    )


async def of_uetr(tx: Tx, kind: str, uetr: str) -> Sequence[Row]:
    return await tx.fetch(
        "SELECT * FROM (" + _ROWS[kind] + ") AS p WHERE uetr = $1 ORDER BY recorded_at", uetr
    )


async def events(tx: Tx, kind: str, uetr: str) -> Sequence[Row]:
    return await tx.fetch(_EVENTS[kind], uetr)
