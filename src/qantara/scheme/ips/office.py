"""What an operator reads: participants, payments, cycles, positions, the directory. Nothing here
writes.
"""

from qantara.db import Tx
from qantara.ledger import flow as ledger
from qantara.scheme.ips import cycle_store, directory_store, office_store
from qantara.scheme.ips.model import (
    Alias,
    CycleReport,
    IpsNode,
    Membership,
    Payment,
    PaymentFilter,
    Settlement,
    Standing,
)


async def participants(tx: Tx, node: IpsNode) -> list[Membership]:
    """Every participant once, with its kinds and whether it is stopped."""
    stopped = await office_store.suspensions(tx)
    found = []
    for role in node.roles:
        entries = [participant for participant in node.participants if participant.role == role]
        since, why = stopped.get(role, (None, None))
        kinds = tuple(entry.kind for entry in entries)
        found.append(Membership(role, entries[0].bic, kinds, since, why))
    return found


async def payments(tx: Tx, wanted: PaymentFilter) -> list[Payment]:
    """A page, the newest first; the next begins `before` the last one's time and UETR."""
    return await office_store.payments(tx, wanted)


async def cycles(tx: Tx, before: str | None = None, limit: int = 50) -> list[CycleReport]:
    """A page of what cycles settled, the newest first; `before` is the last cycle seen."""
    return await cycle_store.newest(tx, before, limit)


async def positions(tx: Tx, node: IpsNode) -> list[Standing]:
    """Everybody's money as it stands now, what is reserved included."""
    net = node.settlement is Settlement.DEFERRED_NET
    codes = [f"settlement/{role}" for role in node.roles]
    codes += [f"position/{role}" for role in node.roles] if net else []
    found = {balance.code: balance for balance in await ledger.balances(tx, codes)}
    floor = None if node.net_debit_cap is None else -node.net_debit_cap.minor
    return [
        Standing(
            role=role,
            settlement=found[f"settlement/{role}"].posted,
            net=found[f"position/{role}"].posted if net else None,
            reserved=found[node.account_of(role)].held_debit,
            floor=floor,
        )
        for role in node.roles
    ]


async def directory(tx: Tx, after: tuple[str, str], limit: int) -> list[Alias]:
    """A page of the directory in the order of type and alias; `after` is the last entry seen."""
    return await directory_store.page_of_aliases(tx, after, limit)
