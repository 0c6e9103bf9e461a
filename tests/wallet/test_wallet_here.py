"""Customers of one institution find and pay each other without leaving its book."""

import pytest
from msgspec.structs import replace
from wallet_people import ACCOUNT_OF_CHE, CHE, PHONES, check, known_by_phone, question
from wallet_world import ACCOUNTS, AISHA, BO, NUMBERS, PRINCIPAL, SEED, World, build, code

from moments import Fresh
from qantara import ids
from qantara.domestic import flow as domestic
from qantara.domestic.model import State
from qantara.domestic.records import Send, Transfer
from qantara.errors import Conflict, Reason, Refused
from qantara.money import MYR, Money
from qantara.parties import flow as parties
from qantara.payees import flow as payees
from qantara.payees.model import CheckState, Source
from qantara.wallet import flow
from qantara.wallet.model import Switch


async def world_of(fresh: Fresh) -> World:
    world = await build(fresh)
    await known_by_phone(world)
    return world


async def messages(world: World) -> int:
    return int(await world.tx.fetchval("SELECT count(*) FROM db.sent"))


async def test_a_phone_is_answered_from_the_own_book_with_a_masked_name(fresh: Fresh):
    world = await world_of(fresh)
    asked = question(AISHA, PHONES[BO], name="Bo Contoh")
    (found,) = await world.do(payees.check_here, asked)
    assert (found.state, found.source) == (CheckState.CONFIRMED, Source.HERE)
    assert (found.display_name, found.match) == ("BO C*****", "MTCH")
    assert found.account_agent_bic == world.node.bic
    assert (found.warning, await messages(world)) == (None, 0)
    assert await world.do(payees.check_here, asked, asked) == [found, found]
    (other,) = await world.do(payees.check_here, replace(asked, address=PHONES[CHE]))
    assert isinstance(other, Conflict)


async def test_another_name_is_warned_of(fresh: Fresh):
    world = await world_of(fresh)
    (found,) = await world.do(payees.check_here, question(AISHA, PHONES[BO], name="Sana Qureshi"))
    assert found.warning is Reason.PAYEE_NAME_MISMATCH


@pytest.mark.parametrize("phone", ["+60129999999", "0120000002", "x"])
async def test_who_is_not_here_is_not_found(fresh: Fresh, phone):
    world = await world_of(fresh)
    (found,) = await world.do(payees.check_here, question(AISHA, phone))
    assert (found.state, found.warning) == (CheckState.NOT_FOUND, Reason.ALIAS_UNKNOWN)


async def test_the_dead_and_the_closed_take_nothing(fresh: Fresh):
    world = await world_of(fresh)
    await parties.record_deaths(world.tx, [BO])
    await parties.close_accounts(world.tx, [ACCOUNT_OF_CHE], world.now)
    (dead,) = await world.do(payees.check_here, question(AISHA, PHONES[BO]))
    assert dead.warning is Reason.PAYEE_CLOSED
    (closed,) = await world.do(payees.check_here, question(AISHA, PHONES[CHE]))
    assert closed.warning is Reason.ALIAS_UNKNOWN
    by_number = replace(
        question(AISHA, "110000000003"), address_type="ACCT", agent_bic=world.node.bic
    )
    (numbered,) = await world.do(payees.check_here, by_number)
    assert numbered.warning is Reason.PAYEE_CLOSED


async def test_another_country_is_not_here(fresh: Fresh):
    world = await world_of(fresh)
    (found,) = await world.do(payees.check_here, replace(question(AISHA, PHONES[BO]), country="PK"))
    assert isinstance(found, Refused)


async def test_who_was_found_is_paid_at_once_and_only_once(fresh: Fresh):
    world = await world_of(fresh)
    key, found = ids.new("trf"), await check(world, AISHA, BO)
    order = Send(key, AISHA, ACCOUNTS[AISHA], found, Money(100_00, MYR), note="Rent")
    first, again = await world.do(domestic.send, order, order)
    assert isinstance(first, Transfer)
    assert (first.state, first.payee.shown, again) == (State.COMPLETED, "BO C*****", first)
    assert first.payee.account.number == NUMBERS[BO]
    assert await world.balance(code(BO)) == SEED + 100_00
    assert await messages(world) == 0
    await world.audit()


async def test_the_own_switch_and_the_own_account_stop_it(fresh: Fresh):
    world = await world_of(fresh)
    own = Send(
        ids.new("trf"), AISHA, ACCOUNTS[AISHA], await check(world, AISHA, AISHA), Money(1_00, MYR)
    )
    assert (await world.do(domestic.send, own))[0].reason is Reason.SAME_ACCOUNT
    await world.do(flow.switch, Switch(ACCOUNTS[AISHA], AISHA, PRINCIPAL, stop=True))
    found = await check(world, AISHA, BO)
    order = replace(own, id=ids.new("trf"), payee_check_id=found)
    assert (await world.do(domestic.send, order))[0].reason is Reason.ACCOUNT_STOPPED
