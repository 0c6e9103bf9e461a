import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from payees_world import (
    AISHA,
    ASKED,
    BO,
    FR,
    IBAN_FR,
    IBAN_FR_OTHER,
    IBAN_PK,
    IBAN_PK_OTHER,
    MY,
    PHONE,
    PK,
    World,
    build,
    denied,
)

from moments import NOW, Fresh
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.payees import flow
from qantara.payees.model import CheckPayee, CheckState, Source
from qantara.rails.model import AccountRef, Agent, Match, MessageName, Proxy

LATE = NOW + timedelta(seconds=20)
IN_PK = CheckPayee("chk_1", AISHA, "PK", "IBAN", IBAN_PK, "RAVIPKK0")
IN_FR = CheckPayee("chk_1", AISHA, "FR", "IBAN", IBAN_FR, "PONTFRP0", "Camille Exemple")


@pytest.fixture
async def world(fresh: Fresh) -> AsyncIterator[World]:
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


@pytest.fixture
async def french(fresh: Fresh) -> AsyncIterator[World]:
    made = await build(fresh, FR, "Camille Exemple")
    async with made.tx.transaction():
        yield made


async def test_a_question_leaves_as_a_valid_message_that_does_not_name_who_asks(world):
    (kept,) = await world.ask(ASKED)
    assert (kept.state, kept.source) == (CheckState.ASKED, Source.NEXUS)
    ((name, raw),) = await world.outbox(MessageName.RESOLUTION_REQUEST)
    (asked,) = await world.questions()
    assert name == "acmt.023.001.04"
    assert asked.account.proxy == Proxy("MBNO", PHONE)
    assert (asked.destination_country, asked.message_id) == ("PK", kept.message_id)
    assert b"Aisha" not in raw
    assert AISHA.encode() not in raw
    assert await world.deadlines() == {"chk_1": LATE}


async def test_the_same_question_is_asked_once_and_other_words_under_its_id_contradict(world):
    first, same, *others = await world.ask(
        ASKED,
        ASKED,
        replace(ASKED, address="+923009999999"),
        replace(ASKED, customer_id=BO),
        replace(ASKED, name="Bilal Malik"),
    )
    assert same == first
    assert all(isinstance(other, Conflict) for other in others)
    later = await world.ask(replace(ASKED, address="+923009999999"), ASKED)
    assert isinstance(later[0], Conflict)
    assert later[1] == first
    (asked,) = await world.questions()
    assert asked.account.proxy == Proxy("MBNO", PHONE)
    assert (await world.check()).address == PHONE


async def test_what_cannot_be_asked_is_refused_and_leaves_nothing(world):
    closed, strange, unnamed, good = await world.ask(
        replace(ASKED, id="chk_2", country="SG"),
        replace(ASKED, id="chk_3", address="+92\N{ARABIC-INDIC DIGIT THREE}00"),
        replace(ASKED, id="chk_4", name="Bilal\x07"),
        ASKED,
    )
    assert isinstance(closed, Refused)
    assert (closed.reason, closed.rule) == (Reason.CORRIDOR_CLOSED, "corridor.open")
    for refused in (strange, unnamed):
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.FIELD_INVALID
    assert good.state is CheckState.ASKED
    assert len(await world.questions()) == 1
    missing = await flow.checks(world.tx, ["chk_2", "chk_3", "chk_4"])
    assert all(isinstance(each, NotFound) for each in missing)


async def test_an_answer_names_the_account_and_keeps_the_legal_name_apart(world):
    await world.ask(ASKED)
    assert await world.take(await world.answer()) == [None]
    found = await world.check()
    assert (found.state, found.display_name) == (CheckState.CONFIRMED, "BILAL M****")
    assert (found.legal_name, found.town) == ("Bilal Malik", "Lahore")
    assert (found.account_number, found.account_is_iban) == (IBAN_PK, True)
    assert (found.account_agent_bic, found.match, found.warning) == ("RAVIPKK0", None, None)
    assert found.valid_until == NOW + timedelta(seconds=3600)
    assert flow.creditor_account(found) == AccountRef(iban=IBAN_PK)
    assert flow.payee_name(found) == "Bilal Malik"
    assert await world.story() == ["confirmed"]
    assert await world.deadlines() == {}


async def test_the_first_answer_counts(world):
    await world.ask(ASKED)
    yes, no = await world.answer(), await world.answer(**denied("BE23"))
    assert await world.take(yes, yes, no) == [None, None, None]
    assert await world.take(no) == [None]
    assert (await world.check()).state is CheckState.CONFIRMED
    assert await world.story() == ["confirmed"]


@pytest.mark.parametrize(
    ("code", "warning"),
    [
        ("AC01", Reason.PAYEE_UNKNOWN),
        ("AC04", Reason.PAYEE_CLOSED),
        ("AB08", Reason.COUNTERPARTY_UNAVAILABLE),
        ("BE23", Reason.ALIAS_UNKNOWN),
        ("RC07", Reason.INSTITUTION_UNKNOWN),
        ("AGNT", Reason.INSTITUTION_UNKNOWN),
        ("FRAD", Reason.PAYEE_UNKNOWN),
    ],
)
async def test_a_denial_keeps_its_code_and_says_what_it_means(world, code, warning):
    await world.ask(ASKED)
    await world.take(await world.answer(**denied(code)))
    found = await world.check()
    assert (found.state, found.reason, found.warning) == (CheckState.NOT_FOUND, code, warning)
    assert isinstance(flow.objection(found, NOW), Refused)


async def test_an_answer_after_the_deadline_comes_too_late(world):
    await world.ask(ASKED)
    assert await world.expire(LATE) == [1]
    assert await world.take(await world.answer(), at=LATE) == [None]
    found = await world.check()
    assert (found.state, found.warning) == (CheckState.TIMED_OUT, Reason.TIMED_OUT)
    assert await world.story() == ["timed_out"]
    assert await world.deadlines() == {}
    assert await world.expire(LATE) == [0]


async def test_just_before_the_deadline_a_question_is_still_open(world):
    await world.ask(ASKED)
    assert await world.expire(LATE - timedelta(microseconds=1)) == [0]
    assert (await world.check()).state is CheckState.ASKED


async def test_an_answer_to_nothing_we_asked_is_not_found(world):
    await world.ask(ASKED)
    answer = await world.answer()
    strange = replace(answer, record=replace(answer.record, original_message_id="f" * 32))
    one, two = await world.take(strange, answer)
    assert isinstance(one, NotFound)
    assert two is None
    assert (await world.check()).state is CheckState.CONFIRMED


async def test_a_yes_without_an_account_number_is_no_account_to_pay(world):
    await world.ask(ASKED)
    proxy = AccountRef(proxy=Proxy("MBNO", PHONE), name="BILAL M****")
    await world.take(await world.answer(account=proxy))
    assert (await world.check()).state is CheckState.NOT_FOUND


@pytest.mark.parametrize(
    "other",
    [
        {"account": AccountRef(iban=IBAN_PK_OTHER, name="BILAL M****")},
        {"account": AccountRef(other=IBAN_PK, name="BILAL M****")},
        {"original_account": AccountRef(iban=IBAN_PK_OTHER)},
        {"original_account": AccountRef(proxy=Proxy("MBNO", PHONE))},
        {"agent": Agent("SAPPPKK0")},
    ],
    ids=["another number", "another kind", "another question", "an alias", "another bank"],
)
async def test_an_answer_about_another_account_than_asked_is_not_taken(world, other):
    await world.ask(IN_PK)
    await world.take(await world.answer(**other))
    found = await world.check()
    assert (found.state, found.warning) == (CheckState.NOT_FOUND, Reason.PAYEE_ANSWER_FOREIGN)
    assert (found.account_number, found.legal_name, found.display_name) == (None, None, None)
    assert isinstance(flow.objection(found, NOW), Refused)


@pytest.mark.parametrize(
    "other",
    [
        {"original_account": AccountRef(proxy=Proxy("MBNO", "+923009999999"))},
        {"original_account": AccountRef(iban=IBAN_PK)},
        {"account": AccountRef(iban=IBAN_PK, proxy=Proxy("MBNO", "+923009999999"))},
    ],
    ids=["another question", "an account", "another alias"],
)
async def test_an_answer_about_another_alias_than_asked_is_not_taken(world, other):
    await world.ask(ASKED)
    await world.take(await world.answer(**other))
    assert (await world.check()).warning is Reason.PAYEE_ANSWER_FOREIGN


async def test_a_branch_of_the_bank_that_was_asked_is_that_bank(world):
    await world.ask(IN_PK)
    await world.take(await world.answer(agent=Agent("RAVIPKK0XXX")))
    assert (await world.check()).state is CheckState.CONFIRMED


@pytest.mark.parametrize(
    ("said", "match", "warning"),
    [
        ("Bilal Malik", Match.MTCH, None),
        ("MALIK bilal", Match.MTCH, None),
        ("Bilaal Malik", Match.CMTC, Reason.PAYEE_NAME_CLOSE),
        ("Sana Qureshi", Match.NMTC, Reason.PAYEE_NAME_MISMATCH),
    ],
)
async def test_we_compare_the_name_ourselves_where_a_legal_one_is_told(world, said, match, warning):
    await world.ask(replace(ASKED, name=said))
    await world.take(await world.answer())
    found = await world.check()
    assert (found.match, found.warning) == (match, warning)
    assert found.display_name == "BILAL M****"
    assert flow.objection(found, NOW) is None


async def test_the_name_said_does_not_cross_a_border(world):
    """Nexus has no place for it, and it is nobody's business there."""
    await world.ask(replace(ASKED, name="Bilal Malik"))
    ((_, raw),) = await world.outbox(MessageName.RESOLUTION_REQUEST)
    assert b"Bilal" not in raw


@pytest.mark.parametrize(
    ("shown", "match"),
    [("BILAL MALIK", Match.MTCH), ("BILAL M****", Match.NOAP), (None, Match.NOAP)],
)
async def test_without_a_legal_name_only_an_unmasked_one_is_compared(world, shown, match):
    await world.ask(replace(ASKED, name="Bilal Malik"))
    account = AccountRef(iban=IBAN_PK, name=shown)
    await world.take(await world.answer(account=account, payee=None))
    found = await world.check()
    assert (found.match, found.display_name) == (match, shown)
    assert (found.warning is Reason.PAYEE_NAME_UNCHECKED) == (match is Match.NOAP)


async def test_nobody_named_and_no_name_told_is_said_so(world):
    await world.ask(ASKED)
    await world.take(await world.answer(account=AccountRef(iban=IBAN_PK)))
    found = await world.check()
    assert (found.state, found.match) == (CheckState.CONFIRMED, None)
    assert found.warning is Reason.PAYEE_NOT_CONFIRMED


async def test_a_check_counts_until_it_is_too_old(world):
    await world.ask(ASKED)
    assert flow.objection(await world.check(), NOW) == Refused(
        Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed"
    )
    await world.take(await world.answer())
    found = await world.check()
    end = NOW + timedelta(seconds=3600)
    assert flow.objection(found, end - timedelta(microseconds=1)) is None
    assert flow.objection(found, end) == Refused(Reason.PAYEE_CHECK_EXPIRED, rule="payee.check_age")


@pytest.mark.parametrize(
    ("bank", "source", "name"),
    [
        (MY, Source.DUITNOW, "acmt.023.001.04/duitnow_domestic"),
        (PK, Source.RAAST, "acmt.023.001.04/raast_domestic"),
        (FR, Source.VOP, "acmt.023.001.04/sct_inst"),
    ],
    ids=["MY", "PK", "FR"],
)
async def test_inside_a_system_the_question_goes_by_its_own_guideline(fresh, bank, source, name):
    world = await build(fresh, dataclasses.replace(bank, corridors={}))
    kind = "ACCT" if bank is MY else "IBAN"
    asked = CheckPayee("chk_1", AISHA, bank.country, kind, bank.number, bank.bic, "Aisha Contoh")
    async with world.tx.transaction():
        (kept,) = await world.ask(asked)
        ((left, _),) = await world.outbox(MessageName.RESOLUTION_REQUEST)
        (read,) = await world.questions()
    assert (kept.source, left) == (source, name)
    assert read.destination_country == bank.country
    assert read.name == ("Aisha Contoh" if bank is FR else None)


@pytest.mark.parametrize(
    ("match", "told", "shown", "warning"),
    [
        (Match.MTCH, None, "Camille Exemple", None),
        (Match.CMTC, "Camilla Exemple", "Camilla Exemple", Reason.PAYEE_NAME_CLOSE),
        (Match.NMTC, None, None, Reason.PAYEE_NAME_MISMATCH),
        (Match.NMTC, "Not To Be Shown", None, Reason.PAYEE_NAME_MISMATCH),
        (Match.NOAP, None, None, Reason.PAYEE_NAME_UNCHECKED),
        (None, None, None, Reason.PAYEE_NAME_UNCHECKED),
    ],
)
async def test_in_the_union_the_payees_bank_answers_the_match(french, match, told, shown, warning):
    await french.ask(IN_FR)
    account = AccountRef(iban=IBAN_FR, name=told) if told or match is None else None
    await french.take(await french.answer(match=match, payee=None, account=account))
    found = await french.check()
    assert (found.state, found.source) == (CheckState.CONFIRMED, Source.VOP)
    assert (found.match, found.display_name) == (match or Match.NOAP, shown)
    assert (found.legal_name, found.warning) == (None, warning)
    assert flow.payee_name(found) == (shown or "Camille Exemple")


async def test_a_match_about_another_iban_is_no_match(french):
    await french.ask(IN_FR)
    other = AccountRef(iban=IBAN_FR_OTHER)
    await french.take(await french.answer(match=Match.MTCH, payee=None, account=other))
    found = await french.check()
    assert (found.state, found.match) == (CheckState.NOT_FOUND, None)
    assert found.warning is Reason.PAYEE_ANSWER_FOREIGN
