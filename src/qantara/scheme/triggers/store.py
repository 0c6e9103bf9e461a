"""SQL of triggers."""

import json
from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.scheme.triggers.model import (
    Direction,
    Effect,
    Held,
    Order,
    Removal,
    Standing,
    Strike,
    Trigger,
)

_STANDING = """
SELECT t.*, r.removed_at, r.removed_by,
    (SELECT count(*) FROM triggers.strike s WHERE s.trigger_id = t.id) AS struck
FROM triggers.trigger t LEFT JOIN triggers.removal r ON r.trigger_id = t.id
"""


async def insert_triggers(tx: Tx, orders: Sequence[Order], now: datetime) -> None:
    wished = [order.trigger for order in orders]
    await tx.execute(
        "INSERT INTO triggers.trigger"
        " (id, effect, message, fields, direction, code, seconds, repeats, times, set_by, set_at)"
        " SELECT *, $11 FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::text[],"
        " $6::text[], $7::int[], $8::int[], $9::int[], $10::text[]) ON CONFLICT (id) DO NOTHING",
        [trigger.id for trigger in wished],
        [trigger.effect for trigger in wished],
        [trigger.message for trigger in wished],
        [json.dumps(dict(trigger.where)) for trigger in wished],
        [trigger.direction for trigger in wished],
        [trigger.code for trigger in wished],
        [trigger.seconds for trigger in wished],
        [trigger.repeats for trigger in wished],
        [trigger.times for trigger in wished],
        [order.by for order in orders],
        now,
    )


async def insert_removals(tx: Tx, removals: Sequence[Removal], now: datetime) -> None:
    await tx.execute(
        "INSERT INTO triggers.removal (trigger_id, removed_by, removed_at)"
        " SELECT *, $3 FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING",
        [removal.trigger_id for removal in removals],
        [removal.by for removal in removals],
        now,
    )


async def insert_strikes(tx: Tx, strikes: Sequence[Strike], now: datetime) -> None:
    await tx.execute(
        "INSERT INTO triggers.strike (trigger_id, peer, key, uetr, recorded_at)"
        " SELECT *, $5 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])",
        [strike.trigger_id for strike in strikes],
        [strike.peer for strike in strikes],
        [strike.key for strike in strikes],
        [strike.uetr for strike in strikes],
        now,
    )


async def of_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Standing]:
    rows = await tx.fetch(_STANDING + " WHERE t.id = ANY($1::text[])", list(ids))
    return {row["id"]: _standing(row) for row in rows}


async def unremoved(tx: Tx) -> list[Standing]:
    """Every trigger nobody removed, the oldest first: the first that meets a message acts."""
    rows = await tx.fetch(_STANDING + " WHERE r.trigger_id IS NULL ORDER BY t.sequence")
    return [_standing(row) for row in rows]


async def page(tx: Tx, before: str | None, limit: int) -> list[Standing]:
    rows = await tx.fetch(
        _STANDING + " WHERE $1::text IS NULL"
        " OR t.sequence < (SELECT sequence FROM triggers.trigger WHERE id = $1)"
        " ORDER BY t.sequence DESC LIMIT $2",
        before,
        limit,
    )
    return [_standing(row) for row in rows]


def _standing(row: Row) -> Standing:
    trigger = Trigger(
        id=row["id"],
        effect=Effect(row["effect"]),
        message=row["message"],
        where=json.loads(row["fields"]),
        direction=Direction(row["direction"]),
        code=row["code"],
        seconds=row["seconds"],
        repeats=row["repeats"],
        times=row["times"],
    )
    return Standing(
        trigger, row["set_by"], row["set_at"], row["struck"], row["removed_at"], row["removed_by"]
    )


async def strikes(tx: Tx, trigger_id: str, limit: int) -> list[tuple[Strike, datetime]]:
    """What a trigger met, the newest first."""
    rows = await tx.fetch(
        "SELECT trigger_id, peer, key, uetr, recorded_at FROM triggers.strike"
        " WHERE trigger_id = $1 ORDER BY sequence DESC LIMIT $2",
        trigger_id,
        limit,
    )
    return [
        (Strike(row["trigger_id"], row["peer"], row["key"], row["uetr"]), row["recorded_at"])
        for row in rows
    ]


async def insert_held(tx: Tx, held: Sequence[Held]) -> None:
    await tx.execute(
        "INSERT INTO triggers.held (id, peer, key, name, uetr, raw, due_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::bytea[], $7::timestamptz[]) ON CONFLICT (id) DO NOTHING",
        [each.id for each in held],
        [each.peer for each in held],
        [each.key for each in held],
        [each.name for each in held],
        [each.uetr for each in held],
        [each.raw for each in held],
        [each.due_at for each in held],
    )


async def take_held(tx: Tx, now: datetime) -> list[Held]:
    """What is due, taken out of the queue, in the order it came."""
    rows = await tx.fetch(
        "WITH due AS (DELETE FROM triggers.held WHERE due_at <= $1 RETURNING *)"
        " SELECT id, peer, key, name, uetr, raw, due_at FROM due ORDER BY sequence",
        now,
    )
    return [Held(**dict(row)) for row in rows]
