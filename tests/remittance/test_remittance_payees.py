from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from remittance_acts import deadlines, story
from remittance_world import AISHA, BO, NUMBER, World, build, received

from conftest import NOW
from qantara import ids
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import AccountId, CustomerId
from qantara.ledger import flow as ledger
from qantara.money import MYR
from qantara.parties import flow as parties
from qantara.parties.model import Account, Address, Customer, CustomerKind
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    MessageName,
    Proxy,
    ResolutionReport,
    ResolutionRequest,
)
from qantara.remittance import flow
from qantara.remittance.model import CheckPayee, CheckState

ASKED = CheckPayee("chk_1", AISHA, "PK", "MBNO", "+923001234567")


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


async def check(world, *asked, at=NOW):
    return await flow.check_payee(world.tx, world.node, asked, at)


async def state(world, check_id="chk_1"):
    return (await flow.payee_checks(world.tx, [check_id]))[0].state


async def questions(world):
    raws = await world.outbox(MessageName.RESOLUTION_REQUEST)
    return [rails.read(raw, world.node.profile) for raw in raws]


async def test_a_question_leaves_as_a_valid_message_that_does_not_name_who_asks(world):
    (kept,) = await check(world, ASKED)
    assert kept.state is CheckState.ASKED
    (raw,) = await world.outbox(MessageName.RESOLUTION_REQUEST)
    asked = rails.read(raw, world.node.profile)
    assert isinstance(asked, ResolutionRequest)
    assert asked.account.proxy == Proxy("MBNO", "+923001234567")
    assert (asked.destination_country, asked.message_id) == ("PK", kept.message_id)
    assert b"Aisha" not in raw
    assert AISHA.encode() not in raw
    assert await deadlines(world) == {"chk_1": NOW + timedelta(seconds=20)}


async def test_the_same_question_is_asked_once_and_other_words_under_its_id_contradict(world):
    first, same, other, foreign = await check(
        world,
        ASKED,
        ASKED,
        replace(ASKED, address="+923009999999"),
        replace(ASKED, customer_id=BO),
    )
    assert same == first
    assert isinstance(other, Conflict)
    assert isinstance(foreign, Conflict)
    later = await check(world, replace(ASKED, address="+923009999999"), ASKED)
    assert isinstance(later[0], Conflict)
    assert later[1] == first


async def test_the_question_that_left_is_the_question_that_was_kept(world):
    await check(world, ASKED, replace(ASKED, address="+923009999999"))
    (asked,) = await questions(world)
    assert asked.account.proxy == Proxy("MBNO", "+923001234567")
    assert (await flow.payee_checks(world.tx, ["chk_1"]))[0].address == "+923001234567"


async def test_what_cannot_be_asked_is_refused_and_leaves_nothing(world):
    closed, strange, good = await check(
        world,
        replace(ASKED, id="chk_2", country="FR"),
        replace(ASKED, id="chk_3", address="+92\N{ARABIC-INDIC DIGIT THREE}00"),
        ASKED,
    )
    assert isinstance(closed, Refused)
    assert (closed.reason, closed.rule) == (Reason.CORRIDOR_CLOSED, "corridor.open")
    assert isinstance(strange, Refused)
    assert strange.reason is Reason.FIELD_INVALID
    assert good.state is CheckState.ASKED
    assert len(await questions(world)) == 1
    missing = await flow.payee_checks(world.tx, ["chk_2", "chk_3"])
    assert all(isinstance(each, NotFound) for each in missing)


async def test_an_answer_after_the_deadline_comes_too_late(world):
    await check(world, ASKED)
    late = NOW + timedelta(seconds=20)
    assert await flow.expire(world.tx, world.node, [None], late) == [1]
    answer = await world.report()
    assert await flow.payee_answered(world.tx, world.node, [answer], late) == [None]
    assert await state(world) is CheckState.TIMED_OUT
    assert await story(world, "chk_1") == ["timed_out"]
    assert await deadlines(world) == {}
    assert await flow.expire(world.tx, world.node, [None], late) == [0]


async def test_just_before_the_deadline_a_question_is_still_open(world):
    await check(world, ASKED)
    early = NOW + timedelta(seconds=20, microseconds=-1)
    assert await flow.expire(world.tx, world.node, [None], early) == [0]
    assert await state(world) is CheckState.ASKED


async def test_an_answer_to_nothing_we_asked_is_not_found(world):
    await check(world, ASKED)
    answer = await world.report()
    strange = replace(answer, record=replace(answer.record, original_message_id="f" * 32))
    one, two = await flow.payee_answered(world.tx, world.node, [strange, answer], NOW)
    assert isinstance(one, NotFound)
    assert two is None
    assert await state(world) is CheckState.CONFIRMED


async def test_a_yes_without_an_account_number_is_no_account_to_pay(world):
    await check(world, ASKED)
    answer = await world.report()
    proxy = AccountRef(proxy=Proxy("MBNO", "+923001234567"), name="BILAL M****")
    answer = replace(answer, record=replace(answer.record, account=proxy))
    await flow.payee_answered(world.tx, world.node, [answer], NOW)
    assert await state(world) is CheckState.NOT_FOUND


def question(account):
    record = ResolutionRequest(
        message_id=ids.new_message_id(),
        created_at=NOW,
        creator_id="0123456789abcdef",
        first_agent=Agent("RAVIPKK0"),
        assigner=Agent("DNOWMYK0"),
        assignee=Agent("WAUEMYK0"),
        destination_country="MY",
        request_id="ASK1",
        account=account,
        agent=Agent("WAUEMYK0"),
    )
    return received(record, MessageName.RESOLUTION_REQUEST)


async def told(world, *accounts):
    asked = [question(account) for account in accounts]
    outcome = await flow.answer_resolution(world.tx, world.node, asked, NOW)
    assert outcome == [None] * len(accounts)
    raws = await world.outbox(MessageName.RESOLUTION_REPORT)
    reports = [rails.read(raw, world.node.profile) for raw in raws]
    return [report for report in reports if isinstance(report, ResolutionReport)]


async def test_others_are_told_whose_account_it_is_or_that_there_is_none(world):
    unknown, alias = (
        AccountRef(other="119999999999"),
        AccountRef(proxy=Proxy("MBNO", "+60123456789")),
    )
    yes, no, nor = await told(world, AccountRef(other=NUMBER), unknown, alias)
    assert (yes.verified, yes.payee.name, yes.agent.bic) == (True, "Aisha Binti Contoh", "WAUEMYK0")
    assert yes.display_name == "Aisha Contoh" or "*" in (yes.display_name or "")
    assert [(each.verified, each.reason, each.payee) for each in (no, nor)] == [
        (False, "AC01", None)
    ] * 2


async def test_a_closed_account_is_none_to_be_told_of(world):
    await parties.close_accounts(world.tx, [AccountId("acc_aisha")], NOW)
    (no,) = await told(world, AccountRef(other=NUMBER))
    assert (no.verified, no.reason) == (False, "AC01")


async def test_a_freeze_is_not_tipped_off_by_an_answer(world):
    await ledger.freeze(world.tx, "customer/acc_aisha", "Court order", "Act 1", "prn_1", NOW)
    (yes,) = await told(world, AccountRef(other=NUMBER))
    assert yes.verified


async def test_a_name_that_cannot_travel_is_an_answer_all_the_same(world):
    """Raised, it would come back for ever and hold up everybody else's answers."""
    person = Customer(
        CustomerId("cus_jose"),
        CustomerKind.PERSON,
        "Jos\N{LATIN SMALL LETTER E WITH ACUTE} Contoh",
        "Jose Contoh",
        "MY",
        Address("12 Jalan Contoh", "Kuala Lumpur"),
        None,
        date(2001, 1, 1),
    )
    await parties.register_customers(world.tx, [person], NOW)
    account = Account(
        AccountId("acc_jose"), person.id, "MY", "110000000003", MYR, "customer/acc_jose"
    )
    await parties.open_accounts(world.tx, [account], NOW)
    strange, plain = await told(world, AccountRef(other="110000000003"), AccountRef(other=NUMBER))
    assert (strange.verified, strange.reason) == (False, "AB08")
    assert plain.verified
