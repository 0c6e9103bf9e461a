"""The institution's own accounts, and the money it starts with there."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.errors import Conflict, Reason, Refused
from qantara.ids import uuid_text
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Transfer
from qantara.remittance.model import (
    BLOCKED,
    CAPITAL,
    FEES,
    INCOMING,
    LATE_ANSWER,
    OUTGOING,
    CorrespondentFunding,
    Institution,
    NostroFunding,
    position,
)
from qantara.remittance.return_rules import DIFFERENCE, RETURNS


async def open_books(
    tx: Tx, node: Institution, commands: Sequence[None], now: datetime
) -> list[None]:
    """Open the institution's own accounts; customers' accounts come with the customers.

    What is blocked on its way to a customer stays among the customers' money. An FX provider's
    account cannot be overdrawn.
    """
    asset, ips = node.asset, node.ips
    accounts = [
        NewAccount(node.claim, asset, AccountClass.SAFEGUARDED, keeper=ips),
        NewAccount(node.own, asset, AccountClass.OWN_FUNDS, keeper=ips),
        NewAccount(OUTGOING, asset, AccountClass.CLEARING),
        NewAccount(INCOMING, asset, AccountClass.CLEARING),
        NewAccount(FEES, asset, AccountClass.INCOME),
        NewAccount(CAPITAL, asset, AccountClass.EQUITY),
        NewAccount(BLOCKED, asset, AccountClass.E_MONEY, floor=0),
        NewAccount(LATE_ANSWER, asset, AccountClass.EXPENSE),
        NewAccount(DIFFERENCE, asset, AccountClass.EXPENSE),
        NewAccount(RETURNS, asset, AccountClass.EXPENSE),
    ]
    accounts += [
        NewAccount(f"correspondent/{fxp}", asset, AccountClass.SETTLEMENT, floor=0, holder=fxp)
        for fxp in sorted(set(node.correspondents.values()))
    ]
    for outcome in await ledger.open_accounts(tx, [*accounts, *_own_fx(node)], now):
        if isinstance(outcome, Conflict):
            raise outcome
    return [None] * len(commands)


def _own_fx(node: Institution) -> list[NewAccount]:
    """A position in every currency that we exchange ourselves, our accounts abroad, and what
    we put into them.
    """
    if node.own_fx is None:
        return []
    abroad = {account.code: account for account in node.own_fx.accounts.values()}
    assets = {account.asset.code: account.asset for account in abroad.values()}
    made = [
        NewAccount(account.code, account.asset, AccountClass.CLAIM, keeper=account.sap)
        for account in abroad.values()
    ]
    for asset in assets.values():
        made.append(NewAccount(position(asset), asset, AccountClass.FX_POSITION))
        made.append(NewAccount(f"{CAPITAL}/{asset.code}", asset, AccountClass.EQUITY))
    if node.asset.code not in assets:
        made.append(NewAccount(position(node.asset), node.asset, AccountClass.FX_POSITION))
    return made


async def fund_correspondents(
    tx: Tx, node: Institution, commands: Sequence[CorrespondentFunding], now: datetime
) -> list[Refused | None]:
    """FX providers' deposits with us: they stand beside our own money in the payment system."""
    transfers = [
        Transfer(
            id=uuid_text(node.role, "correspondent", each.id),
            debit=node.own,
            credit=f"correspondent/{each.fxp}",
            amount=each.amount.minor,
            asset=each.amount.asset.code,
            code="remittance.fund_correspondent",
            reference=each.id,
            occurred_at=now,
        )
        for each in commands
    ]
    return [outcome.refusal for outcome in await ledger.post(tx, transfers, now)]


async def fund_nostros(
    tx: Tx, node: Institution, commands: Sequence[NostroFunding], now: datetime
) -> list[Refused | None]:
    """Money of ours that has reached our accounts abroad."""
    if node.own_fx is None:
        return [Refused(Reason.CORRIDOR_CLOSED, rule="own_fx.account") for _ in commands]
    transfers = [
        Transfer(
            id=uuid_text(node.role, "nostro", each.id),
            debit=node.own_fx.accounts[each.country].code,
            credit=f"{CAPITAL}/{each.amount.asset.code}",
            amount=each.amount.minor,
            asset=each.amount.asset.code,
            code="remittance.fund_nostro",
            reference=each.id,
            occurred_at=now,
        )
        for each in commands
    ]
    return [outcome.refusal for outcome in await ledger.post(tx, transfers, now)]
