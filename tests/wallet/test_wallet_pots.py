"""Money is set apart and given back, and none is made or lost."""

import random
from datetime import date

import pytest
from msgspec.structs import replace
from wallet_world import ACCOUNTS, AISHA, BO, SEED, World, build, code

from moments import Fresh
from qantara import ids
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount
from qantara.money import MYR, PKR, Money
from qantara.parties import flow as parties
from qantara.parties.model import Account
from qantara.rails.model import Status
from qantara.remittance.model import Remittance
from qantara.wallet import flow, pots
from qantara.wallet.model import (
    ChangePot,
    ClosePot,
    Direction,
    Filled,
    MovePot,
    OpenPot,
    Pot,
    PotState,
)

OUT = Direction.OUT


async def closed(world: World, pot: Pot) -> object:
    return (await world.do(flow.close_pots, ClosePot(pot.id, AISHA)))[0]


async def test_money_moves_at_once_and_comes_back_when_the_pot_is_closed(fresh_both: Fresh):
    world = await build(fresh_both)
    pot = await world.pot(goal=Money(200_00, MYR), goal_on=date(2026, 12, 31))
    filled = await world.moved(pot, 150_00)
    assert (filled.balance, filled.pot.goal) == (Money(150_00, MYR), Money(200_00, MYR))
    assert await world.balance(code(AISHA)) == SEED - 150_00
    assert (await world.moved(pot, 50_00, OUT)).balance.minor == 100_00
    await world.audit()
    ended = await closed(world, pot)
    assert isinstance(ended, Filled)
    assert (ended.pot.state, ended.balance.minor) == (PotState.CLOSED, 0)
    assert await closed(world, pot) == replace(ended)
    assert await world.balance(code(AISHA)) == SEED
    await world.audit()


async def test_the_book_refuses_what_is_not_there(fresh: Fresh):
    world = await build(fresh)
    pot = await world.pot()
    for minor, direction in ((SEED + 1, Direction.IN), (1, OUT)):
        outcome = await world.moved(pot, minor, direction)
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.INSUFFICIENT_FUNDS
    assert await world.balance(pot.ledger_code) == 0


async def test_what_a_payment_holds_cannot_be_set_apart(fresh: Fresh):
    world = await build(fresh)
    await world.accepted(900_00)
    outcome = await world.moved(await world.pot(), 100_01)
    assert isinstance(outcome, Refused)
    assert isinstance(await world.moved(await world.pot(), 100_00), Filled)


async def test_a_move_said_twice_happens_once(fresh: Fresh):
    world = await build(fresh)
    pot = await world.pot()
    move = MovePot(ids.new("mov"), AISHA, pot.id, Direction.IN, Money(10_00, MYR))
    first, again = await world.do(flow.move_pots, move, move)
    assert first == again
    assert (await world.do(flow.move_pots, move)) == [first]
    (other,) = await world.do(flow.move_pots, replace(move, amount=Money(11_00, MYR)))
    assert isinstance(other, Refused)
    assert other.reason is Reason.ID_REUSED
    assert await world.balance(pot.ledger_code) == 10_00


async def test_a_pot_opened_twice_is_one_and_another_wish_a_conflict(fresh: Fresh):
    world = await build(fresh)
    wish = OpenPot(ids.new("pot"), AISHA, ACCOUNTS[AISHA], "Umrah")
    first, again = await world.do(flow.open_pots, wish, wish)
    assert first == again == (await world.do(flow.open_pots, wish))[0]
    (other,) = await world.do(flow.open_pots, replace(wish, customer_id=BO, account_id="acc_bo"))
    assert isinstance(other, Conflict)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"goal": Money(1_00, PKR)}, Reason.CURRENCY_MISMATCH),
        ({"goal": Money(0, MYR)}, Reason.AMOUNT_NOT_POSITIVE),
        ({"goal_on": date(2026, 3, 1)}, Reason.FIELD_INVALID),
        ({"account_id": "acc_bo"}, Reason.ACCOUNT_NOT_FOUND),
        ({"account_id": "acc_none"}, Reason.ACCOUNT_NOT_FOUND),
    ],
)
async def test_a_pot_that_cannot_be_says_why(fresh: Fresh, other, reason):
    world = await build(fresh)
    wish = replace(OpenPot(ids.new("pot"), AISHA, ACCOUNTS[AISHA], "Umrah"), **other)
    (outcome,) = await world.do(flow.open_pots, wish)
    assert outcome.reason is reason


async def test_an_account_has_so_many_pots_and_no_more(fresh: Fresh):
    world = await build(fresh)
    wishes = [
        OpenPot(ids.new("pot"), AISHA, ACCOUNTS[AISHA], str(number))
        for number in range(pots.MOST_OPEN + 1)
    ]
    *opened, last = await world.do(flow.open_pots, *wishes)
    assert all(isinstance(each, Filled) for each in opened)
    assert isinstance(last, Conflict)
    assert last.reason is Reason.POTS_TOO_MANY


async def test_an_account_that_may_hold_only_so_much_has_no_pots(fresh: Fresh):
    world = await build(fresh)
    number, ledger_code = "110000000003", "customer/acc_small"
    small = Account(AccountId("acc_small"), AISHA, "MY", number, MYR, ledger_code)
    assert await parties.open_accounts(world.tx, [small], world.now) == [small]
    terms = NewAccount(ledger_code, MYR, AccountClass.E_MONEY, floor=0, ceiling=500_00)
    await ledger.open_accounts(world.tx, [terms], world.now)
    (outcome,) = await world.do(
        flow.open_pots, OpenPot(ids.new("pot"), AISHA, small.id, "Beside it")
    )
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.rule) == (Reason.BALANCE_ABOVE_CEILING, "pot.ceiling")


async def test_another_customer_has_no_hand_in_it(fresh: Fresh):
    world = await build(fresh)
    pot = await world.pot()
    await world.moved(pot, 10_00)
    theirs = [
        (flow.move_pots, MovePot(ids.new("mov"), BO, pot.id, OUT, Money(10_00, MYR))),
        (flow.close_pots, ClosePot(pot.id, BO)),
        (flow.change_pots, ChangePot(pot.id, BO, "Mine")),
    ]
    for verb, wish in theirs:
        (outcome,) = await world.do(verb, wish)
        assert isinstance(outcome, NotFound)
    assert await world.balance(pot.ledger_code) == 10_00


async def test_a_goal_is_changed_and_a_closed_pot_is_not(fresh: Fresh):
    world = await build(fresh)
    pot = await world.pot()
    wishes = [ChangePot(pot.id, AISHA, "A"), ChangePot(pot.id, AISHA, "B", Money(5_00, MYR))]
    first, second = await world.do(flow.change_pots, *wishes)
    assert first == second
    assert (second.pot.name, second.pot.goal) == ("B", Money(5_00, MYR))
    await closed(world, pot)
    for verb, wish in (
        (flow.change_pots, ChangePot(pot.id, AISHA, "C")),
        (flow.move_pots, MovePot(ids.new("mov"), AISHA, pot.id, Direction.IN, Money(1, MYR))),
    ):
        (outcome,) = await world.do(verb, wish)
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.POT_CLOSED
    stands = await flow.pots_of(world.tx, AISHA, PotState.CLOSED, None, 10)
    assert [each.pot.id for each in stands] == [pot.id]
    assert await flow.pots_of(world.tx, AISHA, PotState.OPEN, None, 10) == []


async def test_a_frozen_account_keeps_its_pots_as_they_are(fresh: Fresh):
    world = await build(fresh)
    pot = await world.pot()
    await world.moved(pot, 10_00)
    await ledger.freeze(world.tx, code(AISHA), "order", "court", "prn_c", world.now)
    refused = [
        await world.moved(pot, 1_00),
        await world.moved(pot, 1_00, OUT),
        await closed(world, pot),
    ]
    assert {each.reason for each in refused} == {Reason.ACCOUNT_FROZEN}
    assert (await flow.pots(world.tx, [pot.id]))[0].pot.state is PotState.OPEN


@pytest.mark.parametrize("seed", range(6))
async def test_money_is_conserved_whatever_is_done(fresh: Fresh, seed):
    dice, world = random.Random(seed), await build(fresh)
    kept = [await world.pot(str(number)) for number in range(3)]
    waiting = False
    for _ in range(40):
        minor, act = dice.randint(1, 400_00), dice.choice("imoscrab")
        pot = dice.choice(kept)
        if act in "im":
            await world.moved(pot, minor)
        elif act == "o":
            await world.moved(pot, minor, OUT)
        elif act == "s":
            await world.paid_here(minor, dice.choice((AISHA, BO)))
        elif act == "c" and pot.state is PotState.OPEN:
            await closed(world, pot)
            kept[kept.index(pot)] = await world.pot("again")
        elif act == "r" and not waiting:
            waiting = isinstance(await world.accepted(max(minor, 5_00)), Remittance)
        elif act == "a" and waiting:
            await world.concluded(dice.choice((Status.ACCC, Status.RJCT)))
            waiting = False
        elif act == "b":
            await world.arrived()
        await world.covered()
    await world.audit()
    (found,) = await flow.overviews(world.tx, world.node, [AISHA], world.now)
    shown = found.accounts[0]
    inside = [await world.balance(pot.ledger_code) for pot in kept]
    assert shown.in_pots.minor == sum(inside)
    assert shown.balance.minor == await world.balance(code(AISHA))
    assert shown.available.minor + shown.held.minor == shown.balance.minor
