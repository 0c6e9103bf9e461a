"""An instant payment system with open books and money in them."""

import asyncpg
from scheme_nodes import balance, minor

from moments import NOW, Fresh
from qantara.scheme.ips import flow
from qantara.scheme.ips.model import Funding, IpsNode


async def open_system(fresh: Fresh, node: IpsNode, *, money: int = 100_000) -> asyncpg.Connection:
    tx = await fresh("ledger", "scheme.ips")
    await flow.open_books(tx, node, NOW)
    await flow.open_books(tx, node, NOW)
    amount = minor(money, node.asset)
    commands = [Funding(p.role, p.role, amount) for p in node.participants]
    assert await flow.fund(tx, node, commands, NOW) == [None] * len(commands)
    assert await flow.fund(tx, node, commands, NOW) == [None] * len(commands)
    assert await balance(tx, f"settlement/{commands[0].role}") == amount.minor
    return tx
