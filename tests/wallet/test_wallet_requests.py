"""Money asked for among customers: paid by one transfer, or ended by either side or by time."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from wallet_people import ACCOUNT_OF_CHE, CHE, asked, check, known_by_phone, no, wish, yes
from wallet_world import ACCOUNTS, AISHA, BO, FEE, PRINCIPAL, SEED, World, build, code

from moments import Fresh
from qantara import ids
from qantara.db import events
from qantara.domestic import flow as domestic
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.money import MYR, PKR, Money
from qantara.parties import flow as parties
from qantara.wallet import flow, requesting
from qantara.wallet.model import MoneyRequestState, Switch
from qantara.wallet.request_model import MoneyRequest

DAY = 86_400


async def world_of(fresh: Fresh) -> World:
    world = await build(fresh)
    await known_by_phone(world)
    return world


async def told(world: World, key: str) -> list[str]:
    return [each.state for each in await events.of(world.tx, key)]


async def test_what_is_asked_for_is_paid_at_once_and_both_are_told(fresh_both: Fresh):
    world = await world_of(fresh_both)
    request = await asked(world, 40_00)
    assert (request.asker_shown, request.payer_shown) == ("AISHA B**** C*****", "BO C*****")
    said = yes(request)
    first, again = await world.do(flow.pay_money, said, said)
    assert (first.state, first.transfer_id) == (MoneyRequestState.PAID, said.id)
    assert first == again == (await world.do(flow.pay_money, replace(said, id=ids.new("trf"))))[0]
    assert await world.balance(code(AISHA)) == SEED + 40_00
    fee = domestic.payer_fee(FEE, Money(40_00, MYR)).minor
    assert await world.balance(code(BO)) == SEED - 40_00 - fee
    assert await told(world, request.id) == ["open", "paid"]
    assert await told(world, flow.demand_id(request.id)) == ["open", "paid"]
    (transfer,) = await domestic.transfers(world.tx, [said.id])
    assert (transfer.note, transfer.customer_id) == ("Lunch", BO)
    await world.audit()


async def test_a_refusal_moves_nothing_and_leaves_the_request_open(fresh: Fresh):
    world = await world_of(fresh)
    request = await asked(world, SEED + 1)
    (refused,) = await world.do(flow.pay_money, yes(request))
    assert refused.reason is Reason.INSUFFICIENT_FUNDS
    small = await asked(world, 10_00)
    await world.do(flow.switch, Switch(ACCOUNTS[BO], BO, PRINCIPAL, stop=True))
    (stopped,) = await world.do(flow.pay_money, yes(small))
    assert stopped.reason is Reason.ACCOUNT_STOPPED
    await world.do(flow.switch, Switch(ACCOUNTS[BO], BO, PRINCIPAL, stop=False))
    (paid,) = await world.do(flow.pay_money, yes(small))
    assert paid.state is MoneyRequestState.PAID
    assert await world.balance(code(AISHA)) == SEED + 10_00
    await world.audit()


async def test_one_who_closed_the_account_is_not_paid(fresh: Fresh):
    world = await world_of(fresh)
    request = await asked(world, 5_00, asker=CHE, of=BO)
    await parties.close_accounts(world.tx, [ACCOUNT_OF_CHE], world.now)
    (refused,) = await world.do(flow.pay_money, yes(request))
    assert refused.reason is Reason.PAYEE_CLOSED


async def test_either_side_ends_its_own_and_nobody_the_others(fresh: Fresh):
    world = await world_of(fresh)
    first, second = await asked(world), await asked(world)
    (foreign,) = await world.do(flow.decline_money, no(first, AISHA))
    assert isinstance(foreign, NotFound)
    (declined,) = await world.do(flow.decline_money, no(first, BO))
    assert declined.state is MoneyRequestState.DECLINED
    assert await world.do(flow.decline_money, no(first, BO)) == [declined]
    (late,) = await world.do(flow.cancel_money, no(first, AISHA))
    assert isinstance(late, Conflict)
    (cancelled,) = await world.do(flow.cancel_money, no(second, AISHA))
    assert cancelled.state is MoneyRequestState.CANCELLED
    (paid,) = await world.do(flow.pay_money, yes(second))
    assert isinstance(paid, Conflict)
    (theirs,) = await world.do(flow.pay_money, yes(await asked(world), CHE))
    assert isinstance(theirs, NotFound)


async def test_time_ends_what_nobody_answers(fresh: Fresh):
    world = await world_of(fresh)
    request = await asked(world)
    paid = await asked(world)
    await world.do(flow.pay_money, yes(paid))
    world.forward(seconds=7 * DAY)
    (late,) = await world.do(flow.pay_money, yes(request))
    assert late.reason is Reason.PAYMENT_REQUEST_EXPIRED
    assert await world.do(flow.expire_money, None) == [1]
    assert await world.do(flow.expire_money, None) == [0]
    (stands,) = await flow.money_requests(world.tx, [request.id])
    assert (stands.state, stands.ended_at) == (MoneyRequestState.EXPIRED, world.now)


async def test_the_same_wish_is_one_request_and_another_a_conflict(fresh: Fresh):
    world = await world_of(fresh)
    said = await wish(world, 40_00)
    first, again = await world.do(flow.ask_money, said, said)
    assert first == again
    (stands,) = await world.do(flow.ask_money, said)
    assert replace(stands, sequence=0) == first
    (other,) = await world.do(flow.ask_money, replace(said, amount=Money(41_00, MYR)))
    assert isinstance(other, Conflict)


async def test_a_request_that_cannot_be_says_why(fresh: Fresh):
    world = await world_of(fresh)
    said = await wish(world, 40_00)
    wrong = {
        Reason.AMOUNT_NOT_POSITIVE: {"amount": Money(0, MYR)},
        Reason.CURRENCY_MISMATCH: {"amount": Money(1, PKR)},
        Reason.FIELD_INVALID: {"expires_at": world.now},
        Reason.ACCOUNT_NOT_FOUND: {"account_id": ACCOUNTS[BO]},
        Reason.PAYEE_NOT_CONFIRMED: {"payer_check_id": "chk_none"},
        Reason.PAYER_ELSEWHERE: {"payer_check_id": await world.abroad()},
        Reason.SAME_ACCOUNT: {"payer_check_id": await check(world, AISHA, AISHA)},
    }
    wishes = [replace(said, id=ids.new("mrq"), **other) for other in wrong.values()]
    outcomes = await world.do(flow.ask_money, *wishes)
    assert [each.reason for each in outcomes] == list(wrong)
    long = world.now + timedelta(days=requesting.LONGEST_DAYS, seconds=1)
    (outcome,) = await world.do(flow.ask_money, replace(said, expires_at=long))
    assert isinstance(outcome, Refused)


async def test_nobody_is_asked_without_end(fresh: Fresh):
    world = await world_of(fresh)
    said = await wish(world, 1_00)
    wishes = [replace(said, id=ids.new("mrq")) for _ in range(requesting.MOST_OPEN + 1)]
    *fine, last = await world.do(flow.ask_money, *wishes)
    assert all(isinstance(each, MoneyRequest) for each in fine)
    assert last.reason is Reason.MONEY_REQUESTS_TOO_MANY
    (again,) = await world.do(flow.ask_money, replace(said, id=ids.new("mrq")))
    assert again.reason is Reason.MONEY_REQUESTS_TOO_MANY


@pytest.mark.parametrize("limit", [2, 10])
async def test_both_lists_are_paged_newest_first(fresh: Fresh, limit):
    world = await world_of(fresh)
    made = [(await asked(world, 1_00 + place)).id for place in range(3)][::-1]
    mine = await flow.money_asked(world.tx, AISHA, None, limit)
    assert [each.id for each in mine] == made[:limit]
    rest = await flow.money_wanted(world.tx, BO, mine[0].sequence, limit)
    assert [each.id for each in rest] == made[1:][:limit]
    assert await flow.money_wanted(world.tx, AISHA, None, limit) == []
