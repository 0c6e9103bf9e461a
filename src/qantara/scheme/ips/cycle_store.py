"""SQL of an instant payment system: what its cycles settled."""

from collections.abc import Sequence

from qantara.db import Tx
from qantara.money import Money, asset
from qantara.scheme.ips.model import CycleReport, NetPosition

_INSERT_CYCLES = """
WITH cycle AS (
    INSERT INTO ips.cycle (id, asset, total, settled_at)
    SELECT id, asset, total::numeric, $7
    FROM unnest($1::text[], $2::text[], $3::text[]) AS c (id, asset, total)
)
INSERT INTO ips.cycle_position (cycle_id, role, net)
SELECT cycle_id, role, net::numeric
FROM unnest($4::text[], $5::text[], $6::text[]) AS p (cycle_id, role, net)
"""

_CYCLES = """
SELECT c.id, c.asset, c.total, c.settled_at, p.role, p.net
FROM ips.cycle c LEFT JOIN ips.cycle_position p ON p.cycle_id = c.id
WHERE c.id = ANY($1::text[]) ORDER BY c.settled_at DESC, c.id DESC, p.role
"""

_NEWEST = """
SELECT c.id FROM ips.cycle c
WHERE $1::text IS NULL
   OR (c.settled_at, c.id) < (SELECT settled_at, id FROM ips.cycle WHERE id = $1)
ORDER BY c.settled_at DESC, c.id DESC LIMIT $2
"""


async def insert_cycles(tx: Tx, reports: Sequence[CycleReport]) -> None:
    """Cycles of one batch: settled at one time."""
    nets = [(report.id, position) for report in reports for position in report.positions]
    await tx.execute(
        _INSERT_CYCLES,
        [report.id for report in reports],
        [report.total.asset.code for report in reports],
        [str(report.total.minor) for report in reports],
        [cycle_id for cycle_id, _ in nets],
        [position.role for _, position in nets],
        [str(position.net) for _, position in nets],
        reports[0].settled_at,
    )


async def cycles(tx: Tx, ids: Sequence[str]) -> dict[str, CycleReport]:
    found: dict[str, CycleReport] = {}
    for row in await tx.fetch(_CYCLES, list(ids)):
        before = found[row["id"]].positions if row["id"] in found else ()
        more = () if row["role"] is None else (NetPosition(row["role"], int(row["net"])),)
        total = Money(int(row["total"]), asset(row["asset"]))
        found[row["id"]] = CycleReport(row["id"], before + more, total, row["settled_at"])
    return found


async def newest(tx: Tx, before: str | None, limit: int) -> list[CycleReport]:
    ids = [row["id"] for row in await tx.fetch(_NEWEST, before, limit)]
    return list((await cycles(tx, ids)).values())
