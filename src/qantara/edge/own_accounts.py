"""A caller's own accounts, found by id."""

from qantara.db import Tx
from qantara.edge.calls import Call
from qantara.errors import NotFound, Reason
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.parties.model import Account, Holding


async def own_account(tx: Tx, call: Call, account_id: str) -> Account:
    """The account, if it is one and the caller's to see."""
    return (await own_holding(tx, call, account_id)).account


async def own_holding(tx: Tx, call: Call, account_id: str) -> Holding:
    """The same with its holder."""
    found = (await parties.accounts(tx, [AccountId(account_id)]))[0]
    if isinstance(found, NotFound) or not call.sees(found.customer.id):
        raise NotFound(Reason.ACCOUNT_NOT_FOUND, account=account_id)
    return found
