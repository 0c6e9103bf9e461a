"""The directory, its limits, and what an operator reads and does."""

import uuid
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scheme_nodes import (
    BILAL,
    DUITNOW_NODE,
    MY,
    PAYEE_MY,
    PAYEE_PK,
    PK,
    RAAST_NODE,
    minor,
    outgoing_transfer,
    psp,
    status,
)
from scheme_system import (
    DOMESTIC_NODE,
    OTHER,
    PAYEE_OTHER,
    TIPS_NODE,
    System,
    inside_transfer,
    later,
    system,
)

from moments import NOW, Fresh
from qantara.errors import Conflict, Malformed, NotFound, Refused
from qantara.money import MYR
from qantara.rails.model import AccountRef, Agent, Proxy, ResolutionRequest
from qantara.scheme.ips import flow, rules
from qantara.scheme.ips.model import (
    Alias,
    AliasRemoval,
    CycleReport,
    IpsNode,
    Limits,
    NetPosition,
    ParticipantKind,
    PaymentFilter,
    Route,
    Standing,
    State,
    Suspension,
)
from qantara.scheme.letters import ACCEPTED

MOBILE = Proxy("MBNO", "+60123456789")
AT_OTHER = Alias(MOBILE, PAYEE_OTHER, OTHER, "Chong Wei Ling", "MY", "Ipoh")
MINUTE = timedelta(minutes=1)
AT_MY = replace(AT_OTHER, account=PAYEE_MY, agent=MY)


async def test_an_alias_moves_when_its_bank_has_given_it_up(fresh: Fresh) -> None:
    world = await system(fresh, DOMESTIC_NODE)

    async def register(alias: Alias) -> type:
        (outcome,) = await flow.register_aliases(world.tx, world.node, [alias], NOW)
        return type(outcome)

    async def give_up(agent: str) -> type:
        removal = AliasRemoval(MOBILE, agent)
        (outcome,) = await flow.deregister_aliases(world.tx, world.node, [removal], NOW)
        return type(outcome)

    nothing = type(None)
    assert [await register(AT_OTHER), await register(AT_MY)] == [nothing, Conflict]
    assert [await give_up(MY), await give_up(OTHER)] == [Conflict, nothing]
    assert [await give_up(OTHER), await register(AT_MY)] == [NotFound, nothing]
    await world.say_inside(flow.resolve, "other", _question(OTHER))
    (told,) = await world.told("other")
    assert (told.agent, told.account.number) == (Agent(MY), PAYEE_MY.number)
    acts = await world.tx.fetch("SELECT act, agent FROM ips.alias_event ORDER BY sequence")
    assert [tuple(row) for row in acts] == [
        ("register", OTHER),
        ("deregister", OTHER),
        ("register", MY),
    ]


@pytest.mark.parametrize(
    ("node", "types"),
    [
        (DUITNOW_NODE, {"MBNO", "NIDN", "CCPT", "SHID", "CINC"}),
        (RAAST_NODE, {"MBNO"}),
        (TIPS_NODE, set()),
    ],
    ids=["duitnow", "raast", "tips"],
)
async def test_each_system_registers_its_own_kinds_of_alias(
    fresh: Fresh, node: IpsNode, types: set[str]
) -> None:
    world = await system(fresh, node)
    bank = node.participants[0].bic
    kinds = ["MBNO", "NIDN", "CCPT", "SHID", "CINC", "EMAL"]
    aliases = [
        Alias(Proxy(kind, f"{kind}1"), PAYEE_PK, bank, BILAL.name, "PK", "Lahore") for kind in kinds
    ]
    outcomes = await flow.register_aliases(world.tx, node, aliases, NOW)
    taken = {kind for kind, outcome in zip(kinds, outcomes, strict=True) if outcome is None}
    assert taken == types
    assert {type(outcome) for outcome in outcomes if outcome} <= {Malformed}


def _question(bic: str, creator: str = "c" * 32) -> ResolutionRequest:
    return ResolutionRequest(
        message_id=uuid.uuid4().hex,
        created_at=NOW,
        creator_id=creator,
        first_agent=Agent(bic),
        assigner=Agent(bic),
        assignee=Agent(DUITNOW_NODE.bic),
        destination_country="MY",
        request_id="ASK-1",
        account=AccountRef(proxy=MOBILE),
    )


async def test_one_person_asks_the_directory_so_often_and_no_more(fresh: Fresh) -> None:
    """What was asked from abroad counts too, by the person's bank and hash."""
    world = await system(fresh, replace(DOMESTIC_NODE, lookups=3, lookup_seconds=60))
    await flow.register_aliases(world.tx, world.node, [AT_OTHER], NOW)
    four = [_question(MY) for _ in range(4)]
    await world.say_inside(flow.resolve, "my", *four, _question(MY, "d" * 32))
    assert [one.reason for one in await world.told("my")] == [None, None, None, "AB08", None]
    await world.say_inside(flow.resolve, "my", four[3])
    assert await world.told("my") == []
    await world.say(flow.resolve, "nexus", _question(PK))
    world.now = later(59)
    await world.say_inside(flow.resolve, "my", _question(MY))
    world.now = later(60)
    await world.say_inside(flow.resolve, "my", _question(MY))
    assert [one.reason for one in await world.told("my")] == ["AB08", None]
    assert [one.verified for one in await world.told("nexus")] == [True]


async def test_old_counts_of_lookups_are_forgotten(fresh: Fresh) -> None:
    world = await system(fresh, replace(DOMESTIC_NODE, lookups=3))
    await world.say_inside(flow.resolve, "my", _question(MY))
    count = "SELECT count(*) FROM ips.lookup"
    await world.expire(60)
    assert await world.tx.fetchval(count) == 1
    await world.expire(180)
    assert await world.tx.fetchval(count) == 0


STOP = Suspension("other", "example: failed its drill", "operator")


async def test_suspending_is_kept_with_its_history(fresh: Fresh) -> None:
    world = await system(fresh, DOMESTIC_NODE)

    async def acted(verb: object, *commands: Suspension) -> list[type]:
        assert callable(verb)
        return [type(one) for one in await verb(world.tx, world.node, commands, world.now)]

    unknown = replace(STOP, role="nobody")
    nothing = type(None)
    assert await acted(flow.suspend, STOP, STOP, unknown) == [nothing, Conflict, NotFound]
    members = {one.role: one for one in await flow.participants(world.tx, world.node)}
    assert (members["other"].suspended_at, members["other"].why) == (NOW, STOP.why)
    assert members["my"].suspended_at is None
    assert members["my"].kinds == (ParticipantKind.PSP,)
    assert await acted(flow.resume, STOP, STOP) == [nothing, Conflict]
    history = await world.tx.fetch("SELECT role, act, by FROM ips.suspension_event ORDER BY 1, 2")
    assert [tuple(row) for row in history] == [
        ("other", "resume", "operator"),
        ("other", "suspend", "operator"),
    ]


async def test_what_is_on_its_way_to_a_suspended_bank_still_ends(fresh: Fresh) -> None:
    world = await system(fresh, DOMESTIC_NODE)
    await world.say_inside(flow.carry, "my", inside_transfer())
    (leg,) = await world.told("other")
    await flow.suspend(world.tx, world.node, [STOP], world.now)
    assert await world.say_inside(flow.answer, "other", status(leg, ACCEPTED)) == [None]
    assert await world.states() == ["settled"]
    question = replace(_question(MY), account=PAYEE_OTHER, agent=Agent(OTHER))
    await world.say_inside(flow.resolve, "my", question)
    *_, told = await world.told("my")
    assert told.reason == "AB08"
    (outcome,) = await world.say_inside(flow.resolve, "other", _question(OTHER))
    assert isinstance(outcome, Conflict)


async def _paid(world: System, ringgit: int) -> None:
    await world.say_inside(flow.carry, "my", inside_transfer(minor(ringgit, MYR)))
    (leg,) = await world.told("other")
    await world.say_inside(flow.answer, "other", status(leg, ACCEPTED))


async def test_payments_are_listed_by_page_and_by_what_is_wanted(fresh: Fresh) -> None:
    world = await system(fresh, DOMESTIC_NODE)
    for seconds in range(5):
        world.now = later(seconds)
        await world.say_inside(flow.carry, "my", inside_transfer())
    await world.say(flow.submit, "my", outgoing_transfer())
    first = await flow.payments(world.tx, PaymentFilter(limit=4))
    last = (first[-1].recorded_at, first[-1].uetr)
    rest = await flow.payments(world.tx, PaymentFilter(limit=4, before=last))
    assert (len(first), len(rest)) == (4, 2)
    assert len({one.uetr for one in first + rest}) == 6
    assert [one.recorded_at for one in first] == sorted(
        (one.recorded_at for one in first), reverse=True
    )
    for wanted, count in (
        (PaymentFilter(route=Route.OUT), 1),
        (PaymentFilter(state=State.AT_PAYEE_PSP), 5),
        (PaymentFilter(role="sap-my"), 1),
        (PaymentFilter(role="my"), 6),
        (PaymentFilter(since=later(3)), 3),
        (PaymentFilter(state=State.SETTLED), 0),
    ):
        assert len(await flow.payments(world.tx, wanted)) == count


async def test_positions_and_cycles_are_read_as_they_stand(fresh: Fresh) -> None:
    world = await system(fresh, DOMESTIC_NODE)
    await _paid(world, 700)
    await world.say_inside(flow.carry, "my", inside_transfer(minor(50, MYR)))
    start, cap = 100_000_00, -20_000_00
    assert {one.role: one for one in await flow.positions(world.tx, world.node)} == {
        "my": Standing("my", start, -700_00, 50_00, cap),
        "sap-my": Standing("sap-my", start, 0, 0, cap),
        "other": Standing("other", start, 700_00, 0, cap),
    }
    (report,) = await flow.close_due(world.tx, world.node, [None], NOW)
    assert isinstance(report, CycleReport)
    assert set(report.positions) == {NetPosition("my", -700_00), NetPosition("other", 700_00)}
    await flow.close_due(world.tx, world.node, [None], NOW + timedelta(hours=1))
    newest, first = await flow.cycles(world.tx)
    assert (first.id, first.total) == ("cycle-20260302T080000", minor(700, MYR))
    assert await flow.cycles(world.tx, before=newest.id) == [first]
    assert await flow.cycles(world.tx, limit=1) == [newest]


async def test_a_gross_system_has_money_and_no_positions(fresh: Fresh) -> None:
    world = await system(fresh, TIPS_NODE)
    standings = await flow.positions(world.tx, world.node)
    assert {(one.net, one.floor, one.settlement) for one in standings} == {(None, None, 100_000_00)}
    assert await flow.close_due(world.tx, world.node, [None], NOW) == [None]


async def test_several_cycles_a_day_close_once_each(fresh: Fresh) -> None:
    node = replace(DOMESTIC_NODE, cycle_times=(time(3), time(7), time(15)))
    world = await system(fresh, node)
    for hour in (8, 9, 15, 16):
        await flow.close_due(world.tx, node, [None], NOW.replace(hour=hour))
    tomorrow = NOW.replace(hour=1) + timedelta(days=1)
    await flow.close_due(world.tx, node, [None], tomorrow)
    assert [report.id for report in await flow.cycles(world.tx)] == [
        "cycle-20260302T150000",
        "cycle-20260302T070000",
    ]


@given(st.lists(st.times(), min_size=1, max_size=5), st.integers(0, 23), st.integers(0, 59))
def test_the_cycle_due_is_the_last_time_that_passed(
    times: list[time], hour: int, minute: int
) -> None:
    now = NOW.replace(hour=hour, minute=minute)
    due = rules.cycle_due(times, now)
    assert due is not None
    assert now - timedelta(days=1) < due <= now
    assert due.time() in {at.replace(second=0, microsecond=0) for at in times}
    between = [due + timedelta(minutes=past) for past in range(1, (now - due) // MINUTE + 1)]
    assert not {at.time() for at in between} & {at.replace(second=0, microsecond=0) for at in times}
    assert rules.cycle_due((), now) is None


async def test_a_cycle_that_cannot_be_paid_is_tried_again(fresh: Fresh) -> None:
    node = replace(DOMESTIC_NODE, cycle_times=(time(7),), net_debit_cap=minor(500_000, MYR))
    world = await system(fresh, replace(node, inside=Limits()))
    await _paid(world, 200_000)
    (short,) = await flow.close_due(world.tx, node, [None], NOW)
    assert isinstance(short, Refused)
    assert await flow.cycles(world.tx) == []


async def test_a_bank_of_both_kinds_has_its_accounts_once(fresh: Fresh) -> None:
    node = replace(
        DOMESTIC_NODE,
        participants=(
            *DOMESTIC_NODE.participants,
            replace(psp("my", MY), kind=ParticipantKind.SAP),
        ),
    )
    world = await system(fresh, node)
    await _paid(world, 700)
    (report,) = await flow.close_due(world.tx, node, [None], NOW)
    assert isinstance(report, CycleReport)
    assert {(one.role, one.net) for one in report.positions} == {
        ("my", -700_00),
        ("other", 700_00),
    }
    members = {one.role: one.kinds for one in await flow.participants(world.tx, node)}
    assert members["my"] == (ParticipantKind.PSP, ParticipantKind.SAP)
