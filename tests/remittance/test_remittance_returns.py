"""Giving payments back: who loses what, and the books of the institution that does it."""

import uuid
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from remittance_acts import audit
from remittance_case_acts import (
    CREDITED,
    MY,
    SENT,
    arrived,
    assigned,
    back_offer,
    case_of,
    give,
    gone,
    notices,
    terms,
)
from remittance_world import ACCOUNT, World, build, node, status_on

from moments import NOW
from qantara.db import mail
from qantara.errors import Conflict, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer, TransferKind
from qantara.money import MYR, PKR, Money, Rate
from qantara.rails.cases import Act, CaseAnswer, Cause, Kind, Side
from qantara.rails.model import Status
from qantara.remittance import flow, return_rules
from qantara.remittance.case_model import (
    Case,
    CaseState,
    Payer,
    Return,
    ReturnState,
)
from qantara.remittance.model import FEES, ForeignAccount, OwnFx
from qantara.remittance.return_rules import DIFFERENCE, RETURNS, Plan, Terms
from qantara.scheme.gateway import rules as gateway
from qantara.scheme.gateway.model import FeeFormula

FEE = Money(2_00, MYR)


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    made.node = replace(made.node, return_fee=FEE)
    async with made.tx.transaction():
        yield made


# Who loses what, to the minor unit: any amounts, any rates, any wish of staff.

amounts = st.integers(1, 10**9)
rates = st.decimals("0.0001", "1000", places=4)
formulas = st.builds(
    FeeFormula,
    st.integers(0, 5_000).map(lambda minor: Money(minor, PKR)),
    st.decimals("0", "0.01", places=4),
)


def effects(transfers: list[Transfer], held: list[Transfer]) -> Counter[str]:
    """What each account gains by direct transfers, and by posting what was held."""
    gained: Counter[str] = Counter()
    for each in transfers:
        moved = each if each.kind is TransferKind.DIRECT else held[0]
        gained[moved.debit] -= moved.amount
        gained[moved.credit] += moved.amount
    return Counter({account: minor for account, minor in gained.items() if minor})


def returned(plan: Plan, credited: Money, sent: Money, arrives: Money) -> Return:
    purses = return_rules.purses(plan, credited, sent)
    return Return(
        *("uetr", "cse_1", "original", ReturnState.SENT, Side.SOURCE, "acc", "customer/r", "PK"),
        *(purses.taken, purses.borne, purses.difference, purses.fee, sent, arrives),
        *(Money(0, arrives.asset), Decimal(1), str(uuid.uuid4()), "claim/duitnow", "m", "by", NOW),
        hold_id=str(uuid.uuid4()) if purses.taken.minor else None,
    )


@given(
    credited=amounts,
    available=st.integers(-(10**6), 2 * 10**9),
    consented=st.none() | amounts,
    fee=st.none() | st.integers(0, 500),
    payer=st.sampled_from(Payer),
    rate=rates,
    formula=formulas,
)
def test_the_senders_side_erred_so_it_gets_what_was_credited_at_the_days_rate(
    credited, available, consented, fee, payer, rate, formula
) -> None:
    had = Money(credited, MYR)
    how = Terms(Side.SOURCE, payer, None if consented is None else Money(consented, MYR))
    kept = None if fee is None else Money(fee, MYR)
    plan = return_rules.plan(how, had, SENT, available, kept)
    reach = max(0, min(credited, consented or credited, available))
    if isinstance(plan, Refused):
        assert payer is Payer.RECIPIENT
        assert reach <= (fee or 0)
        return
    sums = gateway.source_defined(Rate(MYR, PKR, rate), plan.asked, formula)
    back = returned(plan, had, plan.asked, sums.credited)
    gained = effects(return_rules.pay(node(), back, NOW), return_rules.hold(back, NOW))
    assert gained["clearing/outgoing"] == 0
    assert gained[DIFFERENCE] == 0
    if payer is Payer.RECIPIENT:
        assert plan.asked.minor == reach - (fee or 0)
        assert (gained["customer/r"], gained[FEES], gained[RETURNS]) == (-reach, fee or 0, 0)
    else:
        assert plan.asked == had
        assert (gained["customer/r"], gained[FEES], gained[RETURNS]) == (0, 0, -credited)
    _safe(gained, plan.asked)


@given(
    credited=amounts,
    sent=amounts,
    available=st.integers(-(10**6), 2 * 10**9),
    consented=st.none() | amounts,
    fee=st.none() | st.integers(0, 500),
    payer=st.sampled_from(Payer),
    rate=rates,
    formula=formulas,
)
def test_we_erred_so_exactly_what_was_sent_arrives_and_we_bear_the_rest(
    credited, sent, available, consented, fee, payer, rate, formula
) -> None:
    had, owed = Money(credited, MYR), Money(sent, PKR)
    how = Terms(Side.DESTINATION, payer, None if consented is None else Money(consented, MYR))
    plan = return_rules.plan(how, had, owed, available, None if fee is None else Money(fee, MYR))
    assert isinstance(plan, Plan)
    sums = gateway.destination_defined(Rate(MYR, PKR, rate), plan.asked, formula)
    assert sums.credited == owed
    back = returned(plan, had, sums.source, sums.credited)
    gained = effects(return_rules.pay(node(), back, NOW), return_rules.hold(back, NOW))
    cost = sums.source.minor
    reach = max(0, min(credited, consented or credited, available))
    from_recipient = min(reach, cost) if payer is Payer.RECIPIENT else 0
    assert gained["clearing/outgoing"] == gained[FEES] == 0
    assert gained["customer/r"] == -from_recipient
    assert gained[DIFFERENCE] == -max(0, cost - credited)
    assert gained["customer/r"] + gained[RETURNS] + gained[DIFFERENCE] == -cost
    _safe(gained, sums.source)


def _safe(gained: Counter[str], sent: Money) -> None:
    """Customers' money stands apart to the unit, and all that was sent has left the system."""
    assert gained["claim/duitnow"] + gained["customer/r"] == 0
    assert gained["claim/duitnow"] + gained["own/duitnow"] == sent.minor
    assert sum(gained.values()) == 0


# The books of an institution that gives back.


async def test_the_return_is_the_payment_turned_round(world):
    payment = await arrived(world)
    case = await assigned(world, payment)
    less = CREDITED - FEE
    done = await give(world, case.case_id, terms(), back_offer(less, Money(6200_00, PKR)))
    assert isinstance(done, Case)
    assert (done.state, done.fault, done.by) == (CaseState.ACCEPTED, Side.SOURCE, "prn_checker")
    assert await world.available() == 1_000_00
    record = await gone(world)
    assert record.returns == payment.uetr
    assert record.uetr != payment.uetr
    assert (record.creditor_account, record.creditor_agent) == (
        payment.debtor_account,
        payment.debtor_agent,
    )
    assert (record.creditor.name, record.creditor.town) == ("Sana Qureshi", "Lahore")
    assert record.debtor.name == "Aisha Binti Contoh"
    assert (record.settlement_amount, record.instructed_amount) == (less, CREDITED)
    assert record.charges[0].amount == FEE
    (word,) = await notices(world)
    assert isinstance(word, CaseAnswer)
    assert (word.act, word.case_id, word.by) == (Act.ACCEPT, case.case_id, MY)
    await flow.conclude(world.tx, world.node, [status_on(record, Status.ACCC)], NOW)
    await audit(world)
    assert (await world.books())[FEES] == 55 + FEE.minor
    last = (await notices(world))[-1]
    assert isinstance(last, CaseAnswer)
    assert (last.act, last.returned_by) == (Act.RETURN, record.uetr)
    assert (await case_of(world, case.case_id)).state is CaseState.RETURNED


@pytest.mark.parametrize("payer", list(Payer))
async def test_our_fault_costs_us_the_exchange_difference_and_the_sender_nothing(world, payer):
    case = await assigned(world, await arrived(world), kind=Kind.DISPUTE, cause=Cause.NOT_RECEIVED)
    cost = Money(104_20, MYR)
    how = terms(Side.DESTINATION, payer, consented=60_00)
    await give(world, case.case_id, how, back_offer(cost, SENT, fee=33))
    record = await gone(world)
    assert record.instructed_amount == SENT
    await flow.conclude(world.tx, world.node, [status_on(record, Status.ACCC)], NOW)
    await audit(world)
    books = await world.books()
    taken = 60_00 if payer is Payer.RECIPIENT else 0
    assert books[ACCOUNT] == 1_000_00 + CREDITED.minor - taken
    assert books[RETURNS] == taken - CREDITED.minor
    assert books[DIFFERENCE] == CREDITED.minor - cost.minor


async def test_a_recipient_who_has_spent_gives_what_is_left(world):
    case = await assigned(world, await arrived(world))
    spent = Transfer(
        id=str(uuid.uuid4()),
        debit=ACCOUNT,
        credit=world.node.claim,
        amount=1_049_45,
        asset="MYR",
        code="e_money.redeem",
        occurred_at=NOW,
    )
    assert (await ledger.post(world.tx, [spent], NOW))[0].accepted
    whole = back_offer(CREDITED - FEE, Money(6200_00, PKR))
    refused = await give(world, case.case_id, terms(), whole)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.QUOTE_MISMATCH
    left = Money(50_00, MYR) - FEE
    done = await give(world, case.case_id, terms(), back_offer(left, Money(3000_00, PKR)))
    assert done.state is CaseState.ACCEPTED
    assert await world.available() == 0


async def test_rejected_on_its_way_the_money_is_free_and_staff_may_try_again(world):
    case = await assigned(world, await arrived(world))
    one = back_offer(CREDITED - FEE, Money(6200_00, PKR))
    await give(world, case.case_id, terms(), one)
    first = await gone(world)
    again = await give(world, case.case_id, terms(), one)
    assert isinstance(again, Conflict)
    assert again.reason is Reason.PAYMENT_RETURNED
    rejected = status_on(first, Status.RJCT, "AC04")
    assert await flow.conclude(world.tx, world.node, [rejected, rejected], NOW) == [None, None]
    assert await world.available() == 1_000_00 + CREDITED.minor
    assert (await case_of(world, case.case_id)).state is CaseState.ACCEPTED
    done = await give(world, case.case_id, terms(), one)
    assert done.state is CaseState.ACCEPTED
    second = await gone(world)
    assert second.uetr != first.uetr
    await flow.conclude(world.tx, world.node, [status_on(second, Status.ACCC)], NOW)
    late = await flow.conclude(world.tx, world.node, [status_on(second, Status.RJCT, "AC04")], NOW)
    assert isinstance(late[0], Conflict)
    await audit(world)
    states = [each.state for each in await flow.returns_of(world.tx, [case.case_id])]
    assert states == [ReturnState.REJECTED, ReturnState.SETTLED]
    assert [each.act for each in await notices(world)].count(Act.ACCEPT) == 1


async def test_a_return_that_the_system_never_takes_is_as_good_as_rejected(world):
    case = await assigned(world, await arrived(world))
    await give(world, case.case_id, terms(), back_offer(CREDITED - FEE, Money(6200_00, PKR)))
    record = await gone(world)
    bounced = (record.message_id, "message_schema")
    await flow.bounce(world.tx, world.node, [bounced], NOW)
    assert await world.available() == 1_000_00 + CREDITED.minor
    (back,) = await flow.returns_of(world.tx, [case.case_id])
    assert (back.state, back.reason) == (ReturnState.REJECTED, Reason.MESSAGE_SCHEMA)


async def test_a_return_without_an_answer_is_sent_again_and_stays_reserved(world):
    case = await assigned(world, await arrived(world))
    await give(world, case.case_id, terms(), back_offer(CREDITED - FEE, Money(6200_00, PKR)))
    record = await gone(world)
    queued = await mail.due(world.tx, 50, NOW)
    await mail.delivered(world.tx, None, [[each.sequence for each in queued]], NOW)
    late = NOW + timedelta(seconds=world.node.overdue_seconds)
    assert await flow.expire_returns(world.tx, world.node, [None], late) == [1]
    assert [each.key for each in await mail.due(world.tx, 50, late)] == [record.message_id]
    assert await world.available() == 1_000_00
    (back,) = await flow.returns_of(world.tx, [case.case_id])
    assert (back.state, back.resends) == (ReturnState.OVERDUE, 1)
    await flow.conclude(world.tx, world.node, [status_on(record, Status.ACCC)], NOW)
    await audit(world)


async def test_blocked_on_its_way_the_money_has_left(world):
    case = await assigned(world, await arrived(world))
    await give(world, case.case_id, terms(), back_offer(CREDITED - FEE, Money(6200_00, PKR)))
    blocked = status_on(await gone(world), Status.BLCK)
    await flow.conclude(world.tx, world.node, [blocked], NOW)
    await audit(world)
    assert await world.available() == 1_000_00
    again = await give(world, case.case_id, terms(), back_offer(CREDITED, SENT))
    assert isinstance(again, Conflict)


async def test_an_account_that_is_frozen_gives_nothing_but_own_funds_may(world):
    case = await assigned(world, await arrived(world))
    await ledger.freeze(world.tx, ACCOUNT, "Court order", "Act 1", "prn_1", NOW)
    one = back_offer(CREDITED - FEE, Money(6200_00, PKR))
    refused = await give(world, case.case_id, terms(), one)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ACCOUNT_FROZEN
    whole = back_offer(CREDITED, Money(6300_00, PKR))
    done = await give(world, case.case_id, terms(payer=Payer.OWN_FUNDS), whole)
    assert done.state is CaseState.ACCEPTED


async def test_the_fault_is_never_put_on_the_other_side(world):
    payment = await arrived(world)
    case = await assigned(world, payment, kind=Kind.DISPUTE, cause=Cause.NOT_RECEIVED)
    refused = await give(world, case.case_id, terms(), back_offer(CREDITED - FEE, SENT))
    assert isinstance(refused, Refused)
    assert refused.rule == "return.fault"
    recall = await assigned(world, payment)
    ours = terms(Side.DESTINATION)
    done = await give(world, recall.case_id, ours, back_offer(Money(103_00, MYR), SENT))
    assert done.fault is Side.DESTINATION


OWN = OwnFx("OWNBOOK", {"PK": ForeignAccount("sap-pk", "SAPPPKK0", "PK00SAPP0009", PKR)})


@pytest.mark.parametrize(
    ("other", "told_of"),
    [
        ({"correspondents": {"880100000001": "fxp"}}, {"source_sap_bic": MY}),
        ({"own_fx": OWN}, {"id": None, "source_sap_bic": MY, "source_sap_account": "OWNBOOK"}),
    ],
    ids=["our own access provider", "our own exchange"],
)
async def test_books_agree_whoever_exchanges_the_money(world, other, told_of):
    world.node = replace(world.node, **other)
    await flow.open_books(world.tx, world.node, [None], NOW)
    case = await assigned(world, await arrived(world))
    one = back_offer(Money(103_00, MYR), SENT, fee=12_00, **told_of)
    done = await give(world, case.case_id, terms(Side.DESTINATION), one)
    assert done.state is CaseState.ACCEPTED
    record = await gone(world)
    await flow.conclude(world.tx, world.node, [status_on(record, Status.ACCC)], NOW)
    sums: Counter[Any] = Counter()
    for position in await ledger.positions(world.tx):
        sums[position.account_class, position.asset.code] += position.balance
    apart = sums["e_money", "MYR"] + sums["safeguarded", "MYR"]
    assert apart == sums["clearing", "MYR"] == 0
    assert (await ledger.verify_book(world.tx)).clean
    if record.agreed_rate.quote_id is None:
        books = await world.books()
        assert books["fx/MYR"] == 103_00
        assert books["nostro/sap-pk"] == SENT.minor + 12_00


async def test_the_database_keeps_a_return_to_its_sums(world):
    case = await assigned(world, await arrived(world))
    await give(world, case.case_id, terms(), back_offer(CREDITED - FEE, Money(6200_00, PKR)))
    for purse in ("taken", "borne", "difference", "fee", "sent"):
        with pytest.raises(asyncpg.CheckViolationError):
            async with world.tx.transaction():
                await world.tx.execute(f"UPDATE remittance.return SET {purse} = {purse} + 1")
