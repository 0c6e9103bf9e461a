"""One table of reasons on receiving: each case gets exactly its ISO 20022 code."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from remittance_acts import BOS_NUMBER, add_bo, answers
from remittance_world import AISHA, World, build, inbound

from moments import NOW
from qantara.errors import Reason
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money
from qantara.parties import flow as parties
from qantara.parties.model import Account
from qantara.rails.model import AccountRef, Agent, Party, Proxy, Status
from qantara.reasons import REASONS
from qantara.remittance import flow
from qantara.remittance.model import Required
from qantara.remittance.objections import OBJECTIONS

PACS002 = frozenset(
    """AB01 AB02 AB03 AB04 AB05 AB06 AB08 AB09 AB10 AC04 AC06 AC07 AC14 AG01 AG03 AG11 AGNT AM02
    AM03 AM04 AM05 AM06 AM07 AM13 AM14 AM15 AM21 AM23 BE01 BE04 BE05 BE06 BE07 CH11 CH20 CH21
    CNOR CURR DU01 DU02 DU03 DU04 DU05 DUPL ED05 ED06 FF10 FR01 MD07 MS02 MS03 NARR RC04 RC07
    RC10 RC11 RR02 RR03 RR04 TM01 UCRD""".split()  # noqa: SIM905  one line a code
)


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


async def code(world, arrival):
    await flow.receive(world.tx, world.node, [arrival], NOW)
    answer = (await answers(world))[-1]
    return answer.status, answer.reason, answer.reason_texts


def rejected(iso, reason):
    return (Status.RJCT, iso, (reason.value,))


def test_every_objection_has_a_code_that_the_scheme_knows():
    assert len(PACS002) == 61
    assert {REASONS[reason].iso for reason, _ in OBJECTIONS} <= PACS002


@pytest.mark.parametrize(
    ("other", "iso", "reason"),
    [
        ({"creditor_agent": Agent("RAVIPKK0")}, "AG01", Reason.MESSAGE_WRONG_PARTY),
        ({"settlement_amount": Money(100_00, PKR)}, "CURR", Reason.ASSET_MISMATCH),
        ({"settlement_amount": Money(55, MYR)}, "AM06", Reason.AMOUNT_BELOW_LIMIT),
        (
            {"creditor_account": AccountRef(proxy=Proxy("MBNO", "+60123456789"))},
            "AC14",
            Reason.ACCOUNT_TYPE_INVALID,
        ),
        ({"creditor_account": AccountRef(other="119999999999")}, "BE06", Reason.PAYEE_UNKNOWN),
    ],
)
async def test_what_the_message_itself_has_wrong(world, other, iso, reason):
    assert await code(world, inbound(**other)) == rejected(iso, reason)


async def test_a_closed_account_a_frozen_one_and_a_full_one(world):
    await add_bo(world, ceiling=50_00)
    assert await code(world, inbound(BOS_NUMBER)) == rejected("AM21", Reason.BALANCE_ABOVE_CEILING)
    await ledger.freeze(world.tx, "customer/acc_bo", "Court order", "Act 1", "prn_1", NOW)
    assert await code(world, inbound(BOS_NUMBER)) == rejected("AC06", Reason.ACCOUNT_FROZEN)
    await parties.close_accounts(world.tx, [AccountId("acc_bo")], NOW)
    assert await code(world, inbound(BOS_NUMBER)) == rejected("AC07", Reason.PAYEE_CLOSED)


async def test_a_recipient_who_has_died_and_one_who_has_left(world):
    await parties.record_deaths(world.tx, [AISHA])
    assert await code(world, inbound()) == rejected("MD07", Reason.CUSTOMER_DECEASED)
    await parties.close_accounts(world.tx, [AccountId("acc_aisha")], NOW)
    await parties.close_customers(world.tx, [AISHA])
    assert await code(world, inbound()) == rejected("BE06", Reason.CUSTOMER_CLOSED)


async def test_an_account_in_another_currency(world):
    code_ = parties.ledger_code("acc_rupees")
    rupees = Account(AccountId("acc_rupees"), AISHA, "MY", "110000000077", PKR, code_)
    assert (await parties.open_accounts(world.tx, [rupees], NOW))[0] == rupees
    said = await code(world, inbound("110000000077"))
    assert said == rejected("AM03", Reason.CURRENCY_NOT_ALLOWED)


@pytest.mark.parametrize(
    ("required", "met", "iso", "reason"),
    [
        (Required.PURPOSE, {"purpose": "FAMI"}, "RR04", Reason.PURPOSE_REQUIRED),
        (Required.PURPOSE, {"category_purpose": "SALA"}, "RR04", Reason.PURPOSE_REQUIRED),
        (
            Required.PAYER_ADDRESS,
            {"debtor": Party("Sana Qureshi", "PK", "Lahore")},
            "RR02",
            Reason.PAYER_ADDRESS_MISSING,
        ),
    ],
)
async def test_what_our_country_requires(world, required, met, iso, reason):
    world.node = replace(world.node, required=frozenset({required}))
    bare = inbound(debtor=Party("Sana Qureshi", national_id="3520212345671"))
    assert await code(world, bare) == rejected(iso, reason)
    assert (await code(world, inbound(**met)))[0] is Status.ACCC


@pytest.mark.parametrize(
    ("name", "taken"),
    [("Aisha Binti Contoh", True), ("AISHA CONTOH", True), ("Karim Misaal", False)],
)
async def test_a_name_is_compared_only_where_the_setting_says_so(world, name, taken):
    other = {"creditor": Party(name)}
    assert (await code(world, inbound(**other)))[0] is Status.ACCC
    world.node = replace(world.node, checks_names=True)
    said = await code(world, inbound(**other))
    if taken:
        assert said[0] is Status.ACCC
    else:
        assert said == rejected("BE01", Reason.PAYEE_NAME_MISMATCH)
