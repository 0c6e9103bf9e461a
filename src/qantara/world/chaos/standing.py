"""Where a world stands: what is not over yet, and all balances in one digest."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from qantara.db import Tx
from qantara.host.kinds import KINDS
from qantara.host.role import Role

_WAITING = """
SELECT count(*) FROM db.outbox WHERE refused IS NULL
"""
_AT_INSTITUTION = """
SELECT (SELECT count(*) FROM remittance.remittance
        WHERE state IN ('accepted', 'submitted', 'overdue'))
    + (SELECT count(*) FROM remittance.inbound WHERE state IN ('received', 'held'))
"""
_AT_SYSTEM = """
SELECT count(*) FROM ips.payment WHERE state NOT IN ('settled', 'blocked', 'rejected')
"""
_AT_PROVIDER = """
SELECT count(*) FROM sap.payment WHERE state = 'reserved'
"""
_AT_GATEWAY = """
SELECT count(*) FROM gateway.payment WHERE state NOT IN ('completed', 'blocked', 'rejected')
"""
_SENT = """
SELECT state, count(*) FROM remittance.remittance WHERE uetr IS NOT NULL GROUP BY state
"""
_ARRIVED = """
SELECT state, count(*) FROM remittance.inbound GROUP BY state
"""
_BALANCES = """
SELECT code, asset, balance, held_debit, held_credit FROM ledger.account ORDER BY code, asset
"""


async def unfinished(roles: Mapping[str, Role]) -> int:
    """How much is on its way or waits for its end."""
    count = 0
    for role in roles.values():
        async with role.database.look() as tx:
            count += await tx.fetchval(_WAITING)
            count += await _payments(tx, role.spec.kind)
    return count


async def _payments(tx: Tx, kind: str) -> int:
    match kind:
        case "institution":
            return int(await tx.fetchval(_AT_INSTITUTION))
        case "ips":
            return int(await tx.fetchval(_AT_SYSTEM))
        case "sap":
            return int(await tx.fetchval(_AT_PROVIDER))
        case "gateway":
            return int(await tx.fetchval(_AT_GATEWAY))
    return 0


async def ended(roles: Mapping[str, Role]) -> dict[str, int]:
    """How payments ended for their senders and for their receivers."""
    counts: Counter[str] = Counter()
    for role in roles.values():
        if role.spec.kind == "institution":
            async with role.database.look() as tx:
                sent, arrived = await tx.fetch(_SENT), await tx.fetch(_ARRIVED)
            counts.update({f"sent {state}": count for state, count in sent})
            counts.update({f"arrived {state}": count for state, count in arrived})
    return dict(sorted(counts.items()))


async def digest(roles: Mapping[str, Role], lines: Sequence[str]) -> str:
    """Of all that happened and of every balance of every book."""
    summed = hashlib.sha256("\n".join(lines).encode())
    for name, role in roles.items():
        if "ledger" in KINDS[role.spec.kind].packages:
            async with role.database.look() as tx:
                for row in await tx.fetch(_BALANCES):
                    summed.update(f"\n{name} {tuple(map(str, row))}".encode())
    return summed.hexdigest()
