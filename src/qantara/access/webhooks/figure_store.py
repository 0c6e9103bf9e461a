"""How many deliveries wait, and how endpoints stand."""

from datetime import datetime

from qantara.db import Tx


async def waiting(tx: Tx) -> tuple[int, datetime | None]:
    """Deliveries that are not heard yet, and since when the oldest waits."""
    (row,) = await tx.fetch(
        "SELECT count(*), min(recorded_at) FROM webhooks.delivery WHERE state = 'pending'"
    )
    return row[0], row[1]


async def endpoints(tx: Tx) -> list[tuple[str, int]]:
    """How many endpoints are in each state."""
    rows = await tx.fetch("SELECT state, count(*) FROM webhooks.endpoint GROUP BY state")
    return [(row[0], row[1]) for row in rows]
