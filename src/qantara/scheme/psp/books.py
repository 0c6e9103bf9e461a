"""The book of a simulated participant: its customers' accounts and its claim on the system."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount
from qantara.scheme import funding
from qantara.scheme.psp import store
from qantara.scheme.psp.model import Account, Change, Funding, PspNode

CAPITAL, FEES = "equity/capital", "income/fee"
page_of_accounts = store.page_of_accounts


async def open_books(tx: Tx, node: PspNode, now: datetime) -> None:
    """Our claim, our capital, and the accounts that the configuration names; harmless if open."""
    wished = [
        NewAccount(CAPITAL, node.asset, AccountClass.EQUITY),
        NewAccount(FEES, node.asset, AccountClass.INCOME),
        NewAccount(node.claim, node.asset, AccountClass.CLAIM, keeper=node.ips),
    ]
    await funding.open_accounts(tx, wished, now)
    for opened in await open_accounts(tx, node, node.accounts, now):
        if isinstance(opened, Conflict):
            raise opened


async def open_accounts(
    tx: Tx, node: PspNode, accounts: Sequence[Account], now: datetime
) -> list[Account | Conflict]:
    """Open accounts. The same number on the same terms is the same account; its conditions stay
    as they are now.
    """
    wished = [
        NewAccount(
            account.code,
            node.asset,
            AccountClass.SETTLEMENT,
            floor=0,
            ceiling=None if account.ceiling is None else account.ceiling.minor,
        )
        for account in accounts
    ]
    booked = await ledger.open_accounts(tx, wished, now) if wished else []
    await store.insert_accounts(
        tx,
        [a for a, there in zip(accounts, booked, strict=True) if not isinstance(there, Conflict)],
        now,
    )
    return [
        there if isinstance(there, Conflict) else account
        for account, there in zip(accounts, booked, strict=True)
    ]


async def account(tx: Tx, node: PspNode, number: str) -> Account | NotFound:
    found = (await store.accounts(tx, [number], node.asset)).get(number)
    return found or NotFound(Reason.ACCOUNT_NOT_FOUND, account=number)


async def change_conditions(
    tx: Tx, _node: PspNode, changes: Sequence[Change], now: datetime
) -> list[NotFound | None]:
    """What is the matter with accounts from now on; of several changes of one the last counts."""
    changed = await store.change(tx, list({each.number: each for each in changes}.values()), now)
    return [
        None if each.number in changed else NotFound(Reason.ACCOUNT_NOT_FOUND, account=each.number)
        for each in changes
    ]


async def fund(
    tx: Tx, node: PspNode, commands: Sequence[Funding], now: datetime
) -> list[Refused | None]:
    """Money that stands for us in the system, as customers' deposits or as our own."""
    grants = [
        funding.Grant(
            each.id,
            debit=node.claim,
            credit=CAPITAL if each.account is None else f"customer/{each.account}",
            amount=each.amount,
        )
        for each in commands
    ]
    return await funding.take(tx, node.role, "psp.fund", grants, now)
