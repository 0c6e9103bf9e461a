"""A statement is the ledger's own rows: both balances, every line, and nothing left over."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from wallet_world import ACCOUNTS, AISHA, BO, SEED, World, build, code

from moments import NOW, Fresh
from qantara.errors import Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.parties import flow as parties
from qantara.parties.model import Holding
from qantara.rails.model import Status
from qantara.remittance import flow as remittance
from qantara.remittance.model import Remittance
from qantara.wallet import flow
from qantara.wallet.model import ClosePot, Direction
from qantara.wallet.statement_model import Statement

FIRST = NOW.date()


async def stated(world: World, begins: date, ends: date, who=AISHA) -> Statement | Refused:
    (holding,) = await parties.accounts(world.tx, [ACCOUNTS[who]])
    assert isinstance(holding, Holding)
    return await flow.statement(world.tx, holding, begins, ends, world.now)


async def whole(world: World, begins: date, ends: date, who=AISHA) -> Statement:
    found = await stated(world, begins, ends, who)
    assert isinstance(found, Statement)
    return found


def kinds(found: Statement) -> list[str]:
    return [each.kind.value for each in found.lines]


async def test_every_line_says_whose_payment_it_is(fresh_both: Fresh):
    world = await build(fresh_both)
    await world.accepted(500_00)
    await world.concluded(Status.ACCC)
    await world.arrived()
    await world.paid_here(20_00)
    await world.paid_here(7_00, BO)
    pot = await world.pot("Umrah")
    await world.moved(pot, 30_00)
    await world.moved(pot, 10_00, Direction.OUT)
    await world.do(flow.close_pots, ClosePot(pot.id, AISHA))
    found = await whole(world, FIRST, FIRST)
    told = [(each.kind.value, each.amount.minor, each.counterpart) for each in found.lines]
    assert told == [
        ("other", SEED, None),
        ("remittance_sent", -500_00, "BILAL M****"),
        ("remittance_received", 99_45, "Sana Qureshi"),
        ("transfer_sent", -20_00, "Bo Contoh"),
        ("fee", -11, "Bo Contoh"),
        ("transfer_received", 7_00, "Bo Contoh"),
        ("pot_in", -30_00, "Umrah"),
        ("pot_out", 10_00, "Umrah"),
        ("pot_out", 20_00, "Umrah"),
    ]
    sent, came = found.lines[1], found.lines[2]
    quote = (await remittance.by_uetrs(world.tx, [sent.uetr]))[sent.uetr].quote
    assert (sent.fee, sent.note, sent.reference) == (quote.sender_fee, "Rent", "INV-1")
    assert came.fee.minor == 55
    assert all(each.uetr for each in found.lines[1:6])
    assert (found.opening.minor, found.closing.minor) == (0, await world.balance(code(AISHA)))


async def test_two_customers_of_ours_see_each_their_own_side(fresh: Fresh):
    world = await build(fresh)
    await world.paid_here(20_00)
    mine, theirs = await whole(world, FIRST, FIRST), await whole(world, FIRST, FIRST, BO)
    assert kinds(mine) == ["other", "transfer_sent", "fee"]
    assert kinds(theirs) == ["other", "transfer_received"]
    assert theirs.lines[1].counterpart == "Aisha Binti Contoh"
    assert mine.lines[1].uetr == theirs.lines[1].uetr


async def test_a_day_is_over_at_midnight_and_the_next_goes_on_where_it_ended(fresh: Fresh):
    world = await build(fresh)
    world.now = datetime(2026, 3, 2, 23, 59, 59, 999999, tzinfo=UTC)
    await world.paid_here(10_00)
    world.now = datetime(2026, 3, 3, tzinfo=UTC)
    await world.paid_here(20_00)
    first = await whole(world, FIRST, FIRST)
    second = await whole(world, date(2026, 3, 3), date(2026, 3, 3))
    assert kinds(first) == ["other", "transfer_sent", "fee"]
    assert kinds(second) == ["transfer_sent", "fee"]
    assert first.closing == second.opening
    before = await whole(world, date(2026, 2, 1), date(2026, 3, 1))
    assert (before.opening.minor, before.closing.minor, before.lines) == (0, 0, ())


async def test_what_is_only_held_is_no_line(fresh: Fresh):
    world = await build(fresh)
    await world.accepted(500_00)
    assert kinds(await whole(world, FIRST, FIRST)) == ["other"]
    await world.concluded(Status.RJCT)
    assert kinds(await whole(world, FIRST, FIRST)) == ["other"]


@pytest.mark.parametrize(
    ("begins", "ends", "param"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "to"),
        (date(2026, 3, 3), date(2026, 3, 4), "from"),
    ],
)
async def test_days_that_cannot_be_are_refused(fresh: Fresh, begins, ends, param):
    outcome = await stated(await build(fresh), begins, ends)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.facts["param"]) == (Reason.FIELD_INVALID, param)


async def test_a_period_too_full_for_one_statement_is_refused(fresh: Fresh):
    world = await build(fresh)
    await world.paid_here(1_00)
    (holding,) = await parties.accounts(world.tx, [ACCOUNTS[AISHA]])
    period = (world.tx, holding, FIRST, FIRST, world.now)
    assert len((await flow.statement(*period, most=3)).lines) == 3
    await world.paid_here(1_00, BO)
    outcome = await flow.statement(*period, most=3)
    assert isinstance(outcome, Refused)
    assert outcome.facts == {"limit": "3"}


async def test_a_late_entry_stands_on_the_day_it_was_booked(fresh: Fresh):
    world = await build(fresh)
    world.forward(days=2)
    late = Transfer(
        id="0190a2c5-0000-8000-8000-000000000001",
        debit=world.node.claim,
        credit=code(AISHA),
        amount=5_00,
        asset="MYR",
        code="e_money.issue",
        occurred_at=NOW,
    )
    assert (await ledger.post(world.tx, [late], world.now))[0].accepted
    first = await whole(world, FIRST, FIRST)
    assert first.closing.minor == SEED
    third = await whole(world, date(2026, 3, 4), date(2026, 3, 4))
    assert [each.happened_at for each in third.lines] == [NOW]
    assert third.closing.minor == SEED + 5_00


async def act(world: World, dice: random.Random, pot, *, waiting: bool) -> bool:
    """One thing that moves money, or tries to; whether a payment abroad is under way."""
    minor, choice = dice.randint(5_00, 300_00), dice.choice("sbrapo")
    if choice == "s":
        await world.paid_here(minor, dice.choice((AISHA, BO)))
    elif choice == "b":
        await world.arrived()
    elif choice == "r" and not waiting:
        return isinstance(await world.accepted(minor), Remittance)
    elif choice == "a" and waiting:
        await world.concluded(dice.choice((Status.ACCC, Status.RJCT)))
        return False
    elif choice in "po":
        await world.moved(pot, minor, Direction.IN if choice == "p" else Direction.OUT)
    return waiting


@pytest.mark.parametrize("seed", range(6))
async def test_the_parts_of_any_history_add_up_to_the_ledgers_balances(fresh: Fresh, seed):
    dice, world = random.Random(seed), await build(fresh)
    pot, waiting = await world.pot(), False
    for _ in range(40):
        world.forward(seconds=dice.choice((0, 1, 600, 40_000)))
        waiting = await act(world, dice, pot, waiting=waiting)
        if dice.random() < 0.3:
            await ledger.enter(world.tx)
    last = world.now.date()
    for who in (AISHA, BO):
        one = await whole(world, FIRST, last, who)
        assert one.closing.minor == await world.balance(code(who))
        days = [FIRST + timedelta(days=n) for n in range((last - FIRST).days + 1)]
        parts = [await whole(world, day, day, who) for day in days]
        assert [line for part in parts for line in part.lines] == list(one.lines)
        assert [part.opening for part in parts[1:]] == [part.closing for part in parts[:-1]]
        for part in (one, *parts):
            assert part.opening + part.came - part.went == part.closing
            known = await ledger.balance_at(
                world.tx, code(who), part.begins_at - timedelta(microseconds=1)
            )
            assert known.posted == part.opening.minor
