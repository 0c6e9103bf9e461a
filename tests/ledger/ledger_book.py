"""A small book with readable names, for tests of one thing at a time."""

import uuid
from datetime import timedelta

from moments import NOW
from qantara.ledger import flow
from qantara.ledger.model import AccountClass, NewAccount, Transfer, TransferKind
from qantara.money import MYR

EQUITY = NewAccount("equity", MYR, AccountClass.EQUITY)
ANA = NewAccount("customer/ana", MYR, AccountClass.E_MONEY, floor=0)
BEN = NewAccount("customer/ben", MYR, AccountClass.E_MONEY, floor=0, ceiling=1000, holder="pk")
MINUTE = timedelta(minutes=1)


def a_transfer(amount=0, debit="", credit="", **terms):
    kind = terms.get("kind", TransferKind.DIRECT)
    asset = "MYR" if kind.opens else ""
    told = {"id": str(uuid.uuid4()), "code": "test", "occurred_at": NOW, "asset": asset}
    return Transfer(**(told | {"amount": amount, "debit": debit, "credit": credit} | terms))


def a_hold(amount, **terms):
    return a_transfer(amount, "customer/ana", "customer/ben", kind=TransferKind.HOLD, **terms)


def a_part(kind, hold, amount=0, **terms):
    return a_transfer(amount, kind=kind, hold_id=hold.id, **terms)


async def open_book(connection):
    """A book in which Ana has 100.00."""
    await flow.open_accounts(connection, [EQUITY, ANA, BEN], NOW)
    await flow.post(connection, [a_transfer(10000, "equity", "customer/ana")], NOW)
    return connection
