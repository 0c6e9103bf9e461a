from datetime import timedelta

import pytest
from domestic_world import SEED, Bank, bank, leg, status, wish
from msgspec.structs import replace

from moments import NOW, Fresh
from qantara import ids
from qantara.domestic import flow
from qantara.domestic.model import DemandState, RequestState
from qantara.domestic.records import Answer, Demand, Request
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import CustomerId
from qantara.rails.model import AccountRef, DomesticTransfer, PaymentRequest, Status

BOTH = pytest.mark.parametrize("country", ["PK", "MY"])
DAY = timedelta(days=1)


@pytest.fixture
async def pk(fresh: Fresh) -> tuple[Bank, Bank]:
    """The payer's bank and the payee's."""
    return await bank(fresh, "PK", 0), await bank(fresh, "PK", 1)


async def asked(payer: Bank, payee: Bank, **other: object) -> tuple[Request, Demand]:
    """A request on its way to the payer, who has been shown it."""
    wanted = await wish(payee, payer, **other)
    (request,) = await flow.ask(payee.tx, payee.node, [wanted], NOW)
    assert isinstance(request, Request), request
    (letter,) = await payee.outbox()
    assert isinstance(letter, PaymentRequest)
    onward = leg(letter)
    assert await payer.take(flow.present, onward) == [None]
    (demand,) = await flow.demands_of(payer.tx, payer.who, None, 9)
    await told(payer, payee)
    return request, demand


async def told(payer: Bank, payee: Bank) -> list[str]:
    """Carry pain.014 back; the words in it."""
    said = [each for each in await payer.outbox() if not isinstance(each, DomesticTransfer)]
    await payee.take(flow.answered, *[leg(each) for each in said])
    return [each.status for each in said]


async def state(bank: Bank, key: str) -> RequestState | DemandState:
    found = [*await flow.requests(bank.tx, [key]), *await flow.demands(bank.tx, [key])]
    (one,) = [each for each in found if not isinstance(each, NotFound)]
    return one.state


def yes(payer: Bank, demand: Demand) -> Answer:
    return Answer(ids.new("trf"), demand.id, payer.who)


@BOTH
async def test_a_request_is_shown_accepted_and_paid(fresh: Fresh, country: str) -> None:
    payer, payee = await bank(fresh, country, 0), await bank(fresh, country, 1)
    request, demand = await asked(payer, payee)
    assert await state(payee, request.id) is RequestState.SHOWN
    assert (demand.payee.shown, demand.note) == ("Bilal Malik", "Tea")
    (paying,) = await flow.accept(payer.tx, payer.node, [yes(payer, demand)], NOW)
    assert isinstance(paying, Demand)
    assert paying.state is DemandState.PAYING
    out = await payer.outbox()
    (payment,) = [each for each in out if isinstance(each, DomesticTransfer)]
    assert payment.end_to_end_id == request.end_to_end_id
    (report,) = [each for each in out if each is not payment]
    assert report.status == "ACCP"
    await payee.take(flow.answered, leg(report))
    assert await state(payee, request.id) is RequestState.AGREED
    await payee.take(flow.receive, leg(payment))
    assert await state(payee, request.id) is RequestState.PAID
    await payer.take(flow.conclude, status(payment, Status.ACCC))
    assert await state(payer, demand.id) is DemandState.PAID
    assert (await payer.available(), await payee.available()) == (SEED - 40_00, SEED + 40_00)
    for side in (payer, payee):
        await side.audit()


async def test_a_request_for_a_later_day_is_promised_and_then_paid_by_the_job(
    pk: tuple[Bank, Bank],
) -> None:
    payer, payee = pk
    request, demand = await asked(payer, payee, pay_on=NOW.date() + 2 * DAY)
    (promised,) = await flow.accept(payer.tx, payer.node, [yes(payer, demand)], NOW)
    assert isinstance(promised, Demand)
    assert promised.state is DemandState.ACCEPTED
    assert await told(payer, payee) == ["ACCP"]
    assert await payer.available() == SEED
    assert await payer.expire(NOW + DAY) == 0
    on_day = NOW.replace(hour=0) + 2 * DAY
    assert await payer.expire(on_day) == 1
    (payment,) = await payer.outbox()
    assert isinstance(payment, DomesticTransfer)
    await payee.take(flow.receive, leg(payment))
    assert await payee.story(request.id) == ["sent", "shown", "agreed", "paid"]
    await payer.take(flow.conclude, status(payment, Status.ACCC))
    assert await payer.story(demand.id) == ["shown", "accepted", "paying", "paid"]


async def test_a_promise_that_cannot_be_kept_fails_and_the_payee_is_told(
    pk: tuple[Bank, Bank],
) -> None:
    payer, payee = pk
    big = payee.money(SEED + 1)
    request, demand = await asked(payer, payee, amount=big, pay_on=NOW.date() + DAY)
    await flow.accept(payer.tx, payer.node, [yes(payer, demand)], NOW)
    await told(payer, payee)
    await payer.expire(NOW + DAY)
    assert await state(payer, demand.id) is DemandState.FAILED
    assert await told(payer, payee) == ["RJCT"]
    assert await state(payee, request.id) is RequestState.REJECTED


async def test_a_promise_may_be_withdrawn_before_its_day(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    request, demand = await asked(payer, payee, pay_on=NOW.date() + DAY)
    await flow.accept(payer.tx, payer.node, [yes(payer, demand)], NOW)
    (rejected,) = await flow.reject(payer.tx, payer.node, [yes(payer, demand)], NOW)
    assert isinstance(rejected, Demand)
    assert rejected.state is DemandState.REJECTED
    assert await told(payer, payee) == ["ACCP", "RJCT"]
    assert await state(payee, request.id) is RequestState.REJECTED
    assert await payer.expire(NOW + DAY) == 0


async def test_a_rejected_request_is_over_on_both_sides(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    request, demand = await asked(payer, payee)
    no = yes(payer, demand)
    outcomes = await flow.reject(payer.tx, payer.node, [no, no], NOW)
    assert [each.state for each in outcomes if isinstance(each, Demand)] == ["rejected"] * 2
    assert await told(payer, payee) == ["RJCT"]
    assert await state(payee, request.id) is RequestState.REJECTED
    (late,) = await flow.accept(payer.tx, payer.node, [no], NOW)
    assert isinstance(late, Conflict)


async def test_a_refused_payment_leaves_the_request_open(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    _, demand = await asked(payer, payee, amount=payee.money(SEED + 1))
    answer = yes(payer, demand)
    for _ in range(2):
        (refused,) = await flow.accept(payer.tx, payer.node, [answer], NOW)
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.INSUFFICIENT_FUNDS
    assert await state(payer, demand.id) is DemandState.SHOWN
    assert await payer.outbox() == []


async def test_a_payment_the_system_rejects_fails_the_request(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    request, demand = await asked(payer, payee)
    await flow.accept(payer.tx, payer.node, [yes(payer, demand)], NOW)
    (payment, report) = await payer.outbox()
    await payee.take(flow.answered, leg(report))
    await payer.take(flow.conclude, status(payment, Status.RJCT, "AB05"))
    assert await state(payer, demand.id) is DemandState.FAILED
    assert await told(payer, payee) == ["RJCT"]
    assert await state(payee, request.id) is RequestState.REJECTED
    assert await payer.available() == SEED


async def test_nobody_answers_and_both_sides_expire(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    request, demand = await asked(payer, payee)
    over = request.expires_at
    (late,) = await flow.accept(payer.tx, payer.node, [yes(payer, demand)], over)
    assert isinstance(late, Refused)
    assert late.reason is Reason.PAYMENT_REQUEST_EXPIRED
    for side, key, word in ((payer, demand.id, "expired"), (payee, request.id, "expired")):
        assert await side.expire(over) == 1
        assert (await side.story(key))[-1] == word


async def test_money_under_way_when_a_request_expires_still_counts(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    request, demand = await asked(payer, payee)
    await flow.accept(payer.tx, payer.node, [yes(payer, demand)], NOW)
    payment = (await payer.outbox())[0]
    await payee.expire(request.expires_at)
    await payee.take(flow.receive, leg(payment))
    assert await payee.story(request.id) == ["sent", "shown", "expired", "paid"]


async def test_a_payment_taken_back_makes_the_request_unpaid(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    request, demand = await asked(payer, payee)
    await flow.accept(payer.tx, payer.node, [yes(payer, demand)], NOW)
    payment = leg((await payer.outbox())[0])
    await payee.take(flow.receive, payment)
    await payee.take(flow.conclude, status(payment, Status.RJCT, "AB05"))
    assert await state(payee, request.id) is RequestState.REJECTED


async def test_a_part_of_the_amount_does_not_pay_a_request(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    request, demand = await asked(payer, payee)
    await flow.accept(payer.tx, payer.node, [yes(payer, demand)], NOW)
    payment = leg((await payer.outbox())[0])
    await payee.take(flow.receive, replace(payment, settlement_amount=payee.money(1)))
    assert await state(payee, request.id) is RequestState.SHOWN
    assert await payee.available() == SEED + 1


async def test_the_same_wish_and_the_same_message_make_one_request(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    wanted = await wish(payee, payer)
    first, twin = await flow.ask(payee.tx, payee.node, [wanted, wanted], NOW)
    assert first == twin
    other = replace(wanted, note="Coffee")
    assert isinstance((await flow.ask(payee.tx, payee.node, [other], NOW))[0], Conflict)
    (letter,) = await payee.outbox()
    changed = replace(letter, amount=payee.money(1))
    outcomes = await payer.take(flow.present, letter, letter, changed)
    assert outcomes[:2] == [None, None]
    assert isinstance(outcomes[2], Conflict)
    assert [each.status for each in await payer.outbox()] == ["RCVD", "RCVD"]


async def test_wishes_that_cannot_be_are_refused(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    wanted = await wish(payee, payer)
    cases = [
        (replace(wanted, amount=payee.money(0)), Reason.AMOUNT_NOT_POSITIVE),
        (replace(wanted, expires_at=NOW), Reason.FIELD_INVALID),
        (replace(wanted, pay_on=NOW.date() - DAY), Reason.FIELD_INVALID),
        (replace(wanted, pay_on=wanted.expires_at.date()), Reason.FIELD_INVALID),
        (replace(wanted, payer_check_id="chk_none"), Reason.PAYEE_NOT_CONFIRMED),
    ]
    asks = [replace(case, id=f"prq_{place}") for place, (case, _) in enumerate(cases)]
    outcomes = await flow.ask(payee.tx, payee.node, asks, NOW)
    told_ = [each.reason for each in outcomes if isinstance(each, Refused)]
    assert told_ == [reason for _, reason in cases]


async def test_a_request_for_nobody_here_is_refused_by_its_code(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    await flow.ask(payee.tx, payee.node, [await wish(payee, payer)], NOW)
    (letter,) = await payee.outbox()
    stranger = replace(letter, debtor_account=AccountRef(iban="PK24SCBL0000001171495101"))
    await payer.take(flow.present, stranger, stranger)
    reports = await payer.outbox()
    assert [(each.status, each.reason) for each in reports] == [("RJCT", "AC14")] * 2
    assert await flow.demands_of(payer.tx, payer.who, None, 9) == []


async def test_a_demand_is_only_its_payers_to_answer(pk: tuple[Bank, Bank]) -> None:
    payer, payee = pk
    _, demand = await asked(payer, payee)
    foreign = Answer(ids.new("trf"), demand.id, CustomerId("cus_x"))
    for verb in (flow.accept, flow.reject):
        (outcome,) = await verb(payer.tx, payer.node, [foreign], NOW)
        assert isinstance(outcome, NotFound)


async def test_requests_are_not_carried_in_the_euro(fresh: Fresh) -> None:
    payer, payee = await bank(fresh, "FR", 0), await bank(fresh, "FR", 1)
    (refused,) = await flow.ask(payee.tx, payee.node, [await wish(payee, payer)], NOW)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.PAYMENT_REQUESTS_UNAVAILABLE


async def test_a_request_that_the_system_will_never_take_is_rejected(
    pk: tuple[Bank, Bank],
) -> None:
    payer, payee = pk
    (request,) = await flow.ask(payee.tx, payee.node, [await wish(payee, payer)], NOW)
    assert isinstance(request, Request)
    await flow.bounce(payee.tx, payee.node, [(request.message_id, "message_schema")], NOW)
    assert await state(payee, request.id) is RequestState.REJECTED
