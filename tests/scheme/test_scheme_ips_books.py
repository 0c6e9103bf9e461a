import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scheme_books import open_system
from scheme_nodes import (
    DUITNOW_NODE,
    RAAST_NODE,
    balance,
    minor,
    outgoing_transfer,
    received,
    sent,
    status,
)

from moments import NOW, Fresh
from qantara.errors import Reason, Refused
from qantara.ledger import flow as ledger
from qantara.money import MYR, Money
from qantara.rails.model import Profile
from qantara.scheme import letters
from qantara.scheme.ips import flow, rules
from qantara.scheme.ips.model import Cycle, CycleReport, Funding


async def _paid(tx: asyncpg.Connection, amount: Money) -> None:
    await flow.submit(
        tx, DUITNOW_NODE, [received("my", outgoing_transfer(amount), Profile.DUITNOW)], NOW
    )
    leg = (await sent(tx, "sap-my", Profile.DUITNOW))[-1]
    yes = received("sap-my", status(leg, letters.ACCEPTED), Profile.DUITNOW)
    await flow.answer(tx, DUITNOW_NODE, [yes], NOW)
    onward = (await sent(tx, "nexus", Profile.NEXUS))[-1]
    end = received("nexus", status(onward, letters.ACCEPTED), Profile.NEXUS)
    assert await flow.confirm(tx, DUITNOW_NODE, [end], NOW) == [None]


async def test_a_cycle_settles_the_net_positions_once(fresh: Fresh) -> None:
    tx = await open_system(fresh, DUITNOW_NODE)
    await _paid(tx, minor(700, MYR))
    await _paid(tx, minor(50, MYR))
    first = await flow.settle_cycle(tx, DUITNOW_NODE, [Cycle("c1"), Cycle("c2"), Cycle("c1")], NOW)
    one, two, again = first
    assert isinstance(one, CycleReport)
    assert isinstance(two, CycleReport)
    assert one == again
    assert ({p.role: p.net for p in one.positions}, one.total) == (
        {"my": -750_00, "sap-my": 750_00},
        minor(750, MYR),
    )
    assert two.positions == ()
    assert await flow.settle_cycle(tx, DUITNOW_NODE, [Cycle("c1")], NOW) == [one]
    assert await balance(tx, "settlement/my") == 99_250_00
    assert await balance(tx, "position/my") == 0
    async with tx.transaction():
        assert (await ledger.verify_book(tx)).clean


async def test_a_cycle_that_one_participant_cannot_pay_moves_nothing(fresh: Fresh) -> None:
    tx = await open_system(fresh, DUITNOW_NODE, money=100)
    await _paid(tx, minor(700, MYR))
    (short,) = await flow.settle_cycle(tx, DUITNOW_NODE, [Cycle("c1")], NOW)
    assert isinstance(short, Refused)
    assert short.reason is Reason.INSUFFICIENT_FUNDS
    assert await balance(tx, "position/my") == -700_00
    more = Funding("more", "my", minor(1_000, MYR))
    assert await flow.fund(tx, DUITNOW_NODE, [more], NOW) == [None]
    later = NOW.replace(minute=1)
    (done,) = await flow.settle_cycle(tx, DUITNOW_NODE, [Cycle("c1")], later)
    assert isinstance(done, CycleReport)
    assert await balance(tx, "position/my") == 0


async def test_a_gross_system_has_no_cycle(fresh: Fresh) -> None:
    tx = await open_system(fresh, RAAST_NODE)
    (said,) = await flow.settle_cycle(tx, RAAST_NODE, [Cycle("c1")], NOW)
    assert isinstance(said, Refused)


@given(st.lists(st.integers(-(10**9), 10**9), max_size=6))
def test_net_positions_sum_to_zero_or_are_refused(balances: list[int]) -> None:
    closed = [*balances, -sum(balances)]
    named = [(f"p{place}", value) for place, value in enumerate(closed)]
    positions = rules.net(named)
    assert sum(position.net for position in positions) == 0
    assert all(position.net for position in positions)
    with pytest.raises(ValueError, match="zero"):
        rules.net([*named, ("extra", 1)])
