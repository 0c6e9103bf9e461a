"""The books of a settlement access provider: its customers' accounts, its claim on the system."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.errors import Refused
from qantara.ledger.model import AccountClass, NewAccount
from qantara.scheme import funding
from qantara.scheme.sap.model import Funding, SapNode

CAPITAL = "equity/capital"


async def open_books(tx: Tx, node: SapNode, now: datetime) -> None:
    """The customers' accounts, our claim on the system, our capital; harmless if open."""
    accounts = [
        NewAccount(CAPITAL, node.asset, AccountClass.EQUITY),
        NewAccount(node.claim, node.asset, AccountClass.CLAIM, keeper=node.ips),
    ]
    accounts += [
        NewAccount(
            customer.account, node.asset, AccountClass.SETTLEMENT, floor=0, holder=customer.role
        )
        for customer in node.customers
    ]
    await funding.open_accounts(tx, accounts, now)


async def fund(
    tx: Tx, node: SapNode, commands: Sequence[Funding], now: datetime
) -> list[Refused | None]:
    """Money that stands for us in the system, as a customer's deposit or as our own."""
    grants = [
        funding.Grant(
            each.id,
            debit=node.claim,
            credit=CAPITAL if each.customer is None else f"customer/{each.customer}",
            amount=each.amount,
        )
        for each in commands
    ]
    return await funding.take(tx, node.role, "sap.fund", grants, now)
