"""Disputes as complaints in figures: opened and ended by day, and those that stand now."""

from datetime import datetime

from qantara.db import Tx
from qantara.db.figures import CaseMoved, CaseStanding

# A customer's reply to an answer opens the dispute anew; it was opened once, by its first event.
_MOVED = (
    "WITH moved AS (SELECT (e.recorded_at AT TIME ZONE 'UTC')::date AS day, d.kind,"
    " e.state = 'open' AND NOT EXISTS (SELECT FROM db.event b"
    "  WHERE b.subject = e.subject AND b.sequence < e.sequence) AS opens,"
    " e.state IN ('resolved', 'rejected', 'withdrawn') AS closes"
    " FROM db.event e JOIN disputes.dispute d ON d.id = e.subject"
    " WHERE e.sequence > $1 AND e.sequence <= $2)"
    " SELECT day, kind, 'customer' AS origin, count(*) FILTER (WHERE opens) AS opened,"
    " count(*) FILTER (WHERE closes) AS closed FROM moved WHERE opens OR closes GROUP BY 1, 2"
)


async def cases_moved(tx: Tx, after: int, until: int) -> list[CaseMoved]:
    """Disputes opened and ended in the events after one and up to another."""
    return [CaseMoved(**dict(row)) for row in await tx.fetch(_MOVED, after, until)]


async def cases_standing(tx: Tx, now: datetime) -> list[CaseStanding]:
    """Disputes that have not ended, and those past the time for the institution's word."""
    rows = await tx.fetch(
        "SELECT kind, 'customer' AS origin, count(*) AS open,"
        " count(*) FILTER (WHERE due_at <= $1) AS overdue"
        " FROM disputes.dispute WHERE due_at IS NOT NULL GROUP BY 1 ORDER BY 1",
        now,
    )
    return [CaseStanding(**dict(row)) for row in rows]
