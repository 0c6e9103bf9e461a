"""Several writers on one book: nothing lost, nothing twice, no number skipped."""

import asyncio
import random
import uuid

from moments import NOW
from qantara.db import Database
from qantara.ledger import flow
from qantara.ledger.model import AccountClass, NewAccount, ResultCode, Transfer
from qantara.money import MYR

CODES = ["customer/a", "customer/b", "customer/c"]


def _transfer(source, **terms):
    debit, credit = source.sample(CODES, 2)
    told = {"id": str(uuid.UUID(int=source.getrandbits(128))), "debit": debit, "credit": credit}
    return Transfer(**(told | terms), amount=1, asset="MYR", code="test", occurred_at=NOW)


async def _write(connection, batches):
    """Two calls in each transaction, as a batch of mixed verbs makes them."""
    posted = []
    for batch in batches:
        async with connection.transaction():
            posted += await flow.post(connection, batch[:5], NOW)
            posted += await flow.post(connection, batch[5:], NOW)
    return posted


async def test_writers_that_meet_on_the_same_accounts_and_ids(servers, fresh):
    first = await fresh("ledger")
    name = await first.fetchval("SELECT current_database()")
    others = [await Database(servers(18).url_of(name)).writer() for _ in range(2)]
    terms = [NewAccount(code, MYR, AccountClass.E_MONEY, floor=-10_000) for code in CODES]
    await flow.open_accounts(first, terms, NOW)
    source = random.Random(7)
    shared = [_transfer(source) for _ in range(60)]
    batches = [
        [[*source.sample(shared, 4), *(_transfer(source) for _ in range(6))] for _ in range(20)]
        for _ in range(3)
    ]
    connections = [first, *others]
    told = await asyncio.gather(*map(_write, connections, batches))
    for connection in others:
        await connection.close()
    ids = {item.id for writer in batches for batch in writer for item in batch}
    codes = [one.code for posted in told for one in posted]
    assert codes.count(ResultCode.OK) == len(ids)
    assert set(codes) == {ResultCode.OK, ResultCode.EXISTS}
    async with first.transaction():
        report = await flow.verify_book(first)
    assert report.clean
    assert report.transfers == len(ids)
