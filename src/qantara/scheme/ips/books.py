"""The books of an instant payment system: accounts, funding, settlement cycles."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.errors import Reason, Refused
from qantara.ids import uuid_text
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Posted, ResultCode, Transfer
from qantara.money import Money
from qantara.scheme import funding
from qantara.scheme.ips import cycle_store, rules
from qantara.scheme.ips.model import Cycle, CycleReport, Funding, IpsNode, NetPosition, Settlement

RESERVE = "central_bank/reserve"


async def open_books(tx: Tx, node: IpsNode, now: datetime) -> None:
    """The accounts of every participant; harmless where they are open already."""
    accounts = [NewAccount(RESERVE, node.asset, AccountClass.CENTRAL_BANK)]
    for role in node.roles:
        accounts.append(_account(node, f"settlement/{role}", role, 0))
        if node.net_debit_cap is not None:
            accounts.append(_account(node, f"position/{role}", role, -node.net_debit_cap.minor))
    await funding.open_accounts(tx, accounts, now)


def _account(node: IpsNode, code: str, role: str, floor: int) -> NewAccount:
    return NewAccount(code, node.asset, AccountClass.SETTLEMENT, floor=floor, holder=role)


async def fund(
    tx: Tx, node: IpsNode, commands: Sequence[Funding], now: datetime
) -> list[Refused | None]:
    """Central-bank money into settlement accounts."""
    grants = [
        funding.Grant(each.id, RESERVE, f"settlement/{each.role}", each.amount) for each in commands
    ]
    return await funding.take(tx, node.role, "ips.fund", grants, now)


async def settle_cycle(
    tx: Tx, node: IpsNode, commands: Sequence[Cycle], now: datetime
) -> list[CycleReport | Refused]:
    """Move every net position to its settlement account, all of them or none.

    Refused, and to be asked for again later, while a participant that owes has too little in
    its settlement account. What is only reserved waits for the next cycle.
    """
    if node.settlement is not Settlement.DEFERRED_NET:
        return [Refused(Reason.STATE_CONFLICT, facts={"settlement": node.settlement})] * len(
            commands
        )
    done = await cycle_store.cycles(tx, [command.id for command in commands])
    new = list(dict.fromkeys(command.id for command in commands if command.id not in done))
    if new:
        first = await _settle(tx, node, new[0], now)
        if isinstance(first, Refused):
            return [done.get(command.id, first) for command in commands]
        nothing = Money(0, node.asset)
        reports = [first, *(CycleReport(id_, (), nothing, now) for id_ in new[1:])]
        await cycle_store.insert_cycles(tx, reports)
        done |= {report.id: report for report in reports}
    return [done[command.id] for command in commands]


async def close_due(
    tx: Tx, node: IpsNode, commands: Sequence[object], now: datetime
) -> list[CycleReport | Refused | None]:
    """Settle the cycle that is due: the last of the system's `cycle_times`, once; without such
    times, one named by this second. None in a gross system.
    """
    if node.settlement is not Settlement.DEFERRED_NET:
        return [None] * len(commands)
    due = rules.cycle_due(node.cycle_times, now) or now
    cycle = Cycle(f"cycle-{due:%Y%m%dT%H%M%S}")
    return list(await settle_cycle(tx, node, [cycle] * len(commands), now))


async def _settle(tx: Tx, node: IpsNode, cycle_id: str, now: datetime) -> CycleReport | Refused:
    found = await ledger.balances(tx, [f"position/{role}" for role in node.roles])
    positions = rules.net(
        (role, balance.posted) for role, balance in zip(node.roles, found, strict=True)
    )
    owed = Money(sum(p.net for p in positions if p.net > 0), node.asset)
    posted = await ledger.post(tx, _moves(node, cycle_id, positions, now), now)
    refused = _first_refusal(posted)
    return refused or CycleReport(cycle_id, positions, owed, now)


def _moves(
    node: IpsNode, cycle_id: str, positions: tuple[NetPosition, ...], now: datetime
) -> list[Transfer]:
    """Who owes pays first, so that the chain needs no overdraft on the way."""
    ordered = sorted(positions, key=lambda position: position.net)
    moves = []
    for place, position in enumerate(ordered, 1):
        settlement, own = f"settlement/{position.role}", f"position/{position.role}"
        owes = position.net < 0
        moves.append(
            Transfer(
                id=uuid_text(node.role, "cycle", cycle_id, now.isoformat(), own),
                debit=settlement if owes else own,
                credit=own if owes else settlement,
                amount=abs(position.net),
                asset=node.asset.code,
                code="ips.cycle",
                reference=cycle_id,
                occurred_at=now,
                linked=place < len(ordered),
            )
        )
    return moves


def _first_refusal(posted: Sequence[Posted]) -> Refused | None:
    """The cause, not the items that fell with it."""
    refused = [outcome for outcome in posted if not outcome.accepted]
    refused.sort(key=lambda outcome: outcome.code is ResultCode.CHAIN_BROKEN)
    return refused[0].refusal if refused else None
