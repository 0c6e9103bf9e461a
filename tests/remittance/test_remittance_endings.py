from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest
from msgspec.structs import replace
from remittance_acts import (
    audit,
    counts,
    deadlines,
    found,
    quoted_small,
    sent,
    story,
    word,
    yes_to_small,
)
from remittance_world import ACCOUNT, World, build, inbound, status_on

from moments import NOW
from qantara.errors import Conflict, NotFound, Reason, Unavailable
from qantara.ledger import flow as ledger
from qantara.money import MYR, Money
from qantara.policy.model import Fee
from qantara.rails.model import Status
from qantara.remittance import flow
from qantara.remittance.model import State

LATER = NOW + timedelta(seconds=60)
AT_FIRST = {"claim/duitnow": -1_000_00, ACCOUNT: 1_000_00}
AFTERWARDS = {
    ACCOUNT: 500_00,
    "claim/duitnow": -500_00,
    "own/duitnow": -2_50,
    "income/fee": 2_50,
}


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


async def conclude(world, *told, at=NOW):
    return await flow.conclude(world.tx, world.node, told, at)


async def test_settling_posts_each_leg_once_in_its_order(world):
    accepted = await world.accepted()
    (payment,) = await sent(world)
    assert await conclude(world, word(payment, Status.ACCC)) == [None]
    rows = await world.tx.fetch(
        "SELECT t.kind, t.code, d.code AS debit, c.code AS credit, t.amount::bigint AS amount,"
        " t.reference FROM ledger.transfer t JOIN ledger.account d ON d.id = t.debit_id"
        " JOIN ledger.account c ON c.id = t.credit_id WHERE t.code LIKE 'remittance.%'"
        " ORDER BY t.sequence"
    )
    assert [
        (row["kind"], row["code"], row["debit"], row["credit"], row["amount"]) for row in rows
    ] == [
        ("hold", "remittance.accept", ACCOUNT, "clearing/outgoing", 500_00),
        ("post", "remittance.settle", ACCOUNT, "clearing/outgoing", 500_00),
        ("direct", "remittance.principal", "clearing/outgoing", "claim/duitnow", 497_50),
        ("direct", "remittance.fee", "clearing/outgoing", "income/fee", 2_50),
        ("direct", "remittance.own_funds", "own/duitnow", "claim/duitnow", 2_50),
    ]
    assert {row["reference"] for row in rows[1:]} == {accepted.uetr}
    assert await world.books() == AFTERWARDS
    assert await deadlines(world) == {}
    assert await story(world, accepted.id) == ["quoted", "accepted", "completed"]
    await audit(world)


async def test_a_payment_without_a_fee_is_settled_in_two_legs(world):
    free = World(world.tx, replace(world.node, fee=Fee(Money(0, MYR), Decimal(0))))
    check = await free.confirmed()
    (accepted,) = await flow.accept(free.tx, free.node, [await yes_to_small(free, check)], NOW)
    assert accepted.quote.sender_fee.minor == 0
    await conclude(free, word((await sent(free))[0], Status.ACCC))
    assert await free.books() == {ACCOUNT: 999_99, "claim/duitnow": -999_99}
    await audit(free)


async def test_a_blocked_payment_is_gone_and_told_apart_in_the_book(world):
    accepted = await world.accepted()
    (payment,) = await sent(world)
    blocked = word(payment, Status.BLCK, "RR04")
    assert await conclude(world, blocked, blocked) == [None, None]
    done = await found(world, accepted.id)
    assert (done.state, done.reason_code) == (State.BLOCKED, "RR04")
    assert await world.books() == AFTERWARDS
    codes = await world.tx.fetch("SELECT code FROM ledger.transfer WHERE kind = 'post'")
    assert [row["code"] for row in codes] == ["remittance.block"]
    await audit(world)


@pytest.mark.parametrize("status", [Status.ACWP, Status.ACTC])
async def test_words_that_are_not_final_change_nothing_before_or_after_the_end(world, status):
    await world.accepted()
    (payment,) = await sent(world)
    before = await counts(world)
    assert await conclude(world, word(payment, status)) == [None]
    assert await counts(world) == before
    await conclude(world, word(payment, Status.ACCC))
    assert await conclude(world, word(payment, status)) == [None]
    assert await world.books() == AFTERWARDS


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (Status.ACCC, Status.RJCT),
        (Status.RJCT, Status.ACCC),
        (Status.ACCC, Status.BLCK),
        (Status.BLCK, Status.RJCT),
        (Status.RJCT, Status.BLCK),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
async def test_the_first_final_word_stands_and_its_contradiction_is_told(
    world, first, then, together
):
    accepted = await world.accepted()
    (payment,) = await sent(world)
    one, two = word(payment, first, "AC04"), word(payment, then, "AC04")
    if together:
        outcomes = await conclude(world, one, two)
    else:
        outcomes = [*await conclude(world, one), *await conclude(world, two)]
    assert outcomes[0] is None
    assert isinstance(outcomes[1], Conflict)
    assert outcomes[1].reason is Reason.STATE_CONFLICT
    assert await world.books() == (AT_FIRST if first is Status.RJCT else AFTERWARDS)
    assert len(await story(world, accepted.id)) == 3
    assert await conclude(world, word(payment, first, "AC04")) == [None]
    await audit(world)


async def test_an_answer_to_another_message_is_not_about_our_payment(world):
    """A duplicate of somebody else is rejected under the same UETR: our money must stay held."""
    accepted = await world.accepted()
    (payment,) = await sent(world)
    other = word(replace(payment, message_id="f" * 32), Status.RJCT, "DU03")
    (outcome,) = await conclude(world, other)
    assert isinstance(outcome, NotFound)
    assert (await found(world, accepted.id)).state is State.ACCEPTED
    assert await world.available() == 500_00


async def test_an_arrival_under_the_uetr_of_our_own_payment_does_not_end_it(fresh):
    made = await build(fresh, confirmed=True)
    async with made.tx.transaction():
        accepted = await made.accepted()
        arrival = inbound(uetr=accepted.uetr)
        await flow.receive(made.tx, made.node, [arrival], NOW)
        assert await conclude(made, status_on(arrival.record, Status.ACCC)) == [None]
        assert (await found(made, accepted.id)).state is State.ACCEPTED
        assert await made.available() == 500_00 + 99_45
        assert await conclude(made, word((await sent(made))[0], Status.RJCT, "AC04")) == [None]
        assert await made.available() == 1_000_00 + 99_45
        await audit(made)


async def test_a_mixed_batch_of_answers_ends_each_payment_by_its_own(world):
    check = await world.confirmed()
    said = [await yes_to_small(world, check) for _ in range(4)]
    accepted = await flow.accept(world.tx, world.node, said, NOW)
    by_uetr = {payment.uetr: payment for payment in await sent(world)}
    payments = [by_uetr[remittance.uetr] for remittance in accepted]
    strange = status_on(inbound().record, Status.ACCC)
    told = [
        word(payments[0], Status.ACCC),
        strange,
        word(payments[1], Status.RJCT, "AC04"),
        word(payments[2], Status.ACTC),
        word(payments[0], Status.ACCC),
        word(payments[3], Status.BLCK, "RR04"),
    ]
    outcomes = await conclude(world, *told)
    assert [type(each) for each in outcomes] == [type(None), NotFound, *[type(None)] * 4]
    states = [(await found(world, each.id)).state for each in accepted]
    assert states == [State.COMPLETED, State.REJECTED, State.ACCEPTED, State.BLOCKED]
    assert (await world.books())[ACCOUNT] == 1_000_00 - 2 * 1_01
    assert await world.available() == 1_000_00 - 3 * 1_01
    await audit(world)


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        ("AC04", "payee_closed", Reason.PAYEE_CLOSED),
        ("AB04", "quote_mismatch, rate 63.4", Reason.QUOTE_MISMATCH),
        ("AM04", "insufficient_funds", Reason.LIQUIDITY_SHORT),
        ("AC06", "account_frozen", Reason.PAYEE_CLOSED),
        ("AM21", "balance_above_ceiling", Reason.BALANCE_ABOVE_CEILING),
        ("AC04", "internal", Reason.PAYEE_CLOSED),
        ("NARR", "Ask your bank", Reason.REJECTED_BY_RECEIVER),
    ],
)
async def test_a_rejection_is_told_in_our_own_words_where_it_brings_them(world, code, text, reason):
    accepted = await world.accepted()
    (payment,) = await sent(world)
    await conclude(world, word(payment, Status.RJCT, code, text))
    done = await found(world, accepted.id)
    assert (done.reason, done.reason_code) == (reason, code)


async def test_the_answer_may_come_before_the_acknowledgement(world):
    accepted = await world.accepted()
    (payment,) = await sent(world)
    await conclude(world, word(payment, Status.ACCC))
    await flow.acknowledge(world.tx, [payment.message_id], NOW)
    assert (await found(world, accepted.id)).state is State.COMPLETED
    assert await story(world, accepted.id) == ["quoted", "accepted", "completed"]


async def test_an_acknowledgement_counts_once_and_only_for_what_we_sent(world):
    accepted = await world.accepted()
    (payment,) = await sent(world)
    named = [payment.message_id, "0" * 32, payment.message_id]
    assert await flow.acknowledge(world.tx, named, NOW) == {payment.message_id}
    assert await story(world, accepted.id) == ["quoted", "accepted", "submitted"]
    await conclude(world, word(payment, Status.RJCT, "AC04"))
    assert await story(world, accepted.id) == ["quoted", "accepted", "submitted", "rejected"]
    assert await world.books() == AT_FIRST


async def test_a_message_the_system_will_never_take_is_put_back_with_a_code(world):
    accepted = await world.accepted()
    (payment,) = await sent(world)
    twice = [
        (payment.message_id, "message_schema"),
        ("0" * 32, ""),
        (payment.message_id, "message_schema"),
    ]
    assert await flow.bounce(world.tx, world.node, twice, NOW) == [None] * 3
    done = await found(world, accepted.id)
    assert (done.state, done.reason, done.reason_code) == (
        State.REJECTED,
        Reason.MESSAGE_SCHEMA,
        "FF01",
    )
    assert (await world.books(), await world.available()) == (AT_FIRST, 1_000_00)
    assert await deadlines(world) == {}
    await flow.bounce(world.tx, world.node, twice, NOW)
    assert await story(world, accepted.id) == ["quoted", "accepted", "rejected"]
    (late,) = await conclude(world, word(payment, Status.ACCC))
    assert isinstance(late, Conflict)


@pytest.mark.parametrize("said", ["", "no_such_reason", "insufficient_funds"])
async def test_a_bounce_is_never_worded_as_the_senders_own_fault(world, said):
    accepted = await world.accepted()
    (payment,) = await sent(world)
    await flow.bounce(world.tx, world.node, [(payment.message_id, said)], NOW)
    done = await found(world, accepted.id)
    assert done.reason in {Reason.REJECTED_BY_RECEIVER, Reason.LIQUIDITY_SHORT}
    assert done.reason_code in {"NARR", "AM04"}


async def test_what_was_acknowledged_is_no_longer_put_back_by_a_bounce(world):
    """It travels: only pacs.002 may release its money."""
    accepted = await world.accepted()
    (payment,) = await sent(world)
    await flow.acknowledge(world.tx, [payment.message_id], NOW)
    await flow.bounce(world.tx, world.node, [(payment.message_id, "message_schema")], NOW)
    assert (await found(world, accepted.id)).state is State.SUBMITTED
    assert await world.available() == 500_00
    await conclude(world, word(payment, Status.ACCC))
    assert await world.books() == AFTERWARDS


async def test_an_overdue_payment_is_told_once_and_looked_at_again(world):
    accepted = await world.accepted()
    at = NOW + timedelta(seconds=60)
    for seconds in (60, 120, 300, 900, 3600, 3600):
        assert await flow.expire(world.tx, world.node, [None], at) == [1]
        assert (await deadlines(world))[accepted.id] == at + timedelta(seconds=seconds)
        at += timedelta(seconds=seconds)
    assert await story(world, accepted.id) == ["quoted", "accepted", "overdue"]
    assert await world.available() == 500_00
    (payment,) = await sent(world)
    await flow.acknowledge(world.tx, [payment.message_id], LATER)
    assert (await found(world, accepted.id)).state is State.OVERDUE
    await conclude(world, word(payment, Status.RJCT, "AB03"), at=LATER)
    assert await world.available() == 1_000_00
    assert await deadlines(world) == {}


async def test_nothing_is_due_a_moment_before_its_time(world):
    accepted = await world.accepted()
    just = LATER - timedelta(microseconds=1)
    assert await flow.expire(world.tx, world.node, [None], just) == [0]
    assert (await found(world, accepted.id)).state is State.ACCEPTED


async def test_many_quotes_expire_together_and_leave_nothing_due(world):
    quotes = [await quoted_small(world) for _ in range(30)]
    end = NOW + timedelta(seconds=600)
    assert await flow.expire(world.tx, world.node, [None], end) == [30]
    states = {(await found(world, quote.remittance_id)).state for quote in quotes}
    assert states == {State.EXPIRED}
    assert await deadlines(world) == {}


async def test_a_clock_that_goes_back_stops_no_payment(world):
    accepted = await world.accepted()
    (payment,) = await sent(world)
    earlier = NOW - timedelta(hours=1)
    await flow.acknowledge(world.tx, [payment.message_id], earlier)
    assert await conclude(world, word(payment, Status.ACCC), at=earlier) == [None]
    assert (await found(world, accepted.id)).state is State.COMPLETED
    assert await world.books() == AFTERWARDS
    await audit(world)


async def test_an_answer_the_book_cannot_follow_yet_is_kept_by_its_sender(world):
    """A frozen account of our own must not swallow the scheme's answer."""
    accepted = await world.accepted()
    (payment,) = await sent(world)
    await ledger.freeze(world.tx, "income/fee", "Audit", "Act 1", "prn_1", NOW)
    told = word(payment, Status.ACCC)
    with pytest.raises(Unavailable):
        async with world.tx.transaction():
            await conclude(world, told)
    assert (await found(world, accepted.id)).state is State.ACCEPTED
    await ledger.unfreeze(world.tx, "income/fee", "Audit done", "Act 1", "prn_1", NOW)
    assert await world.tx.fetchval("SELECT count(*) FROM ledger.refused") == 0
    assert await conclude(world, told) == [None]
    assert await world.books() == AFTERWARDS


async def test_a_freeze_after_the_yes_stops_neither_the_end_nor_the_return(world):
    check = await world.confirmed()
    said = [await yes_to_small(world, check) for _ in range(2)]
    await flow.accept(world.tx, world.node, said, NOW)
    await ledger.freeze(world.tx, ACCOUNT, "Court order", "Act 1", "prn_1", NOW)
    one, two = await sent(world)
    await conclude(world, word(one, Status.ACCC), word(two, Status.RJCT, "AC04"))
    assert (await world.books())[ACCOUNT] == 1_000_00 - 1_01
    assert await world.available() == 1_000_00 - 1_01
    await audit(world)


@pytest.mark.parametrize("table", ["reference_rate", "quote", "instruction"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE remittance.{} SET recorded_at = now()",
        "DELETE FROM remittance.{}",
        "TRUNCATE remittance.{} CASCADE",
    ],
)
async def test_history_cannot_be_changed(world, table, change):
    await world.accepted()
    with pytest.raises(
        (asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError)
    ):
        async with world.tx.transaction():
            await world.tx.execute(change.format(table))


async def test_a_quote_that_does_not_add_up_cannot_be_stored(world):
    await quoted_small(world)
    with pytest.raises(asyncpg.CheckViolationError):
        async with world.tx.transaction():
            await world.tx.execute(
                "INSERT INTO remittance.quote SELECT (jsonb_populate_record(q,"
                """ '{"id": "quo_x", "sender_fee": 1}')).* FROM remittance.quote q"""
            )
