"""The verbs of the book, on PostgreSQL 18 and 16."""

import pytest
from ledger_book import BEN, EQUITY, MINUTE, a_hold, a_part, a_transfer, open_book

from moments import NOW
from qantara.errors import Conflict, Malformed, NotFound, Reason, Refused
from qantara.ledger import flow
from qantara.ledger.model import (
    AccountClass,
    AccountStatus,
    Balancing,
    NewAccount,
    ResultCode,
    Transfer,
    TransferKind,
)
from qantara.money import MYR, Asset


def results(posted):
    return [one.code for one in posted]


@pytest.fixture
async def book(fresh_both):
    return await open_book(await fresh_both("ledger"))


async def stands(book, code):
    (balance,) = await flow.balances(book, [code])
    return balance.posted, balance.held_debit, balance.held_credit, balance.available


async def test_opening_again_with_the_same_terms_is_the_same_account(book):
    first = await flow.open_accounts(book, [EQUITY, BEN], NOW)
    again = await flow.open_accounts(book, [EQUITY, BEN, EQUITY], NOW + MINUTE)
    assert again == [*first, first[0]]
    assert [account.terms for account in first] == [EQUITY, BEN]


async def test_a_code_with_other_terms_is_a_conflict_and_its_neighbour_opens(book):
    other = NewAccount("customer/ana", MYR, AccountClass.E_MONEY)
    new = NewAccount("customer/cho", MYR, AccountClass.E_MONEY)
    wide = NewAccount("customer/dev", Asset("MYR", 4), AccountClass.E_MONEY)
    refused, opened, scaled = await flow.open_accounts(book, [other, new, wide], NOW)
    assert isinstance(refused, Conflict)
    assert refused.reason is Reason.ACCOUNT_EXISTS
    assert opened.terms == new
    assert isinstance(scaled, Conflict)
    assert scaled.reason is Reason.ASSET_MISMATCH


async def test_credit_then_spend_is_legal_and_spend_then_credit_is_not(book):
    spend = a_transfer(500, "customer/ben", "customer/ana")
    fund = a_transfer(500, "customer/ana", "customer/ben")
    again = a_transfer(500, "customer/ben", "customer/ana")
    posted = await flow.post(book, [spend, fund, again], NOW)
    assert results(posted) == [ResultCode.INSUFFICIENT_FUNDS, ResultCode.OK, ResultCode.OK]
    assert posted[0].refusal == Refused(Reason.INSUFFICIENT_FUNDS, rule="ledger.insufficient_funds")
    assert [one.sequence for one in posted] == [None, 2, 3]
    assert (posted[1].debit_balance, posted[1].credit_balance) == (9500, 500)


async def test_a_hold_posts_in_parts_and_the_rest_is_given_back(book):
    hold = a_hold(900)
    await flow.post(book, [hold], NOW)
    assert await stands(book, "customer/ana") == (10000, 900, 0, 9100)
    parts = [a_part(TransferKind.POST, hold, 300), a_part(TransferKind.POST, hold, 200)]
    assert results(await flow.post(book, parts, NOW)) == [ResultCode.OK] * 2
    (balance,) = await flow.balances(book, ["customer/ben"])
    assert [(one.id, one.amount, one.left) for one in balance.holds] == [(hold.id, 900, 400)]
    last = [
        a_part(TransferKind.POST, hold, 401),
        a_part(TransferKind.VOID, hold),
        a_part(TransferKind.POST, hold, 1),
    ]
    assert results(await flow.post(book, last, NOW)) == [
        ResultCode.HOLD_EXCEEDED,
        ResultCode.OK,
        ResultCode.HOLD_NOT_PENDING,
    ]
    assert await stands(book, "customer/ana") == (9500, 0, 0, 9500)
    assert await stands(book, "customer/ben") == (500, 0, 0, 500)


async def test_a_hold_counts_against_floor_and_ceiling(book):
    await flow.post(book, [a_hold(900)], NOW)
    tries = [
        a_transfer(9101, "customer/ana", "equity"),
        a_transfer(101, "equity", "customer/ben"),
        a_transfer(9100, "customer/ana", "equity"),
        a_transfer(100, "equity", "customer/ben"),
    ]
    assert results(await flow.post(book, tries, NOW)) == [
        ResultCode.INSUFFICIENT_FUNDS,
        ResultCode.BALANCE_ABOVE_CEILING,
        ResultCode.OK,
        ResultCode.OK,
    ]


async def test_expiry_is_an_event_at_its_own_time_and_never_acts_twice(book):
    hold = a_hold(900, expires_at=NOW + MINUTE)
    await flow.post(book, [hold, a_part(TransferKind.POST, hold, 100)], NOW)
    assert await flow.expire_holds(book, NOW) == []
    (expired,) = await flow.expire_holds(book, NOW + 5 * MINUTE)
    assert (expired.code, expired.hold_id, expired.amount) == (ResultCode.OK, hold.id, 800)
    assert await flow.expire_holds(book, NOW + 6 * MINUTE) == []
    late = a_part(TransferKind.POST, hold)
    assert results(await flow.post(book, [late], NOW)) == [ResultCode.HOLD_EXPIRED]
    when = await book.fetchval("SELECT occurred_at FROM ledger.transfer WHERE kind = 'expire'")
    assert when == NOW + MINUTE


async def test_a_chain_takes_effect_wholly_or_not_at_all(book):
    hold = a_hold(100, linked=True)
    broken = [
        a_transfer(100, "customer/ana", "equity", linked=True),
        hold,
        a_part(TransferKind.POST, hold, linked=True),
        a_transfer(100000, "customer/ana", "equity"),
    ]
    whole = [
        a_transfer(100, "customer/ana", "equity", linked=True),
        a_transfer(100, "customer/ana", "customer/ben"),
    ]
    posted = await flow.post(book, [*broken, *whole], NOW)
    assert results(posted) == [
        *[ResultCode.CHAIN_BROKEN] * 3,
        ResultCode.INSUFFICIENT_FUNDS,
        *[ResultCode.OK] * 2,
    ]
    assert [one.sequence for one in posted[4:]] == [2, 3]
    assert await stands(book, "customer/ana") == (9800, 0, 0, 9800)


async def test_a_repeated_chain_is_told_its_outcomes_and_a_mixed_one_is_broken(book):
    chain = [
        a_transfer(100, "customer/ana", "equity", linked=True),
        a_transfer(100, "customer/ana", "customer/ben"),
    ]
    first = await flow.post(book, chain, NOW)
    again = await flow.post(book, chain, NOW)
    assert results(again) == [ResultCode.EXISTS] * 2
    assert [one.sequence for one in again] == [one.sequence for one in first]
    mixed = [chain[0], a_transfer(100, "customer/ana", "customer/ben")]
    assert results(await flow.post(book, mixed, NOW)) == [
        ResultCode.EXISTS,
        ResultCode.CHAIN_BROKEN,
    ]


async def test_a_chain_left_open_by_its_batch_is_refused(book):
    posted = await flow.post(
        book,
        [a_transfer(1, "customer/ana", "equity", linked=True) for _ in range(2)],
        NOW,
    )
    assert results(posted) == [ResultCode.CHAIN_BROKEN, ResultCode.CHAIN_OPEN]


async def test_balancing_moves_what_is_there(book):
    posted = await flow.post(
        book,
        [
            a_transfer(400, "equity", "customer/ben", balancing=Balancing.CREDIT),
            a_transfer(4000, "equity", "customer/ben", balancing=Balancing.CREDIT),
            a_transfer(0, "customer/ana", "equity", balancing=Balancing.DEBIT),
            a_transfer(5, "customer/ana", "equity", balancing=Balancing.DEBIT),
            a_transfer(0, "equity", "customer/ana", balancing=Balancing.CREDIT),
        ],
        NOW,
    )
    assert [(one.code, one.amount) for one in posted] == [
        (ResultCode.OK, 400),
        (ResultCode.OK, 600),
        (ResultCode.OK, 10000),
        (ResultCode.INSUFFICIENT_FUNDS, 0),
        (ResultCode.AMOUNT_NOT_POSITIVE, 0),
    ]


async def test_a_repeated_id_is_told_its_first_outcome(book):
    good = a_transfer(100, "customer/ana", "equity")
    bad = a_transfer(2000, "equity", "customer/ben")
    first = await flow.post(book, [good, bad, good], NOW)
    assert results(first) == [
        ResultCode.OK,
        ResultCode.BALANCE_ABOVE_CEILING,
        ResultCode.EXISTS,
    ]
    batches = await book.fetchval("SELECT count(*) FROM ledger.batch")
    again = await flow.post(book, [good, bad], NOW + MINUTE)
    assert again == [first[2], first[1]]
    assert await book.fetchval("SELECT count(*) FROM ledger.batch") == batches


async def test_a_refused_id_stays_refused_when_money_has_come(book):
    wish = a_transfer(500, "customer/ben", "equity")
    assert results(await flow.post(book, [wish], NOW)) == [ResultCode.INSUFFICIENT_FUNDS]
    await flow.post(book, [a_transfer(800, "equity", "customer/ben")], NOW)
    (again,) = await flow.post(book, [wish], NOW + MINUTE)
    assert again.code is ResultCode.INSUFFICIENT_FUNDS
    assert again.code.transient
    assert await stands(book, "customer/ben") == (800, 0, 0, 800)


@pytest.mark.parametrize(
    "other",
    [{"amount": 101}, {"credit": "customer/ben"}, {"code": "x"}, {"reference": "x"}],
    ids=lambda other: next(iter(other)),
)
async def test_an_id_with_other_content_is_refused(book, other):
    first = a_transfer(100, "customer/ana", "equity")
    changed = a_transfer(**({"amount": 100, "debit": "customer/ana", "credit": "equity"} | other))
    reused = Transfer(
        id=first.id,
        amount=changed.amount,
        debit=changed.debit,
        credit=changed.credit,
        asset=changed.asset,
        code=changed.code,
        reference=changed.reference,
        occurred_at=NOW,
    )
    posted = await flow.post(book, [first, reused], NOW)
    posted += await flow.post(book, [reused], NOW)
    assert results(posted) == [ResultCode.OK, ResultCode.ID_REUSED, ResultCode.ID_REUSED]


async def test_an_id_that_is_no_uuid_is_malformed(book):
    with pytest.raises(Malformed):
        await flow.post(book, [a_transfer(1, "equity", "customer/ana", id="A")], NOW)


async def test_amounts_of_eighteen_decimals_fit(book):
    token = Asset("TKN", 18)
    await flow.open_accounts(
        book,
        [
            NewAccount("issuer", token, AccountClass.EQUITY),
            NewAccount("holder", token, AccountClass.E_MONEY, floor=0),
        ],
        NOW,
    )
    wishes = [
        a_transfer(10**30 - 1, "issuer", "holder", asset="TKN"),
        a_transfer(10**30, "issuer", "holder", asset="TKN"),
        a_transfer(1, "issuer", "customer/ana", asset="TKN"),
    ]
    posted = await flow.post(book, wishes, NOW)
    assert results(posted) == [
        ResultCode.OK,
        ResultCode.AMOUNT_TOO_LARGE,
        ResultCode.ASSET_MISMATCH,
    ]
    assert posted[0].credit_balance == 10**30 - 1


async def test_a_freeze_stops_new_movements_and_keeps_promises(book):
    hold = a_hold(100)
    await flow.post(book, [hold], NOW)
    frozen = await flow.freeze(book, "customer/ana", "court order 7", "Act 613 s.44", "usr_1", NOW)
    assert frozen.status is AccountStatus.FROZEN
    posted = await flow.post(
        book,
        [
            a_transfer(1, "customer/ana", "equity"),
            a_transfer(1, "equity", "customer/ana"),
            a_part(TransferKind.POST, hold),
        ],
        NOW,
    )
    assert results(posted) == [
        ResultCode.DEBIT_FROZEN,
        ResultCode.CREDIT_FROZEN,
        ResultCode.OK,
    ]
    with pytest.raises(Conflict):
        await flow.freeze(book, "customer/ana", "again", "", "usr_1", NOW)
    await flow.unfreeze(book, "customer/ana", "order lifted", "Act 613 s.44", "usr_2", NOW)
    posted = await flow.post(book, [a_transfer(1, "customer/ana", "equity")], NOW)
    assert results(posted) == [ResultCode.OK]
    told = await book.fetch(
        "SELECT event, legal_reason, by FROM ledger.account_event WHERE event <> 'opened'"
        " ORDER BY batch"
    )
    assert [tuple(row) for row in told] == [
        ("freeze", "court order 7", "usr_1"),
        ("unfreeze", "order lifted", "usr_2"),
    ]


async def test_only_an_empty_account_closes_and_then_for_ever(book):
    hold = a_transfer(10, "equity", "customer/ben", kind=TransferKind.HOLD)
    await flow.post(book, [hold], NOW)
    for code in ("customer/ana", "customer/ben"):
        with pytest.raises(Conflict):
            await flow.close(book, code, "usr_1", NOW)
    await flow.post(book, [a_part(TransferKind.VOID, hold)], NOW)
    assert (await flow.close(book, "customer/ben", "usr_1", NOW)).status is AccountStatus.CLOSED
    posted = await flow.post(book, [a_transfer(1, "equity", "customer/ben")], NOW)
    assert results(posted) == [ResultCode.CREDIT_CLOSED]
    with pytest.raises(NotFound):
        await flow.close(book, "customer/nobody", "usr_1", NOW)


async def test_nothing_is_recorded_before_it_happens(book):
    early = a_transfer(1, "customer/ana", "equity", occurred_at=NOW + MINUTE)
    assert results(await flow.post(book, [early], NOW)) == [ResultCode.EVENT_IN_FUTURE]


async def test_an_empty_batch_is_nothing(book):
    assert await flow.post(book, [], NOW) == []
