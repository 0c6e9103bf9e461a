"""Cases at the scheme's desk as an institution has them, and money of ours that comes back."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from remittance_acts import BOS_NUMBER, add_bo, audit, story
from remittance_case_acts import (
    CREDITED,
    DESK,
    MY,
    PK,
    SENT,
    arrived,
    assigned,
    back_offer,
    case_of,
    coming_back,
    give,
    gone,
    notices,
    opened,
    said,
    terms,
    told,
)
from remittance_world import AISHA, World, build, status_on

from moments import NOW
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.money import MYR, PKR, Money
from qantara.rails.cases import Act, CaseAnswer, CaseNotice, Cause, Kind, Refusal, Side
from qantara.rails.model import Status
from qantara.remittance import flow
from qantara.remittance.case_model import (
    Box,
    CaseState,
    WantedCases,
)
from qantara.remittance.model import State

FEE = Money(2_00, MYR)


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    made.node = replace(made.node, return_fee=FEE)
    async with made.tx.transaction():
        yield made


# The side of the sender: what comes back is linked and credited.


async def completed(world: World) -> Any:
    accepted = await world.accepted()
    await flow.conclude(world.tx, world.node, [await world.ends(Status.ACCC)], NOW)
    return accepted, await gone(world)


async def test_what_comes_back_is_credited_told_and_linked_and_the_remittance_stands(world):
    accepted, payment = await completed(world)
    before = await world.available()
    back = coming_back(payment)
    await flow.receive(world.tx, world.node, [back, back], NOW)
    assert await world.available() == before + CREDITED.minor
    assert (await story(world, accepted.id))[-2:] == ["completed", "returned"]
    (found,) = await flow.remittances(world.tx, [accepted.id])
    assert found.state is State.COMPLETED
    (linked,) = (await flow.given_back(world.tx, [payment.uetr]))[payment.uetr]
    assert (linked.uetr, linked.amount) == (back.record.uetr, CREDITED)
    await audit(world)


async def test_confirmed_later_it_is_linked_later(world):
    accepted, payment = await completed(world)
    world.node = replace(world.node, confirmed=True)
    back = coming_back(payment)
    await flow.receive(world.tx, world.node, [back], NOW)
    assert await flow.given_back(world.tx, [payment.uetr]) == {}
    await flow.conclude(world.tx, world.node, [status_on(back.record, Status.ACCC)], NOW)
    assert len((await flow.given_back(world.tx, [payment.uetr]))[payment.uetr]) == 1
    assert (await story(world, accepted.id))[-1] == "returned"


async def test_money_for_another_account_is_not_the_senders_return(world):
    await add_bo(world)
    accepted, payment = await completed(world)
    await flow.receive(world.tx, world.node, [coming_back(payment, number=BOS_NUMBER)], NOW)
    assert (await story(world, accepted.id))[-1] == "completed"
    assert await flow.given_back(world.tx, [payment.uetr]) == {}


async def test_a_sender_cannot_dress_a_payment_up_as_a_return(world):
    yes = await world.yes(note=f"NexusOrgnlUETR:{uuid.uuid4()}")
    (outcome,) = await flow.accept(world.tx, world.node, [yes], NOW)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.facts["param"]) == (Reason.FIELD_INVALID, "note")


# Cases of our own.


async def test_a_customers_request_waits_for_staff_who_send_it_on(world):
    _, payment = await completed(world)
    asked = await opened(world, payment.uetr, customer_id=AISHA)
    assert (asked.state, asked.side) == (CaseState.REQUESTED, Side.SOURCE)
    assert await notices(world) == []
    assert await box(world, Box.WAITING) == [asked.id]
    assert flow.is_overdue(asked, NOW) is False
    assert flow.is_overdue(asked, NOW + timedelta(days=2)) is True
    sent_on = await said(world, Act.OPEN, asked.id)
    assert sent_on.state is CaseState.OPENED
    (case,) = await notices(world)
    assert isinstance(case, CaseNotice)
    assert (case.payment, case.opened_by, case.text) == (payment.uetr, MY, "Twice.")
    assert case.message_id == sent_on.message_id
    assert await box(world, Box.WAITING) == []
    assert await box(world, Box.SENT) == [asked.id]
    assert isinstance(await said(world, Act.OPEN, asked.id), Conflict)


async def test_a_request_that_staff_turn_down_never_leaves(world):
    _, payment = await completed(world)
    asked = await opened(world, payment.uetr, customer_id=AISHA)
    assert (await said(world, Act.WITHDRAW, asked.id)).state is CaseState.WITHDRAWN
    assert await notices(world) == []


@pytest.mark.parametrize(
    ("other", "kind", "reason"),
    [
        ({"customer_id": "cus_bo"}, NotFound, Reason.REMITTANCE_NOT_FOUND),
        ({"cause": Cause.NOT_RECEIVED}, Refused, Reason.FIELD_INVALID),
        ({"uetr": str(uuid.uuid4())}, NotFound, Reason.REMITTANCE_NOT_FOUND),
    ],
)
async def test_what_is_no_case_is_not_opened(world, other, kind, reason):
    _, payment = await completed(world)
    outcome = await opened(world, other.pop("uetr", payment.uetr), **other)
    assert isinstance(outcome, kind)
    assert outcome.reason is reason


async def test_only_a_completed_payment_of_the_senders_is_recalled_and_only_once(world):
    accepted = await world.accepted()
    early = await opened(world, accepted.uetr)
    assert isinstance(early, Conflict)
    looking = {"kind": Kind.INVESTIGATION, "cause": Cause.WHEREABOUTS}
    assert (await opened(world, accepted.uetr, **looking)).state is CaseState.OPENED
    arriving = await arrived(world)
    assert (await opened(world, arriving.uetr)).reason is Reason.RECALL_UNAVAILABLE
    await flow.conclude(world.tx, world.node, [await world.ends(Status.ACCC)], NOW)
    payment = await gone(world)
    first = await opened(world, payment.uetr)
    assert (await opened(world, payment.uetr)).reason is Reason.CASE_EXISTS
    assert await opened(world, payment.uetr, id=first.id) == await case_of(world, first.id)


async def test_a_few_cents_back_do_not_stand_in_the_way_of_a_recall_but_all_of_it_does(world):
    _, payment = await completed(world)
    await flow.receive(world.tx, world.node, [coming_back(payment)], NOW)
    first = await opened(world, payment.uetr)
    assert first.state is CaseState.OPENED
    await said(world, Act.WITHDRAW, first.id)
    whole = replace(payment.settlement_amount, minor=payment.settlement_amount.minor + 55)
    await flow.receive(world.tx, world.node, [coming_back(payment, settlement_amount=whole)], NOW)
    assert (await opened(world, payment.uetr)).reason is Reason.PAYMENT_RETURNED


async def test_the_desks_word_and_the_other_sides_move_our_case(world):
    _, payment = await completed(world)
    case = await opened(world, payment.uetr)
    later = NOW + timedelta(days=10)
    taken = {"assigned_to": PK, "due_at": later, "source": "MYR", "source_amount": "497.50"}
    await told(world, Act.OPEN, case.id, DESK, **taken)
    known = await case_of(world, case.id)
    assert (known.assigned_to, known.due_at, known.sent) == (PK, later, Money(497_50, MYR))
    await told(world, Act.ESCALATE, case.id, DESK, due_at=later + timedelta(days=5))
    late = await case_of(world, case.id)
    assert (late.state, late.due_at) == (CaseState.OPENED, later)
    await told(world, Act.ACCEPT, case.id)
    await told(world, Act.RETURN, case.id, returned_by=str(uuid.uuid4()))
    done = await case_of(world, case.id)
    assert done.state is CaseState.RETURNED
    assert done.returned_by is not None
    assert (await said(world, Act.CLOSE, case.id)).state is CaseState.CLOSED
    assert await story(world, case.id) == ["opened", "accepted", "returned", "closed"]
    acts = [move.act for move in await flow.case_moves(world.tx, case.id)]
    assert acts == [Act.OPEN, Act.OPEN, Act.ESCALATE, Act.ACCEPT, Act.RETURN, Act.CLOSE]


async def test_what_the_desk_declines_or_never_takes_is_closed_with_its_reason(world):
    _, payment = await completed(world)
    case = await opened(world, payment.uetr)
    await told(world, Act.REFUSE, case.id, DESK, reason=Reason.CASE_EXISTS.value)
    declined = await case_of(world, case.id)
    assert (declined.state, declined.reason) == (CaseState.CLOSED, "case_exists")
    other = await opened(world, payment.uetr)
    bounced = (other.message_id, "message_wrong_party")
    await flow.bounce(world.tx, world.node, [bounced], NOW)
    lost = await case_of(world, other.id)
    assert (lost.state, lost.reason) == (CaseState.CLOSED, "message_wrong_party")


async def test_words_that_cross_end_alike_on_both_sides(world):
    _, payment = await completed(world)
    ours = await opened(world, payment.uetr)
    await told(world, Act.OPEN, ours.id, DESK, assigned_to=PK)
    await said(world, Act.WITHDRAW, ours.id)
    await told(world, Act.REFUSE, ours.id, reason=Refusal.LEGAL.value)
    assert (await case_of(world, ours.id)).state is CaseState.WITHDRAWN
    await told(world, Act.ACCEPT, ours.id)
    assert (await case_of(world, ours.id)).state is CaseState.ACCEPTED
    theirs = await assigned(world, await arrived(world))
    await give(world, theirs.case_id, terms(), back_offer(CREDITED - FEE, Money(6200_00, PKR)))
    await told(world, Act.WITHDRAW, theirs.case_id)
    assert (await case_of(world, theirs.case_id)).state is CaseState.ACCEPTED
    other = await assigned(world, await arrived(world))
    await said(world, Act.REFUSE, other.case_id, reason=Refusal.CUSTOMER.value)
    await told(world, Act.WITHDRAW, other.case_id)
    assert (await case_of(world, other.case_id)).state is CaseState.WITHDRAWN


async def test_a_case_on_a_payment_we_never_had_is_refused_at_once(world):
    payment = await arrived(world)
    ghost = await assigned(world, replace(payment, uetr=str(uuid.uuid4())))
    (word,) = await notices(world)
    assert isinstance(word, CaseAnswer)
    assert (word.act, word.case_id, word.reason) == (Act.REFUSE, ghost.case_id, "NOOR")
    assert isinstance((await flow.cases_by_id(world.tx, [ghost.case_id]))[0], NotFound)


async def test_a_yes_that_owes_money_is_not_said_in_passing(world):
    case = await assigned(world, await arrived(world))
    assert isinstance(await said(world, Act.ACCEPT, case.case_id), Conflict)
    assert isinstance(await said(world, Act.WITHDRAW, case.case_id), Conflict)
    refused = await said(world, Act.REFUSE, case.case_id, reason=Refusal.CUSTOMER.value)
    assert refused.state is CaseState.REFUSED
    late = await give(world, case.case_id, terms(), back_offer(CREDITED - FEE, SENT))
    assert isinstance(late, Conflict)


async def box(world: World, which: Box) -> list[str]:
    found = await flow.case_page(world.tx, world.node, WantedCases(which, now=NOW))
    return [case.id for case in found]
