from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from msgspec.structs import replace
from remittance_acts import (
    add_bo,
    audit,
    counts,
    deadlines,
    found,
    issue,
    quoted_small,
    sent,
    story,
    yes_to_small,
)
from remittance_world import ACCOUNT, AISHA, BO, World, build, offer, wish

from moments import NOW
from qantara import ids
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import AccountId, CustomerId, QuoteId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount
from qantara.money import MYR, Money
from qantara.parties import flow as parties
from qantara.parties.model import Account, Address, Customer, CustomerKind
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee
from qantara.policy import flow as policy
from qantara.policy.model import Decision
from qantara.rails import flow as rails
from qantara.rails.model import MessageName
from qantara.remittance import flow
from qantara.remittance.model import Accept, AskQuote, Remittance, State


@pytest.fixture
async def world(fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


async def accept(world, *said, at=NOW):
    return await flow.accept(world.tx, world.node, said, at)


async def test_the_message_says_what_was_quoted_and_who_pays_whom(world):
    said = await world.yes(reference="INV-7")
    (accepted,) = await accept(world, said)
    (message,) = await sent(world)
    quote = accepted.quote
    assert message.message_id == accepted.message_id
    assert message.uetr == accepted.uetr
    assert message.instructed_amount == quote.total_debit
    assert message.settlement_amount + message.charges[0].amount == quote.total_debit
    assert message.charges[1].amount == quote.offer.recipient_fee
    assert (message.agreed_rate.rate, message.agreed_rate.quote_id) == (
        quote.offer.rate,
        quote.offer.id,
    )
    assert (message.debtor.name, message.debtor.town) == ("Aisha Binti Contoh", "Kuala Lumpur")
    assert message.intermediary1.account.number == "880100000001"
    assert message.intermediary2.account.number == "PK00SAPP0001"
    assert message.creditor_account.iban == "PK36SCBL0000001123456702"
    assert (message.purpose, message.remittance, message.reference) == ("FAMI", "Rent", "INV-7")
    (raw,) = await world.outbox(MessageName.CREDIT_TRANSFER)
    assert rails.validate(raw, world.node.profile) == []


async def test_an_accepted_payment_waits_with_a_hold_a_deadline_and_a_decision(world):
    (accepted,) = await accept(world, await world.yes())
    assert (await deadlines(world))[accepted.id] == NOW + timedelta(seconds=60)
    (balance,) = await ledger.balances(world.tx, [ACCOUNT])
    assert [(hold.id, hold.left) for hold in balance.holds] == [(accepted.hold_id, 500_00)]
    assert await story(world, accepted.id) == ["quoted", "accepted"]
    (record,) = await policy.decisions_about(world.tx, accepted.id)
    replayed = policy.replay(world.node.rulebook, record)
    assert isinstance(replayed, Decision)
    assert replayed.allowed
    assert record.facts.purpose == "FAMI"
    await audit(world)


async def test_a_quote_holds_to_the_moment_before_its_end(world):
    end = NOW + timedelta(seconds=600)
    late = await accept(world, await world.yes(), at=end)
    assert late == [Refused(Reason.QUOTE_EXPIRED, rule="quote.validity")]
    (just,) = await accept(world, await world.yes(), at=end - timedelta(microseconds=1))
    assert just.state is State.ACCEPTED


async def test_a_quote_that_expired_stays_so_when_the_clock_goes_back(world):
    said = await world.yes()
    await flow.expire(world.tx, world.node, [None], NOW + timedelta(seconds=600))
    assert await accept(world, said) == [Refused(Reason.QUOTE_EXPIRED, rule="quote.validity")]


async def denied(world):
    asked = CheckPayee(ids.new("chk"), AISHA, "PK", "MBNO", "+923001234567")
    await payees.check_payee(world.tx, world.node, [asked], NOW)
    await payees.payee_answered(world.tx, world.node, [await world.report(verified=False)], NOW)
    return asked.id


async def still_asked(world):
    asked = CheckPayee(ids.new("chk"), AISHA, "PK", "MBNO", "+923001234567")
    await payees.check_payee(world.tx, world.node, [asked], NOW)
    return asked.id


async def of_bo(world):
    asked = CheckPayee(ids.new("chk"), BO, "PK", "MBNO", "+923001234567")
    await payees.check_payee(world.tx, world.node, [asked], NOW)
    await payees.payee_answered(world.tx, world.node, [await world.report()], NOW)
    return asked.id


async def of_another_country(world):
    corridors = {**world.node.corridors, "FR": replace(world.node.corridors["PK"], country="FR")}
    node = replace(world.node, corridors=corridors)
    asked = CheckPayee(ids.new("chk"), AISHA, "FR", "MBNO", "+33612345678")
    await payees.check_payee(world.tx, node, [asked], NOW)
    await payees.payee_answered(world.tx, node, [await world.report()], NOW)
    return asked.id


@pytest.mark.parametrize("check", [denied, still_asked, of_bo, of_another_country])
async def test_only_a_payee_confirmed_to_this_customer_in_this_country_is_paid(world, check):
    said = replace(await world.yes(), payee_check_id=await check(world))
    before = (await counts(world), await world.available())
    (refused,) = await accept(world, said)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.PAYEE_NOT_CONFIRMED
    assert refused.rule in {"payee.confirmed", "payee.country"}
    assert (await counts(world), await world.available()) == before
    good = replace(said, payee_check_id=await world.confirmed())
    assert (await accept(world, good))[0].state is State.ACCEPTED


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"purpose": None}, Reason.PURPOSE_REQUIRED),
        ({"note": "\N{RUPEE SIGN}500"}, Reason.FIELD_INVALID),
        ({"note": " rent"}, Reason.FIELD_INVALID),
        ({"note": "x" * 141}, Reason.FIELD_INVALID),
        ({"reference": "a//b"}, Reason.FIELD_INVALID),
        ({"purpose": "ZZZZZ"}, Reason.FIELD_INVALID),
    ],
    ids=str,
)
async def test_words_that_cannot_travel_are_refused_and_may_be_said_better(world, other, reason):
    said = await world.yes()
    before = (await counts(world), await world.available())
    (refused,) = await accept(world, replace(said, **other))
    assert isinstance(refused, Refused)
    assert refused.reason is reason
    assert (await counts(world), await world.available()) == before
    assert (await accept(world, said))[0].state is State.ACCEPTED


async def test_a_missing_purpose_is_refused_with_its_rule_and_source(world):
    (refused,) = await accept(world, await world.yes(purpose=None))
    assert (refused.rule, bool(refused.citation)) == ("purpose.required", True)


async def test_what_policy_forbids_meanwhile_is_refused_for_good_with_its_source(world):
    said = await world.yes()
    shut = World(world.tx, replace(world.node, rulebook=policy.load()))
    await policy.keep_rulebook(world.tx, shut.node.rulebook, NOW)
    for _ in range(2):
        (refused,) = await accept(shut, said)
        assert isinstance(refused, Refused)
        assert (refused.reason, refused.rule) == (Reason.CORRIDOR_CLOSED, "corridor.open")
        assert refused.citation
    remittance = await found(world, "rem_" + said.quote_id[4:])
    assert (remittance.state, remittance.reason) == (State.REFUSED, Reason.CORRIDOR_CLOSED)
    assert (remittance.rule, remittance.citation) == (refused.rule, refused.citation)
    (record,) = await policy.decisions_about(world.tx, remittance.id)
    assert not policy.replay(shut.node.rulebook, record).allowed
    assert (await sent(world), await world.available()) == ([], 1_000_00)
    assert await story(world, remittance.id) == ["quoted", "refused"]
    assert remittance.id not in await deadlines(world)


async def test_a_frozen_account_is_refused_for_good(world):
    said = await world.yes()
    await ledger.freeze(world.tx, ACCOUNT, "Court order", "Act 1", "prn_1", NOW)
    (refused,) = await accept(world, said)
    assert (refused.reason, refused.rule) == (Reason.ACCOUNT_FROZEN, "ledger.debit_frozen")
    await ledger.unfreeze(world.tx, ACCOUNT, "Order lifted", "Act 1", "prn_1", NOW)
    (again,) = await accept(world, said)
    assert again == refused
    assert (await sent(world), await world.available()) == ([], 1_000_00)


async def test_the_last_sen_can_be_sent_and_not_one_more(world):
    check = await world.confirmed()
    exact = await yes_to_small(world, check, 99_600)
    assert (await found(world, "rem_" + exact.quote_id[4:])).quote.total_debit == Money(
        1_000_00, MYR
    )
    more = await yes_to_small(world, check, 99_601)
    (short,) = await accept(world, more)
    assert short.reason is Reason.INSUFFICIENT_FUNDS
    (accepted,) = await accept(world, exact)
    assert accepted.state is State.ACCEPTED
    assert await world.available() == 0


async def test_a_payee_without_any_name_needs_the_senders_word(world):
    said = await world.yes()
    await world.tx.execute("UPDATE payees.payee_check SET legal_name = NULL, display_name = NULL")
    (refused,) = await accept(world, said)
    assert (refused.reason, refused.facts) == (Reason.FIELD_MISSING, {"param": "payee_name"})
    named = replace(said, payee_name="Bilal Malik")
    (accepted,) = await accept(world, named)
    assert accepted.payee_name == "Bilal Malik"
    other = replace(said, payee_name="Somebody Else")
    (same, conflict) = await accept(world, named, other)
    assert same == accepted
    assert isinstance(conflict, Conflict)


async def test_a_senders_name_travels_in_the_form_that_was_made_at_registration(world):
    person = Customer(
        CustomerId("cus_jose"),
        CustomerKind.PERSON,
        "Jos\N{LATIN SMALL LETTER E WITH ACUTE} Contoh",
        "Jose Contoh",
        "MY",
        Address("12 Jalan Contoh", "Kuala Lumpur"),
        None,
        date(2001, 1, 1),
    )
    await parties.register_customers(world.tx, [person], NOW)
    code = "customer/acc_jose"
    account = Account(AccountId("acc_jose"), person.id, "MY", "110000000003", MYR, code)
    await parties.open_accounts(world.tx, [account], NOW)
    terms = NewAccount(code, MYR, AccountClass.E_MONEY, floor=0)
    await ledger.open_accounts(world.tx, [terms], NOW)
    await issue(world, code, 1_000_00)
    request = replace(wish(), customer_id=person.id, account_id=account.id)
    asked = AskQuote(QuoteId("quo_jose"), request, (offer(),))
    await flow.quote(world.tx, world.node, [asked], NOW)
    check = CheckPayee("chk_jose", person.id, "PK", "MBNO", "+923001234567")
    await payees.check_payee(world.tx, world.node, [check], NOW)
    await payees.payee_answered(world.tx, world.node, [await world.report()], NOW)
    said = Accept(asked.id, person.id, "chk_jose", "FAMI")
    (first,) = await accept(world, said)
    assert first.state is State.ACCEPTED
    (payment,) = await sent(world)
    assert payment.debtor.name == "Jose Contoh"


async def test_nobody_accepts_the_quote_of_another_or_learns_of_it(world):
    await add_bo(world, opening=1_000_00)
    said = await world.yes()
    theirs = replace(said, customer_id=BO, payee_check_id=await of_bo(world))
    none = replace(said, quote_id=QuoteId("quo_none"))
    outcomes = await accept(world, theirs, none, said, theirs)
    assert [type(each) for each in outcomes] == [NotFound, NotFound, Remittance, NotFound]
    assert {outcomes[place].reason for place in (0, 1, 3)} == {Reason.QUOTE_FOREIGN}
    assert isinstance((await accept(world, theirs))[0], NotFound)


async def test_a_batch_of_many_answers_each_in_its_place_and_moves_only_the_good(world):
    check = await world.confirmed()
    good = [await yes_to_small(world, check) for _ in range(60)]
    bad = [replace(await yes_to_small(world, check), payee_check_id="chk_no") for _ in range(20)]
    batch = [each for trio in zip(good[:20], bad, good[20:40], strict=True) for each in trio]
    batch += good[40:] + good[:20]
    outcomes = await accept(world, *batch)
    kinds = [
        outcome.state if isinstance(outcome, Remittance) else outcome.reason for outcome in outcomes
    ]
    expected = [State.ACCEPTED, Reason.PAYEE_NOT_CONFIRMED, State.ACCEPTED] * 20
    assert kinds == expected + [State.ACCEPTED] * 40
    asked_for = [each.quote_id for each in batch]
    told = [each.quote.id if isinstance(each, Remittance) else None for each in outcomes]
    assert all(got in {None, quote} for got, quote in zip(told, asked_for, strict=True))
    assert len({message.uetr for message in await sent(world)}) == 60
    assert await world.available() == 1_000_00 - 60 * 1_01
    await audit(world)


async def test_of_many_for_one_purse_exactly_as_many_pass_as_it_can_pay(world):
    check = await world.confirmed()
    said = [await yes_to_small(world, check, 10_000) for _ in range(12)]
    outcomes = await accept(world, *said)
    passed = [isinstance(outcome, Remittance) for outcome in outcomes]
    assert passed == [True] * 9 + [False] * 3
    assert await world.available() == 1_000_00 - 9 * 101_30
    assert len(await sent(world)) == 9


async def test_a_refusal_by_the_book_is_repeated_in_the_same_batch_and_later(world):
    said = await yes_to_small(world, await world.confirmed(), 200_000)
    one, two = await accept(world, said, said)
    assert one == two == Refused(Reason.INSUFFICIENT_FUNDS, rule="ledger.insufficient_funds")
    assert await accept(world, said) == [one]
    conflict = (await accept(world, replace(said, note="Other")))[0]
    assert isinstance(conflict, Conflict)
    assert conflict.reason is Reason.QUOTE_USED


async def test_a_check_that_changes_hands_after_the_yes_does_not_change_the_payment(world):
    said = await world.yes()
    (accepted,) = await accept(world, said)
    other = replace(said, payee_check_id=await world.confirmed())
    (conflict,) = await accept(world, other)
    assert isinstance(conflict, Conflict)
    assert (await found(world, accepted.id)).payee_check_id == said.payee_check_id


async def test_one_sen_of_money_and_its_fee_add_up(world):
    quote = await quoted_small(world)
    assert (quote.total_debit, quote.sender_fee) == (Money(1_01, MYR), Money(1_00, MYR))
    (accepted,) = await accept(world, Accept(quote.id, AISHA, await world.confirmed(), "FAMI"))
    (message,) = await sent(world)
    assert (accepted.state, message.settlement_amount) == (State.ACCEPTED, Money(1, MYR))


async def test_no_personal_data_stands_in_events_and_deadlines(world):
    await accept(world, await world.yes())
    rows = await world.tx.fetch(
        "SELECT to_jsonb(e)::text AS told FROM db.event e"
        " UNION ALL SELECT to_jsonb(d)::text FROM db.deadline d"
    )
    told = " ".join(row["told"] for row in rows)
    assert rows
    for word in ("Aisha", "Bilal", "+92", "PK36", "cus_", "Rent", "050305"):
        assert word not in told
