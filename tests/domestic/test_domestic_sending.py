import dataclasses
from datetime import timedelta
from decimal import Decimal

import pytest
from domestic_world import (
    SEED,
    Bank,
    bank,
    leg,
    order,
    rulebook,
    sent,
    settled,
    status,
)
from msgspec.structs import replace

from moments import NOW, Fresh
from qantara.db import deadlines
from qantara.domestic import flow
from qantara.domestic.model import KIND, State
from qantara.domestic.records import Transfer
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import AccountId, CustomerId
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money
from qantara.policy import flow as policy
from qantara.policy.model import Confidence, Fee
from qantara.rails.model import DomesticTransfer, Status

COUNTRIES = pytest.mark.parametrize("country", ["MY", "PK", "FR"])


@pytest.fixture
async def my(fresh: Fresh) -> tuple[Bank, Bank]:
    return await bank(fresh, "MY", 0), await bank(fresh, "MY", 1)


@COUNTRIES
async def test_a_transfer_goes_all_the_way_in_every_system(fresh: Fresh, country: str) -> None:
    payer, payee = await bank(fresh, country, 0), await bank(fresh, country, 1)
    transfer, payment = await settled(payer, payee)
    assert (await payer.available(), await payee.available()) == (SEED - 100_00, SEED + 100_00)
    assert await payer.story(transfer.id) == ["accepted", "completed"]
    found = (await flow.transfers(payer.tx, [transfer.id]))[0]
    assert isinstance(found, Transfer)
    assert (found.state, found.finished_at) == (State.COMPLETED, NOW)
    assert payment.settlement_amount == payer.money(100_00)
    assert payment.creditor_account.number == payee.number
    for side in (payer, payee):
        await side.audit()


async def test_what_leaves_names_payer_and_payee_in_full(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    await sent(payer, payee, reference="INV-7")
    (payment,) = await payer.outbox()
    assert isinstance(payment, DomesticTransfer)
    assert (payment.debtor.name, payment.debtor.town) == ("Aisha Binti Contoh", "Contoh")
    assert payment.creditor.name == "Bilal Malik"
    assert (payment.remittance, payment.reference) == ("Rent", "INV-7")
    assert payment.end_to_end_id == payment.uetr.replace("-", "")


async def test_the_fee_comes_on_top_and_leaves_customers_funds(fresh: Fresh) -> None:
    fee = Fee(Money(50, MYR), Decimal("0.001"))
    payer, payee = await bank(fresh, "MY", 0, domestic_fee=fee), await bank(fresh, "MY", 1)
    transfer, _ = await settled(payer, payee)
    assert transfer.fee == Money(60, MYR)
    assert await payer.available() == SEED - 100_60
    books = await payer.positions()
    assert (books["income/fee"], books["own/duitnow"]) == (60, -60)
    assert books["claim/duitnow"] + books[payer.account] == 0
    await payer.audit()


async def test_a_rejected_transfer_gives_everything_back(fresh: Fresh) -> None:
    fee = Fee(Money(50, MYR), Decimal(0))
    payer, payee = await bank(fresh, "MY", 0, domestic_fee=fee), await bank(fresh, "MY", 1)
    transfer = await sent(payer, payee)
    assert await payer.available() == SEED - 100_50
    (payment,) = await payer.outbox()
    word = status(payment, Status.RJCT, "AC04", "payee_closed")
    assert await payer.take(flow.conclude, word) == [None]
    assert await payer.available() == SEED
    found = (await flow.transfers(payer.tx, [transfer.id]))[0]
    assert isinstance(found, Transfer)
    told = (found.state, found.reason, found.reason_code)
    assert told == (State.REJECTED, Reason.PAYEE_CLOSED, "AC04")
    await payer.audit()


async def test_the_same_order_again_is_the_same_transfer(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    wanted = await order(payer, payee)
    first, twin = await flow.send(payer.tx, payer.node, [wanted, wanted], NOW)
    later = (await flow.send(payer.tx, payer.node, [wanted], NOW))[0]
    assert isinstance(first, Transfer)
    assert isinstance(later, Transfer)
    assert first == twin == replace(later, sequence=0)
    assert len(await payer.outbox()) == 1
    other = replace(wanted, amount=payer.money(1))
    assert isinstance((await flow.send(payer.tx, payer.node, [other], NOW))[0], Conflict)


async def test_a_short_balance_is_refused_and_the_refusal_kept(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    wanted = await order(payer, payee, SEED + 1)
    for _ in range(2):
        (refused,) = await flow.send(payer.tx, payer.node, [wanted], NOW)
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.INSUFFICIENT_FUNDS
    found = (await flow.transfers(payer.tx, [wanted.id]))[0]
    assert isinstance(found, Transfer)
    assert found.state is State.REFUSED
    assert await payer.outbox() == []


async def test_the_limit_of_the_system_refuses_with_its_citation(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    refused = await sent(payer, payee, 50_000_01)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.rule) == (Reason.AMOUNT_ABOVE_LIMIT, "duitnow.limit.person")
    assert refused.citation


async def test_what_asks_for_a_person_is_not_sent(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    limit = "duitnow.limit.transaction.person"
    law = rulebook()
    unsure = replace(law.value(limit, NOW.date()), confidence=Confidence.LOW)
    payer.node = dataclasses.replace(payer.node, rulebook=law.overlay([unsure], "unsure"))
    await policy.keep_rulebook(payer.tx, payer.node.rulebook, NOW)
    refused = await sent(payer, payee, 50_000_01)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.rule) == (Reason.REVIEW_REQUIRED, "duitnow.limit.person")
    assert await payer.outbox() == []


async def test_orders_that_cannot_be_are_refused_before_money_is_held(
    my: tuple[Bank, Bank],
) -> None:
    payer, payee = my
    wanted = await order(payer, payee)
    cases = {
        "currency": (replace(wanted, amount=Money(1, PKR)), Reason.CURRENCY_MISMATCH),
        "zero": (replace(wanted, amount=payer.money(0)), Reason.AMOUNT_NOT_POSITIVE),
        "check": (replace(wanted, payee_check_id="chk_none"), Reason.PAYEE_NOT_CONFIRMED),
        "note": (replace(wanted, note="\u2603"), Reason.FIELD_INVALID),
        "account": (replace(wanted, account_id=AccountId("acc_x")), Reason.ACCOUNT_NOT_FOUND),
        "person": (replace(wanted, customer_id=CustomerId("cus_x")), Reason.ACCOUNT_NOT_FOUND),
    }
    orders = [replace(case, id=f"trf_{name}") for name, (case, _) in cases.items()]
    outcomes = await flow.send(payer.tx, payer.node, orders, NOW)
    told = [each.reason for each in outcomes if isinstance(each, Refused | NotFound)]
    assert told == [reason for _, reason in cases.values()]
    assert await payer.available() == SEED
    late = NOW + timedelta(seconds=payer.node.check_age_seconds)
    (stale,) = await flow.send(payer.tx, payer.node, [wanted], late)
    assert isinstance(stale, Refused)
    assert stale.reason is Reason.PAYEE_CHECK_EXPIRED


@pytest.mark.parametrize(("country", "seconds"), [("FR", 10), ("PK", 20), ("MY", 30)])
async def test_each_system_has_its_time_and_the_rulebook_says_it(
    fresh: Fresh, country: str, seconds: int
) -> None:
    """Law in the euro, the central bank's rule in rupees, example configuration in ringgit."""
    payer, payee = await bank(fresh, country, 0), await bank(fresh, country, 1)
    transfer = await sent(payer, payee)
    early = NOW + timedelta(seconds=seconds - 1)
    assert await deadlines.take(payer.tx, KIND, 9, early) == []
    assert await deadlines.take(payer.tx, KIND, 9, early + timedelta(seconds=1)) == [transfer.id]


async def test_an_overdue_transfer_is_asked_about_by_the_same_message_and_stays_held(
    my: tuple[Bank, Bank],
) -> None:
    payer, payee = my
    transfer = await sent(payer, payee)
    (payment,) = await payer.outbox()
    await flow.acknowledge(payer.tx, payer.node, [payment.message_id], NOW)
    await payer.tx.execute("DELETE FROM db.outbox")
    for round_ in (1, 2):
        assert await payer.expire(NOW + timedelta(seconds=30 * round_)) == 1
        rows = await payer.tx.fetch(
            "SELECT s.key FROM db.outbox o JOIN db.sent s USING (sequence) WHERE s.uetr = $1",
            payment.uetr,
        )
        assert [row["key"] for row in rows] == [payment.message_id]
    assert await payer.story(transfer.id) == ["accepted", "submitted", "overdue"]
    assert await payer.available() == SEED - 100_00
    assert await payer.take(flow.conclude, status(payment, Status.ACCC)) == [None]
    assert (await payer.story(transfer.id))[-1] == "completed"
    assert await payer.expire(NOW + timedelta(days=1)) == 0
    await payer.audit()


async def test_one_never_taken_is_not_sent_twice_and_may_bounce_even_overdue(
    my: tuple[Bank, Bank],
) -> None:
    payer, payee = my
    transfer = await sent(payer, payee)
    (payment,) = await payer.outbox()
    await payer.expire(NOW + timedelta(seconds=30))
    assert await payer.tx.fetchval("SELECT count(*) FROM db.outbox WHERE recipient = 'duitnow'")
    told = [(payment.message_id, "message_schema")]
    await flow.bounce(payer.tx, payer.node, told, NOW)
    assert await payer.available() == SEED
    assert await payer.story(transfer.id) == ["accepted", "overdue", "rejected"]


async def test_what_was_taken_once_never_bounces(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    await sent(payer, payee)
    (payment,) = await payer.outbox()
    await flow.acknowledge(payer.tx, payer.node, [payment.message_id], NOW)
    await payer.expire(NOW + timedelta(seconds=30))
    await flow.bounce(payer.tx, payer.node, [(payment.message_id, "internal")], NOW)
    assert await payer.available() == SEED - 100_00


async def test_answers_repeat_without_effect_and_contradict_with_a_conflict(
    my: tuple[Bank, Bank],
) -> None:
    payer, payee = my
    await sent(payer, payee)
    (payment,) = await payer.outbox()
    yes, no = status(payment, Status.ACCC), status(payment, Status.RJCT, "AC04")
    outcomes = await payer.take(flow.conclude, yes, yes, no)
    assert outcomes[:2] == [None, None]
    assert isinstance(outcomes[2], Conflict)
    assert isinstance((await payer.take(flow.conclude, no))[0], Conflict)
    stranger = status(leg(payment), Status.ACCC)
    assert isinstance((await payer.take(flow.conclude, stranger))[0], NotFound)
    assert await payer.available() == SEED - 100_00


async def test_a_batch_of_orders_is_one_batch_for_the_book(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    wanted = await order(payer, payee, 10_00)
    orders = [replace(wanted, id=f"trf_{place}") for place in range(120)]
    before = await payer.tx.fetchval("SELECT count(*) FROM ledger.batch")
    outcomes = await flow.send(payer.tx, payer.node, orders, NOW)
    assert sum(isinstance(each, Transfer) for each in outcomes) == 100
    assert await payer.tx.fetchval("SELECT count(*) FROM ledger.batch") == before + 1
    assert await payer.available() == 0
    assert (await ledger.balances(payer.tx, [payer.account]))[0].posted == SEED


def test_the_rulebook_names_the_times() -> None:
    on = NOW.date()
    named = {ips: rulebook().find(f"{ips}.execution.seconds", on) for ips in ("tips", "raast")}
    assert {ips: value.value for ips, value in named.items() if value} == {"tips": 10, "raast": 20}
