from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from remittance_acts import story
from remittance_world import ACCOUNT, AISHA, BO, World, build, inbound, offer, status_on, wish

from moments import NOW
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import QuoteId
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee, CheckState
from qantara.rails import flow as rails
from qantara.rails.model import CreditTransfer, MessageName, PaymentStatus, Status
from qantara.remittance import flow
from qantara.remittance.model import (
    AskQuote,
    Fixed,
    InboundState,
    Quote,
    Remittance,
    State,
)

AT_FIRST = {"claim/duitnow": -1_000_00, ACCOUNT: 1_000_00}


@pytest.fixture
async def world(fresh_both) -> AsyncIterator[World]:
    made = await build(fresh_both)
    async with made.tx.transaction():
        yield made


@pytest.fixture
async def confirming(fresh) -> AsyncIterator[World]:
    """The same where the payment system confirms before the credit (5 steps)."""
    made = await build(fresh, confirmed=True)
    async with made.tx.transaction():
        yield made


async def state_of(world: World, remittance_id: str) -> State:
    found = (await flow.remittances(world.tx, [remittance_id]))[0]
    assert isinstance(found, Remittance)
    return found.state


async def test_a_quote_takes_the_fee_out_of_a_fixed_debit_and_adds_up(world):
    quote = await world.quoted()
    assert quote.total_debit == Money(500_00, MYR)
    assert quote.sender_fee == Money(2_50, MYR)
    assert quote.offer.interbank_destination - quote.offer.recipient_fee == quote.offer.received
    assert quote.total_cost_percent == Decimal("0.71")
    stored = (await flow.remittances(world.tx, [quote.remittance_id]))[0]
    assert (stored.state, stored.quote.total_debit) == (State.QUOTED, quote.total_debit)


async def test_the_fee_for_a_fixed_arrival_is_on_top(world):
    asked = AskQuote(QuoteId("quo_1"), wish(Money(31500_73, PKR), Fixed.DESTINATION), (offer(),))
    quote = (await flow.quote(world.tx, world.node, [asked], NOW))[0]
    assert isinstance(quote, Quote)
    assert quote.total_debit - quote.sender_fee == Money(497_50, MYR)
    assert quote.offer.received == Money(31500_73, PKR)


async def test_the_best_whole_offer_is_taken_and_a_capped_one_refused(world):
    better = offer(received=Money(31600_00, PKR), interbank_destination=Money(31640_77, PKR))
    both = AskQuote(QuoteId("quo_1"), wish(), (offer(), better))
    capped = AskQuote(QuoteId("quo_2"), wish(), (offer(capped=True),))
    none = AskQuote(QuoteId("quo_3"), wish(), ())
    made, refused, missing = await flow.quote(world.tx, world.node, [both, capped, none], NOW)
    assert made.offer == better
    assert refused.reason is Reason.AMOUNT_ABOVE_LIMIT
    assert missing.reason is Reason.RATE_MISSING


async def test_the_same_quote_id_gives_the_first_quote_again(world):
    first = await world.quoted()
    again = AskQuote(first.id, wish(), (offer(rate=Decimal(70)),))
    assert (await flow.quote(world.tx, world.node, [again], NOW))[0].offer.rate == Decimal("63.4")


async def test_nothing_is_quoted_for_an_account_of_somebody_else_or_without_a_fresh_mid(world):
    foreign = AskQuote(QuoteId("quo_1"), replace(wish(), customer_id=BO), (offer(),))
    outcome = (await flow.quote(world.tx, world.node, [foreign], NOW))[0]
    assert isinstance(outcome, NotFound)
    late = NOW + timedelta(days=2)
    still_good = offer(valid_until=late + timedelta(seconds=600))
    own = AskQuote(QuoteId("quo_2"), wish(), (still_good,))
    refused = (await flow.quote(world.tx, world.node, [own], late))[0]
    assert refused.reason is Reason.RATE_STALE


async def test_a_check_learns_who_holds_the_account_once(world):
    check_id = await world.confirmed()
    check = (await payees.checks(world.tx, [check_id]))[0]
    assert (check.state, check.display_name) == (CheckState.CONFIRMED, "BILAL M****")
    assert (check.legal_name, check.account_agent_bic) == ("Bilal Malik", "RAVIPKK0")
    late = await world.report(verified=False)
    assert await payees.payee_answered(world.tx, world.node, [late], NOW) == [None]
    assert (await payees.checks(world.tx, [check_id]))[0].state is CheckState.CONFIRMED


async def test_a_report_twice_in_a_batch_is_one_event(world):
    asked = CheckPayee("chk_1", AISHA, "PK", "MBNO", "+923001234567")
    await payees.check_payee(world.tx, world.node, [asked], NOW)
    report, denial = await world.report(), await world.report(verified=False)
    await payees.payee_answered(world.tx, world.node, [report, report, denial], NOW)
    assert await story(world, "chk_1") == ["confirmed"]


async def test_a_denied_check_and_one_without_an_answer_end(world):
    asked = CheckPayee("chk_1", AISHA, "PK", "MBNO", "+923001234567")
    await payees.check_payee(world.tx, world.node, [asked], NOW)
    await payees.payee_answered(world.tx, world.node, [await world.report(verified=False)], NOW)
    await payees.check_payee(world.tx, world.node, [replace(asked, id="chk_2")], NOW)
    await payees.expire(world.tx, world.node, [None], NOW + timedelta(seconds=20))
    denied, late = await payees.checks(world.tx, ["chk_1", "chk_2"])
    assert (denied.state, denied.reason) == (CheckState.NOT_FOUND, "BE23")
    assert late.state is CheckState.TIMED_OUT


async def test_accepting_holds_the_debit_and_leaves_one_valid_message(world):
    accepted = await world.accepted()
    assert accepted.state is State.ACCEPTED
    assert await world.available() == 500_00
    (raw,) = await world.outbox(MessageName.CREDIT_TRANSFER)
    message = rails.read(raw, world.node.profile)
    assert isinstance(message, CreditTransfer)
    assert (message.uetr, message.settlement_amount) == (accepted.uetr, Money(497_50, MYR))
    assert [charge.amount for charge in message.charges] == [Money(2_50, MYR), Money(40_77, PKR)]
    assert (message.creditor.name, message.creditor_agent.bic) == ("Bilal Malik", "RAVIPKK0")
    assert await world.books() == AT_FIRST


async def test_of_several_words_for_one_quote_in_a_batch_each_gets_its_own_answer(world):
    said = await world.yes()
    batch = [
        said,
        said,
        replace(said, note="Another"),
        replace(said, customer_id=BO),
        replace(said, payee_check_id="chk_none"),
    ]
    first, same, other, foreign, unchecked = await flow.accept(world.tx, world.node, batch, NOW)
    assert isinstance(first, Remittance)
    assert same == first
    assert isinstance(other, Conflict)
    assert isinstance(foreign, NotFound)
    assert isinstance(unchecked, Refused)
    assert unchecked.reason is Reason.PAYEE_NOT_CONFIRMED
    assert await world.available() == 500_00


async def test_a_quote_is_accepted_once_and_only_in_time(world):
    said = await world.yes()
    late = NOW + timedelta(seconds=600)
    refused = (await flow.accept(world.tx, world.node, [said], late))[0]
    assert refused.reason is Reason.QUOTE_EXPIRED
    first = (await flow.accept(world.tx, world.node, [said], NOW))[0]
    again = (await flow.accept(world.tx, world.node, [said], late))[0]
    assert again.id == first.id
    other = (await flow.accept(world.tx, world.node, [replace(said, note="x")], NOW))[0]
    assert isinstance(other, Conflict)
    assert len(await world.outbox(MessageName.CREDIT_TRANSFER)) == 1


async def test_a_short_account_is_refused_for_good(world):
    three = [await world.yes() for _ in range(3)]
    outcomes = await flow.accept(world.tx, world.node, three, NOW)
    assert [type(outcome) for outcome in outcomes] == [Remittance, Remittance, Refused]
    assert outcomes[2].reason is Reason.INSUFFICIENT_FUNDS
    again = (await flow.accept(world.tx, world.node, [three[2]], NOW))[0]
    assert again.reason is Reason.INSUFFICIENT_FUNDS
    assert len(await world.outbox(MessageName.CREDIT_TRANSFER)) == 2


async def test_settling_moves_principal_and_fee_and_leaves_clearing_at_zero(world):
    accepted = await world.accepted()
    end = await world.ends(Status.ACCC)
    assert await flow.conclude(world.tx, world.node, [end, end], NOW) == [None, None]
    assert await state_of(world, accepted.id) is State.COMPLETED
    assert await world.books() == {
        ACCOUNT: 500_00,
        "claim/duitnow": -500_00,
        "own/duitnow": -2_50,
        "income/fee": 2_50,
    }


async def test_a_rejection_puts_the_exact_debit_back_and_keeps_the_code(world):
    accepted = await world.accepted()
    end = await world.ends(Status.RJCT, "AC04")
    await flow.conclude(world.tx, world.node, [end], NOW)
    done = (await flow.remittances(world.tx, [accepted.id]))[0]
    assert (done.state, done.reason, done.reason_code) == (
        State.REJECTED,
        Reason.PAYEE_CLOSED,
        "AC04",
    )
    assert (await world.books(), await world.available()) == (AT_FIRST, 1_000_00)
    late = await world.ends(Status.ACCC)
    await flow.conclude(world.tx, world.node, [late], NOW)
    assert await world.books() == AT_FIRST


async def test_a_word_that_is_not_final_changes_nothing(world):
    accepted = await world.accepted()
    await flow.conclude(world.tx, world.node, [await world.ends(Status.ACWP)], NOW)
    assert await state_of(world, accepted.id) is State.ACCEPTED


async def test_a_payment_without_an_answer_is_overdue_and_still_ends(world):
    accepted = await world.accepted()
    late = NOW + timedelta(seconds=60)
    await flow.expire(world.tx, world.node, [None], late)
    assert await state_of(world, accepted.id) is State.OVERDUE
    assert await world.available() == 500_00
    await flow.conclude(world.tx, world.node, [await world.ends(Status.ACCC)], late)
    assert await state_of(world, accepted.id) is State.COMPLETED
    assert await flow.expire(world.tx, world.node, [None], late + timedelta(days=1)) == [0]


async def test_a_quote_nobody_accepts_expires_and_is_no_remittance(world):
    quote = await world.quoted()
    await flow.expire(world.tx, world.node, [None], NOW + timedelta(seconds=600))
    assert await state_of(world, quote.remittance_id) is State.EXPIRED
    assert await flow.of_customer(world.tx, AISHA, None, 10) == []


async def test_the_scheme_taking_a_message_is_told_as_submitted(world):
    accepted = await world.accepted()
    raw = (await world.outbox(MessageName.CREDIT_TRANSFER))[0]
    message = rails.read(raw, world.node.profile)
    for _ in range(2):
        await flow.acknowledge(world.tx, [message.message_id], NOW)
    assert await state_of(world, accepted.id) is State.SUBMITTED


async def test_an_arrival_is_credited_less_the_fee_written_in_it(world):
    arrival = inbound()
    await flow.receive(world.tx, world.node, [arrival, arrival], NOW)
    payment = (await flow.received_payments(world.tx, [arrival.record.uetr]))[0]
    assert (payment.state, payment.credited) == (InboundState.CREDITED, Money(99_45, MYR))
    assert await world.books() == {
        ACCOUNT: 1_099_45,
        "claim/duitnow": -1_099_45,
        "own/duitnow": -55,
        "income/fee": 55,
    }
    answers = await answered(world)
    assert [answer.status for answer in answers] == [Status.ACCC, Status.ACCC]


async def answered(world: World) -> list[PaymentStatus]:
    raws = await world.outbox(MessageName.PAYMENT_STATUS)
    records = [rails.read(raw, world.node.profile) for raw in raws]
    return [record for record in records if isinstance(record, PaymentStatus)]


async def test_arrivals_that_cannot_be_credited_are_refused_with_their_code(world):
    await ledger.freeze(world.tx, ACCOUNT, "Court order", "Act 1", "prn_1", NOW)
    zero = inbound().record.charges
    arrivals = [
        inbound("999999999999"),
        inbound(),
        inbound(charges=(zero[0], replace(zero[1], amount=Money(100_00, MYR)))),
    ]
    await flow.receive(world.tx, world.node, arrivals, NOW)
    reasons = [answer.reason for answer in await answered(world)]
    assert reasons == ["BE06", "AC06", "AM06"]
    assert await world.books() == AT_FIRST


async def test_with_five_steps_an_arrival_is_reserved_until_the_scheme_confirms(confirming):
    world, arrival = confirming, inbound()
    await flow.receive(world.tx, world.node, [arrival], NOW)
    payment = (await flow.received_payments(world.tx, [arrival.record.uetr]))[0]
    assert payment.state is InboundState.RECEIVED
    assert await world.books() == AT_FIRST
    word = status_on(arrival.record, Status.ACCC)
    for _ in range(2):
        await flow.conclude(world.tx, world.node, [word], NOW)
    assert (await world.books())[ACCOUNT] == 1_099_45
    assert "clearing/incoming" not in await world.books()


async def test_with_five_steps_a_payment_not_confirmed_is_let_go(confirming):
    world, arrival = confirming, inbound()
    await flow.receive(world.tx, world.node, [arrival], NOW)
    await flow.expire(world.tx, world.node, [None], NOW + timedelta(minutes=5))
    word = status_on(arrival.record, Status.RJCT, "AB03")
    await flow.conclude(world.tx, world.node, [word], NOW)
    payment = (await flow.received_payments(world.tx, [arrival.record.uetr]))[0]
    assert payment.state is InboundState.RELEASED
    assert await world.books() == AT_FIRST


async def test_a_status_about_nothing_we_know_is_not_found(world):
    strange = status_on(inbound().record, Status.ACCC)
    outcome = (await flow.conclude(world.tx, world.node, [strange], NOW))[0]
    assert isinstance(outcome, NotFound)
