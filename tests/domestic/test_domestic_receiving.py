import pytest
from domestic_world import SEED, Bank, bank, leg, sent, settled, status
from msgspec.structs import replace

from moments import NOW, Fresh
from qantara.domestic import flow
from qantara.domestic.model import ArrivalState
from qantara.domestic.records import Arrival, ArrivalKind
from qantara.errors import Conflict, Reason
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.parties import flow as parties
from qantara.rails.model import AccountRef, Agent, DomesticTransfer, Status
from qantara.rails.reasons import status_code


@pytest.fixture
async def my(fresh: Fresh) -> tuple[Bank, Bank]:
    return await bank(fresh, "MY", 0), await bank(fresh, "MY", 1)


async def coming(payer: Bank, payee: Bank, minor: int = 100_00) -> DomesticTransfer:
    """A pacs.008 as it reaches the payee's bank."""
    await sent(payer, payee, minor)
    made: DomesticTransfer = leg((await payer.outbox())[-1])
    return made


async def arrived(payee: Bank, uetr: str) -> Arrival:
    (found,) = await flow.arrivals(payee.tx, ArrivalKind.PAYMENT, [uetr])
    assert isinstance(found, Arrival)
    return found


async def spend(bank: Bank, minor: int) -> None:
    away = Transfer(
        id="00000000-0000-8000-8000-00000000aaaa",
        debit=bank.account,
        credit=bank.node.claim,
        amount=minor,
        asset=bank.node.asset.code,
        code="test.spend",
        occurred_at=NOW,
    )
    assert (await ledger.post(bank.tx, [away], NOW))[0].accepted


async def test_a_repeat_is_answered_again_and_credited_once(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    payment = await coming(payer, payee)
    assert await payee.take(flow.receive, payment, payment) == [None, None]
    assert await payee.take(flow.receive, payment) == [None]
    answers = await payee.outbox()
    assert [(a.status, a.original_message_id) for a in answers] == [
        (Status.ACCC, payment.message_id)
    ] * 3
    assert await payee.available() == SEED + 100_00


async def test_the_same_payment_in_another_message_is_a_duplicate(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    payment = await coming(payer, payee)
    twin = leg(payment)
    assert await payee.take(flow.receive, payment, twin) == [None, None]
    first, second = await payee.outbox()
    assert (first.status, second.status, second.reason) == (Status.ACCC, Status.RJCT, "DU03")
    assert await payee.available() == SEED + 100_00


async def test_a_message_with_other_content_contradicts_itself(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    payment = await coming(payer, payee)
    other = replace(payment, settlement_amount=payee.money(1))
    outcomes = await payee.take(flow.receive, payment, other)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], Conflict)
    assert len(await payee.outbox()) == 1


async def test_what_cannot_be_credited_is_rejected_by_its_exact_code(
    my: tuple[Bank, Bank],
) -> None:
    payer, payee = my
    payment = await coming(payer, payee)
    stranger = replace(
        payment, message_id="a" * 32, creditor_account=AccountRef(other="999999999999")
    )
    await payee.take(flow.receive, stranger)
    (answer,) = await payee.outbox()
    assert (answer.status, answer.reason) == (Status.RJCT, status_code(Reason.PAYEE_UNKNOWN))
    assert answer.reason_texts == ("payee_unknown",)
    other = replace(
        await coming(payer, payee),
        instructed_agent=Agent("ELSEMYK0"),
        creditor_agent=Agent("ELSEMYK0"),
        message_id="b" * 32,
    )
    await payee.take(flow.receive, other)
    assert (await payee.outbox())[-1].reason == "AG01"


async def test_a_closed_or_frozen_account_takes_nothing(my: tuple[Bank, Bank]) -> None:
    payer, payee = my
    frozen, closed = await coming(payer, payee), await coming(payer, payee)
    async with payee.tx.transaction():
        await ledger.freeze(payee.tx, payee.account, "order", "court", "prn_1", NOW)
    await payee.take(flow.receive, frozen)
    await parties.close_accounts(payee.tx, [AccountId("acc_1")], NOW)
    await payee.take(flow.receive, closed)
    codes = [status_code(reason) for reason in (Reason.ACCOUNT_FROZEN, Reason.PAYEE_CLOSED)]
    assert [answer.reason for answer in await payee.outbox()] == codes
    await payee.audit()


@pytest.mark.parametrize("spent", [0, 1_050_00, SEED + 100_00])
async def test_a_yes_that_came_too_late_is_taken_back_as_far_as_it_goes(
    my: tuple[Bank, Bank], spent: int
) -> None:
    """The system had rejected the payment meanwhile: what the customer has spent is ours."""
    payer, payee = my
    payment = await coming(payer, payee)
    await payee.take(flow.receive, payment)
    if spent:
        await spend(payee, spent)
    before = await claims(payee)
    late = status(payment, Status.RJCT, "AB05", "payee_provider_late")
    assert await payee.take(flow.conclude, late, late) == [None, None]
    taken = min(100_00, SEED + 100_00 - spent)
    assert await payee.available() == SEED + 100_00 - spent - taken
    books = await payee.positions()
    assert books.get("expense/late_answer", 0) == -(100_00 - taken)
    assert await claims(payee) - before == 100_00
    found = await arrived(payee, payment.uetr)
    assert found.state is ArrivalState.REVERSED
    assert await payee.story(found.id) == ["credited", "reversed"]
    await payee.audit()
    said = await payee.outbox()
    assert [each.status for each in said] == [Status.ACCC, Status.RJCT, Status.RJCT]
    assert {each.original_message_id for each in said} == {payment.message_id}
    assert len({each.message_id for each in said}) == 3
    await payee.take(flow.receive, payment)
    (again,) = await payee.outbox()
    assert again.status is Status.RJCT


async def claims(bank: Bank) -> int:
    """What stands for us at the payment system, customers' and our own."""
    books = await bank.positions()
    return books.get(bank.node.claim, 0) + books.get(bank.node.own, 0)


async def test_a_frozen_account_keeps_what_was_credited_and_we_bear_all(
    my: tuple[Bank, Bank],
) -> None:
    payer, payee = my
    payment = await coming(payer, payee)
    await payee.take(flow.receive, payment)
    async with payee.tx.transaction():
        await ledger.freeze(payee.tx, payee.account, "order", "court", "prn_1", NOW)
    await payee.take(flow.conclude, status(payment, Status.RJCT, "AB05"))
    books = await payee.positions()
    assert (books[payee.account], books["expense/late_answer"]) == (SEED + 100_00, -100_00)
    await payee.audit()


async def test_a_confirmation_says_nothing_new_and_a_yes_to_a_no_is_a_conflict(
    my: tuple[Bank, Bank],
) -> None:
    payer, payee = my
    payment = await coming(payer, payee)
    refused = replace(await coming(payer, payee), creditor_account=AccountRef(other="9" * 12))
    await payee.take(flow.receive, payment, refused)
    yes, wrong = status(payment, Status.ACCC), status(refused, Status.ACCC)
    no = status(refused, Status.RJCT, "AC14")
    outcomes = await payee.take(flow.conclude, yes, wrong, no)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], Conflict)
    assert outcomes[1].reason is Reason.STATE_CONFLICT
    assert outcomes[2] is None
    assert await payee.available() == SEED + 100_00


async def test_a_customer_of_ours_pays_another_through_the_system(fresh: Fresh) -> None:
    """Both sides in one book: the UETR is the same, the two stories are kept apart."""
    one, other = await bank(fresh, "MY", 0), await bank(fresh, "MY", 1)
    await settled(one, other)
    back_and_forth = await settled(other, one, 50_00)
    assert back_and_forth[0].amount == one.money(50_00)
    assert (await one.available(), await other.available()) == (SEED - 50_00, SEED + 50_00)
    for side in (one, other):
        await side.audit()
