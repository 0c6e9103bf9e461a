"""Reading what stands and what stood, on PostgreSQL 18 and 16."""

import pytest
from ledger_book import MINUTE, a_hold, a_part, a_transfer, open_book

from moments import NOW
from qantara.errors import NotFound
from qantara.ledger import flow
from qantara.ledger.model import AccountClass, NewAccount, TransferKind
from qantara.money import MYR, PKR


@pytest.fixture
async def book(fresh_both):
    return await open_book(await fresh_both("ledger"))


@pytest.fixture(params=[0, 1, 2, 1000], ids="entered-{}".format)
async def enter(request):
    """Enters as many transfers as the case says: all that is read must be the same."""

    async def some(book):
        before = await book.fetchval("SELECT sequence FROM ledger.entered")
        assert await flow.enter(book, request.param) == min(
            request.param, await book.fetchval("SELECT sequence FROM ledger.book") - before
        )

    return some


async def test_a_past_balance_follows_event_time_and_what_was_known(book, enter):
    late = a_transfer(300, "customer/ana", "equity", occurred_at=NOW - 30 * MINUTE)
    await flow.post(book, [late], NOW + 10 * MINUTE)
    await flow.post(book, [a_transfer(50, "customer/ana", "equity")], NOW + 20 * MINUTE)
    await enter(book)

    async def past(at, known_at=None):
        return (await flow.balance_at(book, "customer/ana", at, known_at)).posted

    assert await past(NOW - 31 * MINUTE) == 0
    assert await past(NOW - 30 * MINUTE) == -300
    assert await past(NOW - 30 * MINUTE, NOW + 9 * MINUTE) == 0
    assert await past(NOW, NOW) == 10000
    assert await past(NOW, NOW + 10 * MINUTE) == 9700
    assert await past(NOW) == 9650
    assert await past(NOW - MINUTE, NOW - MINUTE) == 0
    with pytest.raises(NotFound):
        await flow.balance_at(book, "customer/nobody", NOW)


async def test_recorded_time_never_runs_backwards(book):
    await flow.post(book, [a_transfer(1, "customer/ana", "equity")], NOW + MINUTE)
    await flow.post(book, [a_transfer(1, "customer/ana", "equity")], NOW)
    (last, before, _) = await flow.statement(book, "customer/ana")
    assert last.recorded_at == before.recorded_at == NOW + MINUTE


async def test_statement_pages_by_cursor_in_both_directions(book, enter):
    hold = a_hold(90)
    await flow.post(book, [hold, a_part(TransferKind.POST, hold, 40)], NOW)
    await flow.post(book, [a_transfer(7, "equity", "customer/ana", reference="u-1")], NOW)
    await enter(book)
    newest = await flow.statement(book, "customer/ana", limit=2)
    assert [(e.sequence, e.amount, e.balance, e.counterparty) for e in newest] == [
        (4, 7, 9967, "equity"),
        (3, -40, 9960, "customer/ben"),
    ]
    assert (newest[0].reference, newest[1].hold_id) == ("u-1", hold.id)
    older = await flow.statement(book, "customer/ana", before=newest[-1].sequence, limit=2)
    assert [(e.sequence, e.amount, e.balance) for e in older] == [(1, 10000, 10000)]
    forward = await flow.statement(book, "customer/ana", after=1, limit=1)
    assert [e.sequence for e in forward] == [3]
    whole = await flow.statement(book, "customer/ana", after=0)
    assert [e.sequence for e in whole] == [1, 3, 4]
    assert [e.counterparty for e in await flow.statement(book, "equity")] == ["customer/ana"] * 2
    with pytest.raises(NotFound):
        await flow.statement(book, "customer/nobody")


async def test_balances_stand_at_one_sequence_number(book):
    found = await flow.balances(book, ["customer/ben", "customer/ana"])
    assert [(one.code, one.posted, one.sequence) for one in found] == [
        ("customer/ben", 0, 1),
        ("customer/ana", 10000, 1),
    ]
    with pytest.raises(NotFound):
        await flow.balances(book, ["customer/ana", "customer/nobody"])


async def test_positions_show_every_account(book):
    await flow.open_accounts(
        book, [NewAccount("claim/duitnow", PKR, AccountClass.CLAIM, keeper="duitnow")], NOW
    )
    found = await flow.positions(book)
    assert [(p.code, p.asset, p.keeper, p.holder, p.balance) for p in found] == [
        ("equity", MYR, None, None, -10000),
        ("customer/ana", MYR, None, None, 10000),
        ("customer/ben", MYR, None, "pk", 0),
        ("claim/duitnow", PKR, "duitnow", None, 0),
    ]
