"""A rule that fails by a figure of low confidence asks for a person, and nothing leaves."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from remittance_acts import add_bo, audit, deadlines, found, sent, story, word
from remittance_review_acts import (
    LATER,
    accept,
    again,
    decide,
    released_late,
    review,
    reviewing,
    unsure,
    waiting,
    with_rulebook,
)
from remittance_world import ACCOUNT, World, rulebook

from moments import NOW
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.money import MYR, Money
from qantara.parties import flow as parties
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee
from qantara.policy import flow as policy
from qantara.policy.model import Outcome
from qantara.rails.model import Status
from qantara.remittance import flow
from qantara.remittance.model import Remittance, State
from qantara.remittance.review_model import DecideReview, ReviewEvent, ReviewState

RELEASE, REFUSE = ReviewEvent.RELEASE, ReviewEvent.REFUSE
DAY = 86_400


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await reviewing(fresh)
    async with made.tx.transaction():
        yield made


async def expire(world, now):
    await flow.expire(world.tx, world.node, [None], now)


async def test_the_money_is_held_and_nothing_leaves(world):
    said, made = await waiting(world)
    assert (made.state, made.uetr, made.accepted_at) == (State.IN_REVIEW, None, None)
    assert (await sent(world), await world.available()) == ([], 500_00)
    assert await story(world, made.id) == ["quoted", "in_review"]
    kept = await review(world, made.id)
    (ground,) = kept.grounds
    assert (kept.state, ground.rule, ground.observed, ground.threshold) == (
        ReviewState.WAITING,
        "duitnow.limit.person",
        "497.50",
        "100.00",
    )
    assert ground.provision.startswith("DuitNow Transfer limits")
    (decision,) = await policy.decisions_about(world.tx, made.id)
    assert kept.decision_id == decision.id
    assert policy.replay(world.node.rulebook, decision).outcome is Outcome.REVIEW
    assert await flow.review_page(world.tx, ReviewState.WAITING, 10) == [kept]
    assert (await deadlines(world))[made.id] == NOW + timedelta(seconds=DAY)
    assert await flow.of_customer(world.tx, said.customer_id, None, 10) == [made]
    await audit(world)


async def test_a_repeat_while_it_waits_gives_the_same_payment(world):
    said, made = await waiting(world)
    assert await accept(world, said) == made
    assert await accept(world, said, LATER) == made
    other = await accept(world, replace(said, note="Other words"))
    assert (type(other), other.reason) == (Conflict, Reason.QUOTE_USED)
    assert await world.available() == 500_00


async def test_a_small_payment_and_one_that_is_refused_wait_for_nobody(world):
    small = await with_rulebook(world, unsure(value=Money(497_50, MYR)))
    assert (await accept(small, await small.yes())).state is State.ACCEPTED
    short = await again(world, await world.yes(), NOW, 600_00)
    refused = await accept(world, short)
    assert refused.reason is Reason.INSUFFICIENT_FUNDS
    assert await flow.reviews_of(world.tx, ["rem_" + short.quote_id[4:]]) == {}


async def test_released_in_time_it_leaves_and_completes_like_others(world):
    _, made = await waiting(world)
    soon = NOW + timedelta(seconds=300)
    done = await decide(world, made.id, RELEASE, soon)
    assert (done.state, done.accepted_at) == (State.ACCEPTED, soon)
    (payment,) = await sent(world)
    assert (payment.uetr, payment.message_id) == (done.uetr, made.message_id)
    assert payment.accepted_at == soon
    assert payment.creditor.name == made.payee_name
    assert (await deadlines(world))[made.id] == soon + timedelta(seconds=world.node.overdue_seconds)
    kept = await review(world, made.id)
    assert (kept.state, kept.proposed_by, kept.decided_by, kept.used_by) == (
        ReviewState.RELEASED,
        "prn_maker",
        "prn_checker",
        made.id,
    )
    assert len(await policy.decisions_about(world.tx, made.id)) == 2
    await flow.acknowledge(world.tx, [payment.message_id], soon)
    await flow.conclude(world.tx, world.node, [word(payment, Status.ACCC)], soon)
    assert (await found(world, made.id)).state is State.COMPLETED
    assert await story(world, made.id) == [
        *("quoted", "in_review", "accepted", "submitted", "completed")
    ]
    assert (await world.books())[ACCOUNT] == 500_00
    await audit(world)


async def test_released_too_late_it_expires_and_the_money_is_back(world):
    said, made = await released_late(world)
    assert (made.state, made.reason, made.rule) == (
        State.EXPIRED,
        Reason.REVIEW_CLEARED,
        "duitnow.limit.person",
    )
    assert (await sent(world), await world.available()) == ([], 1_000_00)
    kept = await review(world, made.id)
    assert (kept.state, kept.used_by) == (ReviewState.RELEASED, None)
    assert made.id not in await deadlines(world)
    refused = await accept(world, said, LATER)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.rule) == (Reason.REVIEW_CLEARED, "duitnow.limit.person")
    assert await flow.of_customer(world.tx, said.customer_id, None, 10) == [made]
    await audit(world)


async def test_a_clearance_lets_one_payment_like_it_go_and_not_two(world):
    said, cleared = await released_late(world)
    (first, second) = [await again(world, said, LATER, 400_00) for _ in range(2)]
    outcomes = await flow.accept(world.tx, world.node, [first, second], LATER)
    assert [each.state for each in outcomes] == [State.ACCEPTED, State.IN_REVIEW]
    assert (await review(world, cleared.id)).used_by == outcomes[0].id
    assert await flow.reviews_of(world.tx, [outcomes[0].id]) == {}
    assert [payment.uetr for payment in await sent(world)] == [outcomes[0].uetr]
    assert await accept(world, first, LATER) == outcomes[0]
    await audit(world)


async def test_a_clearance_is_not_used_up_by_a_payment_that_the_book_refuses(world):
    said, cleared = await released_late(world)
    await ledger.freeze(world.tx, ACCOUNT, "Court order", "Act 1", "prn_1", LATER)
    refused = await accept(world, await again(world, said, LATER), LATER)
    assert refused.reason is Reason.ACCOUNT_FROZEN
    assert (await review(world, cleared.id)).used_by is None
    await ledger.unfreeze(world.tx, ACCOUNT, "Lifted", "Act 1", "prn_1", LATER)
    assert (await accept(world, await again(world, said, LATER), LATER)).state is State.ACCEPTED


async def elsewhere(world, said):
    """A check that leads to another account."""
    check = CheckPayee("chk_other", said.customer_id, "PK", "MBNO", "+923007654321")
    await payees.check_payee(world.tx, world.node, [check], LATER)
    report = await world.report()
    number = replace(report.record.account, iban="PK79SCBL0000001123456711")
    told = replace(report, record=replace(report.record, account=number))
    await payees.payee_answered(world.tx, world.node, [told], LATER)
    return replace(said, payee_check_id=check.id)


async def larger(world, said):
    return await again(world, said, LATER, 500_01)


async def other_purpose(_, said):
    return replace(said, purpose="SALA")


@pytest.mark.parametrize("change", [larger, elsewhere, other_purpose])
async def test_a_clearance_is_for_nothing_else(world, change):
    said, cleared = await released_late(world)
    made = await accept(world, await change(world, await again(world, said, LATER)), LATER)
    assert made.state is State.IN_REVIEW
    assert (await review(world, cleared.id)).used_by is None


async def test_a_clearance_is_for_the_rules_that_a_person_looked_at(world):
    said, _ = await released_late(world)
    maximum = unsure("nexus.maximum.MYR", Money(50_00, MYR))
    value = maximum.value("nexus.maximum.MYR", NOW.date())
    more = await with_rulebook(world, world.node.rulebook.overlay([value], "test"))
    made = await accept(more, await again(more, said, LATER), LATER)
    assert made.state is State.IN_REVIEW
    assert {ground.rule for ground in (await review(world, made.id)).grounds} == {
        "duitnow.limit.person",
        "ips.maximum.sending",
    }


async def test_a_clearance_is_its_customers_alone_and_does_not_stand_for_ever(world):
    await add_bo(world, opening=1_000_00)
    said, cleared = await released_late(world)
    late = LATER + timedelta(seconds=DAY)
    check = CheckPayee("chk_late", said.customer_id, "PK", "MBNO", "+923001234567")
    await payees.check_payee(world.tx, world.node, [check], late)
    await payees.payee_answered(world.tx, world.node, [await world.report()], late)
    fresh = World(world.tx, replace(world.node, review_seconds=DAY - 1))
    await flow.record_reference_rates(
        world.tx,
        world.node,
        [replace((await found(world, cleared.id)).quote.mid, as_of=late)],
        late,
    )
    said = replace(await again(fresh, said, late), payee_check_id=check.id)
    assert (await accept(fresh, said, late)).state is State.IN_REVIEW


async def test_refused_the_money_is_back_and_the_reason_is_told_again(world):
    said, made = await waiting(world)
    done = await decide(world, made.id, REFUSE)
    assert (done.state, done.reason, done.rule) == (
        State.REFUSED,
        Reason.REVIEW_REFUSED,
        "duitnow.limit.person",
    )
    assert done.citation.startswith("DuitNow Transfer limits")
    assert (await sent(world), await world.available()) == ([], 1_000_00)
    assert (await review(world, made.id)).state is ReviewState.REFUSED
    refused = await accept(world, said)
    assert (refused.reason, refused.citation) == (done.reason, done.citation)
    assert (await accept(world, await again(world, said, NOW))).state is State.IN_REVIEW
    await audit(world)


async def test_the_quote_may_run_out_but_a_review_nobody_looks_at_lapses(world):
    said, made = await waiting(world)
    await expire(world, LATER)
    assert (await found(world, made.id)).state is State.IN_REVIEW
    assert await world.available() == 500_00
    end = NOW + timedelta(seconds=DAY)
    await expire(world, end)
    done = await found(world, made.id)
    assert (done.state, done.reason, done.finished_at) == (
        State.EXPIRED,
        Reason.REVIEW_LAPSED,
        end,
    )
    kept = await review(world, made.id)
    assert (kept.state, kept.decided_by, kept.ended_at) == (ReviewState.LAPSED, None, end)
    assert (await world.available(), await sent(world)) == (1_000_00, [])
    assert (await accept(world, said, end)).reason is Reason.REVIEW_LAPSED
    late = await decide(world, made.id, RELEASE, end)
    assert (type(late), late.reason) == (Conflict, Reason.STATE_CONFLICT)
    await audit(world)


async def test_a_review_is_decided_once_and_only_where_there_is_one(world):
    _, made = await waiting(world)
    ordinary = await with_rulebook(world, rulebook())
    other = await accept(ordinary, await ordinary.yes())
    one = DecideReview(made.id, REFUSE, "prn_maker", "prn_checker")
    none = [replace(one, remittance_id=each) for each in ("rem_none", other.id)]
    batch = [one, replace(one, verdict=RELEASE), *none]
    outcomes = await flow.decide_reviews(world.tx, world.node, batch, NOW)
    assert [type(each) for each in outcomes] == [Remittance, Conflict, NotFound, NotFound]
    assert outcomes[0].state is State.REFUSED
    assert isinstance(await decide(world, made.id, RELEASE), Conflict)


async def test_what_is_forbidden_by_now_does_not_leave_and_can_be_refused(world):
    _, made = await waiting(world)
    await ledger.freeze(world.tx, ACCOUNT, "Court order", "Act 1", "prn_1", NOW)
    frozen = await decide(world, made.id, RELEASE)
    assert (type(frozen), frozen.reason) == (Conflict, Reason.ACCOUNT_FROZEN)
    await ledger.unfreeze(world.tx, ACCOUNT, "Lifted", "Act 1", "prn_1", NOW)
    shut = await with_rulebook(world, policy.load())
    closed = await decide(shut, made.id, RELEASE)
    assert (type(closed), closed.reason) == (Conflict, Reason.CORRIDOR_CLOSED)
    other = unsure("nexus.maximum.MYR", Money(50_00, MYR))
    further = await decide(await with_rulebook(world, other), made.id, RELEASE)
    assert (type(further), further.reason) == (Conflict, Reason.REVIEW_REQUIRED)
    await parties.record_deaths(world.tx, [made.quote.request.customer_id])
    dead = await decide(world, made.id, RELEASE)
    assert (type(dead), dead.reason) == (Conflict, Reason.CUSTOMER_DECEASED)
    assert (await found(world, made.id)).state is State.IN_REVIEW
    assert (await decide(world, made.id, REFUSE)).state is State.REFUSED
    assert await sent(world) == []


async def test_what_the_book_keeps_of_a_review_names_nobody(world):
    await waiting(world)
    row = await world.tx.fetchval("SELECT to_jsonb(v)::text FROM remittance.review v")
    for word_ in ("Aisha", "Bilal", "+92", "PK36", "Rent"):
        assert word_ not in row


async def test_the_database_wants_two_people(world):
    _, made = await waiting(world)
    command = DecideReview(made.id, RELEASE, "prn_maker", "prn_maker")
    with pytest.raises(Exception, match="review_check"):
        await flow.decide_reviews(world.tx, world.node, [command], NOW)
    with pytest.raises(Exception, match="aborted"):
        await world.books()
