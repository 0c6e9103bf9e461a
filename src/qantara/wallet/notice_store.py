"""How far customers have read, in the database; what they read stands in the role's events."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.wallet.model import MarkRead


async def mark(tx: Tx, marks: Sequence[MarkRead], now: datetime) -> None:
    """Nobody unreads: the furthest mark of each customer counts."""
    furthest: dict[str, int] = {}
    for each in marks:
        furthest[each.customer_id] = max(each.up_to, furthest.get(each.customer_id, 0))
    await tx.execute(
        "INSERT INTO wallet.notice_read AS r (customer_id, up_to, read_at)"
        " SELECT *, $3 FROM unnest($1::text[], $2::bigint[])"
        " ON CONFLICT (customer_id) DO UPDATE SET up_to = excluded.up_to,"
        " read_at = excluded.read_at WHERE r.up_to < excluded.up_to",
        list(furthest),
        list(furthest.values()),
        now,
    )


async def read_up_to(tx: Tx, customer_ids: Sequence[str]) -> dict[str, int]:
    rows = await tx.fetch(
        "SELECT customer_id, up_to FROM wallet.notice_read WHERE customer_id = ANY($1::text[])",
        list(customer_ids),
    )
    return {row["customer_id"]: row["up_to"] for row in rows}
