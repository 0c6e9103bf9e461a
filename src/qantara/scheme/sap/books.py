"""The books of a settlement access provider: its customers' accounts, its claim on the system."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.errors import Conflict, Refused
from qantara.ids import uuid_derived
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Transfer
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
    for outcome in await ledger.open_accounts(tx, accounts, now):
        if isinstance(outcome, Conflict):
            raise outcome


async def fund(
    tx: Tx, node: SapNode, commands: Sequence[Funding], now: datetime
) -> list[Refused | None]:
    """Money that stands for us in the system, as a customer's deposit or as our own."""
    posted = await ledger.post(
        tx,
        [
            Transfer(
                id=str(uuid_derived(node.role, "fund", command.id)),
                debit=node.claim,
                credit=CAPITAL if command.customer is None else f"customer/{command.customer}",
                amount=command.amount.minor,
                asset=command.amount.asset.code,
                code="sap.fund",
                reference=command.id,
                occurred_at=now,
            )
            for command in commands
        ],
        now,
    )
    return [outcome.refusal for outcome in posted]
