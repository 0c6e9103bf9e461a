"""SQL of webhook endpoints."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from qantara.access.webhooks.model import Endpoint, EndpointState, NewEndpoint
from qantara.db import Row, Tx

_COLUMNS = """
id, principal_id, customer_id, url, event_types, description, state, secret, previous_secret,
previous_until, started_after, failures, failing_since, created_at, changed_at
"""

_INSERT = """
INSERT INTO webhooks.endpoint (id, principal_id, customer_id, url, event_types, description,
    state, secret, started_after, created_at, changed_at)
SELECT id, principal_id, customer_id, url, string_to_array(event_types, ','), description,
    'enabled', secret, $8, $9, $9
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    WITH ORDINALITY
    AS new (id, principal_id, customer_id, url, event_types, description, secret, place)
ORDER BY place
ON CONFLICT (id) DO NOTHING RETURNING id
"""

_COUNTS = """
SELECT principal_id, count(*) AS count FROM webhooks.endpoint
WHERE principal_id = ANY($1::text[]) AND state <> 'deleted' GROUP BY principal_id
"""

_BY_ID = "SELECT " + _COLUMNS + " FROM webhooks.endpoint WHERE id = ANY($1::text[])"

_LOCK = _BY_ID + " ORDER BY id FOR UPDATE"

_LISTED = (
    "SELECT "
    + _COLUMNS
    + """
FROM webhooks.endpoint
WHERE principal_id = $1 AND state <> 'deleted' AND sequence < coalesce(
    (SELECT sequence FROM webhooks.endpoint WHERE id = $2), 9223372036854775807)
ORDER BY sequence DESC LIMIT $3
"""
)

_NEWEST = (
    "SELECT "
    + _COLUMNS
    + """
FROM webhooks.endpoint
WHERE sequence < coalesce(
    (SELECT sequence FROM webhooks.endpoint WHERE id = $1), 9223372036854775807)
ORDER BY sequence DESC LIMIT $2
"""
)

_ABOUT = (
    "SELECT "
    + _COLUMNS
    + " FROM webhooks.endpoint WHERE customer_id = $1 ORDER BY sequence DESC LIMIT $2"
)

_LIVE = (
    "SELECT "
    + _COLUMNS
    + """
FROM webhooks.endpoint e WHERE state = 'enabled' AND EXISTS (
    SELECT FROM access.api_key k WHERE k.principal_id = e.principal_id
    AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1))
ORDER BY id
"""
)

_ANY_ENABLED = "SELECT EXISTS (SELECT FROM webhooks.endpoint WHERE state = 'enabled')"

_SAVE = """
UPDATE webhooks.endpoint e SET url = s.url, event_types = string_to_array(s.event_types, ','),
    description = s.description, state = s.state, secret = s.secret,
    previous_secret = s.previous_secret, previous_until = s.previous_until,
    started_after = s.started_after, failures = s.failures, failing_since = s.failing_since,
    rest_until = NULL, changed_at = s.changed_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::timestamptz[], $9::bigint[], $10::int[], $11::timestamptz[], $12::timestamptz[])
    AS s (id, url, event_types, description, state, secret, previous_secret, previous_until,
          started_after, failures, failing_since, changed_at)
WHERE e.id = s.id
"""

_SET_HEALTH = """
UPDATE webhooks.endpoint e SET state = h.state, failures = h.failures,
    failing_since = h.failing_since, rest_until = h.rest_until,
    changed_at = CASE WHEN e.state = h.state THEN e.changed_at ELSE $6::timestamptz END
FROM unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[], $5::timestamptz[])
    AS h (id, state, failures, failing_since, rest_until)
WHERE e.id = h.id
"""

_END_REST = "UPDATE webhooks.endpoint SET rest_until = NULL WHERE id = ANY($1::text[])"

_POSITION = "SELECT sequence FROM webhooks.position"

_MOVE_POSITION = "UPDATE webhooks.position SET sequence = $1 WHERE sequence < $1"


class Health(NamedTuple):
    """How an endpoint fares; it is left alone until `rest_until`."""

    id: str
    state: EndpointState
    failures: int
    failing_since: datetime | None
    rest_until: datetime | None


async def insert(tx: Tx, new: Sequence[NewEndpoint], started_after: int, now: datetime) -> set[str]:
    """The ids that were new."""
    rows = await tx.fetch(
        _INSERT,
        [each.id for each in new],
        [each.principal_id for each in new],
        [each.customer_id for each in new],
        [each.url for each in new],
        [",".join(each.event_types) for each in new],
        [each.description for each in new],
        [each.secret for each in new],
        started_after,
        now,
    )
    return {row["id"] for row in rows}


async def counts(tx: Tx, principal_ids: Sequence[str]) -> dict[str, int]:
    """How many endpoints each principal has."""
    rows = await tx.fetch(_COUNTS, list(principal_ids))
    return {row["principal_id"]: row["count"] for row in rows}


async def endpoints(tx: Tx, ids: Sequence[str]) -> dict[str, Endpoint]:
    return {row["id"]: _endpoint(row) for row in await tx.fetch(_BY_ID, list(ids))}


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Endpoint]:
    return {row["id"]: _endpoint(row) for row in await tx.fetch(_LOCK, list(ids))}


async def listed(tx: Tx, principal_id: str, before: str | None, limit: int) -> list[Endpoint]:
    return [_endpoint(row) for row in await tx.fetch(_LISTED, principal_id, before, limit)]


async def newest(tx: Tx, before: str | None, limit: int) -> list[Endpoint]:
    """Everybody's endpoints, closed ones with them, the newest first."""
    return [_endpoint(row) for row in await tx.fetch(_NEWEST, before, limit)]


async def about(tx: Tx, customer_id: str, limit: int) -> list[Endpoint]:
    """Endpoints that hear what happens to one customer, the newest first."""
    return [_endpoint(row) for row in await tx.fetch(_ABOUT, customer_id, limit)]


async def live(tx: Tx, now: datetime) -> list[Endpoint]:
    """Endpoints that hear: enabled, and of somebody one of whose keys still opens."""
    return [_endpoint(row) for row in await tx.fetch(_LIVE, now)]


async def any_enabled(tx: Tx) -> bool:
    return bool(await tx.fetchval(_ANY_ENABLED))


async def save(tx: Tx, changed: Sequence[Endpoint]) -> None:
    """Write endpoints the caller has locked; their rest ends."""
    await tx.execute(
        _SAVE,
        [each.id for each in changed],
        [each.url for each in changed],
        [",".join(each.event_types) for each in changed],
        [each.description for each in changed],
        [each.state.value for each in changed],
        [each.secret for each in changed],
        [each.previous_secret for each in changed],
        [each.previous_until for each in changed],
        [each.started_after for each in changed],
        [each.failures for each in changed],
        [each.failing_since for each in changed],
        [each.changed_at for each in changed],
    )


async def set_health(tx: Tx, health: Sequence[Health], now: datetime) -> None:
    await tx.execute(
        _SET_HEALTH,
        [each.id for each in health],
        [each.state.value for each in health],
        [each.failures for each in health],
        [each.failing_since for each in health],
        [each.rest_until for each in health],
        now,
    )


async def end_rest(tx: Tx, ids: Sequence[str]) -> None:
    await tx.execute(_END_REST, list(ids))


async def position(tx: Tx) -> int:
    return int(await tx.fetchval(_POSITION))


async def move_position(tx: Tx, sequence: int) -> None:
    await tx.execute(_MOVE_POSITION, sequence)


def _endpoint(row: Row) -> Endpoint:
    said = dict(row)
    types, state = tuple(said.pop("event_types")), EndpointState(said.pop("state"))
    return Endpoint(event_types=types, state=state, **said)
