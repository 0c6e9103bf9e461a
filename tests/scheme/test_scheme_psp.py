import uuid
from collections import Counter

import pytest
from msgspec.structs import replace
from scheme_psp import (
    HOLDER,
    NODE,
    NUMBER,
    PAYER,
    RICH,
    account,
    balances,
    bank,
    came,
    incoming,
    inside,
    left,
    question,
    rupees,
    status,
)

from moments import NOW, Fresh
from qantara.db import mail
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.money import Money
from qantara.rails.model import (
    AccountRef,
    Agent,
    Match,
    Party,
    Priority,
    Profile,
    ResolutionReport,
    Status,
)
from qantara.scheme.psp import flow, rules
from qantara.scheme.psp.model import Change, Condition, Enquire, Pay, SentState

CUSTOMER, CLAIM, FEES = f"customer/{NUMBER}", "claim/raast", "income/fee"


async def test_a_payment_from_abroad_is_credited_less_the_fee_in_the_message(
    fresh: Fresh,
) -> None:
    tx = await bank(fresh, account())
    payment = incoming()
    assert await flow.receive(tx, NODE, [came(payment)], NOW) == [None]
    (answer,) = await left(tx)
    assert (answer.status, answer.original_message_id) == (Status.ACCC, payment.message_id)
    assert await balances(tx, CUSTOMER, FEES) == [98_000, 2_000]
    async with tx.transaction():
        assert (await ledger.verify_book(tx)).clean


@pytest.mark.parametrize("priority", [Priority.HIGH, Priority.NORM])
async def test_what_waits_for_a_confirmation_is_reserved_first(
    fresh: Fresh, priority: Priority
) -> None:
    node = replace(NODE, confirmed=priority is Priority.NORM)
    tx = await bank(fresh, account())
    payment = incoming(priority=priority)
    await flow.receive(tx, node, [came(payment)], NOW)
    assert await balances(tx, CUSTOMER) == [0]
    assert (await left(tx))[0].status is Status.ACCC
    word = came(status(payment, Status.ACCC))
    assert await flow.conclude(tx, node, [word, word], NOW) == [None, None]
    assert await balances(tx, CUSTOMER, FEES) == [98_000, 2_000]


async def test_a_rejection_lets_a_reservation_go(fresh: Fresh) -> None:
    tx = await bank(fresh, account())
    payment = incoming(priority=Priority.HIGH)
    await flow.receive(tx, NODE, [came(payment)], NOW)
    await flow.conclude(tx, NODE, [came(status(payment, Status.RJCT, "AB03"))], NOW)
    assert await balances(tx, CUSTOMER, CLAIM) == [0, -15_000_000]
    assert sum(b.held_credit for b in await ledger.balances(tx, [CUSTOMER])) == 0


@pytest.mark.parametrize("then", ["kept", "spent"])
async def test_a_late_rejection_takes_back_what_was_credited(fresh: Fresh, then: str) -> None:
    tx = await bank(fresh, account())
    payment = incoming()
    await flow.receive(tx, NODE, [came(payment)], NOW)
    if then == "spent":
        out = inside(
            settlement_amount=rupees(900),
            debtor_account=AccountRef(iban=NUMBER),
            debtor_agent=Agent(NODE.bic),
            instructing_agent=Agent(NODE.bic),
            instructed_agent=Agent("RAVIPKK0"),
            creditor_agent=Agent("RAVIPKK0"),
            creditor_account=AccountRef(iban="PK36RAVI0000001123456702"),
        )
        await flow.pay(tx, NODE, [Pay(out)], NOW)
        word = came(status(out, Status.ACCC), Profile.RAAST_DOMESTIC)
        assert await flow.conclude(tx, NODE, [word], NOW) == [None]
    await flow.conclude(tx, NODE, [came(status(payment, Status.RJCT, "AB05"))], NOW)
    have = await balances(tx, CUSTOMER, "equity/capital", CLAIM)
    kept, spent = [0, 10_000_000, -15_000_000], [8_000, 9_902_000, -14_910_000]
    assert have == (spent if then == "spent" else kept)
    again = came(status(payment, Status.ACCC))
    assert isinstance((await flow.conclude(tx, NODE, [again], NOW))[0], Conflict)
    async with tx.transaction():
        assert (await ledger.verify_book(tx)).clean


async def test_the_rejection_of_what_is_credited_at_once_is_answered_each_time(
    fresh: Fresh,
) -> None:
    tx = await bank(fresh, account())
    payment, own = incoming(), inside()
    await flow.receive(tx, NODE, [came(payment), came(own, Profile.RAAST_DOMESTIC)], NOW)
    for place in range(2):
        word = replace(status(payment, Status.RJCT, "AB05"), message_id=f"no{place}")
        other = replace(status(own, Status.RJCT, "AB05"), message_id=f"own{place}")
        told = [came(word), came(other, Profile.RAAST_DOMESTIC)]
        assert await flow.conclude(tx, NODE, told, NOW) == [None, None]
    async with tx.transaction():
        raw = await mail.due(tx, 100, NOW)
    said = [(each.uetr, each.key) for each in raw if each.name.startswith("pacs.002")]
    assert Counter(uetr for uetr, _ in said) == {payment.uetr: 3, own.uetr: 3}
    assert len({key for _, key in said}) == 6


async def test_a_payment_from_inside_is_credited_at_once(fresh: Fresh) -> None:
    tx = await bank(fresh, account(Condition.DOMESTIC_ONLY))
    node = replace(NODE, confirmed=True)
    assert await flow.receive(tx, node, [came(inside(), Profile.RAAST_DOMESTIC)], NOW) == [None]
    assert (await left(tx, Profile.RAAST_DOMESTIC))[0].status is Status.ACCC
    assert await balances(tx, CUSTOMER) == [100_000]


async def test_the_same_message_again_gets_its_answer_again_and_another_is_a_duplicate(
    fresh: Fresh,
) -> None:
    tx = await bank(fresh, account())
    payment = incoming()
    other = replace(payment, message_id=uuid.uuid4().hex)
    for item in (payment, payment, other):
        assert await flow.receive(tx, NODE, [came(item)], NOW) == [None]
    first, second, third = await left(tx)
    assert first == second
    assert (third.status, third.reason) == (Status.RJCT, "DU03")
    assert await balances(tx, CUSTOMER) == [98_000]
    changed = replace(payment, settlement_amount=rupees(2_000))
    assert isinstance((await flow.receive(tx, NODE, [came(changed)], NOW))[0], Conflict)


CONDITIONS = {
    "closed": ("AC07", (Condition.CLOSED,), {}),
    "renumbered": ("AC04", (Condition.RENUMBERED,), {}),
    "blocked": ("AC06", (Condition.BLOCKED,), {}),
    "seized": ("AM07", (Condition.SEIZED,), {}),
    "deceased": ("MD07", (Condition.DECEASED,), {}),
    "gone": ("BE06", (Condition.GONE,), {}),
    "suspected": ("FR01", (Condition.SUSPECTED,), {}),
    "refused by holder": ("MS02", (Condition.REFUSED_BY_HOLDER,), {}),
    "refused by bank": ("MS03", (Condition.REFUSED_BY_BANK,), {}),
    "from abroad": ("AG01", (Condition.DOMESTIC_ONLY,), {}),
    "hurried": ("AG03", (Condition.UNHURRIED,), {"priority": Priority.HIGH}),
    "unlisted payer": ("BE05", (Condition.PAYERS_LISTED,), {}),
    "no purpose": ("RR04", (Condition.PURPOSE_REQUIRED,), {}),
    "payer reported": (
        "RR02",
        (Condition.PAYER_REPORTED,),
        {"debtor": Party("Aisha", national_id="A1234567")},
    ),
    "payee reported": ("RR03", (Condition.PAYEE_REPORTED,), {"creditor": Party(HOLDER.name)}),
    "payer's address": (
        "BE07",
        (Condition.PAYER_ADDRESS_REQUIRED,),
        {"debtor": Party("Aisha", national_id="A1234567")},
    ),
    "payee's address": (
        "BE04",
        (Condition.PAYEE_ADDRESS_REQUIRED,),
        {"creditor": Party(HOLDER.name)},
    ),
    "name": ("BE01", (Condition.NAME_CHECKED,), {"creditor": PAYER}),
    "identifier": ("CH11", (Condition.ID_CHECKED,), {"creditor": Party(HOLDER.name)}),
    "unknown": ("UCRD", (), {"creditor_account": AccountRef(iban="PK71CHEN0000000000000077")}),
    "no number": ("AC14", (), {"creditor_account": AccountRef(iban="PK36RAVI0000001123456702")}),
    "another bank": ("AGNT", (), {"creditor_agent": Agent("RAVIPKK0")}),
}


@pytest.mark.parametrize("name", CONDITIONS)
async def test_a_condition_refuses_with_its_code_and_books_nothing(fresh: Fresh, name: str) -> None:
    code, conditions, changes = CONDITIONS[name]
    tx = await bank(fresh, account(*conditions))
    await flow.receive(tx, NODE, [came(incoming(**changes))], NOW)
    (answer,) = await left(tx)
    assert (answer.status, answer.reason) == (Status.RJCT, code)
    assert await balances(tx, CUSTOMER, CLAIM) == [0, -15_000_000]


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        ("AM06", {"minimum": rupees(1_001)}),
        ("AM14", {"maximum": rupees(999)}),
        ("AM21", {"ceiling": rupees(500)}),
    ],
)
async def test_a_limit_of_an_account_refuses_with_its_code(
    fresh: Fresh, code: str, limit: dict[str, Money]
) -> None:
    tx = await bank(fresh, account(**limit))
    await flow.receive(tx, NODE, [came(incoming())], NOW)
    assert (await left(tx))[0].reason == code


@pytest.mark.parametrize(
    ("code", "same"),
    [
        ("DUPL", {"transaction_id": "T1"}),
        ("DU05", {"instruction_id": "I1"}),
        ("DU04", {"end_to_end_id": "E1"}),
        ("AM05", {"reference": "RF18539007547034"}),
    ],
)
async def test_a_collector_is_not_paid_the_same_twice(
    fresh: Fresh, code: str, same: dict[str, str]
) -> None:
    tx = await bank(fresh, account(Condition.UNIQUE_PAYMENTS))
    for _ in range(2):
        assert await flow.receive(tx, NODE, [came(incoming(**same))], NOW) == [None]
    first, second = await left(tx)
    assert (first.status, second.reason) == (Status.ACCC, code)


async def test_a_condition_can_come_and_go(fresh: Fresh) -> None:
    tx = await bank(fresh, account())
    blocked = Change(NUMBER, frozenset({Condition.BLOCKED}))
    unknown = Change("PK00", frozenset())
    done = await flow.change_conditions(tx, NODE, [blocked, unknown], NOW)
    assert done[0] is None
    assert isinstance(done[1], NotFound)
    await flow.receive(tx, NODE, [came(incoming())], NOW)
    await flow.change_conditions(tx, NODE, [Change(NUMBER, frozenset())], NOW)
    await flow.receive(tx, NODE, [came(incoming())], NOW)
    assert [each.reason for each in await left(tx)] == ["AC06", None]


async def test_an_operators_order_refuses_through_the_banks_own_books(fresh: Fresh) -> None:
    tx = await bank(fresh, account())
    await flow.receive(tx, NODE, [came(incoming(), refusal="AB09")], NOW)
    assert (await left(tx))[0].reason == "AB09"
    state = await tx.fetchrow("SELECT state, reason FROM psp.payment")
    assert tuple(state) == ("refused", "AB09")


def paid(**changes: object) -> Pay:
    transfer = inside(
        debtor=HOLDER,
        debtor_account=AccountRef(iban=RICH),
        debtor_agent=Agent(NODE.bic),
        instructing_agent=Agent(NODE.bic),
        instructed_agent=Agent("RAVIPKK0"),
        creditor_agent=Agent("RAVIPKK0"),
        creditor_account=AccountRef(iban="PK36RAVI0000001123456702"),
    )
    return Pay(replace(transfer, **changes))


@pytest.mark.parametrize(
    ("word", "state", "left_over"),
    [
        (Status.ACCC, SentState.COMPLETED, 4_900_000),
        (Status.RJCT, SentState.REJECTED, 5_000_000),
    ],
)
async def test_a_customers_money_is_reserved_until_the_system_has_spoken(
    fresh: Fresh, word: Status, state: SentState, left_over: int
) -> None:
    tx = await bank(fresh)
    command = paid()
    (done,) = await flow.pay(tx, NODE, [command], NOW)
    assert not isinstance(done, Refused)
    assert (await ledger.balances(tx, [f"customer/{RICH}"]))[0].available == 4_900_000
    reason = None if word is Status.ACCC else "AC06"
    item = came(status(command.transfer, word, reason), Profile.RAAST_DOMESTIC)
    assert await flow.conclude(tx, NODE, [item, item], NOW) == [None, None]
    found = await flow.sent(tx, command.transfer.message_id)
    assert found is not None
    assert (found.state, found.reason) == (state, reason)
    assert (await ledger.balances(tx, [f"customer/{RICH}"]))[0].available == left_over


async def test_who_has_too_little_sends_nothing(fresh: Fresh) -> None:
    tx = await bank(fresh)
    (done,) = await flow.pay(tx, NODE, [paid(settlement_amount=rupees(60_000))], NOW)
    assert isinstance(done, Refused)
    assert done.reason is Reason.INSUFFICIENT_FUNDS
    assert await left(tx) == []


async def test_what_cannot_be_written_may_be_sent_as_it_is(fresh: Fresh) -> None:
    tx = await bank(fresh)
    wrong = paid(end_to_end_id="/wrong")
    (done,) = await flow.pay(tx, NODE, [wrong], NOW)
    assert isinstance(done, Refused)
    (done,) = await flow.pay(tx, NODE, [replace(wrong, raw=b"<Document/>")], NOW)
    assert not isinstance(done, Refused)
    row = await tx.fetchrow("SELECT name, raw FROM db.sent")
    assert tuple(row) == ("pacs.008.001.13/raast_domestic", b"<Document/>")


async def test_a_question_is_answered_with_a_masked_name_and_the_legal_one(fresh: Fresh) -> None:
    tx = await bank(fresh, account())
    assert await flow.answer_resolution(tx, NODE, [came(question())], NOW) == [None]
    (report,) = await left(tx)
    assert (report.verified, report.display_name) == (True, "B**** A**** K***")
    assert report.payee == HOLDER or report.payee.name == HOLDER.name


@pytest.mark.parametrize(
    ("code", "conditions", "changes"),
    [
        ("AC01", (), {"account": AccountRef(iban="PK71CHEN0000000000000077")}),
        ("AC04", (Condition.CLOSED,), {}),
        ("AC06", (Condition.BLOCKED,), {}),
        ("MD07", (Condition.DECEASED,), {}),
        ("FRAD", (Condition.SUSPECTED,), {}),
        ("AB08", (Condition.REFUSED_BY_BANK,), {}),
        ("RR01", (Condition.UNASKABLE,), {"creator_id": "NOTPROVIDED"}),
    ],
)
async def test_a_question_that_is_not_answered_has_its_reason(
    fresh: Fresh, code: str, conditions: tuple[Condition, ...], changes: dict[str, object]
) -> None:
    tx = await bank(fresh, account(*conditions))
    await flow.answer_resolution(tx, NODE, [came(question(**changes))], NOW)
    (report,) = await left(tx)
    assert (report.verified, report.reason) == (False, code)


async def test_a_request_id_is_used_once(fresh: Fresh) -> None:
    tx = await bank(fresh, account())
    asked = question()
    for item in (asked, replace(asked, message_id=uuid.uuid4().hex)):
        await flow.answer_resolution(tx, NODE, [came(item)], NOW)
    assert [each.reason for each in await left(tx)] == [None, "DUPL"]


async def test_an_enquiry_keeps_its_first_answer(fresh: Fresh) -> None:
    tx = await bank(fresh)
    mine = question(first_agent=Agent(NODE.bic), assigner=Agent(NODE.bic))
    assert await flow.enquire(tx, NODE, [Enquire(mine)], NOW) == [None]
    report = ResolutionReport(
        message_id=uuid.uuid4().hex,
        created_at=NOW,
        first_agent=mine.first_agent,
        assigner=mine.assignee,
        assignee=mine.assigner,
        original_message_id=mine.message_id,
        original_created_at=mine.created_at,
        original_request_id=mine.request_id,
        original_account=mine.account,
        verified=False,
        reason="AC04",
    )
    inside_words = Profile.RAAST_DOMESTIC
    assert await flow.answered(tx, NODE, [came(report, inside_words)], NOW) == [None]
    later = replace(report, message_id=uuid.uuid4().hex, reason="AC06")
    assert await flow.answered(tx, NODE, [came(later, inside_words)], NOW) == [None]
    found = await flow.enquiry(tx, mine.message_id)
    assert found is not None
    assert (found.verified, found.reason) == (False, "AC04")
    stray = replace(report, message_id=uuid.uuid4().hex, original_message_id=uuid.uuid4().hex)
    (outcome,) = await flow.answered(tx, NODE, [came(stray, inside_words)], NOW)
    assert isinstance(outcome, NotFound)


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ("bilal ahmed khan", Match.MTCH),
        ("KHAN Bilal Ahmed", Match.MTCH),
        ("Bilal Khan", Match.CMTC),
        ("Zainab Malik", Match.NMTC),
        ("", Match.NMTC),
    ],
)
def test_names_are_compared(asked: str, match: Match) -> None:
    assert rules.compare(asked, HOLDER.name) is match


def test_numbers_have_the_form_of_their_bank() -> None:
    assert NODE.keeps(NUMBER)
    assert not NODE.keeps("PK36RAVI0000001123456702")
