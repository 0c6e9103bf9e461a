"""A caller's own accounts, found by id."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from qantara.db import Tx
from qantara.edge.calls import Call
from qantara.errors import NotFound, Reason
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.parties.model import Account, Alias, Holding


async def own_account(tx: Tx, call: Call, account_id: str) -> Account:
    """The account, if it is one and the caller's to see."""
    return (await own_holding(tx, call, account_id)).account


async def own_holding(tx: Tx, call: Call, account_id: str) -> Holding:
    """The same with its holder."""
    return _seen(call, (await parties.accounts(tx, [AccountId(account_id)]))[0], account_id)


def _seen(call: Call, found: Holding | NotFound, account_id: str) -> Holding:
    if isinstance(found, NotFound) or not call.sees(found.customer.id):
        raise NotFound(Reason.ACCOUNT_NOT_FOUND, account=account_id)
    return found


class PayIn(NamedTuple):
    """How an account is paid into from another bank: `name` is that of its holder."""

    account: Account
    name: str
    number_type: Literal["IBAN", "ACCT"]
    aliases: tuple[Alias, ...]


async def pay_in(tx: Tx, call: Call, account_ids: Sequence[str]) -> list[PayIn]:
    """How to pay into accounts of the caller's from another bank, by a credit transfer."""
    found = await parties.accounts(tx, [AccountId(each) for each in account_ids])
    mine = [
        _seen(call, each, account_id) for each, account_id in zip(found, account_ids, strict=True)
    ]
    aliases = await parties.aliases_of(tx, [each.account.id for each in mine])
    return [
        PayIn(
            each.account,
            each.customer.rails_name,
            "IBAN" if each.account.number[:2].isalpha() else "ACCT",
            tuple(alias for alias in aliases if alias.account_id == each.account.id),
        )
        for each in mine
    ]
