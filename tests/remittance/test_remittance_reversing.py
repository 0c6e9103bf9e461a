"""The scheme's no to what was credited: what it costs, and whom; and payments held for staff."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from remittance_acts import BOS_ACCOUNT, BOS_NUMBER, add_bo, answers, audit, deadlines, story
from remittance_world import ACCOUNT, World, build, inbound, node, status_on

from moments import NOW
from qantara.errors import Conflict, NotFound, Reason
from qantara.ledger import flow as ledger
from qantara.money import MYR, Money
from qantara.rails.model import AccountRef, Agent, Correspondent, Priority, Status
from qantara.remittance import booking, flow
from qantara.remittance.model import (
    CorrespondentFunding,
    Decide,
    Inbound,
    InboundState,
    Verdict,
)

AT_FIRST = {"claim/duitnow": -1_000_00, ACCOUNT: 1_000_00}
FXP_ACCOUNT = "WAU0000000000001"


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


@pytest.fixture
async def confirming(fresh) -> AsyncIterator[World]:
    made = await build(fresh, confirmed=True)
    async with made.tx.transaction():
        yield made


@pytest.fixture
async def bank(fresh) -> AsyncIterator[World]:
    """The institution as its own settlement access provider, with an FX provider's deposit."""
    made = await build(fresh)
    made.node = replace(made.node, correspondents={FXP_ACCOUNT: "fxp"})
    async with made.tx.transaction():
        await flow.open_books(made.tx, made.node, [None], NOW)
        deposit = CorrespondentFunding("opening", "fxp", Money(500_00, MYR))
        assert await flow.fund_correspondents(made.tx, made.node, [deposit], NOW) == [None]
        yield made


def ours(number=FXP_ACCOUNT, **other):
    """A payment whose last leg begins and ends with us."""
    paying = Correspondent(Agent("WAUEMYK0"), AccountRef(other=number))
    return inbound(instructing_agent=Agent("WAUEMYK0"), intermediary2=paying, **other)


async def receive(world, *arrivals):
    return await flow.receive(world.tx, world.node, arrivals, NOW)


async def tell(world, arrival, status, reason=None):
    said = status_on(arrival.record, status, reason)
    return (await flow.conclude(world.tx, world.node, [said], NOW))[0]


async def payment(world, arrival):
    return (await flow.received_payments(world.tx, [arrival.record.uetr]))[0]


async def told(world):
    return [(answer.status, answer.reason) for answer in await answers(world)]


async def spend(world, account, amount):
    """The recipient is quicker than the scheme."""
    paid = await ledger.balances(world.tx, [account])
    held = booking.take_back(_inbound(account, paid[0].posted), NOW)
    out = replace(
        held, id="00000000-0000-4000-8000-000000000001", amount=amount, credit=world.node.claim
    )
    assert (await ledger.post(world.tx, [out], NOW))[0].accepted


def _inbound(account, credited, fee=0, state=InboundState.CREDITED, paid_from="claim/duitnow"):
    return Inbound(
        uetr="6f6f6f6f-0000-4000-8000-000000000000",
        state=state,
        account_id="acc",
        account_code=account,
        interbank=Money(credited + fee, MYR),
        fee=Money(fee, MYR),
        credited=Money(credited, MYR),
        sender_name="",
        sender_account="",
        sender_bic="",
        sent=Money(1, MYR),
        end_to_end_id="",
        transaction_id="",
        message_id="",
        paid_from=paid_from,
    )


def _moved(transfers):
    sums = {}
    for each in transfers:
        sums[each.debit] = sums.get(each.debit, 0) - each.amount
        sums[each.credit] = sums.get(each.credit, 0) + each.amount
    return {account: amount for account, amount in sums.items() if amount}


MINOR = st.integers(1, 10**12)


@settings(deadline=None)
@given(
    MINOR, st.integers(0, 10**6), st.data(), st.sampled_from(["claim/duitnow", "correspondent/fxp"])
)
def test_a_reversal_undoes_the_credit_and_only_the_shortfall_is_ours(credited, fee, data, source):
    taken = data.draw(st.integers(0, credited))
    it = _inbound(ACCOUNT, credited, fee, paid_from=source)
    forth = booking.credit(node(), it, NOW)
    back = booking.reverse(node(), it, taken, NOW)
    if taken:
        back = [replace(booking.take_back(it, NOW), amount=taken), *back]
    assert not back[-1].linked
    after = _moved([*forth, *back])
    missing = credited - taken
    wanted = {ACCOUNT: missing, "expense/late_answer": -missing}
    wanted |= {"claim/duitnow": -missing, "own/duitnow": missing}
    assert after == {account: amount for account, amount in wanted.items() if amount}


@settings(deadline=None)
@given(MINOR, st.integers(0, 10**6), st.sampled_from(["claim/duitnow", "correspondent/fxp"]))
def test_customers_funds_move_by_what_customers_balances_move_by(credited, fee, source):
    it = _inbound(ACCOUNT, credited, fee, paid_from=source)
    moved = _moved(booking.credit(node(), it, NOW))
    assert moved[ACCOUNT] == -moved["claim/duitnow"] == credited
    kept = _moved(booking.block(node(), it, NOW))
    assert kept["blocked/incoming"] == -kept["claim/duitnow"] == credited + fee
    blocked = replace(it, state=InboundState.BLOCKED)
    back = booking.block(node(), it, NOW) + booking.reverse(node(), blocked, 0, NOW)
    assert _moved(back) == {}


async def test_a_late_rejection_takes_the_credit_back(world):
    arrival = inbound()
    await receive(world, arrival)
    assert (await world.books())[ACCOUNT] == 1_099_45
    assert await tell(world, arrival, Status.RJCT, "AB05") is None
    assert await world.books() == AT_FIRST
    kept = await payment(world, arrival)
    assert (kept.state, kept.taken_back) == (InboundState.REVERSED, Money(99_45, MYR))
    assert kept.reason is Reason.TIMED_OUT
    assert await story(world, arrival.record.uetr) == ["credited", "reversed"]
    await audit(world)


async def test_whoever_credits_at_once_answers_each_rejection(world):
    arrival = inbound()
    await receive(world, arrival)
    for _ in range(2):
        assert await tell(world, arrival, Status.RJCT, "AB05") is None
    said = await answers(world)
    assert [each.status for each in said] == [Status.ACCC, Status.RJCT, Status.RJCT]
    assert len({each.message_id for each in said}) == 3
    assert {each.original_message_id for each in said} == {arrival.record.message_id}


async def test_whoever_waits_for_the_end_does_not_answer_it(confirming):
    arrival = inbound()
    await receive(confirming, arrival)
    assert await tell(confirming, arrival, Status.RJCT, "AB05") is None
    assert [status for status, _ in await told(confirming)] == [Status.ACCC]


@pytest.mark.parametrize("left", [0, 1, 50_00, 99_44])
async def test_what_the_recipient_has_spent_is_our_expense(world, left):
    await add_bo(world)
    arrival = inbound(BOS_NUMBER)
    await receive(world, arrival)
    await spend(world, BOS_ACCOUNT, 99_45 - left)
    assert await tell(world, arrival, Status.RJCT, "AB05") is None
    books = await world.books()
    missing = 99_45 - left
    assert books.get(BOS_ACCOUNT, 0) == 0
    assert books["expense/late_answer"] == -missing
    assert books["own/duitnow"] == missing
    assert "income/fee" not in books
    assert (await payment(world, arrival)).taken_back == Money(left, MYR)
    await audit(world)


async def test_a_frozen_account_is_not_touched_by_a_reversal(world):
    arrival = inbound()
    await receive(world, arrival)
    await ledger.freeze(world.tx, ACCOUNT, "Court order", "Act 1", "prn_1", NOW)
    assert await tell(world, arrival, Status.RJCT, "AB05") is None
    books = await world.books()
    assert (books[ACCOUNT], books["expense/late_answer"]) == (1_099_45, -99_45)
    await audit(world)


async def test_a_reversal_happens_once_and_then_the_scheme_cannot_say_yes(world):
    arrival = inbound()
    await receive(world, arrival)
    for _ in range(3):
        assert await tell(world, arrival, Status.RJCT, "AB05") is None
    assert await world.books() == AT_FIRST
    assert isinstance(await tell(world, arrival, Status.ACCC), Conflict)
    await receive(world, arrival)
    assert (await told(world))[-1] == (Status.RJCT, "AB03")


async def test_what_the_scheme_has_called_final_is_not_reversed(world):
    arrival = inbound()
    await receive(world, arrival)
    assert await tell(world, arrival, Status.ACCC) is None
    assert isinstance(await tell(world, arrival, Status.RJCT, "AB05"), Conflict)
    assert (await payment(world, arrival)).state is InboundState.CREDITED
    await audit(world)


async def test_a_payment_at_a_point_of_sale_is_credited_on_the_systems_word(world):
    arrival = inbound(priority=Priority.HIGH)
    await receive(world, arrival)
    kept = await payment(world, arrival)
    assert (kept.state, kept.priority) == (InboundState.RECEIVED, Priority.HIGH)
    assert await world.books() == AT_FIRST
    assert await told(world) == [(Status.ACCC, None)]
    await tell(world, arrival, Status.ACCC)
    assert (await world.books())[ACCOUNT] == 1_099_45
    await audit(world)


async def test_what_we_did_not_block_the_scheme_cannot_call_blocked(confirming):
    arrival = inbound()
    await receive(confirming, arrival)
    assert isinstance(await tell(confirming, arrival, Status.BLCK), Conflict)
    assert (await payment(confirming, arrival)).state is InboundState.RECEIVED
    assert await confirming.books() == AT_FIRST


async def held(world, **other):
    world.node = replace(world.node, review_above=Money(99_99, MYR))
    arrival = inbound(**other)
    await receive(world, arrival)
    return arrival


async def decide(world, arrival, verdict, reason=None):
    command = Decide(arrival.record.uetr, verdict, reason)
    return (await flow.decide_held(world.tx, world.node, [command], NOW))[0]


async def test_a_payment_to_be_reviewed_is_reserved_and_told_as_acwp(world):
    arrival = await held(world)
    kept = await payment(world, arrival)
    assert kept.state is InboundState.HELD
    assert await told(world) == [(Status.ACWP, None)]
    assert [each.uetr for _, each in await flow.held(world.tx, None, 10)] == [arrival.record.uetr]
    await flow.expire(world.tx, world.node, [None], NOW + timedelta(minutes=2))
    assert (await payment(world, arrival)).state is InboundState.HELD
    assert await world.books() == AT_FIRST


async def test_a_released_payment_is_credited_and_answered(world):
    arrival = await held(world)
    done = await decide(world, arrival, Verdict.RELEASE)
    assert done.state is InboundState.CREDITED
    assert await told(world) == [(Status.ACWP, None), (Status.ACCC, None)]
    assert (await world.books())[ACCOUNT] == 1_099_45
    assert await story(world, arrival.record.uetr) == ["held", "credited"]
    assert await deadlines(world) == {}
    assert isinstance(await decide(world, arrival, Verdict.REFUSE), Conflict)
    await audit(world)


async def test_a_released_payment_waits_for_the_scheme_where_it_confirms(confirming):
    arrival = await held(confirming)
    done = await decide(confirming, arrival, Verdict.RELEASE)
    assert done.state is InboundState.RECEIVED
    assert await confirming.books() == AT_FIRST
    await tell(confirming, arrival, Status.ACCC)
    assert (await confirming.books())[ACCOUNT] == 1_099_45
    await audit(confirming)


async def test_a_refused_payment_leaves_the_books_and_names_its_reason(world):
    arrival = await held(world)
    await decide(world, arrival, Verdict.REFUSE, Reason.PAYEE_NAME_MISMATCH)
    assert (await told(world))[-1] == (Status.RJCT, "BE01")
    assert await world.books() == AT_FIRST
    await receive(world, arrival)
    assert (await told(world))[-1] == (Status.RJCT, "BE01")
    await audit(world)


@pytest.mark.parametrize("late", [False, True])
async def test_a_blocked_payment_is_taken_and_kept_from_the_recipient(world, late):
    arrival = await held(world)
    await decide(world, arrival, Verdict.BLOCK, Reason.REVIEW_REQUIRED)
    assert (await told(world))[-1] == (Status.BLCK, "RR04")
    books = await world.books()
    assert (books[ACCOUNT], books["blocked/incoming"]) == (1_000_00, 100_00)
    assert books["claim/duitnow"] == -1_100_00
    await audit(world)
    if late:
        assert await tell(world, arrival, Status.RJCT, "AB05") is None
        assert await world.books() == AT_FIRST
        assert (await payment(world, arrival)).state is InboundState.REVERSED
        await audit(world)
    else:
        assert await tell(world, arrival, Status.BLCK) is None
        assert (await payment(world, arrival)).confirmed


async def test_the_scheme_may_give_up_on_a_held_payment(world):
    arrival = await held(world)
    assert await tell(world, arrival, Status.RJCT, "AB05") is None
    assert (await payment(world, arrival)).state is InboundState.RELEASED
    assert isinstance(await decide(world, arrival, Verdict.RELEASE), Conflict)
    assert await world.books() == AT_FIRST
    await audit(world)


async def test_nobody_waits_at_a_till_for_staff(world):
    await held(world, priority=Priority.HIGH)
    assert await told(world) == [(Status.RJCT, "RR04")]


async def test_a_decision_about_nothing_is_not_found(world):
    assert isinstance(await decide(world, inbound(), Verdict.BLOCK), NotFound)


async def test_as_access_provider_the_fx_provider_pays_and_not_the_system(bank):
    arrival = ours()
    await receive(bank, arrival)
    books = await bank.books()
    assert books[ACCOUNT] == -books["claim/duitnow"] == 1_099_45
    assert books["correspondent/fxp"] == 400_00
    assert books["income/fee"] == 55
    assert books["own/duitnow"] == -500_00 + 99_45
    await audit(bank)
    assert await tell(bank, arrival, Status.RJCT, "AB05") is None
    books = await bank.books()
    assert (books["correspondent/fxp"], books["own/duitnow"]) == (500_00, -500_00)
    assert "income/fee" not in books
    await audit(bank)


async def test_an_fx_provider_that_is_short_pays_nothing(bank):
    arrival = ours(settlement_amount=Money(500_01, MYR))
    await receive(bank, arrival)
    assert await told(bank) == [(Status.RJCT, "AM04")]
    assert (await payment(bank, arrival)).reason is Reason.LIQUIDITY_SHORT
    assert (await bank.books())["correspondent/fxp"] == 500_00


async def test_an_account_that_is_no_fx_providers_pays_nothing(bank):
    await receive(bank, ours("WAU0000000000009"))
    assert await told(bank) == [(Status.RJCT, "RC11")]
