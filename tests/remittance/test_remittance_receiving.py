from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from remittance_acts import (
    BOS_ACCOUNT,
    BOS_NUMBER,
    add_bo,
    answers,
    audit,
    counts,
    deadlines,
    story,
)
from remittance_world import ACCOUNT, World, build, inbound, status_on

from moments import NOW
from qantara.errors import Conflict, NotFound, Reason, Unavailable
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money
from qantara.parties import flow as parties
from qantara.rails import flow as rails
from qantara.rails.model import Agent, MessageName, Status
from qantara.remittance import flow
from qantara.remittance.model import InboundState

AT_FIRST = {"claim/duitnow": -1_000_00, ACCOUNT: 1_000_00}


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


@pytest.fixture(params=[False, True], ids=["4 steps", "5 steps"])
async def either(request, fresh) -> AsyncIterator[World]:
    made = await build(fresh, confirmed=request.param)
    async with made.tx.transaction():
        yield made


@pytest.fixture
async def confirming(fresh) -> AsyncIterator[World]:
    made = await build(fresh, confirmed=True)
    async with made.tx.transaction():
        yield made


async def receive(world, *arrivals):
    return await flow.receive(world.tx, world.node, arrivals, NOW)


async def confirm(world, *told):
    return await flow.conclude(world.tx, world.node, told, NOW)


async def payment(world, arrival):
    return (await flow.received_payments(world.tx, [arrival.record.uetr]))[0]


async def told(world):
    return [(answer.status, answer.reason) for answer in await answers(world)]


def charged(fee, asset=MYR):
    first, second = inbound().record.charges
    return (first, replace(second, amount=Money(fee, asset)))


async def test_the_answer_is_valid_and_names_the_message_it_answers(either):
    arrival = inbound()
    assert await receive(either, arrival) == [None]
    (raw,) = await either.outbox(MessageName.PAYMENT_STATUS)
    assert rails.validate(raw, either.node.profile) == []
    (answer,) = await answers(either)
    record = arrival.record
    assert (answer.status, answer.uetr) == (Status.ACCC, record.uetr)
    assert answer.original_message_id == record.message_id
    assert answer.original_transaction_id == record.transaction_id
    assert answer.instructed_agent == record.instructing_agent


@pytest.mark.parametrize("fee", [0, 1, 55, 99_99])
async def test_exactly_the_fee_in_the_message_is_taken(either, fee):
    arrival = inbound(charges=charged(fee))
    await receive(either, arrival)
    await confirm(either, status_on(arrival.record, Status.ACCC))
    books = await either.books()
    assert books[ACCOUNT] == 1_000_00 + 100_00 - fee
    assert books.get("income/fee", 0) == fee
    assert books.get("own/duitnow", 0) == -fee
    assert books["claim/duitnow"] == -books[ACCOUNT]
    kept = await payment(either, arrival)
    assert (kept.state, kept.credited, kept.fee) == (
        InboundState.CREDITED,
        Money(100_00 - fee, MYR),
        Money(fee, MYR),
    )
    await audit(either)


async def test_one_sen_arrives_as_one_sen(either):
    arrival = inbound(settlement_amount=Money(1, MYR), charges=charged(0))
    await receive(either, arrival)
    await confirm(either, status_on(arrival.record, Status.ACCC))
    assert (await either.books())[ACCOUNT] == 1_000_01


def unknown():
    return inbound("119999999999")


def wrong_agent():
    return inbound(creditor_agent=Agent("RAVIPKK0"))


def wrong_currency():
    return inbound(settlement_amount=Money(100_00, PKR))


def wrong_fee_currency():
    return inbound(charges=charged(55, PKR))


def eaten_up():
    return inbound(charges=charged(100_00))


def more_than_eaten_up():
    return inbound(charges=charged(100_01))


@pytest.mark.parametrize(
    ("make", "code", "reason"),
    [
        (unknown, "BE06", Reason.PAYEE_UNKNOWN),
        (wrong_agent, "AG01", Reason.MESSAGE_WRONG_PARTY),
        (wrong_currency, "CURR", Reason.ASSET_MISMATCH),
        (wrong_fee_currency, "CURR", Reason.ASSET_MISMATCH),
        (eaten_up, "AM06", Reason.AMOUNT_BELOW_LIMIT),
        (more_than_eaten_up, "AM06", Reason.AMOUNT_BELOW_LIMIT),
    ],
)
async def test_what_cannot_be_credited_is_rejected_and_leaves_the_books(either, make, code, reason):
    arrival = make()
    before = (await counts(either))["ledger.transfer"]
    await receive(either, arrival)
    assert await told(either) == [(Status.RJCT, code)]
    assert (await answers(either))[0].reason_texts == (reason.value,)
    kept = await payment(either, arrival)
    assert (kept.state, kept.reason) == (InboundState.REFUSED, reason)
    assert await either.books() == AT_FIRST
    assert (await counts(either))["ledger.transfer"] == before
    assert await deadlines(either) == {}
    assert await story(either, arrival.record.uetr) == ["refused"]


async def test_a_closed_account_takes_nothing(either):
    await parties.close_accounts(either.tx, [AccountId("acc_aisha")], NOW)
    await receive(either, inbound())
    assert await told(either) == [(Status.RJCT, "AC07")]


async def test_a_frozen_account_takes_nothing(either):
    await ledger.freeze(either.tx, ACCOUNT, "Court order", "Act 1", "prn_1", NOW)
    await receive(either, inbound())
    assert await told(either) == [(Status.RJCT, "AC06")]
    assert await either.books() == AT_FIRST


async def test_a_full_wallet_takes_what_fits_and_no_more(either):
    await add_bo(either, ceiling=200_00)
    three = [inbound(BOS_NUMBER) for _ in range(3)]
    await receive(either, *three)
    assert await told(either) == [(Status.ACCC, None), (Status.ACCC, None), (Status.RJCT, "AM21")]
    await confirm(either, *(status_on(each.record, Status.ACCC) for each in three[:2]))
    assert (await either.books())[BOS_ACCOUNT] == 2 * 99_45
    await audit(either)


async def test_what_was_promised_is_paid_though_frozen_meanwhile(confirming):
    arrival = inbound()
    await receive(confirming, arrival)
    await ledger.freeze(confirming.tx, ACCOUNT, "Court order", "Act 1", "prn_1", NOW)
    assert await confirm(confirming, status_on(arrival.record, Status.ACCC)) == [None]
    assert (await confirming.books())[ACCOUNT] == 1_099_45
    await audit(confirming)


async def test_room_that_was_promised_is_not_given_to_another(confirming):
    await add_bo(confirming, ceiling=150_00)
    first, second = inbound(BOS_NUMBER), inbound(BOS_NUMBER)
    await receive(confirming, first)
    await receive(confirming, second)
    assert await told(confirming) == [(Status.ACCC, None), (Status.RJCT, "AM21")]
    await confirm(confirming, status_on(first.record, Status.RJCT, "AB03"))
    third = inbound(BOS_NUMBER)
    await receive(confirming, third)
    await confirm(confirming, status_on(third.record, Status.ACCC))
    assert (await confirming.books())[BOS_ACCOUNT] == 99_45
    await audit(confirming)


async def test_the_same_message_is_answered_the_same_however_it_repeats(either):
    good, bad = inbound(), unknown()
    await receive(either, good, bad, good, bad)
    await receive(either, bad, good)
    await confirm(either, status_on(good.record, Status.ACCC))
    await receive(either, good, bad)
    yes, no = (Status.ACCC, None), (Status.RJCT, "BE06")
    assert await told(either) == [yes, no, yes, no, no, yes, yes, no]
    assert (await either.books())[ACCOUNT] == 1_099_45
    await audit(either)


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
async def test_the_same_uetr_in_another_message_is_a_duplicate_and_not_paid(either, together):
    await add_bo(either)
    first = inbound()
    other = inbound(BOS_NUMBER, uetr=first.record.uetr, settlement_amount=Money(900_00, MYR))
    if together:
        await receive(either, first, other)
    else:
        await receive(either, first)
        await receive(either, other)
    one, two = await answers(either)
    assert (one.status, two.status, two.reason) == (Status.ACCC, Status.RJCT, "DU03")
    assert two.original_message_id == other.record.message_id
    await confirm(either, status_on(first.record, Status.ACCC))
    assert (await either.books()).get(BOS_ACCOUNT, 0) == 0
    assert (await payment(either, first)).credited == Money(99_45, MYR)
    await audit(either)


async def test_the_same_message_with_other_content_gets_no_answer(either):
    first = inbound()
    record = replace(first.record, settlement_amount=Money(900_00, MYR))
    changed = replace(first, record=record)
    one, two = await receive(either, first, changed)
    assert one is None
    assert isinstance(two, Conflict)
    assert two.reason is Reason.ID_REUSED
    assert isinstance((await receive(either, changed))[0], Conflict)
    assert await told(either) == [(Status.ACCC, None)]


async def test_a_batch_of_many_is_credited_and_answered_in_order(either):
    await add_bo(either)
    batch = [inbound(BOS_NUMBER) if number % 3 else unknown() for number in range(45)]
    await receive(either, *batch)
    assert [answer.uetr for answer in await answers(either)] == [each.record.uetr for each in batch]
    await confirm(
        either,
        *(
            status_on(each.record, Status.ACCC)
            for each in batch
            if each.record.creditor_account.number == BOS_NUMBER
        ),
    )
    assert (await either.books())[BOS_ACCOUNT] == 30 * 99_45
    await audit(either)


async def test_the_first_confirmation_stands_and_its_contradiction_is_told(confirming):
    one, two = inbound(), inbound()
    await receive(confirming, one, two)
    yes, no = Status.ACCC, Status.RJCT
    outcomes = await confirm(
        confirming,
        status_on(one.record, yes),
        status_on(one.record, no, "AB03"),
        status_on(two.record, no, "AB03"),
        status_on(two.record, yes),
        status_on(one.record, yes),
        status_on(two.record, no, "AB03"),
    )
    assert [type(each) for each in outcomes] == [
        type(None),
        Conflict,
        type(None),
        Conflict,
        type(None),
        type(None),
    ]
    assert (await payment(confirming, one)).state is InboundState.CREDITED
    assert (await payment(confirming, two)).state is InboundState.RELEASED
    assert await story(confirming, one.record.uetr) == ["received", "credited"]
    assert (await confirming.books())[ACCOUNT] == 1_099_45
    later = await confirm(confirming, status_on(one.record, no, "AB03"))
    assert isinstance(later[0], Conflict)
    await audit(confirming)


async def test_a_word_about_a_refused_payment_is_a_contradiction_only_if_it_says_credited(
    confirming,
):
    arrival = unknown()
    await receive(confirming, arrival)
    no, yes = await confirm(
        confirming,
        status_on(arrival.record, Status.RJCT, "AC14"),
        status_on(arrival.record, Status.ACCC),
    )
    assert no is None
    assert isinstance(yes, Conflict)
    assert await confirming.books() == AT_FIRST


async def test_a_confirmation_of_another_message_is_not_found(confirming):
    arrival = inbound()
    await receive(confirming, arrival)
    other = replace(arrival.record, message_id="f" * 32)
    assert isinstance((await confirm(confirming, status_on(other, Status.ACCC)))[0], NotFound)
    assert await confirming.books() == AT_FIRST


async def test_an_unconfirmed_arrival_is_looked_at_again_and_never_let_go_alone(confirming):
    arrival = inbound()
    await receive(confirming, arrival)
    for minute in range(1, 4):
        at = NOW + timedelta(minutes=minute)
        assert await flow.expire(confirming.tx, confirming.node, [None], at) == [1]
    assert (await payment(confirming, arrival)).state is InboundState.RECEIVED
    assert await story(confirming, arrival.record.uetr) == ["received"]
    said = await answers(confirming)
    assert {(one.status, one.original_message_id) for one in said} == {
        (Status.ACCC, arrival.record.message_id)
    }
    assert len({one.message_id for one in said}) == 4
    await confirm(confirming, status_on(arrival.record, Status.ACCC))
    assert await deadlines(confirming) == {}
    assert (await confirming.books())[ACCOUNT] == 1_099_45


async def test_a_confirmation_the_book_cannot_follow_yet_is_kept_by_its_sender(confirming):
    arrival = inbound()
    await receive(confirming, arrival)
    await ledger.freeze(confirming.tx, "income/fee", "Audit", "Act 1", "prn_1", NOW)
    with pytest.raises(Unavailable):
        async with confirming.tx.transaction():
            await confirm(confirming, status_on(arrival.record, Status.ACCC))
    await ledger.unfreeze(confirming.tx, "income/fee", "Audit done", "Act 1", "prn_1", NOW)
    assert await confirm(confirming, status_on(arrival.record, Status.ACCC)) == [None]
    assert (await confirming.books())[ACCOUNT] == 1_099_45
