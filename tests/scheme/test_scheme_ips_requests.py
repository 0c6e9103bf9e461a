"""Requests to pay: carried, answered, paid, expired."""

import uuid

from msgspec.structs import replace
from scheme_nodes import (
    minor,
    status,
)
from scheme_system import (
    DOMESTIC_NODE,
    System,
    inside_transfer,
    later,
    payment_request,
    reasons,
    system,
)

from moments import Fresh
from qantara.errors import Conflict, NotFound
from qantara.money import MYR
from qantara.rails.model import (
    Agent,
    PaymentRequest,
    PaymentRequestReport,
)
from qantara.scheme.ips import flow
from qantara.scheme.letters import ACCEPTED


def _report(leg: PaymentRequest, word: str, reason: str | None = None) -> PaymentRequestReport:
    return PaymentRequestReport(
        message_id=uuid.uuid4().hex,
        created_at=leg.created_at,
        original_message_id=leg.message_id,
        original_request_id=leg.request_id,
        original_end_to_end_id=leg.end_to_end_id,
        creditor_agent=leg.creditor_agent,
        debtor_agent=leg.debtor_agent,
        status=word,
        reason=reason,
    )


async def _requests(world: System) -> list[str]:
    rows = await world.tx.fetch("SELECT state FROM ips.request ORDER BY recorded_at")
    return [row["state"] for row in rows]


async def _asked(fresh: Fresh, request: PaymentRequest) -> tuple[System, PaymentRequest]:
    world = await system(fresh, DOMESTIC_NODE)
    assert await world.say_inside(flow.ask_payer, "other", request) == [None]
    (leg,) = await world.told("my")
    return world, leg


async def test_a_request_is_shown_accepted_and_paid(fresh: Fresh) -> None:
    request = payment_request()
    world, leg = await _asked(fresh, request)
    assert leg == replace(request, message_id=leg.message_id)
    for word in ("RCVD", "ACCP"):
        said = _report(leg, word)
        assert await world.say_inside(flow.payer_answered, "my", said, said) == [None, None]
    told = await world.told("other")
    assert [one.status for one in told] == ["RCVD", "ACCP"]
    assert {one.original_message_id for one in told} == {request.message_id}
    paying = inside_transfer(end_to_end_id=request.end_to_end_id)
    await world.say_inside(flow.carry, "my", paying)
    (transfer,) = await world.told("other")
    assert await _requests(world) == ["accepted"]
    await world.say_inside(flow.answer, "other", status(transfer, ACCEPTED))
    assert await _requests(world) == ["paid"]
    await world.expire(3600)
    assert await _requests(world) == ["paid"]
    (outcome,) = await world.say_inside(flow.payer_answered, "my", _report(leg, "RJCT", "NARR"))
    assert isinstance(outcome, Conflict)


async def test_a_request_is_paid_without_any_answer_before(fresh: Fresh) -> None:
    request = payment_request()
    world, _ = await _asked(fresh, request)
    other_amount = inside_transfer(minor(99, MYR), end_to_end_id=request.end_to_end_id)
    exact = inside_transfer(end_to_end_id=request.end_to_end_id)
    for transfer, state in ((other_amount, "asked"), (exact, "paid")):
        await world.say_inside(flow.carry, "my", transfer)
        (leg,) = await world.told("other")
        await world.say_inside(flow.answer, "other", status(leg, ACCEPTED))
        assert await _requests(world) == [state]


async def test_a_request_is_refused_by_the_payer_or_expires(fresh: Fresh) -> None:
    world, leg = await _asked(fresh, payment_request())
    assert await world.say_inside(flow.payer_answered, "my", _report(leg, "RJCT", "AC04")) == [None]
    assert reasons(await world.told("other")) == [("RJCT", "AC04")]
    await world.say_inside(flow.ask_payer, "other", payment_request())
    await world.expire(3599)
    assert await _requests(world) == ["refused", "asked"]
    await world.expire(3600)
    (told,) = await world.told("other")
    assert (told.status, told.reason, told.reason_texts) == (
        *("RJCT", "NARR"),
        ("payment_request_expired",),
    )
    assert await _requests(world) == ["refused", "expired"]


async def test_a_request_the_system_does_not_carry_is_answered_or_a_conflict(
    fresh: Fresh,
) -> None:
    world = await system(fresh, DOMESTIC_NODE)
    cases = {
        "AGNT": payment_request(debtor_agent=Agent("NONEMYK0")),
        "AM02": payment_request(amount=minor(10_001, MYR)),
        "NARR": payment_request(created_at=later(-60), expires_at=later(0)),
    }
    await world.say_inside(flow.ask_payer, "other", *cases.values())
    assert [one.reason for one in await world.told("other")] == list(cases)
    good = payment_request()
    await world.say_inside(flow.ask_payer, "other", good, good)
    assert len(await world.told("my")) == 2
    outcomes = [
        (await world.say_inside(flow.ask_payer, sender, record))[0]
        for sender, record in (
            ("my", payment_request()),
            ("sap-my", payment_request()),
            ("other", replace(good, message_id="e" * 32)),
        )
    ]
    assert [type(one) for one in outcomes] == [Conflict, NotFound, Conflict]


async def test_an_answer_to_a_request_comes_from_the_payers_bank_only(fresh: Fresh) -> None:
    world, leg = await _asked(fresh, payment_request())
    (outcome,) = await world.say_inside(flow.payer_answered, "other", _report(leg, "ACCP"))
    assert isinstance(outcome, Conflict)
    unknown = _report(replace(leg, request_id="none"), "ACCP")
    (outcome,) = await world.say_inside(flow.payer_answered, "my", unknown)
    assert isinstance(outcome, NotFound)
    assert await _requests(world) == ["asked"]
