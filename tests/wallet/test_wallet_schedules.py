"""Standing orders: on their day, never above their ceiling, and a refusal is told and kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from wallet_world import (
    ACCOUNTS,
    AISHA,
    BO,
    IBAN,
    INSIDE,
    NAMES,
    NUMBERS,
    PRINCIPAL,
    SEED,
    World,
    build,
    code,
    mid,
    offer,
)

from moments import Fresh
from qantara import ids
from qantara.db import events
from qantara.domestic import flow as domestic
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.money import MYR, PKR, Money
from qantara.payees import flow as payees
from qantara.rails.model import AccountRef, Profile, Status
from qantara.remittance import flow as remittance
from qantara.remittance.model import Fixed, State
from qantara.wallet import flow, schedules
from qantara.wallet.model import Beneficiary, Remove, RunState, Save, ScheduleState, Switch
from qantara.wallet.schedule_model import (
    Cancel,
    Offered,
    Plan,
    Rhythm,
    Run,
    Schedule,
    Terms,
)

FIRST = date(2026, 3, 31)
PAYEE = AccountRef(other=NUMBERS[BO], name=NAMES[BO])


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


async def saved(world: World, check_id: str) -> Beneficiary:
    (kept,) = await world.do(flow.save, Save(ids.new("ben"), AISHA, check_id))
    assert isinstance(kept, Beneficiary)
    return kept


async def terms(world: World, **other) -> Terms:
    """100.00 for Bo on the last day of every month, for no more than 101.00."""
    payee = await saved(world, await world.here())
    wanted = Terms(
        AISHA,
        ACCOUNTS[AISHA],
        payee.id,
        Money(100_00, MYR),
        Fixed.DESTINATION,
        Money(101_00, MYR),
        Rhythm.MONTHLY,
        FIRST,
        note="Rent",
    )
    return replace(wanted, **other)


async def abroad(world: World, **other) -> Terms:
    """5,000.00 rupees for Lahore once, for no more than 100.00."""
    payee = await saved(world, await world.abroad())
    wanted = Terms(
        AISHA,
        ACCOUNTS[AISHA],
        payee.id,
        Money(5000_00, PKR),
        Fixed.DESTINATION,
        Money(100_00, MYR),
        Rhythm.ONCE,
        FIRST,
        purpose="FAMI",
    )
    return replace(wanted, **other)


async def planned(world: World, wanted: Terms) -> Schedule:
    (order,) = await world.do(flow.plan, Plan(ids.new("sch"), wanted))
    assert isinstance(order, Schedule), order
    return order


async def tick(world: World) -> int:
    return int((await world.do(flow.run_due, None))[0])


async def day_of(world: World, day: date, *, shown: str = NAMES[BO]) -> None:
    """The job runs, the payee's side answers, and the job runs again."""
    world.now = at(day)
    await tick(world)
    await world.answer(INSIDE, replace(PAYEE, name=shown), shown)
    await tick(world)


async def last_run(world: World, order: Schedule) -> Run:
    return (await flow.runs_of(world.tx, order.id))[0]


async def stands(world: World, order: Schedule) -> Schedule:
    (found,) = await flow.schedules(world.tx, [order.id])
    assert isinstance(found, Schedule)
    return found


async def story(world: World, order: Schedule) -> list[str]:
    return [each.state for each in await events.of(world.tx, order.id)]


async def test_a_transfer_is_paid_every_month_on_its_day_and_told_the_day_before(fresh_both: Fresh):
    world = await build(fresh_both)
    order = await planned(world, await terms(world, ends_on=date(2026, 5, 15)))
    world.now = at(date(2026, 3, 29))
    assert await tick(world) == 0
    assert await story(world, order) == ["active"]
    world.now = at(date(2026, 3, 30))
    await tick(world)
    await tick(world)
    assert await story(world, order) == ["active", "reminded"]
    assert await world.balance(code(BO)) == SEED
    await day_of(world, FIRST)
    run = await last_run(world, order)
    assert (run.state, run.due_on) == (RunState.PLACED, FIRST)
    (transfer,) = await domestic.transfers(world.tx, [run.payment_id])
    assert (transfer.amount, transfer.note, transfer.payee_check_id) == (
        Money(100_00, MYR),
        "Rent",
        run.check_id,
    )
    assert (await stands(world, order)).next_on == date(2026, 4, 30)
    assert await tick(world) == 0
    await day_of(world, date(2026, 4, 30))
    assert await world.balance(code(BO)) == SEED + 200_00
    ended = await stands(world, order)
    assert (ended.state, ended.next_on) == (ScheduleState.ENDED, None)
    assert (await story(world, order))[1:] == ["reminded", "placed", "reminded", "placed"]
    await world.audit()


async def test_the_payee_is_paid_only_once_the_name_is_checked_anew(fresh: Fresh):
    world = await build(fresh)
    order = await planned(world, await terms(world))
    world.now = at(FIRST)
    await tick(world)
    assert await tick(world) == 0
    assert (await last_run(world, order)).state is RunState.CHECKING
    world.forward(seconds=world.node.check_seconds + 1)
    await world.do(payees.expire, None)
    await tick(world)
    run = await last_run(world, order)
    assert (run.state, run.reason) == (RunState.REFUSED, Reason.PAYEE_NOT_CONFIRMED)
    await day_of(world, date(2026, 4, 30), shown="Somebody Else")
    run = await last_run(world, order)
    assert (run.state, run.reason) == (RunState.REFUSED, Reason.PAYEE_NAME_MISMATCH)
    assert await world.balance(code(BO)) == SEED
    assert (await story(world, order))[1:] == ["reminded", "refused", "reminded", "refused"]


async def test_what_the_account_does_not_have_or_may_not_send_is_refused_and_kept(fresh: Fresh):
    world = await build(fresh)
    order = await planned(
        world, await terms(world, amount=Money(900_00, MYR), ceiling=Money(950_00, MYR))
    )
    await world.paid_here(500_00)
    await day_of(world, FIRST)
    assert (await last_run(world, order)).reason is Reason.INSUFFICIENT_FUNDS
    await world.do(flow.switch, Switch(ACCOUNTS[AISHA], AISHA, PRINCIPAL, stop=True))
    await day_of(world, date(2026, 4, 30))
    assert (await last_run(world, order)).reason is Reason.ACCOUNT_STOPPED


async def test_a_removed_payee_is_not_paid(fresh: Fresh):
    world = await build(fresh)
    order = await planned(world, await terms(world))
    await world.do(flow.remove, Remove(order.terms.beneficiary_id, AISHA))
    world.now = at(FIRST)
    await tick(world)
    run = await last_run(world, order)
    assert (run.state, run.reason) == (RunState.REFUSED, Reason.BENEFICIARY_NOT_FOUND)


async def test_days_that_passed_unseen_are_not_made_up_for(fresh: Fresh):
    world = await build(fresh)
    order = await planned(world, await terms(world))
    await day_of(world, date(2026, 6, 10))
    assert len(await flow.runs_of(world.tx, order.id)) == 1
    assert (await stands(world, order)).next_on == date(2026, 6, 30)
    assert await world.balance(code(BO)) == SEED + 100_00


@pytest.mark.parametrize(
    ("first", "days"),
    [
        (date(2027, 11, 30), [date(2027, 12, 30), date(2028, 1, 30), date(2028, 2, 29)]),
        (date(2026, 1, 31), [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]),
    ],
)
async def test_a_month_too_short_is_paid_on_its_last_day(fresh: Fresh, first, days):
    world = await build(fresh)
    world.now = at(first)
    made = Schedule(
        "sch_x", await terms(world, first_on=first), ScheduleState.ACTIVE, first, at(first)
    )
    found = []
    for _ in days:
        made = schedules.after(made, made.next_on, world.now)
        found.append(made.next_on)
    assert found == days


async def quoted(world: World, *offers) -> list[bool]:
    (wanted,) = await flow.wanted_offers(world.tx)
    return await world.do(flow.pay_abroad, Offered(wanted.run_id, offers))


async def to_quote(world: World, order: Schedule) -> None:
    """The order's day has come, and its payee is confirmed."""
    world.now = at(FIRST)
    await tick(world)
    await world.answer(Profile.DUITNOW, AccountRef(iban=IBAN, name="BILAL M****"), "Bilal Malik")
    await tick(world)
    assert (await last_run(world, order)).state is RunState.QUOTING


def at_rate(world: World, source: int):
    """The gateway's offer of exactly 5,000.00 rupees for so much between the banks."""
    return replace(
        offer(500_00, world.now),
        interbank_source=Money(source, MYR),
        interbank_destination=Money(5040_77, PKR),
        received=Money(5000_00, PKR),
    )


async def test_a_payment_abroad_is_quoted_and_accepted_on_its_day(fresh: Fresh):
    world = await build(fresh)
    order = await planned(world, await abroad(world))
    await to_quote(world, order)
    await world.do(remittance.record_reference_rates, mid(world.now))
    assert await quoted(world, at_rate(world, 85_00)) == [True]
    run = await last_run(world, order)
    (remitted,) = await remittance.remittances(world.tx, [run.payment_id])
    assert remitted.state is State.ACCEPTED
    assert remitted.quote.offer.received == Money(5000_00, PKR)
    assert remitted.quote.total_debit.minor <= order.terms.ceiling.minor
    await world.concluded(Status.ACCC)
    assert await world.balance(code(AISHA)) == SEED - remitted.quote.total_debit.minor
    assert (await story(world, order))[-1] == "placed"
    assert (await stands(world, order)).state is ScheduleState.ENDED
    again = await world.do(flow.pay_abroad, Offered(run.id, (at_rate(world, 85_00),)))
    assert again == [False]
    await world.audit()


async def test_a_bad_rate_is_stopped_by_the_ceiling(fresh: Fresh):
    world = await build(fresh)
    order = await planned(world, await abroad(world))
    await to_quote(world, order)
    await world.do(remittance.record_reference_rates, mid(world.now))
    assert await quoted(world, at_rate(world, 99_00)) == [True]
    run = await last_run(world, order)
    assert (run.state, run.reason, run.rule) == (
        RunState.REFUSED,
        Reason.SCHEDULE_CEILING,
        "schedule.ceiling",
    )
    assert await world.balance(code(AISHA)) == SEED
    assert (await story(world, order))[-1] == "refused"


async def test_without_a_rate_it_waits_until_its_day_is_over(fresh: Fresh):
    world = await build(fresh)
    order = await planned(world, await abroad(world))
    await to_quote(world, order)
    assert await quoted(world, at_rate(world, 85_00)) == [False]
    assert await quoted(world) == [False]
    assert (await last_run(world, order)).state is RunState.QUOTING
    world.forward(hours=25)
    await tick(world)
    run = await last_run(world, order)
    assert (run.state, run.reason) == (RunState.REFUSED, Reason.TIMED_OUT)


async def test_what_the_gateway_was_not_asked_for_is_refused(fresh: Fresh):
    world = await build(fresh)
    order = await planned(world, await abroad(world))
    await to_quote(world, order)
    (wanted,) = await flow.wanted_offers(world.tx)
    no = Refused(Reason.CORRIDOR_CLOSED)
    assert await world.do(flow.pay_abroad, Offered(wanted.run_id, no)) == [True]
    assert (await last_run(world, order)).reason is Reason.CORRIDOR_CLOSED


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"first_on": date(2026, 3, 1)}, Reason.FIELD_INVALID),
        ({"ends_on": date(2026, 3, 30)}, Reason.FIELD_INVALID),
        ({"amount": Money(100_00, PKR)}, Reason.CURRENCY_MISMATCH),
        ({"ceiling": Money(100_00, PKR)}, Reason.CURRENCY_MISMATCH),
        ({"amount": Money(0, MYR)}, Reason.AMOUNT_NOT_POSITIVE),
        ({"ceiling": Money(0, MYR)}, Reason.AMOUNT_NOT_POSITIVE),
        ({"ceiling": Money(100_26, MYR)}, Reason.SCHEDULE_CEILING),
        ({"account_id": ACCOUNTS[BO]}, Reason.ACCOUNT_NOT_FOUND),
        ({"beneficiary_id": "ben_none"}, Reason.BENEFICIARY_NOT_FOUND),
        ({"customer_id": BO, "account_id": ACCOUNTS[BO]}, Reason.BENEFICIARY_NOT_FOUND),
    ],
)
async def test_an_order_that_no_day_could_pay_says_why(fresh: Fresh, other, reason):
    world = await build(fresh)
    wanted = await terms(world, **other)
    (outcome,) = await world.do(flow.plan, Plan(ids.new("sch"), wanted))
    assert outcome.reason is reason


async def test_the_same_wish_is_one_order_and_its_owner_alone_ends_it(fresh: Fresh):
    world = await build(fresh)
    wish = Plan(ids.new("sch"), await terms(world))
    first, again = await world.do(flow.plan, wish, wish)
    assert first == again
    assert (await world.do(flow.plan, wish))[0].terms == wish.terms
    other = replace(wish, terms=replace(wish.terms, note="Other"))
    assert isinstance((await world.do(flow.plan, other))[0], Conflict)
    assert isinstance((await world.do(flow.cancel, Cancel(wish.id, BO)))[0], NotFound)
    ended, same = await world.do(flow.cancel, Cancel(wish.id, AISHA), Cancel(wish.id, AISHA))
    assert ended == same
    assert (ended.state, ended.next_on) == (ScheduleState.CANCELLED, None)
    assert (await world.do(flow.cancel, Cancel(wish.id, AISHA)))[0].ended_at == ended.ended_at
    world.now = at(FIRST) + timedelta(days=1)
    assert await tick(world) == 0
    assert await flow.runs_of(world.tx, wish.id) == []
