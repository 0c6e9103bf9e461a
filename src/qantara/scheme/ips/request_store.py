"""SQL of an instant payment system: requests to pay."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from qantara.db import Row, Tx
from qantara.errors import Conflict, Reason
from qantara.money import Money, asset
from qantara.scheme.ips.model import Payment, Request, RequestEvent, RequestState

_LOCK = """
SELECT r.* FROM ips.request r
JOIN unnest($1::text[], $2::text[]) AS k (creditor_bic, request_id)
    USING (creditor_bic, request_id)
ORDER BY r.creditor_bic, r.request_id FOR UPDATE OF r
"""

_LOCK_PAID = """
SELECT r.* FROM ips.request r
JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS k (end_to_end_id, creditor_bic, debtor_bic, amount)
    ON r.end_to_end_id = k.end_to_end_id AND r.creditor_bic = k.creditor_bic
    AND r.debtor_bic = k.debtor_bic AND r.amount = k.amount::numeric
WHERE r.state IN ('asked', 'shown', 'accepted')
ORDER BY r.creditor_bic, r.request_id FOR UPDATE OF r
"""

_LOCK_OVERDUE = """
SELECT * FROM ips.request
WHERE expires_at <= $1 AND state IN ('asked', 'shown', 'accepted')
ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""

_INSERT = """
WITH new AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[],
        $7::text[], $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::text[],
        $13::text[], $14::text[])
        AS n (creditor_bic, request_id, message_id, created_at, end_to_end_id, creditor, debtor,
              debtor_bic, amount, asset, expires_at, state, event, reason)
), inserted AS (
    INSERT INTO ips.request
        (creditor_bic, request_id, message_id, created_at, end_to_end_id, creditor, debtor,
         debtor_bic, amount, asset, expires_at, state, recorded_at)
    SELECT creditor_bic, request_id, message_id, created_at, end_to_end_id, creditor, debtor,
           debtor_bic, amount::numeric, asset, expires_at, state, $15
    FROM new
)
INSERT INTO ips.request_event
    (creditor_bic, request_id, event, state, reason, occurred_at, recorded_at)
SELECT creditor_bic, request_id, event, state, reason, $15, $15 FROM new
"""

_MOVE = """
WITH step AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        AS s (creditor_bic, request_id, was, event, state, reason)
), moved AS (
    UPDATE ips.request r SET state = s.state
    FROM step s
    WHERE r.creditor_bic = s.creditor_bic AND r.request_id = s.request_id AND r.state = s.was
    RETURNING r.creditor_bic, r.request_id
)
INSERT INTO ips.request_event
    (creditor_bic, request_id, event, state, reason, occurred_at, recorded_at)
SELECT s.creditor_bic, s.request_id, s.event, s.state, s.reason, $7, $7
FROM step s JOIN moved m USING (creditor_bic, request_id)
RETURNING request_id
"""


class RequestStep(Struct, frozen=True):
    """One move of a request that is in the state before it."""

    request: Request
    event: RequestEvent
    state: RequestState
    reason: str | None = None


async def lock(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Request]:
    """By the BIC of the payee's provider and the id of the request."""
    rows = await tx.fetch(_LOCK, [bic for bic, _ in keys], [id_ for _, id_ in keys])
    return {request.key: request for request in map(_request, rows)}


async def lock_paid(tx: Tx, payments: Sequence[Payment]) -> list[Request]:
    """Open requests that these payments pay."""
    rows = await tx.fetch(
        _LOCK_PAID,
        [payment.end_to_end_id for payment in payments],
        [payment.paid_bic for payment in payments],
        [payment.pays_bic for payment in payments],
        [str(payment.amount.minor) for payment in payments],
    )
    return list({request.key: request for request in map(_request, rows)}.values())


async def lock_overdue(tx: Tx, limit: int, now: datetime) -> list[Request]:
    return [_request(row) for row in await tx.fetch(_LOCK_OVERDUE, now, limit)]


def _request(row: Row) -> Request:
    values = dict(row)
    del values["recorded_at"]
    values["amount"] = Money(int(values["amount"]), asset(values.pop("asset")))
    values["state"] = RequestState(values["state"])
    return Request(**values)


async def insert(tx: Tx, new: Sequence[RequestStep], now: datetime) -> None:
    """Keep new requests, in the state that their first step led to."""
    rows = [step.request for step in new]
    await tx.execute(
        _INSERT,
        [row.creditor_bic for row in rows],
        [row.request_id for row in rows],
        [row.message_id for row in rows],
        [row.created_at for row in rows],
        [row.end_to_end_id for row in rows],
        [row.creditor for row in rows],
        [row.debtor for row in rows],
        [row.debtor_bic for row in rows],
        [str(row.amount.minor) for row in rows],
        [row.amount.asset.code for row in rows],
        [row.expires_at for row in rows],
        [step.state for step in new],
        [step.event for step in new],
        [step.reason for step in new],
        now,
    )


async def move(tx: Tx, steps: Sequence[RequestStep], now: datetime) -> None:
    """`Conflict` if one request was no longer where it was read."""
    moved = await tx.fetch(
        _MOVE,
        [step.request.creditor_bic for step in steps],
        [step.request.request_id for step in steps],
        [step.request.state for step in steps],
        [step.event for step in steps],
        [step.state for step in steps],
        [step.reason for step in steps],
        now,
    )
    if len(moved) != len(steps):
        raise Conflict(Reason.STATE_CONFLICT, detail="a request moved meanwhile")
