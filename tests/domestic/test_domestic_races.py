"""Messages of one transfer that overtake each other, and what is said of it twice."""

import pytest
from domestic_world import SEED, Bank, bank, sent, status

from moments import NOW, Fresh
from qantara import ids
from qantara.db.refusals import remembering
from qantara.domestic import flow
from qantara.errors import Unavailable
from qantara.rails.model import Agent, PaymentReturn, Status


@pytest.fixture
async def my(fresh: Fresh) -> tuple[Bank, Bank]:
    return await bank(fresh, "MY", 0), await bank(fresh, "MY", 1)


def given_back(payment: object, minor: int, payer: Bank) -> PaymentReturn:
    """A pacs.004 that nobody asked for, as the system carries it to the payer's bank."""
    number = ids.new_message_id()
    return PaymentReturn(
        message_id=number,
        created_at=NOW,
        clearing_system="RPP",
        return_id=number,
        original_message_id=payment.message_id,
        original_end_to_end_id=payment.end_to_end_id,
        original_transaction_id=payment.transaction_id,
        uetr=payment.uetr,
        original_amount=payment.settlement_amount,
        returned_amount=payer.money(minor),
        settlement_on=NOW.date(),
        instructing_agent=Agent("BATKMYK0"),
        instructed_agent=Agent(payer.node.bic),
        reason="AC04",
    )


async def test_a_return_that_overtakes_the_yes_waits_for_it_and_is_credited(
    my: tuple[Bank, Bank],
) -> None:
    payer, payee = my
    await sent(payer, payee)
    (payment,) = await payer.outbox()
    back = given_back(payment, 100_00, payer)
    taken = remembering(flow.given_back)
    (early,) = await payer.take(taken, back)
    assert isinstance(early, Unavailable)
    assert await payer.take(flow.conclude, status(payment, Status.ACCC)) == [None]
    assert await payer.take(taken, back, back) == [None, None]
    assert await payer.available() == SEED
    await payer.audit()
