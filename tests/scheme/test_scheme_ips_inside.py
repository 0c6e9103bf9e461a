"""Payments that stay inside a system, requests to pay, and what may follow a payment."""

import uuid
from datetime import time
from typing import Any

import pytest
from msgspec.structs import replace
from scheme_nodes import (
    MY,
    PAYEE_MY,
    REJECTED,
    SAP_MY,
    minor,
    status,
)
from scheme_system import (
    DOMESTIC_NODE,
    OTHER,
    PAYEE_OTHER,
    TIPS_NODE,
    System,
    inside_transfer,
    later,
    reasons,
    system,
)

from moments import Fresh
from qantara.errors import Conflict
from qantara.money import EUR, MYR
from qantara.rails.model import (
    AccountRef,
    Agent,
    DomesticTransfer,
    Match,
    Party,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    Status,
)
from qantara.scheme.ips import flow
from qantara.scheme.ips.model import IpsNode, Suspension, Window
from qantara.scheme.letters import ACCEPTED, Verdict

AMOUNT = 100_00
ENDS = ["credited", "rejected", "blocked"]
BLOCKED = Verdict(Status.BLCK)


async def _carried(
    fresh: Fresh, transfer: DomesticTransfer, node: IpsNode = DOMESTIC_NODE
) -> tuple[System, DomesticTransfer]:
    """As far as the payee's provider, with the leg that it got."""
    world = await system(fresh, node)
    assert await world.say_inside(flow.carry, "my", transfer) == [None]
    (leg,) = await world.told("other")
    return world, leg


@pytest.mark.parametrize("said", [ACCEPTED, REJECTED, BLOCKED], ids=ENDS)
async def test_from_one_bank_to_another(fresh: Fresh, said: Verdict) -> None:
    transfer = inside_transfer()
    world, leg = await _carried(fresh, transfer)
    assert leg == replace(transfer, message_id=leg.message_id, created_at=leg.created_at)
    assert leg.message_id != transfer.message_id
    assert await world.say_inside(flow.answer, "other", status(leg, said)) == [None]
    (told,) = await world.told("my")
    assert (told.status, told.reason) == (said.status, said.reason)
    assert told.original_message_id == transfer.message_id
    moved = 0 if said is REJECTED else AMOUNT
    await world.at_rest({"my": -moved, "other": moved})
    assert await world.told("nexus") == await world.told("sap-my") == []


async def test_a_batch_inside_moves_at_once_and_a_repeat_is_answered_again(fresh: Fresh) -> None:
    world = await system(fresh, DOMESTIC_NODE)
    batch = [inside_transfer(minor(1 + place, MYR)) for place in range(30)]
    assert await world.say_inside(flow.carry, "my", *batch, batch[0]) == [None] * 31
    *legs, again = await world.told("other")
    assert again == legs[0]
    answers = [status(leg, ACCEPTED) for leg in legs]
    assert await world.say_inside(flow.answer, "other", *answers) == [None] * 30
    assert len(await world.told("my")) == 30
    assert await world.say_inside(flow.carry, "my", batch[3]) == [None]
    assert reasons(await world.told("my")) == [("ACCC", None)]
    more = replace(batch[3], settlement_amount=minor(900, MYR))
    (outcome,) = await world.say_inside(flow.carry, "my", more)
    assert isinstance(outcome, Conflict)
    assert await world.say_inside(flow.carry, "my", replace(batch[3], message_id="e" * 32))
    assert reasons(await world.told("my")) == [("RJCT", "DU03")]
    total = sum(one.settlement_amount.minor for one in batch)
    await world.at_rest({"my": -total, "other": total})


async def test_what_a_system_does_not_carry_inside_gets_its_code(fresh: Fresh) -> None:
    world = await system(fresh, DOMESTIC_NODE)

    def to(bic: str) -> DomesticTransfer:
        return inside_transfer(creditor_agent=Agent(bic), instructed_agent=Agent(bic))

    cases = {
        "AG01": inside_transfer(debtor_agent=Agent(OTHER)),
        "CNOR": to("NONEMYK0"),
        "RC07": to("RAVIPKK0"),
        "AGNT": to(SAP_MY),
        "AM06": inside_transfer(minor(1, MYR) - minor(1, MYR).split([1, 99])[0]),
        "AM02": inside_transfer(minor(10_001, MYR)),
    }
    await world.say_inside(flow.carry, "my", *cases.values())
    assert [one.reason for one in await world.told("my")] == list(cases)
    await world.say_inside(flow.carry, "my", to(MY))
    assert [one.reason for one in await world.told("my")] == ["AGNT"]
    assert await world.told("other") == []
    await world.at_rest({})


async def test_duitnow_tells_its_bounds_in_its_own_words(fresh: Fresh) -> None:
    world = await system(fresh, DOMESTIC_NODE)
    await world.say_inside(flow.carry, "my", inside_transfer(minor(10_001, MYR)))
    raw = await world.tx.fetchval("SELECT raw FROM db.sent WHERE recipient = 'my'")
    assert b"U112" in raw


async def test_a_net_debit_cap_and_a_short_account_are_told_apart(fresh: Fresh) -> None:
    capped = replace(DOMESTIC_NODE, net_debit_cap=minor(99, MYR))
    world = await system(fresh, capped)
    await world.say_inside(flow.carry, "my", inside_transfer())
    assert reasons(await world.told("my")) == [("RJCT", "AM23")]
    gross = await system(fresh, TIPS_NODE)
    await gross.say_inside(flow.carry, "fr", _euro(100_001))
    assert reasons(await gross.told("fr")) == [("RJCT", "AM04")]


def _euro(amount: int) -> DomesticTransfer:
    return inside_transfer(
        minor(amount, EUR),
        clearing_system="TIPS",
        instructing_agent=Agent("PONTFRP0"),
        debtor_agent=Agent("PONTFRP0"),
        instructed_agent=Agent("AUTRFRP0"),
        creditor_agent=Agent("AUTRFRP0"),
        debtor_account=AccountRef(iban="FR7630006000011234567890189"),
        creditor_account=AccountRef(iban="FR1420041010050500013M02606"),
    )


async def test_sct_inst_settles_gross_within_ten_seconds(fresh: Fresh) -> None:
    world = await system(fresh, TIPS_NODE)
    first, second = _euro(100), _euro(200)
    await world.say_inside(flow.carry, "fr", first, second)
    legs = await world.told("psp-fr")
    yes = status(legs[0], ACCEPTED)
    assert await world.say_inside(flow.answer, "psp-fr", yes) == [None]
    await world.expire(9)
    assert sorted(await world.states()) == ["at_payee_psp", "settled"]
    await world.expire(10)
    assert reasons(await world.told("fr")) == [("ACCC", None), ("RJCT", "AB05")]
    assert reasons(await world.told("psp-fr")) == [("RJCT", "AB05")]
    await world.at_rest({"fr": -100_00, "psp-fr": 100_00})


async def test_the_system_is_closed_outside_its_window_inside_too(fresh: Fresh) -> None:
    node = replace(DOMESTIC_NODE, window=Window(time(9), time(17)))
    world = await system(fresh, node)
    await world.say_inside(flow.carry, "my", inside_transfer())
    assert reasons(await world.told("my")) == [("RJCT", "ED06")]


async def test_a_late_payee_bank_inside_is_told_to_give_back(fresh: Fresh) -> None:
    world, leg = await _carried(fresh, inside_transfer())
    await world.expire(20)
    assert reasons(await world.told("my")) == [("RJCT", "AB05")]
    assert await world.say_inside(flow.answer, "other", status(leg, ACCEPTED)) == [None]
    assert reasons(await world.told("other")) == [("RJCT", "AB05")] * 2
    held = status(leg, Verdict(Status.ACWP))
    assert await world.say_inside(flow.answer, "other", held) == [None]
    await world.at_rest({})
    await world.told("other")
    await world.expire(80)
    assert reasons(await world.told("other")) == [("RJCT", "AB05")], "it has not said it heard"
    agreed = status(leg, Verdict(Status.RJCT, "AB05"))
    assert await world.say_inside(flow.answer, "other", agreed) == [None]
    await world.expire(3600)
    assert await world.told("other") == []


async def test_nobody_else_answers_for_the_payee_bank(fresh: Fresh) -> None:
    world, leg = await _carried(fresh, inside_transfer())
    for sender in ("my", "sap-my"):
        (outcome,) = await world.say_inside(flow.answer, sender, status(leg, ACCEPTED))
        assert isinstance(outcome, Conflict)
    (outcome,) = await world.say(flow.confirm, "nexus", status(leg, ACCEPTED))
    assert isinstance(outcome, Conflict)
    assert await world.states() == ["at_payee_psp"]


async def test_a_suspended_bank_neither_sends_nor_receives(fresh: Fresh) -> None:
    world = await system(fresh, DOMESTIC_NODE)
    stop = [Suspension("other", "example: failed its drill", "operator")]
    assert await flow.suspend(world.tx, world.node, stop, world.now) == [None]
    await world.say_inside(flow.carry, "my", inside_transfer())
    assert reasons(await world.told("my")) == [("RJCT", "AG11")]
    assert await flow.resume(world.tx, world.node, stop, world.now) == [None]
    await world.say_inside(flow.carry, "my", inside_transfer())
    assert len(await world.told("other")) == 1


def _question(bic: str, account: AccountRef, **changes: Any) -> ResolutionRequest:
    question = ResolutionRequest(
        message_id=uuid.uuid4().hex,
        created_at=later(0),
        creator_id="c" * 32,
        first_agent=Agent(bic),
        assigner=Agent(bic),
        assignee=Agent("DNOWMYK0"),
        destination_country="MY",
        request_id="ASK-1",
        account=account,
    )
    return replace(question, **changes)


def _named(question: ResolutionRequest, match: Match | None = None) -> ResolutionReport:
    return ResolutionReport(
        message_id=uuid.uuid4().hex,
        created_at=question.created_at,
        first_agent=question.first_agent,
        assigner=question.assignee,
        assignee=question.assigner,
        original_message_id=question.message_id,
        original_created_at=question.created_at,
        original_request_id=question.request_id,
        original_account=question.account,
        original_agent=question.agent,
        verified=match in {None, Match.MTCH},
        match=match,
        payee=None if match else Party("Bilal Ahmed Khan", "MY", "Kuala Lumpur"),
        account=None if match else replace(question.account, name="B****"),
        agent=None if match else question.agent,
    )


async def test_the_enquiry_of_the_two_steps_is_asked_of_the_payees_bank(fresh: Fresh) -> None:
    world = await system(fresh, DOMESTIC_NODE)
    question = _question(MY, PAYEE_OTHER, agent=Agent(OTHER))
    assert await world.say_inside(flow.resolve, "my", question) == [None]
    (asked,) = await world.told("other")
    assert asked.assignee == Agent(OTHER)
    assert await world.say_inside(flow.resolved, "other", _named(asked)) == [None]
    (told,) = await world.told("my")
    assert (told.verified, told.display_name) == (True, "B****")
    codes = {"NONEMYK0": "RC07", SAP_MY: "AGNT"}
    for bic in codes:
        ask = _question(MY, PAYEE_MY, agent=Agent(bic))
        await world.say_inside(flow.resolve, "my", ask)
    assert [one.reason for one in await world.told("my")] == list(codes.values())


@pytest.mark.parametrize("inside", [True, False])
async def test_a_name_travels_with_the_euro_question_and_its_match_back(
    fresh: Fresh, *, inside: bool
) -> None:
    world = await system(fresh, TIPS_NODE)
    say = world.say_inside if inside else world.say
    iban = AccountRef(iban="FR1420041010050500013M02606")
    question = _question(
        "PONTFRP0",
        iban,
        agent=Agent("AUTRFRP0"),
        assignee=Agent("TIPSFRP0"),
        destination_country="FR",
        name="Bilal Khan",
    )
    assert await say(flow.resolve, "fr", question) == [None]
    (asked,) = await world.told("psp-fr")
    assert asked.name == "Bilal Khan"
    assert await say(flow.resolved, "psp-fr", _named(asked, Match.MTCH)) == [None]
    (told,) = await world.told("fr")
    assert told.match is Match.MTCH
    assert TIPS_NODE.domestic is Profile.SCT_INST
