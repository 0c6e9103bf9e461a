"""What may follow a payment inside a system: questions, returns, recalls."""

import uuid
from typing import Any

from msgspec.structs import replace
from scheme_nodes import (
    REJECTED,
    minor,
    status,
)
from scheme_system import (
    DOMESTIC_NODE,
    System,
    inside_transfer,
    reasons,
    system,
)

from moments import Fresh
from qantara.errors import Conflict, NotFound
from qantara.money import MYR
from qantara.rails.model import (
    CancellationRequest,
    DomesticTransfer,
    Investigation,
    InvestigationResolution,
    PaymentReturn,
    StatusRequest,
)
from qantara.scheme.ips import flow
from qantara.scheme.ips.model import IpsNode
from qantara.scheme.letters import ACCEPTED

AMOUNT = 100_00


async def _carried(
    fresh: Fresh, transfer: DomesticTransfer, node: IpsNode = DOMESTIC_NODE
) -> tuple[System, DomesticTransfer]:
    """As far as the payee's provider, with the leg that it got."""
    world = await system(fresh, node)
    assert await world.say_inside(flow.carry, "my", transfer) == [None]
    (leg,) = await world.told("other")
    return world, leg


async def _settled(fresh: Fresh) -> tuple[System, DomesticTransfer, DomesticTransfer]:
    transfer = inside_transfer()
    world, leg = await _carried(fresh, transfer)
    assert await world.say_inside(flow.answer, "other", status(leg, ACCEPTED)) == [None]
    assert reasons(await world.told("my")) == [("ACCC", None)]
    return world, transfer, leg


def _about(record: DomesticTransfer) -> dict[str, Any]:
    return {
        "created_at": record.created_at,
        "original_message_id": record.message_id,
        "original_end_to_end_id": record.end_to_end_id,
        "original_transaction_id": record.transaction_id,
        "uetr": record.uetr,
    }


def _ask(record: DomesticTransfer, **changes: Any) -> StatusRequest:
    request = StatusRequest(
        message_id=uuid.uuid4().hex,
        instructing_agent=record.instructing_agent,
        instructed_agent=record.instructed_agent,
        **_about(record),
    )
    return replace(request, **changes)


async def test_a_status_is_told_as_often_as_it_is_asked_for(fresh: Fresh) -> None:
    transfer = inside_transfer()
    world, leg = await _carried(fresh, transfer)
    await world.say_inside(flow.inquire, "my", _ask(transfer))
    assert reasons(await world.told("my")) == [("ACTC", None)]
    await world.say_inside(flow.answer, "other", status(leg, ACCEPTED))
    await world.told("my")
    asks = [_ask(transfer) for _ in range(3)]
    assert await world.say_inside(flow.inquire, "my", *asks) == [None] * 3
    told = await world.told("my")
    assert reasons(told) == [("ACCC", None)] * 3
    assert {one.original_message_id for one in told} == {transfer.message_id}
    await world.say_inside(flow.inquire, "other", _ask(leg))
    assert reasons(await world.told("other")) == [("ACCC", None)]
    outcomes = [
        (await world.say_inside(flow.inquire, sender, ask))[0]
        for sender, ask in (
            ("sap-my", _ask(transfer)),
            ("my", _ask(leg)),
            ("my", _ask(transfer, uetr=str(uuid.uuid4()))),
        )
    ]
    assert [type(one) for one in outcomes] == [Conflict, NotFound, NotFound]


def _return(leg: DomesticTransfer, amount: int = AMOUNT, **changes: Any) -> PaymentReturn:
    record = PaymentReturn(
        message_id=uuid.uuid4().hex,
        clearing_system="MYDNOW",
        return_id=uuid.uuid4().hex,
        original_amount=leg.settlement_amount,
        returned_amount=replace(leg.settlement_amount, minor=amount),
        settlement_on=leg.settlement_on,
        instructing_agent=leg.instructed_agent,
        instructed_agent=leg.instructing_agent,
        reason="FOCR",
        **_about(leg),
    )
    return replace(record, **changes)


async def test_a_settled_payment_is_given_back_once_by_a_new_transfer(fresh: Fresh) -> None:
    world, transfer, leg = await _settled(fresh)
    given = _return(leg, 90_00)
    assert await world.say_inside(flow.give_back, "other", given, given) == [None, None]
    back, *_ = await world.told("my")
    assert (back.returned_amount, back.original_message_id) == (
        minor(90, MYR),
        transfer.message_id,
    )
    told = await world.told("other")
    assert reasons(told) == [("ACCC", None)] * 2
    assert told[0].original_message_id == given.message_id
    await world.say_inside(flow.give_back, "other", _return(leg))
    assert reasons(await world.told("other")) == [("RJCT", "AM05")]
    await world.at_rest({"my": -10_00, "other": 10_00})


async def test_a_return_again_with_another_amount_goes_nowhere(fresh: Fresh) -> None:
    """Its leg would bear the id of the first, and might arrive before it."""
    world, _, leg = await _settled(fresh)
    given = _return(leg, 40_00)
    more = _return(leg, return_id=given.return_id)
    outcomes = await world.say_inside(flow.give_back, "other", given, more)
    assert [type(each) for each in outcomes] == [type(None), Conflict]
    (later,) = await world.say_inside(flow.give_back, "other", replace(more, message_id="a" * 32))
    assert isinstance(later, Conflict)
    assert [each.returned_amount for each in await world.told("my")] == [minor(40, MYR)]
    await world.at_rest({"my": -60_00, "other": 60_00})


async def test_a_return_twice_in_one_batch_that_the_book_refuses_is_refused_twice(
    fresh: Fresh,
) -> None:
    world, _, leg = await _settled(fresh)
    spent = [
        inside_transfer(
            minor(amount, MYR),
            instructing_agent=leg.instructed_agent,
            debtor_agent=leg.instructed_agent,
            instructed_agent=leg.instructing_agent,
            creditor_agent=leg.instructing_agent,
        )
        for amount in (10_000, 10_000, 100)
    ]
    assert await world.say_inside(flow.carry, "other", *spent) == [None] * 3
    legs = [each for each in await world.told("my") if isinstance(each, DomesticTransfer)]
    answers = [status(each, ACCEPTED) for each in legs]
    assert await world.say_inside(flow.answer, "my", *answers) == [None] * 3
    await world.told("other")
    given = _return(leg)
    assert await world.say_inside(flow.give_back, "other", given, given) == [None, None]
    assert reasons(await world.told("other")) == [("RJCT", "AM23")] * 2
    assert await world.told("my") == []


async def test_what_cannot_be_given_back_is_told_why(fresh: Fresh) -> None:
    world, transfer, leg = await _settled(fresh)
    await world.say_inside(
        flow.give_back, "other", _return(leg, AMOUNT + 1, original_amount=minor(200, MYR))
    )
    assert reasons(await world.told("other")) == [("RJCT", "AM02")]
    (outcome,) = await world.say_inside(flow.give_back, "my", _return(transfer))
    assert isinstance(outcome, Conflict)
    rejected = inside_transfer()
    await world.say_inside(flow.carry, "my", rejected)
    (other,) = await world.told("other")
    await world.say_inside(flow.answer, "other", status(other, REJECTED))
    await world.say_inside(flow.give_back, "other", _return(other))
    assert reasons(await world.told("other")) == [("RJCT", "NARR")]
    await world.at_rest({"my": -AMOUNT, "other": AMOUNT})


def _recall(transfer: DomesticTransfer, **changes: Any) -> CancellationRequest:
    record = CancellationRequest(
        message_id=uuid.uuid4().hex,
        assigner=transfer.instructing_agent,
        assignee=transfer.instructed_agent,
        case_id="CASE-1",
        case_creator=transfer.instructing_agent,
        cancellation_id=uuid.uuid4().hex,
        original_amount=transfer.settlement_amount,
        reason="DUPL",
        **_about(transfer),
    )
    return replace(record, **changes)


def _resolution(
    asked: CancellationRequest, said: Investigation, reason: str | None = None
) -> InvestigationResolution:
    return InvestigationResolution(
        message_id=uuid.uuid4().hex,
        created_at=asked.created_at,
        assigner=asked.assignee,
        assignee=asked.assigner,
        case_id=asked.case_id,
        case_creator=asked.case_creator,
        status=said,
        original_cancellation_id=asked.cancellation_id,
        original_message_id=asked.original_message_id,
        original_end_to_end_id=asked.original_end_to_end_id,
        original_transaction_id=asked.original_transaction_id,
        uetr=asked.uetr,
        reason=reason,
    )


async def test_a_recall_travels_there_and_its_answer_back(fresh: Fresh) -> None:
    world, transfer, leg = await _settled(fresh)
    recall = _recall(transfer)
    assert await world.say_inside(flow.recall, "my", recall, recall) == [None, None]
    (asked,) = await world.told("other")
    assert (asked.original_message_id, asked.case_id) == (leg.message_id, "CASE-1")
    pending, no = (
        _resolution(asked, Investigation.PDCR),
        _resolution(asked, Investigation.RJCR, "CUST"),
    )
    assert await world.say_inside(flow.answer_recall, "other", pending, no) == [None, None]
    told = await world.told("my")
    assert [(one.status, one.reason) for one in told] == [("PDCR", None), ("RJCR", "CUST")]
    assert {one.original_message_id for one in told} == {transfer.message_id}
    stray = replace(pending, message_id="e" * 32, original_cancellation_id="none")
    (outcome,) = await world.say_inside(flow.answer_recall, "other", stray)
    assert isinstance(outcome, NotFound)


async def test_a_recall_that_is_pointless_is_answered_here(fresh: Fresh) -> None:
    world, transfer, leg = await _settled(fresh)
    await world.say_inside(flow.give_back, "other", _return(leg))
    await world.told("my")
    await world.told("other")
    await world.say_inside(flow.recall, "my", _recall(transfer))
    assert reasons(await world.told("my")) == [("RJCR", "ARDT")]
    waiting = inside_transfer()
    await world.say_inside(flow.carry, "my", waiting)
    await world.told("other")
    await world.say_inside(flow.recall, "my", _recall(waiting))
    assert reasons(await world.told("my")) == [("RJCR", "NOOR")]
    (outcome,) = await world.say_inside(flow.recall, "other", _recall(leg))
    assert isinstance(outcome, Conflict)
    assert await world.told("other") == []
