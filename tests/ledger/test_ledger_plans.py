"""Plans do not depend on what a table held when they were made."""

import uuid

from moments import NOW
from qantara.ledger import flow
from qantara.ledger.model import AccountClass, NewAccount, Transfer, TransferKind
from qantara.money import MYR

GROWING = ["account", "transfer", "hold", "refused", "batch", "account_event", "entry"]
SCANS = (
    "SELECT relname, seq_scan FROM pg_stat_user_tables"
    " WHERE schemaname = 'ledger' AND relname = ANY ($1::text[])"
)


async def _scans(tx):
    await tx.execute("SELECT pg_stat_force_next_flush()")
    return {row["relname"]: row["seq_scan"] for row in await tx.fetch(SCANS, GROWING)}


def _terms(number):
    return NewAccount(f"customer/{number}", MYR, AccountClass.E_MONEY, floor=0, ceiling=50)


def _transfer(amount, debit, credit, **terms):
    told = {"id": str(uuid.uuid4()), "code": "test", "occurred_at": NOW}
    return Transfer(**told, amount=amount, debit=debit, credit=credit, **terms)


async def _work(tx, number):
    """Every verb of the hot path once: new accounts, all kinds, refusals, repetitions, reads."""
    names = [f"customer/{number}", f"customer/{number + 1}"]
    await flow.open_accounts(tx, [_terms(number), _terms(number + 1)], NOW)
    fund = _transfer(40, "equity", names[0], asset="MYR")
    holds = [
        _transfer(5, *names, asset="MYR", kind=TransferKind.HOLD, expires_at=NOW) for _ in range(3)
    ]
    too_much = _transfer(99, *names, asset="MYR")
    await flow.post(tx, [fund, *holds, too_much], NOW)
    parts = [
        _transfer(0, "", "", kind=TransferKind.POST, hold_id=holds[0].id),
        _transfer(2, "", "", kind=TransferKind.POST, hold_id=holds[1].id),
    ]
    await flow.post(tx, parts, NOW)
    await flow.post(tx, [fund, too_much, *parts], NOW)
    await flow.expire_holds(tx, NOW)
    await flow.balances(tx, names)
    await flow.balance_at(tx, names[0], NOW)
    await flow.statement(tx, names[0], after=0)
    await flow.statement(tx, names[1], limit=5)
    await flow.enter(tx, 9)
    await flow.statement(tx, names[1], limit=5)
    await flow.balance_at(tx, names[0], NOW)
    await flow.freeze(tx, names[0], "order", "s.1", "usr_1", NOW)


async def test_no_growing_table_is_read_as_a_whole(fresh_both):
    tx = await fresh_both("ledger")
    await flow.open_accounts(tx, [NewAccount("equity", MYR, AccountClass.EQUITY)], NOW)
    await _work(tx, 0)
    before = await _scans(tx)
    for number in range(10, 100, 2):
        await _work(tx, number)
    assert await _scans(tx) == before
    assert await tx.fetchval("SELECT sequence FROM ledger.book") > 250


LOOKED_AT = (
    "SELECT idx_blks_hit + idx_blks_read FROM pg_statio_user_indexes"
    " WHERE schemaname = 'ledger' AND indexrelname = 'hold_pkey'"
)


async def _held_and_posted(tx, count):
    there = [
        _transfer(1, "equity", "customer/0", asset="MYR", kind=TransferKind.HOLD)
        for _ in range(count)
    ]
    ends = [_transfer(0, "", "", kind=TransferKind.POST, hold_id=hold.id) for hold in there]
    back = _transfer(count, "customer/0", "equity", asset="MYR")
    for items in (there, ends, [back]):
        assert {each.code for each in await flow.post(tx, items, NOW)} == {"ok"}


async def _known(tx, table):
    """The database knows now how many rows and pages the table has."""
    for act in ("SET ROLE NONE", f"ANALYZE ledger.{table}", "SET ROLE qantara_app"):
        await tx.execute(act)


async def _pages(tx, times):
    """Pages of the holds' index that each hold and its end look at."""
    await tx.execute("SELECT pg_stat_force_next_flush()")
    before = await tx.fetchval(LOOKED_AT)
    for _ in range(times):
        await _held_and_posted(tx, 1)
    await tx.execute("SELECT pg_stat_force_next_flush()")
    return (await tx.fetchval(LOOKED_AT) - before) / times


async def test_holds_that_ended_are_not_read_with_those_that_are_open(fresh_both):
    """Not even by plans of a moment when the table was known to have pages and no row."""
    tx = await fresh_both("ledger")
    vault = NewAccount("customer/0", MYR, AccountClass.E_MONEY)
    await flow.open_accounts(tx, [NewAccount("equity", MYR, AccountClass.EQUITY), vault], NOW)
    await _known(tx, "transfer")
    await _held_and_posted(tx, 1)
    before = await _scans(tx)
    for _ in range(10):
        await _held_and_posted(tx, 400)
    await _known(tx, "hold")
    assert await _pages(tx, 20) < 20
    assert await _scans(tx) == before
