"""SQL of webhook deliveries."""

from collections.abc import Sequence
from datetime import datetime

from qantara.access.webhooks.model import Delivery, DeliveryState, Due, Mark, NewDelivery, Terms
from qantara.db import Row, Tx

_COLUMNS = """
id, sequence, endpoint_id, webhook_id, type, subject, body, state, attempts, due_at, tried_at,
status, error, answer, recorded_at, finished_at
"""

_INSERT = """
INSERT INTO webhooks.delivery
    (id, endpoint_id, webhook_id, type, subject, body, state, due_at, recorded_at)
SELECT id, endpoint_id, webhook_id, type, subject, body, 'pending', $7, $7
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[])
    WITH ORDINALITY AS new (id, endpoint_id, webhook_id, type, subject, body, place)
ORDER BY place
ON CONFLICT (id) DO NOTHING
"""

_BY_ID = "SELECT " + _COLUMNS + " FROM webhooks.delivery WHERE id = ANY($1::text[])"

_LISTED = (
    "SELECT "
    + _COLUMNS
    + """
FROM webhooks.delivery
WHERE endpoint_id = $1 AND sequence < coalesce(
    (SELECT sequence FROM webhooks.delivery WHERE id = $2 AND endpoint_id = $1),
    9223372036854775807)
ORDER BY sequence DESC LIMIT $3
"""
)

# One read for all endpoints; of each subject only the oldest that waits, of an endpoint that
# fails only one at all.
_DUE = """
SELECT d.id, d.endpoint_id, d.webhook_id, d.body, d.attempts, e.url, e.secret,
    CASE WHEN e.previous_until > $1 THEN e.previous_secret END AS previous_secret
FROM webhooks.endpoint e CROSS JOIN LATERAL (
    SELECT w.id, w.endpoint_id, w.webhook_id, w.body, w.attempts, w.sequence
    FROM webhooks.delivery w
    WHERE w.endpoint_id = e.id AND w.state = 'pending' AND w.due_at <= $1 AND NOT EXISTS (
        SELECT FROM webhooks.delivery older
        WHERE older.endpoint_id = w.endpoint_id AND older.subject = w.subject
        AND older.state = 'pending' AND older.sequence < w.sequence AND older.attempts < $3)
    ORDER BY w.sequence LIMIT CASE WHEN e.failures = 0 THEN $4::bigint ELSE 1 END
) AS d
WHERE e.state = 'enabled' AND (e.rest_until IS NULL OR e.rest_until <= $1)
    AND e.id <> ALL($2::text[])
    AND EXISTS (SELECT FROM access.api_key k WHERE k.principal_id = e.principal_id
        AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1))
ORDER BY e.id, d.sequence
"""

_MARK = """
UPDATE webhooks.delivery d SET state = m.state, attempts = d.attempts + 1,
    due_at = coalesce(m.again_at, d.due_at), tried_at = $7::timestamptz, status = m.status,
    error = m.error, answer = m.answer,
    finished_at = CASE WHEN m.state = 'pending' THEN NULL ELSE $7::timestamptz END
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::int[], $5::text[], $6::text[])
    AS m (id, state, again_at, status, error, answer)
WHERE d.id = m.id AND d.state = 'pending'
"""

_CANCEL = """
UPDATE webhooks.delivery SET state = 'cancelled', finished_at = $2
WHERE endpoint_id = ANY($1::text[]) AND state = 'pending'
"""

_HASTEN = """
UPDATE webhooks.delivery SET due_at = $2 WHERE id = ANY($1::text[]) AND state = 'pending'
"""

_DELETE = "DELETE FROM webhooks.delivery WHERE recorded_at < $1"


async def insert(tx: Tx, new: Sequence[NewDelivery], now: datetime) -> None:
    """Queue deliveries; one queued before stays as it is."""
    await tx.execute(
        _INSERT,
        [each.id for each in new],
        [each.endpoint_id for each in new],
        [each.webhook_id for each in new],
        [each.type for each in new],
        [each.subject for each in new],
        [each.body for each in new],
        now,
    )


async def deliveries(tx: Tx, ids: Sequence[str]) -> dict[str, Delivery]:
    return {row["id"]: _delivery(row) for row in await tx.fetch(_BY_ID, list(ids))}


async def listed(tx: Tx, endpoint_id: str, before: str | None, limit: int) -> list[Delivery]:
    return [_delivery(row) for row in await tx.fetch(_LISTED, endpoint_id, before, limit)]


async def due(tx: Tx, without: Sequence[str], terms: Terms, now: datetime) -> list[Due]:
    """What may be tried now, by endpoint; nothing of the endpoints `without`."""
    rows = await tx.fetch(_DUE, now, list(without), terms.order_attempts, terms.per_endpoint)
    return [_due(row) for row in rows]


async def mark(tx: Tx, marks: Sequence[Mark], now: datetime) -> None:
    await tx.execute(
        _MARK,
        [each.delivery_id for each in marks],
        [each.state.value for each in marks],
        [each.again_at for each in marks],
        [each.status for each in marks],
        [each.error for each in marks],
        [each.answer for each in marks],
        now,
    )


async def hasten(tx: Tx, ids: Sequence[str], now: datetime) -> None:
    await tx.execute(_HASTEN, list(ids), now)


async def cancel(tx: Tx, endpoint_ids: Sequence[str], now: datetime) -> None:
    """Nothing that waits for these endpoints is told any more."""
    await tx.execute(_CANCEL, list(endpoint_ids), now)


async def delete(tx: Tx, before: datetime) -> None:
    await tx.execute(_DELETE, before)


def _delivery(row: Row) -> Delivery:
    said = dict(row)
    return Delivery(state=DeliveryState(said.pop("state")), **said)


def _due(row: Row) -> Due:
    said = dict(row)
    secrets = (said.pop("secret"), said.pop("previous_secret"))
    return Due(secrets=tuple(each for each in secrets if each is not None), **said)
