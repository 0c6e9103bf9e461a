"""A dispute has a number and a clock; customers say, staff answer, and time is told."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from wallet_people import known_by_phone
from wallet_world import AISHA, BO, PRINCIPAL, World, build

from moments import NOW, Fresh
from qantara import ids
from qantara.access import flow as access
from qantara.db import events
from qantara.disputes import flow
from qantara.disputes.model import (
    OVERDUE,
    Act,
    Dispute,
    DisputeKind,
    DisputeState,
    OpenDispute,
    Rule,
    Say,
    Wanted,
)
from qantara.domestic import flow as domestic
from qantara.domestic.records import ArrivalKind
from qantara.errors import Conflict, NotFound, Reason
from qantara.ids import PrincipalId

STAFF = PrincipalId("prn_staff")
ANSWER, END = timedelta(days=15), timedelta(days=35)


async def world_of(fresh: Fresh) -> World:
    world = await build(fresh)
    await known_by_phone(world)
    return world


def about(payment_id: str, **other: Any) -> OpenDispute:
    kind = DisputeKind.WRONG_AMOUNT
    wish = OpenDispute(ids.new("dis"), AISHA, payment_id, kind, "Too little came.", PRINCIPAL)
    return replace(wish, **other)


async def opened(world: World, **other: Any) -> Dispute:
    transfer = await world.paid_here(10_00)
    (dispute,) = await world.do(flow.open_disputes, about(transfer.id, **other))
    assert isinstance(dispute, Dispute)
    return dispute


def ruled(dispute: Dispute, act: Act, words: str = "We looked.") -> Rule:
    return Rule(dispute.id, act, words, STAFF)


def said(dispute: Dispute, act: Act = Act.SAY, by: Any = AISHA) -> Say:
    return Say(dispute.id, by, act, "Here is the bill." if act is Act.SAY else None, PRINCIPAL)


async def told(world: World, dispute: Dispute) -> list[str]:
    return [each.state for each in await events.of(world.tx, dispute.id)]


async def test_a_dispute_gets_the_next_number_of_the_year_and_a_clock(fresh_both: Fresh):
    world = await world_of(fresh_both)
    first, second = await opened(world), await opened(world)
    assert (first.number, second.number) == ("QD-2026-000001", "QD-2026-000002")
    assert (first.due_at, first.end_due_at) == (NOW + ANSWER, NOW + END)
    world.forward(days=365)
    assert (await opened(world)).number == "QD-2027-000001"
    queue = await flow.queue(world.tx, Wanted())
    assert [each.number for each in queue] == [first.number, second.number, "QD-2027-000001"]
    assert await flow.queue(world.tx, Wanted(after=queue[1])) == queue[2:]
    late = await flow.queue(world.tx, Wanted(overdue_at=world.now))
    assert late == queue[:2]


async def test_a_dispute_goes_to_and_fro_and_ends_with_a_reason(fresh: Fresh):
    world = await world_of(fresh)
    dispute = await opened(world)
    world.forward(days=10)
    (answered,) = await world.do(flow.rule, ruled(dispute, Act.ANSWER, "Which bill?"))
    assert (answered.state, answered.due_at) == (DisputeState.ANSWERED, NOW + END)
    world.forward(days=15)
    (again,) = await world.do(flow.say, said(dispute))
    assert (again.state, again.due_at) == (DisputeState.OPEN, NOW + END)
    (more,) = await world.do(flow.say, said(dispute))
    assert more == again
    (ended,) = await world.do(flow.rule, ruled(dispute, Act.RESOLVE, "We paid it back."))
    assert (ended.state, ended.due_at, ended.ended_at) == (
        *(DisputeState.RESOLVED, None, world.now),
    )
    timeline = (await flow.timelines(world.tx, [dispute.id]))[dispute.id]
    assert [(each.act, each.actor, each.words) for each in timeline] == [
        (Act.OPEN, PRINCIPAL, "Too little came."),
        (Act.ANSWER, STAFF, "Which bill?"),
        (Act.SAY, PRINCIPAL, "Here is the bill."),
        (Act.SAY, PRINCIPAL, "Here is the bill."),
        (Act.RESOLVE, STAFF, "We paid it back."),
    ]
    assert await told(world, dispute) == ["open", "answered", "open", "resolved"]
    trail = await access.audit(world.tx, dispute.id)
    assert [each.entry.act for each in trail] == ["dispute.resolved", "dispute.answered"]
    (late,) = await world.do(flow.rule, ruled(dispute, Act.REJECT))
    assert isinstance(late, Conflict)


async def test_every_kind_of_payment_of_ones_own_can_be_disputed(fresh: Fresh):
    world = await world_of(fresh)
    sent = await world.paid_here(10_00)
    came = await world.paid_here(20_00, BO)
    await world.arrived()
    abroad = await world.accepted()
    (arrival,) = await domestic.arrivals(world.tx, ArrivalKind.PAYMENT, [came.uetr])
    uetr = await world.tx.fetchval("SELECT uetr FROM remittance.inbound")
    wishes = [about(each) for each in (sent.id, arrival.id, uetr, abroad.id)]
    assert all(isinstance(each, Dispute) for each in await world.do(flow.open_disputes, *wishes))


async def test_what_is_no_payment_of_ones_own_is_not_there(fresh: Fresh):
    world = await world_of(fresh)
    theirs = await world.paid_here(10_00, BO)
    wrong = [theirs.id, "trf_none", "rem_none", "arr_none", "no-uetr", "acc_aisha"]
    outcomes = await world.do(flow.open_disputes, *[about(each) for each in wrong])
    assert {each.reason for each in outcomes} == {Reason.PAYMENT_NOT_FOUND}


async def test_one_payment_has_one_open_dispute(fresh: Fresh):
    world = await world_of(fresh)
    transfer = await world.paid_here(10_00)
    wish = about(transfer.id)
    first, again = await world.do(flow.open_disputes, wish, wish)
    assert replace(again, sequence=0) == replace(first, sequence=0)
    other, twin = await world.do(
        flow.open_disputes, replace(wish, words="Else"), about(transfer.id)
    )
    assert (other.reason, twin.reason) == (Reason.ID_REUSED, Reason.DISPUTE_EXISTS)
    assert twin.facts["number"] == first.number
    await world.do(flow.say, said(first, Act.WITHDRAW))
    (anew,) = await world.do(flow.open_disputes, about(transfer.id))
    assert isinstance(anew, Dispute)


async def test_nobody_speaks_in_the_disputes_of_others(fresh: Fresh):
    world = await world_of(fresh)
    dispute = await opened(world)
    theirs, ours = await world.do(flow.say, said(dispute, by=BO), said(dispute, Act.WITHDRAW))
    assert isinstance(theirs, NotFound)
    assert ours.state is DisputeState.WITHDRAWN
    (gone,) = await world.do(flow.rule, ruled(replace(dispute, id="dis_none"), Act.ANSWER))
    assert isinstance(gone, NotFound)
    assert await flow.disputes_of(world.tx, BO, None, 10) == []


async def test_a_clock_that_runs_out_is_told_once_and_again_at_the_end(fresh: Fresh):
    world = await world_of(fresh)
    dispute = await opened(world)
    assert await world.do(flow.expire, None) == [0]
    world.forward(days=15)
    (stands,) = await flow.disputes(world.tx, [dispute.id])
    assert flow.overdue(stands, world.now)
    assert await world.do(flow.expire, None) == [1]
    assert await world.do(flow.expire, None) == [0]
    world.forward(days=20)
    assert await world.do(flow.expire, None) == [1]
    assert await told(world, dispute) == ["open", OVERDUE, OVERDUE]
    counts = await flow.counts(world.tx, world.now)
    assert (counts.states[DisputeState.OPEN], counts.overdue) == (1, 1)
    assert counts.kinds[DisputeKind.WRONG_AMOUNT] == 1
    await world.do(flow.rule, ruled(dispute, Act.REJECT))
    counts = await flow.counts(world.tx, world.now)
    assert (counts.overdue, sum(counts.kinds.values())) == (0, 0)
    world.forward(days=100)
    assert await world.do(flow.expire, None) == [0]


@pytest.mark.parametrize("act", [Act.ANSWER, Act.RESOLVE, Act.REJECT])
async def test_an_answer_in_time_is_not_late(fresh: Fresh, act):
    world = await world_of(fresh)
    dispute = await opened(world)
    await world.do(flow.rule, ruled(dispute, act))
    world.forward(days=16)
    assert await world.do(flow.expire, None) == [0]
