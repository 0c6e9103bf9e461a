from datetime import timedelta

import pytest
from domestic_world import SEED, Bank, bank, leg, settled, status

from moments import NOW, Fresh
from qantara import ids
from qantara.domestic import flow
from qantara.domestic.model import RecallState, ReturnState
from qantara.domestic.records import (
    AskBack,
    Decide,
    Recall,
    RecallReason,
    Refusal,
    Return,
    Transfer,
)
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.rails.model import (
    CancellationRequest,
    Investigation,
    InvestigationResolution,
    PaymentReturn,
    Status,
)

EVERY = pytest.mark.parametrize("country", ["MY", "PK", "FR"])


@pytest.fixture
async def my(fresh: Fresh) -> tuple[Bank, Bank]:
    return await bank(fresh, "MY", 0), await bank(fresh, "MY", 1)


def please(transfer: Transfer) -> AskBack:
    return AskBack(ids.new("rcl"), transfer.id, RecallReason.DUPLICATE, "prn_staff")


async def recalled(payer: Bank, payee: Bank) -> tuple[Recall, Return]:
    """A settled transfer that the payer's bank asks to have back; the case at the payee's."""
    transfer, _ = await settled(payer, payee)
    (recall,) = await flow.recall(payer.tx, payer.node, [please(transfer)], NOW)
    assert isinstance(recall, Recall)
    (letter,) = await payer.outbox()
    assert isinstance(letter, CancellationRequest)
    (arrival,) = await payee.tx.fetch("SELECT message_id FROM domestic.arrival")
    onward = leg(letter)
    assert await payee.take(flow.recalled, onward) == [None]
    assert arrival["message_id"]
    (case,) = await flow.open_returns(payee.tx, 9)
    return recall, case


async def decided(payee: Bank, case: Return, refusal: Refusal | None = None) -> Return | Refused:
    (outcome,) = await flow.decide(
        payee.tx, payee.node, [Decide(case.id, "prn_staff", refusal)], NOW
    )
    assert isinstance(outcome, Return | Refused)
    return outcome


async def recall_state(payer: Bank, recall: Recall) -> RecallState:
    return (await flow.recalls_of(payer.tx, [recall.transfer_id]))[recall.transfer_id].state


@EVERY
async def test_money_comes_back_by_a_payment_of_its_own(fresh: Fresh, country: str) -> None:
    payer, payee = await bank(fresh, country, 0), await bank(fresh, country, 1)
    recall, case = await recalled(payer, payee)
    given = await decided(payee, case)
    assert isinstance(given, Return)
    assert given.state is ReturnState.RETURNING
    assert await payee.available() == SEED
    resolution, back = await payee.outbox()
    assert isinstance(resolution, InvestigationResolution)
    assert resolution.status is Investigation.CNCL
    assert isinstance(back, PaymentReturn)
    assert back.reason == "FOCR"
    await payer.take(flow.resolved, leg(resolution))
    assert await recall_state(payer, recall) is RecallState.GRANTED
    assert await payee.take(flow.conclude, status(back, Status.ACCC)) == [None]
    assert await payer.take(flow.given_back, leg(back)) == [None]
    assert await recall_state(payer, recall) is RecallState.RETURNED
    assert await payee.story(case.id) == ["open", "returning", "returned"]
    assert (await payer.available(), await payee.available()) == (SEED, SEED)
    assert await payer.outbox() == []
    for side in (payer, payee):
        await side.audit()


async def test_staff_may_refuse_and_say_why(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    recall, case = await recalled(payer, payee)
    refused = await decided(payee, case, Refusal.CUSTOMER)
    assert isinstance(refused, Return)
    assert refused.state is ReturnState.REFUSED
    (resolution,) = await payee.outbox()
    assert (resolution.status, resolution.reason) == (Investigation.RJCR, "CUST")
    await payer.take(flow.resolved, leg(resolution))
    assert await recall_state(payer, recall) is RecallState.REFUSED
    assert await payee.available() == SEED + 100_00


async def test_a_decision_stands_and_another_one_is_a_conflict(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    _, case = await recalled(payer, payee)
    give, keep = Decide(case.id, "prn_1"), Decide(case.id, "prn_2", Refusal.LEGAL)
    first, twin, other = await flow.decide(payee.tx, payee.node, [give, give, keep], NOW)
    assert first == twin
    assert isinstance(other, Conflict)
    (later,) = await flow.decide(payee.tx, payee.node, [keep], NOW)
    assert isinstance(later, Conflict)
    (stranger,) = await flow.decide(payee.tx, payee.node, [Decide("ret_none", "prn_1")], NOW)
    assert isinstance(stranger, NotFound)
    assert len(await payee.outbox()) == 2


async def test_what_the_account_does_not_have_cannot_be_given_back(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    _, case = await recalled(payer, payee)
    async with payee.tx.transaction():
        await ledger.freeze(payee.tx, payee.account, "order", "court", "prn_1", NOW)
    refused = await decided(payee, case)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ACCOUNT_FROZEN
    assert await payee.outbox() == []
    (case,) = await flow.open_returns(payee.tx, 9)
    assert case.state is ReturnState.OPEN


async def test_a_return_that_the_system_rejects_is_staffs_again(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    _, case = await recalled(payer, payee)
    await decided(payee, case)
    _, back = await payee.outbox()
    no = status(back, Status.RJCT, "AM04")
    assert await payee.take(flow.conclude, no, no) == [None, None]
    assert await payee.available() == SEED + 100_00
    again = await decided(payee, case)
    assert isinstance(again, Return)
    assert again.attempts == 2
    _, second = await payee.outbox()
    assert second.message_id != back.message_id
    await payee.take(flow.conclude, status(second, Status.ACCC))
    assert await payee.available() == SEED
    await payee.audit()


async def test_money_for_an_account_that_is_closed_waits_for_its_customer(
    my: tuple[Bank, Bank],
) -> None:
    """The system settles a return before we see it: it can no longer be refused."""
    payer, payee = my
    _, case = await recalled(payer, payee)
    await decided(payee, case)
    _, back = await payee.outbox()
    async with payer.tx.transaction():
        await ledger.freeze(payer.tx, payer.account, "order", "court", "prn_1", NOW)
    returned = leg(back)
    assert await payer.take(flow.given_back, returned, returned) == [None, None]
    assert await payer.take(flow.given_back, returned) == [None]
    assert (await payer.positions())["unclaimed/returns"] == 100_00
    await payer.audit()


async def test_a_return_of_what_we_never_paid_is_not_taken(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    _, case = await recalled(payer, payee)
    await decided(payee, case)
    _, back = await payee.outbox()
    (outcome,) = await payee.take(flow.given_back, leg(back))
    assert isinstance(outcome, NotFound)
    assert outcome.reason is Reason.RETURN_UNMATCHED


async def test_a_recall_is_made_once_and_only_of_what_is_completed(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    transfer, _ = await settled(payer, payee)
    first, twin = await flow.recall(payer.tx, payer.node, [please(transfer), please(transfer)], NOW)
    assert first == twin
    assert len(await payer.outbox()) == 1
    (stranger,) = await flow.recall(
        payer.tx, payer.node, [AskBack("rcl_x", "trf_none", RecallReason.FRAUD, "prn")], NOW
    )
    assert isinstance(stranger, NotFound)


async def test_without_the_setting_no_recall_is_made_and_none_is_heard(fresh: Fresh) -> None:
    payer = await bank(fresh, "MY", 0)
    deaf = await bank(fresh, "MY", 1, exceptions=False)
    transfer, _ = await settled(payer, deaf)
    await flow.recall(payer.tx, payer.node, [please(transfer)], NOW)
    (letter,) = await payer.outbox()
    await deaf.take(flow.recalled, leg(letter), leg(letter))
    assert [(each.status, each.reason) for each in await deaf.outbox()] == [
        (Investigation.RJCR, "NOAS")
    ] * 2
    paid, _ = await settled(deaf, payer)
    (refused,) = await flow.recall(deaf.tx, deaf.node, [please(paid)], NOW)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.RECALL_UNAVAILABLE


async def test_silence_is_told_as_overdue_on_both_sides(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    recall, case = await recalled(payer, payee)
    late = NOW + timedelta(days=15)
    await payer.expire(late)
    await payee.expire(late)
    assert await recall_state(payer, recall) is RecallState.OVERDUE
    assert await payee.story(case.id) == ["open", "overdue"]
    assert isinstance(await decided(payee, case), Return)
    resolution, back = await payee.outbox()
    await payer.take(flow.given_back, leg(back))
    await payer.take(flow.resolved, leg(resolution))
    assert await payer.story(recall.id) == ["asked", "overdue", "returned"]
