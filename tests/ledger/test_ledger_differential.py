"""The SQL of the book does what the specification says, on random worlds."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from ledger_worlds import TERMS, open_world, spec_world, worlds

from moments import NOW
from qantara.ledger import flow, spec
from qantara.ledger.model import ResultCode, TransferKind

MOVING = {TransferKind.DIRECT, TransferKind.POST}


async def _stands(tx):
    return {
        b.code: (b.posted, b.held_debit, b.held_credit, {h.id: h.left for h in b.holds})
        for b in await flow.balances(tx, [terms.code for terms in TERMS])
    }


def _should_stand(state):
    open_holds = {id_: hold for id_, hold in state.holds.items() if hold.ended is None}
    return {
        code: (
            account.balance,
            account.held_debit,
            account.held_credit,
            {id_: h.left for id_, h in open_holds.items() if code in {h.debit, h.credit}},
        )
        for code, account in state.accounts.items()
    }


async def _statements(tx):
    return [await flow.statement(tx, terms.code, after=0, limit=500) for terms in TERMS]


async def _compare(tx, world):
    await open_world(tx)
    state, moved = spec_world(), set()
    for number, batch in enumerate(world):
        now = NOW + timedelta(seconds=30 * number)
        posted = await flow.post(tx, batch, now)
        assert posted == spec.apply(state, batch, now)
        moved |= {
            one.sequence
            for item, one in zip(batch, posted, strict=True)
            if one.code is ResultCode.OK and item.kind in MOVING
        }
        assert await _stands(tx) == _should_stand(state)
        if number % 2:
            await flow.enter(tx, 3)
    lines = await _statements(tx)
    assert {line.sequence for each in lines for line in each} == moved
    await flow.enter(tx)
    assert await _statements(tx) == lines
    report = await flow.verify_book(tx)
    assert report.findings == ()
    assert (report.transfers, report.open_holds) == (
        state.sequence,
        sum(hold.ended is None for hold in state.holds.values()),
    )


@pytest.fixture
async def book(fresh):
    return await fresh("ledger")


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(world=worlds())
async def test_sql_and_specification_agree(book, world):
    transaction = book.transaction()
    await transaction.start()
    try:
        await _compare(book, world)
    finally:
        await transaction.rollback()
