"""Who takes too long, what becomes of the payment, and of answers that come after that."""

from typing import Any

import pytest
from msgspec.structs import replace
from scheme_nodes import (
    DUITNOW_NODE,
    RAAST_NODE,
    REJECTED,
    destination_transfer,
    minor,
    outgoing_transfer,
    status,
)
from scheme_system import System, later, reasons, system

from moments import Fresh
from qantara.money import MYR, PKR
from qantara.rails.model import CreditTransfer, Priority, Status
from qantara.scheme.ips import flow
from qantara.scheme.ips.model import IpsNode, State
from qantara.scheme.letters import ACCEPTED, Verdict

TECHNICAL = Verdict(Status.ACTC)


async def _submitted(fresh: Fresh, node: IpsNode, transfer: CreditTransfer) -> System:
    """Source side, as far as the gateway."""
    world = await system(fresh, node)
    assert await world.say(flow.submit, "my", transfer) == [None]
    legs = await world.told("sap-my")
    if legs:
        assert await world.say(flow.answer, "sap-my", status(legs[0], ACCEPTED)) == [None]
    return world


def _arriving(**changes: Any) -> CreditTransfer:
    return destination_transfer(outgoing_transfer(**changes), minor(100, PKR))


async def _delivered(
    fresh: Fresh, *, steps: int = 4, priority: Priority = Priority.NORM
) -> tuple[System, CreditTransfer, CreditTransfer]:
    """Destination side, as far as the payee's provider: what arrived, and its leg."""
    world = await system(fresh, replace(RAAST_NODE, steps=steps))
    arriving = _arriving(priority=priority)
    assert await world.say(flow.deliver, "nexus", arriving) == [None]
    (sap_leg,) = await world.told("sap-pk")
    assert await world.say(flow.answer, "sap-pk", status(sap_leg, TECHNICAL)) == [None]
    (leg,) = await world.told("pk")
    return world, arriving, leg


@pytest.mark.parametrize(
    ("priority", "seconds"), [(Priority.HIGH, 10), (Priority.NORM, 20)], ids=str
)
@pytest.mark.parametrize("steps", [4, 5])
async def test_a_late_access_provider_of_the_sender_ends_it(
    fresh: Fresh, steps: int, priority: Priority, seconds: int
) -> None:
    world = await system(fresh, replace(DUITNOW_NODE, source_steps=steps))
    await world.say(flow.submit, "my", outgoing_transfer(priority=priority))
    (leg,) = await world.told("sap-my")
    await world.expire(seconds - 1)
    assert await world.states() == ["at_source_sap"]
    await world.expire(seconds)
    await world.expire(seconds)
    assert reasons(await world.told("my")) == [("RJCT", "AB06")]
    assert reasons(await world.told("sap-my")) == [("RJCT", "AB06")]
    assert await world.say(flow.answer, "sap-my", status(leg, ACCEPTED)) == [None]
    assert reasons(await world.told("sap-my")) == [("RJCT", "AB06")]
    assert await world.told("nexus") == []
    await world.at_rest({})


async def test_at_the_gateway_no_timer_of_the_system_runs(fresh: Fresh) -> None:
    world = await _submitted(fresh, DUITNOW_NODE, outgoing_transfer())
    await world.expire(86_400)
    assert await world.states() == ["at_gateway"]


async def test_a_late_access_provider_of_the_payee_ends_it(fresh: Fresh) -> None:
    world = await system(fresh, RAAST_NODE)
    await world.say(flow.deliver, "nexus", _arriving())
    (leg,) = await world.told("sap-pk")
    await world.expire(20)
    assert reasons(await world.told("nexus")) == [("RJCT", "AB06")]
    assert reasons(await world.told("sap-pk")) == [("RJCT", "AB06")]
    assert await world.told("pk") == []
    assert await world.say(flow.answer, "sap-pk", status(leg, TECHNICAL)) == [None]
    (again,) = await world.told("sap-pk")
    assert reasons([again]) == [("RJCT", "AB06")]
    await world.at_rest({})


@pytest.mark.parametrize("steps", [4, 5])
async def test_a_late_provider_of_the_payee_is_told_to_give_back(fresh: Fresh, steps: int) -> None:
    world, _, leg = await _delivered(fresh, steps=steps)
    await world.expire(20)
    assert reasons(await world.told("nexus")) == [("RJCT", "AB05")]
    assert reasons(await world.told("sap-pk")) == [("RJCT", "AB05")]
    (first,) = await world.told("pk")
    late = status(leg, ACCEPTED)
    assert await world.say(flow.answer, "pk", late, late) == [None, None]
    (again,) = await world.told("pk")
    assert reasons([first, again]) == [("RJCT", "AB05")] * 2
    assert (first.original_message_id, again.original_message_id) == (leg.message_id,) * 2
    assert first.message_id != again.message_id
    await world.at_rest({})


async def test_a_rejection_is_said_until_the_provider_that_credits_at_once_agrees(
    fresh: Fresh,
) -> None:
    world, _, leg = await _delivered(fresh)
    await world.expire(20)
    (first,) = await world.told("pk")
    await world.expire(79)
    assert await world.told("pk") == []
    await world.expire(80)
    (second,) = await world.told("pk")
    await world.expire(159)
    assert await world.told("pk") == []
    await world.expire(160)
    (third,) = await world.told("pk")
    said = [first, second, third]
    assert reasons(said) == [("RJCT", "AB05")] * 3
    assert {each.original_message_id for each in said} == {leg.message_id}
    assert len({each.message_id for each in said}) == 3
    assert await world.say(flow.answer, "pk", status(leg, REJECTED)) == [None]
    await world.expire(86_000)
    assert await world.told("pk") == []
    await world.at_rest({})


async def test_a_yes_that_comes_too_late_has_its_rejection_said_until_it_is_heard(
    fresh: Fresh,
) -> None:
    world, _, leg = await _delivered(fresh)
    await world.expire(20)
    assert await world.say(flow.answer, "pk", status(leg, REJECTED)) == [None]
    assert len(await world.told("pk")) == 1
    assert await world.say(flow.answer, "pk", status(leg, ACCEPTED)) == [None]
    assert len(await world.told("pk")) == 1
    await world.expire(80)
    assert reasons(await world.told("pk")) == [("RJCT", "AB05")]


async def test_whoever_never_answers_is_not_told_for_ever(fresh: Fresh) -> None:
    world, _, _ = await _delivered(fresh)
    await world.expire(20)
    count = 0
    for hours in range(200):
        await world.expire(3600 * hours)
        count += len(await world.told("pk"))
    assert 5 < count < 20


async def test_where_the_provider_waits_for_the_end_a_rejection_is_said_once(fresh: Fresh) -> None:
    world, _, _ = await _delivered(fresh, steps=5)
    await world.expire(20)
    await world.told("pk")
    await world.expire(3600)
    assert await world.told("pk") == []


@pytest.mark.parametrize("rejected", [False, True], ids=["settled", "rejected"])
async def test_an_access_provider_that_repeats_its_answer_hears_the_end(
    fresh: Fresh, *, rejected: bool
) -> None:
    world = await system(fresh, RAAST_NODE)
    await world.say(flow.deliver, "nexus", _arriving())
    (sap_leg,) = await world.told("sap-pk")
    yes = status(sap_leg, TECHNICAL)
    assert await world.say(flow.answer, "sap-pk", yes) == [None]
    (leg,) = await world.told("pk")
    assert await world.say(flow.answer, "sap-pk", yes) == [None]
    assert await world.told("sap-pk") == [], "there is no end yet"
    said = REJECTED if rejected else ACCEPTED
    assert await world.say(flow.answer, "pk", status(leg, said)) == [None]
    (end,) = await world.told("sap-pk")
    assert await world.say(flow.answer, "sap-pk", yes) == [None]
    (again,) = await world.told("sap-pk")
    assert again.status is end.status is said.status
    assert again.message_id != end.message_id


async def test_each_leg_has_a_timer_of_its_own(fresh: Fresh) -> None:
    world = await system(fresh, RAAST_NODE)
    await world.say(flow.deliver, "nexus", _arriving())
    (sap_leg,) = await world.told("sap-pk")
    world.now = later(15)
    await world.say(flow.answer, "sap-pk", status(sap_leg, TECHNICAL))
    await world.expire(34)
    assert await world.states() == ["at_payee_psp"]
    await world.expire(35)
    assert await world.states() == ["rejected"]


async def test_a_batch_of_late_payments_ends_in_one_turn(fresh: Fresh) -> None:
    world = await system(fresh, replace(DUITNOW_NODE, source_steps=4))
    batch = [outgoing_transfer(minor(1, MYR)) for _ in range(40)]
    await world.say(flow.submit, "my", *batch)
    await world.expire(20)
    assert set(await world.states()) == {State.REJECTED}
    assert {one.uetr for one in await world.told("my")} == {one.uetr for one in batch}
    await world.at_rest({})
