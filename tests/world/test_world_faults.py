"""Every scheme role killed, slowed, made to repeat and to lose: payments end, books agree."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from qantara import ids
from qantara.api.faults import refresh
from qantara.db import Server
from qantara.scheme.triggers import flow as triggers
from qantara.scheme.triggers.model import Direction, Effect, Order, Removal, Trigger
from qantara.world import codes_stage
from qantara.world.codes_stage import PAYMENT, Stage

ROLES = ("duitnow", "sap-my", "nexus", "raast", "sap-pk", "psp-pk", "fxp")
SYSTEM_TIMER = 21


@pytest.fixture
async def stage(servers: Callable[[int], Server]) -> AsyncIterator[Stage]:
    server = servers(18)
    await server.prepare()
    async with codes_stage.opened(server) as opened:
        yield opened


async def ordered(stage: Stage, role: str, trigger: Trigger) -> None:
    await stage.run(role, triggers.set_triggers, Order(trigger, "the test"))
    await refresh(stage.role(role).door)


async def removed(stage: Stage, role: str, trigger: Trigger) -> None:
    await stage.run(role, triggers.remove, Removal(trigger.id, "the test"))
    await refresh(stage.role(role).door)


async def paid(stage: Stage) -> str | None:
    return await stage.pay(await stage.transfer(await stage.account()))


@pytest.mark.parametrize("direction", [Direction.IN, Direction.OUT], ids=str)
async def test_what_is_repeated_at_any_role_acts_once(stage: Stage, direction: Direction) -> None:
    for role in ROLES:
        trigger = Trigger(ids.new("trg"), Effect.REPEAT, repeats=2, direction=direction)
        await ordered(stage, role, trigger)
    assert await paid(stage) is None
    assert await stage.balanced()
    async with stage.role("psp-pk").database.look() as tx:
        rows = await tx.fetch("SELECT state FROM psp.payment")
    assert [row["state"] for row in rows] == ["credited"]


async def test_a_role_that_was_killed_takes_up_where_it_was(stage: Stage) -> None:
    for role in ROLES[:-1]:
        halt = Trigger(ids.new("trg"), Effect.HALT)
        await ordered(stage, role, halt)
        paying = asyncio.create_task(paid(stage))
        await asyncio.sleep(0.2)
        assert not paying.done()
        await removed(stage, role, halt)
        assert await paying is None, role
    assert await stage.balanced()


@pytest.mark.parametrize("role", ["duitnow", "nexus", "psp-pk"])
async def test_a_slow_role_is_only_slow(stage: Stage, role: str) -> None:
    trigger = Trigger(ids.new("trg"), Effect.DELAY, PAYMENT, seconds=3, times=1)
    await ordered(stage, role, trigger)
    transfer = await stage.transfer(await stage.account())
    assert await stage.pay(transfer, meanwhile=lambda: stage.lost(role, 3)) is None
    assert await stage.balanced()


async def test_an_answer_that_comes_too_late_is_taken_back(stage: Stage) -> None:
    """The payee's provider credits after its system has given the payment up."""
    trigger = Trigger(ids.new("trg"), Effect.DELAY, PAYMENT, seconds=60, times=1)
    await ordered(stage, "psp-pk", trigger)
    number = await stage.account()
    transfer = await stage.transfer(number)
    said = await stage.pay(transfer, meanwhile=lambda: stage.lost("psp-pk", SYSTEM_TIMER))
    assert said == "AB05"
    await stage.reached("psp-pk", transfer.uetr, "reversed", 40)
    assert await stage.balanced()
